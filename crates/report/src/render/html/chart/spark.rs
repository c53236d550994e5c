//! Both distributions of a column in the space of a word.

use super::super::markup::Markup;
use super::outline::{Steps, bars, outside, path};
use super::{Short, boxed};
use crate::document::Histogram;

const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 26.0;
/// From one bar beside the bins to the next.
const BAR: f64 = 9.0;

/// The reference as a grey ground, the current rows as a blue line; what lies in no bin stands beside. Draws
/// nothing without bins.
pub(in super::super) fn spark(m: &mut Markup, histogram: &Histogram, title: &str) {
    let Some(steps) = Steps::of(histogram) else {
        return;
    };
    let beside = outside(histogram);
    let room = if beside.is_empty() {
        0.0
    } else {
        4.0 + BAR * beside.len() as f64
    };
    let size = (WIDTH - room, HEIGHT);
    boxed(m, "spark", (120, 26), title, |m| {
        let is_ordered = histogram.edges.is_some();
        for (class, heights) in [("was", &steps.reference), ("now", &steps.current)] {
            let drawn = if is_ordered {
                path(&steps.places, heights, steps.highest, size, class == "was")
            } else {
                bars(&steps.places, heights, steps.highest, size)
            };
            m.empty("path", &[("class", &class), ("d", &drawn)]);
        }
        for (at, (_, before, now)) in beside.iter().enumerate() {
            let left = WIDTH - BAR * (beside.len() - at) as f64 + 1.0;
            bar(m, left, before / steps.highest, "was");
            bar(m, left + 3.5, now / steps.highest, "gone");
        }
    });
}

fn bar(m: &mut Markup, left: f64, part: f64, class: &str) {
    let height = (part.clamp(0.0, 1.0) * HEIGHT).max(if part > 0.0 { 1.0 } else { 0.0 });
    m.empty(
        "rect",
        &[
            ("class", &class),
            ("x", &Short(left)),
            ("y", &Short(HEIGHT - height)),
            ("width", &"3.5"),
            ("height", &Short(height)),
        ],
    );
}
