//! Words and parts of words as places in a table of fixed size.

/// Characters of a text that are looked at for words and parts of words.
pub const TEXT_CHARACTERS_MAX: usize = 4_000;
/// Lengths of parts of words, in characters.
const PARTS: [usize; 2] = [3, 4];

/// What an n-gram is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NgramKind {
    /// A word.
    Word,
    /// Two words, one after the other.
    Pair,
    /// Three or four characters of a word; a space is its edge.
    Part,
}

/// FNV-1a (Fowler, Noll and Vo) with the last mixing step of MurmurHash3, so that low bits are as good as
/// any.
pub(super) fn hashed(kind: NgramKind, text: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ kind as u64;
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let mut hash = text.bytes().fold(start, step);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// Whether words are written without spaces in this character's script, so that each character counts as
/// one.
fn stands_alone(c: char) -> bool {
    matches!(c as u32, 0x0E00..=0x0EFF | 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0x20000..=0x3FFFF)
}

/// Whether it belongs to a word: letters, digits and the marks that combine with them.
fn in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c as u32, 0x0300..=0x036F | 0x0900..=0x0DFF | 0x0E00..=0x0EFF)
}

/// Calls `each` with every word in lower case. `word` is scratch space.
pub(super) fn words(text: &str, word: &mut String, mut each: impl FnMut(&str)) {
    word.clear();
    for c in text.chars().take(TEXT_CHARACTERS_MAX) {
        let alone = stands_alone(c);
        if (alone || !in_word(c)) && !word.is_empty() {
            each(word);
            word.clear();
        }
        if in_word(c) {
            word.extend(c.to_lowercase());
        }
        if alone && !word.is_empty() {
            each(word);
            word.clear();
        }
    }
    if !word.is_empty() {
        each(word);
    }
}

/// Calls `each` with every n-gram: words, pairs of neighbours, and parts of words.
pub(super) fn ngrams(text: &str, mut each: impl FnMut(NgramKind, &str)) {
    let (mut pair, mut padded, mut starts) = (String::new(), String::new(), Vec::new());
    words(text, &mut String::new(), |word| {
        each(NgramKind::Word, word);
        if !pair.is_empty() {
            let first = pair.len();
            pair.push(' ');
            pair.push_str(word);
            each(NgramKind::Pair, &pair);
            pair.drain(..=first);
        } else {
            pair.push_str(word);
        }
        padded.clear();
        padded.extend([" ", word, " "]);
        starts.clear();
        starts.extend(padded.char_indices().map(|(at, _)| at));
        starts.push(padded.len());
        for length in PARTS {
            for (from, to) in starts.iter().zip(starts.iter().skip(length)) {
                each(NgramKind::Part, &padded[*from..*to]);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words_of(text: &str) -> Vec<String> {
        let mut made = Vec::new();
        words(text, &mut String::new(), |word| made.push(word.to_owned()));
        made
    }

    #[test]
    fn words_are_runs_of_letters_and_digits_or_single_signs() {
        assert_eq!(
            words_of("It's 3 o'Clock, ÄPFEL!"),
            ["it", "s", "3", "o", "clock", "äpfel"]
        );
        assert_eq!(words_of("abc漢字 de"), ["abc", "漢", "字", "de"]);
        assert!(words_of(" ,;… ").is_empty());
        assert_eq!(words_of(&"x".repeat(9_000))[0].len(), TEXT_CHARACTERS_MAX);
    }

    #[test]
    fn ngrams_are_words_pairs_and_parts() {
        let mut made = Vec::new();
        ngrams("Red ant", |kind, text| made.push((kind, text.to_owned())));
        let of = |wanted: NgramKind| -> Vec<&str> {
            let kept = made.iter().filter(|(kind, _)| *kind == wanted);
            kept.map(|(_, text)| text.as_str()).collect()
        };
        assert_eq!(of(NgramKind::Word), ["red", "ant"]);
        assert_eq!(of(NgramKind::Pair), ["red ant"]);
        assert_eq!(
            of(NgramKind::Part)[..5],
            [" re", "red", "ed ", " red", "red "]
        );
    }
}
