//! Every column in one row: both distributions, the effect beside what is allowed, missing values, windows.

use super::super::{name, number, order, wording};
use super::markup::Markup;
use super::table::{self, Head};
use super::{anchor, chart};
use crate::document::{Column, Document, Drift, JointDrift, Reading, Role};
use std::collections::BTreeSet;

/// Jensen–Shannon distance below which no window is out of bounds, however calm the reference is.
const WINDOW_DISTANCE_MIN: f64 = 0.1;
/// The bound of corrected p where a document names none.
const ALPHA: f64 = 0.05;
/// Columns from which on they can be filtered.
const FILTER_MIN: usize = 12;

/// The table.
pub(super) fn section(m: &mut Markup, document: &Document) {
    if document.columns.is_empty() {
        return;
    }
    super::section(m, "drift", "Drift by column", |m| {
        m.leaf("p", &[("class", &"lead")], lead(document));
        let columns = order::columns(document);
        let most = columns
            .iter()
            .filter_map(|(_, c)| c.drift.as_ref())
            .map(Drift::strength);
        let most = most.fold(0.0, f64::max);
        let has_windows = has_windows(document);
        legend(m, document, has_windows);
        let heads: &[Head] = &[
            ("Column", ""),
            ("Verdict", ""),
            ("Distribution", ""),
            ("Effect", "num"),
            ("Beside its limit", "wide"),
            ("p, corrected", "num wide"),
            ("Missing", "num"),
            ("Windows", "wide"),
        ];
        let heads = if has_windows { heads } else { &heads[..7] };
        table::table(
            m,
            "columns sortable",
            "Columns: drifted ones first, then those that cannot be told, each by the effect in parts of its limit",
            heads,
            |m| {
                for (at, column) in &columns {
                    row(m, document, *at, column, most, has_windows);
                }
            },
        );
        joint(m, document);
    });
}

fn lead(document: &Document) -> String {
    match &document.drift {
        Some(drift) if !drift.sentence.is_empty() => {
            let words = wording::capital(&wording::sentence(&drift.sentence));
            if words.ends_with('.') {
                words
            } else {
                words + "."
            }
        }
        _ => match wording::drifted(document) {
            Some(words) => format!("Compared with the reference, {words}."),
            None => "No column could be judged.".to_owned(),
        },
    }
}

/// Whether any column is told in any window.
fn has_windows(document: &Document) -> bool {
    let readings = document.windows.iter().flat_map(|w| w.drift.values());
    readings.into_iter().any(|reading| reading.value.is_some())
}

fn legend(m: &mut Markup, document: &Document, has_windows: bool) {
    m.inside("p", &[("class", &"legend")], |m| {
        m.literal("<span class=\"mate\"><span class=\"key was-key\" aria-hidden=\"true\"></span>reference</span> ");
        m.literal("<span class=\"mate\"><span class=\"key now-key\" aria-hidden=\"true\"></span>current</span> ");
        m.literal("<span class=\"mate\"><span class=\"key gone-key\" aria-hidden=\"true\"></span>missing, unseen,</span> or beyond the middle 99 % of the reference, as bars of their own ");
        m.literal("<span class=\"mate\"><span class=\"key limit-key\" aria-hidden=\"true\"></span>what is allowed</span><br/>");
        m.text(effects(document));
        let is_chance = |c: &Column| c.drift.as_ref().is_some_and(|d| bar(d) == "chance");
        if document.columns.iter().any(is_chance) {
            m.literal(" <span class=\"mate\"><span class=\"key chance-key\" aria-hidden=\"true\"></span>pale:</span> chance may have made it.");
        }
        if has_windows {
            m.literal("<br/>Windows: ");
            m.literal("<span class=\"mate\"><span class=\"key calm-key\" aria-hidden=\"true\"></span>a cell</span> a window or several, darker nearer to its bound ");
            m.literal("<span class=\"mate\"><span class=\"key over-key\" aria-hidden=\"true\"></span>tall and red:</span> out of bounds; by Jensen–Shannon distance, whatever the method of the row.");
        }
        if document.columns.len() > FILTER_MIN {
            m.literal(" <input type=\"search\" id=\"filter\" hidden=\"hidden\" placeholder=\"Filter columns\" aria-label=\"Filter columns by name\"/>");
        }
    });
}

/// What the effects are, of the methods that decided: which of them are freed of chance.
fn effects(document: &Document) -> String {
    let drifts = document.columns.iter().filter_map(|c| c.drift.as_ref());
    let methods: BTreeSet<&str> = drifts.map(|drift| drift.decisive().0).collect();
    let has_wasserstein = methods.contains("wasserstein_normed");
    let (freed, raw): (Vec<&str>, Vec<&str>) = methods
        .into_iter()
        .filter(|method| !method.is_empty())
        .partition(|method| wording::is_beyond_chance(method));
    let listed = |methods: Vec<&str>| {
        let plain = |method: &&str| match *method {
            "wasserstein_normed" => "wasserstein".to_owned(),
            other => wording::method(other),
        };
        wording::listed(&methods.iter().map(plain).collect::<Vec<_>>())
    };
    let mut words = "Effect: how far both sides are apart by the method of the row.".to_owned();
    if !freed.is_empty() {
        words += &format!(
            " Of {} what samples of these sizes differ by alone is taken off: 0 is nothing beyond chance.",
            listed(freed)
        );
    }
    if !raw.is_empty() {
        words += &format!(
            " Of {} it is as measured, with what chance adds: only the corrected p tells whether it is more.",
            listed(raw)
        );
    }
    if has_wasserstein {
        words += " Wasserstein distances are in standard deviations (sd) of the reference.";
    }
    words
}

/// How an effect is drawn: pale where it is not significant.
fn bar(drift: &Drift) -> &'static str {
    let p = drift.adjusted_p_value.or(drift.p_value);
    if drift.drifted {
        "over"
    } else if p.is_some_and(|p| p > drift.alpha.unwrap_or(ALPHA)) {
        "chance"
    } else {
        "under"
    }
}

fn row(
    m: &mut Markup,
    document: &Document,
    at: usize,
    column: &Column,
    most: f64,
    has_windows: bool,
) {
    let drift = column.drift.as_ref();
    let class = if drift.is_some_and(|d| d.drifted) {
        "drifted"
    } else {
        ""
    };
    table::row(m, class, |m| {
        named(m, at, column);
        verdict(m, drift);
        m.inside("td", &[("class", &"picture")], |m| {
            if let Some(histogram) = &column.histogram {
                let title = format!("Distribution of {}", name::short(&column.name, 60));
                chart::spark(m, histogram, &title);
            }
        });
        effect(m, document, drift, most);
        let p = drift.and_then(|d| d.adjusted_p_value.or(d.p_value));
        m.inside(
            "td",
            &[("class", &"num wide"), ("data-v", &p.unwrap_or(2.0))],
            |m| {
                m.text(p.map_or("–".to_owned(), number::probability));
            },
        );
        missing(m, column);
        if has_windows {
            m.inside("td", &[("class", &"wide")], |m| {
                windows(m, document, column)
            });
        }
    });
}

fn named(m: &mut Markup, at: usize, column: &Column) {
    let name = name::visible(&column.name);
    m.inside("th", &[("scope", &"row"), ("data-v", &name)], |m| {
        let target = format!("#{}", anchor::column_id(at));
        m.inside("a", &[("href", &target)], |m| {
            m.inside("bdi", &[], |m| m.name(name::short(&column.name, 48)));
        });
        m.text(" ");
        let mut about = column.value_type.clone();
        if column.role != Role::Input {
            about = format!("{} {about}", column.role.name());
        }
        if let Some(importance) = column.importance {
            about += &format!(" · importance {}", number::percent(importance));
        }
        m.leaf("small", &[], about.trim());
    });
}

fn effect(m: &mut Markup, document: &Document, drift: Option<&Drift>, most: f64) {
    let Some(drift) = drift else {
        table::cell(m, "num", "–");
        table::cell(m, "wide", "");
        return;
    };
    let (by, value, threshold) = drift.decisive();
    m.inside(
        "td",
        &[("class", &"num"), ("data-v", &drift.strength())],
        |m| {
            m.text(value.map_or("–".to_owned(), number::effect));
            m.text(" ");
            m.leaf("small", &[], wording::method(by));
            if let (Some(reach), Some(limit)) = (drift.may_be(), threshold) {
                let words = format!(
                    "up to {} possible, limit {}",
                    number::effect(reach),
                    number::effect(limit)
                );
                m.text(" ");
                m.leaf("small", &[("class", &"long")], words);
            } else if let Some(limit) = threshold.filter(|limit| is_own(document, by, *limit)) {
                m.text(" ");
                m.leaf("small", &[], format!("limit {}", number::effect(limit)));
            }
        },
    );
    m.inside(
        "td",
        &[("class", &"picture wide"), ("data-v", &drift.strength())],
        |m| {
            if let (Some(value), Some(threshold)) = (value, threshold) {
                let class = bar(drift);
                let title = format!(
                    "{} of {} allowed{}",
                    number::effect(value),
                    number::plain(threshold),
                    if class == "chance" {
                        ", within chance"
                    } else {
                        ""
                    }
                );
                chart::effect(m, drift.strength(), most, class, &title);
            }
        },
    );
}

/// Whether a limit is lower than its method's is elsewhere.
fn is_own(document: &Document, method: &str, limit: f64) -> bool {
    let known = document.methods.iter().find(|known| known.name == method);
    let usual = known.and_then(|known| known.threshold);
    usual.is_some_and(|usual| limit < usual)
}

fn missing(m: &mut Markup, column: &Column) {
    let (before, now) = (column.reference.missing(), column.current.missing());
    let change = now.unwrap_or(0.0) - before.unwrap_or(0.0);
    let text = match (before, now) {
        (Some(before), Some(now)) if before <= 0.0 && now <= 0.0 => "0".to_owned(),
        (Some(before), Some(now)) => number::percents(&[before, now]).join(" → "),
        (None, Some(now)) => number::percent(now),
        (_, None) => "–".to_owned(),
    };
    table::number(m, Some(change.abs()), text);
}

fn verdict(m: &mut Markup, drift: Option<&Drift>) {
    let (class, mark, words, sort) = match drift {
        Some(drift) if drift.drifted => ("verdict act", "▲", "drifted", 0),
        Some(drift) if drift.undecided => ("verdict calm", "○", "cannot tell", 1),
        Some(_) => ("verdict calm", "●", "as before", 2),
        None => ("verdict calm", "○", "not judged", 3),
    };
    m.inside("td", &[("class", &class), ("data-v", &sort)], |m| {
        m.leaf(
            "span",
            &[("class", &"mark"), ("aria-hidden", &"true")],
            mark,
        );
        m.text(" ");
        m.text(words);
    });
}

fn windows(m: &mut Markup, document: &Document, column: &Column) {
    let readings: Vec<Option<&Reading>> = document
        .windows
        .iter()
        .map(|window| window.drift.get(&column.name))
        .collect();
    if readings.iter().all(Option::is_none) {
        return;
    }
    let band = document.bands.drift.get(&column.name);
    let limit = band.and_then(|band| band.high).unwrap_or(0.0);
    chart::strip(
        m,
        &document.windows,
        &readings,
        Some(limit.max(WINDOW_DISTANCE_MIN)),
    );
}

fn joint(m: &mut Markup, document: &Document) {
    let joint = document.drift.iter().flat_map(|drift| &drift.joint);
    let joint: Vec<&JointDrift> = joint.collect();
    if joint.is_empty() {
        return;
    }
    m.leaf("h3", &[], "All columns together");
    let heads: &[Head] = &[
        ("Method", ""),
        ("Value", "num"),
        ("Expected", "num"),
        ("Verdict", ""),
        ("Told apart by", ""),
    ];
    table::table(
        m,
        "",
        "Methods that look at all columns at once",
        heads,
        |m| {
            for one in joint {
                table::row(m, "", |m| {
                    m.inside("th", &[("scope", &"row")], |m| {
                        m.text(wording::method(&one.method));
                        m.text(" ");
                        m.leaf("small", &[], &one.sentence);
                    });
                    let measure = super::super::measure::of("");
                    table::interval(m, one.figure.value, wording::figure(&one.figure, &measure));
                    let expected = match (one.lower, one.upper) {
                        (Some(low), Some(high)) => {
                            format!("{} to {}", number::plain(low), number::plain(high))
                        }
                        (Some(low), None) => format!("at least {}", number::plain(low)),
                        (None, Some(high)) => format!("at most {}", number::plain(high)),
                        (None, None) => "–".to_owned(),
                    };
                    table::cell(m, "num", expected);
                    let (class, words) = if one.drifted {
                        ("verdict act", "▲ drifted")
                    } else if one.undecided {
                        ("verdict calm", "○ cannot tell")
                    } else {
                        ("verdict calm", "● as before")
                    };
                    table::cell(m, class, words);
                    let columns: Vec<_> = one
                        .columns
                        .iter()
                        .take(6)
                        .map(|c| name::short(c, 40))
                        .collect();
                    table::cell(m, "", columns.join(", "));
                });
            }
        },
    );
}
