//! Small learners that estimates and classifiers of samples need.

mod components;
mod isotonic;
mod logistic;
mod trees;

pub(crate) use components::products::dot;
pub use components::{BLOCK, Components, Scatter};
pub use isotonic::Isotonic;
pub use logistic::{Logistic, Unfit};
pub use trees::{EarlyStop, Feature, Loss, Settings, Trees};
