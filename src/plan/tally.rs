//! What some parcels hold together: land, output, tax, jobs. A figure that is missing is counted as missing, never as zero.

use crate::columns::numbers;
use crate::finding::{Detail, detail};
use crate::survey::Survey;

/// The figures of each parcel of a survey, and the parcels meant, in the order of their ids.
#[derive(Debug, Clone, Default)]
pub struct Land {
    pub rows: Vec<usize>,
    pub area_mu: Vec<Option<f64>>,
    /// 10,000 yuan a year.
    pub output: Vec<Option<f64>>,
    /// 10,000 yuan a year.
    pub tax: Vec<Option<f64>>,
    pub employees: Vec<Option<f64>>,
}

/// A sum and how many parcels had the figure.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sum {
    pub value: f64,
    pub known: usize,
}

/// The sums over some parcels.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    pub parcels: usize,
    pub mu: Sum,
    pub output: Sum,
    pub tax: Sum,
    pub employees: Sum,
}

impl Land {
    /// The parcels of a survey, or of one of its districts.
    #[must_use]
    pub fn of(survey: &Survey, district: Option<usize>) -> Self {
        let inside = |row: &usize| district.is_none_or(|d| survey.location.district[*row].is_some_and(|share| share.zone == d));
        Self {
            rows: survey.order_by_id().into_iter().filter(inside).collect(),
            area_mu: survey.area_mu.clone(),
            output: numbers(&survey.table, "output_10k_yuan"),
            tax: numbers(&survey.table, "tax_10k_yuan"),
            employees: numbers(&survey.table, "employees"),
        }
    }

    /// The sums over those of its parcels that `holds` chooses.
    #[must_use]
    pub fn tally(&self, holds: impl Fn(usize) -> bool) -> Tally {
        let mut tally = Tally::default();
        for &row in self.rows.iter().filter(|row| holds(**row)) {
            tally.take_in(self, row);
        }
        tally
    }
}

impl Tally {
    /// Adds a parcel.
    pub fn take_in(&mut self, land: &Land, row: usize) {
        self.parcels += 1;
        self.mu.add(land.area_mu[row]);
        self.output.add(land.output[row]);
        self.tax.add(land.tax[row]);
        self.employees.add(land.employees[row]);
    }
}

impl Sum {
    pub(super) fn add(&mut self, value: Option<f64>) {
        if let Some(value) = value {
            self.value += value;
            self.known += 1;
        }
    }

    /// The sum; none where no parcel has the figure.
    #[must_use]
    pub fn get(self) -> Option<f64> {
        (self.known > 0).then_some(self.value)
    }

    /// This as a share of a whole, 0 to 1; none where the whole is not known or is nothing.
    #[must_use]
    pub fn share_of(self, whole: Self) -> Option<f64> {
        whole.get().filter(|whole| *whole > 0.0).map(|whole| self.value / whole)
    }
}

/// One sentence for each figure that some parcels do not have.
pub(super) fn missing_figures(total: &Tally) -> Vec<Detail> {
    let figures = [
        ("面积", "area", total.mu),
        ("产值", "output", total.output),
        ("税收", "tax", total.tax),
        ("从业人数", "employees", total.employees),
    ];
    let lacking =
        figures.into_iter().map(|(zh, en, sum)| (zh, en, total.parcels - sum.known)).filter(|(_, _, missing)| *missing > 0);
    lacking
        .map(|(zh, en, missing)| {
            detail!("{missing} 宗地没有{zh}，未计入该项之和。", "{missing} parcels have no {en}; sums leave them out.")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_missing_figure_is_not_zero_and_no_figure_at_all_is_missing() {
        let land = Land {
            rows: vec![2, 0, 1],
            area_mu: vec![Some(1.5), None, Some(2.0)],
            output: vec![None, Some(7.0), Some(3.0)],
            tax: vec![None; 3],
            employees: vec![Some(0.0); 3],
        };
        let all = land.tally(|_| true);
        assert_eq!((all.parcels, all.mu.get(), all.mu.known), (3, Some(3.5), 2));
        assert_eq!((all.tax.get(), all.employees.get()), (None, Some(0.0)));
        let some = land.tally(|row| row != 1);
        assert_eq!(some.output.share_of(all.output).unwrap(), 0.3);
        assert_eq!((some.tax.share_of(all.tax), some.employees.share_of(all.employees)), (None, None));
    }
}
