//! Texts as numbers that tests of numbers apply to.

use super::language::language;
use super::ngrams::{NgramKind, hashed, words};
use crate::sample::{Sorted, Tally};
use hashbrown::{HashMap, HashSet};

/// Most words of a half that are kept; later ones count as unknown, on both sides alike.
const WORDS_MAX: usize = 1 << 20;

/// The words of a reference, in two halves of its texts.
///
/// A text of the reference is held against the half that it is not in, one of the current side against
/// either half in turns. So both sides meet words that were learnt from as many foreign texts, and without a
/// change both have the same share of unknown words.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    halves: [HashSet<u64>; 2],
}

impl Vocabulary {
    /// Of the reference's texts in their order.
    pub fn of<'t>(reference: impl IntoIterator<Item = Option<&'t str>>) -> Self {
        let mut made = Self::default();
        let mut word = String::new();
        for (row, text) in reference.into_iter().enumerate() {
            let half = &mut made.halves[row % 2];
            words(text.unwrap_or(""), &mut word, |word| {
                if half.len() < WORDS_MAX {
                    half.insert(hashed(NgramKind::Word, word));
                }
            });
        }
        made
    }
}

/// What texts are like, column by column. A text that is missing is missing in each; words beyond the first
/// [`super::TEXT_CHARACTERS_MAX`] characters are not looked at.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Descriptors {
    /// Characters (Unicode scalar values).
    pub characters: Sorted,
    /// Words: runs of letters and digits; single characters in scripts without spaces.
    pub words: Sorted,
    /// The share of words that the vocabulary does not have; missing where there are no words.
    pub unknown: Sorted,
    /// The share of characters that are neither letters nor white space; missing for an empty text.
    pub signs: Sorted,
    /// Languages, or scripts where words do not tell: [`super::language()`].
    pub languages: Tally,
}

impl Descriptors {
    /// Of the texts that `vocabulary` was made of, in the same order.
    pub fn of_reference<'t>(
        texts: impl IntoIterator<Item = Option<&'t str>>,
        vocabulary: &Vocabulary,
    ) -> Self {
        Self::of(texts, vocabulary, 1)
    }

    /// Of other texts.
    pub fn of_current<'t>(
        texts: impl IntoIterator<Item = Option<&'t str>>,
        vocabulary: &Vocabulary,
    ) -> Self {
        Self::of(texts, vocabulary, 0)
    }

    fn of<'t>(
        texts: impl IntoIterator<Item = Option<&'t str>>,
        vocabulary: &Vocabulary,
        first: usize,
    ) -> Self {
        let mut columns: [Vec<f64>; 4] = Default::default();
        let mut languages: HashMap<&'static str, u64> = HashMap::new();
        let (mut word, mut missing) = (String::new(), 0);
        for (row, text) in texts.into_iter().enumerate() {
            let half = &vocabulary.halves[(row + first) % 2];
            let described = text.map_or([f64::NAN; 4], |text| numbers(text, half, &mut word));
            for (column, x) in columns.iter_mut().zip(described) {
                column.push(x);
            }
            match text {
                Some(text) => *languages.entry(language(text)).or_default() += 1,
                None => missing += 1,
            }
        }
        let [characters, words, unknown, signs] = columns.map(Sorted::new);
        let languages = languages.into_iter();
        Self {
            characters,
            words,
            unknown,
            signs,
            languages: Tally::new(languages.map(|(name, n)| (name.to_owned(), n)), missing),
        }
    }

    /// The descriptors of numbers with their names.
    pub fn columns(&self) -> [(&'static str, &Sorted); 4] {
        [
            ("characters", &self.characters),
            ("words", &self.words),
            ("unknown_words", &self.unknown),
            ("signs", &self.signs),
        ]
    }
}

/// Characters, words, share of unknown words, share of signs.
fn numbers(text: &str, known: &HashSet<u64>, word: &mut String) -> [f64; 4] {
    let (mut characters, mut signs) = (0_u64, 0_u64);
    for c in text.chars() {
        characters += 1;
        signs += u64::from(!c.is_alphabetic() && !c.is_whitespace());
    }
    let (mut count, mut unknown) = (0_u64, 0_u64);
    words(text, word, |word| {
        count += 1;
        unknown += u64::from(!known.contains(&hashed(NgramKind::Word, word)));
    });
    // 0 / 0 is NaN: missing.
    [
        characters as f64,
        count as f64,
        unknown as f64 / count as f64,
        signs as f64 / characters as f64,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_described_by_numbers() {
        let reference = [Some("one two"), Some("two three")];
        let vocabulary = Vocabulary::of(reference);
        let current = [Some("two, four!"), None, Some(""), Some("one é")];
        let made = Descriptors::of_current(current, &vocabulary);
        assert_eq!(made.characters.values(), [0.0, 5.0, 10.0]);
        assert_eq!(made.words.values(), [0.0, 2.0, 2.0]);
        assert_eq!((made.characters.missing, made.unknown.missing), (1, 2));
        assert_eq!(made.signs.values(), [0.0, 0.2]);
        // The first is held against the first half, the last against the second, which lacks "one".
        assert_eq!(made.unknown.values(), [0.5, 1.0]);
        assert_eq!(
            (made.languages.of("latin"), made.languages.of("none")),
            (2, 1)
        );
        assert_eq!(made.languages.missing, 1);
    }

    #[test]
    fn the_reference_meets_words_as_foreign_as_any_other_texts_do() {
        let texts = |seed: u64| -> Vec<String> {
            let mut random = crate::random::Random::new(seed, 0);
            let mut word = || format!("w{}", (random.unit().powi(3) * 400.0) as u32);
            (0..300)
                .map(|_| (0..8).map(|_| word()).collect::<Vec<_>>().join(" "))
                .collect()
        };
        let (a, b) = (texts(1), texts(2));
        let some =
            |texts: &[String]| -> Vec<Option<String>> { texts.iter().cloned().map(Some).collect() };
        let (a, b) = (some(&a), some(&b));
        let vocabulary = Vocabulary::of(a.iter().map(Option::as_deref));
        let mean = |d: Descriptors| d.unknown.moments().mean;
        let own = mean(Descriptors::of_reference(
            a.iter().map(Option::as_deref),
            &vocabulary,
        ));
        let other = mean(Descriptors::of_current(
            b.iter().map(Option::as_deref),
            &vocabulary,
        ));
        assert!(own > 0.0 && (own - other).abs() < 0.02, "{own} {other}");
    }
}
