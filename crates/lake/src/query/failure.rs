//! Why a query has no answer: stable codes, a sentence and a hint.

use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use serde::{Deserialize, Serialize};

/// Stable code of a failed query. New ones may be added, the words never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueryCode {
    /// The text is not SQL.
    SqlSyntax,
    /// A statement, function or clause that is not on the allow-list.
    SqlNotAllowed,
    /// Longer, deeper or wider than the bounds.
    SqlTooComplex,
    /// No such table.
    SqlUnknownTable,
    /// No such column.
    SqlUnknownColumn,
    /// Understood but wrong: types, ambiguous names, unknown functions, unsupported features.
    SqlInvalid,
    /// Failed on the data, e.g. a cast or a division by zero.
    SqlFailed,
    /// Ran longer than its time limit.
    SqlTimeLimit,
    /// Needed more memory than its limit.
    SqlMemoryLimit,
    /// One row is larger than a reply may be.
    SqlResultLimit,
    /// Given up by whoever asked.
    SqlCancelled,
    /// The worker process ended without an answer.
    SqlWorkerDied,
    /// A file of the table cannot be read.
    SqlStorage,
    /// A fault of Candor.
    SqlInternal,
}

impl QueryCode {
    /// The code as in replies, e.g. `sql_time_limit`.
    pub const fn as_str(self) -> &'static str {
        match self {
            QueryCode::SqlSyntax => "sql_syntax",
            QueryCode::SqlNotAllowed => "sql_not_allowed",
            QueryCode::SqlTooComplex => "sql_too_complex",
            QueryCode::SqlUnknownTable => "sql_unknown_table",
            QueryCode::SqlUnknownColumn => "sql_unknown_column",
            QueryCode::SqlInvalid => "sql_invalid",
            QueryCode::SqlFailed => "sql_failed",
            QueryCode::SqlTimeLimit => "sql_time_limit",
            QueryCode::SqlMemoryLimit => "sql_memory_limit",
            QueryCode::SqlResultLimit => "sql_result_limit",
            QueryCode::SqlCancelled => "sql_cancelled",
            QueryCode::SqlWorkerDied => "sql_worker_died",
            QueryCode::SqlStorage => "sql_storage",
            QueryCode::SqlInternal => "sql_internal",
        }
    }
}

/// A failed query, as it is shown to whoever asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct QueryFailure {
    /// What kind of failure.
    pub code: QueryCode,
    /// One sentence.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

impl QueryFailure {
    pub(super) fn new(
        code: QueryCode,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            code,
            message: message.into(),
            hint: hint.into(),
        }
    }

    pub(super) fn not_allowed(what: &str) -> Self {
        Self::new(
            QueryCode::SqlNotAllowed,
            format!("{what} is not allowed here."),
            "SQL is read-only: one SELECT, SHOW TABLES, SHOW COLUMNS, DESCRIBE or EXPLAIN.",
        )
    }

    pub(super) fn too_complex(what: &str, max: impl std::fmt::Display, hint: &str) -> Self {
        Self::new(
            QueryCode::SqlTooComplex,
            format!("The statement has {what}; at most {max} are allowed."),
            hint,
        )
    }

    pub(super) fn time_limit(time_ms: u64) -> Self {
        Self::new(
            QueryCode::SqlTimeLimit,
            format!("The query took longer than its limit of {time_ms} ms."),
            "Narrow the range of time, or aggregate less at once.",
        )
    }

    pub(super) fn memory_limit(memory_bytes: u64) -> Self {
        Self::new(
            QueryCode::SqlMemoryLimit,
            format!(
                "The query needed more memory than its limit of {} MiB.",
                memory_bytes >> 20
            ),
            "Select fewer columns, group by fewer values, or narrow the range of time.",
        )
    }

    pub(super) fn worker_died() -> Self {
        Self::new(
            QueryCode::SqlWorkerDied,
            "The process that ran the query ended without an answer, most often for want of memory.",
            "Ask for less at once; nothing recorded is affected.",
        )
    }

    pub(super) fn internal(what: impl std::fmt::Display) -> Self {
        Self::new(
            QueryCode::SqlInternal,
            format!("The query failed inside Candor: {what}."),
            "",
        )
    }

    /// Sorts an error of the engine; `memory_bytes` is the limit to name.
    pub(super) fn of_engine(error: &DataFusionError, memory_bytes: u64) -> Self {
        let root = error.find_root();
        let text = || sentence(&root.strip_backtrace());
        if let Some(failure) = Self::of_data(&root.strip_backtrace()) {
            return failure;
        }
        match root {
            DataFusionError::External(inner) => match inner.downcast_ref::<QueryFailure>() {
                Some(failure) => failure.clone(),
                None => Self::internal(sentence(&inner.to_string())),
            },
            DataFusionError::SQL(parser, _) => Self::of_parser(&parser.to_string()),
            DataFusionError::SchemaError(schema, _) => Self::of_schema(schema),
            DataFusionError::ResourcesExhausted(_) => Self::memory_limit(memory_bytes),
            DataFusionError::Plan(_)
            | DataFusionError::NotImplemented(_)
            | DataFusionError::Configuration(_) => Self::new(QueryCode::SqlInvalid, text(), ""),
            DataFusionError::ObjectStore(_)
            | DataFusionError::IoError(_)
            | DataFusionError::ParquetError(_) => Self::new(
                QueryCode::SqlStorage,
                text(),
                "Ask again; if it stays, run `candor doctor`.",
            ),
            DataFusionError::Execution(_) | DataFusionError::ArrowError(..) => {
                Self::new(QueryCode::SqlFailed, text(), "")
            }
            _ => Self::internal(text()),
        }
    }

    /// Failures that come in several wrappings, told by the words of the innermost.
    fn of_data(text: &str) -> Option<Self> {
        if text.contains("CompiledTooBig") || text.contains("exceeds size limit") {
            return Some(Self::new(
                QueryCode::SqlTooComplex,
                "A regular expression is too large once compiled.",
                "Use a shorter pattern or fewer repetitions.",
            ));
        }
        // A filter that runs inside the reader of files fails there, yet the files are sound.
        let (_, cause) = text.split_once("Error evaluating filter predicate: ")?;
        Some(Self::new(QueryCode::SqlFailed, sentence(cause), ""))
    }

    pub(super) fn of_parser(text: &str) -> Self {
        if text.contains("recursion limit") {
            return Self::new(
                QueryCode::SqlTooComplex,
                "The statement is nested too deeply.",
                "Name inner parts with WITH.",
            );
        }
        Self::new(QueryCode::SqlSyntax, sentence(text), "")
    }

    fn of_schema(error: &SchemaError) -> Self {
        let SchemaError::FieldNotFound {
            field,
            valid_fields,
        } = error
        else {
            return Self::new(
                QueryCode::SqlInvalid,
                sentence(&error.to_string()),
                "Qualify the column with its table.",
            );
        };
        let hint = match nearest(&field.name, valid_fields.iter().map(|c| c.name.as_str())) {
            Some(near) if near.chars().any(|c| c.is_ascii_uppercase()) => {
                format!("Did you mean \"{near}\"? Names with capitals are quoted.")
            }
            Some(near) => format!("Did you mean {near}?"),
            None => "DESCRIBE a table to see its columns.".to_owned(),
        };
        Self::new(
            QueryCode::SqlUnknownColumn,
            format!("There is no column {}.", field.name),
            hint,
        )
    }
}

/// The engine's words without its prefixes, as one sentence.
fn sentence(text: &str) -> String {
    const PREFIXES: [&str; 8] = [
        "External error: ",
        "Error during planning: ",
        "Execution error: ",
        "SQL error: ",
        "Arrow error: ",
        "Parquet error: ",
        "Schema error: ",
        "sql parser error: ",
    ];
    let mut text = text.trim();
    while let Some(rest) = PREFIXES.iter().find_map(|p| text.strip_prefix(p)) {
        text = rest;
    }
    let text: String = without_roots(text).chars().take(500).collect();
    if text.ends_with(['.', '?', '!']) {
        text
    } else {
        format!("{text}.")
    }
}

/// `text` with absolute paths and URLs cut to their last part: where the data lie is not for askers.
fn without_roots(text: &str) -> String {
    let cut = |word: &str| match word.rsplit_once('/') {
        Some((folder, file)) if folder.starts_with('/') || folder.contains("://") => {
            format!("…/{file}")
        }
        _ => word.to_owned(),
    };
    text.split(' ').map(cut).collect::<Vec<_>>().join(" ")
}

/// The candidate closest to `name` in spelling, if one is close.
pub(super) fn nearest<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let name = name.to_lowercase();
    candidates
        .map(|c| (distance(&name, &c.to_lowercase()), c))
        .min_by_key(|(d, _)| *d)
        .filter(|(d, _)| *d <= name.len() / 3 + 1)
        .map(|(_, c)| c)
}

/// Edits between two texts of at most 200 bytes each.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let (a, b) = (&a[..a.len().min(200)], &b[..b.len().min(200)]);
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let next = (diagonal + usize::from(ca != cb))
                .min(row[j] + 1)
                .min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[b.len()]
}
