//! Park 2.0: how densely parks are built, how much higher their industries could build, and what they yield per area.

use std::collections::BTreeMap;

use crate::columns::numbers;
use crate::plan::tally::{Land, Sum};
use crate::rulebook::Upstairs;
use crate::survey::Survey;
use crate::units::square_metres;

use super::sector;

/// How a park, or all land together, is built.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Built {
    pub parcels: usize,
    /// Land of the parcels whose floor area is known, m².
    pub land_m2: f64,
    /// Their floor area, m².
    pub floor: Sum,
    /// Floor area the limits leave on parcels whose industry can go upstairs, m²: per parcel, and never below 0.
    pub capacity: Sum,
    /// Parcels whose industry can go upstairs but whose floor area or land is not known.
    pub capacity_unknown: usize,
    /// Firms whose industry is known; a firm on several parcels is one, and has the industry of the first.
    pub firms: usize,
    /// Those that can go upstairs.
    pub upstairs_firms: usize,
    /// 10,000 yuan a year.
    pub output: Sum,
}

impl Built {
    /// Floor area over land, of the parcels where both are known.
    #[must_use]
    pub fn far(&self) -> Option<f64> {
        self.floor.get().filter(|_| self.land_m2 > 0.0).map(|floor| floor / self.land_m2)
    }

    /// Share of the firms that can go upstairs.
    #[must_use]
    pub fn upstairs_share(&self) -> Option<f64> {
        #[allow(clippy::cast_precision_loss)]
        (self.firms > 0).then(|| self.upstairs_firms as f64 / self.firms as f64)
    }

    /// Output per area, 100 m yuan per km².
    #[must_use]
    pub fn output_per_km2(&self, km2: Option<f64>) -> Option<f64> {
        Some(self.output.get()? / 10_000.0 / km2.filter(|km2| *km2 > 0.0)?)
    }
}

/// What the buildings of each parcel are and may be.
pub struct Buildings {
    floor_m2: Vec<Option<f64>>,
    /// Known where the industry is: the index of the entry it goes upstairs under, or none.
    industry: Vec<Option<Option<usize>>>,
    firms: Vec<Vec<String>>,
    allowed_far: Vec<f64>,
}

impl Buildings {
    /// Takes floor areas, industries and firms from a survey. A floor area above the ratio the rulebook holds possible is not known;
    /// without an enterprise table each parcel with an industry is a firm.
    #[must_use]
    pub fn of(survey: &Survey, upstairs: &[Upstairs]) -> Self {
        let lists = || upstairs.iter().map(|entry| entry.industries.as_slice());
        let industry = |code: &Option<String>| code.as_deref().map(|code| sector::longest_beginning(code, lists()));
        let firms = |(row, id): (usize, &String)| match survey.occupants.get(row) {
            Some(occupants) => occupants.iter().map(|occupant| occupant.id.clone()).collect(),
            None => vec![id.clone()],
        };
        let limit = survey.rulebook.floor_area_ratio_limit;
        let mut floor_m2 = numbers(&survey.table, "floor_area_m2");
        for (floor, mu) in floor_m2.iter_mut().zip(&survey.area_mu) {
            *floor = floor.filter(|floor| mu.is_none_or(|mu| *floor <= limit * square_metres(mu)));
        }
        Self {
            floor_m2,
            industry: survey.texts("industry_code").iter().map(industry).collect(),
            firms: survey.parcels.ids.iter().enumerate().map(firms).collect(),
            allowed_far: upstairs.iter().map(Upstairs::allowed_far).collect(),
        }
    }

    /// Adds up the parcels that `holds` chooses.
    #[must_use]
    pub fn built(&self, land: &Land, holds: impl Fn(usize) -> bool) -> Built {
        let mut built = Built::default();
        let mut firms: BTreeMap<&str, bool> = BTreeMap::new();
        for &row in land.rows.iter().filter(|row| holds(**row)) {
            built.parcels += 1;
            built.output.add(land.output[row]);
            let land_m2 = land.area_mu[row].map(square_metres);
            let known = land_m2.zip(self.floor_m2[row]);
            if let Some((land_m2, floor_m2)) = known {
                built.land_m2 += land_m2;
                built.floor.add(Some(floor_m2));
            }
            let Some(upstairs) = self.industry[row] else { continue };
            for firm in &self.firms[row] {
                firms.entry(firm).or_insert(upstairs.is_some());
            }
            match (upstairs, known) {
                (None, _) => {}
                (Some(entry), Some((land_m2, floor_m2))) => {
                    built.capacity.add(Some((self.allowed_far[entry] * land_m2 - floor_m2).max(0.0)));
                }
                (Some(_), None) => built.capacity_unknown += 1,
            }
        }
        built.firms = firms.len();
        built.upstairs_firms = firms.values().filter(|upstairs| **upstairs).count();
        built
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp)]

    use super::*;
    use crate::units::mu;

    fn case() -> (Buildings, Land) {
        let firms = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let buildings = Buildings {
            floor_m2: vec![Some(1500.0), Some(9000.0), None, Some(500.0), Some(100.0)],
            industry: vec![Some(Some(0)), Some(Some(0)), Some(Some(1)), Some(None), None],
            firms: vec![firms(&["a", "b"]), firms(&["a"]), firms(&["c"]), firms(&["d"]), firms(&["e"])],
            allowed_far: vec![2.0, 3.0],
        };
        let land = Land {
            rows: vec![0, 1, 2, 3, 4],
            area_mu: vec![Some(mu(1000.0)), Some(mu(2000.0)), Some(mu(3000.0)), Some(mu(500.0)), Some(mu(400.0))],
            output: vec![Some(30_000.0), None, Some(50_000.0), None, None],
            tax: vec![None; 5],
            employees: vec![None; 5],
        };
        (buildings, land)
    }

    #[test]
    fn capacity_is_what_the_limits_leave_and_a_parcel_above_them_takes_none_from_others() {
        let (buildings, land) = case();
        let built = buildings.built(&land, |_| true);
        assert!((built.capacity.value - 500.0).abs() < 1e-6, "2 × 1000 − 1500, and nothing of the second: {built:?}");
        assert_eq!((built.capacity.known, built.capacity_unknown), (2, 1));
        assert!((built.far().unwrap() - 11_100.0 / 3900.0).abs() < 1e-12);
    }

    #[test]
    fn a_firm_on_two_parcels_is_one_and_an_unknown_industry_is_neither() {
        let (buildings, land) = case();
        let built = buildings.built(&land, |_| true);
        assert_eq!((built.firms, built.upstairs_firms), (4, 3));
        assert_eq!(built.upstairs_share(), Some(0.75));
        assert!((built.output_per_km2(Some(2.0)).unwrap() - 4.0).abs() < 1e-12, "8 times 100 m yuan on 2 km2");
        let last = buildings.built(&land, |row| row == 4);
        assert_eq!((last.upstairs_share(), last.output_per_km2(Some(1.0)), last.capacity.get()), (None, None, None));
    }

    #[test]
    fn the_allowed_ratio_is_the_lower_of_plan_and_height() {
        let entry = |far, height_m| Upstairs {
            name_zh: String::new(),
            name_en: String::new(),
            industries: vec![],
            far,
            height_m,
            storey_m: 6.0,
            density: 0.5,
        };
        assert_eq!((entry(2.0, 60.0).allowed_far(), entry(2.0, 22.0).allowed_far()), (2.0, 1.5));
    }
}
