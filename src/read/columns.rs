//! Builds a table whose column types are found while it is read.
//!
//! A cell is missing, a truth value, an integer, a float or text. A column takes the narrowest type that holds all its cells
//! exactly: integers widen to floats only below 2^53, anything mixed with text becomes text. The result does not depend on
//! how the rows were cut into batches.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use polars::prelude::*;
use rayon::prelude::*;

use crate::error::{Error, Result};

/// The largest magnitude up to which every integer is a float exactly.
const EXACT_FLOAT: u64 = 1 << 53;

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'a> {
    Missing,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'a, str>),
}

#[derive(Debug, Clone)]
enum Values {
    /// Nothing but missing cells so far.
    Missing,
    Bool(Vec<Option<bool>>),
    Int(Vec<Option<i64>>),
    Float(Vec<Option<f64>>),
    Text(Texts),
}

/// Texts one after the other: a piece of memory for each would be most of what reading a layer asks for.
#[derive(Debug, Clone, Default)]
struct Texts {
    text: String,
    /// Where each cell ends in `text`, and the one before it begins; none where it is missing.
    ends: Vec<Option<usize>>,
}

impl Texts {
    fn push(&mut self, cell: Cell<'_>) {
        self.ends.push(match cell {
            Cell::Missing => None,
            cell => {
                self.text.push_str(&cell_text(cell));
                Some(self.text.len())
            }
        });
    }

    fn truncate(&mut self, len: usize) {
        self.ends.truncate(len);
        self.text.truncate(self.ends.iter().rev().flatten().next().copied().unwrap_or(0));
    }

    fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        let mut begin = 0;
        self.ends.iter().map(move |end| end.and_then(|end| self.text.get(std::mem::replace(&mut begin, end)..end)))
    }
}

impl<'a> FromIterator<Cell<'a>> for Texts {
    fn from_iter<I: IntoIterator<Item = Cell<'a>>>(cells: I) -> Self {
        let mut texts = Self::default();
        cells.into_iter().for_each(|cell| texts.push(cell));
        texts
    }
}

/// One column under construction.
#[derive(Debug, Clone)]
struct Column {
    name: String,
    /// Cells so far, missing ones included.
    len: usize,
    values: Values,
    /// Texts and others: all became text.
    mixed: bool,
}

impl Column {
    fn push(&mut self, row: usize, cell: Cell<'_>) {
        if matches!(cell, Cell::Missing) {
            return;
        }
        let was_text = self.values.is_text();
        let had_values = !matches!(self.values, Values::Missing);
        self.values.accept(&cell);
        self.mixed |= had_values && self.values.is_text() && (!was_text || !matches!(cell, Cell::Text(_)));
        self.values.pad(row);
        match (&mut self.values, cell) {
            (Values::Bool(v), Cell::Bool(x)) => v.push(Some(x)),
            (Values::Int(v), Cell::Int(x)) => v.push(Some(x)),
            (Values::Float(v), Cell::Float(x)) => v.push(Some(x)),
            #[allow(clippy::cast_precision_loss)] // `accept` let in only what is exact
            (Values::Float(v), Cell::Int(x)) => v.push(Some(x as f64)),
            (Values::Text(v), cell) => v.push(cell),
            _ => return,
        }
        self.len = row + 1;
    }
}

impl Values {
    /// Widens the type until `cell` fits exactly.
    fn accept(&mut self, cell: &Cell<'_>) {
        let fits = match (&*self, cell) {
            (Self::Bool(_), Cell::Bool(_))
            | (Self::Int(_), Cell::Int(_))
            | (Self::Float(_), Cell::Float(_))
            | (Self::Text(_), _) => return,
            (Self::Float(_), Cell::Int(x)) if x.unsigned_abs() <= EXACT_FLOAT => return,
            (Self::Missing, cell) => {
                *self = match cell {
                    Cell::Bool(_) => Self::Bool(Vec::new()),
                    Cell::Int(_) => Self::Int(Vec::new()),
                    Cell::Float(_) => Self::Float(Vec::new()),
                    Cell::Text(_) | Cell::Missing => Self::Text(Texts::default()),
                };
                return;
            }
            (Self::Int(_), Cell::Float(_)) => self.is_exact_as_float(),
            _ => false,
        };
        let narrow = std::mem::replace(self, Self::Missing);
        *self = if fits { narrow.into_float() } else { narrow.into_text() };
    }

    fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// Whether every number is a float exactly.
    fn is_exact_as_float(&self) -> bool {
        match self {
            Self::Int(v) => v.iter().flatten().all(|x| x.unsigned_abs() <= EXACT_FLOAT),
            _ => true,
        }
    }

    /// The integers as floats.
    #[allow(clippy::cast_precision_loss)]
    fn into_float(self) -> Self {
        match self {
            Self::Int(v) => Self::Float(v.into_iter().map(|x| x.map(|x| x as f64)).collect()),
            other => other,
        }
    }

    fn into_text(self) -> Self {
        Self::Text(match self {
            Self::Missing => Texts::default(),
            Self::Bool(v) => v.into_iter().map(|x| x.map_or(Cell::Missing, Cell::Bool)).collect(),
            Self::Int(v) => v.into_iter().map(|x| x.map_or(Cell::Missing, Cell::Int)).collect(),
            Self::Float(v) => v.into_iter().map(|x| x.map_or(Cell::Missing, Cell::Float)).collect(),
            Self::Text(v) => v,
        })
    }

    fn truncate(&mut self, len: usize) {
        match self {
            Self::Missing => {}
            Self::Bool(v) => v.truncate(len),
            Self::Int(v) => v.truncate(len),
            Self::Float(v) => v.truncate(len),
            Self::Text(v) => v.truncate(len),
        }
    }

    /// Fills up with missing cells to `len`.
    fn pad(&mut self, len: usize) {
        match self {
            Self::Missing => {}
            Self::Bool(v) => v.resize(len, None),
            Self::Int(v) => v.resize(len, None),
            Self::Float(v) => v.resize(len, None),
            Self::Text(v) => v.ends.resize(len, None),
        }
    }
}

#[allow(clippy::cast_possible_truncation)]
fn cell_text(cell: Cell<'_>) -> Cow<'_, str> {
    match cell {
        Cell::Missing => Cow::Borrowed(""),
        Cell::Bool(x) => x.to_string().into(),
        Cell::Int(x) => x.to_string().into(),
        // The same text whether the number was met among integers or among floats.
        Cell::Float(x) if x.fract() == 0.0 && x.abs() <= EXACT_FLOAT as f64 => (x as i64).to_string().into(),
        Cell::Float(x) => x.to_string().into(),
        Cell::Text(x) => x,
    }
}

/// A table under construction, row by row.
#[derive(Debug, Clone, Default)]
pub(crate) struct Columns {
    columns: Vec<Column>,
    rows: usize,
    /// The column after the one last written: rows mostly repeat the order of their keys.
    next: usize,
}

impl Columns {
    /// Sets a cell of the row under construction. False if the row has that column already; the first value stands.
    pub fn set(&mut self, name: &str, cell: Cell<'_>) -> bool {
        let index = match self.columns.get(self.next) {
            Some(column) if column.name == name => self.next,
            _ => match self.columns.iter().position(|c| c.name == name) {
                Some(index) => index,
                None => {
                    self.columns.push(Column { name: name.to_owned(), len: 0, values: Values::Missing, mixed: false });
                    self.columns.len() - 1
                }
            },
        };
        self.next = index + 1;
        let column = &mut self.columns[index];
        if column.len > self.rows {
            return false;
        }
        column.push(self.rows, cell);
        true
    }

    /// Ends the row; columns it did not mention are missing there.
    pub fn end_row(&mut self) {
        self.rows += 1;
        self.next = 0;
    }

    /// Forgets the cells of the row under construction.
    pub fn abandon_row(&mut self) {
        for column in self.columns.iter_mut().filter(|column| column.len > self.rows) {
            column.values.truncate(self.rows);
            column.len = self.rows;
        }
        self.next = 0;
    }

    /// The finished table of one batch.
    pub fn finish(self) -> Result<DataFrame> {
        Self::concat(vec![self])
    }

    /// The columns of consecutive batches that become text although some of their values were none, in order of name.
    pub fn mixed(batches: &[Self]) -> Vec<String> {
        // Whether there are texts, whether there are others.
        let mut seen: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
        for column in batches.iter().flat_map(|batch| &batch.columns) {
            let (texts, others) = seen.entry(&column.name).or_default();
            *texts |= column.values.is_text();
            *others |= column.mixed || !column.values.is_text() && !matches!(column.values, Values::Missing);
        }
        seen.into_iter().filter(|(_, (texts, others))| *texts && *others).map(|(name, _)| name.to_owned()).collect()
    }

    /// The finished table of consecutive batches. Columns keep the order in which they first appeared.
    pub fn concat(batches: Vec<Self>) -> Result<DataFrame> {
        let rows = batches.iter().map(|batch| batch.rows).sum();
        let (mut columns, mut index): (Vec<Parts>, HashMap<String, usize>) = (Vec::new(), HashMap::new());
        let mut begin = 0;
        for batch in batches {
            for column in batch.columns {
                let at = *index.entry(column.name).or_insert_with_key(|name| {
                    columns.push(Parts { name: name.clone(), parts: Vec::new() });
                    columns.len() - 1
                });
                columns[at].parts.push((begin, column.values));
            }
            begin += batch.rows;
        }
        let columns = columns.into_par_iter().map(|column| column.finish(rows)).collect();
        DataFrame::new(rows, columns).map_err(|e| Error::new(format!("the table could not be built: {e}")))
    }
}

/// Any column as text: trimmed, the empty text missing, a whole float without its ".0".
pub(crate) fn texts(series: &Series) -> Result<Series> {
    let failed = |e: PolarsError| Error::new(e.to_string());
    if let Ok(floats) = series.f64() {
        let text: StringChunked = floats.iter().map(|x| x.map(|x| x.to_string())).collect();
        return Ok(text.into_series());
    }
    let text = series.cast(&DataType::String).map_err(failed)?;
    let is_plain = |text: &str| !text.is_empty() && text.trim().len() == text.len();
    if text.str().map_err(failed)?.iter().flatten().all(is_plain) {
        return Ok(text);
    }
    let trimmed: StringChunked =
        text.str().map_err(failed)?.iter().map(|text| text.map(str::trim).filter(|text| !text.is_empty())).collect();
    Ok(trimmed.into_series())
}

/// A column in parts: the row each begins at, and its values, of which missing ones at the end may be left out.
struct Parts {
    name: String,
    parts: Vec<(usize, Values)>,
}

impl Parts {
    fn finish(mut self, rows: usize) -> polars::prelude::Column {
        self.agree();
        let name = PlSmallStr::from(self.name.as_str());
        let kind = self.parts.iter().map(|(_, values)| values).find(|values| !matches!(values, Values::Missing));
        macro_rules! build {
            ($builder:expr, $variant:ident, $values:ident => $cells:expr) => {{
                let mut builder = $builder;
                let mut filled = 0;
                for (begin, values) in self.parts {
                    let Values::$variant($values) = values else { continue };
                    (filled..begin).for_each(|_| builder.append_null());
                    filled = begin;
                    for cell in $cells {
                        builder.append_option(cell);
                        filled += 1;
                    }
                }
                (filled..rows).for_each(|_| builder.append_null());
                builder.finish().into_series()
            }};
        }
        match kind {
            None => Series::full_null(name, rows, &DataType::String),
            Some(Values::Bool(_)) => build!(BooleanChunkedBuilder::new(name, rows), Bool, values => values),
            Some(Values::Int(_)) => build!(PrimitiveChunkedBuilder::<Int64Type>::new(name, rows), Int, values => values),
            Some(Values::Float(_)) => build!(PrimitiveChunkedBuilder::<Float64Type>::new(name, rows), Float, values => values),
            Some(_) => build!(StringChunkedBuilder::new(name, rows), Text, values => values.iter()),
        }
        .into_column()
    }

    /// Widens all parts to the one type that holds every value exactly.
    fn agree(&mut self) {
        let has = |is: fn(&Values) -> bool| self.parts.iter().any(|(_, values)| is(values));
        let (bools, ints) = (has(|v| matches!(v, Values::Bool(_))), has(|v| matches!(v, Values::Int(_))));
        let (floats, texts) = (has(|v| matches!(v, Values::Float(_))), has(|v| matches!(v, Values::Text(_))));
        let exact = || self.parts.iter().all(|(_, values)| values.is_exact_as_float());
        let widen: fn(Values) -> Values = if texts || (bools && (ints || floats)) || (ints && floats && !exact()) {
            Values::into_text
        } else if ints && floats {
            Values::into_float
        } else {
            return;
        };
        for (_, values) in &mut self.parts {
            if !matches!(values, Values::Missing) {
                *values = widen(std::mem::replace(values, Values::Missing));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table(rows: &[Vec<(&str, Cell<'static>)>], batch: usize) -> DataFrame {
        let batches = rows.chunks(batch).map(|rows| {
            let mut part = Columns::default();
            for row in rows {
                for (name, cell) in row {
                    part.set(name, cell.clone());
                }
                part.end_row();
            }
            part
        });
        Columns::concat(batches.collect()).unwrap()
    }

    fn cell() -> impl Strategy<Value = Cell<'static>> {
        prop_oneof![
            Just(Cell::Missing),
            any::<bool>().prop_map(Cell::Bool),
            (-5i64..5).prop_map(Cell::Int),
            Just(Cell::Int(i64::MAX)),
            Just(Cell::Float(1.5)),
            Just(Cell::Float(2.0)),
            "[a-c]{0,2}".prop_map(|s| Cell::Text(Cow::Owned(s))),
        ]
    }

    proptest! {
        #[test]
        fn the_table_does_not_depend_on_the_batches(rows in proptest::collection::vec((cell(), cell(), any::<bool>()), 0..12)) {
            let rows: Vec<Vec<(&str, Cell<'static>)>> = rows.into_iter().map(|(a, b, both)| if both { vec![("a", a), ("b", b)] } else { vec![("b", b)] }).collect();
            let whole = table(&rows, 100);
            for batch in 1..4 {
                prop_assert!(whole.equals_missing(&table(&rows, batch)), "{whole:?} {:?}", table(&rows, batch));
            }
        }
    }

    #[test]
    fn nothing_is_lost_when_types_mix() {
        let rows = [vec![("a", Cell::Int(i64::MAX))], vec![("a", Cell::Float(0.5))], vec![], vec![("a", Cell::Text("x".into()))]];
        let t = table(&rows, 2);
        let a: Vec<_> = t.column("a").unwrap().str().unwrap().iter().collect();
        assert_eq!(a, [Some("9223372036854775807"), Some("0.5"), None, Some("x")]);
    }
}
