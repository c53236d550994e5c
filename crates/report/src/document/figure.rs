//! A number with what backs it, as JSON tells it.

use candor_stats::Status;
use serde::{Deserialize, Serialize};

/// A figure: value, interval, rows, method, and whether it stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The value; `null` if it cannot be told.
    #[serde(default)]
    pub value: Option<f64>,
    /// Lower end of the 95 % interval.
    #[serde(default)]
    pub low: Option<f64>,
    /// Upper end of the interval.
    #[serde(default)]
    pub high: Option<f64>,
    /// Rows that it was computed from.
    #[serde(default)]
    pub n: u64,
    /// How value and interval were made, e.g. `wilson`.
    #[serde(default)]
    pub method: String,
    /// `ok`, `too_few` or `undefined`.
    #[serde(default = "ok")]
    pub status: String,
    /// Rows from which on it would stand, if there are too few.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed: Option<u64>,
    /// Why it is not defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

fn ok() -> String {
    Status::Ok.name().to_owned()
}

impl Figure {
    /// Whether it may be acted on.
    pub fn is_ok(&self) -> bool {
        self.status == Status::Ok.name() && self.value.is_some()
    }

    /// Both ends of the interval, in order, if it has them.
    pub fn interval(&self) -> Option<(f64, f64)> {
        let (low, high) = (self.low?, self.high?);
        (low.is_finite() && high.is_finite()).then(|| (low.min(high), low.max(high)))
    }
}

impl From<&candor_stats::Figure> for Figure {
    fn from(figure: &candor_stats::Figure) -> Self {
        let (needed, reason) = match figure.status {
            Status::Ok => (None, None),
            Status::TooFew { needed } => (Some(needed), None),
            Status::Undefined { reason } => (None, Some(reason.to_owned())),
        };
        Self {
            value: figure.value,
            low: figure.low,
            high: figure.high,
            n: figure.n,
            method: figure.method.to_owned(),
            status: figure.status.name().to_owned(),
            needed,
            reason,
        }
    }
}

impl From<candor_stats::Figure> for Figure {
    fn from(figure: candor_stats::Figure) -> Self {
        Self::from(&figure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_stats::Figure as Computed;

    #[test]
    fn computed_figures_keep_what_backs_them() {
        let json = |figure: Computed| serde_json::to_value(Figure::from(&figure)).unwrap();
        assert_eq!(
            json(Computed::new(0.5, (0.4, f64::INFINITY), 20, "wilson")),
            serde_json::json!({"value": 0.5, "low": 0.4, "high": null, "n": 20, "method": "wilson", "status": "ok"})
        );
        assert_eq!(
            json(Computed::too_few(3, 30, "delong")),
            serde_json::json!({"value": null, "low": null, "high": null, "n": 3, "method": "delong",
                "status": "too_few", "needed": 30})
        );
        assert_eq!(
            json(Computed::undefined("one class only", 9, "delong")),
            serde_json::json!({"value": null, "low": null, "high": null, "n": 9, "method": "delong",
                "status": "undefined", "reason": "one class only"})
        );
    }

    #[test]
    fn a_bare_value_stands_and_a_bare_status_does_not() {
        let read = |text| serde_json::from_str::<Figure>(text).unwrap();
        assert!(read(r#"{"value": 1}"#).is_ok());
        assert!(!read(r#"{"value": null}"#).is_ok());
        assert!(!read(r#"{"status": "too_few", "needed": 5}"#).is_ok());
        assert_eq!(
            read(r#"{"value": 1, "low": 3, "high": 2}"#).interval(),
            Some((2.0, 3.0))
        );
        assert_eq!(read(r#"{"value": 1, "low": 3}"#).interval(), None);
    }
}
