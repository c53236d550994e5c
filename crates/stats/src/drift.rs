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
    Binning, FEW_VALUES, Held, SHARE_FLOOR, WidthRule, expectation, hellinger, histogram,
    jensen_shannon, js, kl, psi, psi_additive, tv,
};
pub use categorical::{
    Contingency, Deviance, Exact, chi2, contingency, cramers_v, fisher, fisher_exact, g, z,
};
pub use comparison::Comparison;
pub use embedding::{
    EMBEDDING_ROWS_MAX, MMD_ROWS_MAX, Mmd, Mmd2, MmdPlan, PAIRED_ROWS_MAX, Vectors, centroid_shift,
    cosine_shift, embedding_domain, evidently_mmd, median_gamma, mmd, mmd2,
};
pub use multivariate::{
    DOMAIN_ROWS_MAX, Domain, DomainPlan, Reconstruction, SHARE_KEPT, Table, Telling, WindowBand,
    domain_auc_folds, domain_auc_linear, domain_classifier, domain_classifier_with,
    nannyml_domain_auc,
};
pub use numeric::{
    Alternative, Gap, KS_EXACT_MAX, Law, QuantileRule, Variances, Wasserstein, anderson,
    cramer_von_mises, cramer_von_mises_by, energy, epps_singleton, ks, ks_by, largest_gap, levene,
    mann_whitney, mann_whitney_by, quantile, t_test, wasserstein, wasserstein_normed,
    wasserstein_weighted,
};
pub use peers::{evidently, nannyml};
pub use text::{
    Descriptors, NgramKind, TEXT_CHARACTERS_MAX, TEXT_ROWS_MAX, TellingNgram, TextDomain, TextPlan,
    Vocabulary, language, text_domain,
};
pub use verdict::{
    About, Evidence, Method, ModelColumn, ModelVerdict, Options, Part, SMALL_MAX, Sample, Scene,
    SceneKind, Takes, Verdict, decide, default_method, drift_rate, evidence, evidence_of_counts,
    is_few_valued, model_drifted, verdict,
};
