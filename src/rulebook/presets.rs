//! The rulebooks that ship with the program.

/// Name and text of each.
pub const PRESETS: &[(&str, &str)] = &[
    ("shanghai-illustrative", include_str!("../../seeds/rulebooks/shanghai-illustrative.toml")),
    ("huangyan-2022", include_str!("../../seeds/rulebooks/huangyan-2022.toml")),
    ("huangyan-2021", include_str!("../../seeds/rulebooks/huangyan-2021.toml")),
    ("jingde-2022", include_str!("../../seeds/rulebooks/jingde-2022.toml")),
    ("quota-25-45-25-5", include_str!("../../seeds/rulebooks/quota-25-45-25-5.toml")),
    ("tdt1029", include_str!("../../seeds/rulebooks/tdt1029.toml")),
    ("project-control", include_str!("../../seeds/rulebooks/project-control.toml")),
    ("comparison", include_str!("../../seeds/rulebooks/comparison.toml")),
];

/// A commented rulebook with every field, to begin one with.
pub const TEMPLATE: &str = include_str!("../../seeds/rulebooks/template.toml");

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
