//! What the guard goes by, and what it found: by column, kept in the catalog, until a person decides.

use crate::clock;
use crate::problem::Problem;
use candor_catalog::{Catalog, FINDINGS_MAX, PersonalFinding};
use candor_contract::{Counts, Masked, Part, PersonalKind, Privacy, TableId};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// A column is suspected after this many values that were personal as a whole …
const WHOLE_MIN: u64 = 20;
/// … if they are at least one row of so many.
const ROWS_PER_WHOLE_MAX: u64 = 2;

type Place = (TableId, String);

/// The guard's rules and its ledger.
pub(crate) struct Findings {
    catalog: Catalog,
    /// As specs and policies say it, without suspects.
    declared: Mutex<Privacy>,
    current: RwLock<Arc<Privacy>>,
    ledger: Mutex<HashMap<Place, PersonalFinding>>,
    /// Masked since start, by kind.
    masked: [AtomicU64; PersonalKind::ALL.len()],
}

impl Findings {
    /// The ledger as the catalog holds it.
    pub(crate) async fn load(catalog: &Catalog) -> Result<Self, candor_catalog::Error> {
        let known = catalog.findings().await?;
        let ledger = known
            .into_iter()
            .map(|f| ((f.table.clone(), f.column.clone()), f))
            .collect();
        Ok(Self {
            catalog: catalog.clone(),
            declared: Mutex::default(),
            current: RwLock::default(),
            ledger: Mutex::new(ledger),
            masked: Default::default(),
        })
    }

    /// What the next request is guarded by.
    pub(crate) fn privacy(&self) -> Arc<Privacy> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Takes the rules that specs and policies make.
    pub(crate) fn declare(&self, privacy: Privacy) {
        *self.declared.lock().unwrap_or_else(PoisonError::into_inner) = privacy;
        self.renew();
    }

    fn renew(&self) {
        let suspects: Vec<Place> = {
            let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
            let all = ledger.iter().filter(|(_, f)| f.suspected);
            all.map(|(place, _)| place.clone()).collect()
        };
        let declared = self.declared.lock().unwrap_or_else(PoisonError::into_inner);
        let privacy = Arc::new(declared.clone().with_suspects(suspects));
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = privacy;
    }

    /// Masked since start.
    pub(crate) fn masked(&self) -> impl Iterator<Item = (PersonalKind, &AtomicU64)> {
        PersonalKind::ALL.into_iter().zip(&self.masked)
    }

    /// All findings, by table and column.
    pub(crate) fn all(&self) -> Vec<PersonalFinding> {
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = ledger.values().cloned().collect();
        all.sort_by(|a, b| (&a.table, &a.column).cmp(&(&b.table, &b.column)));
        all
    }

    /// Notes what was masked in rows that were just stored. What is new of a column goes to the
    /// catalog, its growing counts each time they have doubled.
    pub(crate) async fn note(&self, parts: &[Part], masked: &[Masked]) -> Result<(), Problem> {
        if masked.is_empty() && self.is_empty() {
            return Ok(());
        }
        for (kind, count) in masked.iter().flat_map(|m| m.counts.iter()) {
            if let Some(total) = self.masked.get(kind as usize) {
                total.fetch_add(count, Ordering::Relaxed);
            }
        }
        let (changed, suspicion) = self.count(parts, masked, clock::now_us());
        if suspicion {
            self.renew();
        }
        if !changed.is_empty() {
            self.catalog.put_findings(&changed).await?;
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        ledger.is_empty()
    }

    /// Adds to the ledger; the entries worth writing, and whether a column became suspect.
    fn count(
        &self,
        parts: &[Part],
        masked: &[Masked],
        now_us: i64,
    ) -> (Vec<PersonalFinding>, bool) {
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rows: BTreeMap<&TableId, u64> = BTreeMap::new();
        for part in parts {
            *rows.entry(&part.table).or_default() += part.batch.num_rows() as u64;
        }
        let mut news: HashMap<Place, (Counts, u64)> = HashMap::new();
        for m in masked {
            let (counts, whole) = news.entry((m.table.clone(), m.column.clone())).or_default();
            counts.merge(&m.counts);
            *whole += m.whole;
        }
        for ((table, _), finding) in ledger.iter_mut() {
            finding.seen += rows.get(table).copied().unwrap_or(0);
        }
        let (mut changed, mut suspicion) = (Vec::new(), false);
        for (place, (counts, whole)) in news {
            let room = ledger.len() < usize::try_from(FINDINGS_MAX).unwrap_or(usize::MAX);
            if !room && !ledger.contains_key(&place) {
                continue;
            }
            let first_rows = rows.get(&place.0).copied().unwrap_or(0);
            let entry = ledger
                .entry(place.clone())
                .or_insert_with(|| PersonalFinding {
                    table: place.0,
                    column: place.1,
                    kinds: BTreeMap::new(),
                    whole: 0,
                    seen: first_rows,
                    suspected: false,
                    first_us: now_us,
                    last_us: now_us,
                });
            let before = entry.kinds.values().sum::<u64>();
            let known = entry.kinds.len();
            for (kind, count) in counts.iter() {
                *entry.kinds.entry(kind.name().to_owned()).or_default() += count;
            }
            entry.whole += whole;
            entry.last_us = now_us;
            let turned = !entry.suspected && looks_personal(entry);
            entry.suspected |= turned;
            suspicion |= turned;
            let after = before + counts.total();
            let doubled = after.checked_ilog2() != before.checked_ilog2();
            if turned || doubled || entry.kinds.len() != known {
                changed.push(entry.clone());
            }
        }
        (changed, suspicion)
    }
}

/// Whether most of a column's values are personal and nothing else.
fn looks_personal(finding: &PersonalFinding) -> bool {
    let is_field = ["input_", "derived_", "segment_"]
        .iter()
        .any(|prefix| finding.column.starts_with(prefix));
    is_field
        && finding.whole >= WHOLE_MIN
        && finding.whole.saturating_mul(ROWS_PER_WHOLE_MAX) >= finding.seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(column: &str, whole: u64, seen: u64) -> PersonalFinding {
        PersonalFinding {
            table: TableId::Quarantine,
            column: column.to_owned(),
            kinds: BTreeMap::new(),
            whole,
            seen,
            suspected: false,
            first_us: 0,
            last_us: 0,
        }
    }

    #[test]
    fn a_column_is_suspected_when_most_of_it_is_personal() {
        for (column, whole, seen, expected) in [
            ("input_contact", 20, 40, true),
            ("input_contact", 19, 19, false),
            ("input_contact", 20, 41, false),
            // Free text is masked where it must be, and stays text.
            ("comment", 100, 100, false),
            ("output_text", 100, 100, false),
        ] {
            assert_eq!(
                looks_personal(&finding(column, whole, seen)),
                expected,
                "{column} {whole} of {seen}"
            );
        }
    }
}
