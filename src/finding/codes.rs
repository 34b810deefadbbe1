//! The code of every fault the program finds, with its severity and who can mend it.
//!
//! Codes are a public interface: stable, documented in `docs/findings.md`. What each means is in `catalogue/`.

use super::catalogue::{self, Example, Page, Subject};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// What the program did by itself; the result does not change.
    Info,
    /// Worth knowing; nothing in the result is doubtful.
    Notice,
    /// The result may be doubtful for this row.
    Warning,
    /// Something of this row is wrong: it could not be used as it is, or counts twice.
    Error,
    /// The whole input cannot be trusted.
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

    /// What it means, in Chinese and in English.
    #[must_use]
    pub fn meaning(self) -> (&'static str, &'static str) {
        match self {
            Self::Info => ("程序已自行处理，结果不变", "what the program did by itself; the result does not change"),
            Self::Notice => ("值得知道，结果不受影响", "worth knowing; nothing in the result is doubtful"),
            Self::Warning => ("该行的结果可能不可靠", "the result may be doubtful for this row"),
            Self::Error => {
                ("该行有误，不能照用或重复计入", "something of this row is wrong: not usable as it is, or counted twice")
            }
            Self::Critical => ("整个图层或表不可信", "the whole input cannot be trusted"),
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

    /// Who that is, in Chinese and in English.
    #[must_use]
    pub fn meaning(self) -> (&'static str, &'static str) {
        match self {
            Self::Supplier => ("数据提供方", "the supplier of the data"),
            Self::Tool => ("程序已处理，无需他人处理", "nobody: the program dealt with it"),
        }
    }
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
    /// The code called `name`; case does not matter, and `-` stands for `_`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim().replace('-', "_");
        Self::ALL.iter().copied().find(|code| code.name().eq_ignore_ascii_case(&name))
    }

    /// What it means, in Chinese and in English.
    #[must_use]
    pub fn pages(self) -> (&'static Page, &'static Page) {
        let entry = catalogue::entry(self.name());
        (&entry.zh, &entry.en)
    }

    /// What it is about.
    #[must_use]
    pub fn subject(self) -> Subject {
        catalogue::entry(self.name()).subject
    }

    /// A finding as it might be.
    #[must_use]
    pub fn example(self) -> &'static Example {
        &catalogue::entry(self.name()).example
    }

    /// What is wrong, in Chinese and in English.
    #[must_use]
    pub fn title(self) -> (&'static str, &'static str) {
        let (zh, en) = self.pages();
        (&zh.title, &en.title)
    }

    /// What to do about it, in a few words, in Chinese and in English.
    #[must_use]
    pub fn advice(self) -> (&'static str, &'static str) {
        let (zh, en) = self.pages();
        (&zh.mend, &en.mend)
    }
}

codes! {
    FileTruncated, "FILE_TRUNCATED", Critical, Supplier;
    FilePartMissing, "FILE_PART_MISSING", Warning, Supplier;
    FileCountDiffers, "FILE_COUNT_DIFFERS", Critical, Supplier;
    InputUnusable, "INPUT_UNUSABLE", Critical, Supplier;
    RowUnreadable, "ROW_UNREADABLE", Error, Supplier;
    RowDeleted, "ROW_DELETED", Notice, Supplier;
    RowLength, "ROW_LENGTH", Error, Supplier;
    RowTotal, "ROW_TOTAL", Notice, Supplier;
    EncodingGuessed, "ENCODING_GUESSED", Notice, Tool;
    EncodingConflict, "ENCODING_CONFLICT", Warning, Supplier;
    TextGarbled, "TEXT_GARBLED", Error, Supplier;
    TextCut, "TEXT_CUT", Warning, Supplier;
    HeaderRepeated, "HEADER_REPEATED", Warning, Supplier;
    HeaderBlank, "HEADER_BLANK", Notice, Supplier;
    HeaderShifted, "HEADER_SHIFTED", Critical, Supplier;
    TableLayout, "TABLE_LAYOUT", Info, Tool;
    RepeatedKey, "KEY_REPEATED", Warning, Supplier;
    CrsMissing, "CRS_MISSING", Error, Supplier;
    CrsUnknown, "CRS_UNKNOWN", Critical, Supplier;
    CrsOldDatum, "CRS_OLD_DATUM", Critical, Supplier;
    CrsContradicted, "CRS_CONTRADICTED", Critical, Supplier;
    CrsAxes, "CRS_AXES", Critical, Supplier;
    CrsZone, "CRS_ZONE", Critical, Supplier;
    CrsPrefix, "CRS_PREFIX", Critical, Supplier;
    CrsControlPoint, "CRS_CONTROL_POINT", Warning, Supplier;
    CrsFitted, "CRS_FITTED", Info, Tool;
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
    IdLookalike, "ID_LOOKALIKE", Warning, Supplier;
    Overlap, "OVERLAP", Error, Supplier;
    OverlapSliver, "OVERLAP_SLIVER", Notice, Supplier;
    Gap, "GAP", Warning, Supplier;
    GapSliver, "GAP_SLIVER", Notice, Supplier;
    NotNumber, "VALUE_NOT_NUMBER", Error, Supplier;
    Impossible, "VALUE_IMPOSSIBLE", Error, Supplier;
    FloorArea, "VALUE_FLOOR_AREA", Warning, Supplier;
    ValueCleaned, "VALUE_CLEANED", Info, Tool;
    ValueMark, "VALUE_MARK_MISSING", Info, Tool;
    ValueAsText, "VALUE_AS_TEXT", Info, Tool;
    ValueScale, "VALUE_SCALE", Warning, Supplier;
    ValueUnknownWord, "VALUE_UNKNOWN_WORD", Warning, Supplier;
    FieldUnit, "FIELD_UNIT", Info, Tool;
    CodeCredit, "CODE_CREDIT", Warning, Supplier;
    CodeIndustry, "CODE_INDUSTRY", Warning, Supplier;
    CodeLandUse, "CODE_LAND_USE", Warning, Supplier;
    AreaStated, "AREA_STATED_DIFFERS", Warning, Supplier;
    AreaCause, "AREA_CAUSE", Warning, Supplier;
    AreaFormula, "AREA_FORMULA", Notice, Tool;
    NoDistrict, "DISTRICT_NONE", Warning, Supplier;
    DistrictOverlap, "DISTRICT_OVERLAP", Warning, Supplier;
    ZoneSplit, "ZONE_IN_PARTS", Notice, Tool;
    ZonesOverlap, "ZONES_OVERLAP", Warning, Supplier;
    ZonesGap, "ZONES_GAP", Warning, Supplier;
    EnterpriseDuplicate, "ENTERPRISE_DUPLICATE", Warning, Supplier;
    EnterpriseYears, "ENTERPRISE_YEARS", Notice, Tool;
    EnterpriseNoParcel, "ENTERPRISE_NO_PARCEL", Warning, Supplier;
    OccupancyParcel, "OCCUPANCY_UNKNOWN_PARCEL", Error, Supplier;
    OccupancyEnterprise, "OCCUPANCY_UNKNOWN_ENTERPRISE", Error, Supplier;
    OccupancyShares, "OCCUPANCY_SHARES", Warning, Supplier;
    FlowPartial, "FLOW_PARTIAL", Warning, Supplier;
    IndicatorNonFinite, "INDICATOR_NON_FINITE", Warning, Supplier;
    GradeTieSplit, "GRADE_TIE_SPLIT", Notice, Tool;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_found_by_name() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            assert_eq!(Code::named(&code.name().to_lowercase()), Some(*code));
        }
        assert_eq!(Code::named("ring-self-crossing"), Some(Code::SelfCrossing));
        assert_eq!(Code::named("RING"), None);
    }

    /// Who must act follows from how much it matters: nobody has to act on an info, and only the supplier can mend what is wrong.
    #[test]
    fn severity_and_actor_agree() {
        for code in Code::ALL {
            match code.severity() {
                Severity::Info => assert_eq!(code.actor(), Actor::Tool, "{}", code.name()),
                Severity::Notice => {}
                Severity::Warning | Severity::Error | Severity::Critical => {
                    assert_eq!(code.actor(), Actor::Supplier, "{}", code.name())
                }
            }
            let nothing = code.advice().0.starts_with("无需处理");
            assert!(!nothing || code.actor() == Actor::Tool, "{} asks the supplier for nothing", code.name());
        }
    }
}
