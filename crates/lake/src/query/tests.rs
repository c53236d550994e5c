//! Queries against files and hot rows on disk, worker and parent in one process over a pipe.

#![expect(
    clippy::disallowed_methods,
    reason = "workers in tests end with the runtime of their test"
)]

mod answers;
mod limits;
mod refusals;
mod shelf;
mod soup;

pub(super) use shelf::{Shelf, day, hour, score_rows};
