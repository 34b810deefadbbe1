//! Files cut short, files with a wrong bit, files that lie about themselves: each is refused in words or read with its faults named,
//! without a panic, within seconds, in memory that the file's own size justifies.
//!
//! Every test runs in a process of its own whose address space is limited: memory asked for by a count in the file alone ends it.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use mujun::crs::Crs;
use mujun::error::Result;
use mujun::model::RawShape;
use mujun::read::dataset::{Dataset, ReadOptions};
use mujun::read::file;
use mujun::write::{Format, Layer, write as write_layers};
use rand::{Rng, SeedableRng};

/// Parcels in each good file.
const ROWS: usize = 40;

/// Address space of a test, in KiB: the program itself maps a few hundred MiB.
const ADDRESS_SPACE: &str = "4000000";

/// Resident memory that reading a small file may take beyond what was there, in KiB.
const MEMORY: u64 = 300 << 10;

const TIME: Duration = Duration::from_secs(20);

/// Runs the test called `name` in a process of its own.
fn alone(name: &str, test: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    if std::env::var_os("MUJUN_HOSTILE").is_some() {
        test(folder.path());
        return;
    }
    let output = Command::new("sh")
        .args(["-c", &format!("ulimit -v {ADDRESS_SPACE}; exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env("MUJUN_HOSTILE", "1")
        // A file of this name says which case was on when the process ended.
        .env("MUJUN_CASE", folder.path().join("case"))
        .output()
        .unwrap();
    let ran = String::from_utf8_lossy(&output.stdout).contains("1 passed");
    assert!(
        output.status.success() && ran,
        "{name} ended with {} at {}: {}{}",
        output.status,
        fs::read_to_string(folder.path().join("case")).unwrap_or_default(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A line of `/proc/self/status`, in KiB.
fn memory(line: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|text| text.strip_prefix(line)).unwrap();
    line.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
}

/// Reads a file as a person would: its layers, the only one, the first. `case` says what is wrong with it.
#[track_caller]
fn survive(path: &Path, case: &str) -> Vec<Result<Dataset>> {
    if let Some(place) = std::env::var_os("MUJUN_CASE") {
        fs::write(place, case).unwrap();
    }
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let (before, began) = (memory("VmRSS:"), Instant::now());
    let read = catch_unwind(AssertUnwindSafe(|| {
        let layer = file::layers(path).ok().and_then(|layers| layers.into_iter().next());
        let open = |layer| file::open(path, &ReadOptions { layer, encoding: None }, &|_| ());
        let named = layer.is_some().then(|| open(layer));
        std::iter::once(open(None)).chain(named).collect::<Vec<_>>()
    }))
    .unwrap_or_else(|_| panic!("{case}: panicked"));
    let (took, used) = (began.elapsed(), memory("VmHWM:").saturating_sub(before));
    assert!(took < TIME, "{case}: took {took:?}");
    assert!(used < MEMORY + 8 * fs::metadata(path).map_or(0, |m| m.len() >> 10), "{case}: took {} MiB", used >> 10);
    for why in read.iter().filter_map(|read| read.as_ref().err()) {
        assert!(why.to_string().contains("to mend it"), "{case}: no remedy in: {why}");
    }
    read
}

/// A layer or table in a file of each format, made by the program's own writers or by hand.
fn good_files(folder: &Path) -> Vec<PathBuf> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/parcels.geojson");
    let data = file::open(&sample, &ReadOptions::default(), &|_| ()).unwrap();
    let (rows, shapes, crs) =
        (data.rows.head(Some(ROWS)), &data.shapes.as_ref().unwrap()[..ROWS], Crs::named("EPSG:4490").unwrap());
    let mut files = Vec::new();
    for ending in ["geojson", "parquet", "gpkg", "fgb", "shp", "csv"] {
        let path = folder.join(format!("good.{ending}"));
        let format = Format::of(&path).unwrap();
        let layer = Layer { name: "good", rows: &rows, shapes: (ending != "csv").then_some(shapes), crs: &crs };
        write_layers(&[layer], format, &path).unwrap();
        files.push(path);
    }
    let mut add = |name: &str, bytes: &[u8]| {
        fs::write(folder.join(name), bytes).unwrap();
        files.push(folder.join(name));
    };
    let text = fs::read_to_string(folder.join("good.geojson")).unwrap();
    let lines: String = text
        .lines()
        .filter(|line| line.contains("\"Feature\""))
        .map(|line| format!("{}\n", line.trim().trim_end_matches(',')))
        .collect();
    add("good.geojsonl", lines.as_bytes());
    add("good.xlsx", &workbook());
    add("good.zip", &zip(&[("宗地/a.geojson", text.as_bytes()), ("b.csv", "id,名称\n1,甲\n".as_bytes())]));
    add("good.txt", boundary_points().as_bytes());
    files
}

fn workbook() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in ["企业名称", "税收(万元)", "用地面积"].into_iter().enumerate() {
        sheet.write(0, u16::try_from(column).unwrap(), name).unwrap();
    }
    for row in 1..=u32::try_from(ROWS).unwrap() {
        sheet.write(row, 0, format!("企业{row}")).unwrap();
        sheet.write(row, 1, f64::from(row) * 1.5).unwrap();
        sheet.write(row, 2, "1,234.5").unwrap();
    }
    book.save_to_buffer().unwrap()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, ::zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn boundary_points() -> String {
    let mut text = "[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n投影类型=高斯克吕格\n计量单位=米\n带号=40\n精度=0.001\n转换参数=,,,,,,\n[地块坐标]\n".to_owned();
    for plot in 0..10 {
        text += &format!("4,0.06,{plot},地块{plot},面,,工业,@\n");
        for (n, (x, y)) in [(0, 0), (20, 0), (20, 30), (0, 0)].into_iter().enumerate() {
            text += &format!("J{},1,{}.000,{}.000\n", n % 3 + 1, 3_450_000 + x, 40_500_000 + 100 * plot + y);
        }
    }
    text
}

/// A copy of `good` with other bytes, and the parts of a shapefile beside it.
fn damaged(good: &Path, folder: &Path, bytes: &[u8]) -> PathBuf {
    let path = folder.join("bad").with_extension(good.extension().unwrap());
    fs::write(&path, bytes).unwrap();
    for part in ["dbf", "shx", "prj", "cpg"] {
        let beside = good.with_extension(part);
        if beside.exists() && good.extension().is_some_and(|e| e == "shp") {
            fs::copy(beside, path.with_extension(part)).unwrap();
        }
    }
    path
}

/// Formats whose end is known from their beginning: a cut is never taken for the whole.
fn knows_its_end(path: &Path) -> bool {
    ["geojson", "parquet", "gpkg", "fgb", "shp", "xlsx", "zip"]
        .iter()
        .any(|ending| path.extension().is_some_and(|e| e == *ending))
}

#[test]
fn the_good_files_are_good() {
    alone("the_good_files_are_good", |folder| {
        for path in good_files(folder) {
            let read = survive(&path, &path.display().to_string());
            assert!(
                read.iter().any(|read| read.as_ref().is_ok_and(|data| data.rows.height() >= 10)),
                "{}: {read:?}",
                path.display()
            );
        }
    });
}

#[test]
fn no_cut_of_any_format_passes_for_the_whole() {
    alone("no_cut_of_any_format_passes_for_the_whole", |folder| {
        for good in good_files(folder) {
            let bytes = fs::read(&good).unwrap();
            let whole = survive(&good, "whole").pop().unwrap().unwrap();
            for n in 0..64 {
                let kept = bytes.len() * n / 64;
                let case = format!("{} cut to {kept} of {} bytes", good.display(), bytes.len());
                for read in survive(&damaged(&good, folder, &bytes[..kept]), &case).into_iter().flatten() {
                    let same = read.rows.equals_missing(&whole.rows) && read.shapes == whole.shapes;
                    assert!(same || !read.faults.is_empty() || !knows_its_end(&good), "{case}: taken for the whole in silence");
                }
            }
        }
    });
}

#[test]
fn a_wrong_bit_on_any_page_ends_in_no_panic() {
    alone("a_wrong_bit_on_any_page_ends_in_no_panic", |folder| {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(2025);
        let mut goods = good_files(folder);
        goods.push(folder.join("good.dbf"));
        for good in goods {
            let bytes = fs::read(&good).unwrap();
            for page in 0..bytes.len().div_ceil(512) {
                let at = (page * 512 + random.random_range(0..512)).min(bytes.len() - 1);
                let bit = random.random_range(0..8);
                let mut bytes = bytes.clone();
                bytes[at] ^= 1 << bit;
                survive(&damaged(&good, folder, &bytes), &format!("{}: bit {bit} of byte {at}", good.display()));
            }
        }
    });
}

#[test]
fn counts_and_lengths_that_lie_cost_no_memory() {
    alone("counts_and_lengths_that_lie_cost_no_memory", |folder| {
        good_files(folder);
        let lies: [&[u8]; 4] = [&[0xFF; 4], &[0x7F, 0xFF, 0xFF, 0xFF], &[0xFF, 0xFF, 0xFF, 0x7F], &[0x00, 0x00, 0x00, 0x40]];
        // Where each format keeps sizes and counts of what follows, from its specification.
        let places: [(&str, &[i64]); 6] = [
            // File length, the first record's length, its parts, its points, its type.
            ("good.shp", &[24, 104, 108 + 36, 108 + 40, 108]),
            // Rows, header and row length, the first field's length.
            ("good.dbf", &[4, 8, 10, 48]),
            // Length of the header, and everything in its first table.
            ("good.fgb", &[8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60]),
            // Length of the footer, and its first bytes are found from the end.
            ("good.parquet", &[-8, -12, -16, -40, -80, -160, -320, -640]),
            // Page size, pages in the file, free list, and the first table's header.
            ("good.gpkg", &[16, 28, 32, 36, 100, 103, 105, 108, 112]),
            // The directory at the end: entries, size and place.
            ("good.zip", &[18, 22, -4, -8, -12, -14, -16]),
        ];
        for (name, offsets) in places {
            let good = folder.join(name);
            let bytes = fs::read(&good).unwrap();
            for offset in offsets {
                let at =
                    if *offset < 0 { bytes.len() - usize::try_from(-offset).unwrap() } else { usize::try_from(*offset).unwrap() };
                for lie in lies {
                    let mut bytes = bytes.clone();
                    let end = (at + 4).min(bytes.len());
                    bytes[at..end].copy_from_slice(&lie[..end - at]);
                    let path = damaged(&good, folder, &bytes);
                    survive(&path, &format!("{name}: {lie:02x?} at {at}"));
                    if name == "good.dbf" {
                        fs::copy(folder.join("good.shp"), folder.join("bad.shp")).unwrap();
                        survive(&folder.join("bad.shp"), &format!("{name} beside its shapes: {lie:02x?} at {at}"));
                        fs::remove_file(folder.join("bad.shp")).unwrap();
                    }
                }
            }
        }
    });
}

#[test]
fn feature_sizes_of_flatgeobuf_are_believed_only_as_far_as_the_file_goes() {
    alone("feature_sizes_of_flatgeobuf_are_believed_only_as_far_as_the_file_goes", |folder| {
        good_files(folder);
        let good = folder.join("good.fgb");
        let bytes = fs::read(&good).unwrap();
        let sizes: Vec<usize> = (12..bytes.len() - 4)
            .filter(|at| {
                let size = u32::from_le_bytes(bytes[*at..*at + 4].try_into().unwrap());
                (50..2000).contains(&size) && at % 4 == 0
            })
            .collect();
        for at in sizes {
            let mut bytes = bytes.clone();
            bytes[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
            survive(&damaged(&good, folder, &bytes), &format!("u32::MAX at {at}"));
        }
    });
}

#[test]
fn shapes_that_claim_billions_of_rings_are_unreadable() {
    alone("shapes_that_claim_billions_of_rings_are_unreadable", |_| {
        for kind in [1u32, 2, 3, 4, 5, 6, 7, 1003, 3006, 0xA000_0003, 0xE000_0006, 15, 16] {
            for order in [0u8, 1] {
                for count in [u32::MAX, u32::MAX / 16, 1 << 28, 100_000_000] {
                    let number = |n: u32| if order == 1 { n.to_le_bytes() } else { n.to_be_bytes() };
                    let mut bytes = vec![order];
                    bytes.extend(number(kind));
                    bytes.extend(number(count));
                    bytes.extend(number(count));
                    bytes.resize(4096, 0x3F);
                    let before = memory("VmRSS:");
                    let shape = file::shape_of_wkb(&bytes);
                    assert!(memory("VmRSS:") < before + (10 << 10));
                    assert!(kind & 7 == 1 || matches!(shape, RawShape::Unreadable(_)), "kind {kind}, {count}: {shape:?}");
                }
            }
        }
        // A hundred thousand collections in one another.
        let nested: Vec<u8> = [1, 7, 0, 0, 0, 1, 0, 0, 0].repeat(100_000);
        assert!(matches!(file::shape_of_wkb(&nested), RawShape::Unreadable(_)));
        let nested = format!("{}POINT(1 2){}", "GEOMETRYCOLLECTION(".repeat(100_000), ")".repeat(100_000));
        assert!(matches!(file::shape_of_wkt(&nested), RawShape::Unreadable(_)));
    });
}

#[test]
fn zip_bombs_and_names_that_climb_out_are_refused() {
    alone("zip_bombs_and_names_that_climb_out_are_refused", |folder| {
        // Spaces before a layer: a thousand of them pack into one byte.
        let spaces = vec![b' '; 128 << 20];
        let bomb = zip(&[("a.geojson", &spaces)]);
        assert!(spaces.len() / bomb.len() > 500);
        drop(spaces);
        let path = folder.join("bomb.zip");
        fs::write(&path, &bomb).unwrap();
        assert!(survive(&path, "a zip of one byte in a thousand").iter().all(Result::is_err));
        fs::write(&path, zip(&[("inner.zip", &bomb), ("a.geojson", b"{}")])).unwrap();
        survive(&path, "a bomb in a zip");
        let workbook = folder.join("bomb.xlsx");
        fs::write(&workbook, zip(&[("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", &vec![b' '; 64 << 20])])).unwrap();
        survive(&workbook, "a workbook of spaces");

        let good = fs::read(good_files(folder).into_iter().find(|path| path.ends_with("good.geojson")).unwrap()).unwrap();
        let inner = folder.join("inner");
        fs::create_dir(&inner).unwrap();
        let outside = format!("{}/absolute.geojson", folder.display());
        for name in [
            "../outside.geojson",
            "../../outside.geojson",
            "..\\outside.geojson",
            &outside,
            "a/../../outside.geojson",
            "C:\\outside.geojson",
        ] {
            let path = inner.join("a.zip");
            fs::write(&path, zip(&[(name, &good)])).unwrap();
            survive(&path, name);
            let left: Vec<_> = fs::read_dir(&inner).unwrap().map(|e| e.unwrap().file_name()).collect();
            assert_eq!(left, ["a.zip"], "{name}");
            assert!(!folder.join("outside.geojson").exists() && !Path::new(&outside).exists(), "{name}");
        }
    });
}

/// A workbook of one sheet, with what is between `<worksheet>` and `</worksheet>` and before that.
fn sheet(before: &str, inside: &str) -> Vec<u8> {
    let types = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#;
    let root = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
    let book = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>"#;
    let sheets = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
    let sheet = format!(
        "<?xml version=\"1.0\"?>{before}<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">{inside}</worksheet>"
    );
    zip(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", sheets.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

#[test]
fn a_workbook_is_as_large_as_its_cells_and_not_as_it_says() {
    alone("a_workbook_is_as_large_as_its_cells_and_not_as_it_says", |folder| {
        let path = folder.join("a.xlsx");
        let text = |place: &str, text: &str| format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
        let rows = format!(
            "<row r=\"1\">{}{}</row><row r=\"2\">{}<c r=\"B2\"><v>5</v></c></row>",
            text("A1", "企业"),
            text("B1", "税收"),
            text("A2", "甲")
        );
        let read = |path: &Path, bytes: &[u8], case: &str| {
            fs::write(path, bytes).unwrap();
            survive(path, case)
        };
        let claimed = read(
            &path,
            &sheet("", &format!("<dimension ref=\"A1:XFD1048576\"/><sheetData>{rows}</sheetData>")),
            "a false dimension",
        );
        let table = claimed[0].as_ref().unwrap();
        assert_eq!((table.rows.height(), table.rows.width()), (1, 2));
        let corner = format!("<row r=\"1048576\">{}</row>", text("XFD1048576", "角"));
        read(&path, &sheet("", &format!("<sheetData>{rows}{corner}</sheetData>")), "a cell in the last corner");
        read(
            &path,
            &sheet("", &format!("<sheetData>{rows}<row r=\"4294967295\">{}</row></sheetData>", text("ZZZZZZ4294967295", "外"))),
            "a cell off the sheet",
        );
        let merged: String = (0..2000).map(|n| format!("<mergeCell ref=\"A{}:XFD1048576\"/>", n + 3)).collect();
        read(
            &path,
            &sheet("", &format!("<sheetData>{rows}</sheetData><mergeCells>{merged}</mergeCells>")),
            "merged over the whole sheet",
        );
        let entities: String = (1..10).map(|n| format!("<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10))).collect();
        let bomb = format!("<!DOCTYPE worksheet [<!ENTITY e0 \"word\">{entities}]>");
        read(&path, &sheet(&bomb, &format!("<sheetData>{}</sheetData>", rows.replace("甲", "&e9;"))), "an entity bomb");
        read(&path, &sheet("", &format!("<sheetData>{}</sheetData>", "<row>".repeat(200_000))), "rows in rows");
    });
}

#[test]
fn texts_that_are_nested_wide_or_no_numbers_are_read_or_refused() {
    alone("texts_that_are_nested_wide_or_no_numbers_are_read_or_refused", |folder| {
        let layer = |coordinates: &str| {
            format!(
                "{{\"type\":\"FeatureCollection\",\"features\":[{{\"type\":\"Feature\",\"properties\":{{\"id\":1}},\"geometry\":{{\"type\":\"Polygon\",\"coordinates\":{coordinates}}}}}]}}"
            )
        };
        let cells = |n: usize| (0..n).map(|n| format!("c{n}")).collect::<Vec<_>>().join(",");
        let cases = [
            ("a.geojson", layer("[[[1e999,0],[0,-1e999],[1,1],[1e999,0]]]")),
            ("a.geojson", layer("[[[NaN,0],[0,1],[1,1],[NaN,0]]]")),
            ("a.geojson", layer(&format!("{}1{}", "[".repeat(200_000), "]".repeat(200_000)))),
            ("a.geojson", format!("{{\"type\":\"Feature\",\"properties\":{}", "{\"a\":".repeat(200_000))),
            ("a.geojsonl", "{\"type\":\"Feature\",\"properties\":null,\"geometry\":null}\n".repeat(3) + &"[".repeat(300_000)),
            ("a.csv", format!("{}\n{}\n", cells(20_000), cells(20_000))),
            ("a.csv", format!("id,note\n1,\"{}", "never closed\n".repeat(100_000))),
            ("a.csv", "id,税收\n1,NaN\n2,1e999\n3,-inf\n4,1e-999\n5,99999999999999999999999\n".to_owned()),
            ("a.csv", "id,WKT\n1,\"POLYGON((NaN 1e999,inf -inf,1 1,NaN 1e999))\"\n".to_owned()),
            ("a.csv", "\0".repeat(1 << 20)),
            ("a.txt", boundary_points().replace("40500000", "1e999").replace("3450020", "NaN")),
            ("a.txt", boundary_points().replace("4,0.06", "4294967295,0.06")),
        ];
        for (n, (name, text)) in cases.iter().enumerate() {
            let path = folder.join(name);
            fs::write(&path, text).unwrap();
            survive(&path, &format!("case {n}, {name}: {}", text.chars().take(60).collect::<String>()));
        }
    });
}
