//! What became of a fleet's traffic.

use crate::terminal;
use candor_contract::Kind;
use candor_sdk::Reply;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Events by model and kind.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counts: BTreeMap<(String, Kind), Counts>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    accepted: u64,
    duplicates: u64,
    rejected: u64,
}

impl Counts {
    fn events(self) -> u64 {
        self.accepted + self.duplicates + self.rejected
    }
}

impl Tally {
    /// Notes a server's reply; the first rejection of a model and kind is told.
    pub(crate) fn add(&mut self, model: &str, kind: Kind, reply: &Reply) {
        let counts = self.counts.entry((model.to_owned(), kind)).or_default();
        if let (0, Some(first)) = (counts.rejected, reply.rejected.first()) {
            terminal::note(&format!(
                "warning[{}]: {} of {model} were rejected: {}\n  what   they are in the quarantine; the others were stored",
                first.code,
                kind.table(),
                terminal::clean(&first.message),
            ));
        }
        counts.accepted += reply.accepted;
        counts.duplicates += reply.duplicates;
        counts.rejected += reply.rejected_count;
    }

    /// Notes rows that were written to a file.
    pub(crate) fn wrote(&mut self, model: &str, kind: Kind, rows: u64) {
        let counts = self.counts.entry((model.to_owned(), kind)).or_default();
        counts.accepted += rows;
    }

    /// All events so far.
    pub(crate) fn events(&self) -> u64 {
        self.counts.values().map(|c| c.events()).sum()
    }

    /// Events that the server rejected.
    pub(crate) fn rejected(&self) -> u64 {
        self.counts.values().map(|c| c.rejected).sum()
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let tables = self.counts.iter().map(|((model, kind), counts)| {
            json!({
                "model": model, "table": kind.table(), "accepted": counts.accepted,
                "duplicates": counts.duplicates, "rejected": counts.rejected,
            })
        });
        tables.collect()
    }

    /// For eyes: a line a model, a column a kind.
    pub(crate) fn table(&self) -> String {
        let kinds = Kind::ALL.map(|kind| kind.table().to_owned());
        let header: Vec<String> = ["model".to_owned()].into_iter().chain(kinds).collect();
        let mut models: Vec<&str> = self.counts.keys().map(|(model, _)| &**model).collect();
        models.dedup();
        let row = |model: &str| -> Vec<Value> {
            let count = |kind| {
                let counts = self.counts.get(&(model.to_owned(), kind));
                counts.map_or(Value::Null, |c| json!(c.events()))
            };
            let counts = Kind::ALL.into_iter().map(count);
            [json!(model)].into_iter().chain(counts).collect()
        };
        let rows: Vec<Vec<Value>> = models.into_iter().map(row).collect();
        terminal::table(&header, &rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted_by_model_and_kind() {
        let mut tally = Tally::default();
        let reply = Reply {
            accepted: 7,
            duplicates: 2,
            rejected_count: 1,
            ..Reply::default()
        };
        tally.add("b", Kind::Prediction, &reply);
        tally.add("b", Kind::Prediction, &reply);
        tally.wrote("a", Kind::Change, 3);
        assert_eq!((tally.events(), tally.rejected()), (23, 2));
        let table = tally.table();
        let words: Vec<Vec<&str>> = table
            .lines()
            .map(|l| l.split_whitespace().collect())
            .collect();
        assert_eq!(words[0][..3], ["model", "predictions", "outcomes"]);
        assert_eq!(words[1], ["a", "·", "·", "·", "·", "·", "3"]);
        assert_eq!(words[2], ["b", "20", "·", "·", "·", "·", "·"]);
        assert_eq!(tally.json()[1]["duplicates"], 4);
    }
}
