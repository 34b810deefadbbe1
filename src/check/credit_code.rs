//! Unified social credit codes (GB 32100-2015) with the organisation code in them (GB 11714-1997).
//!
//! Eighteen signs: the registering department and the kind of body (two), the division of the registry (six digits), the
//! organisation code (nine, the last one its check digit), and a check digit over all.

use crate::finding::{Detail, detail};

/// Signs of the code, each standing for its place in this list: digits and letters without I, O, S, V, Z.
const SIGNS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Weights of the first eight signs of an organisation code.
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
/// Registering department and the kinds of body it registers, GB 32100-2015 with later additions (国发〔2015〕33号, code list of the
/// national data service centre).
const KINDS: &[(char, &str)] = &[
    ('1', "1239"),   // establishment
    ('2', "19"),     // foreign affairs
    ('3', "123459"), // justice
    ('4', "19"),     // culture
    ('5', "1239"),   // civil affairs
    ('6', "129"),    // tourism
    ('7', "129"),    // religion
    ('8', "19"),     // trade unions
    ('9', "123"),    // market regulation
    ('A', "19"),     // central military commission
    ('N', "1239"),   // agriculture
    ('Y', "1"),      // others
];
/// First two digits of a division code, GB/T 2260; 10 is the national registry.
const PROVINCES: &[&str] = &[
    "10", "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45",
    "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
];

/// Why a text is no unified social credit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Not eighteen signs, and no older code either; how many there are.
    Length(usize),
    /// A sign that no code has, and its place from 1.
    Sign(char, usize),
    /// No department, or no kind of body, has these first two signs.
    Kind(String),
    /// Signs 3 to 8 are no division of the country.
    Division(String),
    /// The last sign of the organisation code should be another.
    OrganisationCheck { is: char, should: char },
    /// The last sign should be another.
    Check { is: char, should: char },
    /// A business registration number of before 2015: fifteen digits.
    OldRegistration,
    /// An organisation code alone: nine signs.
    OldOrganisation,
    /// Right once it is written as it should be: capital letters, half width, without blanks or hyphens.
    Spelling(String),
}

impl Reason {
    /// To a person.
    #[must_use]
    pub fn told(&self) -> Detail {
        match self {
            Self::Length(n) => detail!("长 {n} 位，应为 18 位", "of length {n}, a code has 18 signs"),
            Self::Sign(sign, at) => detail!("第 {at} 位“{sign}”不是代码字符", "sign {at} is \"{sign}\", which no code has"),
            Self::Kind(kind) => detail!(
                "前两位“{kind}”没有对应的登记机关与机构类别",
                "no department registers bodies as \"{kind}\" (first two signs)"
            ),
            Self::Division(code) => detail!("第 3–8 位“{code}”不是行政区划码", "\"{code}\" (signs 3 to 8) is no division"),
            Self::OrganisationCheck { is, should } => detail!(
                "组织机构代码校验码（第 17 位）为 {is}，应为 {should}",
                "check digit of the organisation code (sign 17) is {is}, should be {should}"
            ),
            Self::Check { is, should } => {
                detail!("校验码（第 18 位）为 {is}，应为 {should}", "check digit (sign 18) is {is}, should be {should}")
            }
            Self::OldRegistration => detail!("旧代码：15 位工商注册号", "old code: a business registration number of 15 digits"),
            Self::OldOrganisation => detail!("旧代码：9 位组织机构代码", "old code: an organisation code of 9 signs"),
            Self::Spelling(right) => detail!("规范写法为 {right}", "right if written {right}"),
        }
    }
}

/// Verifies a unified social credit code.
///
/// # Errors
/// What is wrong with it. A code that is right but for its spelling is an error too: another table may hold it spelt otherwise,
/// and the two would not be joined.
pub fn verify(text: &str) -> Result<(), Reason> {
    let code = normalised(text);
    match code.len() {
        _ if !code.is_ascii() => return Err(Reason::Length(code.chars().count())),
        18 => verify_signs(&code)?,
        15 if code.bytes().all(|b| b.is_ascii_digit()) => return Err(Reason::OldRegistration),
        9 if organisation_check(&code[..8]).is_some_and(|check| code.ends_with(check)) => return Err(Reason::OldOrganisation),
        _ => return Err(Reason::Length(code.chars().count())),
    }
    if code == text { Ok(()) } else { Err(Reason::Spelling(code)) }
}

fn verify_signs(code: &str) -> Result<(), Reason> {
    if let Some((at, sign)) = code.chars().enumerate().find(|(_, sign)| value(*sign).is_none()) {
        return Err(Reason::Sign(sign, at + 1));
    }
    let (kind, division, organisation) = (&code[..2], &code[2..8], &code[8..17]);
    if !KINDS.iter().any(|(department, kinds)| kind.starts_with(*department) && kind.ends_with(|k| kinds.contains(k))) {
        return Err(Reason::Kind(kind.to_owned()));
    }
    let digits = division.bytes().all(|b| b.is_ascii_digit());
    if !digits || !PROVINCES.contains(&&division[..2]) {
        return Err(Reason::Division(division.to_owned()));
    }
    let last = |text: &str| text.chars().next_back().unwrap_or_default();
    let check = check_digit(&code[..17]);
    if let Some(should) = check.filter(|should| *should != last(code)) {
        return Err(Reason::Check { is: last(code), should });
    }
    match organisation_check(&organisation[..8]) {
        Some(should) if should != last(organisation) => Err(Reason::OrganisationCheck { is: last(organisation), should }),
        _ => Ok(()),
    }
}

/// Capital letters, half width, without blanks, hyphens and invisible signs.
fn normalised(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '－' | '—' | '\'' | '\u{200b}' | '\u{feff}'))
        .map(|c| match c {
            '！'..='～' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
            _ => c,
        })
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// What a sign stands for, 0 to 30.
fn value(sign: char) -> Option<usize> {
    SIGNS.iter().position(|s| char::from(*s) == sign)
}

/// Check digit of the first seventeen signs: weights 3^i mod 31, GB 32100.
fn check_digit(first: &str) -> Option<char> {
    let (mut sum, mut weight) = (0, 1);
    for sign in first.chars() {
        sum += value(sign)? * weight;
        weight = weight * 3 % 31;
    }
    SIGNS.get((31 - sum % 31) % 31).map(|sign| char::from(*sign))
}

/// Check digit of the first eight signs of an organisation code, GB 11714; letters count from A = 10.
fn organisation_check(first: &str) -> Option<char> {
    let mut sum = 0;
    for (sign, weight) in first.chars().zip(ORGANISATION_WEIGHTS) {
        sum += sign.to_digit(36)? * weight;
    }
    match 11 - sum % 11 {
        10 => Some('X'),
        11 => Some('0'),
        digit => char::from_digit(digit, 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published codes of well-known companies, the example of the standard, and codes of other departments; another program
    /// (python-stdnum 2.2) takes every one.
    const RIGHT: [&str; 10] = [
        "91350100M000100Y43", // GB 32100-2015, annex
        "91310000132260250X",
        "914403001922038216",
        "91330100799655058B",
        "91330100716105852F",
        "91110000802100433B",
        "9144030071526726XG",
        "91440300708461136T",
        "91110108551385082Q",
        "91110000710924945A",
    ];

    #[test]
    fn published_codes_pass_and_every_wrong_sign_is_noticed() {
        for code in RIGHT {
            assert_eq!(verify(code), Ok(()), "{code}");
            // GB 32100 promises to notice each single wrong sign; all 17 × 30 of them.
            for at in 0..18 {
                for sign in SIGNS.map(char::from) {
                    let mut wrong: Vec<char> = code.chars().collect();
                    wrong[at] = sign;
                    let wrong: String = wrong.into_iter().collect();
                    assert!(wrong == code || verify(&wrong).is_err(), "{wrong} passed for {code}");
                }
            }
        }
    }

    #[test]
    fn exchanged_neighbours_are_noticed() {
        for code in RIGHT {
            for at in 0..17 {
                let mut signs: Vec<char> = code.chars().collect();
                signs.swap(at, at + 1);
                let swapped: String = signs.into_iter().collect();
                assert!(swapped == code || verify(&swapped).is_err(), "{swapped}");
            }
        }
    }

    #[test]
    fn the_reason_says_what_is_wrong() {
        let reason = |code| verify(code).unwrap_err();
        assert_eq!(reason("914403001922038217"), Reason::Check { is: '7', should: '6' });
        assert_eq!(reason("91440300192203821"), Reason::Length(17));
        assert_eq!(reason("91440300192203821O"), Reason::Sign('O', 18));
        assert_eq!(reason("94440300192203821A"), Reason::Kind("94".into()));
        assert_eq!(reason("919903001922038216"), Reason::Division("990300".into()));
        assert_eq!(reason("310115000123456"), Reason::OldRegistration);
        assert_eq!(reason("D2143569-X"), Reason::OldOrganisation);
        assert_eq!(reason("9131000013226025０x "), Reason::Spelling("91310000132260250X".into()));
        assert_eq!(reason("上海汽车集团股份有限公司"), Reason::Length(12));
        assert_eq!(reason(""), Reason::Length(0));
    }

    #[test]
    fn a_wrong_organisation_code_under_a_right_check_digit_is_noticed() {
        // The ninth sign of the organisation code is wrong, and the whole code was given its check digit afterwards.
        let first = "91310000132260251";
        let code = format!("{first}{}", check_digit(first).unwrap());
        assert_eq!(verify(&code), Err(Reason::OrganisationCheck { is: '1', should: '0' }));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_judged_without_a_panic(text in ".{0,40}") {
            let _ = verify(&text);
        }

        #[test]
        fn signs_alone_are_judged_without_a_panic(text in "[0-9A-Za-z０-９汉é]{9,18}") {
            let _ = verify(&text);
        }
    }
}
