//! SQL expressions over named columns, as rulebooks and field settings hold them. Polars evaluates them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use polars::prelude::*;
use polars::sql::sql_expr;

use crate::error::{Error, Result};
use crate::nearest::nearest;

/// Evaluates `expressions` over `table`: one column each, as long as the table, in their order.
///
/// # Errors
/// An expression is not SQL, names a column that is not there, or cannot be computed; the message holds the expression and
/// the nearest column. The caller adds the file.
pub(crate) fn evaluate(table: &DataFrame, expressions: &[&str]) -> Result<Vec<Series>> {
    if expressions.is_empty() {
        return Ok(Vec::new());
    }
    let failed = || Err(Error::new("the expressions cannot be computed").remedy(SIMPLER));
    on_a_deep_stack(|| evaluate_here(table, expressions)).unwrap_or_else(failed)
}

fn evaluate_here(table: &DataFrame, expressions: &[&str]) -> Result<Vec<Series>> {
    let mut parsed = Vec::with_capacity(expressions.len());
    for (n, text) in expressions.iter().enumerate() {
        parsed.push(parse(table, text)?.alias(result_name(n)));
    }
    let compute = |exprs: Vec<Expr>| catch_unwind(AssertUnwindSafe(|| table.clone().lazy().with_columns(exprs).collect()));
    let mut done = match compute(parsed.clone()) {
        Ok(Ok(done)) => done,
        // Which one it was is found by computing them one by one.
        _ => {
            for (text, expr) in expressions.iter().zip(parsed) {
                match compute(vec![expr]) {
                    Ok(Ok(_)) => {}
                    Ok(Err(error)) => return Err(fault(text, &first_line(&error.to_string())).remedy(MATCH_KINDS)),
                    Err(_) => return Err(fault(text, "cannot be computed").remedy(MATCH_KINDS)),
                }
            }
            return Err(Error::new("expressions that can each be computed cannot be computed together"));
        }
    };
    (0..expressions.len())
        .map(|n| {
            let column = done.drop_in_place(&result_name(n)).map_err(|e| Error::new(e.to_string()))?;
            Ok(column.take_materialized_series())
        })
        .collect()
}

const MATCH_KINDS: &str = "numbers go with numbers and text with text; CAST(… AS DOUBLE) makes a number of a text";

/// What a column holds, in plain words.
fn kind(dtype: &DataType) -> String {
    match dtype {
        DataType::String => "text".to_owned(),
        DataType::Boolean => "true or false".to_owned(),
        other if other.is_primitive_numeric() => "a number".to_owned(),
        other => other.to_string(),
    }
}

/// Evaluates an expression that yields numbers.
pub(crate) fn numbers(table: &DataFrame, expressions: &[&str]) -> Result<Vec<Vec<Option<f64>>>> {
    let results = evaluate(table, expressions)?;
    results
        .into_iter()
        .zip(expressions)
        .map(|(series, text)| {
            if !(series.dtype().is_primitive_numeric() || series.dtype().is_null()) {
                return Err(fault(text, &format!("yields {}, a number is needed", kind(series.dtype())))
                    .remedy("name columns of numbers, or CAST(… AS DOUBLE)"));
            }
            let series = series.cast(&DataType::Float64).map_err(|e| fault(text, &e.to_string()))?;
            Ok(series.f64().map_err(|e| fault(text, &e.to_string()))?.iter().collect())
        })
        .collect()
}

/// Evaluates conditions; unknown (null) is false.
pub(crate) fn conditions(table: &DataFrame, expressions: &[&str]) -> Result<Vec<Vec<bool>>> {
    let results = evaluate(table, expressions)?;
    results
        .into_iter()
        .zip(expressions)
        .map(|(series, text)| match series.bool() {
            Ok(values) => Ok(values.iter().map(|v| v.unwrap_or(false)).collect()),
            Err(_) if series.dtype().is_null() => Ok(vec![false; series.len()]),
            Err(_) => {
                let why = format!("yields {}, a condition (true or false) is needed", kind(series.dtype()));
                Err(fault(text, &why).remedy("compare it with something, as in tax_10k_yuan > 0"))
            }
        })
        .collect()
}

/// Polars calls itself along an expression; the stack of a worker thread is too small for a long one.
const STACK_BYTES: usize = 64 << 20;

/// What `compute` yields, `None` where it panics.
fn on_a_deep_stack<T: Send>(compute: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, compute).ok()?.join().ok())
}

/// The columns an expression names.
pub(crate) fn columns_of(expression: &str) -> Result<Vec<String>> {
    on_a_deep_stack(|| named(expression)).unwrap_or_else(|| Err(not_sql(expression, "is not SQL")))
}

fn named(expression: &str) -> Result<Vec<String>> {
    permitted(expression)?;
    let expr = sql_expr(expression).map_err(|e| not_sql(expression, &first_line(&e.to_string())))?;
    Ok((&expr).into_iter().filter_map(|node| if let Expr::Column(name) = node { Some(name.to_string()) } else { None }).collect())
}

/// Longer than any rule a person wrote.
const MOST_CHARACTERS: usize = 4000;
const SIMPLER: &str = "split it into several indicators or rules; a long list of values goes into IN ('…', '…')";
/// As much of an expression is shown in a message.
const SHOWN_CHARACTERS: usize = 120;
/// Deeper than any rule a person nested; the parser calls itself at each bracket.
const MOST_BRACKETS: usize = 40;
/// More than any rule has; the parser calls itself along a chain of operators.
const MOST_OPERATORS: usize = 200;
/// Words that join two expressions or stand before one.
const JOINING: [&str; 8] = ["and", "or", "not", "is", "between", "like", "ilike", "case"];
/// What is computed from the values of one row alone, in time and memory that do not depend on the values.
const FUNCTIONS: [&str; 34] = [
    "abs",
    "cast",
    "ceil",
    "ceiling",
    "coalesce",
    "concat",
    "ends_with",
    "exp",
    "floor",
    "greatest",
    "if",
    "ifnull",
    "least",
    "left",
    "length",
    "ln",
    "log",
    "log10",
    "log1p",
    "log2",
    "lower",
    "mod",
    "nullif",
    "octet_length",
    "pow",
    "power",
    "right",
    "round",
    "sign",
    "sqrt",
    "starts_with",
    "substr",
    "trim",
    "upper",
];
/// Words that may stand before a bracket and are no functions.
const KEYWORDS: [&str; 14] =
    ["and", "as", "between", "by", "case", "else", "in", "like", "not", "or", "rlike", "then", "when", "ilike"];

/// Refuses what is no rule on one row: endless nesting, functions over all rows, functions that read files or make text without end.
fn permitted(text: &str) -> Result<()> {
    if text.chars().count() > MOST_CHARACTERS {
        return Err(fault(text, &format!("there are more than {MOST_CHARACTERS} characters")).remedy(SIMPLER));
    }
    let (mut depth, mut word, mut before, mut quote) = (0usize, String::new(), String::new(), None);
    let mut operators = 0usize;
    for c in text.chars() {
        match quote {
            Some(end) => {
                if c == end {
                    quote = None;
                }
                continue;
            }
            None if matches!(c, '\'' | '"' | '`') => quote = Some(c),
            None => {}
        }
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            before = std::mem::take(&mut word);
            operators += usize::from(JOINING.contains(&before.to_lowercase().as_str()));
        }
        operators += usize::from("+-*/%|<>=!".contains(c));
        match c {
            '(' => {
                depth += 1;
                let name = before.to_lowercase();
                if !name.is_empty() && !FUNCTIONS.contains(&name.as_str()) && !KEYWORDS.contains(&name.as_str()) {
                    let hint = nearest(&name, FUNCTIONS.iter().copied())
                        .map(|near| format!("did you mean {near}? "))
                        .unwrap_or_default();
                    return Err(fault(text, &format!("{name}(…) is not a function a rule may use"))
                        .remedy(format!("{hint}a rule looks at one row; there are: {}", FUNCTIONS.join(", "))));
                }
            }
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MOST_BRACKETS {
            return Err(fault(text, &format!("brackets are nested more than {MOST_BRACKETS} deep")).remedy(SIMPLER));
        }
        if operators > MOST_OPERATORS {
            return Err(fault(text, &format!("there are more than {MOST_OPERATORS} operators")).remedy(SIMPLER));
        }
        if !c.is_whitespace() {
            before.clear();
        }
    }
    Ok(())
}

fn parse(table: &DataFrame, text: &str) -> Result<Expr> {
    for name in named(text)? {
        if table.column(&name).is_err() {
            let known = || table.get_column_names().into_iter().map(|known| known.as_str());
            let later = table.column("score").is_err() && (matches!(name.as_str(), "score" | "grade") || name.starts_with("i_"));
            let hint = match nearest(&name, known()) {
                _ if later => "score, grade and indicators are known to adjustments and rules alone; ".to_owned(),
                Some(near) => format!("did you mean \"{near}\"? "),
                None => String::new(),
            };
            return Err(fault(text, &format!("there is no column \"{name}\""))
                .remedy(format!("{hint}the columns are: {}", known().collect::<Vec<_>>().join(", "))));
        }
    }
    sql_expr(text).map_err(|e| fault(text, &first_line(&e.to_string())))
}

fn fault(text: &str, why: &str) -> Error {
    let begin: String = text.chars().take(SHOWN_CHARACTERS).collect();
    let more = if begin.len() < text.len() { "…" } else { "" };
    Error::new(format!("in the expression `{begin}{more}` {why}"))
}

/// An expression that the parser refuses.
fn not_sql(text: &str, why: &str) -> Error {
    if text.trim().is_empty() {
        return Error::new("the expression is empty").remedy("write one, such as \"tax_10k_yuan / NULLIF(area_mu, 0)\"");
    }
    // What the parser quotes of the text is in the message already.
    let why = if why.contains("unable to parse") { "is not one whole SQL expression" } else { why };
    fault(text, why).remedy("write one SQL expression; text stands in '…', brackets and CASE … END are closed")
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}

fn result_name(n: usize) -> String {
    format!("\u{1}{n}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::df;

    #[test]
    fn a_quotient_by_nullif_is_missing_where_the_divisor_is_zero() {
        let table = df!("tax" => [Some(6.0), Some(1.0), None], "面积" => [2i64, 0, 1]).unwrap();
        let got = numbers(&table, &["tax / NULLIF(面积, 0)", "1"]).unwrap();
        assert_eq!(got, [vec![Some(3.0), None, None], vec![Some(1.0); 3]]);
    }

    #[test]
    fn integers_divide_as_numbers() {
        let table = df!("a" => [1i64], "b" => [2i64]).unwrap();
        assert_eq!(numbers(&table, &["a / b"]).unwrap(), [vec![Some(0.5)]]);
    }

    #[test]
    fn a_condition_on_a_missing_value_is_false() {
        let table = df!("s" => [Some("idle"), None], "t" => [Some(1.0), None]).unwrap();
        assert_eq!(
            conditions(&table, &["s IN ('idle', 'stopped')", "t < 2 OR s = 'idle'"]).unwrap(),
            [[true, false], [true, false]]
        );
    }

    #[test]
    fn mistakes_are_named_with_the_nearest_column() {
        let table = df!("tax_10k_yuan" => [1.0], "name" => ["x"]).unwrap();
        let why = |text| numbers(&table, &[text]).unwrap_err().to_string();
        assert!(why("tax_10k_yaun * 2").contains("did you mean \"tax_10k_yuan\""));
        assert!(why("tax_10k_yuan *").contains("in the expression"));
        assert!(why("name").contains("a number is needed"));
        assert!(conditions(&table, &["tax_10k_yuan"]).unwrap_err().to_string().contains("a condition"));
    }
}
