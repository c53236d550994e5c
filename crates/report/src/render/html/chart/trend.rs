//! A measure over the windows: line, interval, the reference's band, marks of breaches.

use super::super::super::number::{self, Unit};
use super::super::markup::Markup;
use super::{Percent, Scale, Short, stretched, wide};
use crate::document::{Band, Expected};

const TOP: u32 = 12;
const BODY: u32 = 130;
const HEIGHT: u32 = TOP + BODY + 22;
/// Share of the width that the values of the grid have for themselves, left of it.
const GUTTER: f64 = 0.1;
/// More dots than this are left out, breaches excepted.
pub(in super::super) const DOTS_MAX: usize = 62;

/// More windows than this have neither dots nor a band of their own each.
pub(in super::super) const DENSE: usize = 120;

/// A measure over the windows.
#[derive(Debug)]
pub(in super::super) struct Trend<'a> {
    /// How values are written.
    pub(in super::super) unit: Unit,
    /// Values lie inside.
    pub(in super::super) within: Option<(f64, f64)>,
    /// What the reference makes expected.
    pub(in super::super) band: Option<&'a Band>,
    /// The band of each window, where windows differ in what is expected; else none.
    pub(in super::super) steps: Vec<Option<Expected>>,
    /// Lines, the foremost last.
    pub(in super::super) lines: &'a [Line],
    /// Words under the first, the middle and the last window.
    pub(in super::super) labels: [String; 3],
    /// The picture in words.
    pub(in super::super) title: &'a str,
}

/// One line.
#[derive(Debug)]
pub(in super::super) struct Line {
    /// `now` or `estimate`.
    pub(in super::super) class: &'static str,
    /// One a window; `None` is a gap.
    pub(in super::super) points: Vec<Option<Point>>,
}

/// A measure of one window.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Point {
    /// Its value.
    pub(in super::super) value: f64,
    /// Its interval.
    pub(in super::super) interval: Option<(f64, f64)>,
    /// Whether it lies outside the band.
    pub(in super::super) breach: bool,
    /// Whether rows or outcomes are still awaited.
    pub(in super::super) partial: bool,
}

/// Draws it.
pub(in super::super) fn trend(m: &mut Markup, trend: &Trend<'_>) {
    let scale = scale(trend);
    wide(m, "plot", HEIGHT, trend.title, |m| {
        grid(m, scale, trend.unit);
        stretched(m, (TOP, BODY), (GUTTER, 1.0 - GUTTER), |m| {
            expected(m, trend, scale);
            for line in trend.lines {
                runs(m, line, scale);
            }
            let dense = trend.lines.iter().filter(|line| is_dense(line));
            let ticks: String = dense.map(|line| ticks(line, 930)).collect();
            if !ticks.is_empty() {
                m.empty("path", &[("class", &"over-tick"), ("d", &ticks)]);
            }
        });
        for line in trend.lines.iter().filter(|line| !is_dense(line)) {
            marks(m, line, scale);
        }
        under(m, &trend.labels);
    });
}

/// The same in the space of a word: band and lines, with a tick at the ground for each breach.
pub(in super::super) fn glance(m: &mut Markup, trend: &Trend<'_>) {
    let scale = scale(trend);
    let attributes: super::super::markup::Attributes<'_> = &[
        ("class", &"glance-trend"),
        ("role", &"img"),
        ("width", &"120"),
        ("height", &"30"),
        ("viewBox", &"0 0 1000 1000"),
        ("preserveAspectRatio", &"none"),
    ];
    m.inside("svg", attributes, |m| {
        m.leaf("title", &[], trend.title);
        expected(m, trend, scale);
        let mut drawn = String::new();
        for line in trend.lines {
            runs(m, line, scale);
            drawn += &ticks(line, 820);
        }
        let ticks = drawn;
        m.empty("path", &[("class", &"over-tick"), ("d", &ticks)]);
    });
}

fn is_dense(line: &Line) -> bool {
    line.points.len() > DENSE
}

/// A tick from the ground up to `top` for each breach.
fn ticks(line: &Line, top: u32) -> String {
    let count = line.points.len();
    let points = line.points.iter().enumerate();
    let breaches = points.filter(|(_, point)| point.is_some_and(|point| point.breach));
    breaches
        .map(|(at, _)| {
            let place = Short((across(at, count) * 1000.0).round());
            format!("M{place} 1000V{top}")
        })
        .collect()
}

/// Around everything that is drawn.
fn scale(trend: &Trend<'_>) -> Scale {
    let band = trend
        .band
        .into_iter()
        .flat_map(|band| [band.low, band.high])
        .flatten();
    let steps = trend.steps.iter().flatten();
    let steps = steps.flat_map(|step| [step.low, step.high]).flatten();
    let points = trend
        .lines
        .iter()
        .flat_map(|line| line.points.iter().flatten());
    let values = points.flat_map(|point| {
        let (low, high) = point.interval.unwrap_or((point.value, point.value));
        [low, point.value, high]
    });
    Scale::around(values.chain(band).chain(steps), trend.within)
}

/// Place along the inner view.
fn across(at: usize, count: usize) -> f64 {
    (at as f64 + 0.5) / count.max(1) as f64
}

fn up(scale: Scale, value: f64) -> f64 {
    1.0 - scale.place(value)
}

/// What is expected: of each window where they differ, else of all.
fn expected(m: &mut Markup, trend: &Trend<'_>, scale: Scale) {
    let count = trend.steps.len();
    if count == 0 {
        if let Some(band) = trend.band {
            range(m, (band.low, band.high), (0.0, 1.0), scale);
        }
        return;
    }
    if count > DENSE {
        smooth(m, &trend.steps, scale);
        return;
    }
    for (at, step) in trend.steps.iter().enumerate() {
        let ends = (at as f64 / count as f64, (at + 1) as f64 / count as f64);
        if let Some(step) = step {
            range(m, (step.low, step.high), ends, scale);
        }
    }
}

/// What is expected of very many windows: the median of each and its neighbours as one band.
fn smooth(m: &mut Markup, steps: &[Option<Expected>], scale: Scale) {
    let reach = steps.len() / 30;
    let near = |at: usize| {
        let part = at.saturating_sub(reach)..(at + reach + 1).min(steps.len());
        steps.get(part).unwrap_or_default().iter().flatten()
    };
    let edge = |of: fn(&Expected) -> Option<f64>, open: f64| -> Vec<(f64, f64)> {
        let place = |at: usize| across(at, steps.len()) * 1000.0;
        let value = |at: usize| {
            let middle = median(near(at).filter_map(of).collect());
            (place(at), middle.map_or(open, |value| up(scale, value)))
        };
        // Neighbours hardly differ: every third place draws the same line.
        (0..steps.len()).step_by(3).map(value).collect()
    };
    let (top, ground) = (edge(|step| step.high, 0.0), edge(|step| step.low, 1.0));
    let mut area = joined(top.iter().copied(), 'M');
    area += &joined(ground.iter().rev().copied(), 'L');
    m.empty("path", &[("class", &"band"), ("d", &format!("{area}Z"))]);
    for (edge, of) in [
        (top, (|step| step.high) as fn(&Expected) -> Option<f64>),
        (ground, |step| step.low),
    ] {
        if steps.iter().flatten().any(|step| of(step).is_some()) {
            let drawn = joined(edge.into_iter(), 'M');
            m.empty("path", &[("class", &"band-edge"), ("d", &drawn)]);
        }
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// An expected range from one place along the view to another.
fn range(
    m: &mut Markup,
    (low, high): (Option<f64>, Option<f64>),
    (from, to): (f64, f64),
    scale: Scale,
) {
    if low.is_none() && high.is_none() {
        // No band is no band, not one that holds everything.
        return;
    }
    let place = |x: f64| Short((x * 1000.0).round());
    let top = place(high.map_or(0.0, |high| up(scale, high)));
    let ground = place(low.map_or(1.0, |low| up(scale, low)));
    let (from, to) = (place(from), place(to));
    let area = format!("M{from} {top}H{to}V{ground}H{from}Z");
    m.empty("path", &[("class", &"band"), ("d", &area)]);
    for (end, place) in [(high, top), (low, ground)] {
        if end.is_some() {
            let edge = format!("M{from} {place}H{to}");
            m.empty("path", &[("class", &"band-edge"), ("d", &edge)]);
        }
    }
}

/// Ribbon and line of each run of windows without a gap.
fn runs(m: &mut Markup, line: &Line, scale: Scale) {
    let count = line.points.len();
    let (mut ribbon, mut stroke) = (String::new(), String::new());
    let mut at = 0;
    for run in line.points.split(Option::is_none) {
        let run: Vec<(f64, Point)> = run
            .iter()
            .enumerate()
            .filter_map(|(place, point)| Some((across(at + place, count) * 1000.0, (*point)?)))
            .collect();
        at += run.len() + 1;
        stroke += &joined(
            run.iter().map(|(x, point)| (*x, up(scale, point.value))),
            'M',
        );
        // A window without an interval interrupts the ribbon, not the line.
        for known in run.split(|(_, point)| point.interval.is_none()) {
            let ends =
                |(x, point): &(f64, Point)| point.interval.map(|(low, high)| (*x, low, high));
            let ends: Vec<_> = known.iter().filter_map(ends).collect();
            if ends.is_empty() {
                continue;
            }
            ribbon += &joined(ends.iter().map(|(x, _, high)| (*x, up(scale, *high))), 'M');
            ribbon += &joined(
                ends.iter().rev().map(|(x, low, _)| (*x, up(scale, *low))),
                'L',
            );
            ribbon.push('Z');
        }
    }
    let class = format!("{}-ribbon", line.class);
    m.empty("path", &[("class", &class), ("d", &ribbon)]);
    m.empty("path", &[("class", &line.class), ("d", &stroke)]);
}

fn joined(points: impl Iterator<Item = (f64, f64)>, first: char) -> String {
    let mut path = String::new();
    for (at, (x, y)) in points.enumerate() {
        path.push(if at == 0 { first } else { 'L' });
        path += &format!("{} {}", Short(x.round()), Short((y * 1000.0).round()));
    }
    path
}

fn grid(m: &mut Markup, scale: Scale, unit: Unit) {
    for tick in scale.ticks(3) {
        let y = f64::from(TOP) + up(scale, tick) * f64::from(BODY);
        let line: super::super::markup::Attributes<'_> = &[
            ("class", &"grid"),
            ("x1", &Percent(GUTTER)),
            ("x2", &"100%"),
            ("y1", &Short(y)),
            ("y2", &Short(y)),
        ];
        m.empty("line", line);
        let words: super::super::markup::Attributes<'_> = &[
            ("class", &"tick"),
            ("x", &Percent(GUTTER - 0.015)),
            ("y", &Short(y + 4.0)),
            ("text-anchor", &"end"),
        ];
        m.leaf("text", words, number::of(unit, tick));
    }
}

fn marks(m: &mut Markup, line: &Line, scale: Scale) {
    let count = line.points.len();
    let has_dots = count <= DOTS_MAX;
    let lone = |at: usize| {
        let gap = |place: Option<usize>| {
            place.is_none_or(|p| line.points.get(p).is_none_or(Option::is_none))
        };
        gap(at.checked_sub(1)) && gap(Some(at + 1))
    };
    for (at, point) in line.points.iter().enumerate() {
        let Some(point) = point else { continue };
        let x = Percent(GUTTER + across(at, count) * (1.0 - GUTTER));
        let height = |value: f64| Short(f64::from(TOP) + up(scale, value) * f64::from(BODY));
        let y = height(point.value);
        if let (Some((low, high)), true) = (point.interval, lone(at)) {
            let class = format!("{}-whisker", line.class);
            let ends = (height(low), height(high));
            m.empty(
                "line",
                &[
                    ("class", &class),
                    ("x1", &x),
                    ("x2", &x),
                    ("y1", &ends.0),
                    ("y2", &ends.1),
                ],
            );
        }
        if point.breach {
            m.empty(
                "use",
                &[
                    ("class", &"over"),
                    ("href", &"#breach"),
                    ("x", &x),
                    ("y", &y),
                ],
            );
        } else if has_dots || lone(at) {
            let class = format!(
                "{}-point{}",
                line.class,
                if point.partial { " open" } else { "" }
            );
            m.empty(
                "circle",
                &[("class", &class), ("cx", &x), ("cy", &y), ("r", &"2.6")],
            );
        }
    }
}

fn under(m: &mut Markup, labels: &[String; 3]) {
    let [first, middle, last] = labels;
    let y = TOP + BODY + 16;
    let places = [
        (GUTTER, "start", first),
        (GUTTER + (1.0 - GUTTER) / 2.0, "middle", middle),
        (1.0, "end", last),
    ];
    for (x, anchor, label) in places {
        if !label.is_empty() {
            m.leaf(
                "text",
                &[
                    ("class", &"tick"),
                    ("x", &Percent(x)),
                    ("y", &y),
                    ("text-anchor", &anchor),
                ],
                label,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(values: &[Option<f64>], breach: Option<usize>) -> String {
        let point = |(at, value): (usize, &Option<f64>)| {
            value.map(|value| Point {
                value,
                interval: Some((value - 0.1, value + 0.1)),
                breach: breach == Some(at),
                partial: false,
            })
        };
        let lines = [Line {
            class: "now",
            points: values.iter().enumerate().map(point).collect(),
        }];
        let mut m = Markup::default();
        let labels = ["a", "", "b"].map(str::to_owned);
        trend(
            &mut m,
            &Trend {
                unit: Unit::Plain,
                within: None,
                band: Some(&Band {
                    low: Some(0.2),
                    ..Band::default()
                }),
                lines: &lines,
                steps: Vec::new(),
                labels,
                title: "t",
            },
        );
        m.into_text()
    }

    #[test]
    fn a_gap_is_a_gap() {
        let drawn = drawn(&[Some(0.5), Some(0.6), None, Some(0.4), Some(0.5)], None);
        let line = drawn
            .split("class=\"now\" d=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        assert_eq!(line.matches('M').count(), 2, "{line}");
        assert!(line.starts_with("M100 "), "{line}");
        assert!(line.contains("M700 "), "{line}");
    }

    #[test]
    fn every_path_begins_with_a_move_also_beside_gaps() {
        for values in [
            &[None, Some(0.5), Some(0.6), None, None, Some(0.4)][..],
            &[None, None],
        ] {
            let drawn = drawn(values, None);
            for path in drawn.split(" d=\"").skip(1) {
                assert!(path.starts_with(['M', '"']), "{drawn}");
                assert!(!path.split('"').next().unwrap().contains("ZZ"), "{drawn}");
            }
        }
    }

    #[test]
    fn breaches_are_triangles_and_lone_windows_have_whiskers() {
        let drawn = drawn(&[None, Some(0.5), None, Some(0.1)], Some(3));
        assert_eq!(drawn.matches("href=\"#breach\"").count(), 1);
        assert_eq!(drawn.matches("now-whisker").count(), 2);
        assert_eq!(drawn.matches("<circle").count(), 1);
    }

    #[test]
    fn very_many_windows_have_no_dots_and_breaches_are_ticks() {
        let drawn = drawn(&[Some(0.5); DENSE + 1], Some(3));
        assert!(!drawn.contains("<circle") && !drawn.contains("#breach"));
        assert_eq!(drawn.matches("over-tick").count(), 1);
    }

    #[test]
    fn no_values_draw_an_empty_frame() {
        for values in [&[][..], &[None, None], &[Some(f64::MAX), Some(f64::MIN)]] {
            assert!(drawn(values, None).contains("</svg>"));
        }
    }
}
