//! The units figures come in, as column names and cells write them.

use super::number::fold;

/// What a unit measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    Area,
    Money,
    Head,
    /// Standard coal.
    Energy,
    Electricity,
    Mass,
    Ratio,
    Length,
    Year,
}

/// A unit of measurement.
#[derive(Debug, PartialEq)]
pub struct Unit {
    pub dimension: Dimension,
    /// How many of the dimension's first unit in the table below it is.
    factor: f64,
    /// As written; the first is the one shown.
    names: &'static [&'static str],
}

use Dimension::{Area, Electricity, Energy, Head, Length, Mass, Money, Ratio, Year};

/// Every unit, folded: lower case, half width, without spaces, `2` for `²`. A bare 万 or 亿 is a number word, not a unit.
const UNITS: &[Unit] = &[
    Unit { dimension: Area, factor: 1.0, names: &["平方米", "m2", "平米", "sqm", "m^2"] },
    Unit { dimension: Area, factor: 2000.0 / 3.0, names: &["亩", "mu", "市亩"] },
    Unit { dimension: Area, factor: 1e4, names: &["公顷", "hm2", "ha", "hectare", "hectares"] },
    Unit { dimension: Area, factor: 1e4, names: &["万平方米", "万m2", "万平米", "万平"] },
    Unit { dimension: Area, factor: 1e6, names: &["平方公里", "km2", "平方千米", "sqkm", "km^2"] },
    Unit { dimension: Area, factor: 2e7 / 3.0, names: &["万亩"] },
    Unit { dimension: Area, factor: 0.092_903_04, names: &["平方英尺", "sqft", "ft2"] },
    Unit { dimension: Money, factor: 1.0, names: &["元", "人民币元", "cny", "rmb"] },
    Unit { dimension: Money, factor: 1e3, names: &["千元"] },
    Unit { dimension: Money, factor: 1e4, names: &["万元", "人民币万元", "万人民币"] },
    Unit { dimension: Money, factor: 1e6, names: &["百万元"] },
    Unit { dimension: Money, factor: 1e7, names: &["千万元"] },
    Unit { dimension: Money, factor: 1e8, names: &["亿元", "亿人民币"] },
    Unit { dimension: Head, factor: 1.0, names: &["人", "名", "人次", "persons"] },
    Unit { dimension: Head, factor: 1e4, names: &["万人"] },
    Unit { dimension: Energy, factor: 1.0, names: &["吨标准煤", "吨标煤", "tce", "吨ce"] },
    Unit { dimension: Energy, factor: 1e4, names: &["万吨标准煤", "万吨标煤", "万tce"] },
    Unit { dimension: Energy, factor: 1e-3, names: &["千克标准煤", "千克标煤", "公斤标准煤", "kgce"] },
    Unit { dimension: Electricity, factor: 1.0, names: &["千瓦时", "kwh", "度", "kw.h", "kw·h", "千瓦小时"] },
    Unit { dimension: Electricity, factor: 1e3, names: &["兆瓦时", "mwh"] },
    Unit { dimension: Electricity, factor: 1e4, names: &["万千瓦时", "万kwh", "万度", "万千瓦小时"] },
    Unit { dimension: Electricity, factor: 1e8, names: &["亿千瓦时", "亿kwh", "亿度"] },
    Unit { dimension: Mass, factor: 1.0, names: &["吨", "t"] },
    Unit { dimension: Mass, factor: 1e-3, names: &["千克", "公斤", "kg"] },
    Unit { dimension: Mass, factor: 1e4, names: &["万吨"] },
    Unit { dimension: Ratio, factor: 1.0, names: &["比值"] },
    Unit { dimension: Ratio, factor: 1e-2, names: &["%", "百分比"] },
    Unit { dimension: Ratio, factor: 1e-3, names: &["‰"] },
    Unit { dimension: Length, factor: 1.0, names: &["米", "m"] },
    Unit { dimension: Length, factor: 1e3, names: &["公里", "千米", "km"] },
    Unit { dimension: Year, factor: 1.0, names: &["年", "年份"] },
];

impl Unit {
    /// The name it is shown under.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }

    /// How many of `other` one of this unit is; `None` if they do not measure the same.
    #[must_use]
    pub fn in_terms_of(&self, other: &Self) -> Option<f64> {
        (self.dimension == other.dimension).then_some(self.factor / other.factor)
    }
}

/// The unit written as `text`, if it is one.
#[must_use]
pub fn find(text: &str) -> Option<&'static Unit> {
    let text = canonical(text);
    UNITS.iter().find(|unit| unit.names.contains(&text.as_str()))
}

/// The unit a Chinese name ends with when nothing stands between (`税收万元`), and what comes before it.
pub(super) fn ending(name: &str) -> Option<(&str, &'static Unit)> {
    UNITS
        .iter()
        .flat_map(|unit| unit.names.iter().map(move |written| (*written, unit)))
        .filter(|(written, _)| !written.is_ascii())
        .filter_map(|(written, unit)| name.strip_suffix(written).filter(|stem| !stem.is_empty()).map(|stem| (stem, unit)))
        .min_by_key(|(stem, _)| stem.len())
}

/// The names of the units, for messages.
pub(super) fn names() -> String {
    UNITS.iter().map(Unit::name).collect::<Vec<_>>().join(", ")
}

fn canonical(text: &str) -> String {
    fold(text)
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(|c| match c {
            '㎡' => vec!['m', '2'],
            '²' => vec!['2'],
            '³' => vec!['3'],
            c => c.to_lowercase().collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 1 mu is 2000/3 m², 100 hectares are 1 km², 1 亿元 is 10,000 万元.
    #[test]
    fn units_are_worth_what_the_law_says() {
        let worth = |a: &str, b: &str| find(a).unwrap().in_terms_of(find(b).unwrap());
        for (a, b, expected) in [
            ("亩", "㎡", 2000.0 / 3.0),
            ("hm²", "平方米", 1e4),
            ("km2", "公顷", 100.0),
            ("平方公里", "亩", 1500.0),
            ("亿元", "万元", 1e4),
            ("元", "万元", 1e-4),
            ("千元", "万元", 0.1),
            ("万吨标煤", "tce", 1e4),
            ("kWh", "万千瓦时", 1e-4),
            ("％", "比值", 0.01),
        ] {
            let got = worth(a, b).unwrap();
            assert!((got / expected - 1.0).abs() < 1e-15, "{a} in {b}: {got}");
        }
        assert_eq!(worth("亩", "万元"), None);
        assert!(find("万").is_none() && find("万元/亩").is_none());
        assert_eq!(ending("能耗吨标准煤").map(|(stem, unit)| (stem, unit.name())), Some(("能耗", "吨标准煤")));
    }
}
