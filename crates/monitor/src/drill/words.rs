//! How drills speak.

use super::script::{Expected, Pattern, Seeded};
use crate::window::{DAY_US, HOUR_US, MINUTE_US};

/// A stretch of time as scenarios write it, e.g. `2d6h`; seconds are left out.
pub(super) fn span(us: i64) -> String {
    let mut rest = us.unsigned_abs();
    let mut out = String::new();
    for (unit_us, unit) in [(DAY_US, "d"), (HOUR_US, "h"), (MINUTE_US, "m")] {
        let count = rest / unit_us.unsigned_abs();
        rest %= unit_us.unsigned_abs();
        if count > 0 {
            out.push_str(&format!("{count}{unit}"));
        }
    }
    if out.is_empty() { "0m".to_owned() } else { out }
}

/// What is expected, e.g. `missing or drift of input_income in region=north`.
pub(super) fn what(pattern: &Pattern) -> String {
    let measures: Vec<&str> = pattern.measures.iter().map(|m| m.name()).collect();
    let mut out = measures.join(" or ");
    if !pattern.columns.is_empty() {
        out.push_str(&format!(" of {}", pattern.columns.join(" or ")));
    }
    let segment: Vec<String> = pattern
        .segment
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if !segment.is_empty() {
        out.push_str(&format!(" in {}", segment.join(", ")));
    }
    out
}

/// The fault as sentences begin, e.g. `f1, null_burst in credit-risk`.
pub(super) fn fault(seeded: &Seeded) -> String {
    format!("{}, {} in {}", seeded.id, seeded.fault, seeded.model)
}

/// How long an expected alert may take.
pub(super) fn within(expected: &Expected) -> String {
    span(expected.told_by_us - expected.from_us)
}
