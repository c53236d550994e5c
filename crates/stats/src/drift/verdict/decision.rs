//! From evidence on every column to which have drifted, and whether the model has.

use super::{Evidence, Part};

/// The share of false alarms that is borne.
pub(super) const ALPHA: f64 = 0.05;
/// Of fewer rows a side, an effect beyond its limit can be no sign of chance either.
const FEW_ROWS: u64 = 100;
/// From so many rows on, an effect beyond its limit that chance shows more often than this is taken for chance.
const DOUBT: f64 = 0.25;
/// The weighted share of drifted inputs above which a model has drifted.
const INPUTS_MAX: f64 = 0.3;

/// The decision on a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Whether it has drifted: a part is material, and significant beside all columns decided on.
    pub drifted: bool,
    /// The column's p-value after Benjamini and Hochberg's correction over the columns.
    pub adjusted_p_value: f64,
    /// Parts that are material and significant, by their place in the evidence.
    pub reasons: Vec<usize>,
    /// Whether it can be told neither that it has drifted nor that it has not: an effect lies beyond its limit, and
    /// chance may have made it at so few rows.
    pub undecided: bool,
    /// The p-value of a part up to which it is significant beside all columns decided on; 0 if none is.
    pub cut: f64,
    /// What it rests on.
    pub evidence: Evidence,
}

impl Verdict {
    pub(super) fn new(evidence: Evidence, adjusted_p_value: f64, cut: f64) -> Self {
        let parts = evidence.parts.iter().enumerate();
        let counts = |part: &Part| part.material && part.p_value() <= cut;
        let reasons: Vec<usize> = parts
            .filter(|(_, part)| counts(part))
            .map(|(at, _)| at)
            .collect();
        let drifted = !reasons.is_empty();
        Self {
            drifted,
            adjusted_p_value,
            reasons,
            undecided: !drifted && evidence.parts.iter().any(is_doubtful),
            cut,
            evidence,
        }
    }

    /// Whether the column has drifted by this part alone: its own effect is material, and it is significant, or the
    /// comparison that it belongs to is ([`Part::beside`]).
    pub fn drifted_by(&self, part: &Part) -> bool {
        let main = self.evidence.parts.first().filter(|_| part.beside);
        let significant = |part: &Part| part.p_value() <= self.cut;
        let material = part.material && (part.reach.is_some() || part.is_beyond());
        self.cut > 0.0 && material && (significant(part) || main.is_some_and(significant))
    }
}

/// Whether a part's effect is beyond its limit, yet may be chance.
fn is_doubtful(part: &Part) -> bool {
    let told = &part.comparison;
    let few = told.reference.min(told.current) < FEW_ROWS;
    part.is_beyond() && (few || told.p_value.is_some_and(|p| p <= DOUBT))
}

/// Decides on columns together: of those called changed, at most the share `alpha` is expected not to be
/// (Benjamini and Hochberg 1995); of these the ones with a material part have drifted.
pub fn decide(columns: Vec<Evidence>, alpha: f64) -> Vec<Verdict> {
    let p: Vec<f64> = columns.iter().map(Evidence::p_value).collect();
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let all = p.len() as f64;
    let mut adjusted = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    let mut cut = 0.0_f64;
    for (rank, at) in order.iter().enumerate().rev() {
        let place = (rank + 1) as f64;
        least = least.min(p[*at] * all / place);
        adjusted[*at] = least;
        if least <= alpha {
            cut = cut.max(alpha * place / all);
        }
    }
    let told = columns.into_iter().zip(adjusted);
    told.map(|(evidence, adjusted)| Verdict::new(evidence, adjusted, cut))
        .collect()
}

/// A column as far as it tells whether its model has drifted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModelColumn {
    /// Whether it is an output.
    pub output: bool,
    /// Its global importance; `None` if unknown. Negative or not finite ones count as unknown.
    pub importance: Option<f64>,
    /// Whether it has drifted.
    pub drifted: bool,
}

/// The decision on a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModelVerdict {
    /// Whether it has drifted: any output has, or inputs of more than 0.3 of the importance.
    pub drifted: bool,
    /// The share of inputs that have drifted, weighted by importance if all importances are known and not all
    /// zero, equally otherwise; 0 without inputs.
    pub weighted_share: f64,
    /// The share of inputs that have drifted.
    pub share: f64,
    /// Outputs that have drifted.
    pub outputs: usize,
}

/// Whether a model has drifted, from its columns.
pub fn model_drifted(columns: &[ModelColumn]) -> ModelVerdict {
    let inputs: Vec<&ModelColumn> = columns.iter().filter(|c| !c.output).collect();
    let outputs = columns.iter().filter(|c| c.output && c.drifted).count();
    let known = |c: &&&ModelColumn| c.importance.is_some_and(|x| x >= 0.0 && x.is_finite());
    let all_known = inputs.iter().filter(known).count() == inputs.len();
    let share_of = |weight: &dyn Fn(&ModelColumn) -> f64| {
        let all: f64 = inputs.iter().map(|c| weight(c)).sum();
        let drifted: f64 = inputs.iter().filter(|c| c.drifted).map(|c| weight(c)).sum();
        Some(drifted / all).filter(|share| share.is_finite())
    };
    let share = share_of(&|_| 1.0).unwrap_or(0.0);
    let weighted = share_of(&|c| c.importance.unwrap_or(0.0)).filter(|_| all_known);
    let weighted_share = weighted.unwrap_or(share);
    ModelVerdict {
        drifted: outputs > 0 || weighted_share > INPUTS_MAX,
        weighted_share,
        share,
        outputs,
    }
}
