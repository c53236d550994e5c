//! Keyed hashes (subjects, deduplication) and minted identifiers. All secrets and randomness are
//! parameters.

use crate::table::{ID_BYTES_MAX, MODEL_NAME_BYTES_MAX};
use crate::{Kind, ModelName};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128_with_seed;

/// Marks a stored subject: what follows is a keyed hash, not the person.
pub const SUBJECT_PREFIX: &str = "sub_";
/// Marks the keyed hash of a value that was personal.
pub const PERSONAL_PREFIX: &str = "per_";

/// Before a span's ids in what its fingerprint is of: no kind of event has this number.
const SPAN_MARK: u8 = u8::MAX;
/// Hex digits of a trace's and a span's id.
const SPAN_ID_BYTES_MAX: usize = 32 + 16;

/// Hex digits of a key's id.
const KEY_ID_DIGITS: usize = 8;
/// Hex digits of a stored hash: 128 bits.
const HASH_DIGITS: usize = 32;

/// Whose hashes a key makes. Hashes of different purposes cannot be joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyPurpose {
    /// The subject of an event.
    Subject,
    /// Values of fields that are personal.
    Personal,
    /// Deduplication.
    Fingerprint,
}

impl KeyPurpose {
    /// All purposes.
    pub const ALL: [KeyPurpose; 3] = [
        KeyPurpose::Subject,
        KeyPurpose::Personal,
        KeyPurpose::Fingerprint,
    ];

    /// The word on the command line and in key files, e.g. `subject`.
    pub const fn name(self) -> &'static str {
        match self {
            KeyPurpose::Subject => "subject",
            KeyPurpose::Personal => "personal",
            KeyPurpose::Fingerprint => "fingerprint",
        }
    }
}

/// A key and the id that its hashes carry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key {
    id: [u8; KEY_ID_DIGITS],
    secret: [u8; 32],
}

impl Key {
    /// A key of these bytes. Its id is derived from them, one way, so a key that was swapped shows.
    pub fn new(secret: [u8; 32]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("candor 2026 id of a key");
        let digest = hasher.update(&secret).finalize().to_hex();
        let mut id = [0; KEY_ID_DIGITS];
        id.copy_from_slice(&digest.as_bytes()[..KEY_ID_DIGITS]);
        Self { id, secret }
    }

    /// Eight hex digits.
    pub fn id(&self) -> &str {
        std::str::from_utf8(&self.id).unwrap_or_default()
    }

    /// The secret bytes, for whoever seals them.
    pub fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// `<prefix><key id>_<hash>`.
    fn hash(&self, prefix: &str, text: &str) -> String {
        let hash = blake3::keyed_hash(&self.secret, text.as_bytes()).to_hex();
        format!("{prefix}{}_{}", self.id(), &hash[..HASH_DIGITS])
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.id())
    }
}

/// Secrets of one installation that admission needs.
#[derive(Clone)]
pub struct Keys {
    subject: Key,
    old_subjects: Vec<Key>,
    personal: Key,
    /// Seed of deduplication fingerprints, so that nobody can craft colliding ids.
    fingerprint_seed: u64,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(secret)")
    }
}

impl Keys {
    /// Keys of these secrets.
    pub fn new(subject: [u8; 32], personal: [u8; 32], fingerprint_seed: u64) -> Self {
        Self {
            subject: Key::new(subject),
            old_subjects: Vec::new(),
            personal: Key::new(personal),
            fingerprint_seed,
        }
    }

    /// The same, knowing keys by which subjects were hashed before, newest first.
    #[must_use]
    pub fn with_old_subjects(mut self, old: impl IntoIterator<Item = Key>) -> Self {
        self.old_subjects = old.into_iter().collect();
        self
    }

    /// The stored form of a subject: [`SUBJECT_PREFIX`], the key's id and 128 bits of a BLAKE3
    /// keyed hash in hex. A text that already has this form, or the older one without an id, is
    /// kept, so that replayed rows hash once.
    pub fn subject(&self, subject: &str) -> String {
        if is_hashed(SUBJECT_PREFIX, subject) {
            return subject.to_owned();
        }
        self.subject.hash(SUBJECT_PREFIX, subject)
    }

    /// Every form under which a subject may be stored: by each key, with and without its id. A
    /// stored form is itself alone.
    pub fn subject_forms(&self, subject: &str) -> Vec<String> {
        if is_hashed(SUBJECT_PREFIX, subject) {
            return vec![subject.to_owned()];
        }
        let keys = std::iter::once(&self.subject).chain(&self.old_subjects);
        keys.flat_map(|key| {
            let long = key.hash(SUBJECT_PREFIX, subject);
            let short = format!("{SUBJECT_PREFIX}{}", &long[long.len() - HASH_DIGITS..]);
            [long, short]
        })
        .collect()
    }

    /// The stored form of a personal value: [`PERSONAL_PREFIX`], key id, hash. Hashes once.
    pub fn personal(&self, value: &str) -> String {
        if is_hashed(PERSONAL_PREFIX, value) {
            return value.to_owned();
        }
        self.personal.hash(PERSONAL_PREFIX, value)
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

    /// 128-bit fingerprint of a span for deduplication; never 0, and of no event.
    pub(crate) fn span_fingerprint(&self, trace_id: &str, span_id: &str) -> u128 {
        let mut bytes = [SPAN_MARK; 1 + SPAN_ID_BYTES_MAX];
        let id = trace_id.bytes().chain(span_id.bytes());
        let mut end = 1;
        for (to, from) in bytes[1..].iter_mut().zip(id) {
            *to = from;
            end += 1;
        }
        xxh3_128_with_seed(&bytes[..end], self.fingerprint_seed).max(1)
    }
}

/// Whether `text` is a stored hash, with a key's id or, as the first version wrote it, without.
fn is_hashed(prefix: &str, text: &str) -> bool {
    let hex = |part: &str, digits: usize| {
        part.len() == digits && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let Some(rest) = text.strip_prefix(prefix) else {
        return false;
    };
    match rest.split_once('_') {
        Some((id, hash)) => hex(id, KEY_ID_DIGITS) && hex(hash, HASH_DIGITS),
        None => hex(rest, HASH_DIGITS),
    }
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
        Keys::new([n; 32], [n + 100; 32], u64::from(n))
    }

    #[test]
    fn subjects_are_keyed_and_hash_once() {
        let hashed = keys(1).subject("ann@example.org");
        assert!(is_hashed(SUBJECT_PREFIX, &hashed) && !hashed.contains("ann"));
        assert_eq!(keys(1).subject(&hashed), hashed);
        assert_ne!(keys(2).subject("ann@example.org"), hashed);
        let first_version = format!("sub_{}", "0".repeat(32));
        assert_eq!(keys(1).subject(&first_version), first_version);
        assert!(!is_hashed(SUBJECT_PREFIX, "sub_0"));
        assert!(keys(1).personal(&hashed).starts_with(PERSONAL_PREFIX));
    }

    #[test]
    fn a_rotated_key_still_finds_what_it_hashed() {
        let old = keys(1);
        let new = keys(2).with_old_subjects([Key::new([1; 32])]);
        let stored = old.subject("ann");
        assert_ne!(new.subject("ann"), stored);
        let forms = new.subject_forms("ann");
        assert_eq!(forms.len(), 4);
        assert!(forms.contains(&stored) && forms.contains(&new.subject("ann")));
        let without_id = format!("sub_{}", &stored[stored.len() - 32..]);
        assert!(forms.contains(&without_id));
        assert_eq!(new.subject_forms(&stored), [stored]);
    }

    #[test]
    fn secrets_are_never_shown() {
        let key = Key::new([0xab; 32]);
        let shown = format!("{key:?} {:?}", keys(3));
        assert!(!shown.contains("171") && !shown.contains("ab, "), "{shown}");
        assert!(shown.contains(key.id()));
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
