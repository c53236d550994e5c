//! Keyed hashes (subjects, deduplication) and minted identifiers. All secrets and randomness are
//! parameters.

use crate::table::{ID_BYTES_MAX, MODEL_NAME_BYTES_MAX};
use crate::{Kind, ModelName};
use xxhash_rust::xxh3::xxh3_128_with_seed;

/// Marks a stored subject: what follows is a keyed hash, not the person.
pub const SUBJECT_PREFIX: &str = "sub_";

/// Secrets of one installation that admission needs.
#[derive(Clone)]
pub struct Keys {
    /// Key of subject hashes.
    pub subject: [u8; 32],
    /// Seed of deduplication fingerprints, so that nobody can craft colliding ids.
    pub fingerprint_seed: u64,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(secret)")
    }
}

impl Keys {
    /// The stored form of a subject: [`SUBJECT_PREFIX`] and 128 bits of a BLAKE3 keyed hash in hex.
    /// A text that already has this form is kept, so that replayed rows hash once.
    pub fn subject(&self, subject: &str) -> String {
        if is_hashed(subject) {
            return subject.to_owned();
        }
        let hash = blake3::keyed_hash(&self.subject, subject.as_bytes());
        format!("{SUBJECT_PREFIX}{}", &hash.to_hex()[..32])
    }

    /// 128-bit fingerprint of (model, kind, id) for deduplication; never 0. Kinds that models share
    /// have no model in it.
    pub fn fingerprint(&self, model: Option<&ModelName>, kind: Kind, id: &str) -> u128 {
        let model = model.map_or("", ModelName::as_str);
        // One hash over one buffer: three updates of a streaming hash cost five times as much.
        let mut bytes = [0; 2 + MODEL_NAME_BYTES_MAX + ID_BYTES_MAX];
        bytes[0] = kind as u8;
        bytes[1] = u8::try_from(model.len()).unwrap_or(u8::MAX);
        let end = 2 + model.len();
        bytes[2..end].copy_from_slice(model.as_bytes());
        let id = &id.as_bytes()[..id.len().min(ID_BYTES_MAX)];
        bytes[end..end + id.len()].copy_from_slice(id);
        xxh3_128_with_seed(&bytes[..end + id.len()], self.fingerprint_seed).max(1)
    }
}

fn is_hashed(subject: &str) -> bool {
    subject.strip_prefix(SUBJECT_PREFIX).is_some_and(|hex| {
        hex.len() == 32 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Mints UUIDv7 identifiers (RFC 9562) that rise within one admission: 48 bits of milliseconds,
/// then random bits that a counter keeps apart.
#[derive(Debug, Clone)]
pub struct Minter {
    millis: u64,
    high: u16,
    low: u64,
}

impl Minter {
    /// `now_us` is the arrival time; `random` must be fresh for each admission.
    pub fn new(now_us: i64, random: u128) -> Self {
        let millis = u64::try_from(now_us.div_euclid(1_000)).unwrap_or(0);
        let bytes = random.to_le_bytes();
        let high = u16::from_le_bytes([bytes[0], bytes[1]]) & 0x0fff;
        let mut low = [0; 8];
        low.copy_from_slice(&bytes[8..]);
        // Room to count upwards without overflowing into the variant bits.
        Self {
            millis,
            high,
            low: u64::from_le_bytes(low) & 0x1fff_ffff_ffff_ffff,
        }
    }

    /// The next identifier.
    pub fn mint(&mut self) -> uuid::Uuid {
        self.low = (self.low + 1) & 0x3fff_ffff_ffff_ffff;
        let time = u128::from(self.millis & 0xffff_ffff_ffff) << 80;
        let version = 7u128 << 76;
        let variant = 2u128 << 62;
        uuid::Uuid::from_u128(
            time | version | u128::from(self.high) << 64 | variant | u128::from(self.low),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(n: u8) -> Keys {
        Keys {
            subject: [n; 32],
            fingerprint_seed: u64::from(n),
        }
    }

    #[test]
    fn subjects_are_keyed_and_hash_once() {
        let hashed = keys(1).subject("ann@example.org");
        assert!(is_hashed(&hashed) && !hashed.contains("ann"));
        assert_eq!(keys(1).subject(&hashed), hashed);
        assert_ne!(keys(2).subject("ann@example.org"), hashed);
        assert!(!is_hashed("sub_0"));
    }

    #[test]
    fn fingerprints_tell_model_kind_and_id_apart() {
        let (a, ab) = (ModelName::new("a").unwrap(), ModelName::new("ab").unwrap());
        let k = keys(3);
        let all = [
            k.fingerprint(Some(&a), Kind::Prediction, "bc"),
            k.fingerprint(Some(&ab), Kind::Prediction, "c"),
            k.fingerprint(Some(&a), Kind::Outcome, "bc"),
            k.fingerprint(Some(&a), Kind::Prediction, "bd"),
            keys(4).fingerprint(Some(&a), Kind::Prediction, "bc"),
        ];
        for (i, x) in all.iter().enumerate() {
            assert!(!all[..i].contains(x));
        }
    }

    #[test]
    fn minted_ids_are_rising_version_7_uuids() {
        let mut minter = Minter::new(1_767_225_600_000_000, u128::MAX);
        let ids: Vec<_> = (0..1000).map(|_| minter.mint()).collect();
        assert!(ids.windows(2).all(|w| w[0] < w[1]));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
        assert_eq!(ids[0].get_timestamp().unwrap().to_unix().0, 1_767_225_600);
    }
}
