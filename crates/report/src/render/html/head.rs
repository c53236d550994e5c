//! The head of the page: which model, how it stands, what was compared.

use super::super::{moment, name, number, wording};
use super::markup::Markup;
use crate::document::{Document, Period, State};

/// The model's name, or a word where nobody gave one.
pub(super) fn model(document: &Document) -> String {
    if document.model.is_empty() {
        "Unnamed model".to_owned()
    } else {
        name::short(&document.model, 120).into_owned()
    }
}

/// Title, verdict and the facts of both sides.
pub(super) fn header(m: &mut Markup, document: &Document) {
    m.inside("header", &[("class", &"head")], |m| {
        m.inside("div", &[("class", &"eyebrow")], |m| {
            m.leaf("span", &[], "Candor report");
            m.literal("<button type=\"button\" id=\"theme\" hidden=\"hidden\">Dark</button>");
        });
        m.inside("h1", &[], |m| {
            m.leaf("bdi", &[], model(document));
            if let Some(task) = document.task {
                m.text(" ");
                m.leaf("span", &[("class", &"task")], task);
            }
        });
        verdict(m, document);
        m.inside("dl", &[("class", &"facts")], |m| {
            side(m, "Current", "now-key", &document.current);
            side(m, "Reference", "was-key", &document.reference);
            for (term, fact) in [
                ("Columns", wording::drifted(document)),
                ("Quality", wording::broken(document)),
                (
                    "Made",
                    Some(moment::full(&document.generated_at))
                        .filter(|_| !document.generated_at.is_empty()),
                ),
            ] {
                told(m, term, fact);
            }
        });
    });
}

fn told(m: &mut Markup, term: &str, fact: Option<String>) {
    let Some(fact) = fact else {
        return;
    };
    m.inside("div", &[], |m| {
        m.leaf("dt", &[], term);
        m.leaf("dd", &[], fact);
    });
}

fn verdict(m: &mut Markup, document: &Document) {
    let state = document.state();
    let class = format!("verdict {}", state.name());
    m.inside("p", &[("class", &class)], |m| {
        m.inside("strong", &[("class", &"state")], |m| {
            m.leaf(
                "span",
                &[("class", &"mark"), ("aria-hidden", &"true")],
                wording::state_mark(state),
            );
            m.text(" ");
            m.text(wording::capital(wording::state_words(state)));
        });
        m.text(" ");
        m.leaf("span", &[], wording::verdict(document));
    });
    if state == State::Unknown && document.findings.is_empty() {
        m.leaf(
            "p",
            &[("class", &"note")],
            "Give files with rows on both sides, and make the report again.",
        );
    }
}

fn side(m: &mut Markup, term: &str, key: &str, period: &Period) {
    m.inside("div", &[], |m| {
        m.inside("dt", &[], |m| {
            m.leaf(
                "span",
                &[("class", &format!("key {key}")), ("aria-hidden", &"true")],
                "",
            );
            m.text(term);
        });
        m.inside("dd", &[], |m| {
            m.text(format!("{} rows", number::count(period.rows)));
            if let Some(period) = moment::period(period.from.as_deref(), period.to.as_deref()) {
                m.text(" ");
                m.leaf("small", &[], period);
            }
        });
    });
}
