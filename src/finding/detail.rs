//! What a finding says beside its code, in both languages of its readers.

/// The value, the number or the reason of a finding, in Chinese and in English.
///
/// Nothing but data, such as `"12 = x"`, is the same in both and made from one text: `"12 = x".into()`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Detail {
    pub zh: String,
    pub en: String,
}

impl Detail {
    /// In Chinese and in English.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.en.is_empty()
    }

    /// Adds another after it.
    #[must_use]
    pub(crate) fn and(mut self, more: &Self) -> Self {
        self.zh.push_str(&more.zh);
        self.en.push_str(&more.en);
        self
    }
}

impl From<String> for Detail {
    fn from(text: String) -> Self {
        Self { zh: text.clone(), en: text }
    }
}

impl From<&str> for Detail {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// A [`Detail`]: two format strings, Chinese and English, over the same values.
macro_rules! detail {
    ($zh:literal, $en:literal $(, $value:expr)* $(,)?) => {
        $crate::finding::Detail::new(format!($zh $(, $value)*), format!($en $(, $value)*))
    };
}
pub(crate) use detail;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_is_said_in_both_languages_and_one_text_serves_for_both() {
        let n = 3;
        assert_eq!(detail!("{n} {}", "{n} of {}", n + 1), Detail::new("3 4", "3 of 4"));
        assert_eq!(detail!("{n} 行", "{n} rows").and(&"!".into()), Detail::new("3 行!", "3 rows!"));
        assert!(Detail::from("").is_empty());
    }
}
