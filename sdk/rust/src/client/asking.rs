//! Asking a busy server whether it takes a body before it is sent (`Expect: 100-continue`, RFC 9110 section 10.1.1).

use std::sync::atomic::{AtomicU32, Ordering};

/// Shorter bodies are sent unasked, in bytes.
const LONG_BYTES: usize = 64 << 10;
/// Long bodies that are asked for after one was refused.
const ASKED: u32 = 64;

/// How many long bodies more are asked for. A server that was busy refuses them at the cost of a head; others are
/// not asked, since a proxy that does not know the question costs a second.
#[derive(Debug, Default)]
pub(super) struct Asking(AtomicU32);

impl Asking {
    /// The server was busy.
    pub(super) fn refused(&self) {
        self.0.store(ASKED, Ordering::Relaxed);
    }

    /// Whether a body of so many bytes is to be asked for.
    pub(super) fn asks(&self, bytes: usize) -> bool {
        let one_less = |left: u32| left.checked_sub(1);
        let Self(left) = self;
        bytes > LONG_BYTES
            && left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
                .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_bodies_are_asked_for_after_a_refusal() {
        let asking = Asking::default();
        assert!(!asking.asks(usize::MAX), "nothing was refused");
        asking.refused();
        assert!(!asking.asks(LONG_BYTES), "a short one");
        let asked = (0..100).filter(|_| asking.asks(LONG_BYTES + 1)).count();
        assert_eq!(asked, ASKED as usize);
    }
}
