//! The sheets by district and by park: one row a zone, what lies in none, and the total.

use rust_xlsxwriter::{Format as CellFormat, Formula, Worksheet, XlsxError, utility::row_col_to_cell};

use super::workbook::{Styles, head, heading, widths};
use super::{Lang, Totals, ZoneTotal};
use crate::model::Zones;
use crate::survey::Survey;

/// Fills the sheet of a layer.
pub(super) fn zones(
    sheet: &mut Worksheet,
    survey: &Survey,
    totals: &Totals,
    layer: &Zones,
    zones: &[ZoneTotal],
    styles: &Styles,
    lang: Lang,
) -> std::result::Result<(), XlsxError> {
    let first = heading(sheet, survey, styles, lang)?;
    let t = |zh, en| lang.pick(zh, en);
    let mut names = vec![
        t("代码", "id"),
        t("名称", "name"),
        t("宗地数", "parcels"),
        t("面积（亩）", "mu"),
        t("低效宗数", "listed parcels"),
        t("低效面积（亩）", "listed mu"),
    ];
    names.extend(totals.grades.iter().map(|g| g.grade.as_str()));
    head(sheet, first, &names, styles)?;
    let plain = CellFormat::new().set_num_format("#,##0");
    #[allow(clippy::cast_precision_loss)]
    for (line, total) in (first + 1..).zip(zones) {
        let (id, name) = match total.zone {
            Some(zone) => (layer.0[zone].id.as_str(), layer.0[zone].name.as_deref().unwrap_or("")),
            None => ("", t("以外", "outside")),
        };
        sheet.write(line, 0, id)?;
        sheet.write(line, 1, name)?;
        sheet.write_with_format(line, 2, total.parcels as f64, &plain)?;
        sheet.write_with_format(line, 3, total.mu, &styles.mu)?;
        sheet.write_with_format(line, 4, total.listed as f64, &plain)?;
        sheet.write_with_format(line, 5, total.listed_mu, &styles.mu)?;
        for (column, grade) in (6u16..).zip(&total.grades) {
            sheet.write_with_format(line, column, *grade as f64, &plain)?;
        }
    }
    sum_row(sheet, first + 1, zones, styles, lang)?;
    widths(sheet, &[12.0, 26.0, 10.0, 14.0, 12.0, 14.0])
}

/// The sums of the zones and of what lies in none, below rows that begin at `first`.
#[allow(clippy::cast_precision_loss)]
fn sum_row(
    sheet: &mut Worksheet,
    first: u32,
    zones: &[ZoneTotal],
    styles: &Styles,
    lang: Lang,
) -> std::result::Result<(), XlsxError> {
    let line = first + u32::try_from(zones.len()).unwrap_or(0);
    let sum = |of: &dyn Fn(&ZoneTotal) -> f64| zones.iter().map(of).sum::<f64>();
    let mut sums = vec![
        (sum(&|z| z.parcels as f64), &styles.total),
        (sum(&|z| z.mu), &styles.total_mu),
        (sum(&|z| z.listed as f64), &styles.total),
        (sum(&|z| z.listed_mu), &styles.total_mu),
    ];
    let grades = zones.first().map_or(0, |zone| zone.grades.len());
    sums.extend((0..grades).map(|grade| (sum(&|z| z.grades[grade] as f64), &styles.total)));
    sheet.write_with_format(line, 0, "", &styles.total)?;
    sheet.write_with_format(line, 1, lang.pick("合计", "total"), &styles.total)?;
    for (column, (sum, format)) in (2u16..).zip(sums) {
        let formula = format!("=SUM({}:{})", row_col_to_cell(first, column), row_col_to_cell(line - 1, column));
        sheet.write_formula_with_format(line, column, Formula::new(formula).set_result(sum.to_string()), format)?;
    }
    Ok(())
}
