//! `candor sql`.

use crate::failure::{Failure, Outcome, Verdict};
use crate::target::Target;
use crate::terminal;
use candor_sdk::{Answer, Client};
use clap::{Args, ValueEnum};
use std::io::Read;
use std::path::PathBuf;

const EXAMPLE: &str = "Examples:
  candor sql \"SELECT model, count(*) FROM predictions GROUP BY model\"
  candor sql --data ./candor-data --output csv \"SELECT * FROM outcomes LIMIT 10\"
  candor sql --purpose training --output parquet-file -f set.parquet \"SELECT * FROM predictions\"
  echo \"SHOW TABLES\" | candor sql -";

/// Ask with SQL
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Sql {
    /// One read-only statement; `-` reads it from standard input
    statement: String,
    #[command(flatten)]
    target: Target,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t)]
    output: Form,
    /// File for the answer, needed with `--output arrow-file` and `parquet-file`
    #[arg(
        long,
        short,
        value_name = "FILE",
        required_if_eq_any([("output", "arrow-file"), ("output", "parquet-file")])
    )]
    file: Option<PathBuf>,
    /// Most rows of the answer
    #[arg(long, value_name = "N")]
    max_rows: Option<u64>,
    /// Only rows that may be used for this purpose, e.g. for a training set
    #[arg(long, value_name = "NAME")]
    purpose: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Form {
    /// For eyes.
    #[default]
    Table,
    /// Columns and rows as one JSON object.
    Json,
    /// With a header.
    Csv,
    /// An Arrow IPC stream in a file.
    ArrowFile,
    /// A Parquet file.
    ParquetFile,
}

impl Sql {
    pub(crate) fn run(self) -> Outcome {
        let statement = if self.statement == "-" {
            read_stdin()?
        } else {
            self.statement.clone()
        };
        self.target
            .with_client(|client| self.ask(client, &statement))
    }

    fn ask(&self, client: &Client, statement: &str) -> Outcome {
        match self.output {
            Form::Table => self.show(client, statement)?,
            Form::Json => {
                let answer = client.sql_for(statement, self.max_rows, self.purpose.as_deref())?;
                let json = serde_json::to_value(&answer).unwrap_or_default();
                self.put(format!("{json}\n").as_bytes())?;
            }
            Form::Csv => self.put(&self.bytes(client, statement, Answer::Csv)?)?,
            Form::ArrowFile => self.put(&self.bytes(client, statement, Answer::Arrow)?)?,
            Form::ParquetFile => self.put(&self.bytes(client, statement, Answer::Parquet)?)?,
        }
        Ok(Verdict::Good)
    }

    fn bytes(&self, client: &Client, statement: &str, answer: Answer) -> Result<Vec<u8>, Failure> {
        let purpose = self.purpose.as_deref();
        Ok(client.sql_bytes_for(statement, self.max_rows, answer, purpose)?)
    }

    fn show(&self, client: &Client, statement: &str) -> Result<(), Failure> {
        let answer = client.sql_for(statement, self.max_rows, self.purpose.as_deref())?;
        let header: Vec<String> = answer.columns.iter().map(|c| c.name.clone()).collect();
        let text = terminal::table(&header, &answer.rows);
        self.put(format!("{text}\n").as_bytes())?;
        let rows = if answer.row_count == 1 { "row" } else { "rows" };
        let count = terminal::count(answer.row_count);
        let cut = if answer.truncated {
            ", cut at the limit: narrow the statement or raise --max-rows"
        } else {
            ""
        };
        terminal::note(&format!(
            "{count} {rows} in {:.1} ms{cut}",
            answer.elapsed_ms
        ));
        Ok(())
    }

    fn put(&self, bytes: &[u8]) -> Result<(), Failure> {
        match &self.file {
            Some(path) => std::fs::write(path, bytes).map_err(|e| Failure::file(path, &e)),
            None => {
                terminal::write(bytes);
                Ok(())
            }
        }
    }
}

fn read_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|e| Failure::usage("stdin", format!("cannot read the statement: {e}")))?;
    Ok(text)
}
