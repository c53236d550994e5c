//! The reliability curve and what sums it up.

use super::super::measure::{self, Measure};
use super::super::{name, number, wording};
use super::chart;
use super::markup::Markup;
use super::table::{self, Head};
use crate::document::{Calibration, Curve, Document, Figure};

type Part = fn(&Curve) -> Option<&Figure>;

/// Curve and figures.
pub(super) fn section(m: &mut Markup, document: &Document) {
    let Some(calibration) = &document.calibration else {
        return;
    };
    super::section(m, "calibration", "Calibration", |m| {
        m.leaf(
            "p",
            &[("class", &"lead")],
            "Of all rows with a score of 30 %, about 30 in 100 should come true: dots on the diagonal are right, \
             dots beneath it promised too much, dots above it too little.",
        );
        m.inside("div", &[("class", &"beside")], |m| {
            m.inside("figure", &[], |m| {
                let of = if calibration.of.is_empty() {
                    "the score".to_owned()
                } else {
                    format!("score of {}", name::short(&calibration.of, 60))
                };
                chart::reliability(m, calibration, &format!("Reliability curve of {of}"));
                m.inside("figcaption", &[("class", &"legend")], |m| {
                    m.text(format!("Across: {of}. Up: share that came true. "));
                    m.literal("<span class=\"mate\"><span class=\"key hollow-key\" aria-hidden=\"true\"></span>reference</span> ");
                    m.literal("<span class=\"mate\"><span class=\"key full-key\" aria-hidden=\"true\"></span>current,</span> with 95 % intervals");
                });
            });
            m.inside("div", &[], |m| {
                sums(m, calibration);
                table::folded(m, "The curve as a table", |m| bins(m, calibration));
            });
        });
    });
}

fn sums(m: &mut Markup, calibration: &Calibration) {
    let heads: &[Head] = &[("", ""), ("Current", "num"), ("Reference", "num")];
    let parts: [(&str, Part); 5] = [
        ("ece", |curve| curve.ece.as_ref()),
        ("mce", |curve| curve.mce.as_ref()),
        ("slope", |curve| curve.slope.as_ref()),
        ("intercept", |curve| curve.intercept.as_ref()),
        ("brier", |curve| curve.brier.as_ref()),
    ];
    table::table(m, "", "Calibration in figures", heads, |m| {
        for (name, part) in parts {
            let side = |curve: &'_ Option<Curve>| curve.as_ref().and_then(part).cloned();
            let sides = [side(&calibration.current), side(&calibration.reference)];
            if sides.iter().all(Option::is_none) {
                continue;
            }
            let measure = measure::of(name);
            let ideal = match name {
                "slope" => "1 is right",
                "intercept" => "0 is right",
                _ => "less is better",
            };
            table::row(m, "", |m| sum(m, &measure, ideal, &sides));
        }
    });
}

fn sum(m: &mut Markup, measure: &Measure, ideal: &str, sides: &[Option<Figure>; 2]) {
    m.inside("th", &[("scope", &"row")], |m| {
        m.text(&measure.label);
        m.text(" ");
        m.leaf("small", &[], ideal);
    });
    let sides = sides.each_ref().map(Option::as_ref);
    let (told, _) = wording::figures(sides, measure);
    for (side, told) in sides.into_iter().zip(told) {
        match side {
            Some(figure) => table::interval(m, figure.value, told),
            None => table::cell(m, "num", "–"),
        }
    }
}

fn bins(m: &mut Markup, calibration: &Calibration) {
    let heads: &[Head] = &[
        ("Side", ""),
        ("Mean score", "num"),
        ("Came true", "num"),
        ("Rows", "num"),
    ];
    let measure = measure::of("recall");
    table::table(m, "small", "Reliability by bin of the score", heads, |m| {
        for (words, curve) in [
            ("reference", &calibration.reference),
            ("current", &calibration.current),
        ] {
            for bin in curve.iter().flat_map(|curve| &curve.bins) {
                table::row(m, "", |m| {
                    table::head(m, words);
                    table::number(m, Some(bin.predicted), number::percent(bin.predicted));
                    table::interval(
                        m,
                        bin.observed.value,
                        wording::figure(&bin.observed, &measure),
                    );
                    table::cell(m, "num", number::count(bin.n));
                });
            }
        }
    });
}
