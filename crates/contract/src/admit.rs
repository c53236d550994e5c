//! The front verb: bytes of requests in, typed batches and problems out.
//!
//! Several requests may be admitted together, so that small ones cost little: their rows share
//! columns, and each row remembers its [`Origin`].

mod arrays;
mod columnar;
mod csv;
mod implied;
mod json;
mod origins;
mod prepared;
mod stream;
mod text;

use crate::fields::Special;
use crate::flat::Mapping;
use crate::guard::{self, Masked, Privacy};
use crate::keys::{Keys, Minter};
use crate::layout::TableLayout;
use crate::limits::Limits;
use crate::part::{Origin, Part};
use crate::personal::Counts;
use crate::redact;
use crate::rejection::{Code, Fault, Rejected, Rejection};
use crate::rows::TableRows;
use crate::setting::Setting;
use crate::trace::TraceContext;
use crate::{Kind, ModelName, TableId};
use arrow::array::UInt32Array;
use arrow::compute::take_record_batch;
use bytes::Bytes;
use hashbrown::HashMap;
use std::sync::Arc;

/// Format of a request's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON array, one object, or several objects one after the other.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated, with a header of flattened names.
    Csv,
    /// Arrow IPC stream.
    Arrow,
    /// Parquet file.
    Parquet,
}

impl Format {
    /// The format that a `Content-Type` names.
    pub fn from_content_type(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        Some(match essence.to_ascii_lowercase().as_str() {
            "application/json" | "text/json" => Format::Json,
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonlines"
            | "application/json-lines" => Format::Ndjson,
            "text/csv" | "application/csv" => Format::Csv,
            "application/vnd.apache.arrow.stream" | "application/x-apache-arrow-stream" => {
                Format::Arrow
            }
            "application/vnd.apache.parquet" | "application/x-parquet" | "application/parquet" => {
                Format::Parquet
            }
            _ => return None,
        })
    }
}

/// What the way in says of the events behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// Events name their model and kind.
    Mixed,
    /// All events are of one model and kind.
    One {
        /// The model.
        model: ModelName,
        /// The kind.
        kind: Kind,
    },
}

impl Door {
    /// Whether an event's own `model` or `kind` agrees with the door.
    pub(crate) fn check(&self, special: Special, word: &str) -> Result<(), Fault> {
        let Door::One { model, kind } = self else {
            return Ok(());
        };
        match special {
            Special::Model if word != model.as_str() => Err(Fault::new(
                Code::ModelMismatch,
                format!("`model` differs from the address, which says {model}"),
            )),
            Special::Kind if word != kind.name() => Err(Fault::new(
                Code::KindMismatch,
                format!("`kind` differs from the address, which takes each {kind}"),
            )),
            _ => Ok(()),
        }
    }
}

/// One request to admit. The body is already decompressed.
#[derive(Debug)]
pub struct Request<'a> {
    /// The bytes. Rows of an Arrow stream go on sharing them.
    pub body: Bytes,
    /// Their format.
    pub format: Format,
    /// The way they came in.
    pub door: &'a Door,
    /// How a file's columns map to event fields (CSV, Arrow, Parquet).
    pub mapping: Option<&'a Mapping>,
    /// The request's trace, for events that name none.
    pub trace: Option<&'a TraceContext>,
}

/// What became of one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows seen.
    pub rows: u32,
    /// Rows taken (duplicates are found later, when they are appended).
    pub taken: u32,
    /// Row and minted id of rows that came without one.
    pub minted: Vec<(u32, String)>,
    /// Why the body as a whole could not be read, if so.
    pub unreadable: Option<String>,
}

/// The result of an admission.
#[derive(Debug, Default)]
pub struct Admitted {
    /// Rows by table, the quarantine's among them.
    pub parts: Vec<Part>,
    /// One tally a request, in order.
    pub tallies: Vec<Tally>,
    /// All rejected rows.
    pub rejected: Vec<Rejected>,
    /// Personal data that the detector masked, by request, table and column.
    pub masked: Vec<Masked>,
}

/// Looks up the current schema of a table; the base schema for one that does not exist yet.
pub trait Layouts {
    /// The layout of `table`.
    fn layout(&self, table: &TableId) -> Arc<TableLayout>;
}

/// Admits requests. See the module's text.
pub struct Admission<'a> {
    setting: Setting<'a>,
    layouts: &'a dyn Layouts,
    minter: Minter,
    random: u128,
    tables: Vec<TableRows>,
    index: HashMap<(Option<ModelName>, Kind), usize>,
    parts: Vec<Part>,
    tallies: Vec<Tally>,
    rejected: Vec<Rejected>,
    masked: Vec<Masked>,
    #[cfg(test)]
    masking_fails: bool,
}

impl<'a> Admission<'a> {
    /// `now_us` is the arrival time in microseconds; `random` must be fresh.
    pub fn new(
        limits: &'a Limits,
        keys: &'a Keys,
        privacy: &'a Privacy,
        layouts: &'a dyn Layouts,
        now_us: i64,
        random: u128,
    ) -> Self {
        Self {
            setting: Setting {
                limits,
                keys,
                privacy,
                now_us,
            },
            layouts,
            minter: Minter::new(now_us, random),
            random,
            tables: Vec::new(),
            index: HashMap::new(),
            parts: Vec::new(),
            tallies: Vec::new(),
            rejected: Vec::new(),
            masked: Vec::new(),
            #[cfg(test)]
            masking_fails: false,
        }
    }

    /// Decodes one request. A body that cannot be read at all says so in its tally and takes
    /// nothing; bad rows are rejected one by one.
    pub fn add(&mut self, request: &Request<'_>) {
        self.tallies.push(Tally::default());
        let counted = text::check_rows(request, self.setting.limits.rows_max);
        let outcome = counted.and_then(|()| match request.format {
            Format::Ndjson => {
                json::decode_lines(self, request);
                Ok(())
            }
            Format::Json => {
                json::decode_document(self, request);
                Ok(())
            }
            Format::Csv => csv::decode(self, request),
            Format::Arrow => columnar::decode_arrow(self, request),
            Format::Parquet => columnar::decode_parquet(self, request),
        });
        if let Err(reason) = outcome
            && let Some(tally) = self.tallies.last_mut()
        {
            // The reason may name a column, and names may be personal.
            tally.unreadable = Some(guard::name(&reason).into_owned());
        }
    }

    /// The batches and problems of all requests added, nothing personal in them that may not be
    /// stored in clear.
    pub fn finish(mut self) -> Admitted {
        let now_us = self.setting.now_us;
        for rows in std::mem::take(&mut self.tables) {
            if let Some(done) = rows.finish(now_us) {
                self.parts.push(Part {
                    table: done.id,
                    kind: done.kind,
                    batch: done.batch,
                    columns: done.columns,
                    fingerprints: done.fingerprints,
                    origins: done.origins,
                });
            }
        }
        for mut part in std::mem::take(&mut self.parts) {
            implied::status(&mut part);
            let before = self.masked.len();
            let guarded = self.setting.guard().apply(&mut part, &mut self.masked);
            #[cfg(test)]
            let guarded = guarded.and_then(|()| self.planned_failure());
            match guarded {
                Ok(()) => self.parts.push(part),
                Err(error) => {
                    self.masked.truncate(before);
                    self.refuse(&part, &error.to_string());
                }
            }
        }
        if !self.rejected.is_empty() {
            let ids: Vec<String> = self
                .rejected
                .iter()
                .map(|_| self.minter.mint().to_string())
                .collect();
            if let Some(batch) = crate::quarantine::batch(&self.rejected, &ids, now_us) {
                self.parts.push(Part {
                    table: TableId::Quarantine,
                    kind: Kind::Prediction,
                    columns: crate::quarantine::schema().columns,
                    fingerprints: vec![0; batch.num_rows()],
                    origins: self
                        .rejected
                        .iter()
                        .map(|r| Origin {
                            request: r.request,
                            row: r.rejection.row,
                        })
                        .collect(),
                    batch,
                });
            }
        }
        Admitted {
            parts: self.parts,
            tallies: self.tallies,
            rejected: self.rejected,
            masked: self.masked,
        }
    }

    /// Lets every masking fail, as running out of room would.
    #[cfg(test)]
    pub(crate) fn fail_masking(&mut self) {
        self.masking_fails = true;
    }

    #[cfg(test)]
    fn planned_failure(&self) -> Result<(), guard::MaskError> {
        let error = guard::MaskError {
            column: "input_note".to_owned(),
            reason: "planned".to_owned(),
        };
        if self.masking_fails {
            Err(error)
        } else {
            Ok(())
        }
    }

    /// Rejects all rows of a part that could not be made safe. Nothing of them is kept.
    fn refuse(&mut self, part: &Part, reason: &str) {
        for origin in &part.origins {
            let index = usize::try_from(origin.request).unwrap_or(usize::MAX);
            if let Some(tally) = self.tallies.get_mut(index) {
                tally.taken = tally.taken.saturating_sub(1);
                tally.minted.retain(|(row, _)| *row != origin.row);
            }
            self.rejected.push(Rejected {
                request: origin.request,
                model: part.table.model().map(|m| m.as_str().to_owned()),
                kind: Some(part.kind),
                rejection: Rejection {
                    row: origin.row,
                    fault: Fault::new(Code::MaskingFailed, reason),
                    raw: String::new(),
                },
            });
        }
    }

    pub(crate) fn setting(&self) -> &Setting<'a> {
        &self.setting
    }

    pub(crate) fn layout(&self, table: &TableId) -> Arc<TableLayout> {
        self.layouts.layout(table)
    }

    pub(crate) fn request_index(&self) -> u32 {
        u32::try_from(self.tallies.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// Position of the table for events of `kind` of `model`.
    pub(crate) fn table_for(&mut self, model: Option<&ModelName>, kind: Kind) -> usize {
        let key = (model.cloned(), kind);
        if let Some(&at) = self.index.get(&key) {
            return at;
        }
        let id = match model {
            Some(model) => TableId::of(model, kind),
            None => TableId::Shared(kind),
        };
        let layout = self.layouts.layout(&id);
        // Each table mints from its own random stretch, so ids never meet.
        let stretch = u128::try_from(self.tables.len() + 1).unwrap_or(1) << 100;
        let minter = Minter::new(self.setting.now_us, self.random ^ stretch);
        let owner = model.filter(|_| !kind.per_model()).cloned();
        self.tables
            .push(TableRows::new(id, kind, layout, minter, owner));
        self.index.insert(key, self.tables.len() - 1);
        self.tables.len() - 1
    }

    pub(crate) fn table(&mut self, at: usize) -> (&mut TableRows, &Setting<'a>) {
        (&mut self.tables[at], &self.setting)
    }

    pub(crate) fn add_part(&mut self, part: Part) {
        self.parts.push(part);
    }

    pub(crate) fn part_count(&self) -> usize {
        self.parts.len()
    }

    /// Copies the parts after the first `from`, which share a body of `bytes`, if they are only a
    /// small share of it: rows may wait long, and the whole body with them.
    pub(crate) fn let_go_of(&mut self, bytes: usize, from: usize) {
        let columns = self.parts[from..].iter().flat_map(|p| p.batch.columns());
        let kept: usize = columns
            .map(|c| c.to_data().get_slice_memory_size().unwrap_or(0))
            .sum();
        if kept >= bytes / 2 {
            return;
        }
        for part in &mut self.parts[from..] {
            let rows = u32::try_from(part.batch.num_rows()).unwrap_or(u32::MAX);
            let all = UInt32Array::from_iter_values(0..rows);
            if let Ok(copy) = take_record_batch(&part.batch, &all) {
                part.batch = copy;
            }
        }
    }

    pub(crate) fn mint(&mut self) -> String {
        self.minter.mint().to_string()
    }

    pub(crate) fn fingerprint(&self, model: Option<&ModelName>, kind: Kind, id: &str) -> u128 {
        self.setting.keys.fingerprint(model, kind, id)
    }

    pub(crate) fn counted(&mut self, rows: u32) {
        if let Some(tally) = self.tallies.last_mut() {
            tally.rows = rows;
        }
    }

    pub(crate) fn taken(&mut self, row: u32, minted: Option<String>) {
        let request = self.request_index();
        self.taken_of(Origin { request, row }, minted);
    }

    fn taken_of(&mut self, Origin { request, row }: Origin, minted: Option<String>) {
        let index = usize::try_from(request).unwrap_or(usize::MAX);
        if let Some(tally) = self.tallies.get_mut(index) {
            tally.taken += 1;
            if let Some(id) = minted {
                tally.minted.push((row, id));
            }
        }
    }

    /// Rejects a row of the table at `table`, or of the request's door.
    pub(crate) fn reject(
        &mut self,
        request: &Request<'_>,
        table: Option<usize>,
        row: u32,
        fault: Fault,
        raw: &[u8],
    ) {
        let known = table.map(|at| (self.tables[at].model().cloned(), self.tables[at].kind));
        let door = match request.door {
            Door::One { model, kind } => Some((Some(model.clone()), *kind)),
            Door::Mixed => None,
        };
        let (model, kind) = match known.or(door) {
            Some((model, kind)) => (model, Some(kind)),
            None => (None, None),
        };
        let request = self.request_index();
        self.push_rejected(model.as_ref(), kind, Origin { request, row }, fault, raw);
    }

    fn reject_in(&mut self, table: &TableId, kind: Kind, at: Origin, fault: Fault, raw: &[u8]) {
        self.push_rejected(table.model(), Some(kind), at, fault, raw);
    }

    fn reject_at(&mut self, at: Origin, fault: Fault) {
        self.push_rejected(None, None, at, fault, b"");
    }

    fn push_rejected(
        &mut self,
        model: Option<&ModelName>,
        kind: Option<Kind>,
        Origin { request, row }: Origin,
        fault: Fault,
        raw: &[u8],
    ) {
        let kept = &raw[..raw.len().min(self.setting.limits.row_bytes_max)];
        let mut counts = Counts::default();
        let raw = redact::redact(kept, model, &self.setting.guard(), &mut counts);
        let message = guard::name(&fault.message).into_owned();
        if counts.total() > 0 {
            self.masked.push(Masked {
                request,
                table: TableId::Quarantine,
                column: "raw".to_owned(),
                counts,
                whole: 0,
            });
        }
        self.rejected.push(Rejected {
            request,
            model: model.map(|m| m.as_str().to_owned()),
            kind,
            rejection: Rejection {
                row,
                fault: Fault { message, ..fault },
                raw,
            },
        });
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
