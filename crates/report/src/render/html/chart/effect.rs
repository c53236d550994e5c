//! How large an effect is beside what is allowed.

use super::super::markup::Markup;
use super::{Short, boxed};

const WIDTH: f64 = 96.0;

/// A bar of `strength` (effect in units of its threshold) with a tick at 1; `most` fills it, and what is
/// more ends in a point. Its class is `over`, `under` or, of what chance may show, `chance`.
pub(in super::super) fn effect(m: &mut Markup, strength: f64, most: f64, class: &str, title: &str) {
    let most = most.clamp(2.0, 8.0);
    let length = (strength / most).clamp(0.0, 1.0) * (WIDTH - 4.0);
    boxed(m, "effect", (96, 14), title, |m| {
        m.empty("path", &[("class", &"track"), ("d", &"M0 7H92")]);
        let end = if strength > most { "l4 3l-4 3" } else { "v6" };
        let bar = format!("M0 4H{}{end}H0Z", Short((length * 10.0).round() / 10.0));
        m.empty("path", &[("class", &class), ("d", &bar)]);
        let tick = format!("M{} 0V14", Short((WIDTH - 4.0) / most));
        m.empty("path", &[("class", &"limit"), ("d", &tick)]);
    });
}
