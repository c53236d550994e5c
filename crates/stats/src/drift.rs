//! Whether two samples come from the same source, and how far apart they are.

mod binned;
mod categorical;
mod comparison;
mod embedding;
mod multivariate;
mod numeric;
mod peers;
mod text;
mod verdict;

pub use binned::{
    Binning, FEW_VALUES, SHARE_FLOOR, WidthRule, expectation, hellinger, histogram, jensen_shannon,
    js, kl, psi, psi_additive, tv,
};
pub use categorical::{
    Contingency, Deviance, Exact, chi2, contingency, cramers_v, fisher, fisher_exact, g, z,
};
pub use comparison::Comparison;
pub use peers::{evidently, nannyml};
pub use verdict::{
    About, Evidence, Method, ModelColumn, ModelVerdict, Options, Part, SMALL_MAX, Sample, Scene,
    SceneKind, Takes, Verdict, decide, default_method, drift_rate, evidence, evidence_of_counts,
    is_few_valued, model_drifted, verdict,
};
