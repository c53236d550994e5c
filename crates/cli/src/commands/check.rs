//! `candor check`.

use crate::clock;
use crate::failure::{Failure, Outcome, Verdict};
use crate::source::{FileFormat, Packing, format_of, unknown};
use crate::terminal::{self, Output};
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::StreamWriter;
use candor_contract::spec::{self, ModelSpec};
use candor_contract::{
    Admission, Code, Counts, Door, Format, Keys, Kind, Layouts, Limits, Mapping, ModelName,
    Privacy, Request, SchemaChange, TableId, TableLayout, base_schema, unpack,
};
use candor_monitor::UnknownMetric;
use clap::Args;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const EXAMPLE: &str = "Examples:
  candor check events.ndjson
  candor check predictions.csv --model loan --spec loan.yaml
  candor check models/*.yaml --output json";

/// Largest file that is checked, in bytes after unpacking.
const FILE_BYTES_MAX: usize = 2 << 30;
/// Most rows of a file that is checked.
const FILE_ROWS_MAX: usize = 32 << 20;
/// Problems printed for eyes, a file; JSON has all.
const SHOWN_MAX: usize = 50;

/// Validate telemetry and specs without a server; exit code 1 if there are problems
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Check {
    /// Files: events as .ndjson, .json, .csv, .arrow or .parquet, objects as .yaml or .json
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Model of all rows; without it, events of NDJSON and JSON name their own
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Kind of all rows, with `--model` or in table-like files
    #[arg(long, default_value = "prediction", value_parser = kind)]
    kind: Kind,
    /// `Model` spec that says what columns of table-like files are, and which types they have
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

fn kind(word: &str) -> Result<Kind, String> {
    word.parse()
        .map_err(|()| "one of prediction, outcome, feedback, effect, stage, change".to_owned())
}

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    file: String,
    /// Line from 1, where the format has lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    /// Row from 0, of telemetry.
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<u32>,
    code: String,
    message: String,
    hint: String,
}

/// What the whole check found.
#[derive(Debug, Default)]
struct Report {
    rows: u64,
    objects: usize,
    findings: Vec<Finding>,
    /// Likely personal data that the server would mask, by column.
    personal: BTreeMap<String, Counts>,
}

impl Check {
    pub(crate) fn run(self) -> Outcome {
        let spec = self.spec.as_deref().map(read_model).transpose()?;
        let mut report = Report::default();
        for path in &self.files {
            self.check(path, spec.as_ref(), &mut report)?;
        }
        match self.output {
            Output::Json => terminal::say_json(&json!({
                "files": self.files.len(), "rows": report.rows, "objects": report.objects,
                "problems": report.findings, "personal": personal(&report),
            })),
            Output::Table => self.tell(&report),
        }
        Ok(if report.findings.is_empty() {
            Verdict::Good
        } else {
            Verdict::Bad
        })
    }

    fn tell(&self, report: &Report) {
        for finding in report.findings.iter().take(SHOWN_MAX) {
            terminal::say(&shown(finding));
        }
        for (column, counts) in &report.personal {
            let kinds = counts
                .iter()
                .map(|(kind, n)| format!("{} {n}", kind.name()));
            let kinds: Vec<String> = kinds.collect();
            terminal::note(&format!(
                "`{column}` looks personal ({}): it would be masked",
                kinds.join(", ")
            ));
        }
        let more = report.findings.len().saturating_sub(SHOWN_MAX);
        if more > 0 {
            terminal::say(&format!("and {more} more; `--output json` has all"));
        }
        terminal::say(&format!(
            "{} files, {} rows, {} objects, {} problems",
            self.files.len(),
            terminal::count(report.rows),
            report.objects,
            report.findings.len()
        ));
    }

    fn check(
        &self,
        path: &Path,
        spec: Option<&ModelSpec>,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let (format, packing) = format_of(path).ok_or_else(|| unknown(path))?;
        let bytes = std::fs::read(path).map_err(|e| Failure::file(path, &e))?;
        let encoding = match packing {
            Packing::None => "",
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
        };
        let unpacked =
            unpack(&bytes, encoding, FILE_BYTES_MAX).map_err(|e| Failure::file(path, &e))?;
        let bytes = unpacked.unwrap_or(bytes);
        let format = match format {
            FileFormat::Yaml => return check_objects(path, &bytes, report),
            FileFormat::Json if holds_objects(&bytes) => {
                return check_objects(path, &bytes, report);
            }
            FileFormat::Json => Format::Json,
            FileFormat::Ndjson => Format::Ndjson,
            FileFormat::Csv => Format::Csv,
            FileFormat::Parquet => Format::Parquet,
            FileFormat::Arrow => {
                let stream = as_stream(bytes).map_err(|e| Failure::file(path, &e))?;
                return self.check_rows(path, stream, Format::Arrow, spec, report);
            }
        };
        self.check_rows(path, bytes, format, spec, report)
    }

    fn check_rows(
        &self,
        path: &Path,
        bytes: Vec<u8>,
        format: Format,
        spec: Option<&ModelSpec>,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let tabular = matches!(format, Format::Csv | Format::Arrow | Format::Parquet);
        let name = self.model.as_deref().or(tabular.then_some("checked"));
        let door = match name {
            None => Door::Mixed,
            Some(name) => Door::One {
                model: ModelName::new(name)
                    .ok_or_else(|| Failure::usage("invalid_model_name", "this is no model name"))?,
                kind: self.kind,
            },
        };
        let mapping: Option<Mapping> = spec.map(|s| s.mapping(self.kind));
        let limits = Limits {
            batch_bytes_max: FILE_BYTES_MAX,
            rows_max: FILE_ROWS_MAX,
            ..Limits::default()
        };
        // Nothing is stored, so nothing has to be secret or random.
        let keys = Keys::new([0; 32], [0; 32], 0);
        let known = match &door {
            Door::One { model, .. } => spec.map(|spec| (model.clone(), spec)),
            Door::Mixed => None,
        };
        let privacy = Privacy::new(known, &[]);
        let declared = Declared { spec };
        let mut admission = Admission::new(&limits, &keys, &privacy, &declared, clock::now_us(), 0);
        let request = Request {
            trace: None,
            body: bytes.into(),
            format,
            door: &door,
            mapping: mapping.as_ref(),
        };
        admission.add(&request);
        let admitted = admission.finish();
        let file = path.display().to_string();
        for tally in &admitted.tallies {
            report.rows += u64::from(tally.rows);
            if let Some(reason) = &tally.unreadable {
                report.findings.push(Finding {
                    file: file.clone(),
                    line: None,
                    row: None,
                    code: "unreadable".into(),
                    message: reason.clone(),
                    hint: "check that the file is what its name says".into(),
                });
            }
        }
        for masked in &admitted.masked {
            let counts = report.personal.entry(masked.column.clone()).or_default();
            counts.merge(&masked.counts);
        }
        let lines = Lines::new(&request.body, format);
        let found = admitted.rejected.iter().map(|rejected| {
            let row = rejected.rejection.row;
            let fault = &rejected.rejection.fault;
            Finding {
                file: file.clone(),
                line: lines.line(row),
                row: Some(row),
                code: fault.code.name().into(),
                message: fault.message.clone(),
                hint: hint(fault.code).into(),
            }
        });
        report.findings.extend(found);
        Ok(())
    }
}

fn personal(report: &Report) -> BTreeMap<&str, BTreeMap<&str, u64>> {
    let kinds = |counts: &Counts| counts.iter().map(|(kind, n)| (kind.name(), n)).collect();
    let columns = report.personal.iter();
    columns
        .map(|(column, counts)| (column.as_str(), kinds(counts)))
        .collect()
}

/// Layouts as on the first day, with the types that a spec declares.
struct Declared<'a> {
    spec: Option<&'a ModelSpec>,
}

impl Layouts for Declared<'_> {
    fn layout(&self, table: &TableId) -> Arc<TableLayout> {
        let schema = base_schema(table);
        let own = matches!(table, TableId::Model(_, Kind::Prediction));
        let Some(spec) = self.spec.filter(|_| own) else {
            return TableLayout::new(schema);
        };
        let declared = spec.declared_columns().into_iter();
        let changes: Vec<SchemaChange> = declared
            .map(|column| SchemaChange::Add { column })
            .collect();
        TableLayout::new(schema.apply(&changes))
    }
}

fn read_model(path: &Path) -> Result<ModelSpec, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| Failure::file(path, &e))?;
    let (_, spec) = ModelSpec::parse_bare_or_object(&text).map_err(|p| Failure::spec(path, &p))?;
    Ok(spec)
}

/// Whether a JSON file holds declarative objects, not events.
fn holds_objects(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4096)];
    String::from_utf8_lossy(head).contains("\"apiVersion\"")
}

fn check_objects(path: &Path, bytes: &[u8], report: &mut Report) -> Result<(), Failure> {
    let text = std::str::from_utf8(bytes).map_err(|e| Failure::file(path, &e))?;
    let bare = !text.contains("apiVersion") && !text.contains("kind:");
    let read = if bare {
        ModelSpec::parse_bare_or_object(text).map(|(_, spec)| {
            let unknown = candor_monitor::unknown_metric_of_model(&spec);
            let found = unknown.map(|u| unwatchable(path, "Model", &u));
            report.findings.extend(found);
            1
        })
    } else {
        let parsed = spec::parse(text);
        for object in parsed.iter().flatten() {
            let what = format!("{} {}", object.kind, object.metadata.name);
            let unknown = candor_monitor::unknown_metric(object);
            let found = unknown.map(|u| unwatchable(path, &what, &u));
            report.findings.extend(found);
        }
        parsed.map(|objects| objects.len())
    };
    match read {
        Ok(objects) => report.objects += objects,
        Err(problems) => report
            .findings
            .extend(problems.iter().map(|problem| Finding {
                file: path.display().to_string(),
                line: problem.line.map(u64::from),
                row: None,
                code: "invalid_spec".into(),
                message: if problem.path.is_empty() {
                    problem.message.clone()
                } else {
                    format!("{}: {}", problem.path, problem.message)
                },
                hint: problem.hint.clone().unwrap_or_default(),
            })),
    }
    Ok(())
}

/// A monitor or promise that could never tell anything.
fn unwatchable(path: &Path, what: &str, unknown: &UnknownMetric) -> Finding {
    let UnknownMetric {
        path: place,
        metric,
    } = unknown;
    Finding {
        file: path.display().to_string(),
        line: None,
        row: None,
        code: "invalid_spec".into(),
        message: format!("{what}: {place}: `{metric}` is no metric that can be watched"),
        hint: "Use one that docs/methods/performance.md lists, such as roc_auc, mae or ece; promises may be \
               about errors and latency_ms.p50, .p95 or .p99, too; estimates are of fewer"
            .into(),
    }
}

/// Arrow files become streams, which is what doors take.
fn as_stream(bytes: Vec<u8>) -> Result<Vec<u8>, arrow::error::ArrowError> {
    if !bytes.starts_with(b"ARROW1") {
        return Ok(bytes);
    }
    let reader = FileReader::try_new(Cursor::new(bytes), None)?;
    let mut writer = StreamWriter::try_new(Vec::new(), &reader.schema())?;
    for batch in reader {
        writer.write(&batch?)?;
    }
    writer.into_inner()
}

/// The line of each row.
enum Lines {
    /// NDJSON: lines that are not blank, in order.
    Listed(Vec<u64>),
    /// CSV: rows follow the header.
    AfterHeader,
    /// No lines.
    None,
}

impl Lines {
    fn new(bytes: &[u8], format: Format) -> Self {
        match format {
            Format::Ndjson => {
                let lines = bytes.split(|b| *b == b'\n').zip(1..);
                Lines::Listed(
                    lines
                        .filter(|(l, _)| !l.trim_ascii().is_empty())
                        .map(|(_, n)| n)
                        .collect(),
                )
            }
            // Quoted cells may hold line breaks; then only the row's number is certain.
            Format::Csv if !bytes.contains(&b'"') => Lines::AfterHeader,
            _ => Lines::None,
        }
    }

    fn line(&self, row: u32) -> Option<u64> {
        match self {
            Lines::Listed(lines) => lines.get(usize::try_from(row).ok()?).copied(),
            Lines::AfterHeader => Some(u64::from(row) + 2),
            Lines::None => None,
        }
    }
}

fn shown(finding: &Finding) -> String {
    let mut place = finding.file.clone();
    match (finding.line, finding.row) {
        (Some(line), _) => place.push_str(&format!(":{line}")),
        (None, Some(row)) => place.push_str(&format!(" row {row}")),
        (None, None) => {}
    }
    let Finding {
        code,
        message,
        hint,
        ..
    } = finding;
    let mut text = format!(
        "error[{code}]: {}\n  where  {place}",
        terminal::clean(message)
    );
    if !hint.is_empty() {
        text.push_str(&format!("\n  mend   {hint}"));
    }
    text
}

/// How to mend a row that was rejected with `code`.
const fn hint(code: Code) -> &'static str {
    match code {
        Code::MalformedJson => "write one JSON object a line",
        Code::MalformedRow => "give each row as many cells as the header has",
        Code::InvalidUtf8 => "write the file as UTF-8",
        Code::NotAnObject => "write an object with named fields",
        Code::RowTooLarge => "leave large texts and vectors out, or raise the limit",
        Code::NestingTooDeep => "flatten the value, or send it as text",
        Code::TooManyColumns => "send fewer distinct fields",
        Code::MissingField => "add the field",
        Code::TypeMismatch => "send the declared type, or widen it in the spec",
        Code::DuplicateKey => "name each field once",
        Code::UnknownKind => "use prediction, outcome, feedback, effect, stage or change",
        Code::KindMismatch | Code::ModelMismatch => {
            "leave the field out, or send the row elsewhere"
        }
        Code::InvalidModelName => "use letters, digits, `.`, `_` and `-`",
        Code::IdTooLong => "use at most 128 bytes",
        Code::InvalidTime => "write RFC 3339, e.g. 2026-01-31T12:00:00Z, or an integer epoch",
        Code::TimeTooOld | Code::TimeInFuture => "check the clock and the unit of the epoch",
        Code::NumberOutOfRange => "send it as text",
        Code::MaskingFailed => "send the row in a smaller batch",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::Candor;
    use clap::Parser;

    fn check(files: &[(&str, &str)], flags: &[&str]) -> Outcome {
        let dir = tempfile::tempdir().unwrap();
        let mut args = vec!["candor".to_owned(), "check".into()];
        for (name, text) in files {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            args.push(path.display().to_string());
        }
        args.extend(flags.iter().map(ToString::to_string));
        Candor::try_parse_from(args).unwrap().run()
    }

    #[test]
    fn good_files_are_good_and_bad_ones_bad() {
        let event = r#"{"model":"m","time":"2026-01-01T00:00:00Z","inputs":{"a":1}}"#;
        let cases = [
            (("e.ndjson", event), Verdict::Good),
            (("e.json", event), Verdict::Good),
            (("e.csv", "id,input_a\nx,1\n"), Verdict::Good),
            (
                (
                    "m.yaml",
                    "apiVersion: candor/v1\nkind: Model\nmetadata: {name: m}\nspec: {task: binary}\n",
                ),
                Verdict::Good,
            ),
            (("m.yml", "task: binary\n"), Verdict::Good),
            (
                (
                    "b.ndjson",
                    "{\"model\":\"m\",\"time\":\"soon\",\"inputs\":{\"a\":1}}",
                ),
                Verdict::Bad,
            ),
            (("b.csv", "id,input_a\nx\n"), Verdict::Bad),
            (("b.parquet", "no parquet"), Verdict::Bad),
            (
                (
                    "b.yaml",
                    "apiVersion: candor/v1\nkind: Model\nmetadata: {name: m}\nspec: {tusk: binary}\n",
                ),
                Verdict::Bad,
            ),
        ];
        for (file, verdict) in cases {
            assert_eq!(check(&[file], &[]).unwrap(), verdict, "{file:?}");
        }
        assert_eq!(
            check(&[("x.bin", "")], &[]).unwrap_err().code,
            "unknown_format"
        );
    }

    #[test]
    fn declared_types_are_held() {
        let dir = tempfile::tempdir().unwrap();
        let spec = dir.path().join("m.yaml");
        std::fs::write(&spec, "features: {age: {type: integer}}\n").unwrap();
        let spec = spec.display().to_string();
        let flags = ["--model", "m", "--spec", &spec];
        assert_eq!(
            check(&[("a.csv", "age\n41\n")], &flags).unwrap(),
            Verdict::Good
        );
        assert_eq!(
            check(&[("a.csv", "age\nforty\n")], &flags).unwrap(),
            Verdict::Bad
        );
    }

    #[test]
    fn lines_skip_blank_ones_and_the_header() {
        let lines = Lines::new(b"{}\n\n  \n{}\n", Format::Ndjson);
        assert_eq!(
            (lines.line(0), lines.line(1), lines.line(2)),
            (Some(1), Some(4), None)
        );
        assert_eq!(Lines::new(b"a\n1\n", Format::Csv).line(0), Some(2));
        assert_eq!(Lines::new(b"a\n\"1\n2\"\n", Format::Csv).line(0), None);
    }
}
