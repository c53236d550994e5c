//! How good predictions were, once outcomes are known.
//!
//! [`METRICS`] is the table of metrics; names, units, directions and needs come from it. [`Binary`],
//! [`Multiclass`], [`Regression`] and [`Ranking`] take the rows of one window or of many at once and
//! give every metric of their task as a [`Measured`], with an interval from its own rows. [`latest`] tells
//! which outcomes were known when, and [`maturity`] how fast they come.
//!
//! Rows without an outcome, without a prediction or with a weight that is not positive are left out and
//! counted.

mod binary;
mod cells;
mod curves;
mod errors;
mod interval;
mod lists;
mod matrix;
mod metric;
mod multiclass;
mod order;
mod outcomes;
mod pairs;
mod ranking;
mod ranks;
mod regression;

pub use binary::{Binary, BinaryOptions, BinaryRows};
pub use cells::{Cells, Confusion};
pub use curves::{CurvePoint, Swept};
pub use matrix::{Average, Matrix};
pub use metric::{Better, METRICS, Measured, Metric, Needs, Task, Unit, figure, metric};
pub use multiclass::{CLASSES_MAX, ClassOptions, ClassRows, MISSING, Multiclass};
pub use outcomes::{Known, Matured, OutcomeRows, latest, maturity};
pub use ranking::{RankedRows, Ranking};
pub use regression::{NumberRows, Regression, RegressionOptions};
