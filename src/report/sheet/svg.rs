//! The pictures of a sheet. They are drawn in black, grey and hatching: a sheet is printed and copied.

use std::fmt::Write;

use geo::Coord;

use super::ground::Extract;
use super::html::escape;
use crate::explain::Distribution;
use crate::model::Ring;
use crate::report::text::number;

/// Of the map, px.
const MAP: (f64, f64) = (320.0, 216.0);
/// Height of a map over its width.
pub(super) const MAP_RATIO: f64 = MAP.1 / MAP.0;
/// Of a row's picture, px.
const BAR: (f64, f64) = (130.0, 12.0);
/// Positions nearer to each other than this are one, px.
const SEEN: f64 = 0.4;
/// A grade is written into parcels that are so large on the map, px.
const LETTER: f64 = 14.0;

/// The parcel hatched among those beside it, each with its grade; a scale bar; north is up.
pub(super) fn map(extract: &Extract, grades: &[String]) -> String {
    let scale = MAP.0 / extract.width;
    let mut out = format!(
        r##"<svg class="map" viewBox="0 0 {} {}" role="img"><defs><pattern id="own" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" fill="#fff"/><rect width="1.2" height="5" fill="#000"/></pattern></defs>"##,
        MAP.0, MAP.1
    );
    let mut letters = String::new();
    for (row, parts) in &extract.others {
        let Some((path, middle)) = path(parts, scale) else { continue };
        push(
            &mut out,
            format_args!(r##"<path d="{path}" fill="#e6e6e6" stroke="#777" stroke-width="0.6" fill-rule="evenodd"/>"##),
        );
        if let (Some(at), Some(grade)) = (middle, grades.get(*row)) {
            push(&mut letters, format_args!(r#"<text x="{:.1}" y="{:.1}">{}</text>"#, at.x, at.y + 3.0, escape(grade)));
        }
    }
    push(&mut out, format_args!(r##"<g font-size="8" text-anchor="middle" fill="#444">{letters}</g>"##));
    if let Some((path, _)) = path(&extract.own, scale) {
        push(
            &mut out,
            format_args!(r##"<path d="{path}" fill="url(#own)" stroke="#000" stroke-width="2" fill-rule="evenodd"/>"##),
        );
    }
    out += r##"<g fill="#000"><path d="M305 6l5 16-5-4-5 4z"/><text x="305" y="31" font-size="9" text-anchor="middle">N</text></g>"##;
    out += &scale_bar(extract.width, scale);
    out + "</svg>"
}

/// A round length of at most a third of the map.
fn scale_bar(width: f64, scale: f64) -> String {
    let power = 10f64.powf((width / 3.0).log10().floor());
    let length = [5.0, 2.0, 1.0].iter().map(|n| n * power).find(|length| *length <= width / 3.0).unwrap_or(power);
    let label = if length >= 1000.0 { format!("{} km", length / 1000.0) } else { format!("{length} m") };
    let (y, end) = (MAP.1 - 8.0, 8.0 + length * scale);
    format!(
        r##"<rect x="4" y="{:.1}" width="{:.1}" height="20" fill="#fff" fill-opacity="0.85"/><path d="M8 {:.1}V{y}H{end:.1}v-4" fill="none" stroke="#000" stroke-width="1.4"/><text x="{:.1}" y="{:.1}" font-size="8" text-anchor="middle">{label}</text>"##,
        y - 16.0,
        end + 2.0,
        y - 4.0,
        8.0 + length * scale / 2.0,
        y - 5.0,
    )
}

/// The path of a shape, and where a letter in it stands if there is room for one. None where nothing would be seen of it.
fn path(parts: &[Vec<Ring>], scale: f64) -> Option<(String, Option<Coord>)> {
    let mut path = String::new();
    let (mut min, mut max) = (Coord { x: f64::INFINITY, y: f64::INFINITY }, Coord { x: f64::NEG_INFINITY, y: f64::NEG_INFINITY });
    for ring in parts.iter().flatten() {
        let mut last: Option<Coord> = None;
        let mut line = String::new();
        for c in ring.iter().map(|c| *c * scale) {
            if last.is_some_and(|last| (last.x - c.x).abs().max((last.y - c.y).abs()) < SEEN) {
                continue;
            }
            let step = if line.is_empty() { 'M' } else { 'L' };
            push(&mut line, format_args!("{step}{:.1} {:.1}", c.x, c.y));
            (min.x, min.y, max.x, max.y) = (min.x.min(c.x), min.y.min(c.y), max.x.max(c.x), max.y.max(c.y));
            last = Some(c);
        }
        if line.contains('L') {
            path += &line;
            path.push('Z');
        }
    }
    let middle = (min + max) / 2.0;
    let inside = |x: f64, end: f64| x > LETTER / 2.0 && x < end - LETTER / 2.0;
    let room = max.x - min.x >= LETTER && max.y - min.y >= LETTER && inside(middle.x, MAP.0) && inside(middle.y, MAP.1);
    (!path.is_empty()).then_some((path, room.then_some(middle)))
}

/// Where a value lies among others: each quarter of the bar holds a quarter of them, with the quartiles written below.
pub(super) fn among(of: &Distribution, value: Option<f64>, decimals: u8) -> String {
    let ends = [of.min, of.lower_quartile, of.median, of.upper_quartile, of.max];
    let (left, wide) = (11.0, BAR.0 - 22.0);
    let mut out = format!(r#"<svg class="bar" viewBox="0 0 {} 19" role="img">"#, BAR.0);
    push(&mut out, format_args!(r##"<path d="M{left} 7H{}" stroke="#000" stroke-width="0.8"/>"##, left + wide));
    push(
        &mut out,
        format_args!(
            r##"<rect x="{}" y="3.5" width="{}" height="7" fill="#ddd" stroke="#000" stroke-width="0.6"/>"##,
            left + wide / 4.0,
            wide / 2.0
        ),
    );
    for (x, end) in [0.0, 0.25, 0.5, 0.75, 1.0].iter().map(|share| left + wide * share).zip(ends) {
        push(&mut out, format_args!(r##"<path d="M{x} 3.5v7" stroke="#000" stroke-width="0.8"/>"##));
        push(
            &mut out,
            format_args!(r#"<text x="{x}" y="17.8" font-size="6.4" text-anchor="middle">{}</text>"#, short(end, decimals)),
        );
    }
    if let Some(value) = value {
        let x = left + wide * place(&ends, value);
        push(&mut out, format_args!(r##"<path d="M{x:.1} 1.5l4 5.5-4 5.5-4-5.5z" fill="#000"/>"##));
    }
    out + "</svg>"
}

/// A number in few signs: large ones in thousands or millions.
pub(super) fn short(x: f64, decimals: u8) -> String {
    match x.abs() {
        size if size >= 1e6 => format!("{}M", number(x / 1e6, 1)),
        size if size >= 1e4 => format!("{}k", number(x / 1e3, 0)),
        size if size >= 1e3 => format!("{}k", number(x / 1e3, 1)),
        _ => number(x, decimals.min(2).into()),
    }
}

/// Where a value lies between numbers in ascending order that are equally far from each other on a scale from 0 to 1; the middle of
/// those it is equal to.
#[allow(clippy::cast_precision_loss)]
fn place(ends: &[f64; 5], value: f64) -> f64 {
    let steps = (ends.len() - 1) as f64;
    let below = ends.iter().filter(|end| **end < value).count();
    let not_above = ends.iter().filter(|end| **end <= value).count();
    if below < not_above {
        return (below + not_above - 1) as f64 / 2.0 / steps;
    }
    match (below.checked_sub(1).map(|n| ends[n]), ends.get(below)) {
        (Some(from), Some(to)) => (below as f64 - 1.0 + (value - from) / (to - from)) / steps,
        (None, _) => 0.0,
        (_, None) => 1.0,
    }
}

/// The scale on which the points of a sheet are added up.
pub(super) struct Points {
    min: f64,
    max: f64,
}

impl Points {
    /// One that holds 0 and all of these.
    pub fn holding(points: impl Iterator<Item = f64>) -> Self {
        let (min, max) = points.filter(|x| x.is_finite()).fold((0.0f64, 0.0f64), |(min, max), x| (min.min(x), max.max(x)));
        Self { min, max: if max > min { max } else { min + 1.0 } }
    }

    fn x(&self, points: f64) -> f64 {
        2.0 + (BAR.0 - 4.0) * (points - self.min) / (self.max - self.min)
    }

    /// A bar from one sum to the next, black, and white where points are lost; in an outline of the most there could have been.
    pub fn step(&self, from: f64, to: f64, most: Option<f64>) -> String {
        let mut out = open_bar();
        if let Some(most) = most.filter(|most| most.is_finite() && *most > 0.0) {
            push(
                &mut out,
                format_args!(
                    r##"<rect x="{:.1}" y="2" width="{:.1}" height="8" fill="#eee" stroke="#999" stroke-width="0.5"/>"##,
                    self.x(from),
                    self.x(from + most) - self.x(from)
                ),
            );
        }
        let (left, right, fill) = if to >= from { (from, to, "#333") } else { (to, from, "#fff") };
        push(
            &mut out,
            format_args!(
                r##"<rect x="{:.1}" y="2" width="{:.1}" height="8" fill="{fill}" stroke="#000" stroke-width="0.6"/>"##,
                self.x(left),
                self.x(right) - self.x(left)
            ),
        );
        out + "</svg>"
    }

    /// A bar of the whole score, with the borders of other grades.
    pub fn total(&self, score: f64, borders: &[(&str, f64)]) -> String {
        let mut out = open_bar();
        let (left, right) = (score.min(0.0), score.max(0.0));
        push(
            &mut out,
            format_args!(
                r##"<rect x="{:.1}" y="2" width="{:.1}" height="8" fill="#333" stroke="#000" stroke-width="0.6"/>"##,
                self.x(left),
                self.x(right) - self.x(left)
            ),
        );
        for (grade, at) in borders.iter().filter(|(_, at)| *at >= self.min && *at <= self.max) {
            let x = self.x(*at);
            push(
                &mut out,
                format_args!(
                    r##"<path d="M{x:.1} 0v12" stroke="#fff" stroke-width="2.4"/><path d="M{x:.1} 0v12" stroke="#000" stroke-width="1" stroke-dasharray="2 1"/>"##
                ),
            );
            let (dx, anchor) = if *at >= score { (2.5, "start") } else { (-2.5, "end") };
            let colour = if *at >= score { "#000" } else { "#fff" };
            push(
                &mut out,
                format_args!(
                    r#"<text x="{:.1}" y="8.6" font-size="7" text-anchor="{anchor}" fill="{colour}">{}</text>"#,
                    x + dx,
                    escape(grade)
                ),
            );
        }
        out + "</svg>"
    }
}

fn open_bar() -> String {
    format!(r#"<svg class="bar" viewBox="0 0 {} {}" role="img">"#, BAR.0, BAR.1)
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_lies_in_the_quarter_of_the_bar_that_holds_its_quarter_of_the_values() {
        let ends = [0.0, 1.0, 2.0, 10.0, 1000.0];
        for (value, at) in
            [(0.0, 0.0), (0.5, 0.125), (2.0, 0.5), (6.0, 0.625), (505.0, 0.875), (1000.0, 1.0), (2000.0, 1.0), (-1.0, 0.0)]
        {
            assert_eq!(place(&ends, value), at, "{value}");
        }
        assert_eq!(place(&[7.0; 5], 7.0), 0.5);
        assert_eq!(place(&[0.0, 0.0, 0.0, 4.0, 8.0], 0.0), 0.25);
    }
}
