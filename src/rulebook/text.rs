//! Texts that a rulebook gives once, or once in each language.

use serde::Deserialize;

/// A clause, a source, a place: as written in either language, or in Chinese and in English.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, deny_unknown_fields, expecting = "is a text, or { zh = \"…\", en = \"…\" }")]
pub enum Text {
    Same(String),
    Each { zh: String, en: String },
}

impl Text {
    /// In Chinese, where there is that.
    #[must_use]
    pub fn zh(&self) -> &str {
        match self {
            Self::Same(text) | Self::Each { zh: text, .. } => text,
        }
    }

    /// In English, where there is that.
    #[must_use]
    pub fn en(&self) -> &str {
        match self {
            Self::Same(text) | Self::Each { en: text, .. } => text,
        }
    }
}
