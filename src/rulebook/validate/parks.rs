//! What the section on parks must not say.

use std::collections::BTreeSet;

use super::{Checked, condition, fault, positive, share};
use crate::rulebook::{Parks, Place};

/// More parks than this are a slip of the pen.
const MOST_NEW_PARKS: usize = 1000;

pub(super) fn check(parks: &Parks) -> Checked {
    let place = Place::key("parks");
    if parks.new_parks > MOST_NEW_PARKS {
        let why = format!("{} new parks are too many", parks.new_parks);
        return fault(place.then("new_parks"), why, format!("at most {MOST_NEW_PARKS}; 0 for none"));
    }
    positive(place.then("radius_m"), parks.radius_m)?;
    if let Some(suitable) = &parks.suitable {
        condition(&place.then("suitable"), suitable)?;
    }
    let mut seen = BTreeSet::new();
    for (n, upstairs) in parks.upstairs.iter().enumerate() {
        let place = place.then("upstairs").nth(n);
        for (name, x) in [("far", upstairs.far), ("height_m", upstairs.height_m), ("storey_m", upstairs.storey_m)] {
            positive(place.then(name), x)?;
        }
        positive(place.then("density"), upstairs.density)?;
        share(place.then("density"), upstairs.density)?;
        if upstairs.height_m < upstairs.storey_m {
            let why = format!("{} m do not hold one storey of {} m", upstairs.height_m, upstairs.storey_m);
            return fault(place.then("height_m"), why, "give the height of the building, not of a storey");
        }
        for code in &upstairs.industries {
            if !((2..=4).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit())) {
                return fault(
                    place.then("industries"),
                    format!("\"{code}\" is no industry"),
                    "give the first two to four digits of GB/T 4754",
                );
            }
            if !seen.insert(code) {
                return fault(place.then("industries"), format!("industry {code} is there twice"), "name each industry once");
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use crate::rulebook::{Rulebook, TEMPLATE};

    /// What is said of a rulebook with this section.
    fn refusal(section: &str) -> String {
        let text = include_str!("../../../seeds/rulebooks/shanghai-illustrative.toml");
        let (before, _) = text.split_once("[parks]").unwrap();
        Rulebook::parse(&format!("{before}{section}"), Path::new("r.toml")).unwrap_err().to_string()
    }

    #[test]
    fn a_bad_section_on_parks_is_refused_with_its_place() {
        let upstairs = |fields: &str| {
            format!("[[parks.upstairs]]\nname_zh = \"电子\"\nname_en = \"electronics\"\nstorey_m = 5.0\ndensity = 0.5\n{fields}")
        };
        let cases = [
            ("[parks]\nradius_m = 0.0".to_owned(), ["radius_m", "0 is not a positive number"]),
            ("[parks]\nnew_parks = 5000".to_owned(), ["new_parks", "at most 1000"]),
            ("[parks]\nsuitable = \"area_mu >\"".to_owned(), ["suitable", "area_mu >"]),
            (upstairs("far = 2.0\nheight_m = 4.0\nindustries = [\"39\"]"), ["height_m", "do not hold one storey"]),
            (upstairs("far = -1.0\nheight_m = 20.0\nindustries = [\"39\"]"), ["far", "-1 is not a positive number"]),
            (upstairs("far = 2.0\nheight_m = 20.0\nindustries = [\"C39\"]"), ["industries", "\"C39\" is no industry"]),
            (upstairs("far = 2.0\nheight_m = 20.0\nindustries = [\"39\", \"39\"]"), ["industries", "39 is there twice"]),
        ];
        for (section, said) in cases {
            let message = refusal(&section);
            assert!(said.iter().all(|part| message.contains(part)) && message.contains("line "), "{section}: {message}");
        }
    }

    #[test]
    fn a_rulebook_without_the_section_looks_for_no_parks() {
        let (before, _) = TEMPLATE.split_once("[parks]").unwrap();
        let rulebook = Rulebook::parse(before, Path::new("r.toml")).unwrap();
        assert!(rulebook.parks.new_parks == 0 && rulebook.parks.upstairs.is_empty());
    }
}
