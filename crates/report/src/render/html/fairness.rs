//! Groups of the protected attributes side by side, and the widest gaps between them.

use super::super::measure::{self, Measure};
use super::super::number::Unit;
use super::super::{gap, name, number, wording};
use super::chart::{self, Dots, Scale};
use super::markup::Markup;
use super::table::{self, Head};
use crate::document::{Disparity, Document, Fairness, Figure, GapVerdict, Group};

/// Rates that say the same as another one, and that one.
const COMPLEMENTS: [(&str, &str); 3] = [("fnr", "tpr"), ("tnr", "fpr"), ("fdr", "ppv")];

/// Disparities, then a picture for each attribute and rate; those of several attributes together are folded.
pub(super) fn section(m: &mut Markup, document: &Document) {
    let Some(fairness) = &document.fairness else {
        return;
    };
    super::section(m, "fairness", "Fairness", |m| {
        if !fairness.disparities.is_empty() {
            disparities(m, fairness);
        }
        let attributes = attributes(fairness);
        for attribute in &attributes {
            let groups: Vec<&Group> = fairness
                .groups
                .iter()
                .filter(|g| g.attribute == *attribute)
                .collect();
            if is_joint(attribute, &attributes) {
                m.inside("details", &[("class", &"data")], |m| {
                    m.inside("summary", &[], |m| title(m, attribute));
                    panels(m, &groups);
                });
            } else {
                m.inside("h3", &[], |m| title(m, attribute));
                panels(m, &groups);
            }
        }
    });
}

fn title(m: &mut Markup, attribute: &str) {
    m.text("Groups of ");
    m.leaf("bdi", &[], name::short(attribute, 60));
}

fn panels(m: &mut Markup, groups: &[&Group]) {
    let keys = groups.iter().flat_map(|group| group.rates.keys());
    let rates = measure::ordered(keys);
    let is_told = |rate: &&&str| {
        let other = COMPLEMENTS.iter().find(|(one, _)| one == *rate);
        other.is_none_or(|(_, other)| !rates.contains(other))
    };
    m.inside("div", &[("class", &"panels three")], |m| {
        for rate in rates.iter().filter(is_told) {
            panel(m, groups, rate);
        }
    });
    hidden(m, groups);
}

/// Whether its groups are those of several attributes together, which are `sex & race` by name.
fn is_joint(attribute: &str, attributes: &[&str]) -> bool {
    let mut parts = attribute.split(" & ");
    attribute.contains(" & ") && parts.all(|part| attributes.contains(&part))
}

fn attributes(fairness: &Fairness) -> Vec<&str> {
    let mut attributes: Vec<&str> = Vec::new();
    for group in &fairness.groups {
        if !attributes.contains(&group.attribute.as_str()) {
            attributes.push(&group.attribute);
        }
    }
    attributes
}

fn disparities(m: &mut Markup, fairness: &Fairness) {
    let heads: &[Head] = &[
        ("Gap", ""),
        ("Verdict", ""),
        ("Widest difference", "num"),
        ("Smallest ratio", "num"),
    ];
    table::table(
        m,
        "sortable",
        "Widest gaps between groups, with 95 % intervals",
        heads,
        |m| {
            for gap in &fairness.disparities {
                let is_beyond = gap.stands() == GapVerdict::Breach;
                table::row(m, if is_beyond { "drifted" } else { "" }, |m| {
                    disparity(m, gap);
                });
            }
        },
    );
}

fn disparity(m: &mut Markup, gap: &Disparity) {
    m.inside("th", &[("scope", &"row")], |m| {
        m.text(measure::of(&gap.measure).label);
        m.text(" ");
        m.leaf(
            "small",
            &[],
            format!("by {}", name::short(&gap.attribute, 40)),
        );
    });
    let class = match gap.stands() {
        GapVerdict::Breach => "verdict act",
        GapVerdict::Open | GapVerdict::Within => "verdict calm",
    };
    m.inside("td", &[("class", &class)], |m| {
        m.text(gap::verdict(gap));
        if !gap.sentence.is_empty() {
            m.text(" ");
            m.leaf("small", &[], &gap.sentence);
        }
    });
    width(m, &gap.difference, gap::difference(gap));
    width(m, &gap.ratio, gap::ratio(gap));
}

/// A gap by difference or by ratio, with the groups that it lies between.
fn width(m: &mut Markup, figure: &Figure, width: gap::Width) {
    let sort = figure.value.map(|value| value.to_string());
    let sort = sort.unwrap_or_default();
    m.inside("td", &[("class", &"num"), ("data-v", &sort)], |m| {
        m.text(width.value);
        m.text(" ");
        let notes: Vec<String> = width.interval.into_iter().chain(width.bound).collect();
        m.leaf("small", &[], notes.join("; "));
        if !width.of.is_empty() {
            m.text(" ");
            m.leaf("small", &[("class", &"pair")], width.of);
        }
    });
}

fn panel(m: &mut Markup, groups: &[&Group], rate: &str) {
    let measure = measure::of(rate);
    let shown: Vec<(&Group, &Figure)> = groups
        .iter()
        .filter(|group| !group.suppressed)
        .filter_map(|group| Some((*group, group.rates.get(rate)?)))
        .collect();
    if shown.is_empty() {
        return;
    }
    let values = shown.iter().flat_map(|(_, figure)| {
        let ends = figure.interval().map(|(low, high)| [low, high]);
        figure.value.into_iter().chain(ends.into_iter().flatten())
    });
    let ends = ends(&measure, values);
    let scale = Scale::new(ends.0, ends.1);
    m.inside("table", &[("class", &"groups")], |m| {
        m.leaf("caption", &[], &measure.label);
        m.inside("tbody", &[], |m| {
            for (group, figure) in shown {
                table::row(m, "", |m| one(m, scale, &measure, group, figure));
            }
        });
        m.inside("tfoot", &[], |m| {
            table::row(m, "", |m| axis(m, measure.unit, ends));
        });
    });
}

/// Round ends of an axis from zero, or to both sides of it, that hold all values.
fn ends(measure: &Measure, values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    let (low, high) = finite.fold((0.0_f64, 0.0_f64), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let most = rounded(high.max(-low));
    if low < 0.0 {
        (-most, most)
    } else if measure.is_unit {
        (0.0, most.min(1.0))
    } else {
        (0.0, most)
    }
}

/// The next of 1, 2, 2.5, 5 and 10 times a power of ten; 1 for nothing.
fn rounded(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|step| step * power);
    let held = steps.into_iter().find(|step| *step >= value);
    held.filter(|step| step.is_finite()).unwrap_or(value)
}

/// The ends of a panel's axis, in words beneath it.
fn axis(m: &mut Markup, unit: Unit, (low, high): (f64, f64)) {
    table::cell(m, "", "");
    m.inside("td", &[("class", &"picture")], |m| {
        m.inside("div", &[("class", &"ends")], |m| {
            m.leaf("span", &[], number::of(unit, low));
            m.text(" ");
            m.leaf("span", &[], number::of(unit, high));
        });
    });
    table::cell(m, "", "");
}

fn one(m: &mut Markup, scale: Scale, measure: &Measure, group: &Group, figure: &Figure) {
    m.inside("th", &[("scope", &"row")], |m| {
        m.leaf("bdi", &[], name::short(&group.group, 28));
        m.text(" ");
        m.leaf("small", &[], format!("n {}", number::count(figure.n)));
    });
    m.inside("td", &[("class", &"picture")], |m| {
        let current = figure
            .value
            .filter(|_| figure.is_ok())
            .map(|value| (value, figure.interval()));
        if current.is_some() {
            chart::dots(
                m,
                &Dots {
                    scale,
                    reference: None,
                    current,
                    limits: &[],
                    has_zero: true,
                    breach: false,
                    title: &format!("{} of {}", measure.label, name::short(&group.group, 28)),
                },
            );
        }
    });
    table::interval(m, figure.value, wording::figure(figure, measure));
}

/// Pooled groups that are named.
const POOLED_MAX: usize = 12;

/// A group that is not shown, or those that are counted together, with their rows.
fn small(group: &Group) -> String {
    let rows = format!(
        "{} {}",
        number::count(group.n),
        if group.n == 1 { "row" } else { "rows" }
    );
    let named = group.pooled.iter().take(POOLED_MAX);
    let mut names: Vec<String> = named
        .map(|name| name::short(name, 28).into_owned())
        .collect();
    match group.pooled.len() {
        0 => format!("{} ({rows})", name::short(&group.group, 28)),
        1 => format!("{} ({rows})", wording::listed(&names)),
        all => {
            if all > POOLED_MAX {
                names.push(format!("{} more", all - POOLED_MAX));
            }
            format!("{} ({rows} together)", wording::listed(&names))
        }
    }
}

fn hidden(m: &mut Markup, groups: &[&Group]) {
    let hidden: Vec<String> = groups
        .iter()
        .filter(|group| group.suppressed)
        .map(|group| small(group))
        .collect();
    if !hidden.is_empty() {
        let text = format!(
            "Too small to be shown by themselves: {}.",
            wording::listed(&hidden)
        );
        m.leaf("p", &[("class", &"detail")], text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_values_that_hold_all_others() {
        let told = |name: &str, values: &[f64]| ends(&measure::of(name), values.iter().copied());
        for (name, values, low, high) in [
            ("tpr", &[0.31, 0.47][..], 0.0, 0.5),
            ("tpr", &[0.61, 1.0], 0.0, 1.0),
            ("selection_rate", &[0.021], 0.0, 0.025),
            ("calibration", &[-0.012, 0.04], -0.05, 0.05),
            ("accuracy", &[f64::NAN], 0.0, 1.0),
            ("mine", &[300.0], 0.0, 500.0),
        ] {
            let (a, b) = told(name, values);
            assert!((a - low).abs() + (b - high).abs() < 1e-9, "{name}: {a} {b}");
        }
    }

    #[test]
    fn only_attributes_that_are_there_are_joint() {
        let all = ["sex", "race", "sex & race", "food & drink"];
        let joint = all.map(|attribute| is_joint(attribute, &all));
        assert_eq!(joint, [false, false, true, false]);
    }
}
