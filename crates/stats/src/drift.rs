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

pub use comparison::Comparison;
