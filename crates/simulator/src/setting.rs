//! What a scenario leaves open.

/// Where and when a scenario is played.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The scenario's name.
    pub scenario: String,
    /// Start of event time, in microseconds since 1970, UTC.
    pub start_us: i64,
    /// Another seed than the scenario's.
    pub seed: Option<u64>,
    /// Another number of events than the scenario's.
    pub events: Option<u64>,
    /// Events a second, always alike, instead of the scenario's events by season.
    pub rate: Option<f64>,
}
