//! Both distributions of a column of numbers, large.

use super::super::super::number;
use super::super::markup::Markup;
use super::outline::{Steps, edge, outside, path};
use super::{Percent, Scale, stretched, wide};
use crate::document::Histogram;

/// Pixels from the picture's top to the bins' ground.
const TOP: u32 = 14;
const BINS: u32 = 132;
const GROUND: u32 = TOP + BINS;
/// The strip of differences.
const STRIP: (u32, u32) = (GROUND + 24, 34);
/// Room beneath it for what its sides mean.
const HEIGHT: u32 = STRIP.0 + STRIP.1 + 18;
/// Width of a bar beside the bins, and of the gap before the first.
const SLOT: f64 = 0.12;
const GAP: f64 = 0.02;

/// The reference as a grey ground with a dashed edge, the current rows as a blue line; missing and unseen
/// values as bars of their own; beneath, what became more and what became less. Draws nothing without bins.
pub(in super::super) fn distribution(m: &mut Markup, histogram: &Histogram, title: &str) {
    let (Some(steps), Some(edges)) = (Steps::of(histogram), &histogram.edges) else {
        return;
    };
    let beside = outside(histogram);
    let room = if beside.is_empty() {
        0.0
    } else {
        GAP + SLOT * beside.len() as f64
    };
    let width = 1.0 - room;
    wide(m, "plot", HEIGHT, title, |m| {
        bins(m, &steps, width);
        axis(m, edges, width);
        for (at, bar) in beside.iter().enumerate() {
            let left = 1.0 - SLOT * (beside.len() - at) as f64;
            beside_bins(m, *bar, edge(histogram, bar.0), (left, steps.highest));
        }
        differences(m, &steps, width);
    });
}

fn bins(m: &mut Markup, steps: &Steps, width: f64) {
    let of = if steps.is_beside { "of rows" } else { "a bin" };
    let top = format!("{} {of}", number::percent(steps.highest));
    m.leaf(
        "text",
        &[("class", &"tick"), ("x", &"0"), ("y", &"10")],
        top,
    );
    stretched(m, (TOP, BINS), (0.0, width), |m| {
        let view = (1000.0, 1000.0);
        let ground = path(&steps.places, &steps.reference, steps.highest, view, true);
        m.empty("path", &[("class", &"was"), ("d", &ground)]);
        m.empty("path", &[("class", &"was-edge"), ("d", &ground)]);
        let area = path(&steps.places, &steps.current, steps.highest, view, true);
        m.empty("path", &[("class", &"now-ground"), ("d", &area)]);
        m.empty("path", &[("class", &"now"), ("d", &area)]);
    });
}

fn axis(m: &mut Markup, edges: &[f64], width: f64) {
    let (Some(first), Some(last)) = (edges.first(), edges.last()) else {
        return;
    };
    horizontal(m, "axis", GROUND, width);
    let scale = Scale::new(*first, *last);
    let ticks = scale.ticks(5);
    for tick in &ticks {
        let place = scale.place(*tick);
        let anchor = match place {
            p if p < 0.04 => "start",
            p if p > 0.96 && width > 0.99 => "end",
            _ => "middle",
        };
        m.leaf(
            "text",
            &[
                ("class", &"tick"),
                ("x", &Percent(place * width)),
                ("y", &(GROUND + 14)),
                ("text-anchor", &anchor),
            ],
            number::plain(*tick),
        );
    }
}

fn horizontal(m: &mut Markup, class: &str, y: u32, width: f64) {
    m.empty(
        "line",
        &[
            ("class", &class),
            ("x1", &"0"),
            ("x2", &Percent(width)),
            ("y1", &y),
            ("y2", &y),
        ],
    );
}

fn beside_bins(
    m: &mut Markup,
    (word, before, now): (&str, f64, f64),
    edge: Option<String>,
    (left, highest): (f64, f64),
) {
    let sides = [("was was-bar", before, 0.022), ("gone", now, 0.062)];
    for (class, share, shift) in sides {
        let height = f64::from(BINS) * (share / highest).clamp(0.0, 1.0);
        let height = height.max(if share > 0.0 { 1.5 } else { 0.0 });
        m.empty(
            "rect",
            &[
                ("class", &class),
                ("x", &Percent(left + shift)),
                ("y", &super::Short(f64::from(GROUND) - height)),
                ("width", &Percent(0.036)),
                ("height", &super::Short(height)),
            ],
        );
    }
    let middle = Percent(left + SLOT / 2.0);
    let told = number::percents(&[before, now]).into_iter();
    let rows = [
        ("tick aside", STRIP.0 + 14),
        ("tick aside now-text", STRIP.0 + 28),
    ];
    let shares = rows.into_iter().zip(told);
    let words = [
        (("tick aside", GROUND + 13), word.to_owned()),
        (("tick aside", GROUND + 24), edge.unwrap_or_default()),
    ];
    let words = words.into_iter().filter(|(_, text)| !text.is_empty());
    for ((class, y), text) in words.chain(shares) {
        let place: [(&'static str, &dyn std::fmt::Display); 4] = [
            ("class", &class),
            ("x", &middle),
            ("y", &y),
            ("text-anchor", &"middle"),
        ];
        m.leaf("text", &place, text);
    }
}

fn differences(m: &mut Markup, steps: &Steps, width: f64) {
    let differences: Vec<f64> = steps
        .current
        .iter()
        .zip(&steps.reference)
        .map(|(a, b)| a - b)
        .collect();
    let largest = differences
        .iter()
        .fold(0.0_f64, |largest, d| largest.max(d.abs()));
    if largest <= 0.0 {
        return;
    }
    let (mut more, mut fewer) = (String::new(), String::new());
    for (difference, pair) in differences.iter().zip(steps.places.windows(2)) {
        let (left, right) = ((pair[0] * 1000.0).round(), (pair[1] * 1000.0).round());
        let size = (difference.abs() / largest * 500.0).round();
        if size < 1.0 {
            continue;
        }
        if *difference > 0.0 {
            more += &format!("M{left} 500V{}H{right}V500Z", 500.0 - size);
        } else {
            fewer += &format!("M{left} 500V{}H{right}V500Z", 500.0 + size);
        }
    }
    stretched(m, STRIP, (0.0, width), |m| {
        m.empty("path", &[("class", &"more"), ("d", &more)]);
        m.empty("path", &[("class", &"fewer"), ("d", &fewer)]);
    });
    horizontal(m, "axis", STRIP.0 + STRIP.1 / 2, width);
    let place: super::super::markup::Attributes<'_> =
        &[("class", &"tick"), ("x", &"0"), ("y", &(HEIGHT - 3))];
    m.leaf("text", place, "up: more now, down: fewer now");
}
