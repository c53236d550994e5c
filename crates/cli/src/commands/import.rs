//! `candor import`.

use crate::failure::{Failure, Outcome, Verdict};
use crate::import::columns::{Events, Plan, RowIds};
use crate::import::journal::Journal;
use crate::source::{Chunk, Source};
use crate::target::Target;
use crate::terminal::{self, Output};
use crate::{clock, commands::objects};
use candor_contract::spec::{ModelSpec, Object};
use candor_contract::{Format, Kind, ModelName};
use candor_sdk::{Client, Encoding, Reply, SendBatch};
use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;
use std::path::{Path, PathBuf};

const EXAMPLE: &str = "Examples:
  candor import elec2.csv.gz --model elec2 --spec examples/elec2/model.yaml
  candor import history/*.parquet --model credit-risk --data ./candor-data

Without a spec of its own it takes the one that the server has for the model; without that, columns
are event fields by their flattened names: time, input_age, output_score. A row without an id gets
one from the file's content, so importing the same file again changes nothing.";

/// zstd level of text bodies: cheap, since both ends share the machine more often than not.
const LEVEL: i32 = 1;

/// Load history from files: Parquet, CSV, NDJSON or Arrow
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Import {
    /// Files, also packed (.gz, .zst)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Model to which the rows belong
    #[arg(long, value_name = "NAME")]
    model: String,
    /// `Model` spec that says what each column is; it is put on the server first
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
    #[command(flatten)]
    target: Target,
    /// Where to note the progress
    #[arg(long, value_name = "FILE")]
    resume_file: Option<PathBuf>,
    /// Folder of the progress notes if no file is named
    #[arg(long, hide = true, env = "XDG_STATE_HOME")]
    state_home: Option<PathBuf>,
    /// Form of the summary
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

/// What became of the rows.
#[derive(Debug, Default, Serialize)]
struct Summary {
    model: String,
    files: usize,
    /// Rows in the files.
    rows: u64,
    /// Of these, taken by an earlier run of this import.
    resumed: u64,
    predictions: Tally,
    outcomes: Tally,
    seconds: f64,
}

#[derive(Debug, Default, Serialize)]
struct Tally {
    accepted: u64,
    duplicates: u64,
    rejected: u64,
}

impl Tally {
    fn add(&mut self, reply: &Reply) {
        self.accepted += reply.accepted;
        self.duplicates += reply.duplicates;
        self.rejected += reply.rejected_count;
    }
}

impl Import {
    pub(crate) fn run(self) -> Outcome {
        if ModelName::new(&self.model).is_none() {
            return Err(
                Failure::usage("invalid_model_name", "this is no model name")
                    .mend("use letters, digits, `.`, `_` and `-`, at most 128 of them"),
            );
        }
        let object = self
            .spec
            .as_deref()
            .map(|path| self.read_spec(path))
            .transpose()?;
        let summary = self
            .target
            .with_client(|client| self.load(client, object.as_ref()))?;
        match self.output {
            Output::Json => terminal::say_json(&serde_json::to_value(&summary).unwrap_or_default()),
            Output::Table => terminal::say(&told(&summary)),
        }
        let rejected = summary.predictions.rejected + summary.outcomes.rejected;
        Ok(if rejected > 0 {
            Verdict::Bad
        } else {
            Verdict::Good
        })
    }

    fn read_spec(&self, path: &Path) -> Result<Object, Failure> {
        let text = std::fs::read_to_string(path).map_err(|e| Failure::file(path, &e))?;
        let (name, spec) =
            ModelSpec::parse_bare_or_object(&text).map_err(|p| Failure::spec(path, &p))?;
        if let Some(name) = name.filter(|name| *name != self.model) {
            let sentence = format!("the spec is of the model {name}, not of {}", self.model);
            return Err(Failure::usage("spec_mismatch", sentence)
                .at(path.display())
                .mend(format!(
                    "import with --model {name}, or change metadata.name"
                )));
        }
        // The whole object keeps its owner and labels; a bare spec gets the model's name.
        let whole = candor_contract::spec::parse(&text)
            .ok()
            .and_then(|mut all| all.pop());
        Ok(whole.unwrap_or_else(|| Object::of_model(&self.model, spec)))
    }

    fn load(&self, client: &Client, object: Option<&Object>) -> Result<Summary, Failure> {
        if let Some(object) = object {
            let change = objects::put(client, object, true)?;
            if change.changed {
                terminal::note(&objects::shown(&objects::put(client, object, false)?));
            }
        }
        let stored = match object {
            Some(_) => None,
            None => self.stored_spec(client)?,
        };
        let spec = object.or(stored.as_ref()).and_then(Object::model);
        let plan = Plan::new(spec);
        let mapping = serde_json::to_string(&spec.map(|s| &s.columns)).unwrap_or_default();
        let mut journal = Journal::open(&self.journal_path());
        let mut summary = Summary {
            model: self.model.clone(),
            ..Summary::default()
        };
        let fresh = matches!(client.read(&format!("/v1/models/{}", self.model)),
            Err(candor_sdk::Error::Refused(refusal)) if refusal.status == 404);
        let started = clock::start();
        let bar = terminal::progress(self.bytes()?);
        for path in &self.files {
            let content = content_hash(path)?;
            let key = Journal::key(client.url(), &self.model, &content, &mapping);
            let mut run = Run {
                client,
                model: &self.model,
                plan: &plan,
                content,
                // A server that does not know the model has none of its rows.
                done: if fresh { 0 } else { journal.rows(&key) },
                key,
                path,
                bar: &bar,
                started,
            };
            run.load(&mut journal, &mut summary)?;
            summary.files += 1;
        }
        bar.finish_and_clear();
        summary.seconds = started.elapsed().as_secs_f64();
        Ok(summary)
    }

    fn stored_spec(&self, client: &Client) -> Result<Option<Object>, Failure> {
        match client.spec("Model", &self.model) {
            Ok(revision) => {
                let object = revision.get("object").map(Object::from_value);
                Ok(object.and_then(Result::ok))
            }
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn journal_path(&self) -> PathBuf {
        if let Some(path) = &self.resume_file {
            return path.clone();
        }
        let home = || std::env::home_dir().map(|home| home.join(".local/state"));
        let folder = self.state_home.clone().or_else(home).unwrap_or_default();
        folder.join("candor/import.json")
    }

    fn bytes(&self) -> Result<u64, Failure> {
        let size = |path: &PathBuf| {
            std::fs::metadata(path)
                .map(|m| m.len())
                .map_err(|e| Failure::file(path, &e))
        };
        self.files.iter().map(size).sum()
    }
}

/// One file on its way.
struct Run<'a> {
    client: &'a Client,
    model: &'a str,
    plan: &'a Plan,
    content: String,
    key: String,
    done: u64,
    path: &'a Path,
    bar: &'a ProgressBar,
    started: std::time::Instant,
}

impl Run<'_> {
    fn load(&mut self, journal: &mut Journal, summary: &mut Summary) -> Result<(), Failure> {
        let mut source = Source::open(self.path)?;
        let (mut row, mut shown) = (0, 0);
        while let Some(chunk) = source.next() {
            let chunk = chunk.map_err(|f| f.effect(stored_before(row)))?;
            let rows = chunk.len() as u64;
            summary.rows += rows;
            let skipped = self.done.saturating_sub(row).min(rows);
            summary.resumed += skipped;
            let chunk = chunk.skip(usize::try_from(skipped).unwrap_or(usize::MAX));
            if chunk.len() > 0 {
                let ids = RowIds {
                    file: self.content[..12].to_owned(),
                    first: row + skipped,
                };
                self.store(&chunk, &ids, summary)
                    .map_err(|f| f.effect(stored_before(row)))?;
                let noted = journal.note(&self.key, row + rows);
                noted.map_err(|e| {
                    Failure::file(self.path, &format!("its progress cannot be noted: {e}"))
                })?;
            }
            row += rows;
            self.bar.inc(source.bytes_read().saturating_sub(shown));
            shown = shown.max(source.bytes_read());
            let rate = terminal::rate(summary.rows, self.started.elapsed().as_secs_f64());
            self.bar.set_message(format!(
                "{} rows  {rate} rows/s",
                terminal::count(summary.rows)
            ));
        }
        // Forgetting saves nothing but a line in a file; a full disk must not fail a whole import.
        let _ = journal.forget(&self.key);
        Ok(())
    }

    /// Sends a chunk's predictions and outcomes.
    fn store(&self, chunk: &Chunk, ids: &RowIds, summary: &mut Summary) -> Result<(), Failure> {
        let events = self.plan.events(chunk, ids);
        for events in events.map_err(|e| Failure::file(self.path, &e))? {
            let reply = self.send(&events)?;
            let outcomes = events.kind == Kind::Outcome;
            let tally = if outcomes {
                &mut summary.outcomes
            } else {
                &mut summary.predictions
            };
            tally.add(&reply);
        }
        Ok(())
    }

    fn send(&self, events: &Events) -> Result<Reply, Failure> {
        let packed;
        let (body, encoding) = if events.format == Format::Arrow {
            (&events.body, Encoding::Identity)
        } else {
            packed = zstd::encode_all(&events.body[..], LEVEL)
                .map_err(|e| Failure::service("pack", format!("cannot pack a batch: {e}")))?;
            (&packed, Encoding::Zstd)
        };
        let batch = SendBatch {
            model: self.model,
            kind: events.kind,
            format: events.format,
            body,
            encoding,
            mapping: None,
        };
        let reply = self.client.send(batch)?;
        if let Some(first) = reply.rejected.first() {
            terminal::note(&format!(
                "warning[{}]: {} of {} {} were rejected: {}\n  what   they are in the quarantine; the others were stored",
                first.code,
                reply.rejected_count,
                events.rows,
                events.kind.table(),
                terminal::clean(&first.message),
            ));
        }
        Ok(reply)
    }
}

fn stored_before(row: u64) -> String {
    format!(
        "rows before {} are stored; the same command goes on from there",
        terminal::count(row)
    )
}

fn content_hash(path: &Path) -> Result<String, Failure> {
    let mut hasher = blake3::Hasher::new();
    let file = std::fs::File::open(path).map_err(|e| Failure::file(path, &e))?;
    hasher
        .update_reader(file)
        .map_err(|e| Failure::file(path, &e))?;
    Ok(hasher.finalize().to_hex().to_string())
}

fn told(summary: &Summary) -> String {
    let Summary {
        model,
        rows,
        resumed,
        predictions,
        outcomes,
        seconds,
        ..
    } = summary;
    let mut out = format!(
        "{model}: {} rows in {seconds:.1} s ({} rows/s)",
        terminal::count(*rows),
        terminal::rate(rows - resumed, *seconds)
    );
    if *resumed > 0 {
        out.push_str(&format!(
            "; {} of them by an earlier run",
            terminal::count(*resumed)
        ));
    }
    for (name, tally) in [("predictions", predictions), ("outcomes", outcomes)] {
        out.push_str(&format!(
            "\n  {name:<12} {} new, {} known before, {} rejected",
            terminal::count(tally.accepted),
            terminal::count(tally.duplicates),
            terminal::count(tally.rejected)
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_the_content_not_the_name() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        std::fs::write(&a, "x").unwrap();
        std::fs::write(&b, "x").unwrap();
        assert_eq!(content_hash(&a).unwrap(), content_hash(&b).unwrap());
        std::fs::write(&b, "y").unwrap();
        assert_ne!(content_hash(&a).unwrap(), content_hash(&b).unwrap());
    }

    #[test]
    fn the_summary_tells_all_rows() {
        let summary = Summary {
            model: "m".into(),
            rows: 45_312,
            resumed: 312,
            predictions: Tally {
                accepted: 45_000,
                duplicates: 0,
                rejected: 0,
            },
            outcomes: Tally {
                accepted: 44_999,
                duplicates: 1,
                rejected: 0,
            },
            seconds: 1.5,
            files: 1,
        };
        insta::assert_snapshot!(told(&summary), @r"
        m: 45,312 rows in 1.5 s (30,000 rows/s); 312 of them by an earlier run
          predictions  45,000 new, 0 known before, 0 rejected
          outcomes     44,999 new, 1 known before, 0 rejected
        ");
    }
}
