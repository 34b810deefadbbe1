use mujun::{
    check, locate, measure,
    progress::Silent,
    read::{Inputs, spec::*},
    report,
    rulebook::Rulebook,
};
use std::time::Instant;
fn main() {
    let d = std::path::Path::new("/tmp/b100k");
    let i = |n: &str| InputSpec::from(d.join(n));
    let spec = SurveySpec {
        parcels: i("parcels.geojson"),
        parks: Some(i("parks.geojson")),
        districts: Some(i("districts.geojson")),
        ..Default::default()
    };
    let rss =
        || std::fs::read_to_string("/proc/self/status").unwrap().lines().find(|l| l.starts_with("VmHWM")).unwrap().to_string();
    let t = Instant::now();
    let inputs = Inputs::open(&spec, &Silent).unwrap();
    println!("read {:?} {}", t.elapsed(), rss());
    let inp2 = inputs.clone();
    let t = Instant::now();
    let c = check::parcels(inputs.parcels, &Silent).unwrap();
    println!("check {:?} {}", t.elapsed(), rss());
    let t = Instant::now();
    let mut f = vec![];
    let dz = check::zones(inputs.districts.unwrap(), &mut f).unwrap();
    let pz = check::zones(inputs.parks.unwrap(), &mut f).unwrap();
    println!("zones {:?}", t.elapsed());
    let t = Instant::now();
    measure::measure(&c.parcels);
    println!("measure {:?}", t.elapsed());
    let t = Instant::now();
    locate::locate(&c.parcels, &dz, "", &Silent);
    println!("loc d {:?}", t.elapsed());
    let t = Instant::now();
    locate::locate(&c.parcels, &pz, "", &Silent);
    println!("loc p {:?}", t.elapsed());
    let t = Instant::now();
    let s = mujun::survey(inp2, Rulebook::open("comparison").unwrap(), &Silent).unwrap();
    println!("survey all {:?} {}", t.elapsed(), rss());
    let t = Instant::now();
    report::totals(&s);
    println!("totals {:?}", t.elapsed());
    let t = Instant::now();
    report::write(
        &s,
        &report::Output {
            folder: "/tmp/profout".into(),
            formats: vec![report::Format::Parquet],
            lang: report::Lang::En,
            overwrite: true,
        },
        &[],
        &Silent,
    )
    .unwrap();
    println!("write {:?} {}", t.elapsed(), rss());
}
