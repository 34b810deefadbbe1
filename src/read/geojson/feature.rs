//! One feature: its shape as nested rings, its properties straight into the columns.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

use super::coordinates::{Lists, Nested};
use super::plain;
use super::tally::Tally;
use crate::finding::detail;
use crate::model::RawShape;
use crate::read::columns::{Cell, Columns};

/// What parsing one feature gave.
pub(super) struct Parsed {
    pub shape: RawShape,
    pub tally: Tally,
    /// A property name that occurs twice in this feature.
    pub repeated_key: Option<String>,
}

/// Parses one feature and adds its properties as a row of `columns`.
///
/// A fault inside the geometry is kept in the shape; the error is for text that is not JSON, or not a feature.
pub(super) fn parse(text: &str, columns: &mut Columns) -> Result<Parsed, serde_json::Error> {
    match plain::feature(text, columns) {
        Some(parsed) => {
            columns.end_row();
            Ok(parsed)
        }
        None => {
            columns.abandon_row();
            parse_carefully(text, columns)
        }
    }
}

/// Parses a feature member by member, so that a fault in one spares the others.
fn parse_carefully(text: &str, columns: &mut Columns) -> Result<Parsed, serde_json::Error> {
    let whole: FeatureText<'_> = match serde_json::from_str(text) {
        Ok(whole) => whole,
        // NaN, Infinity and 1e999 are not JSON, but real exports hold them.
        Err(error) => match without_non_finite(text) {
            Some(mended) => return parse_carefully(&mended, columns),
            None => return Err(error),
        },
    };
    if whole.kind.as_deref() != Some("Feature") {
        if let Some(kind) = &whole.kind
            && super::is_shape_type(kind)
        {
            columns.end_row();
            let mut tally = Tally::default();
            let (shape, heights) = shape(text, &mut tally);
            tally.heights = usize::from(heights);
            return Ok(Parsed { shape, tally, repeated_key: None });
        }
        return Err(serde_json::Error::custom(match whole.kind {
            Some(kind) => format!("is of type \"{kind}\", not a Feature"),
            None => "has no \"type\": \"Feature\"".to_owned(),
        }));
    }
    let mut tally = Tally::default();
    let (shape, heights) = match whole.geometry {
        None => (RawShape::Missing, false),
        Some(raw) => shape(raw.get(), &mut tally),
    };
    tally.heights = usize::from(heights);
    let mut repeated_key = None;
    if let Some(raw) = whole.properties {
        let mut json = serde_json::Deserializer::from_str(raw.get());
        repeated_key = Properties { columns, as_text: &mut tally.as_text }.deserialize(&mut json)?;
    }
    if let Some(raw) = whole.id {
        set_id(columns, raw, &mut tally);
    }
    serde_json::from_str::<Beside>(text)?.0.iter().for_each(|name| tally.count_beside(name));
    columns.end_row();
    Ok(Parsed { shape, tally, repeated_key })
}

/// Takes the id of a feature for its property `id`, unless it has one.
pub(super) fn set_id(columns: &mut Columns, raw: &RawValue, tally: &mut Tally) {
    if raw.get() == "null" {
        return;
    }
    let text = serde_json::from_str::<Cow<'_, str>>(raw.get());
    let is_text = text.is_ok();
    let taken = columns.set("id", Cell::Text(text.unwrap_or(Cow::Borrowed(raw.get()))));
    match (taken, is_text) {
        (false, _) => tally.hidden_ids += 1,
        (true, true) => tally.text_ids += 1,
        (true, false) => tally.number_ids += 1,
    }
}

#[derive(Deserialize)]
struct FeatureText<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    geometry: Option<&'a RawValue>,
    #[serde(borrow)]
    properties: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
}

/// The names of all members of a feature.
struct Beside(Vec<String>);

impl<'de> Deserialize<'de> for Beside {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Beside;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a feature")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Beside, A::Error> {
                let mut names = Vec::new();
                while let Some((name, IgnoredAny)) = map.next_entry()? {
                    names.push(name);
                }
                Ok(Beside(names))
            }
        }
        deserializer.deserialize_map(Names)
    }
}

#[derive(Deserialize)]
struct GeometryText<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Option<Cow<'a, str>>,
    #[serde(default)]
    coordinates: Option<Nested>,
}

/// The shape of a `geometry` member, or what is wrong with it; and whether it had heights.
fn shape(text: &str, tally: &mut Tally) -> (RawShape, bool) {
    let geometry: GeometryText<'_> = match serde_json::from_str(text) {
        Ok(geometry) => geometry,
        Err(error) => match without_non_finite(text) {
            Some(mended) => return shape(&mended, tally),
            None => return (RawShape::unreadable(error.to_string()), false),
        },
    };
    let Some(kind) = geometry.kind else {
        return (RawShape::unreadable(detail!("图形没有类型", "the geometry has no type")), false);
    };
    let heights = geometry.coordinates.as_ref().is_some_and(|c| c.heights);
    let shape = match (kind.as_ref(), geometry.coordinates.map(|c| c.lists)) {
        ("Polygon" | "MultiPolygon", None | Some(Lists::Empty)) => RawShape::Parts(Vec::new()),
        ("Polygon", Some(Lists::Rings(rings))) => {
            tally.polygonal += 1;
            RawShape::Parts(vec![rings])
        }
        ("MultiPolygon", Some(Lists::Parts(parts))) => {
            tally.count_multi(parts.len());
            RawShape::Parts(parts)
        }
        ("Polygon" | "MultiPolygon", Some(_)) => {
            RawShape::unreadable(detail!("坐标的嵌套层次不合 {kind}", "the coordinates are not nested as a {kind} needs"))
        }
        _ => other(text),
    };
    (shape, heights)
}

/// A shape that is no polygon.
fn other(text: &str) -> RawShape {
    let read = || -> Result<geo::Geometry, String> {
        let geometry: geojson::Geometry = serde_json::from_str(text).map_err(|e| e.to_string())?;
        geometry.try_into().map_err(|e: geojson::Error| e.to_string())
    };
    match read() {
        Ok(shape) => RawShape::Other(Box::new(shape)),
        Err(why) => RawShape::unreadable(why),
    }
}

/// Writes a feature's properties into the row under construction.
struct Properties<'c> {
    columns: &'c mut Columns,
    as_text: &'c mut usize,
}

impl<'de> DeserializeSeed<'de> for Properties<'_> {
    type Value = Option<String>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Properties<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of properties")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut repeated = None;
        while let Some(name) = map.next_key::<Key<'de>>()? {
            let value = map.next_value::<Value<'de>>()?;
            *self.as_text += usize::from(value.as_text);
            if !self.columns.set(&name.0, value.cell) {
                repeated.get_or_insert(name.0.into_owned());
            }
        }
        Ok(repeated)
    }
}

#[derive(Deserialize)]
pub(super) struct Key<'a>(#[serde(borrow)] pub Cow<'a, str>);

struct Value<'a> {
    cell: Cell<'a>,
    /// It became text and was none.
    as_text: bool,
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let cell = cell(raw).map_err(D::Error::custom)?;
        let as_text = matches!(cell, Cell::Text(_)) && !raw.starts_with('"');
        Ok(Self { cell, as_text })
    }
}

/// A property value. A number that neither an i64 nor an f64 holds exactly stays the text it was; a list or an object
/// stays JSON.
pub(super) fn cell(raw: &str) -> Result<Cell<'_>, serde_json::Error> {
    Ok(match raw.as_bytes().first() {
        Some(b'n') => Cell::Missing,
        Some(b't') => Cell::Bool(true),
        Some(b'f') => Cell::Bool(false),
        Some(b'"') => match serde_json::from_str::<&str>(raw) {
            Ok(text) => Cell::Text(Cow::Borrowed(text)),
            Err(_) => Cell::Text(Cow::Owned(serde_json::from_str(raw)?)),
        },
        Some(b'[' | b'{') | None => Cell::Text(Cow::Borrowed(raw)),
        Some(_) => match raw.parse::<i64>() {
            Ok(x) => Cell::Int(x),
            Err(_) => match raw.parse::<f64>() {
                Ok(x) if x.is_finite() && raw.contains(['.', 'e', 'E']) => Cell::Float(x),
                _ => Cell::Text(Cow::Borrowed(raw)),
            },
        },
    })
}

/// The text with `NaN`, `Infinity` and numbers beyond f64 as `null`, or `None` where it holds no such thing.
fn without_non_finite(text: &str) -> Option<String> {
    let text = text.as_bytes();
    let (mut out, mut at, mut changed, mut quoted) = (Vec::with_capacity(text.len()), 0, false, false);
    while let Some(&byte) = text.get(at) {
        if quoted {
            if byte == b'\\' {
                out.push(byte);
                at += 1;
            } else if byte == b'"' {
                quoted = false;
            }
            out.extend(text.get(at));
            at += 1;
            continue;
        }
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            let end =
                text[at..].iter().position(|b| !(b.is_ascii_alphanumeric() || b"+-.".contains(b))).map_or(text.len(), |n| at + n);
            let word = std::str::from_utf8(&text[at..end]).unwrap_or_default();
            if word.parse::<f64>().is_ok_and(|x| !x.is_finite()) {
                changed = true;
                out.extend_from_slice(b"null");
            } else {
                out.extend_from_slice(&text[at..end]);
            }
            at = end;
            continue;
        }
        quoted = byte == b'"';
        out.push(byte);
        at += 1;
    }
    changed.then(|| String::from_utf8(out).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::Coord;

    fn shape_of(geometry: &str) -> RawShape {
        let text = format!(r#"{{"type":"Feature","properties":{{}},"geometry":{geometry}}}"#);
        parse(&text, &mut Columns::default()).unwrap().shape
    }

    #[test]
    fn rings_and_parts_keep_their_nesting() {
        let RawShape::Parts(parts) =
            shape_of(r#"{"coordinates":[[[[0,0],[1,0],[1,1],[0,0]],[[2,2,9],[3,3]]]],"type":"MultiPolygon"}"#)
        else {
            panic!()
        };
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0][1], [Coord { x: 2.0, y: 2.0 }, Coord { x: 3.0, y: 3.0 }]);
    }

    #[test]
    fn a_fault_in_the_geometry_is_kept_for_the_check() {
        assert!(matches!(shape_of("null"), RawShape::Missing));
        assert!(matches!(shape_of(r#"{"type":"Polygon","coordinates":[]}"#), RawShape::Parts(p) if p.is_empty()));
        assert!(matches!(shape_of(r#"{"type":"Polygon","coordinates":[[["1","2"]]]}"#), RawShape::Unreadable(_)));
        assert!(matches!(shape_of(r#"{"type":"Polygon","coordinates":[[1,2]]}"#), RawShape::Unreadable(_)));
        assert_eq!(shape_of(r#"{"type":"Point","coordinates":[1,2]}"#).type_name(), "Point");
        let RawShape::Parts(parts) = shape_of(r#"{"type":"Polygon","coordinates":[[[NaN,1],[1e999,0],[1,-Infinity],[0,0]]]}"#)
        else {
            panic!()
        };
        assert!(parts[0][0][..3].iter().all(|c| !c.x.is_finite() || !c.y.is_finite()));
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        assert!(matches!(shape_of(&format!(r#"{{"type":"Polygon","coordinates":{deep}}}"#)), RawShape::Unreadable(_)));
    }

    #[test]
    fn numbers_are_kept_exactly() {
        assert_eq!(cell("12").unwrap(), Cell::Int(12));
        assert_eq!(cell("1.50").unwrap(), Cell::Float(1.5));
        assert_eq!(cell("123456789012345678901234").unwrap(), Cell::Text("123456789012345678901234".into()));
        assert_eq!(cell(r#""\u4ea9""#).unwrap(), Cell::Text("亩".into()));
        assert_eq!(cell(r#"{"a":1}"#).unwrap(), Cell::Text(r#"{"a":1}"#.into()));
    }
}
