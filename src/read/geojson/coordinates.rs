//! The `coordinates` of a geometry, however deep and whatever is wrong with them.

use std::fmt;

use geo::Coord;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, SeqAccess, Visitor};

use crate::model::Ring;

/// Coordinates, and whether a position among them had more than two numbers.
pub(super) struct Nested {
    pub lists: Lists,
    pub heights: bool,
}

/// Coordinates by their depth of nesting.
pub(super) enum Lists {
    Empty,
    Position(Coord<f64>),
    Ring(Ring),
    Rings(Vec<Ring>),
    Parts(Vec<Vec<Ring>>),
}

impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(NestedVisitor)
    }
}

/// A number, or a list of them.
enum Item {
    Number(f64),
    List(Nested),
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemVisitor)
    }
}

struct ItemVisitor;

#[allow(clippy::cast_precision_loss)]
impl<'de> Visitor<'de> for ItemVisitor {
    type Value = Item;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a coordinate")
    }
    fn visit_f64<E>(self, x: f64) -> Result<Item, E> {
        Ok(Item::Number(x))
    }
    fn visit_i64<E>(self, x: i64) -> Result<Item, E> {
        Ok(Item::Number(x as f64))
    }
    fn visit_u64<E>(self, x: u64) -> Result<Item, E> {
        Ok(Item::Number(x as f64))
    }
    fn visit_unit<E>(self) -> Result<Item, E> {
        Ok(Item::Number(f64::NAN))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Item, A::Error> {
        NestedVisitor.visit_seq(seq).map(Item::List)
    }
}

struct NestedVisitor;

impl<'de> Visitor<'de> for NestedVisitor {
    type Value = Nested;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of coordinates")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Nested, A::Error> {
        let uneven = || A::Error::custom("coordinates of different depth in one list");
        let first = match seq.next_element::<Item>()? {
            None => return Ok(Nested { lists: Lists::Empty, heights: false }),
            Some(Item::Number(x)) => {
                let Some(y) = seq.next_element::<Option<f64>>()? else {
                    return Err(A::Error::custom("a position needs two numbers"));
                };
                let lists = Lists::Position(Coord { x, y: y.unwrap_or(f64::NAN) });
                return Ok(Nested { lists, heights: skip_rest(&mut seq)? });
            }
            Some(Item::List(first)) => first,
        };
        let mut heights = first.heights;
        let lists = match first.lists {
            Lists::Position(first) => {
                let mut ring = Vec::with_capacity(16);
                ring.push(first);
                while let Some(position) = seq.next_element::<Position>()? {
                    ring.push(position.at);
                    heights |= position.heights;
                }
                ring.shrink_to_fit();
                Lists::Ring(ring)
            }
            Lists::Ring(first) => Lists::Rings(rest(seq, first, &mut heights, |n| match n {
                Lists::Ring(ring) => Some(ring),
                Lists::Empty => Some(Vec::new()),
                _ => None,
            })?),
            Lists::Rings(first) => Lists::Parts(rest(seq, first, &mut heights, |n| match n {
                Lists::Rings(rings) => Some(rings),
                Lists::Empty => Some(Vec::new()),
                _ => None,
            })?),
            Lists::Empty => {
                skip_rest(&mut seq)?;
                Lists::Empty
            }
            Lists::Parts(_) => return Err(uneven()),
        };
        Ok(Nested { lists, heights })
    }
}

/// Goes past what is left of a list; whether there was anything. After two numbers that is a height or a measure, which areas do
/// not use.
fn skip_rest<'de, A: SeqAccess<'de>>(seq: &mut A) -> Result<bool, A::Error> {
    let mut any = false;
    while seq.next_element::<IgnoredAny>()?.is_some() {
        any = true;
    }
    Ok(any)
}

fn rest<'de, A: SeqAccess<'de>, T>(
    mut seq: A,
    first: T,
    heights: &mut bool,
    take: impl Fn(Lists) -> Option<T>,
) -> Result<Vec<T>, A::Error> {
    let mut all = vec![first];
    while let Some(next) = seq.next_element::<Nested>()? {
        *heights |= next.heights;
        all.push(take(next.lists).ok_or_else(|| A::Error::custom("coordinates of different depth in one list"))?);
    }
    Ok(all)
}

/// A position known to be one, inside a ring.
struct Position {
    at: Coord<f64>,
    heights: bool,
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PositionVisitor;
        impl<'de> Visitor<'de> for PositionVisitor {
            type Value = Position;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a position [x, y]")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Position, A::Error> {
                let short = || A::Error::custom("a position needs two numbers");
                let x = seq.next_element::<Option<f64>>()?.ok_or_else(short)?;
                let y = seq.next_element::<Option<f64>>()?.ok_or_else(short)?;
                let at = Coord { x: x.unwrap_or(f64::NAN), y: y.unwrap_or(f64::NAN) };
                Ok(Position { at, heights: skip_rest(&mut seq)? })
            }
        }
        deserializer.deserialize_seq(PositionVisitor)
    }
}
