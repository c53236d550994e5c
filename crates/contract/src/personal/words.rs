//! Words before a number, or in a field's name, that say what the number is.

/// Marks that may stand between a number and its word, e.g. `": "`.
const MARKS_MAX: usize = 4;
/// Longest word looked at.
const WORD_MAX: usize = 32;
/// Most words looked at.
const WORDS: usize = 4;

const PHONE: &[&str] = &[
    "tel",
    "telephone",
    "telefon",
    "telefono",
    "telefone",
    "phone",
    "fon",
    "msisdn",
    "fax",
    "whatsapp",
    "mobil",
    "handy",
    "cellphone",
];
const PERSON: &[&str] = &[
    "ssn",
    "sin",
    "tin",
    "bsn",
    "nif",
    "nie",
    "dni",
    "cpf",
    "pesel",
    "nhs",
    "aadhaar",
    "aadhar",
    "tckn",
    "tckimlik",
    "steuerid",
    "idnr",
    "steueridnr",
    "steueridentifikationsnummer",
    "personnummer",
    "fodselsnummer",
    "personalausweis",
    "codicefiscale",
    "nir",
    "insee",
    "svnr",
    "hetu",
    "rijksregisternummer",
    "niss",
    "nss",
    "taxid",
    "nationalid",
    "ahv",
];
/// Pairs of words.
const PERSON_PAIRS: &[(&str, &str)] = &[
    ("tax", "id"),
    ("national", "id"),
    ("social", "security"),
    ("steuer", "id"),
    ("social", "insurance"),
    ("identity", "number"),
    ("personal", "id"),
    ("nhs", "number"),
    ("codice", "fiscale"),
    ("national", "insurance"),
];
/// Words that may stand between.
const FILLERS: &[&str] = &["nr", "no", "number", "num", "nummer", "is", "at", "value"];

/// The last word of a text, and what stands before it.
fn last_word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let marks = text.iter().rev().take(MARKS_MAX + 1);
    let marks = marks.take_while(|b| !b.is_ascii_alphabetic()).count();
    let text = text.get(..text.len() - marks)?;
    let word = text.iter().rev().take(WORD_MAX + 1);
    let letters = word.take_while(|b| b.is_ascii_alphabetic()).count();
    let (before, word) = text.split_at(text.len() - letters);
    (1..=WORD_MAX).contains(&letters).then_some((word, before))
}

fn said(mut text: &[u8], single: &[&str], pairs: &[(&str, &str)]) -> bool {
    let is = |word: &[u8], known: &str| word.eq_ignore_ascii_case(known.as_bytes());
    for _ in 0..WORDS {
        let Some((last, before)) = last_word(text) else {
            return false;
        };
        let pair = |(first, second): &(&str, &str)| {
            is(last, second) && last_word(before).is_some_and(|(word, _)| is(word, first))
        };
        if single.iter().any(|known| is(last, known)) || pairs.iter().any(pair) {
            return true;
        }
        if !FILLERS.iter().any(|known| is(last, known)) {
            return false;
        }
        text = before;
    }
    false
}

/// Whether what stands before says that a telephone number comes.
pub(crate) fn before_phone(text: &[u8]) -> bool {
    said(text, PHONE, &[("mobile", "number")])
}

/// Whether what stands before says that the number of a person comes.
pub(crate) fn before_person(text: &[u8]) -> bool {
    said(text, PERSON, PERSON_PAIRS)
}

fn named(name: &[u8], single: &[&str], pairs: &[(&str, &str)]) -> bool {
    let name = String::from_utf8_lossy(name).to_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_alphabetic()).collect();
    let pair = |w: &[&str]| pairs.contains(&(w[0], w[1]));
    words.iter().any(|w| single.contains(w)) || words.windows(2).any(pair)
}

/// Whether a field's name says that it holds telephone numbers.
pub(crate) fn name_phone(name: &[u8]) -> bool {
    named(name, PHONE, &[("mobile", "number")])
}

/// Whether a field's name says that it holds numbers of persons.
pub(crate) fn name_person(name: &[u8]) -> bool {
    named(name, PERSON, PERSON_PAIRS)
}
