//! `candor profiles`.

use crate::clock;
use crate::failure::{Failure, Outcome, Verdict};
use crate::target::Target;
use crate::terminal::{self, Output};
use candor_sdk::Client;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::time::Duration;

const EXAMPLE: &str = "Examples:
  candor profiles rebuild --model credit-risk --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z";
/// Time between two looks at how far it is.
const LOOK: Duration = Duration::from_millis(200);

/// Summaries of a model's columns
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Profiles {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make the profiles of whole days anew from the rows in the lake, and wait for it
    Rebuild {
        /// Of which model
        #[arg(long)]
        model: String,
        /// From the day of this time on, RFC 3339
        #[arg(long, value_name = "TIME")]
        from: String,
        /// Up to this time
        #[arg(long, value_name = "TIME")]
        to: String,
        /// Count on bins made from the profiles from the day of this time on
        #[arg(long, value_name = "TIME", requires = "reference_to")]
        reference_from: Option<String>,
        /// Up to this time
        #[arg(long, value_name = "TIME", requires = "reference_from")]
        reference_to: Option<String>,
        #[command(flatten)]
        target: Target,
        /// Form of the result
        #[arg(long, value_enum, default_value_t)]
        output: Output,
    },
}

impl Profiles {
    pub(crate) fn run(self) -> Outcome {
        let Action::Rebuild {
            model,
            from,
            to,
            reference_from,
            reference_to,
            target,
            output,
        } = self.action;
        let mut range = json!({"from": from, "to": to});
        if let Some((from, to)) = reference_from.zip(reference_to) {
            range["reference"] = json!({"from": from, "to": to});
        }
        let done = target.with_client(|client| rebuild(client, &model, &range))?;
        match output {
            Output::Json => terminal::say_json(&done),
            Output::Table => terminal::say(&format!("{} days are new", number(&done, "days_done"))),
        }
        Ok(Verdict::Good)
    }
}

fn number(progress: &Value, name: &str) -> u64 {
    progress.get(name).and_then(Value::as_u64).unwrap_or(0)
}

fn rebuild(client: &Client, model: &str, range: &Value) -> Result<Value, Failure> {
    let mut progress = client.rebuild_profiles(model, range)?;
    let bar = terminal::progress(number(&progress, "days"));
    while progress.get("running").and_then(Value::as_bool) == Some(true) {
        clock::pause(LOOK);
        progress = client.rebuild_progress(model)?;
        bar.set_position(number(&progress, "days_done"));
    }
    bar.finish_and_clear();
    match progress.get("error").and_then(Value::as_str) {
        None => Ok(progress),
        Some(error) => Err(Failure::service("rebuild_failed", error)
            .effect("the days before have new profiles, the others their old ones")),
    }
}
