//! `candor delete`.

use super::objects::Files;
use crate::failure::{Failure, Outcome, Verdict};
use crate::target::Target;
use crate::terminal;
use clap::Args;

const EXAMPLE: &str = "Example:
  candor delete Model credit-risk";

/// Delete objects; their history stays
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Delete {
    /// Kind, e.g. `Model`
    #[arg(
        required_unless_present = "files",
        requires = "name",
        conflicts_with = "files"
    )]
    kind: Option<String>,
    /// Name
    name: Option<String>,
    #[command(flatten)]
    files: OptionalFiles,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
struct OptionalFiles {
    /// File whose objects are deleted; may be given several times
    #[arg(long = "file", short = 'f', value_name = "FILE", num_args = 1..)]
    files: Vec<std::path::PathBuf>,
}

impl Delete {
    pub(crate) fn run(self) -> Outcome {
        let chosen: Vec<(String, String)> = match (self.kind, self.name) {
            (Some(kind), Some(name)) => vec![(kind, name)],
            _ => Files {
                files: self.files.files,
            }
            .read()?
            .into_iter()
            .map(|o| (o.kind.name().to_owned(), o.metadata.name))
            .collect(),
        };
        self.target.with_client(|client| {
            for (kind, name) in &chosen {
                let place = format!("{kind} {name}");
                client
                    .delete_spec(kind, name)
                    .map_err(|e| Failure::from(e).at(&place))?;
                terminal::say(&format!("- {place}"));
            }
            Ok(Verdict::Good)
        })
    }
}
