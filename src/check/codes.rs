//! Columns of codes: unified social credit codes, industries, land uses. One finding a row, or one for the input where most rows
//! have the same fault.

use std::collections::{BTreeMap, HashMap};

use polars::prelude::DataFrame;

use super::code_tables::{self, Fault};
use super::credit_code::{self, Reason};
use crate::finding::{Code, Detail, Finding, Place, detail};
use crate::model::Source;

/// Above this share of values with one fault, one finding stands for all: the column holds something else, or was spoilt as a whole.
const HABIT: f64 = 0.5;
/// At most so many values a summary shows.
const EXAMPLES: usize = 3;
/// Above this share of four-digit industry codes a code of three digits is doubted.
const FOUR_DIGITS: f64 = 0.9;

/// The kind of fault of a value that is no code of the sort at all. A column full of them holds something else, and what else is
/// wrong with it does not matter.
const FOREIGN: &str = "foreign";

/// What many values have in common, in Chinese and in English.
const OTHER: (&str, &str) = ("不是这类代码，该列可能是别的内容", "are no such codes; the column seems to hold something else");
const ALIKE: (&str, &str) = ("有同样的问题", "have the same fault");

/// What is wrong with a value: the kind of fault, by which rows are counted, and what to tell a person.
type Judgement = Option<(&'static str, Why)>;

/// What is wrong with a value. It becomes text only where it is told.
#[derive(Debug, Clone)]
enum Why {
    Credit(Reason),
    Code(Fault),
}

impl Why {
    fn told(&self) -> Detail {
        match self {
            Self::Credit(reason) => reason.told(),
            Self::Code(fault) => fault.told(),
        }
    }
}

/// Checks the columns of codes of an input; silent about those that are not there. `ids` name the rows of parcels.
#[must_use]
pub fn codes(canonical: &DataFrame, source: Source, ids: Option<&[String]>) -> Vec<Finding> {
    let enterprises = texts(canonical, "enterprise_id");
    let row_ids = |row: usize| match ids {
        Some(ids) => ids.get(row).cloned(),
        None => enterprises.as_ref().and_then(|ids| ids.get(row).copied().flatten()).map(str::to_owned),
    };
    let column = |name: &'static str| texts(canonical, name).map(|values| Column { name, source, values });
    let mut findings = Vec::new();
    // The occupancy table only repeats the codes of the enterprises.
    if let Some(column) = column("enterprise_id").filter(|_| source != Source::Occupancy) {
        findings.extend(column.findings(Code::CodeCredit, &mut credit, &row_ids));
    }
    if let Some(column) = column("industry_code") {
        findings.extend(column.findings(Code::CodeIndustry, &mut remembered(industry), &row_ids));
        findings.extend(column.doubtful_groups());
    }
    if let Some(column) = column("land_use_code") {
        findings.extend(column.findings(Code::CodeLandUse, &mut remembered(land_use), &row_ids));
    }
    findings
}

fn credit(text: &str) -> Judgement {
    let reason = credit_code::verify(text).err()?;
    let kind = match reason {
        Reason::Length(_) | Reason::Sign(..) => FOREIGN,
        Reason::Kind(_) | Reason::Division(_) => "head",
        Reason::OrganisationCheck { .. } | Reason::Check { .. } => "check",
        Reason::OldRegistration | Reason::OldOrganisation => "old",
        Reason::Spelling(_) => "spelling",
    };
    Some((kind, Why::Credit(reason)))
}

/// A judgement that is made once of each text: a city has some hundred industries.
fn remembered<'a>(judge: fn(&str) -> Judgement) -> impl FnMut(&'a str) -> Judgement {
    let mut known: HashMap<&str, Judgement> = HashMap::new();
    move |text| known.entry(text).or_insert_with(|| judge(text)).clone()
}

fn industry(text: &str) -> Judgement {
    code_tables::industry(text).err().map(judged)
}

fn land_use(text: &str) -> Judgement {
    code_tables::land_use(text).err().map(judged)
}

fn judged(fault: Fault) -> (&'static str, Why) {
    let kind = match fault {
        Fault::LostZero(..) => "zero",
        Fault::Section { .. } => "section",
        Fault::Unknown(_) | Fault::Unreadable => FOREIGN,
    };
    (kind, Why::Code(fault))
}

/// A canonical column of codes.
struct Column<'a> {
    name: &'static str,
    source: Source,
    values: Vec<Option<&'a str>>,
}

impl<'a> Column<'a> {
    fn findings(
        &self,
        code: Code,
        judge: &mut dyn FnMut(&'a str) -> Judgement,
        row_id: &dyn Fn(usize) -> Option<String>,
    ) -> Vec<Finding> {
        let mut faults: BTreeMap<&'static str, Vec<(usize, &str, Why)>> = BTreeMap::new();
        let given = self.values.iter().flatten().count();
        for (row, text) in self.values.iter().enumerate().filter_map(|(row, text)| Some((row, (*text)?))) {
            if let Some((kind, why)) = judge(text) {
                faults.entry(kind).or_default().push((row, text, why));
            }
        }
        if faults.get(FOREIGN).is_some_and(|rows| is_habit(rows.len(), given)) {
            let mut rows = faults.remove(FOREIGN).unwrap_or_default();
            rows.extend(faults.into_values().flatten());
            return vec![self.summary(code, OTHER, &rows, given)];
        }
        let mut findings = Vec::new();
        for rows in faults.into_values() {
            if is_habit(rows.len(), given) {
                findings.push(self.summary(code, ALIKE, &rows, given));
                continue;
            }
            findings.extend(rows.into_iter().map(|(row, text, why)| {
                let place = Place { source: self.source, row: Some(row), id: row_id(row), at: None };
                Finding::new(code, place, self.of_row(text, &why)).about(self.name)
            }));
        }
        findings.sort_by_key(|finding| finding.place.row);
        findings
    }

    fn of_row(&self, text: &str, why: &Why) -> Detail {
        detail!("{} = \"{text}\"：", "{} = \"{text}\": ", self.name).and(&why.told())
    }

    fn summary(&self, code: Code, (zh, en): (&str, &str), rows: &[(usize, &str, Why)], given: usize) -> Finding {
        let mut seen: Vec<&str> = Vec::new();
        let mut told =
            detail!("{}：{given} 个值中有 {} 个{zh}，如 ", "{}: {} of {given} values {en}, such as ", self.name, rows.len());
        for (row, text, why) in rows {
            if seen.len() < EXAMPLES && !seen.contains(text) {
                let next = if seen.is_empty() { Detail::default() } else { Detail::new("；", "; ") };
                seen.push(text);
                let example = detail!("\"{text}\"（第 {} 行）：", "\"{text}\" (row {}): ", row + 1);
                told = told.and(&next).and(&example).and(&why.told());
            }
        }
        let whole = Place { source: self.source, row: None, id: None, at: None };
        let each = rows.iter().map(|(row, text, why)| (*row, self.of_row(text, why))).collect();
        Finding { rows: each, ..Finding::new(code, whole, told).about(self.name) }
    }

    /// In a column of classes (four digits) a group (three) may be a class that lost its zero.
    fn doubtful_groups(&self) -> Option<Finding> {
        let given: Vec<&str> = self.values.iter().flatten().copied().collect();
        let four = given.iter().filter(|text| text.chars().filter(char::is_ascii_digit).count() == 4).count();
        #[allow(clippy::cast_precision_loss)]
        let classes = four as f64 >= FOUR_DIGITS * given.len() as f64;
        if !classes {
            return None;
        }
        let doubtful: Vec<(&str, String, &str)> = given
            .iter()
            .filter_map(|text| code_tables::industry_with_zero(text).map(|(code, name)| (*text, code, name)))
            .filter(|(text, ..)| code_tables::industry(text).is_ok())
            .collect();
        let (text, code, name) = doubtful.first()?;
        let whole = Place { source: self.source, row: None, id: None, at: None };
        let detail = detail!(
            "{0}：{2} 个值中有 {1} 个是四位代码中的三位数，如 \"{text}\"：是中类，还是丢了前导零的小类 {code} {name}",
            "{}: {} of {} values have three digits among codes of four, such as \"{text}\": a group, or class {code} {name} without its zero",
            self.name,
            doubtful.len(),
            given.len()
        );
        Some(Finding::new(Code::CodeIndustry, whole, detail).about(self.name))
    }
}

#[allow(clippy::cast_precision_loss)]
fn is_habit(faults: usize, given: usize) -> bool {
    faults > 1 && faults as f64 > HABIT * given as f64
}

fn texts<'a>(canonical: &'a DataFrame, name: &str) -> Option<Vec<Option<&'a str>>> {
    Some(canonical.column(name).ok()?.str().ok()?.iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::df;

    #[test]
    fn one_wrong_code_is_one_finding_with_row_id_and_reason() {
        let table = df!(
            "enterprise_id" => ["91310000132260250X", "914403001922038217", "91330100799655058B"],
            "industry_code" => ["3612", "3612", "3699"],
            "land_use_code" => [Some("0601"), None, Some("工业用地")],
        );
        let found = codes(&table.unwrap(), Source::Enterprises, None);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0].code, Code::CodeCredit);
        assert_eq!((found[0].place.row, found[0].place.id.as_deref()), (Some(1), Some("914403001922038217")));
        assert!(found[0].detail.en.contains("should be 6"), "{}", found[0].detail.en);
        assert_eq!((found[1].code, found[1].place.row), (Code::CodeIndustry, Some(2)));
    }

    #[test]
    fn a_column_of_something_else_is_one_finding_for_the_input() {
        let uses: Vec<String> = (0..500).map(|n| format!("{}", 100 + n % 40)).collect();
        let table = df!("land_use_code" => uses, "enterprise_id" => (0..500).map(|n| n.to_string()).collect::<Vec<_>>()).unwrap();
        let found = codes(&table, Source::Enterprises, None);
        assert_eq!(found.len(), 2, "{found:?}");
        for finding in &found {
            assert_eq!(finding.place.row, None);
            assert!(finding.detail.en.contains("500 of 500 values are no such codes"), "{}", finding.detail.en);
        }
    }

    #[test]
    fn lost_zeros_and_spellings_are_told_apart_and_a_missing_column_is_silent() {
        let table = df!("land_use_code" => ["0601", "601", "0601", "0601"], "parcel_id" => ["a", "b", "c", "d"]).unwrap();
        let ids = ["a", "b", "c", "d"].map(str::to_owned);
        let found = codes(&table, Source::Parcels, Some(&ids));
        assert_eq!((found.len(), found[0].place.id.as_deref()), (1, Some("b")));
        assert!(found[0].detail.en.contains("0601"), "{}", found[0].detail.en);
        assert!(codes(&df!("parcel_id" => ["a"]).unwrap(), Source::Parcels, Some(&ids)).is_empty());
    }

    #[test]
    fn three_digits_among_four_are_doubted_once() {
        let mut industries = vec!["2641"; 30];
        industries.extend(["111", "112"]);
        let found = codes(&df!("industry_code" => industries).unwrap(), Source::Enterprises, None);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].detail.en.contains("2 of 32") && found[0].detail.en.contains("0111"), "{}", found[0].detail.en);
        assert!(codes(&df!("industry_code" => ["111", "26", "C"]).unwrap(), Source::Enterprises, None).is_empty());
    }

    #[test]
    fn parcels_and_enterprises_are_checked_with_everything_else() {
        let rows = df!("land_use_code" => ["0601", "9901", "1001"], "industry_code" => ["C26", "C99", "C27"]).unwrap();
        let column = |name: &str| (name.to_owned(), crate::model::FieldSource::Column(name.to_owned()));
        let table = |source| crate::model::Table {
            source,
            path: "x.csv".into(),
            rows: rows.clone(),
            sheet_rows: Vec::new(),
            fields: vec![column("land_use_code"), column("industry_code")],
            findings: Vec::new(),
        };
        let layer = crate::model::Layer {
            table: table(Source::Parcels),
            shapes: Some(vec![crate::model::RawShape::Missing; 3]),
            crs: String::new(),
            planar_m2: None,
            schematic: false,
        };
        let of_parcels = crate::check::parcels(layer, &crate::progress::Silent).unwrap().findings;
        let mut of_enterprises = Vec::new();
        crate::check::table(&table(Source::Enterprises), &mut of_enterprises).unwrap();
        assert!(of_parcels.iter().any(|f| f.code == Code::CodeLandUse && f.place.id.as_deref() == Some("row-000002")));
        assert!(of_enterprises.iter().any(|f| f.code == Code::CodeIndustry && f.place.row == Some(1)));
    }
}
