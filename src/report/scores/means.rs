//! The means of a unit as formulas: of the members of each group, and of the groups.

use rust_xlsxwriter::utility::{row_col_to_cell as cell, row_col_to_cell_absolute as fixed};

use super::tree::{Member, Run, parent, place};
use crate::rulebook::Aggregation;

/// Rows of the sheet of scores over its members: the weight, whether a member is left out where it is missing (with TOPSIS the distance
/// of the best from the worst), the points deducted there.
pub(super) const WEIGHT: u32 = 3;
pub(super) const LEFT_OUT: u32 = 4;
pub(super) const DEDUCTED: u32 = 5;

/// Where the members, means and points of a unit stand.
pub(super) struct Columns<'a> {
    pub runs: &'a [Run],
    /// Of the first member.
    pub first: u16,
    pub indicators: u16,
}

impl Columns<'_> {
    fn members(&self) -> u16 {
        self.runs.iter().map(|run| column(run.members.len())).sum()
    }

    pub fn member(&self, place: usize) -> u16 {
        self.first + column(place)
    }

    /// The mean of a run: for a group the column of the member that it is.
    pub fn mean(&self, run: usize) -> u16 {
        let of_group = self.runs[run].group.and_then(|g| place(self.runs, Member::Group(g)));
        of_group.map_or(self.first + self.members(), |place| self.member(place))
    }

    /// The points that a weight of 1 and a share of 1 bring in a run.
    pub fn per_point(&self, run: usize) -> u16 {
        self.first + self.members() + 1 + column(run)
    }

    pub fn points(&self, indicator: usize) -> u16 {
        self.first + self.members() + 1 + column(self.runs.len()) + column(indicator)
    }

    pub fn bonus(&self) -> u16 {
        self.points(0) + self.indicators
    }

    /// Whether the condition of an adjustment holds.
    pub fn flag(&self, adjustment: usize) -> u16 {
        self.bonus() + 1 + 2 * column(adjustment)
    }

    /// The grade after an adjustment.
    pub fn after(&self, adjustment: usize) -> u16 {
        self.flag(adjustment) + 1
    }
}

fn column(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

/// The ranges of a run in a line.
struct Ranges {
    weights: String,
    left_out: String,
    shares: String,
}

fn ranges(columns: &Columns, run: &Run, line: u32) -> Ranges {
    let (first, last) = (columns.member(run.first), columns.member(run.first + run.members.len() - 1));
    let absolute = |row: u32| format!("{}:{}", fixed(row, first), fixed(row, last));
    Ranges {
        weights: absolute(WEIGHT),
        left_out: absolute(LEFT_OUT),
        shares: format!("{}:{}", cell(line, first), cell(line, last)),
    }
}

/// The weights of what counts for a unit.
fn counted(Ranges { weights, left_out, shares }: &Ranges) -> String {
    format!("SUMPRODUCT({weights},1-{left_out}*({shares}=\"\"))")
}

/// The mean of a run's members; nothing where none counts.
pub(super) fn mean(columns: &Columns, k: usize, line: u32) -> String {
    let run = &columns.runs[k];
    let ranges = ranges(columns, run, line);
    let (counted, Ranges { weights, left_out, shares }) = (counted(&ranges), &ranges);
    let terms = |term: &dyn Fn(&str, &str) -> String| -> String {
        let each = (run.first..run.first + run.members.len()).map(|place| {
            let (weight, share) = (fixed(WEIGHT, columns.member(place)), cell(line, columns.member(place)));
            format!("IF({share}=\"\",0,{})", term(&weight, &share))
        });
        each.collect::<Vec<_>>().join("+")
    };
    // Anything that counts and is not above zero makes these means zero.
    let above_zero = |mean: String| format!("IF(OR(MIN({shares})<=0,SUMPRODUCT(({shares}=\"\")*(1-{left_out}))>0),0,{mean})");
    let mean = match run.aggregation {
        Aggregation::Sum => format!("SUMPRODUCT({weights},{shares})/{counted}"),
        Aggregation::Geometric => above_zero(format!("EXP(({})/{counted})", terms(&|w, x| format!("{w}*LN({x})")))),
        Aggregation::Harmonic => above_zero(format!("{counted}/({})", terms(&|w, x| format!("{w}/{x}")))),
        Aggregation::TopsisVector | Aggregation::TopsisMinMax => {
            let worst = format!("SQRT(SUMPRODUCT(({weights}*{shares})^2))");
            let best = format!("SQRT(SUMPRODUCT(({weights}*({left_out}-{shares}))^2))");
            return format!("IF(SUM({weights})<=0,\"\",IF({best}+{worst}=0,0.5,{worst}/({best}+{worst})))");
        }
    };
    format!("IF({counted}<=0,\"\",{mean})")
}

/// The points of a run's mean over the weights and shares that share them; `whole` are the points of shares of 1.
pub(super) fn per_point(columns: &Columns, k: usize, line: u32, whole: &str) -> String {
    let run = &columns.runs[k];
    let ranges = ranges(columns, run, line);
    let (weights, shares) = (&ranges.weights, &ranges.shares);
    let mean = cell(line, columns.mean(k));
    let above = run.group.and_then(|g| Some((parent(columns.runs, g)?, place(columns.runs, Member::Group(g))?)));
    // The points of a mean of 1.
    let scale = above.map_or_else(
        || whole.to_owned(),
        |(above, place)| format!("{}*{}", cell(line, columns.per_point(above)), fixed(WEIGHT, columns.member(place))),
    );
    match run.aggregation {
        Aggregation::Sum if above.is_none() => format!("IF({mean}=\"\",0,{scale}/{})", counted(&ranges)),
        Aggregation::Sum => format!("IF(N({mean})=0,0,{scale}/{})", counted(&ranges)),
        Aggregation::Geometric | Aggregation::Harmonic => {
            format!("IF(N({mean})>0,{scale}*{mean}/SUMPRODUCT({weights},{shares}),0)")
        }
        Aggregation::TopsisVector | Aggregation::TopsisMinMax => {
            let squares = format!("SUMPRODUCT(({weights}*{shares})^2)");
            format!("IF({squares}>0,{scale}*N({mean})/{squares},0)")
        }
    }
}

/// The points of an indicator.
pub(super) fn points(columns: &Columns, indicator: usize, line: u32, whole: &str) -> Option<String> {
    let place = place(columns.runs, Member::Indicator(indicator))?;
    let (k, run) =
        columns.runs.iter().enumerate().find(|(_, run)| (run.first..run.first + run.members.len()).contains(&place))?;
    let column = columns.member(place);
    let (weight, share, per_point) = (fixed(WEIGHT, column), cell(line, column), cell(line, columns.per_point(k)));
    Some(if run.aggregation.is_topsis() {
        let even = format!("{whole}*N({})/{}", cell(line, columns.mean(k)), run.members.len());
        format!("IF({per_point}=0,{even},{per_point}*({weight}*{share})^2)")
    } else {
        let (left_out, deducted) = (fixed(LEFT_OUT, column), fixed(DEDUCTED, column));
        format!("IF({share}=\"\",IF({left_out}=1,\"\",-{deducted}),{per_point}*{weight}*{share})")
    })
}
