//! Groups of rows where the model is worse than elsewhere.

use super::super::{measure, name, number, wording};
use super::markup::Markup;
use super::table::{self, Head};
use super::{anchor, chart};
use crate::document::{Document, Slice};

/// The worst slices.
pub(super) fn section(m: &mut Markup, document: &Document) {
    if document.slices.is_empty() {
        return;
    }
    super::section(m, "slices", "Weak slices", |m| {
        m.leaf(
            "p",
            &[("class", &"lead")],
            "Rows that can be described in a few words and for which the model is worse than for the rest.",
        );
        let heads: &[Head] = &[
            ("Rows where", ""),
            ("Rows", "num"),
            ("Inside", "num"),
            ("Elsewhere", "num"),
            ("Difference", "num"),
            ("Share of the loss", "wide"),
            ("p, corrected", "num wide"),
        ];
        let largest = document
            .slices
            .iter()
            .filter_map(|slice| slice.share_of_loss)
            .fold(0.0, f64::max);
        table::table(
            m,
            "slices sortable",
            "Weak slices, worst first",
            heads,
            |m| {
                for (at, slice) in document.slices.iter().enumerate() {
                    m.inside("tr", &[("id", &anchor::slice_id(at))], |m| {
                        row(m, slice, largest)
                    });
                }
            },
        );
    });
}

fn row(m: &mut Markup, slice: &Slice, largest: f64) {
    let measure = measure::of(&slice.measure);
    m.inside("th", &[("scope", &"row")], |m| {
        let rows = wording::sentence(&slice.description);
        m.inside("bdi", &[], |m| m.name(name::short(&rows, 160)));
        m.text(" ");
        m.leaf("small", &[], &measure.label);
    });
    let share = slice.share.map(number::percent);
    table::interval(m, Some(slice.n as f64), (number::count(slice.n), share));
    let sides = [&slice.inside, &slice.outside];
    let (told, places) = wording::figures(sides.map(Some), &measure);
    for (figure, told) in sides.into_iter().zip(told) {
        table::interval(m, figure.value, told);
    }
    let difference = match (slice.difference.value, places) {
        (Some(value), Some(places)) => number::difference_at(measure.unit, value, places),
        (Some(value), None) => number::difference(measure.unit, value),
        (None, _) => wording::why_not(&slice.difference),
    };
    table::number(m, slice.difference.value, difference);
    m.inside(
        "td",
        &[
            ("class", &"picture wide"),
            ("data-v", &slice.share_of_loss.unwrap_or(0.0)),
        ],
        |m| {
            if let Some(share) = slice.share_of_loss {
                let text = number::percent(share);
                m.leaf("span", &[("class", &"over-bar")], &text);
                let part = if largest > 0.0 { share / largest } else { 0.0 };
                chart::bar(m, part, "now-bar", &format!("{text} of the loss"));
            }
        },
    );
    let p = slice.adjusted_p_value;
    m.leaf(
        "td",
        &[("class", &"num wide")],
        p.map_or("–".to_owned(), number::probability),
    );
}
