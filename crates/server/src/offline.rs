//! What can be done without a running server: the SQL child's life, tokens and checks of a data
//! directory.

use crate::clock::SteadyClock;
use crate::config::Config;
use crate::datadir::DataDir;
use crate::doors::tokens;
use crate::notify::Notifier;
use crate::{Error, Problem, backends, clock, rehearsals};
use candor_catalog::Catalog;
use candor_contract::{TableId, TableSchema};
use candor_lake::{WorkerLimits, run_worker};
use candor_monitor::Transition;
use serde::Serialize;
use std::collections::HashMap;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

pub use crate::doors::tokens::TokenView;
pub use crate::rehearsals::Delivered;
pub use candor_lake::{DeltaFile, Expression, ExpressionError};

/// The life of a SQL child: answers statements that come over its standard input, a socket, until
/// the server closes it.
pub fn sql_worker() -> ExitCode {
    let Ok(socket) = std::io::stdin().as_fd().try_clone_to_owned() else {
        return ExitCode::from(3);
    };
    match run_worker(UnixStream::from(socket), &WorkerLimits::default()) {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(3),
    }
}

async fn catalog(config: &Config) -> Result<Catalog, Problem> {
    let made = std::fs::create_dir_all(&config.data).map_err(|source| Error::Io {
        what: "create",
        path: config.data.display().to_string(),
        source,
    });
    let opened = match made {
        Ok(()) => backends::open_catalog(config).await,
        Err(error) => Err(error),
    };
    opened.map_err(|error| match error {
        Error::Catalog(error @ candor_catalog::Error::Unavailable { .. }) => {
            Problem::catalog_away().hint(error.to_string())
        }
        Error::OtherBackend { .. } => Problem::bad_request("other_backend", error.to_string()),
        error => Problem::internal(&error),
    })
}

/// The live files of the Delta table in `folder`.
pub async fn delta_files(folder: &std::path::Path) -> Result<Vec<DeltaFile>, Problem> {
    let files = candor_lake::delta_files(folder).await;
    files.map_err(|error| Problem::bad_request("unreadable_table", error.to_string()))
}

/// Makes a token in a data directory; a server that is running sees it within two seconds.
pub async fn create_token(
    config: &Config,
    name: &str,
    scopes: &[String],
    expires_at: Option<&str>,
) -> Result<TokenView, Problem> {
    let catalog = catalog(config).await?;
    tokens::make(&catalog, name, scopes, expires_at).await
}

/// All tokens of a data directory.
pub async fn list_tokens(config: &Config) -> Result<Vec<TokenView>, Problem> {
    let catalog = catalog(config).await?;
    tokens::all(&catalog).await
}

/// Revokes a token of a data directory.
pub async fn revoke_token(config: &Config, id: &str) -> Result<(), Problem> {
    let catalog = catalog(config).await?;
    Ok(catalog.revoke_token(id, clock::now_us()).await?)
}

/// Tells on what an engine told over history, as it would have been then: routes of the catalog decide at the time of
/// the traffic, and notices go to their receivers at once. `transitions` go by time.
pub async fn retell(
    config: &Config,
    transitions: &[Transition],
    until_us: i64,
) -> Result<Vec<Delivered>, Problem> {
    let catalog = catalog(config).await?;
    let notifier = Notifier::new(config, &config.data, config.listen, &catalog);
    let notifier = notifier.map_err(|e| Problem::bad_request("invalid_config", e.to_string()))?;
    rehearsals::retell(&catalog, &notifier, transitions, until_us).await
}

/// One finding of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `ok`, `warning` or `error`.
    pub level: &'static str,
    /// What was looked at.
    pub subject: String,
    /// One sentence.
    pub message: String,
}

/// Checks a data directory that no server uses: lock, keys, catalog, log and tables. Opening the
/// log repairs a torn tail, as a start would.
pub async fn doctor(config: &Config) -> Vec<Finding> {
    let data = config.data.as_path();
    let mut findings = Vec::new();
    let mut say = |level, subject: &str, message: String| {
        findings.push(Finding {
            level,
            subject: subject.to_owned(),
            message,
        });
    };
    if !data.is_dir() {
        say(
            "error",
            "data directory",
            format!("{} does not exist", data.display()),
        );
        return findings;
    }
    let dir = match DataDir::open(data) {
        Ok(dir) => dir,
        Err(error) => {
            say("error", "data directory", error.to_string());
            return findings;
        }
    };
    let keys = config.master().and_then(|master| dir.keys(master.as_ref()));
    match keys {
        Ok(_) => say("ok", "keys", "the installation's keys can be read".into()),
        Err(error) => say("error", "keys", error.to_string()),
    }
    let schemas = match backends::open_catalog(config).await {
        Ok(catalog) => match catalog.schemas().await {
            Ok(schemas) => {
                say(
                    "ok",
                    "catalog",
                    format!("{} tables are registered", schemas.len()),
                );
                schemas
            }
            Err(error) => {
                say("error", "catalog", error.to_string());
                Vec::new()
            }
        },
        Err(error) => {
            say("error", "catalog", error.to_string());
            Vec::new()
        }
    };
    drop(dir);
    findings.extend(storage(config, schemas).await);
    findings
}

fn lost_rows(gap: &candor_lake::Unrecovered) -> String {
    let (from, last) = (gap.from_seq, gap.to_seq.saturating_sub(1));
    format!(
        "rows of the log's records {from} to {last} may be lost: their commit was damaged and the log trimmed"
    )
}

type Schemas = Vec<(String, TableSchema)>;

async fn open_lake(
    config: &Config,
    known: &HashMap<TableId, TableSchema>,
) -> Result<(candor_lake::Lake, candor_lake::OpenReport), Error> {
    let options = crate::server::lake_options(config)?;
    let steady = SteadyClock::open(&config.data);
    let now = std::sync::Arc::new(move || steady.now_us());
    let uuid = clock::random().unwrap_or_default();
    let opened = candor_lake::Lake::open(&config.data, options, known, uuid, now).await?;
    let (lake, _committer, _flusher, report) = opened;
    Ok((lake, report))
}

async fn storage(config: &Config, schemas: Schemas) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |level, subject: &str, message: String| {
        findings.push(Finding {
            level,
            subject: subject.to_owned(),
            message,
        });
    };
    let known = schemas
        .into_iter()
        .filter_map(|(path, schema)| Some((TableId::from_path(&path)?, schema)))
        .collect();
    let opened = open_lake(config, &known).await;
    let (lake, report) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            say("error", "storage", error.to_string());
            return findings;
        }
    };
    if report.log_is_clean() {
        say(
            "ok",
            "log",
            format!("{} rows wait for the lake", report.replayed_rows),
        );
    }
    for repair in report.journal.repairs() {
        say("warning", "log", repair);
    }
    for loss in report.journal.losses() {
        say("error", "log", loss);
    }
    for (seq, reason) in &report.unreadable {
        say(
            "error",
            "log",
            format!("record {seq} cannot be read: {reason}"),
        );
    }
    for gap in &report.unrecovered {
        say("error", &gap.table.to_string(), lost_rows(gap));
    }
    for (table, repair) in &report.repairs {
        say(
            "warning",
            &table.to_string(),
            format!("damaged files were set aside: {repair:?}"),
        );
    }
    for (table, volume) in lake.volumes() {
        let rows = volume.lake_rows;
        say(
            "ok",
            &table.to_string(),
            format!("{rows} rows in {} files", volume.files),
        );
    }
    findings
}
