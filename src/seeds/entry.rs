//! The entries of the seed files, field for field as they are written.

use serde::Deserialize;

/// How sure a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A published source says so.
    Sourced,
    /// Computed from sourced values.
    Computed,
    /// Known in the field, no source at hand.
    Known,
    /// A guess.
    Guessed,
}

impl Status {
    /// Whether an output that shows the value must mark it as illustrative.
    #[must_use]
    pub fn is_illustrative(self) -> bool {
        matches!(self, Self::Known | Self::Guessed)
    }
}

/// How a value is held against a figure, kept as the plan words it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// 以上, 不低于, 不少于: the figure itself meets it.
    AtLeast,
    /// 超过: above the figure.
    MoreThan,
    /// 左右, 约: near the figure.
    About,
    /// 达, or a bare figure: reaching it is meant.
    Reach,
    /// 不超过: the figure itself meets it.
    AtMost,
    /// Below the figure.
    LessThan,
    /// 下降: lower than before, without a figure.
    Falling,
    /// 提升: higher than before, without a figure.
    Rising,
}

impl Comparison {
    /// Whether the comparison is with a figure.
    #[must_use]
    pub fn needs_figure(self) -> bool {
        !matches!(self, Self::Falling | Self::Rising)
    }
}

/// What kind of quantity a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A quantity in all, by the deadline.
    Stock,
    /// A share, a ratio or a growth rate.
    Rate,
    /// A quantity in each year up to the deadline.
    FlowPerYear,
}

/// A unit a target may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// As written in the file.
    pub id: &'static str,
    /// As shown in Chinese output.
    pub zh: &'static str,
    /// As shown in English output.
    pub en: &'static str,
    /// Whether it measures a rate; any other unit measures a stock or a flow.
    pub is_rate: bool,
}

const fn rate(id: &'static str, zh: &'static str, en: &'static str) -> Unit {
    Unit { id, zh, en, is_rate: true }
}

const fn amount(id: &'static str, zh: &'static str, en: &'static str) -> Unit {
    Unit { id, zh, en, is_rate: false }
}

/// The units a target may have. A unit never says "a year" unless it is a growth rate: [`Kind::FlowPerYear`] does.
pub const UNITS: &[Unit] = &[
    rate("percent", "%", "%"),
    rate("percent_per_year", "%/年", "% a year"),
    rate("percentage_points", "个百分点", "percentage points"),
    rate("yuan_per_person", "元/人", "yuan per person"),
    rate("tce_per_10k_yuan", "吨标准煤/万元", "tce per 10,000 yuan"),
    rate("robots_per_10k_people", "台/万人", "robots per 10,000 people"),
    amount("100m_yuan", "亿元", "100 m yuan"),
    amount("mu", "亩", "mu"),
    amount("km2", "平方公里", "km2"),
    amount("projects", "个", "projects"),
    amount("parks", "个", "parks"),
    amount("chains", "条", "chains"),
    amount("platforms", "个", "platforms"),
    amount("centres", "个", "centres"),
    amount("benchmarks", "个", "benchmarks"),
    amount("firms", "家", "firms"),
    amount("factories", "家", "factories"),
    amount("robots", "台", "robots"),
    amount("facilities", "项", "facilities"),
    amount("units", "家", "units"),
    amount("clusters", "个", "clusters"),
    amount("listings", "家", "listings"),
];

/// An entry of a seed file: what it is called, how sure it is and where it comes from.
pub trait Entry {
    /// The name of its table.
    const TABLE: &'static str;
    /// What identifies it in its table.
    fn key(&self) -> String;
    /// How sure it is.
    fn status(&self) -> Status;
    /// Where it comes from; may be empty when the status is known or guessed.
    fn source(&self) -> &str;
}

macro_rules! entries {
    ($($(#[$doc:meta])* $name:ident $table:literal $key:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
            /// How sure the entry is, apart from values with a status of their own.
            pub status: Status,
            /// Where it comes from; may be empty when the status is known or guessed.
            pub source: String,
            /// What a reader should know besides.
            #[serde(default)]
            pub note: String,
        }

        impl Entry for $name {
            const TABLE: &'static str = $table;
            fn key(&self) -> String {
                self.$key.to_string()
            }
            fn status(&self) -> Status {
                self.status
            }
            fn source(&self) -> &str {
                &self.source
            }
        }
    )*};
}

entries! {
    /// The plan the targets belong to.
    Plan "plan" name_en {
        /// Name in Chinese.
        name_zh: String,
        /// Name in English.
        name_en: String,
        /// Number of the document.
        document_no: String,
        /// First year of the plan's term.
        first_year: i32,
        /// Last year of the plan's term.
        last_year: i32,
    }

    /// A numeric target of the plan.
    Target "target" id {
        /// Unique name in snake case.
        id: String,
        /// Clause of the plan; empty where it has not been checked.
        clause: String,
        /// Working name in Chinese.
        name_zh: String,
        /// Working name in English.
        name_en: String,
        /// How a value is held against the figure.
        comparison: Comparison,
        /// The figure; none for a mere fall or rise.
        figure: Option<f64>,
        /// Id of one of [`UNITS`].
        unit: String,
        /// The year by whose end, or through which, it is to be met.
        deadline: i32,
        /// The parameter the deadline follows, if it is one.
        deadline_parameter: Option<String>,
        /// Stock, rate or yearly flow.
        kind: Kind,
        /// Codes of the city or the districts it applies to.
        scope: Vec<String>,
        /// The area meant where the codes of `scope` say it only roughly.
        scope_area: Option<String>,
        /// The responsible units.
        responsible: Vec<String>,
        /// How sure the responsible units are.
        responsible_status: Status,
    }

    /// The layout.
    Layout "layout" id {
        /// Unique name in snake case.
        id: String,
        /// Name in Chinese.
        name_zh: String,
        /// Name in English.
        name_en: String,
    }

    /// A pole or a belt of the layout.
    Zone "zone" id {
        /// Unique name in snake case.
        id: String,
        /// Pole or belt.
        kind: ZoneKind,
        /// Name in Chinese.
        name_zh: String,
        /// Name in English.
        name_en: String,
        /// Codes of its districts; a district may be in several zones.
        districts: Vec<String>,
    }

    /// A zone of an earlier layout.
    EarlierZone "earlier_zone" id {
        /// Unique name in snake case.
        id: String,
        /// Year of that layout.
        year: i32,
        /// Pole or belt.
        kind: ZoneKind,
        /// Name in Chinese.
        name_zh: String,
        /// Name in English.
        name_en: String,
        /// Codes of its districts; empty where no source names them.
        districts: Vec<String>,
        /// How sure the districts are.
        districts_status: Status,
    }

    /// A new city.
    NewCity "new_city" id {
        /// Unique name in snake case.
        id: String,
        /// Name in Chinese.
        name_zh: String,
        /// Name in English.
        name_en: String,
        /// Code of the district it lies in.
        district: String,
    }

    /// The park a new city is known for: one city, one park.
    CityPark "city_park" new_city {
        /// Id of the new city.
        new_city: String,
        /// Name in Chinese.
        name_zh: String,
    }

    /// A figure a city may want to change.
    Parameter "parameter" id {
        /// Unique name in snake case.
        id: String,
        /// The value.
        value: i32,
        /// Its unit, such as `year`.
        unit: String,
    }

    /// A sector parks are grouped by.
    Sector "sector" id {
        /// Unique name in snake case.
        id: String,
        /// Name in Chinese.
        name_zh: String,
        /// Name in English.
        name_en: String,
        /// The first digits of the GB/T 4754 codes that belong to it; the longest that fits decides.
        #[serde(default)]
        industries: Vec<String>,
        /// How sure the industries are; given when they are.
        industries_status: Option<Status>,
    }

    /// What parks have yielded on the mean, to hold a park against.
    ParkYield "yield" id {
        /// Unique name in snake case.
        id: String,
        /// Name in Chinese.
        name_zh: String,
        /// Name in English.
        name_en: String,
        /// The year of the figure.
        year: i32,
        /// Output per area, 100 m yuan per km2.
        output_100m_yuan_per_km2: f64,
    }

    /// A characteristic park.
    Park "park" id {
        /// Unique name in snake case.
        id: String,
        /// Name in Chinese, as published.
        name_zh: String,
        /// Working name in English.
        name_en: String,
        /// Codes of its districts.
        districts: Vec<String>,
        /// How sure the districts are.
        districts_status: Status,
        /// The special area it lies in, if any.
        special_area: Option<String>,
        /// Id of its sector.
        sector: String,
        /// Published area in km2.
        km2: Option<f64>,
        /// How sure the area is; given when the area is.
        km2_status: Option<Status>,
        /// Longitude of a point near it, WGS 84 degrees.
        lon: Option<f64>,
        /// Latitude of that point.
        lat: Option<f64>,
        /// How far the point may be off, in km.
        accuracy_km: Option<f64>,
        /// How sure the point is; given when the point is.
        coordinates_status: Option<Status>,
        /// Year of the batch it was named in.
        batch: i32,
        /// How sure the batch is.
        batch_status: Status,
    }

    /// The name of a park still to be checked against the published directory.
    FurtherName "further_name" id {
        /// Unique name in snake case.
        id: String,
        /// Name in Chinese.
        name_zh: String,
        /// Codes of its districts.
        districts: Vec<String>,
    }

    /// How many parks there were by the end of a year.
    ParkCount "count" year {
        /// The year.
        year: i32,
        /// Parks in all.
        parks: u32,
        /// Parks named in the year.
        new_parks: u32,
        /// Area of all, in km2.
        km2: Option<f64>,
        /// Area of those named in the year, in km2.
        new_km2: Option<f64>,
    }

    /// The city as a whole.
    City "city" code {
        /// GB/T 2260 code.
        code: String,
        /// Name in Chinese.
        name_zh: String,
        /// Name in English.
        name_en: String,
        /// Area in km2.
        km2: f64,
    }

    /// A district.
    District "district" code {
        /// GB/T 2260 code.
        code: String,
        /// Name in Chinese.
        name_zh: String,
        /// Name in pinyin.
        name_en: String,
        /// Officially stated area in km2; the area of a boundary is not it.
        km2: f64,
        /// The new city in it, if there is one.
        new_city: Option<String>,
    }
}

impl Target {
    /// The unit, which a loaded target always has.
    #[must_use]
    pub fn unit(&self) -> Option<&'static Unit> {
        UNITS.iter().find(|unit| unit.id == self.unit)
    }
}

impl District {
    /// Whether a new city lies in it.
    #[must_use]
    pub fn is_new_city(&self) -> bool {
        self.new_city.is_some()
    }
}

/// Pole or belt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneKind {
    /// A growth pole.
    Pole,
    /// A belt.
    Belt,
}
