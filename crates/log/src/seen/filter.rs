//! A blocked Bloom filter: one cache line a probe.

use super::Key;

/// Bits a key. With 12, about one absent key in 200 passes.
const BITS_PER_KEY: u64 = 12;
const WORDS: usize = 8;
/// Lines touched ahead.
const AHEAD: usize = 64;
const LINE_BYTES: usize = WORDS * 8;
const LINE_BITS: u64 = LINE_BYTES as u64 * 8;

/// A set that may say yes to keys it does not hold, and never no to one it does.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    lines: Vec<[u64; WORDS]>,
}

impl Filter {
    /// An empty filter for up to `keys` keys.
    pub(super) fn for_keys(keys: u64) -> Self {
        let lines = (keys.saturating_mul(BITS_PER_KEY))
            .div_ceil(LINE_BITS)
            .max(1);
        Self {
            lines: vec![[0; WORDS]; usize::try_from(lines).unwrap_or(usize::MAX / LINE_BYTES)],
        }
    }

    /// The line of `key`: keys are uniform, so their high half needs no further hashing.
    #[inline]
    fn line(&self, key: u128) -> usize {
        let high = (key >> 64) as u64;
        let line = (u128::from(high) * self.lines.len() as u128) >> 64;
        line as usize
    }

    #[inline]
    fn mask(key: u128) -> [u64; WORDS] {
        let low = key as u64;
        std::array::from_fn(|word| 1 << ((low >> (6 * word)) & 63))
    }

    /// Adds a key.
    pub(super) fn insert(&mut self, key: u128) {
        let line = self.line(key);
        for (word, bit) in self.lines[line].iter_mut().zip(Self::mask(key)) {
            *word |= bit;
        }
    }

    /// Whether the key may be there.
    #[cfg(test)]
    pub(super) fn contains(&self, key: u128) -> bool {
        Self::holds(&self.lines[self.line(key)], key)
    }

    #[inline]
    fn holds(line: &[u64; WORDS], key: u128) -> bool {
        let missing = line.iter().zip(Self::mask(key));
        missing.fold(0, |sum, (word, bit)| sum | (!word & bit)) == 0
    }

    /// Appends to `hits` the positions of the keys that may be there. A few dozen lines are
    /// touched before the first is looked at, so that their cache misses overlap.
    pub(super) fn collect_hits(&self, keys: &[Key], hits: &mut Vec<usize>) {
        let mut lines = [0; AHEAD];
        for (chunk, keys) in keys.chunks(AHEAD).enumerate() {
            let mut touched = 0;
            for (line, Key(key)) in lines.iter_mut().zip(keys) {
                *line = self.line(*key);
                touched ^= self.lines[*line][0];
            }
            std::hint::black_box(touched);
            for (at, (line, Key(key))) in lines.iter().zip(keys).enumerate() {
                if Self::holds(&self.lines[*line], *key) {
                    hits.push(chunk * AHEAD + at);
                }
            }
        }
    }

    /// Number of lines.
    pub(super) fn lines(&self) -> u64 {
        self.lines.len() as u64
    }

    /// Bytes in memory.
    pub(super) fn bytes(&self) -> u64 {
        (self.lines.len() * LINE_BYTES) as u64
    }

    /// Appends the filter's bytes to `out`.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.extend(
            self.lines
                .iter()
                .flatten()
                .flat_map(|word| word.to_le_bytes()),
        );
    }

    /// The inverse of [`Filter::encode`].
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() || !bytes.len().is_multiple_of(LINE_BYTES) {
            return None;
        }
        let word = |line: &[u8], at: usize| u64::from_le_bytes(crate::frame::array(line, at * 8));
        let lines = bytes.chunks_exact(LINE_BYTES);
        Some(Self {
            lines: lines
                .map(|line| std::array::from_fn(|at| word(line, at)))
                .collect(),
        })
    }
}
