//! The reliability curve: what scores say against what came true.

use super::super::super::number;
use super::super::markup::Markup;
use super::{Short, boxed};
use crate::document::{Calibration, Curve, CurveBin};

/// The square of the curve; room for words left and beneath.
const LEFT: f64 = 40.0;
const TOP: f64 = 8.0;
const SIDE: f64 = 260.0;
/// The strip of scores beneath the curve.
const STRIP: (f64, f64) = (TOP + SIDE + 22.0, 34.0);
const SIZE: (u32, u32) = (306, 340);

/// Dots with their intervals on the diagonal, the reference hollow; beneath, where the scores lie.
pub(in super::super) fn reliability(m: &mut Markup, calibration: &Calibration, title: &str) {
    boxed(m, "square", SIZE, title, |m| {
        frame(m);
        // Whoever moved dots apart would move them across the diagonal: two pixels are a point of calibration.
        for (curve, class) in [
            (&calibration.reference, "was-dot"),
            (&calibration.current, "now-dot"),
        ] {
            if let Some(curve) = curve {
                m.inside("g", &[("class", &class)], |m| dots(m, curve));
            }
        }
        if let Some(curve) = calibration
            .current
            .as_ref()
            .or(calibration.reference.as_ref())
        {
            scores(m, curve);
        }
    });
}

fn x(share: f64) -> f64 {
    LEFT + share.clamp(0.0, 1.0) * SIDE
}

fn y(share: f64) -> f64 {
    TOP + (1.0 - share.clamp(0.0, 1.0)) * SIDE
}

fn frame(m: &mut Markup) {
    for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let (across, up) = (Short(x(tick)), Short(y(tick)));
        let lines = format!("M{LEFT} {up}H{}M{across} {TOP}V{}", LEFT + SIDE, TOP + SIDE);
        m.empty("path", &[("class", &"grid"), ("d", &lines)]);
        let text = number::percent(tick);
        let left = Short(LEFT - 7.0);
        let middle = Short(y(tick) + 4.0);
        m.leaf(
            "text",
            &[
                ("class", &"tick"),
                ("x", &left),
                ("y", &middle),
                ("text-anchor", &"end"),
            ],
            &text,
        );
        let below = Short(TOP + SIDE + 15.0);
        m.leaf(
            "text",
            &[
                ("class", &"tick"),
                ("x", &across),
                ("y", &below),
                ("text-anchor", &"middle"),
            ],
            &text,
        );
    }
    let diagonal = format!("M{LEFT} {}L{} {TOP}", TOP + SIDE, LEFT + SIDE);
    m.empty("path", &[("class", &"ideal"), ("d", &diagonal)]);
}

fn dots(m: &mut Markup, curve: &Curve) {
    for bin in &curve.bins {
        let Some(observed) = bin.observed.value else {
            continue;
        };
        let across = Short(x(bin.predicted));
        if let Some((low, high)) = bin.observed.interval() {
            m.empty(
                "line",
                &[
                    ("x1", &across),
                    ("x2", &across),
                    ("y1", &Short(y(low))),
                    ("y2", &Short(y(high))),
                ],
            );
        }
        m.empty(
            "circle",
            &[("cx", &across), ("cy", &Short(y(observed))), ("r", &"4")],
        );
    }
}

fn scores(m: &mut Markup, curve: &Curve) {
    // Height is rows per width of score, so that bins of equal rows show where scores crowd.
    let density = |bin: &CurveBin| bin.n as f64 / (bin.to - bin.from).max(0.005);
    let most = curve.bins.iter().map(density).fold(0.0, f64::max);
    if most <= 0.0 {
        return;
    }
    let ground = STRIP.0 + STRIP.1;
    let mut bars = String::new();
    for bin in &curve.bins {
        let (left, right) = (x(bin.from), x(bin.to).max(x(bin.from) + 1.0));
        let top = ground - STRIP.1 * density(bin) / most;
        bars += &format!(
            "M{} {ground}V{}H{}V{ground}Z",
            Short(left),
            Short(top),
            Short(right)
        );
    }
    m.empty("path", &[("class", &"now-ground"), ("d", &bars)]);
    m.empty("path", &[("class", &"now thin"), ("d", &bars)]);
    let (right, label) = (Short(LEFT + SIDE), Short(ground + 12.0));
    m.leaf(
        "text",
        &[
            ("class", &"tick"),
            ("x", &right),
            ("y", &label),
            ("text-anchor", &"end"),
        ],
        "where the scores lie",
    );
}
