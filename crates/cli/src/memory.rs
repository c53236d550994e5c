//! The allocator of this process.

use libmimalloc_sys::{mi_option_set_default, mi_option_t};

// Batches of megabytes come and go; the system's allocator gives them back slowly.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay` of `mimalloc.h`, which the binding does not name.
const PURGE_DELAY: mi_option_t = 15;
/// Milliseconds after which freed memory goes back to the system, unless `MIMALLOC_PURGE_DELAY` tells.
const FREED_KEPT_MS: i64 = 3_000;

/// Keeps freed memory for some seconds. Under full load the same buffers are taken and given back
/// many times a second, and clearing fresh pages for them was seen to cost a tenth of all time.
#[allow(unsafe_code, reason = "the allocator's options have no safe interface")]
pub(crate) fn keep_freed() {
    // SAFETY: writes one number of the allocator's table of options, which is allowed at any time.
    unsafe { mi_option_set_default(PURGE_DELAY, FREED_KEPT_MS) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use libmimalloc_sys::mi_option_get;

    #[test]
    #[allow(unsafe_code, reason = "the allocator's options have no safe interface")]
    fn the_delay_is_the_option_meant() {
        // SAFETY: reads a number.
        let delay = || unsafe { mi_option_get(PURGE_DELAY) };
        assert_eq!(delay(), 1_000, "mimalloc's default; did its options move?");
        keep_freed();
        assert_eq!(delay(), FREED_KEPT_MS);
    }
}
