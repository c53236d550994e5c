//! Monitored figures and alerts for Prometheus, beside Candor's own: bounded in number, labels escaped.

use candor_catalog::StoredAlert;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

/// Most figures of all models together; each is four series.
pub(crate) const MEASURES_MAX: usize = 5_000;
/// Most alerts.
const ALERTS_MAX: usize = 1_000;
/// Most models whose observer is exposed.
const OBSERVED_MAX: usize = 1_000;
/// Longest value of a label, in bytes.
const LABEL_BYTES_MAX: usize = 256;
/// The last line of an exposition.
const END: &str = "# EOF\n";

/// The newest figure of a monitor.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Measured {
    pub(crate) model: String,
    pub(crate) measure: String,
    pub(crate) column: String,
    pub(crate) metric: String,
    /// E.g. `region=north`; empty for all rows.
    pub(crate) segment: String,
    /// Length of the window, e.g. `1h`.
    pub(crate) window: String,
    pub(crate) value: f64,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
    pub(crate) n: u64,
}

impl Measured {
    fn labels(&self) -> String {
        labels(&[
            ("model", &self.model),
            ("measure", &self.measure),
            ("column", &self.column),
            ("metric", &self.metric),
            ("segment", &self.segment),
            ("window", &self.window),
        ])
    }
}

/// What is exposed now, by model.
#[derive(Debug, Default)]
pub(crate) struct Exposed {
    measures: Mutex<BTreeMap<String, Vec<Measured>>>,
    observed: Mutex<BTreeMap<String, Vec<Observed>>>,
}

/// A comparison of the observer by its name, and whether it was off in several runs in a row.
pub(crate) type Observed = (&'static str, bool);

impl Exposed {
    /// Takes a model's newest figures in place of those before.
    pub(crate) fn set(&self, model: &str, measures: Vec<Measured>) {
        let mut all = self.measures.lock().unwrap_or_else(PoisonError::into_inner);
        if measures.is_empty() {
            all.remove(model);
        } else {
            all.insert(model.to_owned(), measures);
        }
    }

    /// The figures of all models, at most [`MEASURES_MAX`], and how many were left out.
    pub(crate) fn measures(&self) -> (Vec<Measured>, usize) {
        let all = self.measures.lock().unwrap_or_else(PoisonError::into_inner);
        let count: usize = all.values().map(Vec::len).sum();
        let shown = all.values().flatten().take(MEASURES_MAX).cloned();
        (shown.collect(), count.saturating_sub(MEASURES_MAX))
    }
}

impl Exposed {
    /// Takes how a model's comparisons stand in place of what was known. Models beyond the bound are not exposed.
    pub(crate) fn set_observed(&self, model: &str, observed: Vec<Observed>) {
        let mut all = self.observed.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < OBSERVED_MAX || all.contains_key(model) {
            all.insert(model.to_owned(), observed);
        }
    }

    /// Adds how the observer stands to an exposition, before its end.
    pub(crate) fn expose_observed(&self, text: &mut String) {
        let ended = text.ends_with(END);
        if ended {
            text.truncate(text.len() - END.len());
        }
        family(
            text,
            "candor_observer_off",
            "1 for each comparison of the observer that was off in two runs in a row",
        );
        let all = self.observed.lock().unwrap_or_else(PoisonError::into_inner);
        for (model, observed) in all.iter() {
            for (comparison, off) in observed {
                let labels = labels(&[("model", model), ("comparison", comparison)]);
                let _ = writeln!(text, "candor_observer_off{labels} {}", u8::from(*off));
            }
        }
        if ended {
            text.push_str(END);
        }
    }
}

/// One number of a figure.
type Part = fn(&Measured) -> Option<f64>;

/// Adds figures to an exposition, before its end.
pub(crate) fn expose_measures(text: &mut String, measures: &[Measured]) {
    let ended = text.ends_with(END);
    if ended {
        text.truncate(text.len() - END.len());
    }
    let families: [(&str, &str, Part); 4] = [
        ("candor_measure", "The newest figure of each monitor", |m| {
            Some(m.value)
        }),
        ("candor_measure_low", "Lower end of its interval", |m| m.low),
        ("candor_measure_high", "Upper end of its interval", |m| {
            m.high
        }),
        ("candor_measure_n", "Rows behind it", |m| Some(m.n as f64)),
    ];
    let measures = &measures[..measures.len().min(MEASURES_MAX)];
    let labels: Vec<String> = measures.iter().map(Measured::labels).collect();
    for (name, help, value) in families {
        family(text, name, help);
        for (measure, labels) in measures.iter().zip(&labels) {
            if let Some(value) = value(measure) {
                let _ = writeln!(text, "{name}{labels} {}", number(value));
            }
        }
    }
    if ended {
        text.push_str(END);
    }
}

/// Adds alerts that go on to an exposition, before its end.
pub(crate) fn expose_alerts(text: &mut String, alerts: &[StoredAlert]) {
    let ended = text.ends_with(END);
    if ended {
        text.truncate(text.len() - END.len());
    }
    family(text, "candor_alert", "1 for each alert that goes on");
    for alert in alerts.iter().take(ALERTS_MAX) {
        let record = &alert.record;
        let labels = labels(&[
            ("model", &record.model),
            ("family", &record.family),
            ("severity", &record.severity),
            ("state", &record.state),
            ("alert", &record.id),
        ]);
        let _ = writeln!(text, "candor_alert{labels} 1");
    }
    if ended {
        text.push_str(END);
    }
}

fn family(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}.\n# TYPE {name} gauge");
}

fn labels(pairs: &[(&str, &str)]) -> String {
    let told: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
        .collect();
    format!("{{{}}}", told.join(","))
}

fn escaped(value: &str) -> String {
    let mut end = value.len().min(LABEL_BYTES_MAX);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    let mut out = String::with_capacity(end);
    for c in value[..end].chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out
}

fn number(value: f64) -> String {
    match value {
        v if v.is_nan() => "NaN".to_owned(),
        v if v.is_infinite() => if v > 0.0 { "+Inf" } else { "-Inf" }.to_owned(),
        v => v.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_inside_their_labels() {
        let measure = Measured {
            model: "loan".into(),
            measure: "missing".into(),
            column: "a\"b\\c\nd} 1\ncandor_alert".into(),
            window: "1h".into(),
            value: 0.25,
            low: Some(0.2),
            n: 400,
            ..Measured::default()
        };
        let mut text = "own 1\n# EOF\n".to_owned();
        expose_measures(&mut text, &[measure]);
        let lines: Vec<&str> = text.lines().collect();
        let labels = r#"{model="loan",measure="missing",column="a\"b\\c\nd} 1\ncandor_alert",metric="",segment="",window="1h"}"#;
        assert_eq!(
            lines,
            [
                "own 1",
                "# HELP candor_measure The newest figure of each monitor.",
                "# TYPE candor_measure gauge",
                &format!("candor_measure{labels} 0.25"),
                "# HELP candor_measure_low Lower end of its interval.",
                "# TYPE candor_measure_low gauge",
                &format!("candor_measure_low{labels} 0.2"),
                "# HELP candor_measure_high Upper end of its interval.",
                "# TYPE candor_measure_high gauge",
                "# HELP candor_measure_n Rows behind it.",
                "# TYPE candor_measure_n gauge",
                &format!("candor_measure_n{labels} 400"),
                "# EOF",
            ]
        );
    }

    #[test]
    fn figures_are_bounded_and_replaced_by_model() {
        let exposed = Exposed::default();
        let many = |model: &str, n| {
            let model = model.to_owned();
            let one = Measured {
                model,
                ..Measured::default()
            };
            vec![one; n]
        };
        exposed.set("a", many("a", MEASURES_MAX + 3));
        exposed.set("b", many("b", 2));
        let (shown, left_out) = exposed.measures();
        assert_eq!((shown.len(), left_out), (MEASURES_MAX, 5));
        exposed.set("a", Vec::new());
        assert_eq!(exposed.measures().0.len(), 2);
        assert_eq!(escaped(&"é".repeat(200)).len(), LABEL_BYTES_MAX);
    }

    #[test]
    fn the_observer_is_exposed_by_model_and_comparison() {
        let exposed = Exposed::default();
        exposed.set_observed("loan", vec![("profiles", true)]);
        exposed.set_observed("loan", vec![("profiles", false), ("verdicts", true)]);
        for at in 0..OBSERVED_MAX + 5 {
            exposed.set_observed(&format!("m{at}"), vec![("profiles", false)]);
        }
        let mut text = "own 1\n# EOF\n".to_owned();
        exposed.expose_observed(&mut text);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[2], "# TYPE candor_observer_off gauge");
        let loan: Vec<&&str> = lines.iter().filter(|l| l.contains("loan")).collect();
        assert_eq!(
            loan,
            [
                &r#"candor_observer_off{model="loan",comparison="profiles"} 0"#,
                &r#"candor_observer_off{model="loan",comparison="verdicts"} 1"#,
            ]
        );
        assert_eq!(lines.len(), 3 + 2 + OBSERVED_MAX - 1 + 1);
        assert!(text.ends_with(END));
    }

    #[test]
    fn numbers_are_those_of_prometheus() {
        let told = [1.0, 0.1, -2.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(number);
        assert_eq!(told, ["1", "0.1", "-2.5", "NaN", "+Inf", "-Inf"]);
    }
}
