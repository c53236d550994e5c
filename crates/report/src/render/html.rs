//! The page.
//!
//! Plain elements with a style sheet of their own; everything can be read without the script, which adds a
//! switch of colours, sorting and a filter. A policy in the page forbids every request and every other
//! script, so that even a mistake in escaping could load and run nothing.

mod anchor;
mod calibration;
mod chart;
mod columns;
mod drift;
mod fairness;
mod findings;
mod head;
mod markup;
mod methods;
mod metrics;
mod quality;
mod slices;
mod table;
mod theme;
mod windows;

use crate::document::Document;
use markup::Markup;

const SCRIPT: &str = include_str!("html/script.js");
/// SHA-256 of [`SCRIPT`], which a test holds against it.
const SCRIPT_SHA256: &str = "sha256-XO4x77NwtNHOQWMvnsDiXKL0hbBEEFfIOhOE0MgZgVc=";

/// The whole file.
pub(super) fn page(document: &Document) -> String {
    let mut m = Markup::with_capacity(64 * 1024 + document.columns.len() * 8 * 1024);
    m.literal("<!DOCTYPE html>\n");
    m.inside("html", &[("lang", &"en")], |m| {
        m.inside("head", &[], |m| meta(m, document));
        m.inside("body", &[], |m| body(m, document));
    });
    m.into_text()
}

fn meta(m: &mut Markup, document: &Document) {
    m.literal("<meta charset=\"utf-8\"/>");
    m.literal("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>");
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src '{SCRIPT_SHA256}'; base-uri 'none'; form-action 'none'"
    );
    m.empty(
        "meta",
        &[
            ("http-equiv", &"Content-Security-Policy"),
            ("content", &policy),
        ],
    );
    m.literal("<meta name=\"color-scheme\" content=\"light dark\"/>");
    m.leaf(
        "title",
        &[],
        format!("{}: Candor report", head::model(document)),
    );
    m.literal("<style>\n");
    m.style(&theme::style());
    m.literal("</style>");
}

fn body(m: &mut Markup, document: &Document) {
    m.literal("<a class=\"skip\" href=\"#findings\">Skip to the findings</a>");
    chart::shared(m);
    head::header(m, document);
    m.inside("div", &[("class", &"frame")], |m| {
        contents(m, document);
        m.inside("main", &[], |m| {
            findings::section(m, document);
            drift::section(m, document);
            metrics::realised(m, document);
            metrics::estimated(m, document);
            windows::section(m, document);
            calibration::section(m, document);
            fairness::section(m, document);
            slices::section(m, document);
            quality::section(m, document);
            columns::section(m, document);
            methods::section(m, document);
        });
    });
    m.inside("footer", &[], |m| {
        m.text("Made by Candor from aggregates; it holds no rows but the examples of checks.");
    });
    m.literal("<script>");
    m.literal(SCRIPT);
    m.literal("</script>");
}

/// Links to the sections that there are.
fn contents(m: &mut Markup, document: &Document) {
    let has_columns = !document.columns.is_empty();
    let sections = [
        ("findings", "Findings", true),
        ("drift", "Drift by column", has_columns),
        ("performance", "Performance", document.performance.is_some()),
        (
            "estimated",
            "Without outcomes",
            document.estimated_performance.is_some(),
        ),
        (
            "windows",
            "Over time",
            !windows::metrics(document).is_empty(),
        ),
        ("calibration", "Calibration", document.calibration.is_some()),
        ("fairness", "Fairness", document.fairness.is_some()),
        ("slices", "Weak slices", !document.slices.is_empty()),
        ("quality", "Quality", document.quality.is_some()),
        ("columns", "Columns in detail", has_columns),
        ("methods", "Methods", !document.methods.is_empty()),
    ];
    m.inside("nav", &[("aria-label", &"Sections")], |m| {
        m.inside("ul", &[], |m| {
            for (id, words, _) in sections.iter().filter(|section| section.2) {
                m.inside("li", &[], |m| {
                    m.leaf("a", &[("href", &format!("#{id}"))], words)
                });
            }
        });
    });
}

/// A section under its heading.
fn section(m: &mut Markup, id: &'static str, title: &str, body: impl FnOnce(&mut Markup)) {
    let heading = format!("{id}-title");
    m.inside(
        "section",
        &[("id", &id), ("aria-labelledby", &heading)],
        |m| {
            m.leaf("h2", &[("id", &heading)], title);
            body(m);
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base64(bytes: &[u8]) -> String {
        const DIGITS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::new();
        for part in bytes.chunks(3) {
            let word = part
                .iter()
                .fold(0_usize, |word, byte| word << 8 | usize::from(*byte));
            let word = word << (8 * (3 - part.len()));
            for at in 0..4 {
                let digit = DIGITS[word >> (18 - 6 * at) & 63];
                out.push(if at > part.len() {
                    '='
                } else {
                    char::from(digit)
                });
            }
        }
        out
    }

    #[test]
    fn the_page_lets_its_own_script_run_and_no_other() {
        let digest = ring::digest::digest(&ring::digest::SHA256, SCRIPT.as_bytes());
        assert_eq!(SCRIPT_SHA256, format!("sha256-{}", base64(digest.as_ref())));
        assert_eq!(base64(b"Man"), "TWFu");
        assert_eq!(base64(b"Ma"), "TWE=");
        assert_eq!(base64(b"M"), "TQ==");
    }

    #[test]
    fn script_and_style_cannot_end_their_elements() {
        for text in [SCRIPT, &theme::style()] {
            assert!(!text.contains(['<', '&']), "{text}");
        }
    }
}
