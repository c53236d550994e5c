//! Values with their intervals as dots with whiskers, and plain bars; for cells of tables.

use super::super::markup::Markup;
use super::{Percent, Scale, wide};

/// A row of dots on one scale.
#[derive(Debug)]
pub(in super::super) struct Dots<'a> {
    /// The axis.
    pub(in super::super) scale: Scale,
    /// Value and interval of the reference: hollow and grey.
    pub(in super::super) reference: Option<(f64, Option<(f64, f64)>)>,
    /// Value and interval of the current rows: full and blue.
    pub(in super::super) current: Option<(f64, Option<(f64, f64)>)>,
    /// Bounds, as dashed lines across.
    pub(in super::super) limits: &'a [f64],
    /// Whether zero is marked by a thin line across.
    pub(in super::super) has_zero: bool,
    /// Whether the current value is a breach.
    pub(in super::super) breach: bool,
    /// The picture in words.
    pub(in super::super) title: &'a str,
}

/// Draws the dots: the reference above, the current rows beneath.
pub(in super::super) fn dots(m: &mut Markup, dots: &Dots<'_>) {
    let both = dots.reference.is_some() && dots.current.is_some();
    let (above, beneath) = if both { (6, 16) } else { (11, 11) };
    wide(m, "dots", 22, dots.title, |m| {
        if dots.has_zero {
            let x = Percent(inset(dots.scale.place(0.0)));
            let ends: super::super::markup::Attributes<'_> = &[
                ("class", &"axis"),
                ("x1", &x),
                ("x2", &x),
                ("y1", &"0"),
                ("y2", &"22"),
            ];
            m.empty("line", ends);
        }
        for limit in dots.limits {
            let x = Percent(inset(dots.scale.place(*limit)));
            m.empty(
                "line",
                &[
                    ("class", &"limit"),
                    ("x1", &x),
                    ("x2", &x),
                    ("y1", &"0"),
                    ("y2", &"22"),
                ],
            );
        }
        if let Some(reference) = dots.reference {
            one(m, dots.scale, reference, above, "was-dot");
        }
        if let Some(current) = dots.current {
            let class = if dots.breach { "over-dot" } else { "now-dot" };
            one(m, dots.scale, current, beneath, class);
        }
    });
}

fn one(
    m: &mut Markup,
    scale: Scale,
    (value, interval): (f64, Option<(f64, f64)>),
    y: u32,
    class: &str,
) {
    m.inside("g", &[("class", &class)], |m| {
        if let Some((low, high)) = interval {
            let (left, right) = (
                Percent(inset(scale.place(low))),
                Percent(inset(scale.place(high))),
            );
            m.empty(
                "line",
                &[("x1", &left), ("x2", &right), ("y1", &y), ("y2", &y)],
            );
        }
        let x = Percent(inset(scale.place(value)));
        let mark = match class {
            "over-dot" => "#breach",
            "was-dot" => "#was",
            _ => "#now",
        };
        m.empty("use", &[("href", &mark), ("x", &x), ("y", &y)]);
    });
}

/// Keeps dots at the ends inside the picture.
fn inset(place: f64) -> f64 {
    0.03 + 0.94 * place
}

/// Two shares on one line: hollow and grey before, full and blue now, joined.
pub(in super::super) fn pair(
    m: &mut Markup,
    scale: Scale,
    before: Option<f64>,
    now: Option<f64>,
    title: &str,
) {
    wide(m, "dots pair", 14, title, |m| {
        let place = |value: f64| Percent(inset(scale.place(value)));
        if let (Some(before), Some(now)) = (before, now) {
            let ends = (place(before), place(now));
            m.empty(
                "line",
                &[
                    ("class", &"joint"),
                    ("x1", &ends.0),
                    ("x2", &ends.1),
                    ("y1", &"7"),
                    ("y2", &"7"),
                ],
            );
        }
        for (value, mark) in [(before, "#was"), (now, "#now")] {
            if let Some(value) = value {
                let x = place(value);
                m.empty("use", &[("href", &mark), ("x", &x), ("y", &"7")]);
            }
        }
    });
}

/// A bar from the left, as long as `part` of the width.
pub(in super::super) fn bar(m: &mut Markup, part: f64, class: &str, title: &str) {
    wide(m, "bar", 10, title, |m| {
        let width = Percent(if part.is_finite() {
            part.clamp(0.0, 1.0)
        } else {
            0.0
        });
        m.empty(
            "rect",
            &[("class", &class), ("width", &width), ("height", &"10")],
        );
    });
}
