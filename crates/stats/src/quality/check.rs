//! Checks of columns, and what they find.

use super::rule::{Counted, Rule};
use crate::error::Result;
use crate::figure::Figure;
use crate::proportion::{difference, equal_shares, share};
use arrow::array::{Array, ArrayRef, BooleanArray};

/// Most examples of a finding.
pub const EXAMPLES: usize = 5;
/// A failing share is worse than the reference's from this difference on …
const WORSE_BY: f64 = 0.05;
/// … or from so many times the reference's, if the difference is not below this one.
const WORSE_TIMES: f64 = 3.0;
const TRIPLED_BY: f64 = 0.01;
/// Chance of such a difference between equal shares, below which it is certain.
const ALPHA: f64 = 0.01;

/// How much a failed check matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Somebody should look.
    Warning,
    /// The data must not be used.
    Critical,
}

impl Severity {
    /// Its name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Critical => "critical",
        }
    }
}

/// What a check is called and how much it matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Its name, e.g. `income: range`.
    pub name: String,
    /// How much it matters if it fails.
    pub severity: Severity,
}

/// A rule that the rows of a column should follow.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Name and severity.
    pub label: Label,
    /// The rule.
    pub rule: Rule,
    /// The share of failing rows that is accepted; usually 0.
    pub tolerated: f64,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The check's name and severity.
    pub label: Label,
    /// Share of failing rows among those that the rule can judge, with Wilson's interval.
    pub failing: Figure,
    /// Failing rows.
    pub failed: u64,
    /// Rows that the rule cannot judge: a missing value, except where completeness is the rule.
    pub unknown: u64,
    /// The first failing rows, at most [`EXAMPLES`], counted from 0.
    pub examples: Vec<usize>,
    /// Failing values, where rows were counted before ([`Check::judge`]).
    pub values: Vec<String>,
    /// Whether no more rows fail than tolerated, by the interval's lower end; `None` without rows.
    pub holds: Option<bool>,
    /// The failing share of the reference, if there is one.
    pub reference: Option<Figure>,
    /// Failing share minus that of the reference, with Newcombe's interval.
    pub difference: Option<Figure>,
    /// Whether clearly more rows fail than in the reference: by 0.05, or by 0.01 and three times its share, and by
    /// more than chance explains (p ≤ 0.01).
    pub worse: Option<bool>,
}

impl Check {
    /// Holds the column against the rule.
    ///
    /// # Errors
    /// If the column's type does not suit the rule, or the rule is not well formed.
    pub fn run(&self, column: &ArrayRef) -> Result<Finding> {
        let mask = self.rule.mask(column)?;
        let (failed, known) = counted(&mask);
        let counted = Counted {
            failed,
            known,
            unknown: mask.len() as u64 - known,
            values: Vec::new(),
        };
        Ok(Finding {
            examples: examples(&mask),
            ..Finding::of(self, &counted)
        })
    }

    /// [`Check::run`], and the comparison with the same rule on a reference.
    ///
    /// # Errors
    /// As [`Check::run`], for either column.
    pub fn compared(&self, column: &ArrayRef, reference: &ArrayRef) -> Result<Finding> {
        let mut finding = self.run(column)?;
        finding.compare(counted(&self.rule.mask(reference)?));
        Ok(finding)
    }

    /// What rows counted by the check's rule say, and the comparison with those of a reference.
    pub fn judge(&self, current: &Counted, reference: Option<&Counted>) -> Finding {
        let mut finding = Finding::of(self, current);
        if let Some(reference) = reference {
            finding.compare((reference.failed, reference.known));
        }
        finding
    }
}

impl Finding {
    pub(super) fn of(check: &Check, counted: &Counted) -> Self {
        let failing = share(counted.failed, counted.known);
        let holds = failing.low.map(|low| low <= check.tolerated.max(0.0));
        Self {
            label: check.label.clone(),
            failing,
            failed: counted.failed,
            unknown: counted.unknown,
            examples: Vec::new(),
            values: counted.values.clone(),
            holds,
            reference: None,
            difference: None,
            worse: None,
        }
    }

    /// Holds it against failing and judged rows of a reference.
    pub(super) fn compare(&mut self, (failed, known): (u64, u64)) {
        let now = (self.failed, self.failing.n);
        let change = difference((failed, known), now);
        let usual = share(failed, known);
        if let (Some(d), Some(usual)) = (change.value, usual.value) {
            let is_tripled = usual + d >= WORSE_TIMES * usual && d >= TRIPLED_BY;
            let is_material = d >= WORSE_BY || is_tripled;
            let is_certain = || equal_shares((failed, known), now) <= ALPHA;
            self.worse = Some(d > 0.0 && is_material && is_certain());
        }
        self.reference = Some(usual);
        self.difference = Some(change);
    }
}

/// Failing and judged rows.
fn counted(mask: &BooleanArray) -> (u64, u64) {
    let known = mask.len() - mask.null_count();
    ((known - mask.true_count()) as u64, known as u64)
}

fn examples(mask: &BooleanArray) -> Vec<usize> {
    if mask.true_count() + mask.null_count() == mask.len() {
        return Vec::new();
    }
    let rows = mask.iter().enumerate();
    let failing = rows.filter(|(_, passes)| *passes == Some(false));
    failing.take(EXAMPLES).map(|(row, _)| row).collect()
}
