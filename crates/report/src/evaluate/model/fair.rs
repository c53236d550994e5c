//! How the model treats the groups of the protected attributes.

use super::{absent, words};
use crate::document::{Disparity, Document, Fairness, Figure, GapVerdict, Group};
use crate::error::Result;
use crate::evaluate::column::Sides;
use crate::values::Words;
use candor_stats::fairness::{
    self, Attribute, Bounds, GROUP_MIN, MISSING, POOLED, Rate, Rows, Verdict,
};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Attributes of more groups are no groups of people.
const GROUPS_MAX: usize = 200;

/// Tells groups and disparities of every protected attribute, and of all of them together.
pub(super) fn tell(
    document: &mut Document,
    sides: &Sides<'_>,
    outcomes: &[Option<bool>],
    decisions: &[Option<bool>],
    scores: Option<&[f64]>,
) -> Result<()> {
    let protected = &sides.roles.protected;
    if protected.is_empty() {
        absent(
            document,
            "fairness",
            "The spec names no protected attribute.",
        );
        return Ok(());
    }
    let mut columns: Vec<(&str, Words)> = Vec::new();
    for name in protected {
        match words(sides.request.current, Some(name))? {
            Some(words) if words.words.len() <= GROUPS_MAX => columns.push((name, words)),
            Some(_) => document.notes.push(format!(
                "{name} has more than {GROUPS_MAX} values, which are no groups; fairness was not judged by it."
            )),
            None => {}
        }
    }
    let attributes: Vec<Attribute<'_>> = columns
        .iter()
        .map(|(name, words)| Attribute {
            name,
            codes: &words.codes,
            groups: &words.words,
        })
        .collect();
    let rows = Rows {
        decisions,
        outcomes,
        scores: scores.unwrap_or_default(),
    };
    let mut told = Fairness::default();
    for attribute in &attributes {
        add(
            &mut told,
            std::slice::from_ref(attribute),
            &rows,
            sides.request.options.seed,
        );
    }
    if attributes.len() > 1 {
        add(&mut told, &attributes, &rows, sides.request.options.seed);
    }
    told.disparities.sort_by_key(Disparity::stands);
    document.fairness = Some(told);
    Ok(())
}

fn add(told: &mut Fairness, attributes: &[Attribute<'_>], rows: &Rows<'_>, seed: u64) {
    let table = fairness::table(attributes, rows);
    let bounds = Bounds::default();
    let mut groups: Vec<&fairness::Group> = table.groups.iter().collect();
    groups.sort_by(|a, b| ordered(&a.name, &b.name));
    for group in groups {
        let mut rates: BTreeMap<String, Figure> = Rate::ALL
            .into_iter()
            .map(|rate| (rate.name().to_owned(), group.shown(rate).into()))
            .collect();
        rates.insert("calibration".to_owned(), group.calibration().into());
        told.groups.push(Group {
            attribute: table.name.clone(),
            group: group.name.clone(),
            n: group.n(),
            suppressed: group.name == POOLED || group.n() < GROUP_MIN,
            pooled: if group.name == POOLED {
                let mut names = table.pooled.clone();
                names.sort_by(|a, b| ordered(a, b));
                names
            } else {
                Vec::new()
            },
            rates,
        });
    }
    for disparity in table.disparities(&bounds, seed) {
        if disparity.difference.figure.value.is_none() {
            continue;
        }
        told.disparities
            .push(told_of(&table.name, &bounds, &disparity));
    }
}

/// The order of groups: numbers by size, words as they are spelled, the pool and unknown groups last.
fn ordered(a: &str, b: &str) -> Ordering {
    let place = |name: &str| (name == POOLED, name == MISSING);
    let part = |a: &str, b: &str| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(x), Ok(y)) => x.total_cmp(&y),
        (x, y) => x.is_err().cmp(&y.is_err()).then_with(|| a.cmp(b)),
    };
    let mut parts = a.split(" & ").zip(b.split(" & "));
    let first = parts.find_map(|(a, b)| Some(part(a, b)).filter(|order| order.is_ne()));
    place(a)
        .cmp(&place(b))
        .then(first.unwrap_or(Ordering::Equal))
        .then_with(|| a.cmp(b))
}

fn told_of(attribute: &str, bounds: &Bounds, disparity: &fairness::Disparity) -> Disparity {
    let (widest, ratio) = (&disparity.difference, disparity.ratio.as_ref());
    let name = |rate: Option<Rate>| rate.map(|rate| rate.name().to_owned());
    let verdict = match disparity.verdict {
        Verdict::Breach => GapVerdict::Breach,
        Verdict::Open => GapVerdict::Open,
        Verdict::Within => GapVerdict::Within,
    };
    Disparity {
        attribute: attribute.to_owned(),
        measure: disparity.criterion.name().to_owned(),
        lowest: widest.lowest.clone().unwrap_or_default(),
        highest: widest.highest.clone().unwrap_or_default(),
        rate: name(widest.rate),
        ratio_lowest: ratio.and_then(|r| r.lowest.clone()).unwrap_or_default(),
        ratio_highest: ratio.and_then(|r| r.highest.clone()).unwrap_or_default(),
        ratio_rate: ratio.and_then(|r| name(r.rate)),
        difference: (&widest.figure).into(),
        ratio: ratio.map(|gap| (&gap.figure).into()).unwrap_or_default(),
        difference_max: Some(bounds.difference_max),
        ratio_min: ratio.is_some().then_some(bounds.ratio_min),
        breach: verdict == GapVerdict::Breach,
        verdict,
        sentence: disparity.sentence(attribute),
    }
}
