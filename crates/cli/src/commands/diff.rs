//! `candor diff`.

use super::objects::{self, Files};
use crate::failure::{Outcome, Verdict};
use crate::target::Target;
use crate::terminal::Output;
use clap::Args;

const EXAMPLE: &str = "Example:
  candor diff -f models/credit-risk.yaml   # exit code 1 if anything differs";

/// Show how files differ from what the server has; exit code 1 if they do
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Diff {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    target: Target,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Diff {
    pub(crate) fn run(self) -> Outcome {
        let objects = self.files.read()?;
        let changes = self.target.with_client(|client| {
            objects
                .iter()
                .map(|o| objects::put(client, o, true))
                .collect::<Result<Vec<_>, _>>()
        })?;
        objects::print(&changes, self.output);
        Ok(if changes.iter().any(|c| c.changed) {
            Verdict::Bad
        } else {
            Verdict::Good
        })
    }
}
