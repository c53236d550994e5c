//! `candor drill rehearse`.

use super::history::shown;
use crate::clock;
use crate::failure::{Failure, Outcome, Verdict};
use crate::target::Remote;
use crate::terminal::{self, Output};
use candor_sdk::Client;
use clap::Args;
use serde_json::Value;
use std::time::Duration;

/// How often it looks whether it is over.
const LOOK: Duration = Duration::from_millis(500);

/// Lets a server rehearse a drill now.
#[derive(Debug, Args)]
pub(super) struct Rehearse {
    /// The drill, by its scenario's name
    #[arg(value_name = "DRILL")]
    drill: String,
    /// Do not wait until it is over
    #[arg(long)]
    no_wait: bool,
    /// Longest wait, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    patience: u64,
    #[command(flatten)]
    remote: Remote,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Rehearse {
    pub(super) fn run(self) -> Outcome {
        let client = self.remote.client();
        let before = self.newest(&client)?;
        let asked = client.rehearse(&self.drill)?;
        if self.no_wait {
            match self.output {
                Output::Json => terminal::say_json(&asked),
                Output::Table => terminal::say(&format!("{} is asked for", self.drill)),
            }
            return Ok(Verdict::Good);
        }
        let run = self.wait(&client, before.as_ref())?;
        let passed = run["passed"] == true;
        match self.output {
            Output::Json => terminal::say_json(&run),
            Output::Table => terminal::say(&shown(&[run])),
        }
        Ok(if passed { Verdict::Good } else { Verdict::Bad })
    }

    fn newest(&self, client: &Client) -> Result<Option<Value>, Failure> {
        Ok(client.drills(Some(&self.drill), 1)?.into_iter().next())
    }

    fn wait(&self, client: &Client, before: Option<&Value>) -> Result<Value, Failure> {
        let asked_at = clock::start();
        let of = |run: &Value| run["started_at"].clone();
        let spinner = terminal::spinner(&format!("{} is rehearsed", self.drill));
        loop {
            let newest = self.newest(client)?;
            if let Some(run) = newest.filter(|run| before.is_none_or(|b| of(b) != of(run))) {
                spinner.finish_and_clear();
                return Ok(run);
            }
            if asked_at.elapsed().as_secs() >= self.patience {
                let told = format!(
                    "{} was not over after {} seconds",
                    self.drill, self.patience
                );
                return Err(Failure::service("timeout", told)
                    .mend("`candor drill history` shows it when it is; --patience waits longer"));
            }
            clock::pause(LOOK);
        }
    }
}
