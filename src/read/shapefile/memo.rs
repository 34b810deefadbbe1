//! The long texts of a `.dbf`, kept in a file beside it: the `.dbt` of dBASE III and IV, the `.fpt` of FoxPro.
//!
//! A cell holds the number of the block in which its text begins. Formats as described by their makers: dBASE III ends a text by
//! 1A hex, dBASE IV and FoxPro write its length before it.

use super::Parts;
use super::dbf::{Field, Layout, MEMO};
use super::number::{array, le_i32, le_u16, le_u32};

/// Size of a block where the file does not say; others are multiples of it.
const BLOCK: usize = 512;
/// Ends a text of dBASE III.
const END_OF_TEXT: u8 = 0x1A;
/// Begins a block of dBASE IV.
const MARK_4: &[u8] = &[0xFF, 0xFF, 0x08, 0x00];
/// Type of a FoxPro block that holds text, not a picture.
const TEXT: [u8; 4] = [0, 0, 0, 1];
/// Texts of one table together have at most this many times the bytes of their file: more means that blocks lie on each other.
const OVERLAID: usize = 4;

/// A file of long texts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memos<'a> {
    bytes: &'a [u8],
    block: usize,
    foxpro: bool,
}

impl<'a> Memos<'a> {
    /// The file that belongs to the table, if there is one.
    pub fn of(parts: &'a Parts) -> Option<Self> {
        match (&parts.fpt, &parts.dbt) {
            (Some(fpt), _) => {
                let block = array(fpt, 6).map_or(0, u16::from_be_bytes);
                Some(Self { bytes: fpt, block: usize::from(block).max(1), foxpro: true })
            }
            (None, Some(dbt)) => {
                // dBASE III leaves anything there.
                let stated = le_u16(dbt, 20).map(usize::from).filter(|size| *size > 0 && size % BLOCK == 0);
                Some(Self { bytes: dbt, block: stated.unwrap_or(BLOCK), foxpro: false })
            }
            (None, None) => None,
        }
    }

    /// The text in a block, undecoded. `None` where there is none.
    pub fn text(&self, block: u32) -> Option<&'a [u8]> {
        let begin = usize::try_from(block).ok()?.checked_mul(self.block)?;
        let bytes = self.bytes.get(begin..)?;
        if self.foxpro {
            let length = array(bytes, 4).map(u32::from_be_bytes)?;
            return bytes.get(8..)?.get(..usize::try_from(length).ok()?).filter(|_| bytes.starts_with(&TEXT));
        }
        if bytes.starts_with(MARK_4) {
            // The length counts the mark and itself.
            return bytes.get(8..usize::try_from(le_u32(bytes, 4)?).ok()?);
        }
        bytes.iter().position(|byte| *byte == END_OF_TEXT).map(|end| &bytes[..end])
    }

    /// Whether the texts of a table are no more than its file can hold.
    pub fn hold(&self, layout: &Layout<'_>) -> bool {
        let mut left = self.bytes.len().saturating_mul(OVERLAID);
        let columns = || layout.fields.iter().filter(|field| field.kind == MEMO);
        let mut blocks = layout.rows.iter().flat_map(|row| columns().filter_map(|field| block(field.cell(row), field)));
        blocks.all(|block| {
            let length = self.text(block).map_or(0, <[u8]>::len);
            left.checked_sub(length).inspect(|rest| left = *rest).is_some()
        })
    }
}

/// The block a cell points to: in digits, or in four bytes. `None` where it points to none.
pub(super) fn block(cell: &[u8], field: &Field) -> Option<u32> {
    let number = if field.width == 4 {
        u32::try_from(le_i32(cell, 0)?).ok()
    } else {
        std::str::from_utf8(cell).ok()?.trim_matches([' ', '\0']).parse().ok()
    };
    number.filter(|block| *block > 0)
}

#[cfg(test)]
mod tests {
    use super::super::{assemble, set};
    use super::*;
    use crate::finding::Code;
    use crate::read::dataset::{Dataset, ReadOptions};

    /// Tables of one id and one long text, written by the Python library `dbf` 0.99 in code page 936.
    fn parts(name: &str) -> Parts {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/memo");
        set::open(&folder.join(name).with_extension("dbf")).unwrap()
    }

    fn read(parts: &Parts) -> Dataset {
        assemble(parts, &ReadOptions::default(), &|_| ()).unwrap()
    }

    fn notes(read: &Dataset) -> Vec<Option<&str>> {
        read.rows.column("NOTE").unwrap().str().unwrap().iter().collect()
    }

    #[test]
    fn long_texts_of_dbase_and_foxpro_are_read_as_another_hand_wrote_them() {
        let long = format!("{}末", "工业用地，".repeat(60));
        for name in ["dbase3", "foxpro", "visual"] {
            let read = read(&parts(name));
            assert_eq!(notes(&read), [Some("甲公司\r\n二期"), None, Some(long.as_str())], "{name}");
            assert!(read.faults.iter().all(|fault| fault.code != Code::FilePartMissing), "{name}: {:?}", read.faults);
        }
    }

    #[test]
    fn a_missing_file_of_long_texts_is_told_and_its_block_numbers_are_no_texts() {
        for name in ["dbase3", "foxpro", "visual"] {
            let mut parts = parts(name);
            (parts.dbt, parts.fpt) = (None, None);
            let read = read(&parts);
            let told = read.faults.iter().find(|fault| fault.code == Code::FilePartMissing).map(|fault| &*fault.detail.en);
            let told = told.unwrap_or_default();
            assert!(
                told.starts_with("column NOTE: its ") && told.ends_with("left out: the .dbt or .fpt file is not there"),
                "{told}"
            );
            assert_eq!(read.rows.column("NOTE").unwrap().null_count(), 3);
        }
    }

    #[test]
    fn dbase_4_writes_the_length_before_a_text() {
        let mut dbt = vec![0; 512];
        dbt[20..22].copy_from_slice(&512u16.to_le_bytes());
        dbt.extend([MARK_4, &13u32.to_le_bytes(), b"a\x1Abcd left over"].concat());
        let parts = Parts { dbt: Some(dbt), ..Parts::default() };
        let memos = Memos::of(&parts).unwrap();
        assert_eq!(memos.text(1), Some(b"a\x1Abcd".as_slice()));
        assert_eq!((memos.text(2), memos.text(u32::MAX)), (None, None));
    }

    #[test]
    fn a_text_that_is_not_in_the_file_is_told_by_its_row() {
        let mut parts = parts("dbase3");
        parts.dbt.as_mut().unwrap().truncate(1100);
        let read = read(&parts);
        assert_eq!(notes(&read), [Some("甲公司\r\n二期"), None, None]);
        let told: Vec<_> =
            read.faults.iter().filter(|f| f.code == Code::FilePartMissing).map(|f| (f.row, &*f.detail.en)).collect();
        assert_eq!(told, [(Some(2), "NOTE: its long text, block 3, is not in the .dbt or .fpt file")]);
    }

    #[test]
    fn blocks_that_lie_on_each_other_fill_no_memory() {
        // Every cell has one text of the whole file.
        let rows = 100_000;
        let mut dbf = vec![0x83, 126, 1, 1];
        dbf.extend(u32::try_from(rows).unwrap().to_le_bytes());
        dbf.extend([65u16.to_le_bytes(), 11u16.to_le_bytes()].concat());
        dbf.resize(32, 0);
        dbf.extend(b"NOTE\0\0\0\0\0\0\0M\0\0\0\0\x0A\0");
        dbf.resize(64, 0);
        dbf.push(0x0D);
        (0..rows).for_each(|_| dbf.extend(b"          1"));
        let mut dbt = vec![b'x'; 1 << 20];
        dbt[20..22].fill(0);
        dbt.push(END_OF_TEXT);
        let read = read(&Parts { dbf: Some(dbf), dbt: Some(dbt), ..Parts::default() });
        assert_eq!(read.rows.column("NOTE").unwrap().null_count(), rows);
        assert!(read.faults.iter().any(|fault| fault.detail.en.contains("lie on each other")), "{:?}", read.faults);
    }
}
