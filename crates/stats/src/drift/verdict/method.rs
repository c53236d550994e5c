//! The methods a column can be compared by, as one table.

use crate::drift::comparison::Comparison;
use crate::drift::{binned, categorical};

/// A method of comparing one column of two samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is told by Method::doc")]
pub enum Method {
    Ks,
    WassersteinNormed,
    Psi,
    Js,
    Hellinger,
    Tv,
    Kl,
    Chi2,
    G,
    Fisher,
    Z,
    Missing,
    Unseen,
    Range,
}

/// What values a method compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Numbers by their order and distance.
    Numbers,
    /// Counts: of categories, of few-valued numbers by value, of other numbers by the reference's deciles.
    Counts,
    /// The share of one of two categories.
    Shares,
    /// The share of rows of a kind, beside any other method.
    Rows,
}

/// What there is to know of a method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct About {
    /// Its name in specs, reports and charts.
    pub name: &'static str,
    /// What it compares.
    pub takes: Takes,
    /// The effect from which on a change is material.
    pub threshold: f64,
    /// What the effect is.
    pub effect: &'static str,
    /// What it is, and what it is good for.
    pub doc: &'static str,
}

const fn about(
    name: &'static str,
    takes: Takes,
    threshold: f64,
    effect: &'static str,
    doc: &'static str,
) -> About {
    About {
        name,
        takes,
        threshold,
        effect,
        doc,
    }
}

/// Each method with what there is to know of it, in the order of [`Method`].
const TABLE: [(Method, About); 14] = {
    use Takes::{Counts, Numbers, Rows, Shares};
    [
        (
            Method::Ks,
            about(
                "ks",
                Numbers,
                0.1,
                "D",
                "largest gap between the two distribution functions; numbers, small samples",
            ),
        ),
        (
            Method::WassersteinNormed,
            about(
                "wasserstein_normed",
                Numbers,
                0.1,
                "standard deviations",
                "how far the mass has to move, in standard deviations of the reference; numbers, large samples",
            ),
        ),
        (
            Method::Psi,
            about(
                "psi",
                Counts,
                0.1,
                "null-corrected PSI",
                "population stability index on the reference's bins; 0.1 moderate, 0.2 strong",
            ),
        ),
        (
            Method::Js,
            about(
                "js",
                Counts,
                0.1,
                "null-corrected distance",
                "Jensen–Shannon distance, base 2, in [0, 1]; categories, large samples",
            ),
        ),
        (
            Method::Hellinger,
            about(
                "hellinger",
                Counts,
                0.1,
                "null-corrected distance",
                "Hellinger distance, in [0, 1]; near Jensen–Shannon's for small changes",
            ),
        ),
        (
            Method::Tv,
            about(
                "tv",
                Counts,
                0.1,
                "null-corrected share",
                "total variation: the share of rows that would have to move",
            ),
        ),
        (
            Method::Kl,
            about(
                "kl",
                Counts,
                0.1,
                "null-corrected divergence",
                "Kullback–Leibler divergence of the current sample from the reference",
            ),
        ),
        (
            Method::Chi2,
            about(
                "chi2",
                Counts,
                0.05,
                "cramers_v",
                "Pearson's test, rare categories pooled; categories, small samples",
            ),
        ),
        (
            Method::G,
            about(
                "g",
                Counts,
                0.05,
                "cramers_v",
                "likelihood-ratio test, rare categories pooled",
            ),
        ),
        (
            Method::Fisher,
            about(
                "fisher",
                Shares,
                0.05,
                "difference",
                "exact test of two shares; a rare category",
            ),
        ),
        (
            Method::Z,
            about(
                "z",
                Shares,
                0.05,
                "difference",
                "two-proportion z, exact where few rows are expected; booleans",
            ),
        ),
        (
            Method::Missing,
            about(
                "missing",
                Rows,
                0.05,
                "difference",
                "the share of rows without a value",
            ),
        ),
        (
            Method::Unseen,
            about(
                "unseen",
                Rows,
                0.05,
                "share",
                "the share of rows whose value the reference has not; all there is to a constant reference",
            ),
        ),
        (
            Method::Range,
            about(
                "range",
                Rows,
                0.05,
                "share",
                "the share of rows outside the reference's smallest and largest value",
            ),
        ),
    ]
};

impl Method {
    /// All methods, in the order of the chapter on drift.
    pub const ALL: [Method; 14] = [
        Method::Ks,
        Method::WassersteinNormed,
        Method::Psi,
        Method::Js,
        Method::Hellinger,
        Method::Tv,
        Method::Kl,
        Method::Chi2,
        Method::G,
        Method::Fisher,
        Method::Z,
        Method::Missing,
        Method::Unseen,
        Method::Range,
    ];

    /// The method's row of the table.
    pub const fn about(self) -> About {
        TABLE[self as usize].1
    }

    /// Its name in specs, reports and charts.
    pub const fn name(self) -> &'static str {
        self.about().name
    }

    /// The effect from which on a change is material, unless a spec says otherwise.
    pub const fn threshold(self) -> f64 {
        self.about().threshold
    }

    /// What it compares.
    pub const fn takes(self) -> Takes {
        self.about().takes
    }

    /// What it is, and what it is good for.
    pub const fn doc(self) -> &'static str {
        self.about().doc
    }

    /// The method of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// The comparison of counts on the same bins; `None` for a method that takes something else.
    pub fn of_counts(self, reference: &[u64], current: &[u64]) -> Option<Comparison> {
        Some(match self {
            Method::Psi => binned::psi(reference, current),
            Method::Js => binned::js(reference, current),
            Method::Hellinger => binned::hellinger(reference, current),
            Method::Tv => binned::tv(reference, current),
            Method::Kl => binned::kl(reference, current),
            Method::Chi2 => categorical::chi2(reference, current),
            Method::G => categorical::g(reference, current),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_found_by_its_name_and_counts_are_compared_by_all_that_take_them() {
        assert_eq!(TABLE.map(|(method, _)| method), Method::ALL);
        for method in Method::ALL {
            assert_eq!(Method::named(method.name()), Some(method));
            let compared = method.of_counts(&[5, 3], &[3, 5]);
            assert_eq!(compared.is_some(), method.takes() == Takes::Counts);
            assert!(compared.is_none_or(|c| c.method == method.name()));
        }
    }
}
