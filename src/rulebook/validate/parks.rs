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
