//! `candor tune`.

mod own;
mod show;

use super::backtest::{transitions, watched};
use super::incidents::Incidents;
use crate::failure::{Failure, Outcome, Verdict};
use crate::target::Target;
use crate::terminal::{self, Output};
use candor_monitor::Window;
use candor_monitor::hindsight::{Known, Told};
use candor_monitor::tuning::{FACTORS, Proposal, Tried, Verified, propose, verified};
use candor_sdk::Client;
use clap::Args;
use own::{Own, objects, restored};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

const EXAMPLE: &str = "Examples:
  candor tune credit-risk
  candor tune credit-risk --write tuned.yaml && candor diff -f tuned.yaml
  candor tune credit-risk --incident 2026-11-10T02:00:00Z/2026-11-10T14:00:00Z --output json

Runs the model's monitors over its history at several sensitivities. What people said of its alerts
(`candor alert verdict`) and the incidents named here say which alerts were right and which were false; those that
nobody judged are shown apart. For each monitor it proposes what should matter so that all incidents stay found
with the fewest false alarms, and holds all proposals together against one more run.";

/// Runs that hold proposals together against history, at most.
const VERIFIED_MAX: usize = 3;

/// Propose how sensitive each of a model's monitors should be, from its history
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Tune {
    /// The model
    model: String,
    #[command(flatten)]
    incidents: Incidents,
    /// Write the proposed Monitors to this file, ready for `candor apply`
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    #[command(flatten)]
    target: Target,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

/// What came of it.
struct Tuned {
    known: Known,
    watched: Window,
    monitors: BTreeMap<String, Own>,
    tried: Vec<Tried>,
    /// Those that hold together.
    proposals: Vec<Proposal>,
    /// The run of all of them; empty if there is none.
    together: Vec<Told>,
    /// How many there were that did not hold together.
    dropped: usize,
}

impl Tune {
    pub(crate) fn run(self) -> Outcome {
        let (tuned, objects) = self.target.with_client(|client| {
            let tuned = self.tune(client)?;
            let objects = match &self.write {
                Some(_) => objects(client, &tuned)?,
                None => Vec::new(),
            };
            Ok((tuned, objects))
        })?;
        let written = match &self.write {
            Some(file) if !objects.is_empty() => {
                let text = own::yaml(&self.model, &objects)?;
                std::fs::write(file, text).map_err(|e| Failure::file(file, &e))?;
                Some(file.display().to_string())
            }
            _ => None,
        };
        match self.output {
            Output::Json => {
                let mut out = show::as_json(&tuned);
                out["model"] = json!(self.model);
                out["written"] = json!(written);
                terminal::say_json(&out);
            }
            Output::Table => {
                let mut out = show::page(&tuned);
                match (&self.write, written) {
                    (_, Some(file)) => {
                        out.push_str(&format!("\nwritten to {file}: candor apply -f {file}"));
                    }
                    (Some(_), None) => out.push_str("\nnothing is written"),
                    (None, None) => {}
                }
                terminal::say(&out);
            }
        }
        Ok(Verdict::Good)
    }

    fn tune(&self, client: &Client) -> Result<Tuned, Failure> {
        let known = self.incidents.known(client, &self.model)?;
        let bar = terminal::progress(FACTORS.len() as u64 + 1);
        let usual = client.backtest(&json!({"model": self.model}))?;
        let present = Told::of(&transitions(&usual)?);
        let monitors = Own::all(&usual, &present);
        let mut tried = Vec::new();
        for factor in FACTORS {
            let told = if (factor - 1.0).abs() < 1e-9 {
                present.clone()
            } else {
                let changes = monitors.values().map(|own| (own, factor));
                self.played(client, changes)?
            };
            tried.push(Tried { factor, told });
            bar.inc(1);
        }
        let tunable: BTreeSet<String> = monitors.keys().cloned().collect();
        let first = propose(&tried, &known, &tunable);
        let mut tuned = Tuned {
            watched: watched(&usual),
            known,
            monitors,
            tried,
            dropped: first.len(),
            proposals: Vec::new(),
            together: Vec::new(),
        };
        self.verify(client, first, &mut tuned)?;
        bar.finish_and_clear();
        Ok(tuned)
    }

    /// Keeps those proposals that hold together, in one more run or a few.
    fn verify(
        &self,
        client: &Client,
        mut proposals: Vec<Proposal>,
        tuned: &mut Tuned,
    ) -> Result<(), Failure> {
        for _ in 0..VERIFIED_MAX {
            let now = tuned.tried.iter().find(|t| (t.factor - 1.0).abs() < 1e-9);
            let Some(now) = now.filter(|_| !proposals.is_empty()) else {
                return Ok(());
            };
            let changes = proposals
                .iter()
                .filter_map(|p| Some((tuned.monitors.get(&p.monitor)?, p.factor)));
            let then = self.played(client, changes)?;
            match verified(now, &then, &proposals, &tuned.known) {
                Verified::Better => {
                    tuned.dropped -= proposals.len();
                    tuned.proposals = proposals;
                    tuned.together = then;
                    return Ok(());
                }
                Verified::Without(left) => proposals = left,
                Verified::NotBetter => return Ok(()),
            }
        }
        Ok(())
    }

    /// A run with other sensitivities of some monitors; these keep their own names in what it tells.
    fn played<'a>(
        &self,
        client: &Client,
        changes: impl Iterator<Item = (&'a Own, f64)>,
    ) -> Result<Vec<Told>, Failure> {
        let mut names = BTreeMap::new();
        let mut monitors: Vec<Value> = Vec::new();
        for (own, factor) in changes {
            names.insert(own.object_name.clone(), own.name.clone());
            monitors.push(json!(own.at(factor)));
        }
        let asked = json!({"model": self.model, "monitors": monitors});
        let told = transitions(&client.backtest(&asked)?)?;
        Ok(restored(Told::of(&told), &names))
    }
}
