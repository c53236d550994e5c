//! Finds likely personal data in text and masks it.
//!
//! A form alone is rarely enough: where a kind of number carries check digits they must hold, and
//! numbers that any counter could have produced need a word before them that says what they are.
//! Everything hangs on digits and `@`, so text without either is only skimmed.
//!
//! What is looked for, and by which rule:
//!
//! | kind | form |
//! | --- | --- |
//! | `email` | RFC 5321 addresses with a domain of two labels or more; `@` also as `%40`, `\u0040`, `&#64;` |
//! | `phone` | `+` and a calling code of ITU-T E.164; 212-555-0123 (NANP); trunk 0 with groups; plain digits after "tel" and the like |
//! | `card` | 14 to 19 digits that begin like a scheme's numbers (ISO/IEC 7812) and hold to Luhn's rule |
//! | `iban` | ISO 13616: country, its length, modulus 97 |
//! | `national_id` | see [`national`] |
//! | `ip` | IPv4 and IPv6, only where a policy asks for it |

mod checks;
mod digits;
mod email;
mod iban;
mod ip;
pub(crate) mod national;
mod phone;
mod words;

#[cfg(test)]
mod tests;

use digits::Sequence;
pub(crate) use digits::is_card;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A kind of personal data that can be told by its form.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PersonalKind {
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// The number of a payment card.
    Card,
    /// An international bank account number.
    Iban,
    /// A number by which a state knows a person.
    NationalId,
    /// An address of the Internet Protocol.
    Ip,
}

impl PersonalKind {
    /// All kinds.
    pub const ALL: [PersonalKind; 6] = [
        PersonalKind::Email,
        PersonalKind::Phone,
        PersonalKind::Card,
        PersonalKind::Iban,
        PersonalKind::NationalId,
        PersonalKind::Ip,
    ];

    /// The word in marks, figures and policies, e.g. `national_id`.
    pub const fn name(self) -> &'static str {
        match self {
            PersonalKind::Email => "email",
            PersonalKind::Phone => "phone",
            PersonalKind::Card => "card",
            PersonalKind::Iban => "iban",
            PersonalKind::NationalId => "national_id",
            PersonalKind::Ip => "ip",
        }
    }

    /// What is written instead of the datum, e.g. `[email]`.
    pub const fn mark(self) -> &'static str {
        match self {
            PersonalKind::Email => "[email]",
            PersonalKind::Phone => "[phone]",
            PersonalKind::Card => "[card]",
            PersonalKind::Iban => "[iban]",
            PersonalKind::NationalId => "[national_id]",
            PersonalKind::Ip => "[ip]",
        }
    }
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kinds(u8);

impl Kinds {
    /// What is looked for unless a policy says otherwise: addresses of machines are left alone.
    pub(crate) const DEFAULT: Kinds = Kinds(0b01_1111);
    pub(crate) fn of(kinds: &[PersonalKind]) -> Self {
        Kinds(kinds.iter().fold(0, |set, kind| set | 1 << *kind as u8))
    }

    /// The kinds of either.
    pub(crate) fn union(self, other: Self) -> Self {
        Kinds(self.0 | other.0)
    }

    pub(crate) fn has(self, kind: PersonalKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }
}

/// A stretch of text that looks personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) kind: PersonalKind,
    /// First byte.
    pub(crate) from: usize,
    /// The byte after the last.
    pub(crate) to: usize,
}

/// How often each kind was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts([u64; 6]);

impl Counts {
    pub(crate) fn add(&mut self, kind: PersonalKind) {
        self.0[kind as usize] += 1;
    }

    /// Adds what `other` counted.
    pub fn merge(&mut self, other: &Counts) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }

    /// All kinds together.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The kinds that were found, with how often.
    pub fn iter(&self) -> impl Iterator<Item = (PersonalKind, u64)> + '_ {
        let all = PersonalKind::ALL.into_iter().zip(self.0);
        all.filter(|(_, count)| *count > 0)
    }
}

/// What is known of a text besides itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seeking {
    pub(crate) kinds: Kinds,
    /// The text's name says that it holds telephone numbers.
    phone: bool,
    /// The text's name says that it holds numbers of persons.
    national_id: bool,
}

impl Seeking {
    /// Looks for `kinds` in text that is called `name`.
    pub(crate) fn new(kinds: Kinds, name: &str) -> Self {
        Self {
            kinds,
            phone: words::name_phone(name.as_bytes()),
            national_id: words::name_person(name.as_bytes()),
        }
    }

    /// Whether the text's name says what it holds.
    pub(crate) fn is_named(self) -> bool {
        self.phone || self.national_id
    }
}

const LANE: usize = 32;
const NEAR: usize = 12;

fn is_anchor(byte: u8) -> bool {
    byte.wrapping_sub(b'0') < 10 || byte == b'@'
}

/// The next byte from `from` on that anything personal could hang on. A few bytes are looked at one by
/// one, since in text full of numbers the next is near; then whole lanes without a branch for each
/// byte, which compilers turn into vector instructions.
pub(crate) fn next_anchor(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let near = rest.iter().take(NEAR);
    if let Some(n) = near.copied().position(is_anchor) {
        return Some(from + n);
    }
    let mut at = from + NEAR.min(rest.len());
    while let Some(lane) = bytes.get(at..).and_then(<[u8]>::first_chunk::<LANE>) {
        let hit = lane
            .iter()
            .fold(0, |hit, &byte| hit | u8::from(is_anchor(byte)));
        if hit != 0 {
            break;
        }
        at += LANE;
    }
    let rest = bytes.get(at..)?;
    rest.iter()
        .position(|&byte| is_anchor(byte))
        .map(|n| at + n)
}

/// Hands out what looks personal in `text`, in order and without overlap.
pub(crate) fn find(text: &[u8], seeking: Seeking, mut found: impl FnMut(Finding)) {
    let (mut at, mut floor) = (0, 0);
    while let Some(anchor) = next_anchor(text, at) {
        let (hit, next) = look(text, anchor, floor, seeking);
        match hit {
            Some(finding) if seeking.kinds.has(finding.kind) => {
                found(finding);
                floor = finding.to;
                at = finding.to.max(anchor + 1);
            }
            _ => at = next.max(anchor + 1),
        }
    }
}

/// What hangs on the anchor at `at`, if anything, and where to go on if nothing. Nothing may begin
/// before `floor`.
fn look(text: &[u8], at: usize, floor: usize, seeking: Seeking) -> (Option<Finding>, usize) {
    let hit = |kind| move |(from, to)| Finding { kind, from, to };
    if let Some(sign) = email::at_sign(text, at) {
        let found = email::around(text, sign.clone(), floor).map(hit(PersonalKind::Email));
        return (found, sign.end);
    }
    if seeking.kinds.has(PersonalKind::Ip)
        && let Some(found) = ip::around(text, at, floor)
    {
        return (Some(hit(PersonalKind::Ip)(found)), at + 1);
    }
    if let Some(next) = digits::inside_coded(text, at) {
        return (None, next);
    }
    if text[..at].last().is_some_and(u8::is_ascii_alphanumeric) {
        let token = digits::token(text, at, floor);
        if token.start < at {
            let found = iban::at(text, &token)
                .map(hit(PersonalKind::Iban))
                .or_else(|| national::lettered(text, &token).map(hit(PersonalKind::NationalId)));
            return (found, token.end);
        }
    }
    if let Some(next) = digits::plain(text, at) {
        return (None, next);
    }
    let sequence = Sequence::read(text, at);
    if sequence.is_empty() {
        return (None, sequence.end());
    }
    let person = || seeking.national_id || words::before_person(&text[..at]);
    let dialled = || seeking.phone || words::before_phone(&text[..at]);
    let found = digits::card(text, &sequence)
        .map(hit(PersonalKind::Card))
        .or_else(|| national::numbered(text, &sequence, person).map(hit(PersonalKind::NationalId)))
        .or_else(|| phone::at(text, &sequence, floor, dialled).map(hit(PersonalKind::Phone)));
    (found, sequence.end())
}

/// Whether an e-mail address is in it.
pub(crate) fn holds_address(text: &[u8]) -> bool {
    let address = |at: usize| email::around(text, at..at + 1, 0).is_some();
    memchr::memchr_iter(b'@', text).any(address)
}

/// Whether it is a bank account's number and nothing else.
pub(crate) fn is_account(id: &[u8]) -> bool {
    iban::at(id, &(0..id.len())).is_some_and(|(_, to)| to == id.len())
}

/// Whether it is a UUID and nothing else: random, whatever numbers may be seen in it.
pub(crate) fn is_uuid(text: &[u8]) -> bool {
    let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let sound = |(at, byte): (usize, &u8)| match dash(at) {
        true => *byte == b'-',
        false => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.iter().enumerate().all(sound)
}

/// `text` with marks instead of what looks personal, and what was found. Borrows if nothing was.
/// In text that is JSON a bare number becomes a quoted mark, so that it stays JSON.
pub(crate) fn mask<'t>(text: &'t str, seeking: Seeking, counts: &mut Counts) -> Cow<'t, str> {
    let mut out: Option<String> = None;
    let mut done = 0;
    let mut json = JsonPlace::new(text.as_bytes());
    find(text.as_bytes(), seeking, |finding| {
        counts.add(finding.kind);
        let out = out.get_or_insert_with(|| String::with_capacity(text.len() + 32));
        // Findings begin and end at ASCII bytes or at the ends of letters.
        out.push_str(text.get(done..finding.from).unwrap_or_default());
        let quote = json.is_bare(finding.from);
        out.extend(quote.then_some('"'));
        out.push_str(finding.kind.mark());
        out.extend(quote.then_some('"'));
        done = finding.to;
    });
    match out {
        Some(mut out) => {
            out.push_str(text.get(done..).unwrap_or_default());
            Cow::Owned(out)
        }
        None => Cow::Borrowed(text),
    }
}

/// Tells whether places in a text that is JSON lie outside its strings. They are asked for in order,
/// so that a text full of findings is walked once.
pub(crate) struct JsonPlace<'t> {
    text: &'t [u8],
    at: usize,
    quoted: bool,
}

impl<'t> JsonPlace<'t> {
    pub(crate) fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            at: 0,
            quoted: false,
        }
    }

    pub(crate) fn is_bare(&mut self, place: usize) -> bool {
        if !matches!(self.text.first(), Some(b'{' | b'[')) {
            return false;
        }
        while self.at < place {
            match self.text[self.at] {
                b'\\' if self.quoted => self.at += 1,
                b'"' => self.quoted = !self.quoted,
                _ => {}
            }
            self.at += 1;
        }
        !self.quoted
    }
}
