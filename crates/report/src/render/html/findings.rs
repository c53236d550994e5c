//! Findings, most important first, each with its picture and the way to its figures; and what the report
//! cannot tell.

use super::super::{name, wording};
use super::markup::Markup;
use super::{anchor, chart, windows};
use crate::document::{Document, Evidence, Finding};

/// The list.
pub(super) fn section(m: &mut Markup, document: &Document) {
    super::section(m, "findings", "Findings", |m| {
        if document.findings.is_empty() {
            m.leaf("p", &[("class", &"empty")], wording::verdict(document));
        } else {
            m.inside("ol", &[("class", &"findings")], |m| {
                for finding in &document.findings {
                    one(m, document, finding);
                }
            });
        }
        absent(m, document);
    });
}

fn one(m: &mut Markup, document: &Document, finding: &Finding) {
    m.inside("li", &[("class", &finding.severity.name())], |m| {
        m.inside("div", &[("class", &"severity")], |m| {
            let mark = wording::severity_mark(finding.severity);
            m.leaf(
                "span",
                &[("class", &"mark"), ("aria-hidden", &"true")],
                mark,
            );
            m.text(" ");
            m.text(finding.severity.name());
        });
        m.inside("div", &[("class", &"told")], |m| {
            m.leaf(
                "p",
                &[("class", &"sentence")],
                wording::sentence(&finding.sentence),
            );
            if let Some(detail) = &finding.detail {
                m.leaf("p", &[("class", &"detail")], wording::sentence(detail));
            }
            evidence(m, document, finding);
        });
        m.inside("div", &[("class", &"glance")], |m| {
            glance(m, document, finding)
        });
    });
}

fn evidence(m: &mut Markup, document: &Document, finding: &Finding) {
    let links: Vec<_> = finding
        .evidence
        .iter()
        .filter_map(|key| anchor::of(document, key))
        .collect();
    if links.is_empty() {
        return;
    }
    m.inside("p", &[("class", &"evidence")], |m| {
        m.leaf("span", &[], "Evidence: ");
        for (at, (target, words)) in links.iter().enumerate() {
            if at > 0 {
                m.text(" · ");
            }
            m.leaf("a", &[("href", target)], words);
        }
    });
}

/// A small picture of the first column or metric among the evidence.
fn glance(m: &mut Markup, document: &Document, finding: &Finding) {
    for key in &finding.evidence {
        match key {
            Evidence::Column(name) => {
                let Some(histogram) = document
                    .column(name)
                    .and_then(|(_, c)| c.histogram.as_ref())
                else {
                    continue;
                };
                let name = name::short(name, 60);
                let title = format!("{name}: reference in grey, current in blue");
                return chart::spark(m, histogram, &title);
            }
            Evidence::Windows { family, name } if family.ends_with("performance") => {
                return windows::glance(m, document, name);
            }
            _ => {}
        }
    }
}

fn absent(m: &mut Markup, document: &Document) {
    if document.absent.is_empty() && document.notes.is_empty() {
        return;
    }
    m.inside("div", &[("class", &"absent"), ("id", &"absent")], |m| {
        m.leaf(
            "h3",
            &[],
            "What this report cannot tell, and what it assumed",
        );
        m.inside("ul", &[], |m| {
            for (names, why) in wording::absent(document) {
                m.inside("li", &[], |m| {
                    m.leaf("b", &[], names);
                    m.text(": ");
                    m.text(why);
                });
            }
            for note in &document.notes {
                m.leaf("li", &[], note);
            }
        });
    });
}
