//! Sheets of a small survey of everything that goes wrong with ids and names.

use std::fs;
use std::path::Path;

use super::*;
use crate::progress::Silent;
use crate::read::Inputs;
use crate::read::spec::SurveySpec;
use crate::report::explained::words::{cell_value, cells, value};
use crate::report::{self, Output};
use crate::rulebook::Rulebook;

const IDS: [&str; 8] = ["../../x", "<script>alert(1)</script>", "CON", "a/b", "宗地1", "P-1", "p-1", "\"quoted\" & 'single'"];
const LONG_NAME: &str = "名称特别长的先进智能制造与新材料综合服务股份有限公司";

fn row(n: usize, id: &str) -> String {
    let (x, y) = (121.4 + 0.002 * (n % 3) as f64, 31.0 + 0.002 * (n / 3) as f64);
    let square =
        |x: f64, y: f64, side: f64| serde_json::json!([[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]);
    // The first is of two parts, one with a hole.
    let shape = if n == 0 {
        serde_json::json!([[square(x, y, 0.001), square(x + 0.0003, y + 0.0003, 0.0003)], [square(x + 0.0012, y, 0.0003)]])
    } else {
        serde_json::json!([[square(x, y, 0.0015)]])
    };
    serde_json::json!({
        "type": "Feature",
        "properties": { "parcel_id": id, "land_use_code": "100102", "area_stated_m2": 9000.0 + n as f64, "floor_area_m2": 5000.0 },
        "geometry": { "type": "MultiPolygon", "coordinates": shape }
    })
    .to_string()
}

/// The survey of [`IDS`] in a folder: the last parcel without an enterprise, the third without its tax, the fourth alone in its trade.
fn surveyed(place: &Path) -> Surveyed {
    let rows: Vec<String> = IDS.iter().enumerate().map(|(n, id)| row(n, id)).collect();
    let layer = format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", rows.join(","));
    fs::write(place.join("parcels.geojson"), layer).unwrap();
    let mut table = csv::Writer::from_path(place.join("enterprises.csv")).unwrap();
    table
        .write_record([
            "enterprise_id",
            "enterprise_name",
            "parcel_id",
            "industry_code",
            "output_10k_yuan",
            "revenue_10k_yuan",
            "tax_10k_yuan",
            "energy_tce",
            "rnd_10k_yuan",
            "founded_year",
            "year",
        ])
        .unwrap();
    for (n, id) in IDS.iter().enumerate().take(7) {
        let tax = if n == 2 { String::new() } else { format!("{}", 40 * n) };
        let name = format!("<b>{LONG_NAME}</b>{n}");
        let trade = if n == 3 { "2710" } else { "3511" };
        let output = format!("{}", 3000 + 517 * n);
        table
            .write_record([format!("E{n}").as_str(), &name, id, trade, &output, "3000", &tax, "100", "30", "2001", "2024"])
            .unwrap();
    }
    table.flush().unwrap();
    let spec = "title = \"<i>survey</i>\"\n[parcels]\npath = \"parcels.geojson\"\n[enterprises]\npath = \"enterprises.csv\"\n";
    fs::write(place.join("survey.toml"), spec).unwrap();
    let spec = SurveySpec::open(&place.join("survey.toml")).unwrap();
    let rulebook = Rulebook::open("shanghai-illustrative").unwrap();
    let survey = crate::survey(Inputs::open(&spec, &Silent).unwrap(), rulebook, &Silent).unwrap();
    let folder = place.join("out");
    let formats = vec![Format::Parquet, Format::Facts];
    let output = Output { folder: folder.clone(), formats, lang: Lang::En, overwrite: false };
    report::write(&survey, &report::totals(&survey), &output, &[], &Silent).unwrap();
    Surveyed::open(&folder).unwrap()
}

/// The tags of a page are closed in order, and no sign stands where XML wants it escaped.
fn well_formed(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page.strip_prefix("<!DOCTYPE html>\n").unwrap();
    while let Some(at) = rest.find('<') {
        let (tag, after) = rest[at + 1..].split_once('>').unwrap();
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap());
        }
        rest = after;
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn every_number_on_a_sheet_is_that_of_the_explanation_and_all_text_is_escaped() {
    let place = tempfile::tempdir().unwrap();
    let survey = surveyed(place.path());
    assert_eq!(survey.ids, IDS);
    for lang in [Lang::Zh, Lang::En] {
        let sheets = Sheets::new(&survey, lang).unwrap();
        for (row, id) in IDS.iter().enumerate() {
            let explanation = sheets.explainer.explain(row).unwrap();
            let page = html::page(&sheets.sheet(&explanation));
            well_formed(&page);
            for tag in ["<script", "<b>", "<i>", "src=", "http"] {
                assert!(!page.contains(tag), "{tag}");
            }
            let mut told = vec![html::escape(id), html::escape(&explanation.grade), value(explanation.score, 2)];
            for indicator in &explanation.indicators {
                told.push(value(indicator.value, indicator.decimals));
                told.push(value(indicator.points, 2));
            }
            told.extend(cells(&explanation).into_iter().map(|cell| html::escape(&cell_value(&cell.value))));
            let parcel = &explanation.parcel;
            told.extend([parcel.area_stated_m2, parcel.area_statutory_m2, parcel.area_geodesic_m2].map(|area| value(area, 1)));
            told.extend(parcel.occupants.iter().filter_map(|occupant| occupant.name.as_deref().map(html::escape)));
            for text in told {
                assert!(page.contains(&format!(">{text}")), "{text} of {}", IDS[row]);
            }
        }
    }
}

#[test]
fn the_map_shows_parts_holes_and_the_neighbours() {
    let place = tempfile::tempdir().unwrap();
    let survey = surveyed(place.path());
    let sheets = Sheets::new(&survey, Lang::Zh).unwrap();
    let extract = sheets.ground.extract(0, svg::MAP_RATIO).unwrap();
    let map = svg::map(&extract, &survey.grading.grade);
    let own = map.split("<path ").find(|path| path.contains("url(#own)")).unwrap();
    assert_eq!(own.matches('Z').count(), 3, "{own}");
    assert_eq!(map.matches("fill=\"#e6e6e6\"").count(), extract.others.len());
    assert!(!extract.others.is_empty());
}

#[test]
fn a_folder_of_sheets_has_one_a_parcel_and_replaces_nothing_but_sheets() {
    let place = tempfile::tempdir().unwrap();
    let survey = surveyed(place.path());
    let sheets = Sheets::new(&survey, Lang::Zh).unwrap();
    let folder = place.path().join("sheets");
    let rows: Vec<usize> = (0..IDS.len()).collect();
    sheets.write_all(&rows, &folder, false).unwrap();
    let index = fs::read_to_string(folder.join(names::INDEX)).unwrap();
    well_formed(&index);
    let links: Vec<&str> = index.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(links.len(), IDS.len());
    assert!(links.iter().all(|link| folder.join(link).is_file()), "{links:?}");
    assert!(sheets.write_all(&rows, &folder, false).unwrap_err().to_string().contains("not empty"));
    sheets.write_all(&rows[..2], &folder, true).unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 3);
    fs::write(folder.join("letter.docx"), "mine").unwrap();
    assert!(sheets.write_all(&rows, &folder, true).unwrap_err().to_string().contains("something else"));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 4);
    assert!(sheet_file(&place.path().join("sheet.pdf"), false).unwrap_err().to_string().contains(".html or .xlsx"));
}

#[test]
fn the_workbook_holds_the_figures_as_numbers_to_the_bit() {
    use calamine::{Data, Reader};
    let place = tempfile::tempdir().unwrap();
    let survey = surveyed(place.path());
    let sheets = Sheets::new(&survey, Lang::En).unwrap();
    let path = place.path().join("sheet.xlsx");
    sheets.write(1, &path).unwrap();
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(&path).unwrap();
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    let numbers: Vec<u64> =
        range.used_cells().filter_map(|(_, _, cell)| if let Data::Float(x) = cell { Some(x.to_bits()) } else { None }).collect();
    let explanation = sheets.explainer.explain(1).unwrap();
    let told = explanation.indicators.iter().flat_map(|indicator| [indicator.value, indicator.points]);
    let told: Vec<f64> = told.chain([explanation.score, explanation.parcel.area_geodesic_m2]).flatten().collect();
    assert!(told.len() > 8, "{told:?}");
    for x in told {
        assert!(numbers.contains(&x.to_bits()), "{x}");
    }
    assert!(range.used_cells().any(|(_, _, cell)| *cell == Data::String(IDS[1].to_owned())));
}
