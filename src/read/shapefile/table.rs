//! The attribute table: the rows of a `.dbf` as columns, with what is wrong in them.

use std::collections::HashMap;

use polars::prelude::DataFrame;
use rayon::prelude::*;

use super::cell::{self, Trouble};
use super::dbf::{Field, Layout, MEMO, OBJECT, PICTURE, is_deleted};
use super::memo::{self, Memos};
use crate::error::Result;
use crate::finding::{Code, Detail, detail};
use crate::read::columns::{Cell, Columns};
use crate::read::dataset::{Encoding, Evidence, Fault, ReadOptions};
use crate::read::encoding::{self, decode, is_cut};

/// Rows given to one thread at a time.
const BATCH: usize = 8192;
/// Faults of one kind in one column that are told one by one; of the others only how many.
const FAULTS: usize = 1000;

/// A table read.
pub(super) struct Table {
    pub rows: DataFrame,
    pub encoding: Encoding,
    pub faults: Vec<Fault>,
}

/// The encoding a language byte stands for, where it says one. What means "that of the machine" says nothing.
fn language(byte: u8) -> Option<&'static encoding_rs::Encoding> {
    encoding::code_page(match byte {
        0x03 | 0x58 | 0x59 => 1252,
        0x13 | 0x7B => 932,
        0x26 | 0x65 => 866,
        0x4D | 0x7A => 936,
        0x4E | 0x79 => 949,
        0x4F | 0x78 => 950,
        0x50 | 0x7C => 874,
        0x7D => 1255,
        0x7E => 1256,
        0xC8 => 1250,
        0xC9 => 1251,
        0xCA => 1254,
        0xCB => 1253,
        0xCC => 1257,
        _ => return None,
    })
}

/// Reads the rows that are not deleted, filled up with empty ones to `height` (deleted ones included).
pub(super) fn read(
    layout: &Layout<'_>,
    memos: Option<Memos<'_>>,
    cpg: Option<&str>,
    options: &ReadOptions,
    height: usize,
    tick: &(dyn Fn(u64) + Sync),
) -> Result<Table> {
    let live: Vec<&[u8]> = layout.rows.iter().copied().filter(|row| !is_deleted(row)).collect();
    let stated = cpg.and_then(encoding::named).or_else(|| language(layout.language));
    let (memos, why_not) = usable(memos, layout).map_or_else(|why| (None, Some(why)), |memos| (Some(memos), None));
    let headings = layout.fields.iter().map(|field| field.name.as_slice());
    let texts = headings.chain(live.iter().flat_map(|row| layout.fields.iter().filter_map(|field| text(row, field, memos))));
    let encoding = encoding::detect(texts, options.encoding.as_deref(), stated)?;
    let mut faults = encoding_faults(&encoding, cpg, stated);
    let names = names(layout, &encoding, &mut faults);
    faults.extend(kept_elsewhere(layout, &live, &names, why_not.as_ref()));
    let mut named = Columns::default();
    // Columns of a table without rows, or without a value, are columns all the same.
    names.iter().for_each(|name| {
        named.set(name, Cell::Missing);
    });
    let batches: Vec<(Columns, Vec<CellTrouble>)> = live
        .par_chunks(BATCH)
        .enumerate()
        .map(|(n, rows)| {
            let batch = read_batch(rows, n * BATCH, layout, memos, &names, &encoding);
            tick(rows.len() as u64);
            batch
        })
        .collect();
    let (mut columns, mut counted) = (vec![named], HashMap::new());
    for (batch, troubles) in batches {
        columns.push(batch);
        for (row, column, trouble) in troubles {
            tell(row, column, trouble, &names, &mut counted, &mut faults);
        }
    }
    faults.extend(untold(counted, &names));
    let mut unread = Columns::default();
    (layout.rows.len()..height).for_each(|_| unread.end_row());
    columns.push(unread);
    Ok(Table { rows: Columns::concat(columns)?, encoding, faults })
}

/// The bytes of a cell that is text, or of the long text it points to.
fn text<'a>(row: &'a [u8], field: &Field, memos: Option<Memos<'a>>) -> Option<&'a [u8]> {
    match field.kind {
        MEMO => memos?.text(memo::block(field.cell(row), field)?),
        _ => field.is_text().then(|| cell::trimmed(field.cell(row))),
    }
}

/// Row and column of a cell, and what is wrong with it.
type CellTrouble = (usize, usize, Trouble);

fn read_batch(
    rows: &[&[u8]],
    first: usize,
    layout: &Layout<'_>,
    memos: Option<Memos<'_>>,
    names: &[String],
    encoding: &Encoding,
) -> (Columns, Vec<CellTrouble>) {
    let (mut columns, mut troubles) = (Columns::default(), Vec::new());
    for (n, row) in rows.iter().enumerate() {
        // Columns of no width hold nothing, and a damaged header may claim thousands of them.
        for (column, (field, name)) in layout.fields.iter().zip(names).enumerate().filter(|(_, (field, _))| field.width > 0) {
            let (cell, trouble) = match field.kind {
                MEMO => memos.map_or((Cell::Missing, None), |memos| cell::memo(field.cell(row), field, memos, encoding)),
                OBJECT | PICTURE => (Cell::Missing, None),
                _ => cell::read(field.cell(row), field, layout.family, encoding),
            };
            columns.set(name, cell);
            troubles.extend(trouble.map(|trouble| (first + n, column, trouble)));
        }
        columns.end_row();
    }
    (columns, troubles)
}

/// The long texts, or why there are none.
fn usable<'a>(memos: Option<Memos<'a>>, layout: &Layout<'_>) -> std::result::Result<Memos<'a>, Detail> {
    let memos = memos.ok_or_else(|| Detail::new("缺少 .dbt 或 .fpt 文件", "the .dbt or .fpt file is not there"))?;
    if memos.hold(layout) {
        Ok(memos)
    } else {
        Err(Detail::new("它们在 .dbt 或 .fpt 文件中互相重叠", "they lie on each other in the .dbt or .fpt file"))
    }
}

/// Columns whose cells point to what cannot be read; `why` if that is so for long texts.
fn kept_elsewhere(layout: &Layout<'_>, live: &[&[u8]], names: &[String], why: Option<&Detail>) -> Vec<Fault> {
    let columns = layout.fields.iter().zip(names).filter_map(|(field, name)| {
        let (code, (what_zh, what), why) = match field.kind {
            MEMO => (Code::FilePartMissing, ("长文本", "long texts"), why?.clone()),
            OBJECT | PICTURE => {
                (Code::ColumnLeftOut, ("对象或图片", "objects or pictures"), Detail::new("不是数值", "they are no values"))
            }
            _ => return None,
        };
        let cells = live.iter().filter(|row| memo::block(field.cell(row), field).is_some()).count();
        let left_out = detail!("{name} 列的 {cells} 个{what_zh}未读取：", "column {name}: its {cells} {what} were left out: ");
        (cells > 0).then(|| Fault::file(code, left_out.and(&why)))
    });
    columns.collect()
}

/// Adds a fault, or counts it where there are too many of its kind.
fn tell(
    row: usize,
    column: usize,
    trouble: Trouble,
    names: &[String],
    counted: &mut HashMap<(usize, Code), usize>,
    faults: &mut Vec<Fault>,
) {
    let (code, detail) = match trouble {
        Trouble::Cut(text) => (Code::TextCut, text.into()),
        Trouble::Garbled(text) => (Code::TextGarbled, text.into()),
        Trouble::NotNumber(text) => (Code::NotNumber, text.into()),
        Trouble::NoText(block) => {
            let detail = detail!(
                "长文本（第 {block} 块）不在 .dbt 或 .fpt 文件中",
                "its long text, block {block}, is not in the .dbt or .fpt file"
            );
            (Code::FilePartMissing, detail)
        }
        Trouble::Stars => (Code::ValueMark, Detail::default()),
    };
    let count = counted.entry((column, code)).or_insert(0);
    *count += 1;
    if *count <= FAULTS && code != Code::ValueMark {
        faults.push(Fault::row(code, row, Detail::from(format!("{}: ", names[column])).and(&detail)));
    }
}

/// What was not told row by row.
fn untold(counted: HashMap<(usize, Code), usize>, names: &[String]) -> Vec<Fault> {
    let mut counted: Vec<_> = counted.into_iter().collect();
    counted.sort_unstable();
    let rest = counted.into_iter().filter_map(|((column, code), count)| match code {
        Code::ValueMark => Some((
            code,
            column,
            detail!(
                "{count} 个单元格为 ***：没有值或超出列宽",
                "{count} cells full of ***, no value or one too long for the column"
            ),
        )),
        _ if count > FAULTS => Some((code, column, detail!("另有 {} 行", "and {} rows more", count - FAULTS))),
        _ => None,
    });
    rest.map(|(code, column, detail)| Fault::file(code, Detail::from(format!("{}: ", names[column])).and(&detail))).collect()
}

fn encoding_faults(encoding: &Encoding, cpg: Option<&str>, stated: Option<&'static encoding_rs::Encoding>) -> Vec<Fault> {
    let (zh, en) = if cpg.is_some_and(|label| encoding::named(label).is_some()) {
        (".cpg", "the .cpg")
    } else {
        (".dbf 的语言字节", "the language byte of the .dbf")
    };
    match stated {
        Some(stated) if encoding::contradicts(encoding, stated) => {
            let (stated, found) = (stated.name(), encoding.name);
            let detail = detail!("{zh}写明 {stated}，字节却是 {found}", "{en} says {stated}, the bytes are {found}");
            vec![Fault::file(Code::EncodingConflict, detail)]
        }
        Some(_) if encoding.evidence != Evidence::Likely => Vec::new(),
        _ if encoding.evidence == Evidence::Likely || (encoding.evidence == Evidence::Bytes && encoding.name != "UTF-8") => {
            vec![Fault::file(Code::EncodingGuessed, encoding.name)]
        }
        _ => Vec::new(),
    }
}

/// The names of the columns: decoded, none blank, none twice.
fn names(layout: &Layout<'_>, encoding: &Encoding, faults: &mut Vec<Fault>) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(layout.fields.len());
    for (n, field) in layout.fields.iter().enumerate() {
        let (text, clean) = decode(&field.name, encoding);
        let mut name = text.trim().to_owned();
        if !clean && is_cut(&field.name, encoding) {
            name = name.trim_end_matches('\u{FFFD}').to_owned();
            faults.push(Fault::file(Code::TextCut, detail!("第 {} 列的列名：{name}", "the name of column {}: {name}", n + 1)));
        } else if !clean || encoding::looks_garbled(&name) {
            faults
                .push(Fault::file(Code::TextGarbled, detail!("第 {} 列的列名：{name}", "the name of column {}: {name}", n + 1)));
        }
        if name.is_empty() {
            name = format!("field_{}", n + 1);
            faults.push(Fault::file(Code::HeaderBlank, detail!("第 {} 列称为 {name}", "column {} is called {name}", n + 1)));
        }
        if names.contains(&name) {
            let again = (2..).map(|k| format!("{name}_{k}")).find(|again| !names.contains(again)).unwrap_or_default();
            faults.push(Fault::file(
                Code::HeaderRepeated,
                detail!("{name}：第 {} 列改称 {again}", "{name}: column {} is called {again}", n + 1),
            ));
            name = again;
        }
        names.push(name);
    }
    names
}
