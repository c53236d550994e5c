//! `candor apply`.

use super::objects::{self, Files};
use crate::failure::{Outcome, Verdict};
use crate::target::Target;
use crate::terminal::Output;
use clap::Args;

const EXAMPLE: &str = "Example:
  candor apply -f models/*.yaml";

/// Put objects on the server; identical ones make no new revision
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Apply {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    target: Target,
    /// Only tell what would change
    #[arg(long)]
    dry_run: bool,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Apply {
    pub(crate) fn run(self) -> Outcome {
        let objects = self.files.read()?;
        let changes = self.target.with_client(|client| {
            objects
                .iter()
                .map(|o| objects::put(client, o, self.dry_run))
                .collect::<Result<Vec<_>, _>>()
        })?;
        objects::print(&changes, self.output);
        Ok(Verdict::Good)
    }
}
