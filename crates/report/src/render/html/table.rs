//! Tables that scroll by themselves, with a caption and heads that say what they are of.

use super::markup::Markup;
use std::fmt::Display;

/// A head: its words and the class of its column (`num` to the right, `wide` left out where it is narrow).
pub(super) type Head = (&'static str, &'static str);

/// Columns from which on a row is a card where it is narrow.
const CARDS_MIN: usize = 4;

/// A table; `sortable` ones get buttons in their heads where scripts run.
pub(super) fn table(
    m: &mut Markup,
    class: &str,
    caption: &str,
    heads: &[(&str, &str)],
    body: impl FnOnce(&mut Markup),
) {
    // Where it is narrow, rows of many cells become cards, whose cells say themselves what they are.
    let least = match class {
        "values" | "matrix" => usize::MAX,
        "small" => CARDS_MIN + 2,
        _ => CARDS_MIN,
    };
    let is_cards = heads.len() >= least;
    let class = format!("{class}{}", if is_cards { " cards" } else { "" });
    if is_cards {
        m.label(heads.iter().map(|(words, _)| (*words).to_owned()).collect());
    }
    m.inside(
        "div",
        &[
            ("class", &"scroll"),
            ("role", &"region"),
            ("aria-label", &caption),
            ("tabindex", &"0"),
        ],
        |m| {
            m.inside("table", &[("class", &class.trim())], |m| {
                m.leaf("caption", &[], caption);
                headed(m, heads);
                m.inside("tbody", &[], body);
            });
        },
    );
    m.label(Vec::new());
}

fn headed(m: &mut Markup, heads: &[(&str, &str)]) {
    m.inside("thead", &[], |m| {
        m.inside("tr", &[], |m| {
            for (words, class) in heads {
                m.leaf("th", &[("scope", &"col"), ("class", class)], words);
            }
        });
    });
}

/// A row.
pub(super) fn row(m: &mut Markup, class: &str, cells: impl FnOnce(&mut Markup)) {
    if class.is_empty() {
        m.inside("tr", &[], cells);
    } else {
        m.inside("tr", &[("class", &class)], cells);
    }
}

/// The cell that names its row.
pub(super) fn head(m: &mut Markup, text: impl Display) {
    m.leaf("th", &[("scope", &"row")], text);
}

/// A cell of words.
pub(super) fn cell(m: &mut Markup, class: &str, text: impl Display) {
    if class.is_empty() {
        m.leaf("td", &[], text);
    } else {
        m.leaf("td", &[("class", &class)], text);
    }
}

/// A number, with what it sorts by.
pub(super) fn number(m: &mut Markup, sort: Option<f64>, text: impl Display) {
    match sort.filter(|sort| sort.is_finite()) {
        Some(sort) => m.leaf("td", &[("class", &"num"), ("data-v", &sort)], text),
        None => m.leaf("td", &[("class", &"num")], text),
    }
}

/// A number with its interval beneath.
pub(super) fn interval(
    m: &mut Markup,
    sort: Option<f64>,
    (value, interval): (String, Option<String>),
) {
    let sort = sort
        .filter(|sort| sort.is_finite())
        .map(|sort| sort.to_string())
        .unwrap_or_default();
    // Why there is no number is a sentence.
    let class = if sort.is_empty() { "num why" } else { "num" };
    m.inside("td", &[("class", &class), ("data-v", &sort)], |m| {
        ranged(m, (value, interval));
    });
}

/// The same in tables that nobody sorts and that may have very many rows.
pub(super) fn bare(m: &mut Markup, told: (String, Option<String>)) {
    m.inside("td", &[], |m| ranged(m, told));
}

fn ranged(m: &mut Markup, (value, interval): (String, Option<String>)) {
    m.text(value);
    if let Some(interval) = interval {
        m.text(" ");
        m.leaf("small", &[], interval);
    }
}

/// Something that opens on demand, for tables of what a picture shows.
pub(super) fn folded(m: &mut Markup, summary: &str, body: impl FnOnce(&mut Markup)) {
    m.inside("details", &[("class", &"data")], |m| {
        m.leaf("summary", &[], summary);
        body(m);
    });
}
