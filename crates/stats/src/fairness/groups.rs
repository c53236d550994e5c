//! Groups with their rates, small ones pooled.

use super::counts::{Attribute, Counts, Rate, Rows, count};
use crate::figure::{CONFIDENCE, Figure};
use crate::law::t_quantile;

/// Groups of fewer rows are not shown by themselves, and rates of fewer rows are neither shown nor compared.
pub const GROUP_MIN: u64 = 30;
/// The name of the pool of small groups.
pub const POOLED: &str = "other";
/// The name of rows whose group is not known.
pub const MISSING: &str = "missing";

/// Groups of one attribute or of an intersection.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The attributes' names, joined by ` & `.
    pub name: String,
    /// The groups, in the order of their names in the attribute; then the pool, then the rows whose
    /// group is not known.
    pub groups: Vec<Group>,
    /// Names of the groups that were pooled.
    pub pooled: Vec<String>,
    /// All rows.
    pub n: u64,
}

/// One group.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Its name; of an intersection, the names joined by ` & `.
    pub name: String,
    /// Its counts.
    pub counts: Counts,
    /// Whether it takes part in comparisons: its group is known and it has enough rows.
    pub is_compared: bool,
}

impl Group {
    /// Rows.
    pub fn n(&self) -> u64 {
        self.counts.n()
    }

    /// A rate with Wilson's interval; too few for a pool below [`GROUP_MIN`] rows.
    pub fn rate(&self, rate: Rate) -> Figure {
        if self.n() < GROUP_MIN {
            return Figure::too_few(self.n(), GROUP_MIN, "wilson");
        }
        self.counts.rate(rate)
    }

    /// [`Group::rate`] for people: too few also if fewer than [`GROUP_MIN`] rows stand behind the rate itself,
    /// e.g. of the true positive rate if fewer outcomes were positive.
    pub fn shown(&self, rate: Rate) -> Figure {
        let figure = self.rate(rate);
        if figure.value.is_some() && figure.n < GROUP_MIN {
            return Figure::too_few(figure.n, GROUP_MIN, figure.method);
        }
        figure
    }

    /// Calibration within the group: mean score minus base rate over the rows with both, with the interval
    /// of a mean. Above zero the scores are too high for this group. Too few below [`GROUP_MIN`] such rows.
    pub fn calibration(&self) -> Figure {
        const METHOD: &str = "mean_excess";
        if self.n() < GROUP_MIN {
            return Figure::too_few(self.n(), GROUP_MIN, METHOD);
        }
        let Some((mean, se)) = excess(&self.counts) else {
            return Figure::undefined(
                "there are no two rows with score and outcome",
                self.counts.scored,
                METHOD,
            );
        };
        let n = self.counts.scored;
        if n < GROUP_MIN {
            return Figure::too_few(n, GROUP_MIN, METHOD);
        }
        let half = t_quantile(0.5 + CONFIDENCE / 2.0, n as f64 - 1.0) * se;
        Figure::new(mean, (mean - half, mean + half), n, METHOD)
    }
}

/// Mean of score − outcome and its standard error; `None` for fewer than two rows.
pub(super) fn excess(counts: &Counts) -> Option<(f64, f64)> {
    let n = counts.scored as f64;
    let mean = counts.excess / n;
    let variance = (counts.squares - n * mean * mean).max(0.0) / (n - 1.0);
    let se = (variance / n).sqrt();
    (counts.scored > 1 && mean.is_finite() && se.is_finite()).then_some((mean, se))
}

/// The groups of `attributes` together: one for a plain table, several for an intersection.
pub fn table(attributes: &[Attribute], rows: &Rows) -> Table {
    let names: Vec<&str> = attributes.iter().map(|a| a.name).collect();
    let counted = count(attributes, rows).into_iter();
    let named = counted.map(|(places, counts)| (name(attributes, &places), counts));
    table_of(&names.join(" & "), named)
}

/// The same of groups that were counted elsewhere, each once, with their names; `None` for rows whose group is
/// not known.
pub fn table_of(name: &str, counted: impl IntoIterator<Item = (Option<String>, Counts)>) -> Table {
    let (mut pool, mut missing) = (Counts::default(), Counts::default());
    let (mut groups, mut pooled, mut n) = (Vec::new(), Vec::new(), 0);
    for (name, counts) in counted {
        n += counts.n();
        match name {
            None => missing.merge(&counts),
            Some(name) if counts.n() < GROUP_MIN => {
                pool.merge(&counts);
                pooled.push(name);
            }
            Some(name) => groups.push(Group {
                name,
                counts,
                is_compared: true,
            }),
        }
    }
    if pool.n() > 0 {
        groups.push(Group {
            name: POOLED.to_owned(),
            counts: pool,
            is_compared: pool.n() >= GROUP_MIN,
        });
    }
    if missing.n() > 0 {
        groups.push(Group {
            name: MISSING.to_owned(),
            counts: missing,
            is_compared: false,
        });
    }
    Table {
        name: name.to_owned(),
        groups,
        pooled,
        n,
    }
}

/// `None` if a group is not known.
fn name(attributes: &[Attribute], places: &[usize]) -> Option<String> {
    let parts = attributes.iter().zip(places);
    let parts: Option<Vec<&str>> = parts
        .map(|(attribute, at)| attribute.groups.get(*at).map(String::as_str))
        .collect();
    parts.map(|parts| parts.join(" & "))
}
