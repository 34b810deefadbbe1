//! COINr's ASEM index: 51 countries, 49 indicators, 8 pillars, 2 sub-indices, 1 index; every stage against the published tables.

use std::collections::BTreeMap;

use super::reference;
use crate::composite::aggregate::arithmetic;
use crate::composite::treat::winsorise_shape;
use crate::rulebook::{Direction, Normalise, Over, Peers};
use crate::score::{normalise, peer_groups};

/// The greatest difference from a published number.
const TOLERANCE: f64 = 1e-12;

type Table = BTreeMap<String, Vec<Option<f64>>>;

fn table(name: &str) -> Option<(Vec<String>, Table, csv::StringRecord, Vec<csv::StringRecord>)> {
    let text = reference(&format!("coinr/{name}.csv"))?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let columns = header
        .iter()
        .enumerate()
        .map(|(k, name)| (name.to_owned(), rows.iter().map(|row| row[k].parse().ok()).collect()))
        .collect();
    Some((rows.iter().map(|row| row[0].to_owned()).collect(), columns, header, rows))
}

fn worst(got: &[Option<f64>], told: &[Option<f64>], name: &str) -> f64 {
    assert_eq!(got.len(), told.len());
    got.iter()
        .zip(told)
        .map(|pair| match pair {
            (Some(got), Some(told)) => (got - told).abs(),
            (None, None) => 0.0,
            _ => panic!("{name}: missing in one of the two"),
        })
        .fold(0.0, f64::max)
}

/// Code, direction and the groups above of each indicator.
fn indicators() -> Vec<(String, f64, [String; 3])> {
    let (_, _, header, rows) = table("ASEM_v0_input_IndMeta").unwrap();
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    rows.iter()
        .map(|row| {
            let text = |name| row[at(name)].to_owned();
            (text("IndCode"), row[at("Direction")].parse().unwrap(), [text("Agg1"), text("Agg2"), text("Agg3")])
        })
        .collect()
}

#[test]
fn every_stage_of_the_asem_index_is_the_published_one() {
    let Some((_, denominated, header, rows)) = table("ASEM_v0_data_Denominated") else { return };
    let (codes, imputed, ..) = table("ASEM_v0_data_Imputed").unwrap();
    let (_, treated, ..) = table("ASEM_v0_data_Treated").unwrap();
    let (_, normalised, ..) = table("ASEM_v0_data_Normalised").unwrap();
    let (_, aggregated, ..) = table("ASEM_v0_data_Aggregated").unwrap();
    let indicators = indicators();
    assert_eq!((codes.len(), indicators.len()), (51, 49));
    let mut most = 0.0f64;

    // Missing values: the mean of the continent, as a rulebook's `mean_value` with peers.
    let at = header.iter().position(|column| column == "Group_EurAsia").unwrap();
    let group: Vec<&str> = rows.iter().map(|row| &row[at]).collect();
    for (code, ..) in &indicators {
        let column = &denominated[code];
        let got: Vec<Option<f64>> = (0..51)
            .map(|unit| {
                column[unit].or_else(|| {
                    let of: Vec<f64> = (0..51).filter(|u| group[*u] == group[unit]).filter_map(|u| column[u]).collect();
                    Some(of.iter().sum::<f64>() / of.len() as f64)
                })
            })
            .collect();
        most = most.max(worst(&got, &imputed[code], code));
    }

    let all = polars::df!("x" => vec!["x"; 51]).unwrap();
    let peers = peer_groups(&Peers::default(), &all, &[true; 51], &(0..51).collect()).unwrap();
    let mut shares: Table = Table::new();
    for (code, direction, _) in &indicators {
        let mut values: Vec<f64> = imputed[code].iter().map(|x| x.unwrap()).collect();
        winsorise_shape(&mut values, 6, 2.0, 3.5);
        let values: Vec<Option<f64>> = values.into_iter().map(Some).collect();
        most = most.max(worst(&values, &treated[code], code));
        let direction = if *direction > 0.0 { Direction::More } else { Direction::Less };
        let got: Vec<Option<f64>> = normalise(Normalise::MinMax { over: Over::Track, base: 0.0 }, direction, &values, &peers)
            .into_iter()
            .map(|share| share.map(|share| share * 100.0))
            .collect();
        most = most.max(worst(&got, &normalised[code], code));
        shares.insert(code.clone(), got);
    }

    // Each level is the plain mean of the one below.
    let mut below: Vec<(String, Vec<String>)> =
        indicators.iter().map(|(code, _, groups)| (code.clone(), groups.to_vec())).collect();
    for level in 0..3 {
        let mut members: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut above: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (code, groups) in &below {
            members.entry(groups[level].clone()).or_default().push(code.clone());
            above.insert(groups[level].clone(), groups.clone());
        }
        for (group, members) in &members {
            let got: Vec<Option<f64>> = (0..51)
                .map(|unit| {
                    let x: Vec<f64> = members.iter().map(|code| shares[code][unit].unwrap()).collect();
                    Some(arithmetic(&x, &vec![1.0; x.len()]).0)
                })
                .collect();
            most = most.max(worst(&got, &aggregated[group], group));
            shares.insert(group.clone(), got);
        }
        below = above.into_iter().collect();
    }

    println!("the greatest difference of any stage is {most:e}");
    assert!(most <= TOLERANCE, "{most:e}");

    let (ranked, ranks, ..) = table("ASEM_v0_results_AggregatesRank").unwrap();
    let index = &shares["Index"];
    for (country, told) in ranked.iter().zip(&ranks["Index"]) {
        let mine = index[codes.iter().position(|code| code == country).unwrap()];
        let better = index.iter().filter(|other| **other > mine).count();
        assert_eq!((better + 1) as f64, told.unwrap(), "{country}");
    }
    let (scored, scores, ..) = table("ASEM_v0_results_AggregatesScore").unwrap();
    for (country, told) in scored.iter().zip(&scores["Index"]) {
        let mine = index[codes.iter().position(|code| code == country).unwrap()].unwrap();
        assert!((mine - told.unwrap()).abs() <= 0.005 + 1e-9, "{country}: {mine}");
    }
}
