//! `mujun inspect`

use std::fmt::Write;
use std::path::Path;

use super::args::InspectArgs;
use crate::error::Result;
use crate::inspect::{LayerReport, inspect};
use crate::progress::Progress;
use crate::read::dataset::{Encoding, Evidence, Fault, ReadOptions};
use crate::report::{Lang, count, one_line, pad};

/// Faults of one code that are shown one by one.
const MOST_FAULTS: usize = 5;

pub(super) fn run(args: &InspectArgs, lang: Lang, progress: &dyn Progress) -> Result<()> {
    let options = ReadOptions { layer: args.layer.clone(), encoding: args.encoding.clone() };
    for path in &args.files {
        let mut out = String::new();
        for layer in inspect(path, &options, progress)? {
            // Writing to a String cannot fail.
            let _ = write_layer(&mut out, path, &layer, lang);
        }
        super::print(out.as_bytes())?;
    }
    Ok(())
}

fn write_layer(out: &mut String, path: &Path, layer: &LayerReport, lang: Lang) -> std::fmt::Result {
    let t = |zh, en| lang.pick(zh, en);
    let label = |zh, en| pad(t(zh, en), 12);
    writeln!(out, "{}  [{}]  {}", path.display(), layer.format.name(), one_line(&layer.name))?;
    write!(out, "  {}{}", label("行数", "rows"), count(layer.rows))?;
    let kinds: Vec<String> = layer.shapes.iter().map(|(name, n)| format!("{name} {}", count(*n))).collect();
    writeln!(out, "{}{}", if kinds.is_empty() { "" } else { "   " }, kinds.join(", "))?;
    if let Some((min, max)) = layer.numbers {
        writeln!(out, "  {}x {} … {}   y {} … {}", label("坐标范围", "numbers"), min.x, max.x, min.y, max.y)?;
        writeln!(
            out,
            "  {}{}",
            label("坐标系", "system"),
            one_line(layer.crs.as_deref().unwrap_or(t("未说明或无法识别", "not stated, or not known")))
        )?;
    }
    if let Some(ground) = &layer.ground {
        let (min, max) = (ground.min, ground.max);
        writeln!(
            out,
            "  {}{:.5} … {:.5}   {:.5} … {:.5}   {:.1} × {:.1} km",
            label("实地位置", "on the ground"),
            min.x,
            max.x,
            min.y,
            max.y,
            ground.size_km.0,
            ground.size_km.1
        )?;
    }
    for diagnosis in &layer.diagnoses {
        writeln!(
            out,
            "  {}{} {}",
            label("", ""),
            diagnosis.code.name(),
            one_line(lang.pick(&diagnosis.detail.zh, &diagnosis.detail.en))
        )?;
        for line in
            diagnosis.proposal.iter().flat_map(|setting| setting.to_string().lines().map(str::to_owned).collect::<Vec<_>>())
        {
            writeln!(out, "  {}{} --set '{line}'", label("", ""), t("建议：", "proposed:"))?;
        }
    }
    if let Some(encoding) = &layer.encoding {
        writeln!(out, "  {}{}", label("文字编码", "encoding"), encoding_text(encoding, lang))?;
    }
    writeln!(out, "  {}{}", label("列", "columns"), layer.columns.len())?;
    for column in &layer.columns {
        writeln!(
            out,
            "    {} {} {:>9}  {}",
            pad(&one_line(&column.name), 28),
            pad(kind(column.kind, lang), 8),
            count(column.present),
            one_line(column.example.as_deref().unwrap_or(""))
        )?;
    }
    faults(out, &layer.faults, lang)?;
    writeln!(out, "  {}", t("可写入 survey.toml：", "for survey.toml:"))?;
    for line in layer.mapping.lines() {
        writeln!(out, "    {line}")?;
    }
    writeln!(out)
}

fn faults(out: &mut String, faults: &[Fault], lang: Lang) -> std::fmt::Result {
    if faults.is_empty() {
        return Ok(());
    }
    writeln!(out, "  {}", lang.pick("读取说明", "notes on reading"))?;
    let mut told: Vec<(crate::finding::Code, usize)> = Vec::new();
    for fault in faults {
        let n = match told.iter_mut().find(|(code, _)| *code == fault.code) {
            Some((_, n)) => {
                *n += 1;
                *n
            }
            None => {
                told.push((fault.code, 1));
                1
            }
        };
        if n <= MOST_FAULTS {
            let (zh, en) = fault.code.title();
            let row = fault.row.map(|row| format!(" [{}]", row + 1)).unwrap_or_default();
            writeln!(
                out,
                "    {} {}{row}: {}",
                fault.code.name(),
                lang.pick(zh, en),
                one_line(lang.pick(&fault.detail.zh, &fault.detail.en))
            )?;
        }
    }
    for (code, n) in told.iter().filter(|(_, n)| *n > MOST_FAULTS) {
        writeln!(out, "    {} … {} {}", code.name(), lang.pick("共", "in all"), count(*n))?;
    }
    Ok(())
}

fn encoding_text(encoding: &Encoding, lang: Lang) -> String {
    let (zh, en) = match encoding.evidence {
        Evidence::Told => ("由用户指定", "as told"),
        Evidence::Mark => ("有字节序标记", "by its byte-order mark"),
        Evidence::Ascii => ("全部为 ASCII，无需判断", "nothing but ASCII"),
        Evidence::Bytes => ("由字节确定", "certain, by the bytes"),
        Evidence::Likely => ("由字节推断，请核对", "likely, by the bytes: check it"),
        Evidence::Stated => ("文件自述，字节不能证明", "as the file says; the bytes prove nothing"),
    };
    format!("{}  ({})", encoding.name, lang.pick(zh, en))
}

fn kind(kind: &'static str, lang: Lang) -> &'static str {
    match (lang, kind) {
        (Lang::En, _) => kind,
        (Lang::Zh, "boolean") => "是否",
        (Lang::Zh, "integer") => "整数",
        (Lang::Zh, "number") => "数字",
        (Lang::Zh, _) => "文字",
    }
}
