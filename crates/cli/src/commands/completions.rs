//! `candor completions`.

use super::Candor;
use crate::failure::{Outcome, Verdict};
use crate::terminal;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

const EXAMPLE: &str = "Example:
  candor completions bash > /etc/bash_completion.d/candor";

/// Write completions for a shell
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    #[expect(clippy::unnecessary_wraps, reason = "all commands end alike")]
    pub(crate) fn run(self) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Candor::command(), "candor", &mut script);
        terminal::write(&script);
        Ok(Verdict::Good)
    }
}
