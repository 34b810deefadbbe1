//! What a command about the plan finds, as one page: a headline, tables, places. Terminal, JSON, workbook, map and files all show this,
//! so that a number is the same wherever it stands.

use geo::Geometry;

use crate::finding::Detail;

/// Whether what the plan wants is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is, or nothing is asked.
    Met,
    /// It is not: the command exits with 1.
    Short,
    /// It cannot be told, for want of data: the command exits with 1 as well.
    Unknown,
}

impl Verdict {
    /// `met`, `short` or `unknown`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Short => "short",
            Self::Unknown => "unknown",
        }
    }
}

/// One page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Name of the command, and of the member of the JSON.
    pub key: &'static str,
    pub title: Detail,
    /// The one sentence the summary of a survey shows.
    pub headline: Detail,
    pub verdict: Verdict,
    /// What was assumed, what is missing, what is illustrative: one sentence each.
    pub notes: Vec<Detail>,
    pub tables: Vec<PageTable>,
}

/// A table of a page; with shapes it is a layer too.
#[derive(Debug, Clone, PartialEq)]
pub struct PageTable {
    /// Snake case: the layer of a GeoPackage, the member of the JSON.
    pub key: &'static str,
    pub title: Detail,
    pub columns: Vec<Column>,
    /// One cell a column. Numbers are as computed; they are rounded where they are shown.
    pub rows: Vec<Vec<Cell>>,
    /// The last row sums up the others.
    pub total: bool,
    /// One a row in longitude and latitude; `None` for a row without a place, as a total.
    pub shapes: Option<Vec<Option<Geometry>>>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Snake case, with the unit in it where there is one.
    pub key: &'static str,
    /// What people read, with the unit.
    pub name: Detail,
    /// Digits shown after the point.
    pub decimals: usize,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Not known.
    Missing,
    Count(usize),
    Number(f64),
    /// What the data says: the same in both languages.
    Text(String),
    /// What the program says.
    Words(Detail),
}

impl Column {
    /// A column of texts or counts.
    #[must_use]
    pub fn new(key: &'static str, zh: &str, en: &str) -> Self {
        Self::number(key, zh, en, 0)
    }

    /// A column of numbers shown with so many digits after the point.
    #[must_use]
    pub fn number(key: &'static str, zh: &str, en: &str, decimals: usize) -> Self {
        Self { key, name: Detail::new(zh, en), decimals }
    }
}

impl Cell {
    /// A text of the program in both languages.
    #[must_use]
    pub fn words(zh: &str, en: &str) -> Self {
        Self::Words(Detail::new(zh, en))
    }
}

impl From<usize> for Cell {
    fn from(count: usize) -> Self {
        Self::Count(count)
    }
}

impl From<f64> for Cell {
    /// What is no number is not known.
    fn from(number: f64) -> Self {
        if number.is_finite() { Self::Number(number) } else { Self::Missing }
    }
}

impl From<Option<f64>> for Cell {
    fn from(number: Option<f64>) -> Self {
        number.map_or(Self::Missing, Self::from)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Missing, Self::Text)
    }
}

impl From<Detail> for Cell {
    fn from(words: Detail) -> Self {
        Self::Words(words)
    }
}
