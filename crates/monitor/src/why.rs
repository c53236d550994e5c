//! Why a monitor told something at an instant, or did not: its value, its band, its persistence.

use crate::alert::Point;
use crate::sentence::{self, Place};
use crate::watch::{MonitorState, MonitorView, Quiet};
use candor_contract::spec::DecisionRule;
use std::fmt::Write as _;

/// How a monitor stands, in sentences that a person who was (not) told wants to read.
pub fn why(view: &MonitorView<'_>) -> String {
    let spec = view.spec;
    let about = spec.measure.about();
    let segment = spec.segment.iter().next();
    let place = Place {
        column: spec.column.as_deref(),
        metric: spec.metric.as_deref(),
        segment: segment.map(|(n, v)| (n.as_str(), v.as_str())),
    };
    let mut out = sentence::subject(about, &place);
    let Some(last) = view.points.last() else {
        let _ = write!(
            out,
            ": none of its windows has been closed since it began to watch."
        );
        return out;
    };
    out.push_str(&figure(view, last));
    if last.suppressed {
        out.push_str(&suppressed(view));
    }
    out.push_str(&persistence(view));
    let told = match view.state {
        MonitorState::Firing => " So it is part of an alert.",
        MonitorState::Pending => " So nobody is told yet.",
        MonitorState::Unknown => " Silence neither raises an alert nor ends one.",
        MonitorState::Ok | MonitorState::Learning => " So there is nothing to tell.",
    };
    out.push_str(told);
    out
}

fn figure(view: &MonitorView<'_>, point: &Point) -> String {
    let about = view.spec.measure.about();
    let show = |x: f64| sentence::value(about, x);
    let Some(value) = point.value else {
        return format!(
            ": its last window had {} rows, too few to tell anything.",
            sentence::number(point.n as f64)
        );
    };
    let mut out = format!(
        ": {} {} {} rows",
        show(value),
        sentence::preposition(about.measure),
        sentence::number(point.n as f64)
    );
    if let (Some(low), Some(high)) = (point.low, point.high)
        && high > low
    {
        let _ = write!(out, " (95 % sure between {} and {})", show(low), show(high));
    }
    match point.band {
        // A bound on one side alone.
        Some((low, high)) if low == f64::NEG_INFINITY => {
            let _ = write!(out, ", where up to {} is normal", show(high));
        }
        Some((low, high)) if high == f64::INFINITY => {
            let _ = write!(out, ", where {} and more is normal", show(low));
        }
        Some((low, high)) => {
            let _ = write!(out, ", where {} to {} is normal", show(low), show(high));
        }
        None => out.push_str(", with nothing to hold it against yet"),
    }
    if let Some(p) = point.p_value {
        let p = match p < 0.0001 {
            true => "below 0.0001".to_owned(),
            false => sentence::number(p),
        };
        let _ = write!(out, " (p {p} beside all others)");
    }
    if point.suppressed {
        out.push('.');
        return out;
    }
    out.push_str(if point.breach {
        "; a breach."
    } else {
        "; no breach."
    });
    out
}

/// That a window tells nothing, and who said that it would not.
fn suppressed(view: &MonitorView<'_>) -> String {
    match view.quiet {
        Some(Quiet::Maintenance(name, by)) => format!(
            " It fell into the maintenance {name} declared by {}, so it tells nothing.",
            by.unwrap_or("nobody named")
        ),
        Some(Quiet::Change(what)) => {
            format!(" A change was under way ({what}), so it tells nothing.")
        }
        None => {
            " It fell into a maintenance or a change that was declared then, so it tells nothing."
                .to_owned()
        }
    }
}

fn persistence(view: &MonitorView<'_>) -> String {
    let own = matches!(
        view.spec.decision,
        DecisionRule::Burn { .. }
            | DecisionRule::Sequential { .. }
            | DecisionRule::ChangePoint { .. }
            | DecisionRule::Shift { .. }
            | DecisionRule::Anomaly { .. }
    );
    if own {
        return String::new();
    }
    let (needed, of) = view.needed;
    let known = view.points.iter().rev();
    let known = known.filter(|p| p.value.is_some() && !p.suppressed);
    let breaches = known.take(of).filter(|p| p.breach).count();
    let mut out = format!(
        " {breaches} of the last {of} windows that told anything were breaches, {needed} make an alert"
    );
    let usual = view.spec.sustain;
    if needed > usual.breaches as usize {
        let _ = write!(
            out,
            " ({} of {} stretched, since its windows resemble their neighbours: {})",
            usual.breaches,
            usual.of,
            sentence::number(view.correlation)
        );
    }
    out.push('.');
    out
}
