//! `candor token`.

use crate::failure::{Outcome, Verdict};
use crate::local;
use crate::target::Target;
use crate::terminal::{self, Output};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

const EXAMPLE: &str = "Examples:
  candor token create --name ci --scope ingest
  candor token create --data ./candor-data --name admin --scope admin   # before the first start
  candor token revoke 0197…";

/// Make, list and revoke tokens
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Token {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token; it is shown only once
    Create {
        /// What it is for
        #[arg(long)]
        name: String,
        /// What it allows; may be given several times
        #[arg(long = "scope", value_enum, required = true, value_delimiter = ',')]
        scopes: Vec<Scope>,
        /// When it ends, RFC 3339; never if absent
        #[arg(long, value_name = "TIME")]
        expires_at: Option<String>,
        #[command(flatten)]
        target: Target,
        /// Form of the result
        #[arg(long, value_enum, default_value_t)]
        output: Output,
    },
    /// List tokens without their secret part
    List {
        #[command(flatten)]
        target: Target,
        /// Form of the result
        #[arg(long, value_enum, default_value_t)]
        output: Output,
    },
    /// Revoke a token
    Revoke {
        /// Its id, as `list` shows it
        id: String,
        #[command(flatten)]
        target: Target,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Scope {
    /// Send telemetry.
    Ingest,
    /// Read everything.
    Read,
    /// All of it, and change specs, tokens and storage.
    Admin,
}

impl Scope {
    fn name(self) -> String {
        match self {
            Scope::Ingest => "ingest",
            Scope::Read => "read",
            Scope::Admin => "admin",
        }
        .to_owned()
    }
}

impl Token {
    /// On a data directory it works on the files themselves, whether a server runs or not: who can
    /// write there needs no token to make one.
    pub(crate) fn run(self) -> Outcome {
        match self.action {
            Action::Create {
                name,
                scopes,
                expires_at,
                target,
                output,
            } => {
                let scopes: Vec<String> = scopes.into_iter().map(Scope::name).collect();
                let expires = expires_at.as_deref();
                let made = match &target.config()? {
                    Some(config) => local::create_token(config, &name, &scopes, expires)?,
                    None => target
                        .remote
                        .client()
                        .create_token(&name, &scopes, expires)?,
                };
                created(&made, output);
            }
            Action::List { target, output } => {
                let all = match &target.config()? {
                    Some(config) => local::list_tokens(config)?,
                    None => target.remote.client().tokens()?,
                };
                list(&all, output);
            }
            Action::Revoke { id, target } => {
                match &target.config()? {
                    Some(config) => local::revoke_token(config, &id)?,
                    None => target.remote.client().revoke_token(&id)?,
                }
                terminal::say(&format!("revoked {id}"));
            }
        }
        Ok(Verdict::Good)
    }
}

fn created(made: &Value, output: Output) {
    if output == Output::Json {
        return terminal::say_json(made);
    }
    terminal::say(
        made.get("token")
            .and_then(Value::as_str)
            .unwrap_or_default(),
    );
    let id = made.get("id").and_then(Value::as_str).unwrap_or_default();
    terminal::note(&format!(
        "token {id} is shown only now; set it as CANDOR_TOKEN"
    ));
}

fn list(all: &[Value], output: Output) {
    if output == Output::Json {
        return terminal::say_json(&json!(all));
    }
    let names = [
        "id",
        "name",
        "scopes",
        "prefix",
        "created_at",
        "expires_at",
        "revoked_at",
    ];
    let header: Vec<String> = names.iter().map(ToString::to_string).collect();
    let row = |token: &Value| {
        names
            .iter()
            .map(|name| token.get(name).cloned().unwrap_or_default())
            .collect()
    };
    terminal::say(&terminal::table(
        &header,
        &all.iter().map(row).collect::<Vec<_>>(),
    ));
}
