//! Two-sample tests and distances of numbers.
//!
//! All work on two [`crate::Sorted`] samples in one merged pass. Missing rows take no part. Rows of
//! either infinity are values beyond all others, equal among themselves, for methods of ranks and of
//! empirical distributions (`ks`, `mw`, `cvm`, `ad`), and are left out by methods of distances and
//! moments (`wasserstein`, `energy`, `es`, `t`, `levene`), which have no finite answer for them.
//!
//! Statistics and p-values are those of the common implementation (SciPy) where it has them. Nothing
//! overflows on the way: values of any size are brought near one first, by a power of two.

mod anderson;
mod bridge;
mod cramer_von_mises;
mod energy;
mod epps_singleton;
mod ks;
mod mann_whitney;
mod means;
mod pooled;
mod quantile;
mod wasserstein;

pub use anderson::anderson;
pub use cramer_von_mises::{cramer_von_mises, cramer_von_mises_by};
pub use energy::energy;
pub use epps_singleton::epps_singleton;
pub use ks::{Gap, KS_EXACT_MAX, ks, ks_by, largest_gap};
pub use mann_whitney::{mann_whitney, mann_whitney_by};
pub use means::{levene, t_test};
pub use quantile::{QuantileRule, quantile};
pub use wasserstein::{Wasserstein, wasserstein, wasserstein_normed, wasserstein_weighted};

/// Which law a p-value comes from. The method of the statistic tells which one it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Law {
    /// The exact one for small samples, the asymptotic one for others.
    #[default]
    Auto,
    /// The exact one where it can be had, else the asymptotic one.
    Exact,
    /// The asymptotic one, with its corrections for finite samples.
    Asymptotic,
    /// The law of endless samples; where a method has no other, as [`Law::Asymptotic`].
    Limit,
}

/// Which differences a test looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Alternative {
    /// Any.
    #[default]
    TwoSided,
    /// The reference's distribution lies above somewhere: its values are smaller.
    Greater,
    /// It lies below somewhere: its values are larger.
    Less,
}

/// What a test of means takes the variances for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Variances {
    /// Whatever they are (Welch).
    #[default]
    Any,
    /// Equal (Student).
    Equal,
}
