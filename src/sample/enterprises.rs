//! Enterprises: ids, names, industries and figures.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::number::exp;

/// Signs of a unified social credit code, GB 32100: digits and letters without I, O, S, V, Z.
const SIGNS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// An industry: GB/T 4754 class, word in a company's name, and what is typical of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Industry {
    pub code: &'static str,
    word: &'static str,
    /// Output against the city's usual, natural logarithm.
    lift: f64,
    /// Tax per output, value added per output.
    tax: f64,
    added: f64,
    /// Energy, tce per 10,000 yuan of output.
    energy: f64,
    /// Output per employee, 10,000 yuan.
    per_head: f64,
    /// Research per revenue.
    research: f64,
}

#[allow(clippy::too_many_arguments)]
const fn industry(
    code: &'static str,
    word: &'static str,
    lift: f64,
    tax: f64,
    added: f64,
    energy: f64,
    per_head: f64,
    research: f64,
) -> Industry {
    Industry { code, word, lift, tax, added, energy, per_head, research }
}

const INDUSTRIES: [Industry; 26] = [
    industry("3973", "集成电路", 0.35, 0.050, 0.31, 0.060, 190.0, 0.075),
    industry("3562", "半导体设备", 0.20, 0.055, 0.30, 0.030, 170.0, 0.080),
    industry("3983", "传感器", 0.05, 0.050, 0.27, 0.035, 120.0, 0.055),
    industry("2720", "制药", 0.30, 0.090, 0.38, 0.045, 150.0, 0.065),
    industry("2761", "生物药品", 0.25, 0.085, 0.40, 0.050, 140.0, 0.095),
    industry("3581", "医疗器械", 0.05, 0.075, 0.35, 0.025, 110.0, 0.060),
    industry("2682", "日用化妆品", 0.20, 0.095, 0.33, 0.025, 160.0, 0.025),
    industry("6513", "软件", 0.45, 0.070, 0.45, 0.006, 75.0, 0.110),
    industry("3911", "计算机", 0.50, 0.028, 0.18, 0.012, 320.0, 0.035),
    industry("3921", "通信设备", 0.30, 0.040, 0.24, 0.015, 180.0, 0.070),
    industry("3491", "机器人", 0.10, 0.050, 0.26, 0.020, 140.0, 0.060),
    industry("3421", "机床", -0.05, 0.048, 0.25, 0.030, 105.0, 0.040),
    industry("3737", "海洋工程装备", 0.00, 0.030, 0.21, 0.045, 150.0, 0.035),
    industry("3741", "航空器", 0.10, 0.035, 0.28, 0.030, 120.0, 0.085),
    industry("3612", "新能源汽车", 0.65, 0.045, 0.20, 0.030, 380.0, 0.040),
    industry("3670", "汽车零部件", 0.00, 0.045, 0.24, 0.050, 115.0, 0.032),
    industry("3849", "电池", 0.25, 0.038, 0.22, 0.075, 160.0, 0.045),
    industry("2651", "合成材料", 0.30, 0.055, 0.21, 0.240, 330.0, 0.022),
    industry("2669", "专用化学品", 0.15, 0.060, 0.24, 0.160, 230.0, 0.030),
    industry("3130", "钢材", 0.20, 0.038, 0.17, 0.420, 290.0, 0.012),
    industry("3484", "机械", -0.20, 0.050, 0.25, 0.045, 85.0, 0.028),
    industry("3311", "金属结构", -0.30, 0.042, 0.22, 0.055, 80.0, 0.016),
    industry("2929", "塑料制品", -0.30, 0.045, 0.22, 0.085, 75.0, 0.018),
    industry("2319", "印刷", -0.45, 0.048, 0.26, 0.050, 60.0, 0.012),
    industry("1819", "服装", -0.55, 0.045, 0.26, 0.025, 42.0, 0.008),
    industry("5990", "仓储", -0.85, 0.050, 0.30, 0.040, 70.0, 0.002),
];

/// Industries of a sector, by their place in the list, the first the commonest.
fn of_sector(sector: &str) -> &'static [usize] {
    match sector {
        "IC" => &[0, 0, 1, 2],
        "sensor" => &[2, 2, 9],
        "bio" => &[3, 4, 5, 6],
        "AI" | "metaverse" | "online" | "software" => &[7, 7, 8],
        "digital" => &[9, 7, 8],
        "smart" => &[10, 11, 8],
        "marine" => &[12, 12, 11],
        "aero" => &[13, 11],
        "auto" => &[15, 14],
        "green" => &[16, 14, 16],
        "materials" => &[17, 18, 18],
        _ => &[20],
    }
}

/// Groups of industries of quarters that are not around a park.
const QUARTER_MIX: [&[usize]; 6] =
    [&[15, 15, 14, 22], &[20, 21, 11, 20], &[22, 23, 20, 24], &[21, 19, 20, 12], &[20, 3, 18, 22], &[8, 9, 20, 2]];

/// Draws an industry for a parcel of a quarter, mostly of the park's sector where it is around one.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn choose(sector: Option<&str>, quarter: usize, storage: bool, rng: &mut ChaCha8Rng) -> Industry {
    let draw: f64 = rng.random();
    let list = match sector {
        _ if storage && draw < 0.8 => &[25][..],
        Some(sector) if draw < 0.7 => of_sector(sector),
        None if draw < 0.7 => QUARTER_MIX[quarter % QUARTER_MIX.len()],
        _ => &[20, 15, 22, 21, 24, 23, 11, 25],
    };
    INDUSTRIES[list[rng.random_range(0..list.len())]]
}

/// What an enterprise reports; `None` is an empty cell. Money in 10,000 yuan.
#[derive(Debug, Clone)]
pub(super) struct Figures {
    pub output: Option<f64>,
    pub revenue: Option<f64>,
    pub added: Option<f64>,
    pub tax: Option<f64>,
    pub employees: Option<i64>,
    pub energy_tce: Option<f64>,
    pub research: Option<f64>,
}

/// Usual output of a mu of land, 10,000 yuan.
const OUTPUT_A_MU: f64 = 335.0;

/// A number around 1, lognormal, `spread` the deviation of its logarithm.
pub(super) fn around_one(spread: f64, rng: &mut ChaCha8Rng) -> f64 {
    let z: f64 = StandardNormal.sample(rng);
    exp(spread * z)
}

/// Draws the figures of an enterprise on `mu` of land whose output is lifted by `lift`, a natural logarithm.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn figures(kind: Industry, mu: f64, lift: f64, stopped: bool, rng: &mut ChaCha8Rng) -> Figures {
    let output = OUTPUT_A_MU * mu * exp(kind.lift + lift) * around_one(0.7, rng);
    let revenue = output * 1.03 * around_one(0.08, rng);
    let added = output * kind.added * around_one(0.25, rng);
    let tax = output * kind.tax * around_one(0.5, rng);
    let employees = (output / (kind.per_head * around_one(0.45, rng))).round().max(1.0) as i64;
    let energy = output * kind.energy * around_one(0.55, rng);
    let research = revenue * kind.research * around_one(0.6, rng);
    let quiet = stopped || rng.random_bool(0.004);
    let no_tax = quiet || rng.random_bool(0.014);
    let mut cell = |value: f64, zero: bool| (!rng.random_bool(0.03)).then_some(if zero { 0.0 } else { value });
    Figures {
        output: cell(output, quiet),
        revenue: cell(revenue, quiet),
        added: cell(added, quiet),
        tax: cell(tax, no_tax),
        employees: cell(0.0, false).map(|_| if quiet { employees.min(3) } else { employees }),
        energy_tce: cell(energy, quiet),
        research: cell(research, quiet || kind.research < 0.01),
    }
}

/// A made-up name that says so.
pub(super) fn name(kind: Industry, serial: u64) -> String {
    const STEMS: [char; 10] = ['甲', '乙', '丙', '丁', '戊', '己', '庚', '辛', '壬', '癸'];
    let stem = STEMS[usize::try_from(serial % 10).unwrap_or(0)];
    format!("示例{stem}{}有限公司{serial:04}", kind.word)
}

/// The unified social credit code of enterprise `serial`. Its organisation number begins with "YY", which no office has given
/// out, so that it is nobody's; both check digits are right.
pub(super) fn credit_code(district: &str, serial: u64) -> String {
    let mut body = [b'0'; 8];
    body[0] = b'Y';
    body[1] = b'Y';
    let mut rest = serial;
    for place in body[2..].iter_mut().rev() {
        *place = SIGNS[usize::try_from(rest % 31).unwrap_or(0)];
        rest /= 31;
    }
    let mut code = format!("91{district}");
    code.extend(body.iter().map(|&b| char::from(b)));
    code.push(organisation_check(body));
    let check = credit_check(&code);
    code.push(check);
    code
}

/// Check digit of an organisation number, GB 11714.
fn organisation_check(body: [u8; 8]) -> char {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let value = |sign: u8| char::from(sign).to_digit(36).unwrap_or(0);
    let sum: u32 = body.iter().zip(WEIGHTS).map(|(&sign, weight)| value(sign) * weight).sum();
    match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    }
}

/// Check digit of the first seventeen signs of a unified social credit code, GB 32100.
fn credit_check(first: &str) -> char {
    let (mut sum, mut weight) = (0, 1);
    for sign in first.bytes() {
        sum += SIGNS.iter().position(|&s| s == sign).unwrap_or(0) * weight % 31;
        weight = weight * 3 % 31;
    }
    char::from(SIGNS[(31 - sum % 31) % 31])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_agree_with_published_examples() {
        // The example of GB 32100-2015, annex; and of GB 11714 (D2143569-X).
        assert_eq!(credit_check("91350100M000100Y4"), '3');
        assert_eq!(organisation_check(*b"D2143569"), 'X');
        assert_eq!(credit_code("310117", 12_345).len(), 18);
        assert_ne!(credit_code("310117", 1), credit_code("310117", 2));
    }
}
