//! Windows of telemetry in, alerts out.
//!
//! A [`Watch`] is the engine of one model: it learns what is normal from a reference ([`Watch::learn`]), then
//! closes one window after the other ([`Watch::close`]) and tells what changed for people ([`Transition`]). Live
//! operation, backtest and drill hand it the same [`Reading`]s; they differ in where these come from, when, and
//! who is told.
//!
//! What it refuses to know: files, sockets, clocks, randomness, async. The same telemetry and specs give the
//! same alerts, byte for byte, whatever the restarts between.

mod alert;
mod answers;
mod baseline;
mod burn;
mod decide;
pub mod drill;
pub mod evidence;
mod gauge;
mod group;
pub mod hindsight;
mod maintenance;
pub mod matcher;
pub mod notice;
pub mod observer;
mod oddness;
mod outcomes;
mod pack;
mod reading;
pub mod route;
mod rows;
mod sampled;
pub mod scores;
mod sentence;
mod sequence;
mod shift;
mod sustain;
pub mod tuning;
mod watch;
mod watchable;
mod why;
mod window;

pub use candor_contract::spec::{Family, Measure, Severity};
pub use candor_stats::Figure;

pub use alert::{Alert, Before, Judgement, NearChange, Point, State, Step, Symptom, Transition};
pub use gauge::{Literal, Showing};
pub use maintenance::{maintains, maintenance_us};
pub use outcomes::{Wanted, outcome_figures, performance, performance_window_us, watched_metrics};
pub use reading::{Columns, Joined, Part, Reading, segment_column};
pub use rows::is_name;
pub use sampled::{SAMPLE_ROWS, Taught, Together};
pub use watch::{
    MonitorState, MonitorView, OutcomesTold, Quiet, Setup, Watch, WatchState, base_us, is_short,
    step_us,
};
pub use watchable::{UnknownMetric, unknown_metric, unknown_metric_of_model};
pub use why::why;
pub use window::{DAY_US, HOUR_US, MINUTE_US, Window};
