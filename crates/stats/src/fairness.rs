//! How a model treats groups of people.
//!
//! [`Attribute`]s say who belongs to which group; [`table`] counts one attribute or an intersection of
//! several into [`Group`]s with their rates, small ones pooled; [`Table::disparities`] compares the groups
//! and says, by intervals, whether a bound is broken. [`fairlearn`] has that library's conventions.

mod counts;
mod disparity;
pub mod fairlearn;
mod groups;
mod widest;

pub use counts::{Attribute, Counts, Rate, Rows, count};
pub use disparity::{Against, Bounds, Criterion, Disparity};
pub use groups::{GROUP_MIN, Group, MISSING, POOLED, Table, table, table_of};
pub use widest::{Gap, Verdict};

#[cfg(test)]
mod tests;
