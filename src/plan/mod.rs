//! From the list to land: what the plan asks for and the survey can answer. Each part takes a [`Survey`] and gives a
//! [`Page`](crate::page::Page).

use crate::finding::Detail;
use crate::survey::Survey;

pub mod layout;
pub mod parks;
pub mod tally;

/// What every page about a survey says first: that its shapes are invented, that its rules are an example.
#[must_use]
pub fn warnings(survey: &Survey) -> Vec<Detail> {
    let schematic = Detail::new("示意数据，不代表真实边界。", "Schematic data, no real boundaries.");
    let illustrative = Detail::new("示例规则，非公布标准。", "An illustrative rulebook, not a published standard.");
    let said = [(survey.about.schematic, schematic), (survey.rulebook.illustrative, illustrative)];
    said.into_iter().filter(|(holds, _)| *holds).map(|(_, warning)| warning).collect()
}
