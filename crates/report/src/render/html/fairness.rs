//! Groups of the protected attributes side by side, and the widest gaps between them.

use super::super::measure::{self, Measure};
use super::super::{name, number, wording};
use super::chart::{self, Dots, Scale};
use super::markup::Markup;
use super::table::{self, Head};
use crate::document::{Disparity, Document, Fairness, Figure, Group};

/// Disparities, then a picture for each attribute and rate.
pub(super) fn section(m: &mut Markup, document: &Document) {
    let Some(fairness) = &document.fairness else {
        return;
    };
    super::section(m, "fairness", "Fairness", |m| {
        if !fairness.disparities.is_empty() {
            disparities(m, fairness);
        }
        for attribute in attributes(fairness) {
            m.inside("h3", &[], |m| {
                m.text("Groups of ");
                m.leaf("bdi", &[], name::short(attribute, 60));
            });
            let groups: Vec<&Group> = fairness
                .groups
                .iter()
                .filter(|g| g.attribute == attribute)
                .collect();
            let keys = groups.iter().flat_map(|group| group.rates.keys());
            m.inside("div", &[("class", &"panels three")], |m| {
                for rate in measure::ordered(keys) {
                    panel(m, &groups, rate);
                }
            });
            hidden(m, &groups);
        }
    });
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
        ("Rate", ""),
        ("Verdict", ""),
        ("Lowest", ""),
        ("Highest", ""),
        ("Difference", "num"),
        ("Ratio", "num"),
    ];
    table::table(
        m,
        "sortable",
        "Widest gaps between groups, with 95 % intervals",
        heads,
        |m| {
            for gap in &fairness.disparities {
                table::row(m, if gap.breach { "drifted" } else { "" }, |m| {
                    disparity(m, gap)
                });
            }
        },
    );
}

fn disparity(m: &mut Markup, gap: &Disparity) {
    let measure = measure::of(&gap.measure);
    m.inside("th", &[("scope", &"row")], |m| {
        m.text(&measure.label);
        m.text(" ");
        m.leaf(
            "small",
            &[],
            format!("by {}", name::short(&gap.attribute, 40)),
        );
    });
    let (class, words) = if gap.breach {
        ("verdict act", "▲ beyond the bound")
    } else {
        ("verdict calm", "● within")
    };
    m.inside("td", &[("class", &class)], |m| {
        m.text(words);
        if !gap.sentence.is_empty() {
            m.text(" ");
            m.leaf("small", &[], &gap.sentence);
        }
    });
    table::cell(m, "", name::short(&gap.lowest, 32));
    table::cell(m, "", name::short(&gap.highest, 32));
    for (figure, measure, bound, most) in [
        (&gap.difference, &measure, gap.difference_max, true),
        (&gap.ratio, &measure::of("ratio"), gap.ratio_min, false),
    ] {
        m.inside(
            "td",
            &[("class", &"num"), ("data-v", &figure.value.unwrap_or(0.0))],
            |m| {
                let (value, interval) = wording::figure(figure, measure);
                m.text(if most {
                    value.replace('%', "pp")
                } else {
                    value
                });
                m.text(" ");
                let bound = bound.map(|bound| {
                    let bound = number::of(measure.unit, bound);
                    let bound = if most {
                        bound.replace('%', "pp")
                    } else {
                        bound
                    };
                    format!("{} {bound}", if most { "at most" } else { "at least" })
                });
                let notes: Vec<String> = interval.into_iter().chain(bound).collect();
                m.leaf("small", &[], notes.join("; "));
            },
        );
    }
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
    let zero = values.clone().all(|value| value >= 0.0).then_some(0.0);
    let scale = Scale::around(values.chain(zero), zero.map(|zero| (zero, f64::INFINITY)));
    m.inside("table", &[("class", &"groups")], |m| {
        m.leaf("caption", &[], &measure.label);
        m.inside("tbody", &[], |m| {
            for (group, figure) in shown {
                table::row(m, "", |m| one(m, scale, &measure, group, figure));
            }
        });
    });
}

fn one(m: &mut Markup, scale: Scale, measure: &Measure, group: &Group, figure: &Figure) {
    m.inside("th", &[("scope", &"row")], |m| {
        m.leaf("bdi", &[], name::short(&group.group, 28));
        m.text(" ");
        m.leaf("small", &[], format!("n {}", number::count(group.n)));
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

fn hidden(m: &mut Markup, groups: &[&Group]) {
    let hidden: Vec<String> = groups
        .iter()
        .filter(|group| group.suppressed)
        .map(|group| name::short(&group.group, 28).into_owned())
        .collect();
    if !hidden.is_empty() {
        let text = format!(
            "Too small to be shown by themselves: {}.",
            wording::listed(&hidden)
        );
        m.leaf("p", &[("class", &"detail")], text);
    }
}
