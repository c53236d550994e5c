//! Checks of columns, and what they find.

use super::rule::Rule;
use crate::error::Result;
use crate::figure::Figure;
use crate::proportion::{difference, share};
use arrow::array::{Array, ArrayRef, BooleanArray};

/// Most examples of a finding.
pub const EXAMPLES: usize = 5;
/// A failing share is worse than the reference's from this difference on …
const WORSE_BY: f64 = 0.05;
/// … or from so many times the reference's.
const WORSE_TIMES: f64 = 3.0;

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
    /// Whether no more rows fail than tolerated, by the interval's lower end; `None` without rows.
    pub holds: Option<bool>,
    /// The failing share of the reference, if there is one.
    pub reference: Option<Figure>,
    /// Failing share minus that of the reference, with Newcombe's interval.
    pub difference: Option<Figure>,
    /// Whether clearly more rows fail than in the reference: by 0.05 or three times its share, and by more
    /// than chance explains.
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
        let failing = share(failed, known);
        let holds = failing.low.map(|low| low <= self.tolerated.max(0.0));
        Ok(Finding {
            label: self.label.clone(),
            failing,
            failed,
            unknown: mask.len() as u64 - known,
            examples: examples(&mask),
            holds,
            reference: None,
            difference: None,
            worse: None,
        })
    }

    /// [`Check::run`], and the comparison with the same rule on a reference.
    ///
    /// # Errors
    /// As [`Check::run`], for either column.
    pub fn compared(&self, column: &ArrayRef, reference: &ArrayRef) -> Result<Finding> {
        let mut finding = self.run(column)?;
        let (failed, known) = counted(&self.rule.mask(reference)?);
        let now = finding.failing.n;
        let change = difference((failed, known), (finding.failed, now));
        let usual = share(failed, known);
        if let (Some(d), Some(low), Some(usual)) = (change.value, change.low, usual.value) {
            let is_material = d >= WORSE_BY || usual + d >= WORSE_TIMES * usual;
            finding.worse = Some(d > 0.0 && low > 0.0 && is_material);
        }
        finding.reference = Some(usual);
        finding.difference = Some(change);
        Ok(finding)
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
