//! The code of every fault the program finds, with its severity and what a person can do about it.
//!
//! Codes are a public interface: stable, documented in `docs/findings.md`.

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing in the result is doubtful.
    Notice,
    /// The result may be doubtful for this row.
    Warning,
    /// A value or a shape of this row could not be used as it is.
    Error,
}

impl Severity {
    /// As written in `findings.csv`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

macro_rules! codes {
    ($($variant:ident, $code:literal, $severity:ident, $zh:literal, $en:literal, $advice_zh:literal, $advice_en:literal;)*) => {
        /// The kind of a fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $en] $variant,)*
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

            /// What is wrong, in Chinese and in English.
            #[must_use]
            pub fn title(self) -> (&'static str, &'static str) {
                match self { $(Self::$variant => ($zh, $en),)* }
            }

            /// What to do about it, in Chinese and in English.
            #[must_use]
            pub fn advice(self) -> (&'static str, &'static str) {
                match self { $(Self::$variant => ($advice_zh, $advice_en),)* }
            }
        }
    };
}

codes! {
    ShapeMissing, "SHAPE_MISSING", Error, "没有图形", "no shape", "补上图形", "supply the shape";
    ShapeEmpty, "SHAPE_EMPTY", Error, "图形没有坐标", "a shape without coordinates", "补上图形", "supply the shape";
    ShapeType, "SHAPE_TYPE", Error, "不是面", "not a polygon", "改为面图形", "supply a polygon";
    ShapeUnreadable, "SHAPE_UNREADABLE", Error, "坐标无法读取", "coordinates that cannot be read", "重新导出该要素", "export the feature again";
    NonFinite, "COORD_NON_FINITE", Error, "坐标不是有限数", "a coordinate that is not a finite number", "重新导出该要素", "export the feature again";
    OutOfRange, "COORD_OUT_OF_RANGE", Error, "坐标超出经纬度范围", "a coordinate outside longitude and latitude", "核对该要素的坐标系", "check the coordinate system of the feature";
    Swapped, "COORD_SWAPPED", Error, "经纬度颠倒", "latitude before longitude", "交换该要素的经纬度", "exchange longitude and latitude of the feature";
    ShortRing, "RING_SHORT", Error, "环不足三个不同的点", "a ring of fewer than three distinct points", "补全或删除该环；该环未计入面积", "complete or remove the ring; it was left out of the area";
    Unclosed, "RING_UNCLOSED", Warning, "环未闭合", "a ring that is not closed", "使首尾点相同；已按首点闭合", "repeat the first point at the end; the ring was closed with it";
    Winding, "RING_WINDING", Notice, "环的方向与 RFC 7946 相反", "a ring wound against RFC 7946", "无需处理；面积不受影响", "nothing needed; the area does not change";
    SelfCrossing, "RING_SELF_CROSSING", Error, "环自相交", "a ring that crosses or touches itself", "改正图形；已按奇偶规则修复，修复前后面积均已记录", "mend the shape; it was repaired by the even-odd rule, both areas are recorded";
    RingsClash, "RINGS_CLASH", Error, "洞在外环之外，或环与环、部件与部件相交", "a hole outside its shell, or rings or parts that cross", "改正图形；已按奇偶规则修复，修复前后面积均已记录", "mend the shape; it was repaired by the even-odd rule, both areas are recorded";
    NoArea, "SHAPE_NO_AREA", Error, "图形没有面积", "a shape without area", "改正图形", "mend the shape";
    NoId, "ID_MISSING", Warning, "没有宗地代码", "no parcel id", "补上代码；已按行号代替", "supply the id; the row number stands in for it";
    DuplicateId, "ID_DUPLICATE", Error, "宗地代码重复", "a parcel id that occurs more than once", "改正代码；各行均保留", "mend the ids; every row is kept";
    RepeatedKey, "KEY_REPEATED", Warning, "同一属性出现两次", "a property given twice", "删去一个；采用了第一个", "remove one; the first was taken";
    NotNumber, "VALUE_NOT_NUMBER", Error, "应为数字的值不是数字", "a value that should be a number is none", "改正该值；按缺失处理", "mend the value; it was taken as missing";
    Impossible, "VALUE_IMPOSSIBLE", Error, "不可能的值", "an impossible value, such as a negative area", "改正该值；按缺失处理", "mend the value; it was taken as missing";
    FloorArea, "VALUE_FLOOR_AREA", Warning, "建筑面积与宗地面积之比不可信", "a floor area out of proportion to the parcel", "核对单位（平方米）与宗地", "check its unit (m²) and the parcel";
    AreaStated, "AREA_STATED_DIFFERS", Warning, "登记面积与图形面积不符", "stated area differs from the shape's", "核对登记面积、其单位与图形", "check the stated area, its unit and the shape";
    NoDistrict, "DISTRICT_NONE", Warning, "宗地不在任何区内", "a parcel outside every district", "核对宗地或区界", "check the parcel and the district boundaries";
    DistrictOverlap, "DISTRICT_OVERLAP", Warning, "宗地处区界重叠", "districts overlap at a parcel", "改正区界；归入占比最大的区", "mend the district boundaries; the larger share was taken";
    ZoneSplit, "ZONE_IN_PARTS", Notice, "同一编号的多个图形，按一个区域处理", "several shapes under one id, taken as one zone", "无需处理", "nothing needed, if it is meant";
    EnterpriseDuplicate, "ENTERPRISE_DUPLICATE", Warning, "企业代码重复", "an enterprise id that occurs more than once", "核对是否重复填报；各行均计入", "check for double reporting; every row was counted";
    EnterpriseNoParcel, "ENTERPRISE_NO_PARCEL", Warning, "企业没有对应的宗地", "an enterprise on no known parcel", "补上占用关系；其数值未计入任何宗地", "supply its parcel; its figures are on no parcel";
    OccupancyParcel, "OCCUPANCY_UNKNOWN_PARCEL", Warning, "占用表中的宗地不存在", "the occupancy table names an unknown parcel", "改正宗地代码；该行未采用", "mend the parcel id; the row was not used";
    OccupancyEnterprise, "OCCUPANCY_UNKNOWN_ENTERPRISE", Warning, "占用表中的企业不存在", "the occupancy table names an unknown enterprise", "改正企业代码；该行未采用", "mend the enterprise id; the row was not used";
    OccupancyShares, "OCCUPANCY_SHARES", Warning, "企业的占用比例之和不为 1", "shares of an enterprise do not sum to 1", "改正比例；已按比例折算为 1", "mend the shares; they were scaled to 1";
    FlowPartial, "FLOW_PARTIAL", Warning, "宗地上有企业未报该数值，合计偏小", "an occupant of the parcel reports no such figure, so the sum is too small", "补报企业数值", "have the enterprise report it";
    IndicatorNonFinite, "INDICATOR_NON_FINITE", Warning, "指标算出无穷或非数", "an indicator came out infinite or not a number", "核对其分母；按缺失处理", "check its divisor; it was taken as missing";
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
            let line = format!("| `{}` | {} | {} |", code.name(), code.severity().name(), code.title().1);
            assert!(page.contains(&line), "docs/findings.md lacks: {line}");
        }
    }
}
