//! What a person should know, most important first.

mod data;
mod performance;

use crate::document::{
    Disparity, Document, Evidence, Finding, GapVerdict, Severity, State, Verdict,
};
use crate::roles::Roles;

/// A kind of finding that a pipeline may be stopped for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    /// Columns, or the data as a whole, are not what they were.
    Drift,
    /// Rows are not what they should be.
    Quality,
    /// The model became worse.
    Performance,
    /// Groups are treated differently.
    Fairness,
}

impl Document {
    /// Whether there are findings of this kind that somebody should look at.
    pub fn concerns(&self, concern: Concern) -> bool {
        let serious = self
            .findings
            .iter()
            .filter(|f| f.severity <= Severity::Warning);
        serious
            .flat_map(|f| &f.evidence)
            .any(|evidence| match evidence {
                Evidence::Column(_) | Evidence::Drift => concern == Concern::Drift,
                Evidence::Quality(_) => concern == Concern::Quality,
                Evidence::Performance(_)
                | Evidence::EstimatedPerformance(_)
                | Evidence::Calibration
                | Evidence::Slice(_) => concern == Concern::Performance,
                Evidence::Fairness { .. } => concern == Concern::Fairness,
                Evidence::Windows { family, .. } => match concern {
                    Concern::Drift => family == "drift",
                    Concern::Quality => family == "quality",
                    Concern::Performance => family.ends_with("performance"),
                    Concern::Fairness => false,
                },
                Evidence::Other(_) => false,
            })
    }
}

/// Drifted columns that are named one by one.
const NAMED: usize = 5;
/// A loss of so much of the leading metric is grave.
const GRAVE: f64 = 0.05;
/// Breaches of windows in a row that are a finding of their own.
const IN_A_ROW: usize = 3;

/// Tells all findings and what follows from them.
pub(super) fn tell(document: &mut Document, roles: &Roles) {
    let mut findings = Vec::new();
    performance::performance(document, &mut findings);
    performance::estimated(document, &mut findings);
    findings.extend(performance::refuted(document));
    data::quality(document, &mut findings);
    fairness(document, &mut findings);
    data::drift(document, &mut findings);
    performance::calibration(document, &mut findings);
    performance::slices(document, &mut findings);
    performance::windows(document, &mut findings);
    data::undecided(document, &mut findings);
    performance::coverage(document, roles, &mut findings);
    let calm = !findings.iter().any(|f| f.severity <= Severity::Warning);
    let open = data::too_few(document).filter(|_| calm);
    if calm && open.is_none() {
        findings.push(data::good(document));
    }
    // Of equal severity, the order above is that of importance.
    findings.sort_by_key(|finding| finding.severity);
    document.verdict = Some(verdict(&findings, open));
    document.findings = findings;
    data::state_facts(document);
    if performance::unmeasured(roles) && document.absent.contains_key("performance") {
        let why = performance::UNMEASURED.to_owned();
        document.absent.insert("performance".to_owned(), why);
    }
}

/// The gravest finding speaks; where none asks for somebody, what is well does, unless too little can be told.
fn verdict(findings: &[Finding], open: Option<String>) -> Verdict {
    if let Some(sentence) = open {
        return Verdict {
            state: State::Unknown,
            sentence,
        };
    }
    let gravest = findings.first();
    let state = gravest.map_or(State::Fine, |f| State::of(f.severity));
    let calm = findings.iter().find(|f| f.severity == Severity::Good);
    let speaks = calm.filter(|_| state == State::Fine).or(gravest);
    Verdict {
        state,
        sentence: speaks.map_or_else(String::new, |f| f.sentence.clone()),
    }
}

fn fairness(document: &Document, findings: &mut Vec<Finding>) {
    let gaps = document.fairness.iter().flat_map(|f| &f.disparities);
    let broken: Vec<&Disparity> = gaps
        .filter(|gap| gap.stands() == GapVerdict::Breach)
        .collect();
    let evidence = |gap: &&Disparity| Evidence::Fairness {
        attribute: gap.attribute.clone(),
        measure: gap.measure.clone(),
    };
    for disparity in broken.iter().take(NAMED) {
        findings.push(Finding {
            sentence: format!("{}.", disparity.sentence),
            severity: Severity::Warning,
            evidence: vec![evidence(disparity)],
            detail: None,
        });
    }
    let rest = broken.get(NAMED..).unwrap_or_default();
    let named: Vec<String> = rest
        .iter()
        .map(|gap| format!("{} by {}", gap.measure.replace('_', " "), gap.attribute))
        .collect();
    let words = match rest.len() {
        0 => return,
        1 => "One more gap between groups is".to_owned(),
        n => format!("{n} more gaps between groups are"),
    };
    findings.push(Finding {
        sentence: format!("{words} beyond what is allowed: {}.", named.join(", ")),
        severity: Severity::Warning,
        evidence: rest.iter().map(evidence).collect(),
        detail: None,
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Fairness;

    fn told(gaps: usize) -> Vec<Finding> {
        let gap = |at: usize| Disparity {
            attribute: format!("a{at}"),
            measure: "equalised_odds".into(),
            breach: true,
            verdict: GapVerdict::Breach,
            ..Disparity::default()
        };
        let open = Disparity::default();
        let document = Document {
            fairness: Some(Fairness {
                disparities: (0..gaps).map(gap).chain([open]).collect(),
                ..Fairness::default()
            }),
            ..Document::default()
        };
        let mut findings = Vec::new();
        fairness(&document, &mut findings);
        findings
    }

    #[test]
    fn gaps_beyond_the_fifth_are_counted_and_named() {
        assert_eq!((told(0).len(), told(NAMED).len()), (0, NAMED));
        let six = told(NAMED + 1);
        assert_eq!(
            six[NAMED].sentence,
            "One more gap between groups is beyond what is allowed: equalised odds by a5."
        );
        let seven = told(NAMED + 2);
        assert_eq!(seven.len(), NAMED + 1);
        assert_eq!(seven[NAMED].evidence.len(), 2);
        assert!(seven[NAMED].sentence.starts_with("2 more gaps between"));
    }
}
