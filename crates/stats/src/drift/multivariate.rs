//! Drift of many columns at once.

mod auc;
mod domain;
mod reconstruction;
mod table;

pub(crate) use auc::cross_fitted;
pub use domain::{
    DOMAIN_ROWS_MAX, Domain, DomainPlan, Telling, domain_auc_folds, domain_auc_linear,
    domain_classifier, domain_classifier_with, nannyml_domain_auc,
};
pub(crate) use domain::{dealt, drawn};
pub use reconstruction::{Reconstruction, SHARE_KEPT, WindowBand};
pub use table::Table;
