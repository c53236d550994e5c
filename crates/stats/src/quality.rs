//! Whether rows are what they should be.
//!
//! A [`Check`] is a [`Rule`] for one column with a name, a severity and the share of failing rows it
//! tolerates; it gives a [`Finding`] with the failing share, examples, and the comparison with a reference.
//! A column that was counted before ([`Prepared`]) need not be looked at again ([`Rule::counted`], [`Check::judge`]).
//! Rules over several columns are boolean columns ([`Rule::Holds`]), e.g. from [`firsts`]. A [`Level`] is a
//! single number against its usual range: [`freshness`], [`volume`], [`frozen`]. [`describe`],
//! [`text_profile`] and [`windows`] tell plain figures, exactly.

mod calendar;
mod check;
mod level;
mod masks;
mod prepared;
mod repeats;
mod rule;
mod summary;

pub use calendar::{Absent, Every, Window, absent, windows};
pub use check::{Check, EXAMPLES, Finding, Label, Severity};
pub use level::{Level, freshness, frozen, volume};
pub use masks::firsts;
pub use prepared::{Prepared, constant};
pub use repeats::Repeats;
pub use rule::{Counted, Rule};
pub use summary::{Summary, TOP, TextProfile, describe, text_profile};

#[cfg(test)]
mod tests;
