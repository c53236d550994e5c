//! `candor keys`.

use crate::failure::{Outcome, Verdict};
use crate::target::Target;
use crate::terminal::{self, Output};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;

const EXAMPLE: &str = "Examples:
  candor keys list
  candor keys rotate --purpose subject
  candor keys rotate --purpose personal --data ./candor-data";

/// List and rotate the keys by which subjects and personal values are hashed
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Keys {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List keys, never their secrets
    List {
        #[command(flatten)]
        target: Target,
        /// Form of the result
        #[arg(long, value_enum, default_value_t)]
        output: Output,
    },
    /// Make a new key; older ones are kept to find what they hashed
    Rotate {
        /// Whose hashes it makes
        #[arg(long, value_enum)]
        purpose: Purpose,
        #[command(flatten)]
        target: Target,
        /// Form of the result
        #[arg(long, value_enum, default_value_t)]
        output: Output,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Purpose {
    /// Subjects of events.
    Subject,
    /// Values of personal fields.
    Personal,
}

impl Keys {
    pub(crate) fn run(self) -> Outcome {
        match self.action {
            Action::List { target, output } => {
                let all = target.with_client(|client| Ok(client.keys()?))?;
                show(&all, output);
            }
            Action::Rotate {
                purpose,
                target,
                output,
            } => {
                let purpose = match purpose {
                    Purpose::Subject => "subject",
                    Purpose::Personal => "personal",
                };
                let made = target.with_client(|client| Ok(client.rotate_key(purpose)?))?;
                show(&Value::from(vec![made]), output);
            }
        }
        Ok(Verdict::Good)
    }
}

fn show(keys: &Value, output: Output) {
    if output == Output::Json {
        return terminal::say_json(keys);
    }
    let names = ["purpose", "id", "made_at", "in_use"];
    let header: Vec<String> = names.iter().map(ToString::to_string).collect();
    let row = |key: &Value| {
        names
            .iter()
            .map(|name| key.get(*name).cloned().unwrap_or_default())
            .collect()
    };
    let rows: Vec<Vec<Value>> = keys.as_array().into_iter().flatten().map(row).collect();
    terminal::say(&terminal::table(&header, &rows));
}
