//! Codes that are right: unified social credit codes with their check digits, industries, land uses.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// Signs of a credit code, GB 32100-2015; each stands for its place.
pub const SIGNS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Classes of GB/T 4754-2017.
pub const INDUSTRIES: [&str; 8] = ["3311", "3484", "3670", "3824", "3912", "2710", "2651", "3525"];
/// Industrial land in GB/T 21010 and in the classification of 2023.
pub const LAND_USES: [&str; 3] = ["0601", "100101", "100102"];
const DIVISIONS: [&str; 4] = ["310115", "310117", "330482", "330108"];

fn value(sign: char) -> u64 {
    SIGNS.chars().position(|known| known == sign).expect("a sign of a code") as u64
}

fn sign(value: u64) -> char {
    SIGNS.chars().nth(usize::try_from(value).expect("small")).expect("a sign of a code")
}

/// A credit code: department and kind, division, organisation code with its check digit, check digit of the whole.
///
/// The check digit of the organisation code is 11 less the weighted sum modulo 11 (`X` for 10, `0` for 11), GB 11714; that of the
/// whole is 31 less the sum of value × 3^place modulo 31, GB 32100.
pub fn credit_code(random: &mut ChaCha8Rng) -> String {
    let organisation: String = (0..8)
        .map(|place| if place == 0 { "MA".chars().next().expect("a letter") } else { sign(random.random_range(0..31)) })
        .collect();
    let sum: u64 = organisation.chars().zip([3u64, 7, 9, 10, 5, 8, 4, 2]).map(|(sign, weight)| letter(sign) * weight).sum();
    let check = match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(u32::try_from(digit).expect("a digit"), 10).expect("a digit"),
    };
    let first = format!("91{}{organisation}{check}", DIVISIONS.choose(random).expect("a division"));
    format!("{first}{}", check_digit(&first))
}

/// In an organisation code letters count from ten in the order of the alphabet.
fn letter(sign: char) -> u64 {
    u64::from(sign.to_digit(36).expect("a digit or letter"))
}

/// The last sign of a credit code, from the first seventeen.
pub fn check_digit(first: &str) -> char {
    let mut weight = 1;
    let mut sum = 0;
    for sign in first.chars() {
        sum += value(sign) * weight;
        weight = weight * 3 % 31;
    }
    sign((31 - sum % 31) % 31)
}
