//! Conjunctions of conditions in which rows differ from the rest.
//!
//! [`Feature`]s are columns as bins and categories; [`search`] tries every conjunction of up to three
//! conditions with enough rows against its complement, and keeps those that stand after correction for
//! everything tried, each in its simplest description. [`what_differs`] asks the same of a selection of
//! rows.
//!
//! Rows are counted by pairs and triples of columns; every conjunction is then a sum over cells, so that
//! the work does not grow with the number of conditions.

mod cells;
mod column;
mod evidence;
mod feature;
mod lattice;
mod search;
mod selection;

pub use feature::{Condition, Feature, Test, edges};
pub use search::{Options, Search, Slice, Target, search, what_differs};

#[cfg(test)]
mod tests;
