//! Both sides at the same time.

use super::Options;
use crate::error::{Error, Result};

/// What `first` and `second` make, each on a thread of its own if there is more than one lane.
pub(super) fn both<A: Send, B>(
    options: &Options,
    first: impl FnOnce() -> Result<A> + Send,
    second: impl FnOnce() -> Result<B>,
) -> Result<(A, B)> {
    if options.lanes < 2 {
        return Ok((first()?, second()?));
    }
    std::thread::scope(|scope| {
        let first = scope.spawn(first);
        let second = second();
        let first = first.join().map_err(|_| Error::Spec {
            what: "looking at a side failed".to_owned(),
        })?;
        Ok((first?, second?))
    })
}
