//! An ordinary polygon feature, read straight from its bytes.
//!
//! Nearly all of a layer's text is coordinates, and a general parser takes most of its time to get at them. What is here is as
//! strict as the parser, and gives up on whatever is out of the ordinary: the feature is then read again member by member.

use std::borrow::Cow;

use geo::Coord;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::feature::{Key, Parsed, cell, set_id};
use super::tally::Tally;
use crate::model::{RawShape, Ring};
use crate::read::columns::{Cell, Columns};

/// Powers of ten that are floats exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
    1e22,
];
/// Every integer up to here is a float exactly.
const EXACT: u64 = 1 << 53;
/// Decimal digits that always fit 64 bits.
const DIGITS: usize = 19;

/// Reads a polygon feature and sets the cells of the row under construction; `None` if it is out of the ordinary, or no feature.
pub(super) fn feature(text: &str, columns: &mut Columns) -> Option<Parsed> {
    let mut reader = Reader { text, at: 0, tally: Tally::default() };
    let (mut is_feature, mut shape, mut repeated_key, mut id) = (false, None, None, None);
    reader.members(|reader, name| {
        match name.as_ref() {
            "type" => is_feature = reader.string()? == "Feature",
            "geometry" if shape.is_none() => shape = Some(reader.polygons()?),
            "properties" if repeated_key.is_none() => repeated_key = Some(reader.properties(columns)?),
            "id" if id.is_none() => id = Some(reader.value::<&RawValue>()?),
            "geometry" | "properties" | "id" => return None,
            other => {
                reader.tally.count_beside(other);
                reader.value::<IgnoredAny>()?;
            }
        }
        Some(())
    })?;
    if !is_feature || reader.peek().is_some() {
        return None;
    }
    if let Some(raw) = id {
        set_id(columns, raw, &mut reader.tally);
    }
    Some(Parsed { shape: shape?, tally: reader.tally, repeated_key: repeated_key.flatten() })
}

/// JSON text and the place reached in it. Each of its functions goes past what it is named for, or gives `None`.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    tally: Tally,
}

impl<'a> Reader<'a> {
    /// The next byte that is no white space; stays before it.
    fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.here() {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    fn here(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Goes past a comma, or past what ends a list or an object; whether it was the end.
    fn ends(&mut self, end: u8) -> Option<bool> {
        let byte = self.peek()?;
        self.at += 1;
        (byte == b',' || byte == end).then_some(byte == end)
    }

    fn members(&mut self, mut member: impl FnMut(&mut Self, Cow<'a, str>) -> Option<()>) -> Option<()> {
        self.eat(b'{')?;
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            let name = self.string()?;
            self.eat(b':')?;
            member(self, name)?;
            if self.ends(b'}')? {
                return Some(());
            }
        }
    }

    /// A list with something in it.
    fn list<T>(&mut self, usual: usize, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.eat(b'[')?;
        let mut items = Vec::with_capacity(usual);
        loop {
            items.push(item(self)?);
            if self.ends(b']')? {
                items.shrink_to_fit();
                return Some(items);
            }
        }
    }

    /// Any value, by the general parser.
    fn value<T: Deserialize<'a>>(&mut self) -> Option<T> {
        let text = self.text.get(self.at..)?;
        let mut values = serde_json::Deserializer::from_str(text).into_iter();
        let value = values.next()?.ok()?;
        self.at += values.byte_offset();
        Some(value)
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        if self.peek()? != b'"' {
            return None;
        }
        let begin = self.at + 1;
        let end = begin + memchr::memchr2(b'"', b'\\', self.text.as_bytes().get(begin..)?)?;
        if self.text.as_bytes().get(end) == Some(&b'\\') {
            return self.value::<Key<'a>>().map(|key| key.0);
        }
        let text = self.text.get(begin..end)?;
        self.at = end + 1;
        text.bytes().all(|byte| byte >= b' ').then_some(Cow::Borrowed(text))
    }

    /// Sets the cells of the properties; a name that occurs twice, if there is one.
    fn properties(&mut self, columns: &mut Columns) -> Option<Option<String>> {
        let mut repeated = None;
        self.members(|reader, name| {
            let value = match reader.peek()? {
                b'"' => Cell::Text(reader.string()?),
                b'-' | b'0'..=b'9' => {
                    let begin = reader.at;
                    let x = reader.number()?;
                    let has_point = reader.text.as_bytes().get(begin..reader.at)?.iter().any(|b| matches!(b, b'.' | b'e' | b'E'));
                    // What `cell` makes of it, without reading it again.
                    if has_point && x.is_finite() { Cell::Float(x) } else { reader.foreign(begin)? }
                }
                _ => {
                    let begin = reader.at;
                    reader.value::<&RawValue>()?;
                    reader.foreign(begin)?
                }
            };
            if !columns.set(&name, value) {
                repeated.get_or_insert(name.into_owned());
            }
            Some(())
        })?;
        Some(repeated)
    }

    /// The value from `begin` to here, which is no text.
    fn foreign(&mut self, begin: usize) -> Option<Cell<'a>> {
        let cell = cell(self.text.get(begin..self.at)?).ok()?;
        self.tally.as_text += usize::from(matches!(cell, Cell::Text(_)));
        Some(cell)
    }

    fn polygons(&mut self) -> Option<RawShape> {
        let (mut kind, mut coordinates) = (None, None);
        self.members(|reader, name| {
            match name.as_ref() {
                "type" if kind.is_none() => kind = Some(reader.string()?),
                "coordinates" if coordinates.is_none() => coordinates = Some((reader.depth(), reader.parts()?)),
                "type" | "coordinates" => return None,
                _ => _ = reader.value::<IgnoredAny>()?,
            }
            Some(())
        })?;
        let (depth, parts) = coordinates?;
        match (kind?.as_ref(), depth) {
            ("Polygon", 3) => self.tally.polygonal += 1,
            ("MultiPolygon", 4) => self.tally.count_multi(parts.len()),
            _ => return None,
        }
        Some(RawShape::Parts(parts))
    }

    /// How many lists begin here, each in the one before.
    fn depth(&self) -> usize {
        let ahead = self.text.as_bytes().iter().skip(self.at).filter(|byte| !byte.is_ascii_whitespace());
        ahead.take_while(|byte| **byte == b'[').take(5).count()
    }

    fn parts(&mut self) -> Option<Vec<Vec<Ring>>> {
        match self.depth() {
            3 => Some(vec![self.rings()?]),
            4 => self.list(1, Self::rings),
            _ => None,
        }
    }

    fn rings(&mut self) -> Option<Vec<Ring>> {
        // A copy of the right size: of a block that is half full the allocator gives nothing back.
        self.list(1, |reader| reader.list(32, Self::position).map(|ring| ring.as_slice().to_vec()))
    }

    fn position(&mut self) -> Option<Coord<f64>> {
        self.eat(b'[')?;
        let x = self.finite()?;
        self.eat(b',')?;
        let y = self.finite()?;
        while !self.ends(b']')? {
            self.finite()?;
            self.tally.heights = 1;
        }
        Some(Coord { x, y })
    }

    fn finite(&mut self) -> Option<f64> {
        self.peek()?;
        self.number().filter(|x| x.is_finite())
    }

    /// The float nearest to a number. Where digits and scale are floats exactly, one division rounds once (W. D. Clinger, How to
    /// read floating point numbers accurately, 1990); the standard library reads the others.
    #[allow(clippy::cast_precision_loss)]
    fn number(&mut self) -> Option<f64> {
        let begin = self.at;
        let negative = self.here() == Some(b'-');
        self.at += usize::from(negative);
        let mut digits = 0;
        let leading_zero = self.here() == Some(b'0');
        let whole = self.digits(&mut digits)?;
        if leading_zero && whole > 1 {
            return None;
        }
        let mut scale = 0;
        if self.here() == Some(b'.') {
            self.at += 1;
            scale = self.digits(&mut digits)?;
        }
        let exponent = matches!(self.here(), Some(b'e' | b'E'));
        if exponent {
            self.at += 1;
            self.at += usize::from(matches!(self.here(), Some(b'+' | b'-')));
            self.digits(&mut 0)?;
        }
        match POWERS.get(scale) {
            Some(power) if !exponent && whole + scale <= DIGITS && digits <= EXACT => {
                let x = digits as f64 / power;
                Some(if negative { -x } else { x })
            }
            _ => self.text.get(begin..self.at)?.parse().ok(),
        }
    }

    /// Appends one digit or more to `value`, which wraps where there are too many; their number.
    fn digits(&mut self, value: &mut u64) -> Option<usize> {
        let begin = self.at;
        while let Some(eight) = self.text.as_bytes().get(self.at..)?.first_chunk().and_then(|bytes| eight_digits(*bytes)) {
            *value = value.wrapping_mul(100_000_000).wrapping_add(eight);
            self.at += 8;
        }
        while let Some(byte @ b'0'..=b'9') = self.here() {
            *value = value.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
            self.at += 1;
        }
        (self.at > begin).then_some(self.at - begin)
    }
}

/// The number that eight digits are, all at once: neighbours become pairs, pairs fours, fours the whole.
fn eight_digits(bytes: [u8; 8]) -> Option<u64> {
    const HIGH: u64 = 0xF0F0_F0F0_F0F0_F0F0;
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    let all = u64::from_le_bytes(bytes);
    // Of '0' to '9' alone the upper half is 3, and stays so when 6 is added.
    if all & HIGH != ZEROS || (all + 0x0606_0606_0606_0606) & HIGH != ZEROS {
        return None;
    }
    let pairs = (all - ZEROS).wrapping_mul(10 * (1 << 8) + 1) >> 8;
    let fours = (pairs & 0x00FF_00FF_00FF_00FF).wrapping_mul(100 * (1 << 16) + 1) >> 16;
    Some((fours & 0x0000_FFFF_0000_FFFF).wrapping_mul(10_000 * (1 << 32) + 1) >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Option<f64> {
        let mut reader = Reader { text, at: 0, tally: Tally::default() };
        reader.number().filter(|_| reader.at == text.len())
    }

    #[test]
    fn eight_digits_are_a_number_and_nothing_else_is() {
        for text in ["00000000", "12345678", "99999999", "00000001", "10000000", "90909090"] {
            assert_eq!(text.as_bytes().first_chunk().and_then(|bytes| eight_digits(*bytes)), text.parse().ok(), "{text}");
        }
        for place in 0..8 {
            for byte in (0..=255).filter(|byte: &u8| !byte.is_ascii_digit()) {
                let mut bytes = *b"12345678";
                bytes[place] = byte;
                assert_eq!(eight_digits(bytes), None, "{bytes:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn numbers_are_the_floats_the_standard_library_reads(x in any::<f64>().prop_filter("JSON", |x| x.is_finite()), degrees in -180.0..180.0f64, places in 0usize..18) {
            for text in [format!("{x}"), format!("{x:e}"), format!("{degrees:.places$}")] {
                prop_assert_eq!(number(&text).map(f64::to_bits), text.parse().ok().map(f64::to_bits), "{}", text);
            }
        }

        #[test]
        fn what_is_taken_for_a_number_is_one_in_json(text in "-?[0-9.eE+-]{1,6}") {
            prop_assert_eq!(number(&text).filter(|x| x.is_finite()), serde_json::from_str::<f64>(&text).ok(), "{}", text);
        }

        #[test]
        fn a_feature_spoilt_anywhere_is_refused_where_the_parser_refuses_it(at in 0usize..150, byte in "[ -~]") {
            let good = r#"{"type":"Feature","id":7,"properties":{"a":"x","b":-1.5e3,"c":[1]},"geometry":{"type":"Polygon","coordinates":[[[1,2],[3,4.5,6]]]}}"#;
            let at = at % good.len();
            let text = format!("{}{byte}{}", &good[..at], &good[at + 1..]);
            if feature(&text, &mut Columns::default()).is_some() {
                prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
            }
        }
    }

    #[test]
    fn an_ordinary_feature_is_read_and_an_odd_one_left_to_the_parser() {
        let read = |geometry: &str| {
            let text =
                format!(r#"{{ "type" : "Feature", "bbox":[1,2], "properties":{{"a":"\u4ea9"}}, "geometry":{geometry} }} "#);
            feature(&text, &mut Columns::default()).map(|parsed| (parsed.shape, parsed.tally.heights))
        };
        let ring = vec![Coord { x: 1.0, y: 2.0 }, Coord { x: -3.25, y: 4e-1 }];
        assert_eq!(
            read(r#"{"coordinates":[ [[1,2], [-3.25,4e-1,9]] ],"type":"Polygon"}"#),
            Some((RawShape::Parts(vec![vec![ring]]), 1))
        );
        for odd in [
            "null",
            r#"{"type":"Polygon","coordinates":[]}"#,
            r#"{"type":"MultiPolygon","coordinates":[[[1,2]]]}"#,
            r#"{"type":"Polygon","coordinates":[[[1,null]]]}"#,
            r#"{"type":"Polygon","coordinates":[[[1,1e999]]]}"#,
            r#"{"type":"Polygon","coordinates":[[[01,2]]]}"#,
            r#"{"type":"Point","coordinates":[1,2]}"#,
        ] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
