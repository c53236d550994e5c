//! The six kinds of telemetry events.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What an event tells about a model.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Kind {
    /// One answer of a model. The default when an event names no kind.
    Prediction = 0,
    /// Ground truth for an earlier prediction.
    Outcome = 1,
    /// What a person thinks of a prediction.
    Feedback = 2,
    /// A business result.
    Effect = 3,
    /// A pipeline step outside the request path.
    Stage = 4,
    /// A deployment, configuration, feature or data change.
    Change = 5,
}

impl Kind {
    /// All kinds, in the order of their stored codes.
    pub const ALL: [Kind; 6] = [
        Kind::Prediction,
        Kind::Outcome,
        Kind::Feedback,
        Kind::Effect,
        Kind::Stage,
        Kind::Change,
    ];

    /// The word used in events, e.g. `prediction`.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Prediction => "prediction",
            Kind::Outcome => "outcome",
            Kind::Feedback => "feedback",
            Kind::Effect => "effect",
            Kind::Stage => "stage",
            Kind::Change => "change",
        }
    }

    /// The table that holds events of this kind, e.g. `predictions`.
    pub const fn table(self) -> &'static str {
        match self {
            Kind::Prediction => "predictions",
            Kind::Outcome => "outcomes",
            Kind::Feedback => "feedback",
            Kind::Effect => "effects",
            Kind::Stage => "stages",
            Kind::Change => "changes",
        }
    }

    /// Whether each model has its own table of this kind. Stages and changes are shared, since
    /// they often concern several models or none.
    pub const fn per_model(self) -> bool {
        !matches!(self, Kind::Stage | Kind::Change)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Kind::ALL.into_iter().find(|k| k.name() == word).ok_or(())
    }
}
