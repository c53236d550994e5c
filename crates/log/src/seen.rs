//! stub
/// A 128-bit key: a uniform hash, computed by the caller. 0 means "never deduplicated".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Key(pub u128);
