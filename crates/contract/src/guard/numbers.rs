//! Columns of numbers that are no measures: cards and telephones that a sender did not quote.
//!
//! A number has no mark that could stand for it, so it becomes null. Since any tenth number holds to
//! Luhn's rule, numbers that no name explains are taken for cards only where all long ones of a batch
//! are.

use crate::personal::{Finding, Kinds, PersonalKind, Seeking, find, is_card};
use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use std::sync::Arc;

/// Numbers with fewer digits are nobody's.
const LEAST: i64 = 1_000_000;
/// Numbers from here on may be cards.
const CARD_LEAST: i64 = 10_000_000_000_000;

/// Rows that look personal, and as what.
pub(crate) fn search(array: &ArrayRef, kinds: Kinds, name: &str) -> Vec<(usize, PersonalKind)> {
    if !any_is_long(array) {
        return Vec::new();
    }
    let seeking = Seeking::new(kinds, name);
    let mut found = Vec::new();
    let (mut long, mut cards) = (0usize, 0usize);
    let mut look = |row: usize, value: i64| {
        if value < LEAST {
            return;
        }
        let is_long = value >= CARD_LEAST;
        long += usize::from(is_long);
        if is_long && kinds.has(PersonalKind::Card) && is_card_number(value) {
            cards += 1;
            found.push((row, PersonalKind::Card));
        } else if seeking.is_named()
            && let Some(kind) = named(value, seeking)
        {
            found.push((row, kind));
        }
    };
    match array.data_type() {
        DataType::Int64 => {
            let values = array.as_primitive::<Int64Type>().values();
            for (row, value) in values.iter().enumerate() {
                look(row, *value);
            }
        }
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>().values();
            for (row, value) in values.iter().enumerate() {
                look(row, whole(*value));
            }
        }
        _ => {}
    }
    if cards < long {
        found.retain(|(_, kind)| *kind != PersonalKind::Card);
    }
    found
}

/// Whether any number has enough digits to be somebody's. Without a branch for each value.
fn any_is_long(array: &ArrayRef) -> bool {
    match array.data_type() {
        DataType::Int64 => {
            let values = array.as_primitive::<Int64Type>().values();
            values.iter().fold(false, |any, x| any | (*x >= LEAST))
        }
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>().values();
            let least = LEAST as f64;
            values.iter().fold(false, |any, x| any | (*x >= least))
        }
        _ => false,
    }
}

/// The column with nulls in the rows found; `None` if it cannot be made. It is made anew: a null that is only marked
/// as one keeps its value beside the mark, and is written with it.
pub(crate) fn hide(array: &ArrayRef, found: &[(usize, PersonalKind)]) -> Option<ArrayRef> {
    let mut hidden = vec![false; array.len()];
    for (row, _) in found {
        *hidden.get_mut(*row)? = true;
    }
    match array.data_type() {
        DataType::Int64 => Some(without(array.as_primitive::<Int64Type>(), &hidden)),
        DataType::Float64 => Some(without(array.as_primitive::<Float64Type>(), &hidden)),
        _ => None,
    }
}

fn without<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>, hidden: &[bool]) -> ArrayRef {
    let left = array.iter().zip(hidden);
    let left = left.map(|(value, hidden)| value.filter(|_| !hidden));
    Arc::new(PrimitiveArray::<T>::from_iter(left))
}

/// A float as an integer, 0 if it is none.
fn whole(value: f64) -> i64 {
    let far = value.abs() >= 9e15 || value.fract() != 0.0 || !value.is_finite();
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
    if far { 0 } else { value as i64 }
}

/// Whether a number from zero on is a card's.
pub(crate) fn is_card_number(value: i64) -> bool {
    let text = value.to_string();
    let digits: Vec<u8> = text.bytes().map(|b| b - b'0').collect();
    is_card(&digits)
}

/// What a number is that stands in a field whose name says something.
fn named(value: i64, seeking: Seeking) -> Option<PersonalKind> {
    let text = value.to_string();
    let mut kind = None;
    find(
        text.as_bytes(),
        seeking,
        |Finding {
             kind: found,
             from,
             to,
         }| {
            if from == 0 && to == text.len() {
                kind = Some(found);
            }
        },
    );
    kind
}
