//! Whether a column is what its spec and its reference say: which rules of [`candor_stats::quality`] it has to
//! follow, and what they mean for people.

use super::ready::Ready;
use super::wording::{bound, percent};
use crate::document::{Check as Told, Role, Severity};
use crate::roles::Column;
use crate::table::Kind;
use candor_contract::spec::{Feature, FeatureType};
use candor_stats::ValueType;
use candor_stats::quality::{self, Check, Finding, Label, Rule};

/// A reference of so many rows says what values there are.
const REFERENCE_ROWS: u64 = 100;
/// A reference of which so large a part came once does not.
const RARE_PART: u64 = 20;

/// A column of both sides with what its spec says.
pub(super) struct Checked<'a> {
    pub(super) column: &'a Column,
    pub(super) feature: Option<&'a Feature>,
    pub(super) before: &'a Ready,
    pub(super) now: &'a Ready,
}

/// How a check is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Judged {
    /// No row may fail.
    Never,
    /// Not clearly more rows than in the reference may fail.
    Compared,
    /// There is nothing to compare with.
    Told,
}

/// The checks of one column.
pub(super) fn of_column(checked: &Checked<'_>) -> Vec<Told> {
    let some = [
        typed(checked),
        range(checked),
        categories(checked),
        infinite(checked),
        constant(checked),
    ];
    let mut checks = vec![completeness(checked)];
    checks.extend(some.into_iter().flatten());
    checks
}

/// What a finding is for people.
pub(super) fn told(
    finding: &Finding,
    kind: &str,
    column: Option<&str>,
    sentence: String,
    breach: bool,
) -> Told {
    Told {
        name: finding.label.name.clone(),
        kind: kind.to_owned(),
        column: column.map(str::to_owned),
        sentence,
        severity: match finding.label.severity {
            quality::Severity::Info => Severity::Notice,
            quality::Severity::Warning => Severity::Warning,
            quality::Severity::Critical => Severity::Critical,
        },
        failing: (&finding.failing).into(),
        reference: finding.reference.as_ref().and_then(|share| share.value),
        breach,
        examples: finding.values.clone(),
    }
}

impl Checked<'_> {
    fn label(&self, kind: &str) -> Label {
        Label {
            name: format!("{}.{kind}", self.column.name),
            severity: quality::Severity::Warning,
        }
    }

    /// Holds both sides against a rule; `None` if it does not suit the column.
    fn check(&self, kind: &str, rule: Rule, sentence: String, judged: Judged) -> Option<Told> {
        let check = Check {
            label: self.label(kind),
            rule,
            tolerated: 0.0,
        };
        let now = check.rule.counted(self.now.prepared())?;
        let before = check.rule.counted(self.before.prepared());
        let comparable = judged != Judged::Told && self.column.reference.is_some();
        let before = before.filter(|_| comparable);
        let finding = check.judge(&now, before.as_ref());
        let breach = match judged {
            Judged::Never => finding.holds == Some(false),
            Judged::Compared => finding.worse == Some(true),
            Judged::Told => false,
        };
        let column = Some(self.column.name.as_str());
        Some(told(&finding, kind, column, sentence, breach))
    }

    fn declared(&self) -> Option<FeatureType> {
        self.feature.and_then(|feature| feature.ty)
    }
}

fn completeness(checked: &Checked<'_>) -> Told {
    let (column, name) = (checked.column, &checked.column.name);
    let required = checked.feature.is_some_and(|f| f.required);
    let gone = column.current.is_none();
    let sentence = if gone {
        format!("{name} is not in the current data at all")
    } else if required {
        format!("{name} must be there in every row")
    } else {
        format!("{name} is missing about as often as in the reference")
    };
    // Outcomes may be due.
    let due = column.role == Role::Outcome;
    let judged = match (required, due || column.reference.is_none()) {
        (true, _) => Judged::Never,
        (false, true) => Judged::Told,
        (false, false) => Judged::Compared,
    };
    let made = checked.check("completeness", Rule::Complete, sentence, judged);
    // Every column can be judged by it.
    let mut made = made.unwrap_or_default();
    if judged == Judged::Told && !gone {
        made.sentence = match made.failing.value {
            Some(share) if share > 0.0 => {
                format!("{name} is missing in {} of rows", percent(share))
            }
            _ => format!("{name} is never missing"),
        };
    }
    if gone && !due {
        made.breach = true;
        made.severity = Severity::Critical;
    }
    made
}

/// Values that can be read as what the spec declares.
fn typed(checked: &Checked<'_>) -> Option<Told> {
    let name = &checked.column.name;
    let (rule, word) = match (checked.declared()?, checked.column.kind) {
        (FeatureType::Number, Kind::Text) => (Rule::Type(ValueType::Number), "a number"),
        (FeatureType::Integer, Kind::Text) => (Rule::Type(ValueType::Number), "a number"),
        (FeatureType::Integer, Kind::Number) => (Rule::Whole, "a whole number"),
        (FeatureType::Boolean, Kind::Text | Kind::Number) => {
            (Rule::Type(ValueType::Boolean), "true or false")
        }
        (FeatureType::Time, Kind::Text) => (Rule::Type(ValueType::Time), "a time"),
        _ => return None,
    };
    let sentence = format!("{name} is {word}");
    checked.check("type", rule, sentence, Judged::Never)
}

/// Numbers within the spec's bounds; without them, within those of the reference.
fn range(checked: &Checked<'_>) -> Option<Told> {
    let name = &checked.column.name;
    let said = checked.feature.map(|f| (f.min, f.max));
    let said = said.filter(|(min, max)| min.is_some() || max.is_some());
    let (low, high) = match said {
        Some(said) => said,
        None => {
            let (low, high) = checked.before.prepared().bounds()?;
            (Some(low), Some(high))
        }
    };
    let rule = Rule::Range(low, high);
    if said.is_some() {
        let end = |x: Option<f64>, none: &str| x.map_or_else(|| none.to_owned(), |x| x.to_string());
        let (from, to) = (end(low, "−∞"), end(high, "∞"));
        let sentence = format!("{name} lies between {from} and {to}");
        return checked.check("range", rule, sentence, Judged::Never);
    }
    let [from, to] = [low, high].map(|x| x.map_or_else(String::new, bound));
    let sentence = format!("{name} lies where the reference does, between {from} and {to}");
    let mut check = checked.check("range", rule, sentence, Judged::Compared)?;
    // A reference need not have met the largest and the smallest value.
    check.severity = Severity::Notice;
    Some(check)
}

/// Values among those that are allowed; without a list, words among those of the reference.
fn categories(checked: &Checked<'_>) -> Option<Told> {
    let name = &checked.column.name;
    let allowed = checked.feature.and_then(|f| f.allowed.as_ref());
    if let Some(words) = allowed {
        let words = words.iter().map(|word| word.0.clone());
        let sentence = format!("{name} has allowed values only");
        let rule = Rule::Allowed(words.collect());
        return checked.check("allowed", rule, sentence, Judged::Never);
    }
    let (Ready::Words(before), Ready::Words(_)) = (checked.before, checked.now) else {
        return None;
    };
    let n = before.n();
    let rare = before.counts().iter().filter(|(_, rows)| *rows == 1);
    // Where most words came once, a new one is no surprise.
    if n < REFERENCE_ROWS || rare.count() as u64 * RARE_PART > n {
        return None;
    }
    let sentence = format!("{name} has values that the reference has");
    let rule = Rule::Among(before.clone());
    checked.check("unseen", rule, sentence, Judged::Compared)
}

fn infinite(checked: &Checked<'_>) -> Option<Told> {
    let count = |side: &Ready| {
        let (below, above) = side.prepared().infinite();
        below + above
    };
    let (before, now) = (count(checked.before), count(checked.now));
    if before + now == 0 {
        return None;
    }
    let judged = if before == 0 {
        Judged::Never
    } else {
        Judged::Compared
    };
    let sentence = format!("{} is finite", checked.column.name);
    checked.check("finite", Rule::Finite, sentence, judged)
}

/// A column that varied and does not any more.
fn constant(checked: &Checked<'_>) -> Option<Told> {
    let sides = (checked.now.prepared(), checked.before.prepared());
    let finding = quality::constant(checked.label("constant"), sides.0, sides.1)?;
    let sentence = format!("{} varies", checked.column.name);
    let column = Some(checked.column.name.as_str());
    let breach = finding.holds == Some(false);
    Some(told(&finding, "constant", column, sentence, breach))
}
