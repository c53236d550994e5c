//! The promise as a function, for the simulator, the crash test and the doctor alike.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

/// How a store broke its promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Breach<T> {
    /// Acknowledged, but not found.
    Lost(T),
    /// Found more than once: how often.
    Repeated(T, usize),
}

/// Checks that every acknowledged item was found, and nothing twice. Items that were sent but not
/// acknowledged may be there once or not at all. Returns every breach, lost ones first.
pub fn each_once<T: Eq + Hash + Debug>(
    acknowledged: impl IntoIterator<Item = T>,
    found: impl IntoIterator<Item = T>,
) -> Vec<Breach<T>> {
    let mut counts: HashMap<T, usize> = HashMap::new();
    for item in found {
        *counts.entry(item).or_default() += 1;
    }
    let mut breaches: Vec<_> = acknowledged
        .into_iter()
        .filter(|item| !counts.contains_key(item))
        .map(Breach::Lost)
        .collect();
    let repeated = counts.into_iter().filter(|(_, count)| *count > 1);
    breaches.extend(repeated.map(|(item, count)| Breach::Repeated(item, count)));
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case = (&'static [u8], &'static [u8], Vec<Breach<&'static u8>>);

    #[test]
    fn each_kind_of_breach_is_found() {
        let cases: [Case; 5] = [
            (&[], &[], vec![]),
            (&[1], &[1], vec![]),
            (&[1], &[1, 2], vec![]),
            (&[1], &[2], vec![Breach::Lost(&1)]),
            (&[1], &[2, 1, 2], vec![Breach::Repeated(&2, 2)]),
        ];
        for (acknowledged, found, breaches) in cases {
            assert_eq!(each_once(acknowledged, found), breaches);
        }
    }
}
