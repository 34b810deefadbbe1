//! The rulebooks that ship with the program.

/// Name and text of each.
pub const PRESETS: &[(&str, &str)] = &[
    ("shanghai-illustrative", include_str!("../../seeds/rulebooks/shanghai-illustrative.toml")),
    ("comparison", include_str!("../../seeds/rulebooks/comparison.toml")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook::Rulebook;

    #[test]
    fn every_preset_opens_under_its_own_name() {
        for (name, _) in PRESETS {
            assert_eq!(Rulebook::open(name).unwrap().name, *name);
        }
    }
}
