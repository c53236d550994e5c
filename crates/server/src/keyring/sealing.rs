//! Keys under a master key: ChaCha20-Poly1305, each with a nonce of its own, bound to its purpose.

use super::KeyError;
use crate::clock;
use candor_contract::{Key, KeyPurpose};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The key that other keys are sealed under. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey(Key);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({})", self.0.id())
    }
}

/// A sealed key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sealed {
    pub(super) id: String,
    pub(super) purpose: KeyPurpose,
    pub(super) made_us: i64,
    nonce: String,
    sealed: String,
}

impl MasterKey {
    pub(super) fn new(secret: [u8; 32]) -> Self {
        Self(Key::new(secret))
    }

    /// The key in a text of 64 hex digits.
    ///
    /// # Errors
    /// [`KeyError::BadMaster`], without the text.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let bytes = unhex(text.trim()).and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self::new).ok_or_else(|| KeyError::BadMaster {
            place: "the environment".to_owned(),
        })
    }

    /// The key in a file: 64 hex digits, or 32 bytes.
    ///
    /// # Errors
    /// [`KeyError::Io`], [`KeyError::BadMaster`].
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let place = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|source| KeyError::Io {
            what: "read the master key in",
            path: place.clone(),
            source,
        })?;
        if let Ok(secret) = <[u8; 32]>::try_from(bytes.as_slice()) {
            return Ok(Self::new(secret));
        }
        let text = String::from_utf8(bytes).unwrap_or_default();
        Self::parse(&text).map_err(|_| KeyError::BadMaster { place })
    }

    /// Its id: eight hex digits.
    pub fn id(&self) -> &str {
        self.0.id()
    }

    pub(super) fn text(&self) -> String {
        format!("{}\n", hex(self.0.secret()))
    }

    fn cipher(&self) -> Option<LessSafeKey> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, self.0.secret()).ok()?;
        Some(LessSafeKey::new(key))
    }

    pub(super) fn seal(
        &self,
        purpose: KeyPurpose,
        key: &Key,
        made_us: i64,
    ) -> Result<Sealed, KeyError> {
        let nonce: [u8; NONCE_LEN] =
            clock::random().map_err(|e| KeyError::Random(e.to_string()))?;
        let mut bytes = key.secret().to_vec();
        let bound = Aad::from(bound(purpose, key.id()));
        let sealed = self.cipher().and_then(|cipher| {
            let nonce = Nonce::assume_unique_for_key(nonce);
            cipher
                .seal_in_place_append_tag(nonce, bound, &mut bytes)
                .ok()
        });
        sealed.ok_or_else(|| KeyError::Random("a key could not be sealed".to_owned()))?;
        Ok(Sealed {
            id: key.id().to_owned(),
            purpose,
            made_us,
            nonce: hex(&nonce),
            sealed: hex(&bytes),
        })
    }

    /// `None` if the bytes were changed, or belong to another purpose or id.
    pub(super) fn open(&self, sealed: &Sealed) -> Option<Key> {
        let nonce: [u8; NONCE_LEN] = unhex(&sealed.nonce)?.try_into().ok()?;
        let mut bytes = unhex(&sealed.sealed)?;
        let bound = Aad::from(bound(sealed.purpose, &sealed.id));
        let nonce = Nonce::assume_unique_for_key(nonce);
        let plain = self
            .cipher()?
            .open_in_place(nonce, bound, &mut bytes)
            .ok()?;
        let key = Key::new(<[u8; 32]>::try_from(&*plain).ok()?);
        (key.id() == sealed.id).then_some(key)
    }
}

/// What a sealed key is bound to.
fn bound(purpose: KeyPurpose, id: &str) -> Vec<u8> {
    format!("candor key 1 {} {id}", purpose.name()).into_bytes()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let value = |b: u8| {
        char::from(b)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    digits
        .chunks_exact(2)
        .map(|pair| Some(value(pair[0])? << 4 | value(pair[1])?))
        .collect()
}
