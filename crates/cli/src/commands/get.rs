//! `candor get`.

use crate::failure::{Outcome, Verdict};
use crate::target::Target;
use crate::terminal::{self, Output};
use clap::Args;
use serde_json::Value;

const EXAMPLE: &str = "Examples:
  candor get
  candor get Model credit-risk --output json";

/// Show objects: all, those of one kind, or one
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Get {
    /// Kind, e.g. `Model`
    kind: Option<String>,
    /// Name
    name: Option<String>,
    #[command(flatten)]
    target: Target,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Get {
    pub(crate) fn run(self) -> Outcome {
        let found = self
            .target
            .with_client(|client| match (&self.kind, &self.name) {
                (Some(kind), Some(name)) => Ok(vec![client.spec(kind, name)?]),
                (kind, _) => Ok(client.specs(kind.as_deref())?),
            })?;
        match (self.output, &self.name) {
            (Output::Json, None) => terminal::say_json(&Value::Array(found)),
            (Output::Json, Some(_)) => found.iter().for_each(terminal::say_json),
            (Output::Table, _) => terminal::say(&list(&found)),
        }
        Ok(Verdict::Good)
    }
}

fn list(found: &[Value]) -> String {
    let names = ["kind", "name", "revision", "at", "author", "why"];
    let header: Vec<String> = names.iter().map(ToString::to_string).collect();
    let row = |object: &Value| {
        names
            .iter()
            .map(|name| object.get(name).cloned().unwrap_or_default())
            .collect()
    };
    terminal::table(&header, &found.iter().map(row).collect::<Vec<_>>())
}
