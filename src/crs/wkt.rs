//! Well-known text, 1 (OGC and ESRI) and 2, read into the parts of a definition.

use super::definition::{Base, Definition};
use super::parts::{DEEPEST, LONGEST, Parts, built, is_angle, parameter, rounded_degree, shift_of};

/// Whether a text looks like WKT.
pub(super) fn is_wkt(text: &str) -> bool {
    let word: String = text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let word = word.to_ascii_uppercase();
    ["CS", "CRS"].iter().any(|end| word.ends_with(end)) && text[word.len()..].trim_start().starts_with(['[', '('])
}

/// Reads WKT; the error says what is wrong with it.
pub(super) fn definition(text: &str) -> Result<Definition, String> {
    if text.len() > LONGEST {
        return Err("it is too long for a definition".to_owned());
    }
    let node = Parser { rest: text.trim() }.node(0).ok_or("it is not well-formed WKT")?;
    let parts = of_system(&node)?;
    built(parts, Some(text))
}

/// One bracket of WKT.
#[derive(Debug)]
struct Node {
    word: String,
    values: Vec<Value>,
}

#[derive(Debug)]
enum Value {
    Text(String),
    Number(f64),
    Word,
    Node(Node),
}

impl Node {
    fn nodes(&self) -> impl Iterator<Item = &Self> {
        self.values.iter().filter_map(|value| if let Value::Node(node) = value { Some(node) } else { None })
    }

    fn node(&self, words: &[&str]) -> Option<&Self> {
        self.nodes().find(|node| words.contains(&node.word.as_str()))
    }

    fn name(&self) -> Option<String> {
        self.values.first().and_then(|value| if let Value::Text(text) = value { Some(text.clone()) } else { None })
    }

    fn numbers(&self) -> impl Iterator<Item = f64> {
        self.values.iter().filter_map(|value| if let Value::Number(number) = value { Some(*number) } else { None })
    }

    fn number(&self) -> Option<f64> {
        self.numbers().next()
    }

    /// Degrees in the unit of this node's angles.
    fn degrees(&self) -> Option<f64> {
        self.node(&["UNIT", "ANGLEUNIT"]).and_then(Self::number).map(f64::to_degrees).map(rounded_degree)
    }

    fn metres(&self) -> Option<f64> {
        self.node(&["UNIT", "LENGTHUNIT"]).and_then(Self::number)
    }

    fn code(&self) -> Option<u16> {
        let id = self.node(&["AUTHORITY", "ID"])?;
        let mut texts = id.values.iter().filter_map(|value| match value {
            Value::Text(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        texts.next().filter(|authority| authority.eq_ignore_ascii_case("EPSG"))?;
        texts.next()?.parse().ok()
    }
}

const GEOGRAPHIC: [&str; 5] = ["GEOGCS", "GEOGCRS", "GEOGRAPHICCRS", "GEODCRS", "GEODETICCRS"];
const BASE: [&str; 5] = ["GEOGCS", "BASEGEOGCRS", "BASEGEODCRS", "GEOGCRS", "GEODCRS"];

fn of_system(node: &Node) -> Result<Parts, String> {
    match node.word.as_str() {
        "PROJCS" | "PROJCRS" | "PROJECTEDCRS" => of_projected(node),
        word if GEOGRAPHIC.contains(&word) => of_geographic(node, &["DATUM", "GEODETICDATUM", "TRF", "ENSEMBLE"]),
        "COMPD_CS" | "COMPOUNDCRS" => {
            node.nodes().find_map(|part| of_system(part).ok()).ok_or_else(|| "it has no horizontal part".to_owned())
        }
        "BOUNDCRS" => of_bound(node),
        word => Err(format!("a {word} has no place on the map")),
    }
}

fn of_bound(node: &Node) -> Result<Parts, String> {
    let source = node.node(&["SOURCECRS"]).and_then(|source| source.nodes().next()).ok_or("its SOURCECRS is missing")?;
    let mut parts = of_system(source)?;
    if let Some(transformation) = node.node(&["ABRIDGEDTRANSFORMATION"]) {
        let values: Vec<(String, f64)> = transformation
            .nodes()
            .filter(|node| node.word == "PARAMETER")
            .filter_map(|node| node.name().zip(node.number()))
            .collect();
        let method = transformation.node(&["METHOD"]).and_then(Node::name).unwrap_or_default();
        parts.shift = Some(shift_of(&method, &values)?);
    }
    Ok(parts)
}

fn of_geographic(node: &Node, datums: &[&str]) -> Result<Parts, String> {
    let datum = node.node(datums).ok_or("it names no datum")?;
    let spheroid = datum
        .node(&["SPHEROID", "ELLIPSOID"])
        .or_else(|| node.node(&["SPHEROID", "ELLIPSOID"]))
        .ok_or("it names no ellipsoid")?;
    let mut numbers = spheroid.numbers();
    let (a, rf) = numbers.next().zip(numbers.next()).ok_or("its ellipsoid has no numbers")?;
    let metres = spheroid.metres().unwrap_or(1.0);
    let prime = node.node(&["PRIMEM", "PRIMEMERIDIAN"]).or_else(|| datum.node(&["PRIMEM"]));
    let degrees = node.degrees().unwrap_or(1.0);
    Ok(Parts {
        name: node.name().unwrap_or_default(),
        base: Base { system: node.name(), datum: datum.name(), ellipsoid: spheroid.name() },
        ellipsoid: Some((a * metres, rf)),
        shift: datum.node(&["TOWGS84"]).or_else(|| node.node(&["TOWGS84"])).map(|shift| shift.numbers().collect()),
        prime: prime.and_then(|prime| Some(prime.number()? * prime.degrees().unwrap_or(degrees))).unwrap_or(0.0),
        metres_per_unit: 1.0,
        code: node.code(),
        ..Parts::default()
    })
}

fn of_projected(node: &Node) -> Result<Parts, String> {
    let base = node.node(&BASE).ok_or("it names no geographic system")?;
    let parts = of_geographic(base, &["DATUM", "GEODETICDATUM", "TRF", "ENSEMBLE"])?;
    let degrees = base.degrees().unwrap_or(1.0);
    let axis_unit = node.node(&["AXIS"]).and_then(Node::metres);
    let metres = node.metres().or(axis_unit).unwrap_or(1.0);
    let conversion = node.node(&["CONVERSION"]).unwrap_or(node);
    let method = conversion.node(&["PROJECTION", "METHOD"]).and_then(Node::name).ok_or("it names no projection")?;
    let parameters = conversion
        .nodes()
        .filter(|node| node.word == "PARAMETER")
        .filter_map(|node| {
            let (name, value) = node.name().zip(node.number())?;
            let key = parameter(&name);
            let value = match key {
                Some("k") => value,
                Some(_) if is_angle(&name) => value * node.degrees().unwrap_or(degrees),
                Some(_) => value * node.metres().unwrap_or(if conversion.word == "CONVERSION" { 1.0 } else { metres }),
                None => value,
            };
            Some((name, value))
        })
        .collect();
    let proj = node
        .node(&["EXTENSION"])
        .filter(|extension| extension.name().is_some_and(|name| name.eq_ignore_ascii_case("PROJ4")))
        .and_then(|extension| if let Some(Value::Text(text)) = extension.values.get(1) { Some(text.clone()) } else { None });
    Ok(Parts {
        name: node.name().unwrap_or_default(),
        method: Some(method),
        parameters,
        metres_per_unit: metres,
        code: node.code(),
        proj,
        ..parts
    })
}

/// A recursive-descent reader of WKT.
struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn node(&mut self, depth: usize) -> Option<Node> {
        if depth > DEEPEST {
            return None;
        }
        let word = self.word()?.to_ascii_uppercase();
        self.node_after(word, depth)
    }

    fn node_after(&mut self, word: String, depth: usize) -> Option<Node> {
        self.one_of(&['[', '('])?;
        let mut values = Vec::new();
        loop {
            values.push(self.value(depth)?);
            match self.one_of(&[',', ']', ')'])? {
                ',' => {}
                _ => return Some(Node { word, values }),
            }
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            '"' | '“' => self.text().map(Value::Text),
            c if c.is_ascii_digit() || matches!(c, '-' | '+' | '.') => {
                let end = self
                    .rest
                    .find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E')))
                    .unwrap_or(self.rest.len());
                let number = self.rest[..end].parse().ok()?;
                self.rest = &self.rest[end..];
                Some(Value::Number(number))
            }
            _ => {
                let word = self.word()?.to_ascii_uppercase();
                self.rest = self.rest.trim_start();
                if self.rest.starts_with(['[', '(']) {
                    if depth >= DEEPEST {
                        return None;
                    }
                    self.node_after(word, depth + 1).map(Value::Node)
                } else {
                    Some(Value::Word)
                }
            }
        }
    }

    /// A quoted text; a quote in it is doubled.
    fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1).peekable();
        while let Some((at, c)) = characters.next() {
            if !matches!(c, '"' | '”') {
                text.push(c);
            } else if c == '"' && characters.peek().is_some_and(|(_, next)| *next == '"') {
                text.push(c);
                characters.next();
            } else {
                self.rest = &self.rest[at + c.len_utf8()..];
                return Some(text);
            }
        }
        None
    }

    fn word(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    fn one_of(&mut self, wanted: &[char]) -> Option<char> {
        self.rest = self.rest.trim_start();
        let c = self.rest.chars().next().filter(|c| wanted.contains(c))?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }
}
