//! Drift of embeddings.

mod centroid;
mod classifier;
mod kernel;
mod vectors;

pub use centroid::{centroid_shift, cosine_shift};
pub use classifier::{EMBEDDING_ROWS_MAX, embedding_domain};
pub use kernel::{
    MMD_ROWS_MAX, Mmd, Mmd2, MmdPlan, PAIRED_ROWS_MAX, evidently_mmd, median_gamma, mmd, mmd2,
};
pub use vectors::Vectors;
