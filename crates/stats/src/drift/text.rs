//! Drift of texts.

mod classifier;
mod descriptors;
mod language;
mod ngrams;

pub use classifier::{TEXT_ROWS_MAX, TellingNgram, TextDomain, TextPlan, text_domain};
pub use descriptors::{Descriptors, Vocabulary};
pub use language::language;
pub use ngrams::{NgramKind, TEXT_CHARACTERS_MAX};
