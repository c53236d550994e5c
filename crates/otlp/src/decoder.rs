//! The front verb: bytes of exports in, columns of spans and of predictions out.

use crate::json::{self, ExportJson};
use crate::rules::{Form, Rules};
use crate::sheet::Sheet;
use crate::span::{Maker, Span};
use crate::understood::{self, Place, Understood};
use crate::value::{Attributes, Value};
use crate::wire::{Broken, Fields};
use crate::{predictions, spans};
use arrow::array::RecordBatch;
use candor_contract::{Code, Fault, ModelName, Origin};
use std::collections::BTreeMap;

/// Rows of one table, and where each came from.
#[derive(Debug)]
pub struct Columns {
    /// The rows.
    pub batch: RecordBatch,
    /// One origin a row.
    pub origins: Vec<Origin>,
}

/// A span that was not taken.
#[derive(Debug)]
pub struct Refused {
    /// Which it was.
    pub origin: Origin,
    /// Why.
    pub fault: Fault,
    /// What may be kept of it: its ids and its name as JSON, nothing that it says.
    pub raw: String,
}

/// The result.
#[derive(Debug, Default)]
pub struct Decoded {
    /// Spans, in the columns of their table; `subject` as it was sent.
    pub spans: Option<Columns>,
    /// Predictions by model, in flattened names.
    pub predictions: Vec<(ModelName, Columns)>,
    /// Spans that were not taken.
    pub refused: Vec<Refused>,
    /// Attributes of content that were left out, since no policy says to keep them.
    pub content_dropped: u64,
}

struct Growing {
    sheet: Sheet,
    origins: Vec<Origin>,
}

/// Decodes exports into shared columns.
pub struct Decoder<'a> {
    rules: Rules<'a>,
    spans: Growing,
    predictions: BTreeMap<ModelName, Growing>,
    refused: Vec<Refused>,
    content_dropped: u64,
}

/// Spans of one place, not read yet.
struct Group<'b> {
    resource: Option<Raw<'b>>,
    scope: Option<Raw<'b>>,
    spans: Vec<Raw<'b>>,
}

#[derive(Clone, Copy)]
enum Raw<'b> {
    Bytes(&'b [u8]),
    Json(&'b str),
}

impl<'a> Decoder<'a> {
    /// Begins without any rows.
    pub fn new(rules: Rules<'a>) -> Self {
        Self {
            rules,
            spans: Growing {
                sheet: spans::sheet(),
                origins: Vec::new(),
            },
            predictions: BTreeMap::new(),
            refused: Vec::new(),
            content_dropped: 0,
        }
    }

    /// Decodes one export, which is request number `request`; how many spans it has. Spans that cannot
    /// be taken are refused one by one.
    ///
    /// # Errors
    /// The body is no export at all; nothing of it was taken.
    pub fn add(&mut self, request: u32, body: &[u8], form: Form) -> Result<u32, String> {
        let max = self.rules.limits.rows_max;
        let groups = match form {
            Form::Protobuf => {
                groups_of(body).map_err(|e| format!("this is no export of traces: {e}"))?
            }
            Form::Json => groups_of_json(body)?,
        };
        let count: usize = groups.iter().map(|group| group.spans.len()).sum();
        if count > max {
            return Err(format!(
                "the export has {count} spans; at most {max} are allowed"
            ));
        }
        let mut row = 0;
        for group in &groups {
            self.add_group(request, &mut row, group);
        }
        Ok(row)
    }

    fn add_group(&mut self, request: u32, row: &mut u32, group: &Group<'_>) {
        let depth = self.rules.limits.nesting_max;
        let place = place(group, depth);
        for raw in &group.spans {
            let origin = Origin { request, row: *row };
            *row += 1;
            let mut shown = String::from("{}");
            let taken = match &place {
                Ok(place) => self.add_span(origin, *raw, place, &mut shown),
                Err(fault) => Err(fault.clone()),
            };
            if let Err(fault) = taken {
                self.refused.push(Refused {
                    origin,
                    fault,
                    raw: shown,
                });
            }
        }
    }

    fn add_span(
        &mut self,
        origin: Origin,
        raw: Raw<'_>,
        place: &Place<'_>,
        shown: &mut String,
    ) -> Result<(), Fault> {
        let limits = self.rules.limits;
        let (size, max) = (raw.len(), limits.row_bytes_max);
        if size > max {
            let message = format!("the span has {size} bytes; at most {max} are allowed");
            return Err(fault(Code::RowTooLarge, message));
        }
        let mut span = raw.span(limits.nesting_max)?;
        *shown = identity(&span);
        let known = understood::check(&span, &self.rules)?;
        let gone = understood::tidy(&mut span, &self.rules);
        self.content_dropped += gone.0;
        let understood = Understood::of(&span, place, known, gone, &self.rules);
        spans::write(&mut self.spans.sheet, &understood);
        self.spans.origins.push(origin);
        if let Some(model) = &understood.facts.model {
            if !self.predictions.contains_key(model) {
                let growing = Growing {
                    sheet: predictions::sheet(),
                    origins: Vec::new(),
                };
                self.predictions.insert(model.clone(), growing);
            }
            if let Some(growing) = self.predictions.get_mut(model) {
                predictions::write(&mut growing.sheet, &understood);
                growing.origins.push(origin);
            }
        }
        Ok(())
    }

    /// The columns of all exports added.
    pub fn finish(self) -> Decoded {
        let predictions = self.predictions.into_iter();
        Decoded {
            spans: self.spans.finish(),
            predictions: predictions
                .filter_map(|(model, growing)| Some((model, growing.finish()?)))
                .collect(),
            refused: self.refused,
            content_dropped: self.content_dropped,
        }
    }
}

impl Growing {
    fn finish(self) -> Option<Columns> {
        Some(Columns {
            batch: self.sheet.finish()?,
            origins: self.origins,
        })
    }
}

fn fault(code: Code, message: impl Into<String>) -> Fault {
    Fault {
        code,
        message: message.into(),
    }
}

/// What is wrong with bytes that are no span.
fn broken(error: Broken) -> Fault {
    let code = match error {
        Broken::Utf8 => Code::InvalidUtf8,
        Broken::Depth => Code::NestingTooDeep,
        _ => Code::MalformedRow,
    };
    fault(code, format!("the span cannot be read: {error}"))
}

fn malformed(error: &serde_json::Error) -> Fault {
    // Its text may quote a value; where it went wrong is enough.
    let (line, column) = (error.line(), error.column());
    let message =
        format!("the span is not as OTLP's JSON has it (line {line}, column {column} of the span)");
    fault(Code::MalformedJson, message)
}

impl<'b> Raw<'b> {
    fn len(self) -> usize {
        match self {
            Raw::Bytes(bytes) => bytes.len(),
            Raw::Json(text) => text.len(),
        }
    }

    fn span(self, depth: usize) -> Result<Span<'b>, Fault> {
        let text = match self {
            Raw::Bytes(bytes) => return Span::read(bytes, depth).map_err(broken),
            Raw::Json(text) => text,
        };
        let span = json::span(text).map_err(|e| malformed(&e))?;
        let events = span.events.iter().map(|e| &e.attributes);
        let links = span.links.iter().map(|l| &l.attributes);
        let all = events.chain(links).chain([&span.attributes]);
        check_depth(all, depth)?;
        Ok(span)
    }

    fn maker(
        self,
        read: fn(&'b [u8], usize) -> Result<Maker<'b>, Broken>,
        depth: usize,
    ) -> Result<Maker<'b>, Fault> {
        let text = match self {
            Raw::Bytes(bytes) => return read(bytes, depth).map_err(broken),
            Raw::Json(text) => text,
        };
        let maker = json::maker(text).map_err(|e| malformed(&e))?;
        check_depth([&maker.attributes].into_iter(), depth)?;
        Ok(maker)
    }
}

fn check_depth<'v>(
    all: impl Iterator<Item = &'v Attributes<'v>>,
    depth: usize,
) -> Result<(), Fault> {
    let values = all.flatten().map(|(_, value)| value);
    match values.map(Value::depth).max() {
        Some(deepest) if deepest > depth => Err(broken(Broken::Depth)),
        _ => Ok(()),
    }
}

/// Where the spans of a group were made.
fn place<'b>(group: &Group<'b>, depth: usize) -> Result<Place<'b>, Fault> {
    let read = |raw: Option<Raw<'b>>, read| match raw {
        Some(raw) => raw.maker(read, depth),
        None => Ok(Maker::default()),
    };
    let resource = read(group.resource, Maker::resource)?;
    let scope = read(group.scope, Maker::scope)?;
    Ok(Place {
        resource_json: spans::resource_json(&resource.attributes),
        scope_json: spans::attributes_json(&scope.attributes, |_, _| true),
        resource,
        scope,
    })
}

/// The ids and the name of a span as JSON. Long names are cut.
fn identity(span: &Span<'_>) -> String {
    let hex = |id: &[u8]| -> String { id.iter().take(32).map(|b| format!("{b:02x}")).collect() };
    let name: String = span.name.chars().take(200).collect();
    serde_json::json!({
        "trace_id": hex(&span.trace_id),
        "span_id": hex(&span.span_id),
        "name": name,
    })
    .to_string()
}

/// The groups of an `ExportTraceServiceRequest`, whatever the order of its fields.
fn groups_of(body: &[u8]) -> Result<Vec<Group<'_>>, Broken> {
    let mut groups = Vec::new();
    for field in Fields::of(body) {
        let (1, wire) = field? else { continue };
        let (mut resource, from) = (None, groups.len());
        for field in Fields::of(wire.bytes()?) {
            match field? {
                (1, wire) => resource = Some(Raw::Bytes(wire.bytes()?)),
                (2, wire) => groups.push(scope_spans(wire.bytes()?)?),
                _ => {}
            }
        }
        for group in &mut groups[from..] {
            group.resource = resource;
        }
    }
    Ok(groups)
}

fn scope_spans(message: &[u8]) -> Result<Group<'_>, Broken> {
    let mut group = Group {
        resource: None,
        scope: None,
        spans: Vec::new(),
    };
    for field in Fields::of(message) {
        match field? {
            (1, wire) => group.scope = Some(Raw::Bytes(wire.bytes()?)),
            (2, wire) => group.spans.push(Raw::Bytes(wire.bytes()?)),
            _ => {}
        }
    }
    Ok(group)
}

fn groups_of_json(body: &[u8]) -> Result<Vec<Group<'_>>, String> {
    let text = std::str::from_utf8(body).map_err(|_| "the body is not UTF-8".to_owned())?;
    if !json::is_object(text) {
        return Err("this is no export of traces in OTLP's JSON: it is no object".to_owned());
    }
    let export: ExportJson<'_> = serde_json::from_str(text).map_err(|e| {
        let (line, column) = (e.line(), e.column());
        format!("this is no export of traces in OTLP's JSON (line {line}, column {column})")
    })?;
    let mut groups = Vec::new();
    for resource_spans in export.resource_spans {
        let resource = resource_spans.resource.map(|raw| Raw::Json(raw.get()));
        for scope_spans in resource_spans.scope_spans {
            groups.push(Group {
                resource: resource.filter(|raw| !raw.is_null()),
                scope: scope_spans
                    .scope
                    .map(|raw| Raw::Json(raw.get()))
                    .filter(|raw| !raw.is_null()),
                spans: scope_spans
                    .spans
                    .iter()
                    .map(|raw| Raw::Json(raw.get()))
                    .collect(),
            });
        }
    }
    Ok(groups)
}

impl Raw<'_> {
    fn is_null(&self) -> bool {
        matches!(self, Raw::Json("null"))
    }
}
