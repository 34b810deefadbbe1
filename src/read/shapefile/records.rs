//! Where the records of a `.shp` are.
//!
//! A record says how long it is, and its counts of parts and points say so again. In a sound file both agree; in a damaged one the
//! end is taken from whichever leads to another record, and what is lost stays in the list as a record that cannot be read.
//! The `.shx` is followed where it is sound and differs: editors append a changed record at the end and leave the old one.

use super::number::{be_i32, le_i32};
use crate::finding::{Detail, detail};

/// Bytes of the header of the `.shp` and of the `.shx`.
pub(super) const HEADER: usize = 100;
/// Bytes before the content of a record: its number and its length.
const RECORD_HEADER: usize = 8;
/// The shortest record: its header and a null shape.
const SHORTEST: usize = 12;
/// How many times over a file is searched for records after damage.
const SEARCHES: usize = 8;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// Where its content begins and ends; both within the file.
    pub start: usize,
    pub end: usize,
    /// Its number, as the file has it.
    number: i32,
    /// What its header says wrongly.
    pub trouble: Option<Detail>,
}

/// All records, in the order of the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Records {
    pub list: Vec<Record>,
    /// The file ends within a record.
    pub cut: bool,
    /// What is wrong with the file as a whole.
    pub troubles: Vec<Detail>,
}

/// Finds the records; `rows` is how many the attribute table has, if there is one.
pub(super) fn find(shp: &[u8], shx: Option<&[u8]>, rows: Option<usize>) -> Records {
    let walked = walk(shp);
    let Some(shx) = shx else { return in_order(walked) };
    let indexed = index(shp, shx);
    match indexed {
        Some(list) if same_places(&list, &walked.list) => in_order(walked),
        Some(list) if !list.is_empty() && rows.is_none_or(|rows| rows == list.len()) => {
            let differs = detail!(
                ".shx 列出 {} 条记录，.shp 中有 {} 条，次序或数目不同：以 .shx 为准",
                "the .shx lists {} records, the .shp holds {} in another order or number: the .shx was followed",
                list.len(),
                walked.list.len()
            );
            Records { list, cut: walked.cut, troubles: vec![differs] }
        }
        _ => {
            let mut records = in_order(walked);
            records.troubles.push(detail!(".shx 与 .shp 不符，未使用", "the .shx does not fit the .shp: it was not used"));
            records
        }
    }
}

/// The records one after the other.
fn walk(shp: &[u8]) -> Records {
    let mut records = Records::default();
    let mut search = Search::over(shp);
    let mut at = HEADER;
    while at + RECORD_HEADER <= shp.len() {
        match record_at(shp, at, &mut search) {
            Some(Step::Whole(record)) => {
                at = record.end;
                records.list.push(record);
            }
            Some(Step::Cut(record)) => {
                at = record.end;
                records.list.push(record);
                records.cut = true;
            }
            None => {
                let last = records.list.last().map_or(0, |record| record.number);
                let Some((next, number)) = search.next_header(at + 2, last) else { break };
                records.troubles.push(detail!(
                    "自第 {at} 字节起 {} 字节不属于任何记录",
                    "{} bytes from byte {at} on belong to no record",
                    next - at
                ));
                lose(&mut records.list, next, number);
                at = next;
            }
        }
    }
    end_of_file(shp, at, &mut records);
    records
}

enum Step {
    Whole(Record),
    /// The file ends within it.
    Cut(Record),
}

/// The record whose header is at `at`; `None` if there is none.
fn record_at(shp: &[u8], at: usize, search: &mut Search<'_>) -> Option<Step> {
    let number = be_i32(shp, at)?;
    let start = at + RECORD_HEADER;
    let content = shp.get(start..)?;
    let stated = be_i32(shp, at + 4).and_then(|words| usize::try_from(words).ok()).map(|words| words * 2).filter(|n| *n >= 4);
    let counted = counted(content);
    let record = |len: usize, trouble: Option<Detail>| Record { start, end: start + len, number, trouble };
    let fits = |len: usize| len <= content.len();
    let leads_on = |len: usize| fits(len) && (len == content.len() || is_header(shp, start + len, number));
    match (stated, counted) {
        (Some(stated), Some(counted)) if counted.agrees(stated) => {
            Some(if fits(stated) { Step::Whole(record(stated, None)) } else { Step::Cut(record(content.len(), None)) })
        }
        // The length leaves room behind the last point: some programs pad.
        (Some(stated), Some(counted)) if stated > counted.most && leads_on(stated) => Some(Step::Whole(record(stated, None))),
        (stated, Some(counted)) if leads_on(counted.least) || leads_on(counted.most) => {
            let len = if leads_on(counted.most) { counted.most } else { counted.least };
            let Detail { zh, en } = stated_bytes(stated);
            Some(Step::Whole(record(
                len,
                Some(detail!("记录写明{zh}，按其点数为 {len} 字节", "the record says it has {en}, its counts make {len}")),
            )))
        }
        (Some(stated), _) if leads_on(stated) => Some(Step::Whole(record(stated, None))),
        (Some(stated), Some(counted)) if !fits(stated) && !fits(counted.least) => {
            // Neither length is possible: another record further on, or the end of a cut file.
            match search.next_header(start + 4, number) {
                Some((next, _)) => Some(Step::Whole(record(next - start, Some(astray())))),
                None => Some(Step::Cut(record(content.len(), None))),
            }
        }
        (_, Some(_)) | (Some(_), None) if number > 0 => {
            let (next, _) = search.next_header(start + 4, number)?;
            Some(Step::Whole(record(next - start, Some(astray()))))
        }
        _ => None,
    }
}

/// How long a record is by its own counts: without and with the optional measures.
#[derive(Debug, Clone, Copy)]
struct Counted {
    least: usize,
    most: usize,
}

impl Counted {
    fn agrees(self, len: usize) -> bool {
        len == self.least || len == self.most
    }
}

/// The length of a content by its type and counts; `None` if the type is unknown or a count is no count.
fn counted(content: &[u8]) -> Option<Counted> {
    let count = |at| usize::try_from(le_i32(content, at)?).ok();
    // Counts are at most 2³¹, so nothing below overflows where sizes have 64 bits.
    let both = |len: usize| Counted { least: len, most: len };
    let optional = |len: usize, extra: usize| Counted { least: len, most: len + extra };
    Some(match le_i32(content, 0)? {
        0 => both(4),
        1 => both(20),
        21 => both(28),
        11 => optional(28, 8),
        8 => both(40 + 16 * count(36)?),
        28 => optional(40 + 16 * count(36)?, 16 + 8 * count(36)?),
        18 => optional(56 + 24 * count(36)?, 16 + 8 * count(36)?),
        3 | 5 => both(44 + 4 * count(36)? + 16 * count(40)?),
        23 | 25 => optional(44 + 4 * count(36)? + 16 * count(40)?, 16 + 8 * count(40)?),
        13 | 15 => optional(60 + 4 * count(36)? + 24 * count(40)?, 16 + 8 * count(40)?),
        31 => optional(60 + 8 * count(36)? + 24 * count(40)?, 16 + 8 * count(40)?),
        _ => return None,
    })
}

/// Whether a record begins at `at`: one with the number after `last`, or any whose length and counts agree.
fn is_header(shp: &[u8], at: usize, last: i32) -> bool {
    let words = be_i32(shp, at + 4).and_then(|words| usize::try_from(words).ok());
    let (Some(number), Some(content)) = (be_i32(shp, at), shp.get(at + RECORD_HEADER..)) else { return false };
    counted(content).is_some_and(|counted| {
        let sound = words.is_some_and(|words| counted.agrees(words * 2));
        if last.checked_add(1) == Some(number) { sound || counted.least <= content.len() } else { sound && number >= 0 }
    })
}

/// The search for a record after damage. Bytes looked at are counted: a file made of damage must not take hours.
struct Search<'a> {
    shp: &'a [u8],
    left: usize,
}

impl<'a> Search<'a> {
    fn over(shp: &'a [u8]) -> Self {
        Self { shp, left: shp.len().saturating_mul(SEARCHES) }
    }

    /// The next place from `from` on where a sound record with a number a little above `last` begins, and that number.
    fn next_header(&mut self, from: usize, last: i32) -> Option<(usize, i32)> {
        let end = self.shp.len().saturating_sub(SHORTEST - 1).min(from.saturating_add(self.left));
        let found = (from..end).step_by(2).find_map(|at| {
            let number = be_i32(self.shp, at)?;
            let words = usize::try_from(be_i32(self.shp, at + 4)?).ok()?;
            let lost = usize::try_from(i64::from(number) - i64::from(last) - 1).ok()?;
            let room = (at - from) / SHORTEST + 1;
            let sound = lost <= room && counted(self.shp.get(at + RECORD_HEADER..)?)?.agrees(words * 2);
            sound.then_some((at, number))
        });
        self.left = self.left.saturating_sub(found.map_or(end.saturating_sub(from), |(at, _)| at - from));
        found
    }
}

/// Keeps an empty place for each record that should have been before `to`; `number` is that of the record there.
fn lose(list: &mut Vec<Record>, to: usize, number: i32) {
    let last = list.last().map_or(0, |record| record.number);
    for number in last.saturating_add(1)..number {
        list.push(Record { start: to, end: to, number, trouble: None });
    }
}

/// Compares where the records end with the end of the file and with what the header says.
fn end_of_file(shp: &[u8], at: usize, records: &mut Records) {
    let stated = be_i32(shp, 24).and_then(|words| usize::try_from(words).ok()).map(|words| words * 2);
    let short = stated.is_some_and(|stated| stated > shp.len());
    if at < shp.len() {
        records.troubles.push(detail!(
            "末条记录之后 {} 字节未读取",
            "{} bytes after the last record were not read",
            shp.len() - at
        ));
        // Too little of the last record is left to tell that it is one.
        records.cut |= short;
    } else if stated != Some(shp.len()) && !records.cut {
        let Detail { zh, en } = stated_bytes(stated);
        records.troubles.push(detail!(
            ".shp 文件头写明{zh}，实有 {} 字节",
            "the header of the .shp says {en}, the file has {}",
            shp.len()
        ));
        records.cut = short;
    }
}

/// Says so if the records are not numbered one by one.
fn in_order(mut records: Records) -> Records {
    let wrong = records.list.windows(2).position(|pair| pair[0].number.checked_add(1) != Some(pair[1].number));
    if let Some(wrong) = wrong {
        let (a, b) = (records.list[wrong].number, records.list[wrong + 1].number);
        records.troubles.push(detail!(
            "记录 {b} 排在记录 {a} 之后：按文件中的顺序读取",
            "record {b} follows record {a}: the records were taken in the order of the file"
        ));
    }
    records
}

/// The records that the `.shx` points to; `None` unless each of them is sound.
fn index(shp: &[u8], shx: &[u8]) -> Option<Vec<Record>> {
    let entries = shx.get(HEADER..)?.chunks_exact(8);
    let mut search = Search { shp, left: 0 };
    let mut total = 0usize;
    entries
        .map(|entry| {
            let at = usize::try_from(be_i32(entry, 0)?).ok()? * 2;
            let step = record_at(shp, at, &mut search).filter(|_| at >= HEADER)?;
            let Step::Whole(record) = step else { return None };
            // Entries that share bytes would make a small file a large layer.
            total += record.end - at;
            (record.trouble.is_none() && total <= shp.len()).then_some(record)
        })
        .collect()
}

fn same_places(a: &[Record], b: &[Record]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.start == b.start)
}

/// A length that is stated, in bytes.
fn stated_bytes(stated: Option<usize>) -> Detail {
    stated.map_or_else(|| Detail::new("的长度不可能", "an impossible length"), |n| detail!("长 {n} 字节", "{n} bytes"))
}

fn astray() -> Detail {
    Detail::new("记录的长度与点数都不指向下一条记录", "neither its length nor its counts lead to the next record")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of point records with the given numbers.
    fn points(numbers: &[i32]) -> Vec<u8> {
        let mut shp = vec![0; HEADER];
        for number in numbers {
            shp.extend(number.to_be_bytes());
            shp.extend(10i32.to_be_bytes());
            shp.extend(1i32.to_le_bytes());
            shp.extend(f64::from(*number).to_le_bytes());
            shp.extend(0f64.to_le_bytes());
        }
        let words = i32::try_from(shp.len() / 2).unwrap();
        shp[24..28].copy_from_slice(&words.to_be_bytes());
        shp
    }

    fn index_of(offsets: &[usize]) -> Vec<u8> {
        let mut shx = vec![0; HEADER];
        for offset in offsets {
            shx.extend(i32::try_from(offset / 2).unwrap().to_be_bytes());
            shx.extend(10i32.to_be_bytes());
        }
        shx
    }

    fn numbers(records: &Records) -> Vec<i32> {
        records.list.iter().map(|record| record.number).collect()
    }

    #[test]
    fn a_lying_length_does_not_lose_the_records_after_it() {
        for lie in [0i32, 5, 11, 1_000_000, -1, i32::MIN] {
            let mut shp = points(&[1, 2, 3, 4]);
            shp[HEADER + 28 + 4..HEADER + 28 + 8].copy_from_slice(&lie.to_be_bytes());
            let records = find(&shp, None, None);
            assert_eq!(numbers(&records), [1, 2, 3, 4], "length {lie}");
            assert!(records.list[1].trouble.is_some(), "length {lie}");
        }
    }

    #[test]
    fn a_record_wiped_out_keeps_its_row() {
        let mut shp = points(&[1, 2, 3, 4]);
        shp[HEADER + 28..HEADER + 56].fill(0xFF);
        let records = find(&shp, None, None);
        assert_eq!(numbers(&records), [1, 2, 3, 4]);
        assert_eq!(records.troubles.len(), 1, "{:?}", records.troubles);
    }

    #[test]
    fn an_edited_file_is_read_in_the_order_of_its_index() {
        // Record 2 was rewritten at the end; its old version is still in the middle.
        let shp = points(&[1, 2, 3, 2]);
        let records = find(&shp, Some(&index_of(&[100, 184, 156])), Some(3));
        assert_eq!(numbers(&records), [1, 2, 3]);
        assert_eq!(records.list[1].start, 192);
        assert_eq!(records.troubles.len(), 1);
        // An index that leaves a row of the table out is not believed.
        assert_eq!(find(&shp, Some(&index_of(&[100, 184])), Some(4)).list.len(), 4);
    }

    #[test]
    fn records_out_of_order_and_bytes_behind_them_are_told() {
        let records = find(&points(&[1, 3, 2]), None, None);
        assert_eq!((numbers(&records), records.troubles.len()), (vec![1, 3, 2], 1));
        let mut shp = points(&[1, 2]);
        shp.extend([7; 30]);
        let records = find(&shp, None, None);
        assert_eq!((records.list.len(), records.cut), (2, false));
        assert!(records.troubles[0].en.contains("30 bytes after"), "{:?}", records.troubles);
    }

    #[test]
    fn a_cut_file_keeps_the_record_it_is_cut_in() {
        let shp = points(&[1, 2, 3]);
        let records = find(&shp[..shp.len() - 6], None, None);
        assert_eq!((records.list.len(), records.cut), (3, true));
    }
}
