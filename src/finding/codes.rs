//! The code of every fault the program finds, with its severity and who can mend it.
//!
//! Codes are a public interface: stable, documented in `docs/findings.md`. What each means is in `catalogue.toml`.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// What the program took for granted or did by itself.
    Info,
    /// Worth knowing; nothing in the result is doubtful.
    Notice,
    /// The result may be doubtful for this row.
    Warning,
    /// A value or a shape of this row could not be used as it is.
    Error,
    /// The whole layer cannot be trusted.
    Critical,
}

impl Severity {
    /// As written in `findings.csv`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }

    /// In Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Info => "信息",
            Self::Notice => "提示",
            Self::Warning => "警告",
            Self::Error => "错误",
            Self::Critical => "严重",
        }
    }
}

/// Who must act on a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// The people who supplied the data.
    Supplier,
    /// Nobody: the program dealt with it and says so.
    Tool,
}

impl Actor {
    /// As written in outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Supplier => "supplier",
            Self::Tool => "tool",
        }
    }

    /// In Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Supplier => "数据提供方",
            Self::Tool => "程序",
        }
    }
}

/// What a code means, in one language.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// What is wrong, in a few words.
    pub title: String,
    /// Why it matters.
    pub why: String,
    /// What to do about it.
    pub mend: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    zh: Page,
    en: Page,
}

fn entry(code: &str) -> &'static Entry {
    static CATALOGUE: OnceLock<HashMap<String, Entry>> = OnceLock::new();
    static NONE: OnceLock<Entry> = OnceLock::new();
    // A broken catalogue is caught by the tests below; at run time it would mean empty texts.
    CATALOGUE
        .get_or_init(|| toml::from_str(include_str!("catalogue.toml")).unwrap_or_default())
        .get(code)
        .unwrap_or_else(|| NONE.get_or_init(Entry::default))
}

macro_rules! codes {
    ($($variant:ident, $code:literal, $severity:ident, $actor:ident;)*) => {
        /// The kind of a fault.
        #[allow(missing_docs)] // the catalogue says what each is
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($variant,)*
        }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as written in outputs.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// How much it matters.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }

            /// Who must act.
            #[must_use]
            pub fn actor(self) -> Actor {
                match self { $(Self::$variant => Actor::$actor,)* }
            }
        }
    };
}

impl Code {
    /// What it means, in Chinese and in English.
    #[must_use]
    pub fn pages(self) -> (&'static Page, &'static Page) {
        let entry = entry(self.name());
        (&entry.zh, &entry.en)
    }

    /// What is wrong, in Chinese and in English.
    #[must_use]
    pub fn title(self) -> (&'static str, &'static str) {
        let (zh, en) = self.pages();
        (&zh.title, &en.title)
    }

    /// What to do about it, in Chinese and in English.
    #[must_use]
    pub fn advice(self) -> (&'static str, &'static str) {
        let (zh, en) = self.pages();
        (&zh.mend, &en.mend)
    }
}

codes! {
    FileTruncated, "FILE_TRUNCATED", Critical, Supplier;
    FilePartMissing, "FILE_PART_MISSING", Warning, Supplier;
    FileCountDiffers, "FILE_COUNT_DIFFERS", Error, Supplier;
    RowUnreadable, "ROW_UNREADABLE", Error, Supplier;
    RowDeleted, "ROW_DELETED", Notice, Supplier;
    RowLength, "ROW_LENGTH", Error, Supplier;
    RowTotal, "ROW_TOTAL", Notice, Supplier;
    TableLayout, "TABLE_LAYOUT", Info, Tool;
    EncodingGuessed, "ENCODING_GUESSED", Notice, Tool;
    EncodingConflict, "ENCODING_CONFLICT", Warning, Supplier;
    TextGarbled, "TEXT_GARBLED", Error, Supplier;
    TextCut, "TEXT_CUT", Warning, Supplier;
    HeaderRepeated, "HEADER_REPEATED", Warning, Supplier;
    HeaderBlank, "HEADER_BLANK", Notice, Supplier;
    HeaderShifted, "HEADER_SHIFTED", Error, Supplier;
    RepeatedKey, "KEY_REPEATED", Warning, Supplier;
    CrsMissing, "CRS_MISSING", Warning, Supplier;
    CrsUnknown, "CRS_UNKNOWN", Critical, Supplier;
    CrsOldDatum, "CRS_OLD_DATUM", Critical, Supplier;
    CrsContradicted, "CRS_CONTRADICTED", Critical, Supplier;
    CrsAxes, "CRS_AXES", Critical, Supplier;
    CrsZone, "CRS_ZONE", Critical, Supplier;
    CrsPrefix, "CRS_PREFIX", Critical, Supplier;
    CrsControlPoint, "CRS_CONTROL_POINT", Warning, Supplier;
    LayersApart, "LAYERS_APART", Critical, Supplier;
    ShiftGcj, "SHIFT_GCJ02", Critical, Supplier;
    ShiftBd, "SHIFT_BD09", Critical, Supplier;
    ShapeMissing, "SHAPE_MISSING", Error, Supplier;
    ShapeEmpty, "SHAPE_EMPTY", Error, Supplier;
    ShapeType, "SHAPE_TYPE", Error, Supplier;
    ShapeUnreadable, "SHAPE_UNREADABLE", Error, Supplier;
    NoArea, "SHAPE_NO_AREA", Error, Supplier;
    ShapeDuplicate, "SHAPE_DUPLICATE", Error, Supplier;
    ShapeSliver, "SHAPE_SLIVER", Warning, Supplier;
    NonFinite, "COORD_NON_FINITE", Error, Supplier;
    OutOfRange, "COORD_OUT_OF_RANGE", Error, Supplier;
    Swapped, "COORD_SWAPPED", Error, Supplier;
    ShortRing, "RING_SHORT", Error, Supplier;
    Unclosed, "RING_UNCLOSED", Warning, Supplier;
    Winding, "RING_WINDING", Notice, Tool;
    SelfCrossing, "RING_SELF_CROSSING", Error, Supplier;
    RingsClash, "RINGS_CLASH", Error, Supplier;
    HeightDropped, "HEIGHT_DROPPED", Info, Tool;
    ShapeCurved, "SHAPE_CURVED", Info, Tool;
    ShapeClosedLine, "SHAPE_CLOSED_LINE", Info, Tool;
    ColumnLeftOut, "COLUMN_LEFT_OUT", Info, Tool;
    NoId, "ID_MISSING", Warning, Supplier;
    DuplicateId, "ID_DUPLICATE", Error, Supplier;
    Overlap, "OVERLAP", Error, Supplier;
    OverlapSliver, "OVERLAP_SLIVER", Notice, Supplier;
    Gap, "GAP", Warning, Supplier;
    GapSliver, "GAP_SLIVER", Notice, Supplier;
    NotNumber, "VALUE_NOT_NUMBER", Error, Supplier;
    Impossible, "VALUE_IMPOSSIBLE", Error, Supplier;
    FloorArea, "VALUE_FLOOR_AREA", Warning, Supplier;
    ValueCleaned, "VALUE_CLEANED", Info, Tool;
    ValueMark, "VALUE_MARK_MISSING", Info, Tool;
    ValueScale, "VALUE_SCALE", Warning, Supplier;
    FieldUnit, "FIELD_UNIT", Info, Tool;
    CodeCredit, "CODE_CREDIT", Warning, Supplier;
    CodeIndustry, "CODE_INDUSTRY", Warning, Supplier;
    CodeLandUse, "CODE_LAND_USE", Warning, Supplier;
    AreaStated, "AREA_STATED_DIFFERS", Warning, Supplier;
    AreaCause, "AREA_CAUSE", Warning, Supplier;
    NoDistrict, "DISTRICT_NONE", Warning, Supplier;
    DistrictOverlap, "DISTRICT_OVERLAP", Warning, Supplier;
    ZoneSplit, "ZONE_IN_PARTS", Notice, Tool;
    ZonesOverlap, "ZONES_OVERLAP", Warning, Supplier;
    ZonesGap, "ZONES_GAP", Warning, Supplier;
    EnterpriseDuplicate, "ENTERPRISE_DUPLICATE", Warning, Supplier;
    EnterpriseNoParcel, "ENTERPRISE_NO_PARCEL", Warning, Supplier;
    OccupancyParcel, "OCCUPANCY_UNKNOWN_PARCEL", Warning, Supplier;
    OccupancyEnterprise, "OCCUPANCY_UNKNOWN_ENTERPRISE", Warning, Supplier;
    OccupancyShares, "OCCUPANCY_SHARES", Warning, Supplier;
    FlowPartial, "FLOW_PARTIAL", Warning, Supplier;
    IndicatorNonFinite, "INDICATOR_NON_FINITE", Warning, Supplier;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
    }

    #[test]
    fn every_code_is_documented_as_it_is() {
        let page = include_str!("../../docs/findings.md");
        for code in Code::ALL {
            let line =
                format!("| `{}` | {} | {} | {} |", code.name(), code.severity().name(), code.actor().name(), code.title().1);
            assert!(page.contains(&line), "docs/findings.md lacks: {line}");
        }
    }

    #[test]
    fn the_catalogue_has_every_code_and_no_other() {
        let catalogue: HashMap<String, Entry> = toml::from_str(include_str!("catalogue.toml")).unwrap();
        for code in Code::ALL {
            let entry = catalogue.get(code.name()).unwrap_or_else(|| panic!("{} is not in the catalogue", code.name()));
            for page in [&entry.zh, &entry.en] {
                assert!(!page.title.is_empty() && !page.mend.is_empty(), "{}", code.name());
            }
        }
        assert_eq!(catalogue.len(), Code::ALL.len());
    }
}
