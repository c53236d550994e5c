//! `candor erase`.

use crate::failure::{Outcome, Verdict};
use crate::target::Target;
use crate::terminal::{self, Output};
use clap::Args;
use serde_json::Value;

const EXAMPLE: &str = "Examples:
  candor erase --subject ann@example.org
  candor erase --subject 4711 --model credit-risk --output json
  candor erase --subject sub_1a2b3c4d_… --data ./candor-data";

/// Erase a person's rows from every store, and give a receipt
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Erase {
    /// The subject as it was sent, or its stored form
    #[arg(long)]
    subject: String,
    /// Only rows of this model
    #[arg(long)]
    model: Option<String>,
    #[command(flatten)]
    target: Target,
    /// Form of the receipt
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Erase {
    pub(crate) fn run(self) -> Outcome {
        let model = self.model.as_deref();
        let receipt = self
            .target
            .with_client(|client| Ok(client.erase(&self.subject, model)?))?;
        match self.output {
            Output::Json => terminal::say_json(&receipt),
            Output::Table => terminal::say(&told(&receipt)),
        }
        Ok(Verdict::Good)
    }
}

fn told(receipt: &Value) -> String {
    let count = |name: &str| receipt.get(name).and_then(Value::as_u64).unwrap_or(0);
    let id = receipt
        .get("id")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let mut lines = vec![format!(
        "erased {} rows; {} files written anew, {} old ones deleted; receipt {id}",
        count("rows"),
        count("files"),
        count("history_files") + count("set_aside_files"),
    )];
    let tables = receipt.get("tables").and_then(Value::as_object);
    for (table, rows) in tables.into_iter().flatten() {
        lines.push(format!("  {table}: {rows}"));
    }
    lines.join("\n")
}
