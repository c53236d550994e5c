//! Which values of which segments have profiles of their own.

use super::ProfileLimits;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The value under which the rows of values that are not kept are counted.
pub(crate) const OTHER: &str = "other";
/// Prefix of columns that are segments.
pub(crate) const PREFIX: &str = "segment_";
/// Longest value that is kept apart, in bytes.
const VALUE_BYTES_MAX: usize = 128;

/// The kept values of a model's segments. A value that is kept stays, so that its rows are not now
/// here and now under `other`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Segments(BTreeMap<Arc<str>, Vec<Arc<str>>>);

impl Segments {
    /// Notes a value seen in stored profiles or rows; whether it is kept.
    pub(crate) fn keep(&mut self, segment: &str, value: &str) -> bool {
        if value.len() > VALUE_BYTES_MAX || value == OTHER {
            return false;
        }
        if !self.0.contains_key(segment) {
            if self.0.len() >= ProfileLimits::SEGMENTS {
                return false;
            }
            self.0.insert(Arc::from(segment), Vec::new());
        }
        let Some(kept) = self.0.get_mut(segment) else {
            return false;
        };
        if kept.iter().any(|k| k.as_ref() == value) {
            return true;
        }
        if kept.len() >= ProfileLimits::SEGMENT_VALUES {
            return false;
        }
        kept.push(Arc::from(value));
        true
    }

    /// Offers values with their rows; the most frequent are kept while there is room.
    pub(crate) fn offer(&mut self, segment: &str, mut counts: Vec<(&str, u64)>) {
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        for (value, _) in counts {
            self.keep(segment, value);
        }
    }

    /// The kept values of a segment; `None` if it has no profiles.
    pub(crate) fn values(&self, segment: &str) -> Option<&[Arc<str>]> {
        self.0.get(segment).map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_values_are_kept_and_stay() {
        let mut segments = Segments::default();
        let names: Vec<String> = (0..40).map(|i| format!("v{i:02}")).collect();
        let counts = |turn: bool| -> Vec<(&str, u64)> {
            let rank = |i: usize| if turn { i as u64 } else { 40 - i as u64 };
            names
                .iter()
                .enumerate()
                .map(|(i, n)| (n.as_str(), rank(i)))
                .collect()
        };
        segments.offer("region", counts(false));
        segments.offer("region", counts(true));
        let kept = segments.values("region").unwrap();
        assert_eq!(kept.len(), ProfileLimits::SEGMENT_VALUES);
        assert_eq!(
            kept.iter().map(AsRef::as_ref).collect::<Vec<_>>(),
            names[..16]
        );
        for name in ["a", "b", "c", "d", "e"] {
            segments.keep(name, "x");
        }
        assert!(segments.values("c").is_some() && segments.values("d").is_none());
    }
}
