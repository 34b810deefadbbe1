//! Builds a table whose column types are found while it is read.
//!
//! A cell is missing, a truth value, an integer, a float or text. A column takes the narrowest type that holds all its cells
//! exactly: integers widen to floats only below 2^53, anything mixed with text becomes text. The result does not depend on
//! how the rows were cut into batches.

use polars::prelude::*;
use std::borrow::Cow;

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
    Text(Vec<Option<Box<str>>>),
}

/// One column under construction.
#[derive(Debug, Clone)]
struct Column {
    name: String,
    /// Cells so far, missing ones included.
    len: usize,
    values: Values,
}

impl Column {
    fn push(&mut self, row: usize, cell: Cell<'_>) {
        if matches!(cell, Cell::Missing) {
            return;
        }
        self.values.accept(&cell);
        self.values.pad(row);
        match (&mut self.values, cell) {
            (Values::Bool(v), Cell::Bool(x)) => v.push(Some(x)),
            (Values::Int(v), Cell::Int(x)) => v.push(Some(x)),
            (Values::Float(v), Cell::Float(x)) => v.push(Some(x)),
            #[allow(clippy::cast_precision_loss)] // `accept` let in only what is exact
            (Values::Float(v), Cell::Int(x)) => v.push(Some(x as f64)),
            (Values::Text(v), cell) => v.push(cell_text(cell)),
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
                    Cell::Text(_) | Cell::Missing => Self::Text(Vec::new()),
                };
                return;
            }
            (Self::Int(_), Cell::Float(_)) => self.clone().into_float(),
            _ => None,
        };
        *self = fits.unwrap_or_else(|| std::mem::replace(self, Self::Missing).into_text());
    }

    /// The integers as floats, if each of them stays exact.
    #[allow(clippy::cast_precision_loss)]
    fn into_float(self) -> Option<Self> {
        match self {
            Self::Int(v) if v.iter().flatten().all(|x| x.unsigned_abs() <= EXACT_FLOAT) => {
                Some(Self::Float(v.into_iter().map(|x| x.map(|x| x as f64)).collect()))
            }
            Self::Float(v) => Some(Self::Float(v)),
            _ => None,
        }
    }

    fn into_text(self) -> Self {
        Self::Text(match self {
            Self::Missing => Vec::new(),
            Self::Bool(v) => v.into_iter().map(|x| x.and_then(|x| cell_text(Cell::Bool(x)))).collect(),
            Self::Int(v) => v.into_iter().map(|x| x.and_then(|x| cell_text(Cell::Int(x)))).collect(),
            Self::Float(v) => v.into_iter().map(|x| x.and_then(|x| cell_text(Cell::Float(x)))).collect(),
            Self::Text(v) => v,
        })
    }

    /// Fills up with missing cells to `len`.
    fn pad(&mut self, len: usize) {
        match self {
            Self::Missing => {}
            Self::Bool(v) => v.resize(len, None),
            Self::Int(v) => v.resize(len, None),
            Self::Float(v) => v.resize(len, None),
            Self::Text(v) => v.resize(len, None),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Missing => 0,
            Self::Bool(_) => 1,
            Self::Int(_) => 2,
            Self::Float(_) => 3,
            Self::Text(_) => 4,
        }
    }

    /// Appends the cells of `other`; both are padded to their own length.
    fn append(&mut self, other: Self) {
        match (std::mem::replace(self, Self::Missing), other) {
            (Self::Bool(mut a), Self::Bool(b)) => {
                a.extend(b);
                *self = Self::Bool(a);
            }
            (Self::Int(mut a), Self::Int(b)) => {
                a.extend(b);
                *self = Self::Int(a);
            }
            (Self::Float(mut a), Self::Float(b)) => {
                a.extend(b);
                *self = Self::Float(a);
            }
            (Self::Text(mut a), Self::Text(b)) => {
                a.extend(b);
                *self = Self::Text(a);
            }
            (a, b) if a.rank() != 1 && b.rank() != 1 && a.rank() < 4 && b.rank() < 4 => {
                match (a.clone().into_float(), b.clone().into_float()) {
                    (Some(Self::Float(mut a)), Some(Self::Float(b))) => {
                        a.extend(b);
                        *self = Self::Float(a);
                    }
                    _ => {
                        *self = a.into_text();
                        self.append(b.into_text());
                    }
                }
            }
            (a, b) => {
                *self = a.into_text();
                self.append(b.into_text());
            }
        }
    }
}

#[allow(clippy::cast_possible_truncation)]
fn cell_text(cell: Cell<'_>) -> Option<Box<str>> {
    match cell {
        Cell::Missing => None,
        Cell::Bool(x) => Some(x.to_string().into()),
        Cell::Int(x) => Some(x.to_string().into()),
        // The same text whether the number was met among integers or among floats.
        Cell::Float(x) if x.fract() == 0.0 && x.abs() <= EXACT_FLOAT as f64 => Some((x as i64).to_string().into()),
        Cell::Float(x) => Some(x.to_string().into()),
        Cell::Text(x) => Some(x.into()),
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
                    self.columns.push(Column { name: name.to_owned(), len: 0, values: Values::Missing });
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

    /// Appends a later batch. Columns keep the order in which they first appeared.
    pub fn append(&mut self, other: Self) {
        let begin = self.rows;
        self.rows += other.rows;
        for mut theirs in other.columns {
            theirs.values.pad(other.rows);
            match self.columns.iter_mut().find(|c| c.name == theirs.name) {
                None => {
                    let len = if theirs.len == 0 { 0 } else { begin + theirs.len };
                    let mut values = match theirs.values {
                        Values::Missing => Values::Missing,
                        Values::Bool(_) => Values::Bool(Vec::new()),
                        Values::Int(_) => Values::Int(Vec::new()),
                        Values::Float(_) => Values::Float(Vec::new()),
                        Values::Text(_) => Values::Text(Vec::new()),
                    };
                    values.pad(begin);
                    if !matches!(values, Values::Missing) {
                        values.append(theirs.values);
                    }
                    self.columns.push(Column { name: theirs.name, len, values });
                }
                Some(ours) => {
                    if matches!(theirs.values, Values::Missing) {
                        continue;
                    }
                    if matches!(ours.values, Values::Missing) {
                        ours.values.accept(&theirs.values.sample());
                    }
                    ours.values.pad(begin);
                    ours.values.append(theirs.values);
                    ours.len = begin + theirs.len;
                }
            }
        }
    }

    /// The finished table.
    pub fn finish(self) -> Result<DataFrame> {
        let rows = self.rows;
        let columns = self
            .columns
            .into_iter()
            .map(|mut column| {
                column.values.pad(rows);
                let name = PlSmallStr::from(column.name.as_str());
                match column.values {
                    Values::Missing => Series::full_null(name, rows, &DataType::String),
                    Values::Bool(v) => Series::new(name, v),
                    Values::Int(v) => Series::new(name, v),
                    Values::Float(v) => Series::new(name, v),
                    Values::Text(v) => StringChunked::from_iter_options(name, v.iter().map(Option::as_deref)).into_series(),
                }
                .into_column()
            })
            .collect();
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
    let trimmed: StringChunked =
        text.str().map_err(failed)?.iter().map(|text| text.map(str::trim).filter(|text| !text.is_empty())).collect();
    Ok(trimmed.into_series())
}

impl Values {
    /// A cell of this column's type, to open an empty column of the same type.
    fn sample(&self) -> Cell<'static> {
        match self {
            Self::Missing => Cell::Missing,
            Self::Bool(_) => Cell::Bool(false),
            Self::Int(_) => Cell::Int(0),
            Self::Float(_) => Cell::Float(0.0),
            Self::Text(_) => Cell::Text(Cow::Borrowed("")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table(rows: &[Vec<(&str, Cell<'static>)>], batch: usize) -> DataFrame {
        let mut all = Columns::default();
        for rows in rows.chunks(batch) {
            let mut part = Columns::default();
            for row in rows {
                for (name, cell) in row {
                    part.set(name, cell.clone());
                }
                part.end_row();
            }
            all.append(part);
        }
        all.finish().unwrap()
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
