//! Cuts a GeoJSON text into features without building a tree.
//!
//! A `FeatureCollection` is read in blocks. Braces and quotes decide where a feature ends; everything between them is left
//! to the parser, which is strict. Memory holds one batch, never the file.

use std::io::Read;

/// Bytes read from the file at a time.
const BLOCK: usize = 1 << 17;

/// What is wrong with the text, and at which byte of the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub offset: u64,
    pub why: String,
    pub remedy: &'static str,
}

/// The faults of the text, and those of the disk.
#[derive(Debug)]
pub(super) enum SplitError {
    Text(Fault),
    Disk(std::io::Error),
}

impl From<std::io::Error> for SplitError {
    fn from(error: std::io::Error) -> Self {
        Self::Disk(error)
    }
}

/// Some whole features, as text.
pub(super) struct Batch {
    /// Number of the batch, from 0.
    pub index: usize,
    /// Number of its first feature in the file, from 0.
    pub first_row: usize,
    /// Where `text` begins in the file.
    pub offset: u64,
    pub text: Vec<u8>,
    /// Each feature's bytes in `text`.
    pub features: Vec<std::ops::Range<usize>>,
}

/// Walks through the file, one batch of features at a time.
pub(super) struct Splitter<R> {
    source: R,
    buffer: Vec<u8>,
    /// The next byte to look at, in `buffer`.
    at: usize,
    /// Where `buffer` begins in the file.
    offset: u64,
    ended: bool,
    batches: usize,
    rows: usize,
    /// Members beside `features`: name and value, as JSON text.
    pub members: Vec<(String, Vec<u8>)>,
    /// The text is one Feature or bare geometry rather than a collection.
    single: bool,
    finished: bool,
    batch_bytes: usize,
}

const TRUNCATED: &str = "the file was cut off: copy or export it again";
const NOT_JSON: &str = "mend the JSON there, or export the layer again";

impl<R: Read> Splitter<R> {
    /// Reads up to the first feature.
    pub fn open(source: R, batch_bytes: usize) -> Result<Self, SplitError> {
        let mut splitter = Self {
            source,
            buffer: Vec::new(),
            at: 0,
            offset: 0,
            ended: false,
            batches: 0,
            rows: 0,
            members: Vec::new(),
            single: false,
            finished: false,
            batch_bytes,
        };
        splitter.start()?;
        Ok(splitter)
    }

    /// The next features; `None` after the last. `spare` is the text of a batch that is done with: its memory is used again.
    pub fn next_batch(&mut self, spare: Vec<u8>) -> Result<Option<Batch>, SplitError> {
        if self.finished {
            return Ok(None);
        }
        let mut features = Vec::new();
        loop {
            if self.single {
                let end = self.value_end(self.at)?;
                features.push(self.at..end);
                self.at = end;
                self.expect_end()?;
                break;
            }
            match self.peek("a feature, or the ] that ends the list")? {
                b'{' => {
                    let end = self.object_end(self.at)?;
                    features.push(self.at..end);
                    self.at = end;
                    match self.peek("a comma, or the ] that ends the list of features")? {
                        b',' => self.at += 1,
                        b']' => {}
                        other => return Err(self.unexpected(other, "a comma or ] after a feature")),
                    }
                }
                b']' => {
                    self.at += 1;
                    self.tail()?;
                    break;
                }
                other => return Err(self.unexpected(other, "a feature")),
            }
            if self.at >= self.batch_bytes {
                break;
            }
        }
        let batch =
            Batch { index: self.batches, first_row: self.rows, offset: self.offset, text: self.take_seen(spare), features };
        self.batches += 1;
        self.rows += batch.features.len();
        Ok(Some(batch))
    }

    fn start(&mut self) -> Result<(), SplitError> {
        self.fill()?;
        self.fill()?;
        if self.buffer.starts_with(&[0xEF, 0xBB, 0xBF]) {
            self.at = 3;
        } else if self.buffer.starts_with(&[0xFF, 0xFE]) || self.buffer.starts_with(&[0xFE, 0xFF]) {
            return Err(self.fault("is UTF-16, GeoJSON is UTF-8", "save it as UTF-8"));
        }
        match self.peek("a GeoJSON object") {
            Ok(b'{') => {}
            Ok(other) => return Err(self.unexpected(other, "the { that begins a GeoJSON object")),
            Err(SplitError::Text(_)) => return Err(self.fault("is empty", "export the layer again; GeoJSON begins with {")),
            Err(error) => return Err(error),
        }
        let begin = self.at;
        self.at += 1;
        loop {
            match self.peek("a member of the GeoJSON object")? {
                b'"' => {
                    let name = self.member_name()?;
                    if name == "features" {
                        self.check_type()?;
                        return match self.peek("the list of features")? {
                            b'[' => {
                                self.at += 1;
                                Ok(())
                            }
                            other => Err(self.unexpected(other, "the [ that begins the list of features")),
                        };
                    }
                    self.member_value(name)?;
                }
                b',' => self.at += 1,
                b'}' => break,
                other => return Err(self.unexpected(other, "a member name")),
            }
        }
        // The whole object went by without `features`.
        match self.kind() {
            Some(kind) if kind == "Feature" || super::is_shape_type(&kind) => {
                self.single = true;
                self.at = begin;
                Ok(())
            }
            Some(kind) if kind == "FeatureCollection" => {
                Err(self.fault("is a FeatureCollection without \"features\"", "export the layer again"))
            }
            Some(kind) => {
                Err(self.fault(&format!("is JSON of type \"{kind}\", not a GeoJSON FeatureCollection"), NOT_COLLECTION))
            }
            None => Err(self.fault("is JSON, but not GeoJSON: it has no \"type\"", NOT_COLLECTION)),
        }
    }

    /// Reads the members after `features`, and the end of the file.
    fn tail(&mut self) -> Result<(), SplitError> {
        loop {
            match self.peek("the } that ends the FeatureCollection")? {
                b',' => self.at += 1,
                b'"' => {
                    let name = self.member_name()?;
                    if name == "features" {
                        return Err(self.fault("has \"features\" twice", NOT_JSON));
                    }
                    self.member_value(name)?;
                }
                b'}' => {
                    self.at += 1;
                    break;
                }
                other => return Err(self.unexpected(other, "the } that ends the FeatureCollection")),
            }
        }
        self.check_type()?;
        if self.kind().is_none() {
            return Err(self.fault("has \"features\" but no \"type\": \"FeatureCollection\"", NOT_COLLECTION));
        }
        self.expect_end()
    }

    /// Refuses a `type` other than `FeatureCollection`, if it was seen by now.
    fn check_type(&self) -> Result<(), SplitError> {
        match self.kind() {
            Some(kind) if kind != "FeatureCollection" => {
                Err(self.fault(&format!("has \"features\" but is of type \"{kind}\", not \"FeatureCollection\""), NOT_COLLECTION))
            }
            _ => Ok(()),
        }
    }

    fn kind(&self) -> Option<String> {
        let (_, value) = self.members.iter().find(|(name, _)| name == "type")?;
        serde_json::from_slice(value).ok()
    }

    fn expect_end(&mut self) -> Result<(), SplitError> {
        self.finished = true;
        self.skip_space()?;
        match self.buffer.get(self.at) {
            None => Ok(()),
            Some(&other) => Err(self.unexpected(other, "nothing more after the GeoJSON object")),
        }
    }

    fn member_name(&mut self) -> Result<String, SplitError> {
        let end = self.string_end(self.at)?;
        let name = serde_json::from_slice(&self.buffer[self.at..end]).map_err(|e| {
            SplitError::Text(Fault {
                offset: self.offset + self.at as u64,
                why: format!("a member name cannot be read: {e}"),
                remedy: NOT_JSON,
            })
        })?;
        self.at = end;
        match self.peek("the : after a member name")? {
            b':' => {
                self.at += 1;
                Ok(name)
            }
            other => Err(self.unexpected(other, "the : after a member name")),
        }
    }

    fn member_value(&mut self, name: String) -> Result<(), SplitError> {
        self.peek("a value")?;
        let end = self.value_end(self.at)?;
        self.members.push((name, self.buffer[self.at..end].to_vec()));
        self.at = end;
        Ok(())
    }

    /// End of the value that begins at `from`.
    fn value_end(&mut self, from: usize) -> Result<usize, SplitError> {
        match self.buffer.get(from) {
            Some(b'{') => self.object_end(from),
            Some(b'"') => self.string_end(from),
            Some(b'[') => self.array_end(from),
            _ => {
                let mut end = from;
                loop {
                    match self.byte(end)? {
                        Some(b',' | b'}' | b']') | None => return Ok(end),
                        Some(_) => end += 1,
                    }
                }
            }
        }
    }

    /// End of the object that begins at `from`: braces and strings decide, the parser is strict about the rest.
    fn object_end(&mut self, from: usize) -> Result<usize, SplitError> {
        let (mut depth, mut at) = (0usize, from);
        loop {
            match memchr::memchr3(b'"', b'{', b'}', &self.buffer[at..]) {
                Some(step) => {
                    at += step;
                    match self.buffer[at] {
                        b'"' => {
                            at = self.string_end(at)?;
                            continue;
                        }
                        b'{' => depth += 1,
                        _ => depth -= 1,
                    }
                    at += 1;
                    if depth == 0 {
                        return Ok(at);
                    }
                }
                None => {
                    at = self.buffer.len();
                    if !self.fill()? {
                        return Err(self.truncated(from, "an object that is never closed"));
                    }
                }
            }
        }
    }

    fn array_end(&mut self, from: usize) -> Result<usize, SplitError> {
        let (mut depth, mut at) = (0usize, from);
        loop {
            match memchr::memchr3(b'"', b'[', b']', &self.buffer[at..]) {
                Some(step) => {
                    at += step;
                    match self.buffer[at] {
                        b'"' => {
                            at = self.string_end(at)?;
                            continue;
                        }
                        b'[' => depth += 1,
                        _ => depth -= 1,
                    }
                    at += 1;
                    if depth == 0 {
                        return Ok(at);
                    }
                }
                None => {
                    at = self.buffer.len();
                    if !self.fill()? {
                        return Err(self.truncated(from, "a list that is never closed"));
                    }
                }
            }
        }
    }

    fn string_end(&mut self, from: usize) -> Result<usize, SplitError> {
        let mut at = from + 1;
        loop {
            match memchr::memchr2(b'"', b'\\', self.buffer.get(at..).unwrap_or_default()) {
                Some(step) if self.buffer[at + step] == b'"' => return Ok(at + step + 1),
                Some(step) => at += step + 2,
                None => {
                    at = at.max(self.buffer.len());
                    if !self.fill()? {
                        return Err(self.truncated(from, "a text that is never closed"));
                    }
                }
            }
        }
    }

    fn peek(&mut self, wanted: &str) -> Result<u8, SplitError> {
        self.skip_space()?;
        match self.buffer.get(self.at) {
            Some(&byte) => Ok(byte),
            None => Err(self.truncated(self.at, &format!("where {wanted} should be"))),
        }
    }

    fn skip_space(&mut self) -> Result<(), SplitError> {
        while let Some(byte) = self.byte(self.at)? {
            if !byte.is_ascii_whitespace() {
                break;
            }
            self.at += 1;
        }
        Ok(())
    }

    fn byte(&mut self, at: usize) -> Result<Option<u8>, SplitError> {
        while at >= self.buffer.len() {
            if !self.fill()? {
                return Ok(None);
            }
        }
        Ok(Some(self.buffer[at]))
    }

    /// Reads one more block; false at the end of the file.
    fn fill(&mut self) -> Result<bool, SplitError> {
        if self.ended {
            return Ok(false);
        }
        let read = self.source.by_ref().take(BLOCK as u64).read_to_end(&mut self.buffer)?;
        self.ended = read < BLOCK;
        Ok(read > 0)
    }

    /// The text that was gone through. What is left of the buffer begins a new one, in `rest`.
    fn take_seen(&mut self, mut rest: Vec<u8>) -> Vec<u8> {
        rest.clear();
        rest.reserve(self.batch_bytes + 2 * BLOCK);
        rest.extend_from_slice(&self.buffer[self.at..]);
        let mut seen = std::mem::replace(&mut self.buffer, rest);
        seen.truncate(self.at);
        self.offset += self.at as u64;
        self.at = 0;
        seen
    }

    fn fault(&self, why: &str, remedy: &'static str) -> SplitError {
        SplitError::Text(Fault { offset: self.offset + self.at as u64, why: why.to_owned(), remedy })
    }

    fn truncated(&self, from: usize, what: &str) -> SplitError {
        SplitError::Text(Fault {
            offset: self.offset + from as u64,
            why: format!("the file ends too early: {what}"),
            remedy: TRUNCATED,
        })
    }

    fn unexpected(&self, byte: u8, wanted: &str) -> SplitError {
        let seen = if byte.is_ascii_graphic() { format!("'{}'", char::from(byte)) } else { format!("byte 0x{byte:02X}") };
        self.fault(&format!("is not GeoJSON: found {seen} instead of {wanted}"), NOT_JSON)
    }
}

const NOT_COLLECTION: &str = "name a GeoJSON FeatureCollection, for example one exported from QGIS as GeoJSON";

#[cfg(test)]
mod tests {
    use super::*;

    fn features(text: &str) -> Result<Vec<String>, String> {
        let fault = |e| match e {
            SplitError::Text(f) => format!("{}: {}", f.offset, f.why),
            SplitError::Disk(e) => e.to_string(),
        };
        let mut splitter = Splitter::open(text.as_bytes(), 1).map_err(fault)?;
        let mut all = Vec::new();
        while let Some(batch) = splitter.next_batch(Vec::new()).map_err(fault)? {
            for range in batch.features {
                all.push(String::from_utf8_lossy(&batch.text[range]).into_owned());
            }
        }
        Ok(all)
    }

    #[test]
    fn features_are_cut_at_their_own_braces() {
        let text = r#" {"type":"FeatureCollection","name":"a}{","features":[ {"p":"}\""} , {"q":{"r":[1]}}],"x":{"y":[]}} "#;
        assert_eq!(features(text).unwrap(), [r#"{"p":"}\""}"#, r#"{"q":{"r":[1]}}"#]);
    }

    #[test]
    fn a_single_feature_is_a_layer_of_one() {
        let text = r#"{"type":"Feature","properties":null,"geometry":null}"#;
        assert_eq!(features(text).unwrap(), [text]);
    }

    #[test]
    fn every_truncation_is_an_error_with_a_place() {
        let text = r#"{"type":"FeatureCollection","features":[{"p":"x"},{"q":{}}],"crs":null}"#;
        for cut in 0..text.len() {
            assert!(features(&text[..cut]).is_err(), "cut at {cut} was accepted");
        }
        assert_eq!(features(text).unwrap().len(), 2);
    }

    #[test]
    fn other_json_is_named_for_what_it_is() {
        assert!(features("[1]").unwrap_err().contains("found '['"));
        assert!(features(r#"{"type":"Topology","arcs":[]}"#).unwrap_err().contains("type \"Topology\""));
        assert!(features("").unwrap_err().contains("is empty"));
    }
}
