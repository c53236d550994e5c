//! `candor report`.

use crate::clock;
use crate::failure::{Failure, Outcome, Verdict};
use crate::table::{self, Expressed, Joined, Narrowed, Rows};
use crate::terminal::{self, Output};
use arrow::array::{ArrayRef, AsArray, BooleanArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use candor_contract::spec::ModelSpec;
use candor_report::{Concern, Document, Options, Request, Section, Table, evaluate, render};
use clap::{Args, ValueEnum};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const EXAMPLE: &str = "Examples:
  candor report week.parquet --reference last-month.parquet --spec model.yaml --out report.html
  candor report 'days/*.csv.gz' --reference training.csv --out report.md --fail-on drift,quality
  candor report lake/predictions --spec model.yaml --outcomes outcomes.parquet --out report.json
  candor report today.parquet --reference last-month.parquet --keys customer=customers.csv --as-of now

The reference is a file, or the time that the spec names, or the rows of --reference-rows. The ending of
--out says what is written: .html (opens anywhere, also offline), .json or .md. Without it a summary is told.";

/// Threads that read and compute.
const LANES_MAX: usize = 8;

/// Evaluate a model's data and predictions against a reference, without a server
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Report {
    /// Current data: Parquet, CSV, NDJSON or Arrow files, patterns, or a Delta table's folder
    #[arg(required = true, value_name = "CURRENT")]
    current: Vec<String>,
    /// What they are compared with
    #[arg(long, num_args = 1.., value_name = "REF")]
    reference: Vec<String>,
    /// `Model` spec that says what each column is
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
    /// Outcomes in files of their own, joined by the spec's `columns.id`
    #[arg(long, num_args = 1.., value_name = "FILE")]
    outcomes: Vec<String>,
    /// Known keys of a column: its values must be among those of the file's column of that name, or its first
    #[arg(long, value_name = "COLUMN=FILE", value_parser = keys)]
    keys: Vec<(String, String)>,
    /// When CURRENT should be there: `now` or an instant (RFC 3339). Whether it is fresh is judged then
    #[arg(long, value_name = "TIME", value_parser = instant)]
    as_of: Option<i64>,
    /// Rows of CURRENT to look at, counting from 0: `20000..`, `..500`
    #[arg(long, value_name = "FROM..TO", value_parser = rows)]
    rows: Option<Range<u64>>,
    /// Rows of REF (or of CURRENT, if no REF is named) to compare with
    #[arg(long, value_name = "FROM..TO", value_parser = rows)]
    reference_rows: Option<Range<u64>>,
    /// Where to write the report: .html, .json or .md
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// End with exit code 1 if there are findings of these kinds
    #[arg(long, value_enum, value_delimiter = ',', value_name = "KIND")]
    fail_on: Vec<FailOn>,
    /// Further drift methods to compute: names, or `all`
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    methods: Vec<String>,
    /// Sections to tell: drift, quality, windows, multivariate, performance, estimated_performance,
    /// calibration, fairness, slices. By default all
    #[arg(long, value_delimiter = ',', value_name = "SECTION", value_parser = section)]
    only: Vec<Section>,
    /// Seed of what is sampled
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    seed: u64,
    /// Threads; 0 for as many as there are processors
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    threads: usize,
    /// Form of the summary
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

/// Kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Drift,
    Quality,
    Performance,
    Fairness,
}

impl FailOn {
    fn concern(self) -> Concern {
        match self {
            FailOn::Drift => Concern::Drift,
            FailOn::Quality => Concern::Quality,
            FailOn::Performance => Concern::Performance,
            FailOn::Fairness => Concern::Fairness,
        }
    }
}

/// Reads `20000..`, `..500` or `0..20000`.
fn rows(text: &str) -> Result<Range<u64>, String> {
    let wrong = || format!("`{text}` is no range of rows; write 20000.. or 0..20000");
    let (from, to) = text.split_once("..").ok_or_else(wrong)?;
    let number = |part: &str, none: u64| {
        if part.is_empty() {
            Ok(none)
        } else {
            part.parse().map_err(|_| wrong())
        }
    };
    let range = number(from, 0)?..number(to, u64::MAX)?;
    if range.start >= range.end {
        return Err(format!("`{text}` has no rows"));
    }
    Ok(range)
}

/// Reads `customer=customers.csv`.
fn keys(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=');
    let parts = parts.filter(|(column, file)| !column.is_empty() && !file.is_empty());
    let (column, file) =
        parts.ok_or_else(|| format!("`{text}` names no column and file; write column=file"))?;
    Ok((column.to_owned(), file.to_owned()))
}

/// Reads `now` or an instant.
fn instant(text: &str) -> Result<i64, String> {
    if text == "now" {
        return Ok(clock::now_us());
    }
    let wrong = || format!("`{text}` is no instant; write now, a date or RFC 3339");
    candor_contract::parse_us(text).ok_or_else(wrong)
}

fn section(text: &str) -> Result<Section, String> {
    Section::named(text).ok_or_else(|| {
        let names: Vec<&str> = Section::ALL.iter().map(|s| s.name()).collect();
        format!(
            "there is no section `{text}`; there are {}",
            names.join(", ")
        )
    })
}

type Shared = Arc<dyn Table + Send>;

impl Report {
    pub(crate) fn run(self) -> Outcome {
        let form = self.out.as_deref().map(form).transpose()?;
        let (name, spec) = self.read_spec()?;
        let bar = terminal::progress(0);
        let read = |bytes: u64| bar.inc(bytes);
        let (reference, current) = self.tables(&spec, &read)?;
        let keys = self.known_keys(&read)?;
        let request = Request {
            name: name.unwrap_or_else(|| self.title()),
            spec: &spec,
            reference: reference.as_ref(),
            current: current.as_ref(),
            keys: keys
                .iter()
                .map(|(column, table)| (column.clone(), table.as_ref() as &dyn Table))
                .collect(),
            generated_at: candor_contract::format_us(clock::now_us()),
            options: Options {
                seed: self.seed,
                lanes: self.lanes(),
                as_of_us: self.as_of,
                methods: self.methods.clone(),
                only: self.only.clone(),
            },
        };
        bar.set_length(0);
        let told = |done: usize, all: usize, what: &str| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
            bar.set_message(what.to_owned());
        };
        let document = evaluate(&request, &told)
            .map_err(|error| Failure::usage("no_report", error.to_string()))?;
        bar.finish_and_clear();
        self.deliver(&document, form)?;
        let bad = self
            .fail_on
            .iter()
            .any(|kind| document.concerns(kind.concern()));
        Ok(if bad { Verdict::Bad } else { Verdict::Good })
    }

    fn lanes(&self) -> usize {
        if self.threads > 0 {
            return self.threads;
        }
        std::thread::available_parallelism().map_or(1, |n| n.get().min(LANES_MAX))
    }

    fn title(&self) -> String {
        let stem = Path::new(&self.current[0]).file_name();
        let stem = stem.map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        stem.split('.').next().unwrap_or("model").to_owned()
    }

    fn read_spec(&self) -> Result<(Option<String>, ModelSpec), Failure> {
        let Some(path) = &self.spec else {
            return Ok((None, ModelSpec::default()));
        };
        let text = std::fs::read_to_string(path).map_err(|e| Failure::file(path, &e))?;
        ModelSpec::parse_bare_or_object(&text).map_err(|p| Failure::spec(path, &p))
    }

    fn known_keys(&self, read: &dyn Fn(u64)) -> Result<Vec<(String, Shared)>, Failure> {
        let opened = self.keys.iter().map(|(column, file)| {
            let table = table::open(std::slice::from_ref(file), read)?;
            Ok((column.clone(), table as Shared))
        });
        opened.collect()
    }

    /// The tables of both sides, which evaluate what the spec declares as expressions.
    fn tables(&self, spec: &ModelSpec, read: &dyn Fn(u64)) -> Result<(Shared, Shared), Failure> {
        let (reference, current) = self.plain_tables(spec, read)?;
        let derived = spec.features.values().any(|f| f.derived.is_some());
        if spec.checks.is_empty() && !derived {
            return Ok((reference, current));
        }
        Ok((
            Arc::new(Expressed::new(reference)),
            Arc::new(Expressed::new(current)),
        ))
    }

    fn plain_tables(
        &self,
        spec: &ModelSpec,
        read: &dyn Fn(u64),
    ) -> Result<(Shared, Shared), Failure> {
        let outcomes = match self.outcomes.as_slice() {
            [] => None,
            named => Some(table::open(named, read)?),
        };
        let with_outcomes = |side: Shared| -> Result<Shared, Failure> {
            let has = |name: &String| side.fields().iter().any(|f| f.name == *name);
            match (&outcomes, &spec.columns.outcome) {
                (None, _) => Ok(side),
                (Some(_), Some(outcome)) if has(outcome) => Ok(side),
                (Some(outcomes), _) => {
                    let id = spec.columns.id.as_deref().unwrap_or("id");
                    Ok(Arc::new(Joined::new(side, outcomes.clone(), id)?))
                }
            }
        };
        let all = with_outcomes(table::open(&self.current, read)?)?;
        let narrowed =
            |side: &Shared, rows: Rows| -> Shared { Arc::new(Narrowed::new(side.clone(), rows)) };
        if !self.reference.is_empty() {
            let reference = with_outcomes(table::open(&self.reference, read)?)?;
            let cut = |side: Shared, rows: &Option<Range<u64>>| match rows {
                Some(rows) => narrowed(&side, Rows::Range(rows.clone())),
                None => side,
            };
            return Ok((cut(reference, &self.reference_rows), cut(all, &self.rows)));
        }
        if let Some(rows) = &self.reference_rows {
            let rest = self.rows.clone().unwrap_or(rows.end..u64::MAX);
            return Ok((
                narrowed(&all, Rows::Range(rows.clone())),
                narrowed(&all, Rows::Range(rest)),
            ));
        }
        let (before, after) = by_time(spec, all.as_ref())?;
        Ok((
            narrowed(&all, Rows::Marked(before)),
            narrowed(&all, Rows::Marked(after)),
        ))
    }

    fn deliver(&self, document: &Document, form: Option<Form>) -> Result<(), Failure> {
        if let (Some(form), Some(path)) = (form, &self.out) {
            let text = match form {
                Form::Html => render::html(document),
                Form::Json => json(document)?,
                Form::Markdown => render::markdown(document),
            };
            std::fs::write(path, text).map_err(|e| Failure::file(path, &e))?;
        }
        match self.output {
            Output::Json => terminal::write(json(document)?.as_bytes()),
            Output::Table => terminal::say(render::terminal(document).trim_end()),
        }
        if let Some(path) = &self.out {
            terminal::note(&format!("written: {}", path.display()));
        }
        Ok(())
    }
}

/// What is written.
#[derive(Debug, Clone, Copy)]
enum Form {
    Html,
    Json,
    Markdown,
}

fn form(path: &Path) -> Result<Form, Failure> {
    match path.extension().and_then(|e| e.to_str()) {
        Some("html" | "htm") => Ok(Form::Html),
        Some("json") => Ok(Form::Json),
        Some("md" | "markdown") => Ok(Form::Markdown),
        _ => Err(
            Failure::usage("unknown_form", "the name of the report tells no form")
                .at(path.display())
                .mend("name it .html, .json or .md"),
        ),
    }
}

fn json(document: &Document) -> Result<String, Failure> {
    render::json(document).map_err(|e| Failure::service("no_json", e.to_string()))
}

/// Marks of the rows of the spec's reference, and of those after it.
fn by_time(spec: &ModelSpec, table: &dyn Table) -> Result<(BooleanArray, BooleanArray), Failure> {
    let nothing = || {
        Failure::usage("no_reference", "there is nothing to compare with")
            .mend("name a file with --reference, rows with --reference-rows, or `reference` and `columns.time` in the spec")
    };
    let period = spec
        .reference
        .as_ref()
        .and_then(|r| r.range_us())
        .ok_or_else(nothing)?;
    let time = spec.columns.time.as_deref().unwrap_or("time");
    let at = table
        .fields()
        .iter()
        .position(|f| f.name == time)
        .ok_or_else(nothing)?;
    let wrong = |what: String| Failure::usage("unreadable", what);
    let parts = table.read(at).map_err(|e| wrong(e.to_string()))?;
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for part in &parts {
        for t in micros(part)
            .map_err(wrong)?
            .as_primitive::<TimestampMicrosecondType>()
        {
            before.push(t.is_some_and(|t| period.contains(&t)));
            after.push(t.is_some_and(|t| t >= period.end));
        }
    }
    Ok((before.into(), after.into()))
}

fn micros(part: &ArrayRef) -> Result<ArrayRef, String> {
    cast(part, &DataType::Timestamp(TimeUnit::Microsecond, None)).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::{instant, keys, rows};

    #[test]
    fn keys_and_instants_are_read() {
        let told = keys("customer=a=b.csv");
        assert_eq!(told, Ok(("customer".to_owned(), "a=b.csv".to_owned())));
        assert!(keys("customers.csv").is_err() && keys("=x").is_err());
        assert_eq!(instant("1970-01-02"), Ok(86_400_000_000));
        assert!(instant("now").is_ok() && instant("soon").is_err());
    }

    #[test]
    fn ranges_of_rows_are_read() {
        assert_eq!(rows("..5"), Ok(0..5));
        assert_eq!(rows("20000.."), Ok(20_000..u64::MAX));
        assert_eq!(rows("1..3"), Ok(1..3));
        for wrong in ["", "5", "3..3", "a..b", "-1.."] {
            assert!(rows(wrong).is_err(), "{wrong}");
        }
    }
}
