//! The script of a text and, where function words tell, its language.

use super::ngrams::words;

/// Function words of languages in Latin letters. A word in several lists counts for each.
const LATIN: [(&str, &[&str]); 8] = [
    (
        "en",
        &[
            "the", "and", "of", "to", "is", "in", "that", "it", "for", "was", "with", "you",
            "this", "are", "not", "have", "but", "they", "my", "i", "be", "from", "what", "will",
        ],
    ),
    (
        "de",
        &[
            "der", "die", "und", "das", "ist", "nicht", "ein", "eine", "zu", "den", "mit", "ich",
            "es", "auf", "für", "dem", "von", "sie", "auch", "wir", "im", "sich", "wie", "aber",
        ],
    ),
    (
        "fr",
        &[
            "le", "la", "les", "et", "de", "des", "un", "une", "est", "que", "pour", "dans", "pas",
            "je", "il", "nous", "vous", "du", "au", "avec", "ce", "sur", "qui", "ne",
        ],
    ),
    (
        "es",
        &[
            "el", "la", "los", "las", "y", "de", "que", "en", "un", "una", "es", "no", "por",
            "con", "para", "se", "del", "lo", "como", "más", "pero", "su", "está", "muy",
        ],
    ),
    (
        "it",
        &[
            "il", "la", "di", "che", "e", "è", "un", "una", "non", "per", "con", "sono", "del",
            "della", "gli", "le", "si", "come", "ma", "più", "anche", "questo", "nel", "lo",
        ],
    ),
    (
        "pt",
        &[
            "o", "os", "as", "e", "de", "que", "em", "um", "uma", "não", "para", "com", "do", "da",
            "dos", "no", "na", "por", "mais", "é", "se", "como", "mas", "você",
        ],
    ),
    (
        "nl",
        &[
            "de", "het", "een", "en", "van", "is", "niet", "dat", "te", "op", "ik", "voor", "met",
            "zijn", "er", "maar", "ook", "aan", "bij", "wat", "je", "naar", "dit", "wij",
        ],
    ),
    (
        "pl",
        &[
            "i", "w", "nie", "na", "się", "z", "jest", "to", "że", "do", "jak", "ale", "co", "tak",
            "po", "czy", "od", "są", "dla", "przez", "było", "tego", "oraz", "już",
        ],
    ),
];

/// Scripts by their ranges of characters; the names of those with one main language are that language's.
const SCRIPTS: [(&str, &[(u32, u32)]); 10] = [
    (
        "latin",
        &[(0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F), (0x1E00, 0x1EFF)],
    ),
    ("cyrillic", &[(0x400, 0x52F)]),
    ("greek", &[(0x370, 0x3FF), (0x1F00, 0x1FFF)]),
    ("arabic", &[(0x600, 0x6FF), (0x750, 0x77F)]),
    ("hebrew", &[(0x590, 0x5FF)]),
    ("devanagari", &[(0x900, 0x97F)]),
    ("thai", &[(0xE00, 0xE7F)]),
    ("ja", &[(0x3040, 0x30FF)]),
    ("ko", &[(0x1100, 0x11FF), (0xAC00, 0xD7AF)]),
    (
        "han",
        &[(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x3FFFF)],
    ),
];
const LATIN_AT: usize = 0;
const KANA_AT: usize = 7;
const HAN_AT: usize = 9;

/// The language of a text as its two letters (`en`, `de`, `fr`, `es`, `it`, `pt`, `nl`, `pl`, `ja`, `ko`), or
/// only its script where words do not tell: `latin`, `cyrillic`, `greek`, `arabic`, `hebrew`, `devanagari`,
/// `thai`, `han`, `other`; `none` without letters.
///
/// The script is that of most letters. A language in Latin letters is told by function words: at least two
/// of them, an eighth of all words, and more than of any other language. This is meant for shares over many
/// texts, not for the single short one.
pub fn language(text: &str) -> &'static str {
    let Some(script) = script(text) else {
        return "none";
    };
    if script != LATIN_AT {
        return SCRIPTS.get(script).map_or("other", |(name, _)| name);
    }
    let mut hits = [0_usize; LATIN.len()];
    let mut total = 0;
    words(text, &mut String::new(), |word| {
        total += 1;
        for (hits, (_, list)) in hits.iter_mut().zip(LATIN) {
            *hits += usize::from(list.contains(&word));
        }
    });
    let most = hits.iter().copied().max().unwrap_or(0);
    let mut best = hits.iter().zip(LATIN).filter(|(hits, _)| **hits == most);
    match (best.next(), best.next()) {
        (Some((_, (name, _))), None) if most >= 2 && 8 * most >= total => name,
        _ => "latin",
    }
}

/// The place of the commonest script in [`SCRIPTS`], beyond its end for another one; `None` without letters.
fn script(text: &str) -> Option<usize> {
    let mut counts = [0_usize; SCRIPTS.len() + 1];
    for c in text.chars().take(super::TEXT_CHARACTERS_MAX) {
        if c.is_alphabetic() {
            let holds = |(_, ranges): &(&str, &[(u32, u32)])| {
                ranges.iter().any(|(a, b)| (*a..=*b).contains(&(c as u32)))
            };
            counts[SCRIPTS.iter().position(holds).unwrap_or(SCRIPTS.len())] += 1;
        }
    }
    // Japanese is written in both.
    if counts[KANA_AT] > 0 {
        counts[KANA_AT] += std::mem::take(&mut counts[HAN_AT]);
    }
    let most = counts.iter().copied().max().filter(|most| *most > 0)?;
    counts.iter().position(|count| *count == most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_told_by_script_and_function_words() {
        let cases = [
            ("The model is not the one that was trained for this.", "en"),
            (
                "Das Modell ist nicht für diese Daten gemacht, aber es geht.",
                "de",
            ),
            ("Le modèle est dans un état qui ne nous plaît pas.", "fr"),
            (
                "El modelo no es el mismo que en los datos de la muestra.",
                "es",
            ),
            ("Il modello non è più quello che era per gli utenti.", "it"),
            ("O modelo não é o mesmo que os dados do cliente.", "pt"),
            ("Het model is niet voor deze data van het bedrijf.", "nl"),
            ("Model nie jest taki, jak się wydaje, ale to dla nas.", "pl"),
            ("モデルは変わった漢字", "ja"),
            ("模型已经改变", "han"),
            ("모델이 바뀌었다", "ko"),
            ("Модель изменилась", "cyrillic"),
            ("نموذج", "arabic"),
            ("GET /index.html HTTP", "latin"),
            ("12 + 30 = ?", "none"),
            ("", "none"),
            ("ქართული", "other"),
        ];
        for (text, want) in cases {
            assert_eq!(language(text), want, "{text}");
        }
    }
}
