//! Money in another unit: yuan where 10,000 yuan are asked for, or 100 million.
//!
//! A figure is compared with the row's other figures: output per employee, tax per output, and so on. Against the same ratio of
//! its peers (the industry division, or all where there are few) a wrong unit stands out by four orders of magnitude, in every
//! ratio alike. Centre and spread of the peers are median and median deviation of decimal logarithms, so that a few wrong values do
//! not hide themselves.

use std::collections::HashMap;
use std::sync::OnceLock;

use polars::prelude::DataFrame;
use rayon::prelude::*;
use serde::Deserialize;

use super::code_tables::industry_division;
use crate::finding::{Code, Finding, Place, detail};
use crate::model::Source;
use crate::read::fields;

/// Figures that say how large a firm is, in units nobody takes for yuan.
const SIZES: [&str; 6] = ["employees", "energy_tce", "electricity_10k_kwh", "floor_area_m2", "base_area_m2", "area_stated_m2"];
/// Money that may honestly be next to nothing: too small says little of its unit.
const MAY_BE_TINY: [&str; 3] = ["tax_10k_yuan", "rnd_10k_yuan", "investment_10k_yuan"];
/// Fewest peers a ratio is compared with.
const FEWEST_PEERS: usize = 8;
/// Spread of peers, decades: never taken for less, nor for more than the second (a column of two units has any spread).
const SPREAD: (f64, f64) = (0.1, 0.75);
/// A median deviation is this many standard deviations of a normal distribution.
const MEDIAN_DEVIATION: f64 = 1.4826;
/// A figure is off when its ratios are this many spreads from their peers…
const FAR: f64 = 4.0;
/// …and within this many of them after the unit is mended.
const NEAR: f64 = 4.0;
/// Spread between what is usual somewhere and what is usual here, decades: for whole columns.
const SPREAD_OF_PLACES: f64 = 0.35;

/// An error of unit: by how many decades a figure is off, and how far from that its ratios may be.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Slip {
    decades: f64,
    tolerance: f64,
    /// Sizes needed to blame all money of a row together: one odd number of employees makes no thousand of it.
    sizes: usize,
}

const YUAN: Slip = Slip { decades: 4.0, tolerance: 0.6, sizes: 1 };
const THOUSANDS: Slip = Slip { decades: 3.0, tolerance: 0.4, sizes: 2 };
const HUNDRED_MILLIONS: Slip = Slip { decades: -4.0, tolerance: 0.6, sizes: 2 };
/// For whole columns: what is usual is known less well.
const COLUMN_TOLERANCE: f64 = 1.2;

impl Slip {
    /// How many times too large, in Chinese and in English.
    fn times(self) -> (&'static str, &'static str) {
        match self.decades {
            4.0 => ("约 1 万倍", "about 10,000 times"),
            3.0 => ("约 1 千倍", "about 1,000 times"),
            _ => ("约 1/10000", "about 1/10,000 of"),
        }
    }

    /// What it may come from, in Chinese and in English.
    fn cause(self) -> (&'static str, &'static str) {
        match self.decades {
            4.0 => ("以元代万元", "yuan for 10,000 yuan"),
            3.0 => ("多写了三个零", "an extra thousand"),
            _ => ("以亿元代万元", "100 million yuan for 10,000 yuan"),
        }
    }
}

/// Looks for money in another unit, row by row and column by column. `ids` name the rows of parcels. Empty where a table has
/// no money or nothing to compare it with.
#[must_use]
pub fn scale(canonical: &DataFrame, source: Source, ids: Option<&[String]>) -> Vec<Finding> {
    let figures = Figures::of(canonical, ids.is_none());
    if figures.money == 0 || figures.names.len() < 2 {
        return Vec::new();
    }
    let peers = Peers::of(&figures);
    let columns = columns(&figures, &peers);
    let mut findings: Vec<Finding> = Vec::new();
    for (slip, money) in &columns {
        findings.extend(money.iter().map(|x| {
            let name = figures.names[*x];
            let ((times_zh, times), (cause_zh, cause)) = (slip.times(), slip.cause());
            let detail = detail!(
                "{name}：多数值为通常水平的{times_zh}，可能是{cause_zh}",
                "{name}: most values are {times} what is usual, perhaps {cause}"
            );
            Finding::new(Code::ValueScale, Place { source, row: None, id: None, at: None }, detail).about(name)
        }));
    }
    let slips: &[Slip] = if columns.is_empty() { &[YUAN, THOUSANDS, HUNDRED_MILLIONS] } else { &[YUAN, THOUSANDS] };
    let rows: Vec<Vec<Finding>> = (0..figures.rows)
        .into_par_iter()
        .filter(|row| stands_out(&figures, &peers, *row))
        .filter_map(|row| {
            let (slip, money) = slips.iter().find_map(|slip| Some((*slip, row_off(&figures, &peers, row, *slip)?)))?;
            let id = ids.map_or_else(|| figures.ids.get(row).cloned().flatten(), |ids| ids.get(row).cloned());
            let place = Place { source, row: Some(row), id, at: None };
            Some(money.iter().filter_map(|x| finding(&figures, &place, *x, slip)).collect())
        })
        .collect();
    findings.extend(rows.into_iter().flatten());
    findings
}

/// A money figure of a row in another unit, and what it would be in the right one.
fn finding(figures: &Figures, place: &Place, x: usize, slip: Slip) -> Option<Finding> {
    let (name, log) = (figures.names[x], figures.logs[x][place.row?]?);
    let (is, should) = (significant(10_f64.powf(log)), significant(10_f64.powf(log - slip.decades)));
    let ((times_zh, times), (cause_zh, cause)) = (slip.times(), slip.cause());
    let detail = detail!(
        "{name} = {is}：为同行的{times_zh}，可能是{cause_zh}；若是，应为 {should}",
        "{name} = {is}: {times} its peers, perhaps {cause}; else {should}"
    );
    Some(Finding::new(Code::ValueScale, place.clone(), detail).about(name))
}

/// A number to six significant digits, as people write it.
fn significant(x: f64) -> String {
    let digits = (5.0 - x.abs().log10().floor()).clamp(0.0, 12.0);
    let unit = 10_f64.powf(digits);
    format!("{}", (x * unit).round() / unit)
}

/// Money and sizes of each row as decimal logarithms; what is missing or not above zero has none.
struct Figures {
    rows: usize,
    /// Money first.
    names: Vec<&'static str>,
    money: usize,
    /// A figure's logarithms, row by row.
    logs: Vec<Vec<Option<f64>>>,
    /// Industry division of each row.
    divisions: Vec<Option<u8>>,
    ids: Vec<Option<String>>,
}

impl Figures {
    /// The figures of a table, `named` with the ids of enterprises.
    fn of(table: &DataFrame, named: bool) -> Self {
        let money = fields::known().iter().filter(|field| field.add && field.name.ends_with("_10k_yuan"));
        let money: Vec<&'static str> = money.map(|field| field.name.as_str()).collect();
        let column = |name: &'static str| {
            let values = table.column(name).ok()?.f64().ok()?;
            let logs: Vec<Option<f64>> = values.iter().map(|x| x.filter(|x| *x > 0.0 && x.is_finite()).map(f64::log10)).collect();
            (logs.iter().flatten().count() >= FEWEST_PEERS).then_some((name, logs))
        };
        let (names, logs): (Vec<&'static str>, Vec<_>) =
            money.par_iter().chain(&SIZES).filter_map(|name| column(name)).collect::<Vec<_>>().into_iter().unzip();
        let count = names.iter().filter(|name| money.contains(name)).count();
        let text = |name| table.column(name).ok().and_then(|column| column.str().ok());
        let divisions = text("industry_code").map(|codes| codes.iter().map(|code| code.and_then(industry_division)).collect());
        let ids = text("enterprise_id").filter(|_| named).map(|ids| ids.iter().map(|id| id.map(str::to_owned)).collect());
        Self {
            rows: table.height(),
            names,
            money: count,
            logs,
            divisions: divisions.unwrap_or_else(|| vec![None; table.height()]),
            ids: ids.unwrap_or_default(),
        }
    }

    /// Logarithm of the ratio of two figures of a row.
    fn ratio(&self, row: usize, x: usize, y: usize) -> Option<f64> {
        Some(self.logs[x][row]? - self.logs[y][row]?)
    }
}

/// Centre and spread of a ratio among peers.
#[derive(Debug, Clone, Copy)]
struct Usual {
    centre: f64,
    spread: f64,
}

impl Usual {
    fn of(mut values: Vec<f64>) -> Option<Self> {
        if values.len() < FEWEST_PEERS {
            return None;
        }
        let centre = median(&mut values)?;
        values.iter_mut().for_each(|x| *x = (*x - centre).abs());
        let spread = (MEDIAN_DEVIATION * median(&mut values)?).clamp(SPREAD.0, SPREAD.1);
        Some(Self { centre, spread })
    }
}

/// The usual ratios of a pair of figures: of all rows, and of each division with enough of them, by its number.
struct UsualPair {
    all: Usual,
    divisions: Vec<Option<Usual>>,
}

/// The usual ratios of each money figure to each other figure, pair after pair.
struct Peers {
    figures: usize,
    pairs: Vec<Option<UsualPair>>,
}

impl Peers {
    fn of(figures: &Figures) -> Self {
        let n = figures.names.len();
        let pair = |pair: usize| if pair / n == pair % n { None } else { usual(figures, pair / n, pair % n) };
        Self { figures: n, pairs: (0..figures.money * n).into_par_iter().map(pair).collect() }
    }

    fn pair(&self, x: usize, y: usize) -> Option<&UsualPair> {
        self.pairs.get(x * self.figures + y)?.as_ref()
    }

    /// How far a ratio of a row is from its peers', and their spread; decades.
    fn deviation(&self, figures: &Figures, row: usize, x: usize, y: usize) -> Option<(f64, f64)> {
        let pair = self.pair(x, y)?;
        let of_division = figures.divisions[row].and_then(|division| pair.divisions.get(usize::from(division))?.as_ref());
        let usual = of_division.unwrap_or(&pair.all);
        Some((figures.ratio(row, x, y)? - usual.centre, usual.spread))
    }
}

fn usual(figures: &Figures, x: usize, y: usize) -> Option<UsualPair> {
    let mut all = Vec::with_capacity(figures.rows);
    let mut divisions: Vec<Vec<f64>> = Vec::new();
    for row in 0..figures.rows {
        if let Some(ratio) = figures.ratio(row, x, y) {
            all.push(ratio);
            if let Some(division) = figures.divisions[row].map(usize::from) {
                if divisions.len() <= division {
                    divisions.resize_with(division + 1, Vec::new);
                }
                divisions[division].push(ratio);
            }
        }
    }
    Some(UsualPair { all: Usual::of(all)?, divisions: divisions.into_iter().map(Usual::of).collect() })
}

/// Money figures of a row that are off by `slip`, if any.
fn row_off(figures: &Figures, peers: &Peers, row: usize, slip: Slip) -> Option<Vec<usize>> {
    let given: Vec<usize> = (0..figures.money).filter(|x| figures.logs[*x][row].is_some()).collect();
    let off = off_together(figures, &given, slip, slip.tolerance, &|x, y| peers.deviation(figures, row, x, y));
    Some(blamed(figures, &given, off, slip)).filter(|off| !off.is_empty())
}

/// Whether any ratio of a row is as far from its peers as the smallest slip puts it: most rows need no closer look.
fn stands_out(figures: &Figures, peers: &Peers, row: usize) -> bool {
    // A little less, for rounding.
    let least = THOUSANDS.decades - THOUSANDS.tolerance - 1e-9;
    let far = |(deviation, _): (f64, f64)| deviation.abs() >= least;
    // A ratio the other way round is as far off.
    (0..figures.money).any(|x| (x + 1..figures.names.len()).any(|y| peers.deviation(figures, row, x, y).is_some_and(far)))
}

/// Whole columns in another unit, each with its slip.
fn columns(figures: &Figures, peers: &Peers) -> Vec<(Slip, Vec<usize>)> {
    let usual_here = |x: usize, y: usize| {
        let expected = (magnitude(figures.names[x])? / magnitude(figures.names[y])?).log10();
        Some((peers.pair(x, y)?.all.centre - expected, SPREAD_OF_PLACES))
    };
    let money: Vec<usize> = (0..figures.money).collect();
    let off = |slip| blamed(figures, &money, off_together(figures, &money, slip, COLUMN_TOLERANCE, &usual_here), slip);
    [YUAN, HUNDRED_MILLIONS].into_iter().map(|slip| (slip, off(slip))).filter(|(_, off)| !off.is_empty()).collect()
}

/// Money that may honestly be next to nothing is not too small for its unit, unless all money is.
fn blamed(figures: &Figures, given: &[usize], off: Vec<usize>, slip: Slip) -> Vec<usize> {
    if slip.decades > 0.0 || off.len() == given.len() {
        return off;
    }
    off.into_iter().filter(|x| !MAY_BE_TINY.contains(&figures.names[*x])).collect()
}

/// Those of `given` that are off by `slip`: either most of them against the sizes, agreeing with each other, or each alone against all
/// other figures.
fn off_together(
    figures: &Figures,
    given: &[usize],
    slip: Slip,
    tolerance: f64,
    deviation: &dyn Fn(usize, usize) -> Option<(f64, f64)>,
) -> Vec<usize> {
    let off = |x: usize, others: &mut dyn Iterator<Item = usize>, decades: f64| {
        is_off(&others.filter_map(|y| deviation(x, y)).collect::<Vec<_>>(), decades, tolerance)
    };
    let sizes = || figures.money..figures.names.len();
    let money_but = |x: usize| given.iter().copied().filter(move |y| *y != x);
    let enough = |x: usize| sizes().filter(|s| deviation(x, *s).is_some()).count() >= slip.sizes;
    let against_sizes = given.iter().filter(|x| enough(**x) && off(**x, &mut sizes(), slip.decades)).count();
    if given.len() > 1 && 2 * against_sizes > given.len() {
        let stands_apart = |x: usize| off(x, &mut money_but(x), slip.decades) || off(x, &mut money_but(x), -slip.decades);
        return given.iter().copied().filter(|x| !stands_apart(*x)).collect();
    }
    given.iter().copied().filter(|x| off(*x, &mut sizes().chain(money_but(*x)), slip.decades)).collect()
}

/// Whether ratios (deviation and spread of each) are off by `decades`: in the median, and in at least half of them.
fn is_off(ratios: &[(f64, f64)], decades: f64, tolerance: f64) -> bool {
    let (mut deviations, mut spreads): (Vec<f64>, Vec<f64>) = ratios.iter().copied().unzip();
    let near = deviations.iter().filter(|d| (*d - decades).abs() <= tolerance).count();
    let (Some(middle), Some(spread)) = (median(&mut deviations), median(&mut spreads)) else { return false };
    let fits = (middle - decades).abs() <= tolerance.min(NEAR * spread);
    fits && middle.abs() > FAR * spread && 2 * near >= ratios.len()
}

/// The median, in linear time; the mean of the two in the middle where there are two.
fn median(values: &mut [f64]) -> Option<f64> {
    let half = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    let upper = *upper;
    let lower = if even { below.iter().copied().max_by(f64::total_cmp).unwrap_or(upper) } else { upper };
    Some(f64::midpoint(lower, upper))
}

/// What is usual of a figure, per employee.
fn magnitude(name: &str) -> Option<f64> {
    #[derive(Deserialize)]
    struct Seed {
        usual: HashMap<String, f64>,
    }
    static USUAL: OnceLock<HashMap<String, f64>> = OnceLock::new();
    // A broken seed is caught by the tests below; at run time it would mean that whole columns are not looked at.
    let usual = USUAL.get_or_init(|| {
        toml::from_str::<Seed>(include_str!("../../seeds/magnitudes.toml")).map(|seed| seed.usual).unwrap_or_default()
    });
    usual.get(name).copied().filter(|x| *x > 0.0)
}

#[cfg(test)]
mod tests;
