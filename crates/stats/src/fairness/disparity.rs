//! Differences and ratios between groups.

use super::counts::{Counts, Rate};
use super::groups::{GROUP_MIN, Group, Table, excess};
use super::widest::{Gap, Scale, Verdict, families, gap, normals};
use crate::figure::Figure;
use crate::proportion::{self, z};

/// What should be equal between groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Criterion {
    /// Selection rates (Calders et al. 2009).
    DemographicParity,
    /// True positive rates (Hardt et al. 2016).
    EqualOpportunity,
    /// True and false positive rates; the worse of the two counts (Hardt et al. 2016).
    EqualisedOdds,
    /// Positive predictive values (Chouldechova 2017).
    PredictiveParity,
    /// Mean score minus base rate; has no ratio.
    Calibration,
}

impl Criterion {
    /// All of them.
    pub const ALL: [Criterion; 5] = [
        Criterion::DemographicParity,
        Criterion::EqualOpportunity,
        Criterion::EqualisedOdds,
        Criterion::PredictiveParity,
        Criterion::Calibration,
    ];

    /// Its name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Criterion::DemographicParity => "demographic_parity",
            Criterion::EqualOpportunity => "equal_opportunity",
            Criterion::EqualisedOdds => "equalised_odds",
            Criterion::PredictiveParity => "predictive_parity",
            Criterion::Calibration => "calibration",
        }
    }

    /// The rates that it compares; none for calibration.
    pub const fn rates(self) -> &'static [Rate] {
        match self {
            Criterion::DemographicParity => &[Rate::Selection],
            Criterion::EqualOpportunity => &[Rate::Tpr],
            Criterion::EqualisedOdds => &[Rate::Tpr, Rate::Fpr],
            Criterion::PredictiveParity => &[Rate::Ppv],
            Criterion::Calibration => &[],
        }
    }
}

/// What disparities may not exceed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Smallest ratio of the lowest to the highest group: four fifths.
    pub ratio_min: f64,
    /// Largest difference between the highest and the lowest group.
    pub difference_max: f64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            ratio_min: 0.8,
            difference_max: 0.1,
        }
    }
}

/// A group against the largest one.
#[derive(Debug, Clone, PartialEq)]
pub struct Against {
    /// The group.
    pub group: String,
    /// The rate; `None` for calibration.
    pub rate: Option<Rate>,
    /// The group's value minus that of the largest, with Newcombe's interval; too few if either rests on fewer
    /// than [`GROUP_MIN`] rows.
    pub difference: Figure,
    /// The group's value over that of the largest, with Katz's interval; `None` for calibration.
    pub ratio: Option<Figure>,
}

/// One criterion over the groups of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Disparity {
    /// What should be equal.
    pub criterion: Criterion,
    /// Highest minus lowest group.
    pub difference: Gap,
    /// Lowest over highest group; `None` for calibration.
    pub ratio: Option<Gap>,
    /// The largest group; `None` if none is compared.
    pub largest: Option<String>,
    /// Each other group against it, one pair at a time.
    pub to_largest: Vec<Against>,
    /// Breach if either gap is one, within if all are, else open.
    pub verdict: Verdict,
}

impl Disparity {
    /// The verdict in words, for people; `attribute` is what the groups are of.
    pub fn sentence(&self, attribute: &str) -> String {
        let gap = &self.difference;
        let (Some(low), Some(high), Some(value)) = (&gap.lowest, &gap.highest, gap.figure.value)
        else {
            return format!("Groups of {attribute} cannot be compared.");
        };
        let points = format!("{:.1} points", 100.0 * value.abs());
        let rate = |gap: &Gap| gap.rate.map_or("rate", Rate::words);
        // A difference that is allowed may still be a ratio that is not.
        let ratio = self
            .ratio
            .as_ref()
            .filter(|ratio| ratio.verdict == self.verdict && gap.verdict != self.verdict);
        let ratio =
            ratio.and_then(|r| Some((r.lowest.as_ref()?, r.highest.as_ref()?, r, r.figure.value?)));
        let less = |what| match ratio {
            Some((low, high, _, 0.0)) => format!("{low} is never {what}, unlike {high}"),
            Some((low, high, _, ratio)) => {
                format!("{low} is {what} {ratio:.2} times as often as {high}")
            }
            None => format!("{low} is {what} {points} less often than {high}"),
        };
        let gap = match self.criterion {
            Criterion::DemographicParity => less("selected"),
            Criterion::EqualOpportunity => less("recognised when positive"),
            Criterion::PredictiveParity => less("rightly selected"),
            Criterion::EqualisedOdds => match ratio {
                Some((low, high, of, 0.0)) => {
                    format!("the {} of {low} is zero, unlike that of {high}", rate(of))
                }
                Some((low, high, of, ratio)) => {
                    let rate = rate(of);
                    format!("the {rate} of {low} is {ratio:.2} times that of {high}")
                }
                None => format!(
                    "the {} of {low} is {points} below that of {high}",
                    rate(gap)
                ),
            },
            Criterion::Calibration => {
                format!("scores of {low} and {high} are off by {points} from each other")
            }
        };
        let verdict = match self.verdict {
            Verdict::Breach => ", beyond what is allowed",
            Verdict::Within => ", within what is allowed",
            Verdict::Open => "; more rows are needed to say whether that is beyond what is allowed",
        };
        format!("By {attribute}, {gap}{verdict}")
    }
}

impl Table {
    /// All criteria over the groups that are compared, each rate of those that have [`GROUP_MIN`] rows behind
    /// it. `seed` fixes the simulation behind the intervals of
    /// more than two groups. O(g²) for g groups; undefined for more than 2,000.
    pub fn disparities(&self, bounds: &Bounds, seed: u64) -> Vec<Disparity> {
        let groups: Vec<&Group> = self.groups.iter().filter(|g| g.is_compared).collect();
        let normals = normals(groups.len(), seed);
        let one = |criterion| disparity(criterion, &groups, bounds, &normals);
        Criterion::ALL.into_iter().map(one).collect()
    }
}

fn disparity(
    criterion: Criterion,
    groups: &[&Group],
    bounds: &Bounds,
    normals: &[f64],
) -> Disparity {
    let families = families(criterion.rates(), groups);
    let widest = |scale| gap(&families, groups, &scale, normals);
    let difference = widest(Scale::Difference(bounds.difference_max));
    let has_ratio = !criterion.rates().is_empty();
    let ratio = has_ratio.then(|| widest(Scale::Ratio(bounds.ratio_min)));
    let verdicts: Vec<Verdict> = [Some(&difference), ratio.as_ref()]
        .into_iter()
        .flatten()
        .map(|g| g.verdict)
        .collect();
    let verdict = if verdicts.contains(&Verdict::Breach) {
        Verdict::Breach
    } else if verdicts.contains(&Verdict::Open) {
        Verdict::Open
    } else {
        Verdict::Within
    };
    // The first of equally large ones.
    let largest = groups.iter().rev().max_by_key(|g| g.n()).copied();
    Disparity {
        criterion,
        difference,
        ratio,
        largest: largest.map(|g| g.name.clone()),
        to_largest: largest.map_or_else(Vec::new, |l| to_largest(criterion, groups, l)),
        verdict,
    }
}

fn to_largest(criterion: Criterion, groups: &[&Group], largest: &Group) -> Vec<Against> {
    let others = groups.iter().filter(|g| g.name != largest.name);
    let mut found = Vec::new();
    for group in others {
        for rate in criterion.rates() {
            let (base, own) = (largest.counts.of(*rate), group.counts.of(*rate));
            let rows = base.1.min(own.1);
            let few = |method| (rows < GROUP_MIN).then(|| Figure::too_few(rows, GROUP_MIN, method));
            found.push(Against {
                group: group.name.clone(),
                rate: Some(*rate),
                difference: few("newcombe").unwrap_or_else(|| proportion::difference(base, own)),
                ratio: Some(few("katz").unwrap_or_else(|| proportion::ratio(base, own))),
            });
        }
        if criterion.rates().is_empty() {
            found.push(Against {
                group: group.name.clone(),
                rate: None,
                difference: excesses(&largest.counts, &group.counts),
                ratio: None,
            });
        }
    }
    found
}

/// The difference of two calibrations, second minus first.
fn excesses(a: &Counts, b: &Counts) -> Figure {
    const METHOD: &str = "mean_excess";
    let (n, rows) = (a.scored + b.scored, a.scored.min(b.scored));
    if rows < GROUP_MIN {
        return Figure::too_few(rows, GROUP_MIN, METHOD);
    }
    let (Some((ma, sa)), Some((mb, sb))) = (excess(a), excess(b)) else {
        return Figure::undefined("a side has no two rows with score and outcome", n, METHOD);
    };
    let (d, half) = (mb - ma, z() * sa.hypot(sb));
    Figure::new(d, (d - half, d + half), n, METHOD)
}
