//! Pages of long lists.

use crate::error::{Error, Result};

/// Most items of one page; larger wishes are cut to it.
pub(crate) const ITEMS_MAX: u32 = 1_000;

/// One page of a list that is ordered by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to pass as `cursor` for the next page; `None` on the last one.
    pub next: Option<String>,
}

/// Rows to ask for: one more than wanted tells whether another page follows.
pub(crate) fn rows(limit: u32) -> i64 {
    i64::from(limit.clamp(1, ITEMS_MAX)) + 1
}

/// Where the page after a cursor `instant/name` begins, in a list with the newest first.
pub(crate) fn position(cursor: Option<&str>) -> Result<(i64, String)> {
    let Some(cursor) = cursor else {
        return Ok((i64::MAX, String::new()));
    };
    let parts = cursor.split_once('/');
    parts
        .and_then(|(at_us, name)| Some((at_us.parse().ok()?, name.to_owned())))
        .ok_or_else(|| Error::invalid("the cursor is not one that a page gave"))
}

impl<T> Page<T> {
    /// Cuts what [`rows`] asked for; `name` gives the cursor of an item.
    pub(crate) fn cut(mut items: Vec<T>, limit: u32, name: impl Fn(&T) -> String) -> Self {
        let limit = limit.clamp(1, ITEMS_MAX) as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(name) } else { None };
        Self { items, next }
    }
}
