//! Signatures of bodies, by which a receiver knows that they are ours and fresh.

use ring::{digest, hmac};
use std::fmt::Write as _;

/// The header that carries the signature.
pub const SIGNATURE_HEADER: &str = "x-candor-signature";

/// `t=<seconds>,v1=<hex>`: HMAC-SHA256 with `secret` over `<seconds>.<body>`. A receiver computes the same,
/// compares in constant time and refuses what is older than some minutes.
pub fn sign(secret: &[u8], body: &[u8], at_us: i64) -> String {
    let seconds = at_us.div_euclid(1_000_000);
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let mut context = hmac::Context::with_key(&key);
    context.update(format!("{seconds}.").as_bytes());
    context.update(body);
    format!("t={seconds},v1={}", hex(context.sign().as_ref()))
}

/// 32 hex digits that stand for a text.
pub(super) fn short_hash(text: &str) -> String {
    let mut hex = hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    hex.truncate(32);
    hex
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_any_language_computes() {
        // python3 -c "import hmac; print(hmac.new(b'k', b'1700000000.{}', 'sha256').hexdigest())"
        let signature = sign(b"k", b"{}", 1_700_000_000_999_999);
        assert_eq!(
            signature,
            "t=1700000000,v1=c6ef4734033cee2367414a0939385eca0397754aa7a59716da7463a9298b5146"
        );
        assert_ne!(signature, sign(b"k", b"{} ", 1_700_000_000_999_999));
        assert_ne!(signature, sign(b"k2", b"{}", 1_700_000_000_999_999));
    }
}
