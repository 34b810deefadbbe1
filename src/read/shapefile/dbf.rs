//! The layout of a `.dbf`: its columns, and where its rows are.
//!
//! Nothing is taken from the header that the bytes do not bear out: rows are counted from what is there.

use super::number::{le_u16, le_u32};
use crate::finding::{Detail, detail};

/// Bytes of the header before the columns.
const HEADER: usize = 32;
/// The same in files of dBase 7, whose columns have long names.
const HEADER_7: usize = 68;
/// Ends the list of columns.
const END_OF_COLUMNS: u8 = 0x0D;
/// Ends the rows.
const END_OF_FILE: u8 = 0x1A;
/// Marks a deleted row.
const DELETED: u8 = b'*';

/// Types of columns whose cells point into another file: long texts, objects of other programs, pictures.
pub(super) const MEMO: u8 = b'M';
pub(super) const OBJECT: u8 = b'G';
pub(super) const PICTURE: u8 = b'P';

/// The program family a file comes from: some types are written differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    DBase,
    DBase7,
    FoxPro,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// Its name as written, without padding.
    pub name: Vec<u8>,
    /// The letter of its type.
    pub kind: u8,
    /// Where its cells begin in a row, and how many bytes they have.
    pub start: usize,
    pub width: usize,
}

impl Field {
    /// Its bytes of a row; fewer or none where the file is cut.
    pub fn cell<'a>(&self, row: &'a [u8]) -> &'a [u8] {
        let end = (self.start + self.width).min(row.len());
        row.get(self.start..end).unwrap_or_default()
    }

    /// Whether its cells are text in the encoding of the file.
    pub fn is_text(&self) -> bool {
        !matches!(self.kind, b'N' | b'F' | b'L' | b'D' | b'I' | b'B' | b'O' | b'T' | b'@' | b'Y' | b'M' | b'G' | b'P' | b'+')
    }
}

/// A `.dbf` taken apart.
#[derive(Debug, Clone)]
pub(super) struct Layout<'a> {
    pub family: Family,
    pub fields: Vec<Field>,
    /// The language byte.
    pub language: u8,
    /// All rows, deleted ones too; the last may be cut.
    pub rows: Vec<&'a [u8]>,
    /// The file ends before what its header promises.
    pub cut: Option<Detail>,
    /// What its header says wrongly.
    pub troubles: Vec<Detail>,
    /// Rows that do not begin as rows do: their columns may be shifted.
    pub shifted: usize,
}

/// Takes a file apart; `shapes` is how many records the `.shp` beside it has. `None` if it is no `.dbf`.
pub(super) fn layout(dbf: &[u8], shapes: Option<usize>) -> Option<Layout<'_>> {
    let family = match *dbf.first()? {
        0x30..=0x32 | 0xF5 | 0xFB => Family::FoxPro,
        version if version & 7 == 4 => Family::DBase7,
        version if version & 7 == 3 || version == 2 => Family::DBase,
        _ => return None,
    };
    let stated_rows = usize::try_from(le_u32(dbf, 4)?).ok()?;
    let (begin, stated_width) = (usize::from(le_u16(dbf, 8)?), usize::from(le_u16(dbf, 10)?));
    let mut fields = fields(dbf, family, begin, stated_width);
    if fields.is_empty() {
        return None;
    }
    let mut troubles = Vec::new();
    let data = dbf.get(begin..).unwrap_or_default();
    let own_width = fields.last().map_or(1, |field| field.start + field.width);
    let width = row_width(stated_width, own_width, data.len(), stated_rows);
    if width != stated_width || stated_width < own_width {
        troubles.push(detail!(
            "文件头写明每行 {stated_width} 字节，各列共需 {own_width}：按 {width} 读取",
            "the header says a row has {stated_width} bytes, its columns need {own_width}: read with {width}"
        ));
    }
    fields.retain(|field| field.start < width);
    let (rows, cut) = rows(data, width, stated_rows, shapes, &mut troubles);
    let cut =
        if begin > dbf.len() { Some(Detail::new("文件在文件头中间中断", "it ends within its header")) } else { cut };
    let shifted = rows.iter().filter(|row| !matches!(row.first(), Some(b' ' | &DELETED | 0))).count();
    Some(Layout { shifted, family, fields, language: dbf.get(29).copied().unwrap_or(0), rows, cut, troubles })
}

/// Whether a row is marked as deleted.
pub(super) fn is_deleted(row: &[u8]) -> bool {
    row.first() == Some(&DELETED)
}

fn fields(dbf: &[u8], family: Family, begin: usize, stated_width: usize) -> Vec<Field> {
    let (from, size, name) = if family == Family::DBase7 { (HEADER_7, 48, 32) } else { (HEADER, 32, 11) };
    let until = begin.clamp(from, dbf.len().max(from)).min(dbf.len());
    let list = dbf.get(from..until).unwrap_or_default();
    let columns: Vec<&[u8]> =
        list.chunks_exact(size).take_while(|column| column[0] != END_OF_COLUMNS && column[0] != 0).collect();
    let place = |long: bool| {
        let mut start = 1;
        let mut fields = Vec::with_capacity(columns.len());
        for column in &columns {
            let (kind, low, high) = (
                column[name].to_ascii_uppercase(),
                usize::from(column[name + 1 + skip(family)]),
                column[name + 2 + skip(family)],
            );
            // Some programs write texts longer than 255 bytes, with the decimals as the high byte of the width.
            let width = if long && kind == b'C' { low + 256 * usize::from(high) } else { low };
            let bytes = &column[..name];
            let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(name);
            fields.push(Field { name: bytes[..end].trim_ascii_end().to_vec(), kind, start, width });
            start += width;
        }
        (fields, start)
    };
    let (short, long) = (place(false), place(true));
    // Bits of FoxPro that say which cells are null are no column.
    let (mut fields, _) = if short.1 != stated_width && long.1 == stated_width { long } else { short };
    fields.retain(|field| field.kind != b'0');
    fields
}

/// Bytes between the type and the width of a column.
fn skip(family: Family) -> usize {
    if family == Family::DBase7 { 0 } else { 4 }
}

/// The width of a row that fits the bytes: the header's, unless the columns need more or only theirs divides the data.
fn row_width(stated: usize, own: usize, data: usize, rows: usize) -> usize {
    let fits = |width: usize| width.checked_mul(rows).is_some_and(|len| data.saturating_sub(2) <= len && len <= data);
    if stated >= own || (stated > 1 && fits(stated) && !fits(own)) { stated } else { own }
}

/// Cuts the data into rows: as many as there are, unless the header and the shapes agree on fewer.
fn rows<'a>(
    data: &'a [u8],
    width: usize,
    stated: usize,
    shapes: Option<usize>,
    troubles: &mut Vec<Detail>,
) -> (Vec<&'a [u8]>, Option<Detail>) {
    let whole = data.len() / width;
    let mut rows: Vec<&[u8]> = data.chunks_exact(width).take(stated).collect();
    let rest = &data[rows.len() * width..];
    if rows.len() < stated {
        let cut = detail!(
            "文件头写明 {stated} 行，文件在 {whole} 行后中断",
            "its header says {stated} rows, the file ends after {whole}"
        );
        // What is left of a row is kept, but for a lone end mark.
        rows.extend((rest.len() > 1).then_some(rest));
        return (rows, Some(cut));
    }
    let more: Vec<&[u8]> = rest.chunks_exact(width).take_while(|row| matches!(row[0], b' ' | DELETED)).collect();
    let ended = rest.is_empty() || rest[0] == END_OF_FILE;
    if !more.is_empty() {
        if shapes == Some(stated) {
            troubles.push(detail!(
                "文件头与图形均为 {stated}，其后 {} 行未使用",
                "{} rows after the {stated} of the header and the shapes were not used",
                more.len()
            ));
        } else {
            troubles.push(detail!(
                "文件头写明 {stated} 行，实有 {} 行：全部读取",
                "the header says {stated} rows, the file has {}: all were read",
                stated + more.len()
            ));
            rows.extend(more);
        }
    } else if !ended && rest.iter().any(|byte| *byte != 0) {
        troubles.push(detail!("末行之后 {} 字节未读取", "{} bytes after the last row were not read", rest.len()));
    }
    (rows, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of one text column of four bytes.
    fn table(stated_rows: u32, rows: &[&str]) -> Vec<u8> {
        let mut dbf = vec![3, 126, 1, 1];
        dbf.extend(stated_rows.to_le_bytes());
        dbf.extend(65u16.to_le_bytes());
        dbf.extend(5u16.to_le_bytes());
        dbf.resize(32, 0);
        dbf.extend(b"NAME\0\0\0\0\0\0\0C\0\0\0\0\x04\0");
        dbf.resize(64, 0);
        dbf.push(END_OF_COLUMNS);
        for row in rows {
            dbf.extend(row.as_bytes());
        }
        dbf.push(END_OF_FILE);
        dbf
    }

    #[test]
    fn the_number_of_rows_is_what_is_there_whatever_the_header_says() {
        let rows = [" aaaa", "*bbbb", " cccc"];
        for stated in [0, 1, 3, 4, 1_000_000, u32::MAX] {
            let dbf = table(stated, &rows);
            let layout = layout(&dbf, None).unwrap();
            let texts: Vec<&[u8]> = layout.rows.iter().map(|row| layout.fields[0].cell(row)).collect();
            assert_eq!(texts, [b"aaaa", b"bbbb", b"cccc"], "header says {stated}");
            assert_eq!(layout.cut.is_some(), stated > 3);
            assert_eq!(layout.troubles.len(), usize::from(stated < 3));
        }
        // Rows behind those that header and shapes agree on are left-overs.
        assert_eq!(layout(&table(2, &rows), Some(2)).unwrap().rows.len(), 2);
    }

    #[test]
    fn a_row_cut_in_the_middle_keeps_what_is_left_of_it() {
        let dbf = table(3, &[" aaaa", " bb"]);
        let layout = layout(&dbf[..dbf.len() - 1], None).unwrap();
        assert_eq!(layout.fields[0].cell(layout.rows[1]), b"bb");
    }

    #[test]
    fn a_wrong_width_of_rows_gives_way_to_the_columns() {
        let mut dbf = table(2, &[" aaaa", " bbbb"]);
        dbf[10] = 3;
        let layout = layout(&dbf, None).unwrap();
        assert_eq!((layout.rows.len(), layout.troubles.len()), (2, 1));
    }
}
