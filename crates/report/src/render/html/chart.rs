//! Pictures as inline SVG.
//!
//! Wide ones have no view box: places along the width are percentages and sizes are pixels, so they fit
//! any width and their words stay as large as the page's. Lines lie in an inner view of 1000 × 1000 that
//! stretches. Each has a title and, unless its numbers stand beside it, a description.

mod curve;
mod distribution;
mod dot;
mod effect;
mod outline;
mod scale;
mod spark;
mod strip;
mod trend;

pub(super) use curve::reliability;
pub(super) use distribution::distribution;
pub(super) use dot::{Dots, bar, dots, pair};
pub(super) use effect::effect;
pub(super) use outline::{beyond, outside};
pub(super) use scale::Scale;
pub(super) use spark::spark;
pub(super) use strip::strip;
pub(super) use trend::{DENSE, DOTS_MAX, Line, Point, Trend, glance, trend};

use super::markup::Markup;
use std::fmt;

/// Marks that pictures share.
pub(super) fn shared(m: &mut Markup) {
    m.literal(concat!(
        "<svg class=\"defs\" width=\"0\" height=\"0\" aria-hidden=\"true\" focusable=\"false\"><title>Marks</title><defs>",
        "<pattern id=\"hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">",
        "<path class=\"hatch\" d=\"M0 0V5\"/></pattern>",
        "<path id=\"breach\" d=\"M0-6L5.5 4H-5.5Z\"/>",
        "<circle id=\"was\" class=\"was-mark\" r=\"4\"/><circle id=\"now\" class=\"now-mark\" r=\"4\"/>",
        "</defs></svg>"
    ));
}

/// A picture as wide as its place.
fn wide(m: &mut Markup, class: &str, height: u32, title: &str, body: impl FnOnce(&mut Markup)) {
    let attributes: super::markup::Attributes<'_> = &[
        ("class", &class),
        ("role", &"img"),
        ("width", &"100%"),
        ("height", &height),
    ];
    m.inside("svg", attributes, |m| {
        m.leaf("title", &[], title);
        body(m);
    });
}

/// A picture of fixed proportions.
fn boxed(
    m: &mut Markup,
    class: &str,
    size: (u32, u32),
    title: &str,
    body: impl FnOnce(&mut Markup),
) {
    let view = format!("0 0 {} {}", size.0, size.1);
    let attributes: super::markup::Attributes<'_> = &[
        ("class", &class),
        ("role", &"img"),
        ("width", &size.0),
        ("height", &size.1),
        ("viewBox", &view),
    ];
    m.inside("svg", attributes, |m| {
        m.leaf("title", &[], title);
        body(m);
    });
}

/// An inner view of 1000 × 1000 that fills `height` pixels below `top`, and `width` of the picture from
/// `left` on.
fn stretched(
    m: &mut Markup,
    (top, height): (u32, u32),
    (left, width): (f64, f64),
    body: impl FnOnce(&mut Markup),
) {
    let attributes: super::markup::Attributes<'_> = &[
        ("x", &Percent(left)),
        ("y", &top),
        ("width", &Percent(width)),
        ("height", &height),
        ("viewBox", &"0 0 1000 1000"),
        ("preserveAspectRatio", &"none"),
    ];
    m.inside("svg", attributes, body);
}

/// A part of the width, from a share.
#[derive(Debug, Clone, Copy)]
struct Percent(f64);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", Short(self.0 * 100.0))
    }
}

/// A coordinate with at most two decimals; 0 if it is no number.
#[derive(Debug, Clone, Copy)]
struct Short(f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = if self.0.is_finite() {
            self.0.clamp(-1e6, 1e6)
        } else {
            0.0
        };
        let rounded = (value * 100.0).round() / 100.0;
        // Adding zero turns −0 into 0.
        write!(f, "{}", rounded + 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short_and_always_numbers() {
        for (value, text) in [
            (0.123_456, "12.35%"),
            (1.0, "100%"),
            (-0.000_001, "0%"),
            (f64::NAN, "0%"),
            (f64::INFINITY, "0%"),
        ] {
            assert_eq!(Percent(value).to_string(), text);
        }
    }
}
