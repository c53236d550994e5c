//! Metrics over the windows: by outcomes and as estimated in one picture.

use super::super::{measure, moment, number};
use super::chart::{self, Line, Point, Trend};
use super::markup::Markup;
use super::table::{self, Head};
use crate::document::{Band, Document, Expected, Reading, Window};

/// A picture for each metric.
pub(super) fn section(m: &mut Markup, document: &Document) {
    let metrics = metrics(document);
    if metrics.is_empty() {
        return;
    }
    super::section(m, "windows", "Over time", |m| {
        m.leaf("p", &[("class", &"lead")], lead(document));
        legend(m, document);
        m.inside("div", &[("class", &"panels")], |m| {
            for metric in metrics {
                panel(m, document, metric);
            }
        });
    });
}

/// What the marks are, of those that occur.
fn legend(m: &mut Markup, document: &Document) {
    let windows = || document.windows.iter();
    let bands = &document.bands;
    m.inside("p", &[("class", &"legend")], |m| {
        if windows().any(|window| !window.performance.is_empty()) {
            m.literal("<span class=\"mate\"><span class=\"key now-key\" aria-hidden=\"true\"></span>by outcomes, with its 95 % interval</span> ");
        }
        if windows().any(|window| !window.estimated_performance.is_empty()) {
            m.literal("<span class=\"mate\"><span class=\"key estimate-key\" aria-hidden=\"true\"></span>estimated without outcomes, with the estimate's interval</span> ");
        }
        let all = bands.performance.values().chain(bands.estimated_performance.values());
        let mut expected = windows().flat_map(|w| w.performance.values().chain(w.estimated_performance.values()));
        if all.into_iter().any(is_band) || expected.any(|reading| reading.expected.is_some()) {
            m.literal("<span class=\"mate\"><span class=\"key band-key\" aria-hidden=\"true\"></span>what the reference makes expected</span> ");
            let mark = if document.windows.len() > chart::DENSE {
                "<span class=\"mate\"><span class=\"mark over-text\" aria-hidden=\"true\">❙</span> at the ground:</span> "
            } else {
                "<span class=\"mark over-text\" aria-hidden=\"true\">▲</span> "
            };
            m.literal(mark);
            m.literal("worse than expected, with the whole interval");
        }
    });
}

/// The metrics that any window has.
pub(super) fn metrics(document: &Document) -> Vec<&str> {
    let windows = document.windows.iter();
    measure::ordered(
        windows.flat_map(|w| w.performance.keys().chain(w.estimated_performance.keys())),
    )
}

fn lead(document: &Document) -> String {
    let count = document.windows.len();
    let partial = document
        .windows
        .iter()
        .filter(|window| window.partial)
        .count();
    let mut words = format!("{count} {}", if count == 1 { "window" } else { "windows" });
    // That of the data, which need not fill their windows.
    let current = &document.current;
    let period = moment::period(current.from.as_deref(), current.to.as_deref());
    if let Some(period) = period {
        words += &format!(", {period}");
    }
    if partial > 0 {
        words += &format!("; the data do not fill {partial} of them");
        if count <= chart::DOTS_MAX {
            words += ", drawn open";
        }
    }
    words + "."
}

fn panel(m: &mut Markup, document: &Document, metric: &str) {
    let measure = measure::of(metric);
    let words = match breaches(&lines(document, metric)) {
        [0, 0] => String::new(),
        counts => format!(" · ▲ {} worse", told_breaches(counts)),
    };
    m.inside("figure", &[], |m| {
        m.inside("figcaption", &[], |m| {
            m.leaf("b", &[], &measure.label);
            m.leaf("span", &[("class", &"over-text")], &words);
            if let Some(why) = no_band(document, metric) {
                m.text(" ");
                m.leaf("small", &[], why);
            }
        });
        drawn(m, document, metric, chart::trend);
        table::folded(m, "The same as a table", |m| values(m, document, metric));
    });
}

fn is_band(band: &Band) -> bool {
    band.low.is_some() || band.high.is_some()
}

/// Why nothing is shaded.
fn no_band(document: &Document, metric: &str) -> Option<String> {
    let bands = &document.bands;
    let by_outcomes = bands.performance.get(metric);
    let band = by_outcomes.or_else(|| bands.estimated_performance.get(metric))?;
    let by_hour = !steps(&document.windows, metric, by_outcomes.is_some()).is_empty();
    let (windows, needed) = band.windows.zip(band.needed)?;
    let lacks = !is_band(band) && !by_hour && windows < needed;
    lacks.then(|| format!("no band: {windows} of {needed} reference windows"))
}

/// A metric over the windows in the space of a word; nothing if no window has it.
pub(super) fn glance(m: &mut Markup, document: &Document, metric: &str) {
    let lines = lines(document, metric);
    if lines
        .iter()
        .any(|line| line.points.iter().any(Option::is_some))
    {
        drawn(m, document, metric, chart::glance);
    }
}

fn drawn(m: &mut Markup, document: &Document, metric: &str, draw: fn(&mut Markup, &Trend<'_>)) {
    let measure = measure::of(metric);
    let (windows, bands) = (&document.windows, &document.bands);
    let band = bands.performance.get(metric);
    let lines = lines(document, metric);
    let title = format!(
        "{} over {} windows, {} worse than expected",
        measure.label,
        windows.len(),
        told_breaches(breaches(&lines))
    );
    let trend = Trend {
        unit: measure.unit,
        within: measure.is_unit.then_some((0.0, 1.0)),
        band: band.or_else(|| bands.estimated_performance.get(metric)),
        steps: steps(windows, metric, band.is_some()),
        lines: &lines,
        labels: labels(windows),
        title: &title,
    };
    draw(m, &trend);
}

/// What is expected of each window, where hours of the week differ.
fn steps(windows: &[Window], metric: &str, by_outcomes: bool) -> Vec<Option<Expected>> {
    let of = |window: &Window| {
        let readings = if by_outcomes {
            &window.performance
        } else {
            &window.estimated_performance
        };
        readings.get(metric).and_then(|reading| reading.expected)
    };
    let steps: Vec<Option<Expected>> = windows.iter().map(of).collect();
    if steps.iter().any(Option::is_some) {
        steps
    } else {
        Vec::new()
    }
}

/// As estimated, and in front of it by outcomes.
fn lines(document: &Document, metric: &str) -> [Line; 2] {
    [
        line("estimate", &document.windows, |window| {
            window.estimated_performance.get(metric)
        }),
        line("now", &document.windows, |window| {
            window.performance.get(metric)
        }),
    ]
}

/// Windows in which each line is outside, as estimated and by outcomes: as many as are marked on it.
fn breaches(lines: &[Line; 2]) -> [usize; 2] {
    [0, 1].map(|at| {
        let points = lines.get(at).into_iter().flat_map(|line| &line.points);
        points.flatten().filter(|point| point.breach).count()
    })
}

/// The same in words.
fn told_breaches([estimated, by_outcomes]: [usize; 2]) -> String {
    let counted = |n: usize| format!("{n} {}", if n == 1 { "window" } else { "windows" });
    match (estimated, by_outcomes) {
        (0, n) => counted(n),
        (n, 0) => format!("{} by estimate", counted(n)),
        (estimated, n) => format!("{} by outcomes and {estimated} by estimate", counted(n)),
    }
}

fn line<'a>(
    class: &'static str,
    windows: &'a [Window],
    of: impl Fn(&'a Window) -> Option<&'a Reading>,
) -> Line {
    let point = |window: &'a Window| {
        let reading = of(window)?;
        let value = reading.value.filter(|value| value.is_finite())?;
        Some(Point {
            value,
            interval: reading.low.zip(reading.high),
            breach: reading.breach,
            partial: window.partial,
        })
    };
    Line {
        class,
        points: windows.iter().map(point).collect(),
    }
}

/// Whether windows lie in more than one year, so that days alone do not tell them apart.
fn has_years(windows: &[Window]) -> bool {
    let year = |window: &Window| Some(window.from.as_deref()?.get(..4)?.to_owned());
    let mut years = windows.iter().filter_map(year);
    let first = years.next();
    years.any(|year| Some(year) != first)
}

/// When a window begins, or its place where nobody knows.
fn begins(windows: &[Window], at: usize, has_years: bool) -> Option<String> {
    let from = windows.get(at)?.from.as_deref();
    Some(match from {
        Some(from) if has_years => moment::dated(from),
        Some(from) => moment::brief(from),
        None => format!("window {}", at + 1),
    })
}

fn labels(windows: &[Window]) -> [String; 3] {
    let has_years = has_years(windows);
    let label = |at: usize| begins(windows, at, has_years);
    let last = windows.len().saturating_sub(1);
    // The middle word stands under the middle of the picture: only a window in the middle may have it.
    let middle = (windows.len() >= 5 && windows.len() % 2 == 1).then_some(last / 2);
    [
        label(0).unwrap_or_default(),
        middle.and_then(label).unwrap_or_default(),
        label(last).filter(|_| last > 0).unwrap_or_default(),
    ]
}

fn values(m: &mut Markup, document: &Document, metric: &str) {
    let measure = measure::of(metric);
    let heads: &[Head] = &[
        ("Window", ""),
        ("Rows", "num"),
        ("By outcomes", "num"),
        ("Estimated", "num"),
    ];
    let caption = format!("{} by window", measure.label);
    table::table(m, "small", &caption, heads, |m| {
        let has_years = has_years(&document.windows);
        for (at, window) in document.windows.iter().enumerate() {
            table::row(m, "", |m| {
                table::head(
                    m,
                    begins(&document.windows, at, has_years).unwrap_or_default(),
                );
                table::cell(m, "", number::count(window.n));
                for reading in [
                    window.performance.get(metric),
                    window.estimated_performance.get(metric),
                ] {
                    table::bare(m, told(reading, measure.unit));
                }
            });
        }
    });
}

fn told(reading: Option<&Reading>, unit: number::Unit) -> (String, Option<String>) {
    let Some((reading, value)) = reading.and_then(|r| Some((r, r.value?))) else {
        return ("–".to_owned(), None);
    };
    let mark = if reading.breach { "▲ " } else { "" };
    match reading.low.zip(reading.high) {
        Some(interval) => {
            let (value, interval) = number::with_interval(unit, value, interval);
            (format!("{mark}{value}"), Some(interval))
        }
        None => (format!("{mark}{}", number::of(unit, value)), None),
    }
}
