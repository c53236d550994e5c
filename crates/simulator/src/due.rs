//! What follows predictions later: outcomes, effects, feedback.

use crate::frame::{Frame, Values};
use crate::model::{Effect, OutcomeColumn, Verdict};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Something that is told of a prediction at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Due<T> {
    pub(crate) time_us: i64,
    /// The prediction's id, which is also the event's: each kind tells once of a prediction.
    pub(crate) id: u128,
    pub(crate) what: T,
}

impl<T> Due<T> {
    fn key(&self) -> (i64, u128) {
        (self.time_us, self.id)
    }
}

impl<T> PartialEq for Due<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Due<T> {}

impl<T> PartialOrd for Due<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Due<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// What a person says of a prediction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Said {
    pub(crate) verdict: &'static str,
    pub(crate) stars: Option<f64>,
    pub(crate) comment: Option<&'static str>,
    pub(crate) by: &'static str,
}

/// What is still to come, earliest first.
#[derive(Debug)]
pub(crate) struct Queue<T>(BinaryHeap<Reverse<Due<T>>>);

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self(BinaryHeap::new())
    }
}

impl<T> Queue<T> {
    pub(crate) fn push(&mut self, due: Due<T>) {
        self.0.push(Reverse(due));
    }

    /// What comes before `to_us`, by time.
    pub(crate) fn take_before(&mut self, to_us: i64) -> Vec<Due<T>> {
        let mut taken = Vec::new();
        while self
            .0
            .peek()
            .is_some_and(|Reverse(due)| due.time_us < to_us)
        {
            taken.extend(self.0.pop().map(|Reverse(due)| due));
        }
        taken
    }

    /// Leaves out what follows predictions from a millisecond on.
    fn forget_from(&mut self, from_ms: u64) {
        self.0.retain(|Reverse(due)| made_ms(due.id) < from_ms);
    }

    /// Takes over what follows predictions from a millisecond on.
    fn take_from(&mut self, mut other: Self, from_ms: u64) {
        other.0.retain(|Reverse(due)| made_ms(due.id) >= from_ms);
        self.0.append(&mut other.0);
    }
}

/// The millisecond of a prediction, which its id tells.
fn made_ms(id: u128) -> u64 {
    (id >> 80) as u64
}

/// All that is still to come of one model.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    pub(crate) outcomes: Queue<Verdict>,
    pub(crate) effects: Queue<Effect>,
    pub(crate) feedback: Queue<Said>,
}

impl Pending {
    /// What follows predictions from a millisecond on comes from `anew`, not from here.
    pub(crate) fn replace_from(&mut self, anew: Self, from_ms: u64) {
        self.outcomes.forget_from(from_ms);
        self.effects.forget_from(from_ms);
        self.feedback.forget_from(from_ms);
        self.outcomes.take_from(anew.outcomes, from_ms);
        self.effects.take_from(anew.effects, from_ms);
        self.feedback.take_from(anew.feedback, from_ms);
    }
}

/// The text of an id: a UUID.
pub(crate) fn uuid(id: u128) -> String {
    let (high, low) = ((id >> 64) as u64, id as u64);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

/// A UUIDv7 of an instant.
pub(crate) fn uuid_v7(at_us: i64, bits: (u64, u64)) -> u128 {
    let millis = u128::from(at_us.div_euclid(1_000).unsigned_abs()) & 0xffff_ffff_ffff;
    let high = (millis << 16) | 0x7000 | u128::from(bits.0 & 0xfff);
    let low = (2u64 << 62) | (bits.1 >> 2);
    (high << 64) | u128::from(low)
}

fn heads<T>(due: &[Due<T>]) -> Frame {
    let mut frame = Frame::default();
    let ids: Vec<String> = due.iter().map(|d| uuid(d.id)).collect();
    frame.set("time", Values::times(due.iter().map(|d| d.time_us)));
    frame.set("id", Values::words(ids.iter().cloned()));
    frame.set("prediction_id", Values::words(ids));
    frame
}

/// Outcomes as rows.
pub(crate) fn outcomes(due: &[Due<Verdict>], column: OutcomeColumn) -> Frame {
    let mut frame = heads(due);
    let words = || {
        Values::words(due.iter().map(|d| match d.what {
            Verdict::Class(word) => word,
            Verdict::Number(_) => "",
        }))
    };
    let numbers = || {
        Values::numbers(due.iter().map(|d| match d.what {
            Verdict::Number(x) => x,
            Verdict::Class(_) => 0.0,
        }))
    };
    match column {
        OutcomeColumn::Class => frame.set("class", words()),
        OutcomeColumn::Value => frame.set("value", numbers()),
        OutcomeColumn::Relevance => frame.set("relevance", numbers()),
    }
    frame
}

/// Effects as rows.
pub(crate) fn effects(due: &[Due<Effect>]) -> Frame {
    let mut frame = heads(due);
    frame.set("name", Values::words(due.iter().map(|d| d.what.name)));
    frame.set("value", Values::numbers(due.iter().map(|d| d.what.value)));
    frame.set("unit", Values::words(due.iter().map(|d| d.what.unit)));
    frame
}

/// Feedback as rows.
pub(crate) fn feedback(due: &[Due<Said>]) -> Frame {
    let mut frame = heads(due);
    frame.set("verdict", Values::words(due.iter().map(|d| d.what.verdict)));
    let stars = due.iter().map(|d| d.what.stars).collect();
    frame.set("score", Values::Number(stars));
    let comments = due.iter().map(|d| d.what.comment.map(Into::into)).collect();
    frame.set("comment", Values::Word(comments));
    frame.set("by", Values::words(due.iter().map(|d| d.what.by)));
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_comes_by_time_and_once() {
        let mut queue = Queue::default();
        for (time_us, id) in [(5, 1), (3, 9), (3, 2), (8, 0)] {
            queue.push(Due {
                time_us,
                id,
                what: Verdict::Number(0.0),
            });
        }
        let mut keys = |to| {
            let taken = queue.take_before(to);
            taken.iter().map(Due::key).collect::<Vec<_>>()
        };
        assert_eq!(keys(3), []);
        assert_eq!(keys(6), [(3, 2), (3, 9), (5, 1)]);
        assert_eq!(keys(9), [(8, 0)]);
    }

    #[test]
    fn ids_are_version_7_uuids_of_their_time() {
        let at_us = 1_767_225_600_000_000;
        let id = uuid(uuid_v7(at_us, (u64::MAX, 5)));
        let millis = i64::from_str_radix(&id[..13].replace('-', ""), 16).unwrap();
        assert_eq!(millis, at_us / 1_000);
        assert_eq!((id.len(), &id[14..15]), (36, "7"));
        assert!(matches!(&id[19..20], "8" | "9" | "a" | "b"), "{id}");
    }
}
