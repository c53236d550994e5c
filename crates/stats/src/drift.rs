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
pub use numeric::{
    Alternative, Gap, KS_EXACT_MAX, Law, QuantileRule, Variances, Wasserstein, anderson,
    cramer_von_mises, cramer_von_mises_by, energy, epps_singleton, ks, ks_by, largest_gap, levene,
    mann_whitney, mann_whitney_by, quantile, t_test, wasserstein, wasserstein_normed,
    wasserstein_weighted,
};
