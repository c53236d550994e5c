//! NDJSON and JSON documents. A row is parsed once, from its bytes into columns; nothing is built
//! in between.

use crate::Kind;
use crate::admit::{Admission, Door, Request};
use crate::column::Cell;
use crate::fields::Special;
use crate::part::Origin;
use crate::rejection::{Code, Fault};
use crate::rows::{At, TOP, TableRows, Target};
use crate::setting::{Setting, model_name};
use jiter::{Jiter, JiterError, JiterErrorType, JsonErrorType, NumberAny, NumberInt, Peek};
use std::borrow::Cow;

/// A reader that takes `NaN` and infinities as Python writes them: what the model saw is recorded.
fn reader(bytes: &[u8]) -> Jiter<'_> {
    Jiter::new(bytes).with_allow_inf_nan()
}

/// What went wrong in a row, before it has words.
pub(crate) enum Trouble {
    Syntax(JiterError),
    Fault(Fault),
}

impl From<JiterError> for Trouble {
    fn from(error: JiterError) -> Self {
        Trouble::Syntax(error)
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Trouble::Fault(fault)
    }
}

impl Trouble {
    fn fault(self) -> Fault {
        match self {
            Trouble::Fault(fault) => fault,
            Trouble::Syntax(error) => match error.error_type {
                JiterErrorType::JsonError(JsonErrorType::NumberOutOfRange) => {
                    Fault::new(Code::NumberOutOfRange, "a number has no 64-bit form")
                }
                JiterErrorType::JsonError(JsonErrorType::RecursionLimitExceeded) => Fault::new(
                    Code::NestingTooDeep,
                    "objects and arrays are nested too deep",
                ),
                kind => Fault::new(
                    Code::MalformedJson,
                    format!("not valid JSON at byte {} of the row: {kind}", error.index),
                ),
            },
        }
    }
}

type Step<T> = Result<T, Trouble>;

/// One event a line.
pub(crate) fn decode_lines(admission: &mut Admission<'_>, request: &Request<'_>) {
    let all_utf8 = simdutf8::basic::from_utf8(&request.body).is_ok();
    let mut row = 0;
    let mut from = 0;
    let body = &*request.body;
    while from < body.len() {
        let to = memchr::memchr(b'\n', &body[from..]).map_or(body.len(), |n| from + n);
        let line = body[from..to].trim_ascii();
        from = to + 1;
        if line.is_empty() {
            continue;
        }
        if !all_utf8 && simdutf8::basic::from_utf8(line).is_err() {
            let fault = Fault::new(Code::InvalidUtf8, "the row is not UTF-8");
            admission.reject(request, None, row, fault, line);
        } else {
            take(admission, request, row, line);
        }
        row += 1;
    }
    admission.counted(row);
}

/// One JSON array of events, one event, or several one after the other.
pub(crate) fn decode_document(admission: &mut Admission<'_>, request: &Request<'_>) {
    let body = request.body.trim_ascii();
    if simdutf8::basic::from_utf8(body).is_err() {
        let fault = Fault::new(Code::InvalidUtf8, "the body is not UTF-8");
        admission.reject(request, None, 0, fault, body);
        return admission.counted(1);
    }
    let mut jiter = reader(body);
    let mut row = 0;
    if body.first() == Some(&b'[') {
        let mut step = jiter.known_array();
        while let Ok(Some(peek)) = step {
            if !take_element(admission, request, row, &mut jiter, peek, body) {
                return admission.counted(row + 1);
            }
            row += 1;
            step = jiter.array_step();
        }
        if step.is_err() || jiter.finish().is_err() {
            reject_rest(
                admission,
                request,
                row,
                &body[jiter.current_index().min(body.len())..],
            );
            row += 1;
        }
    } else {
        while jiter.finish().is_err() {
            let Ok(peek) = jiter.peek() else {
                reject_rest(
                    admission,
                    request,
                    row,
                    &body[jiter.current_index().min(body.len())..],
                );
                row += 1;
                break;
            };
            if !take_element(admission, request, row, &mut jiter, peek, body) {
                return admission.counted(row + 1);
            }
            row += 1;
        }
    }
    admission.counted(row);
}

/// Takes one element of a document. `false` when the rest of the document cannot be told apart.
fn take_element(
    admission: &mut Admission<'_>,
    request: &Request<'_>,
    row: u32,
    jiter: &mut Jiter<'_>,
    peek: Peek,
    body: &[u8],
) -> bool {
    let start = jiter.current_index();
    if let Err(error) = jiter.known_skip(peek) {
        if matches!(
            error.error_type,
            JiterErrorType::JsonError(JsonErrorType::RecursionLimitExceeded)
        ) {
            let fault = Trouble::Syntax(error).fault();
            admission.reject(request, None, row, fault, &body[start..]);
        } else {
            reject_rest(admission, request, row, &body[start..]);
        }
        return false;
    }
    take(admission, request, row, &body[start..jiter.current_index()]);
    true
}

fn reject_rest(admission: &mut Admission<'_>, request: &Request<'_>, row: u32, rest: &[u8]) {
    let fault = Fault::new(
        Code::MalformedJson,
        "the body is not valid JSON from here on, so the rest could not be split into rows; \
         rows before it were taken",
    );
    admission.reject(request, None, row, fault, rest);
}

/// Takes one row, or rejects it and nothing else.
fn take(admission: &mut Admission<'_>, request: &Request<'_>, row: u32, bytes: &[u8]) {
    let max = admission.setting().limits.row_bytes_max;
    if bytes.len() > max {
        let fault = Fault::new(
            Code::RowTooLarge,
            format!(
                "the row has {} bytes; at most {max} are allowed",
                bytes.len()
            ),
        );
        return admission.reject(request, None, row, fault, bytes);
    }
    let table = match route(admission, request, bytes) {
        Ok(table) => table,
        Err(trouble) => return admission.reject(request, None, row, trouble.fault(), bytes),
    };
    let origin = Origin {
        request: admission.request_index(),
        row,
    };
    let (rows, setting) = admission.table(table);
    rows.begin();
    let walked = walk_event(rows, bytes, setting, request.door);
    let ended = walked.and_then(|()| Ok(rows.end(origin, request.trace, setting)?));
    match ended {
        Ok(minted) => admission.taken(row, minted),
        Err(trouble) => {
            rows.roll_back();
            admission.reject(request, Some(table), row, trouble.fault(), bytes);
        }
    }
}

/// The table that a row belongs to.
fn route(admission: &mut Admission<'_>, request: &Request<'_>, bytes: &[u8]) -> Step<usize> {
    if bytes.first() != Some(&b'{') {
        // Syntax first, so that broken bytes are called broken.
        reader(bytes).next_skip()?;
        return Err(Fault::new(Code::NotAnObject, "an event must be a JSON object").into());
    }
    match request.door {
        Door::One { model, kind } => Ok(admission.table_for(Some(model), *kind)),
        Door::Mixed => {
            let (model, kind) = model_and_kind(bytes)?;
            let kind = match &kind {
                None => Kind::Prediction,
                Some(word) => word.parse().map_err(|()| unknown_kind())?,
            };
            let model = model.as_deref().map(model_name).transpose()?;
            if model.is_none() && kind.per_model() {
                let message = format!("`model` is required in every {kind}");
                return Err(Fault::new(Code::MissingField, message).into());
            }
            Ok(admission.table_for(model.as_ref(), kind))
        }
    }
}

fn unknown_kind() -> Fault {
    let words = Kind::ALL.map(|k| format!("`{k}`")).join(", ");
    Fault::new(Code::UnknownKind, format!("`kind` must be one of {words}"))
}

/// Looks ahead for the two fields that say which table a row belongs to.
fn model_and_kind(bytes: &[u8]) -> Step<(Option<Cow<'static, str>>, Option<String>)> {
    let mut jiter = reader(bytes);
    let (mut model, mut kind) = (None, None);
    let mut key = jiter.next_object()?.map(Which::of);
    while let Some(which) = key {
        let peek = jiter.peek()?;
        match which {
            Which::Model if peek == Peek::String => {
                model = Some(jiter.known_str()?.to_owned().into())
            }
            Which::Kind if peek == Peek::String => kind = Some(jiter.known_str()?.to_owned()),
            _ => jiter.known_skip(peek)?,
        }
        if model.is_some() && kind.is_some() {
            break;
        }
        key = jiter.next_key()?.map(Which::of);
    }
    Ok((model, kind))
}

#[derive(Clone, Copy)]
enum Which {
    Model,
    Kind,
    Other,
}

impl Which {
    fn of(key: &str) -> Self {
        match key {
            "model" => Which::Model,
            "kind" => Which::Kind,
            _ => Which::Other,
        }
    }
}

fn walk_event(rows: &mut TableRows, bytes: &[u8], setting: &Setting<'_>, door: &Door) -> Step<()> {
    let mut jiter = reader(bytes);
    let mut walk = Walk {
        jiter: &mut jiter,
        rows,
        setting,
        door,
        numbers: Vec::new(),
    };
    walk.object(TOP, 1)?;
    jiter.finish()?;
    Ok(())
}

struct Walk<'w, 'j> {
    jiter: &'w mut Jiter<'j>,
    rows: &'w mut TableRows,
    setting: &'w Setting<'w>,
    door: &'w Door,
    numbers: Vec<f64>,
}

impl<'j> Walk<'_, 'j> {
    fn object(&mut self, scope: usize, depth: usize) -> Step<()> {
        if depth > self.setting.limits.nesting_max {
            return Err(too_deep(self.setting).into());
        }
        let mut key = self.jiter.known_object()?;
        while let Some(word) = key {
            let at = self.rows.entry(scope, word);
            self.value(at, depth)?;
            key = self.jiter.next_key()?;
        }
        Ok(())
    }

    fn value(&mut self, at: At, depth: usize) -> Step<()> {
        let peek = self.jiter.peek()?;
        match self.rows.target(at) {
            Target::Value(name) => {
                if peek == Peek::Object {
                    let prefix = format!("{name}_");
                    return self.nested(at, &prefix, depth);
                }
                self.scalar(at, peek, depth)
            }
            Target::Special(special) => {
                let special = *special;
                self.special(special, peek)
            }
            Target::Object(prefix) => {
                if peek == Peek::Null {
                    return Ok(self.jiter.known_null()?);
                }
                if peek != Peek::Object {
                    let name = prefix.trim_end_matches('_').to_owned();
                    self.jiter.known_skip(peek)?;
                    let message = format!("`{name}s` must be an object of named values");
                    return Err(Fault::new(Code::TypeMismatch, message).into());
                }
                let prefix = prefix.clone();
                self.nested(at, &prefix, depth)
            }
            Target::Json(_) => {
                let json = self.raw(peek, depth)?;
                if json != "null" {
                    self.rows.mark(at);
                    self.rows.set_at(at, Cell::Text(json), self.setting)?;
                }
                Ok(())
            }
            Target::Stages => self.stages(at, peek, depth),
            Target::Extra => {
                let json = self.raw(peek, depth)?;
                self.rows.add_extra(at, json);
                Ok(())
            }
        }
    }

    fn nested(&mut self, at: At, prefix: &str, depth: usize) -> Step<()> {
        self.rows.mark(at);
        let scope = self.rows.scope_of(at, prefix);
        self.object(scope, depth + 1)
    }

    fn scalar(&mut self, at: At, peek: Peek, depth: usize) -> Step<()> {
        match peek {
            Peek::Null => return Ok(self.jiter.known_null()?),
            Peek::String => {
                self.rows.mark(at);
                let text = self.jiter.known_str()?;
                return Ok(self.rows.set_at(at, Cell::Text(text), self.setting)?);
            }
            Peek::True | Peek::False => {
                let value = self.jiter.known_bool(peek)?;
                self.rows.mark(at);
                return Ok(self.rows.set_at(at, Cell::Boolean(value), self.setting)?);
            }
            Peek::Array => return self.array(at, peek, depth),
            _ => {}
        }
        let cell = match self.jiter.known_number(peek)? {
            NumberAny::Int(NumberInt::Int(x)) => Cell::Integer(x),
            NumberAny::Float(x) => Cell::Number(x),
        };
        self.rows.mark(at);
        Ok(self.rows.set_at(at, cell, self.setting)?)
    }

    /// Numbers become a vector; any other list is kept as JSON text.
    fn array(&mut self, at: At, peek: Peek, depth: usize) -> Step<()> {
        let json = self.raw(peek, depth)?;
        self.rows.mark(at);
        self.numbers.clear();
        let cell = if all_numbers(json, &mut self.numbers) {
            Cell::Vector(&self.numbers, json)
        } else {
            Cell::Text(json)
        };
        Ok(self.rows.set_at(at, cell, self.setting)?)
    }

    /// The bytes of the next value, checked for depth.
    fn raw(&mut self, peek: Peek, depth: usize) -> Step<&'j str> {
        let start = self.jiter.current_index();
        self.jiter.known_skip(peek)?;
        let json = self.jiter.slice_to_current(start);
        if depth + nesting(json) > self.setting.limits.nesting_max {
            return Err(too_deep(self.setting).into());
        }
        std::str::from_utf8(json)
            .map_err(|_| Fault::new(Code::InvalidUtf8, "the row is not UTF-8").into())
    }

    fn special(&mut self, special: Special, peek: Peek) -> Step<()> {
        if peek == Peek::Null {
            return Ok(self.jiter.known_null()?);
        }
        match special {
            Special::Time => {
                let time_us = match peek {
                    Peek::String => crate::time::parse_us(self.jiter.known_str()?),
                    _ => match self.jiter.known_number(peek) {
                        Ok(NumberAny::Int(NumberInt::Int(x))) => crate::time::epoch_us(x),
                        Ok(NumberAny::Float(x)) => crate::time::epoch_us_f64(x),
                        Err(_) => None,
                    },
                };
                Ok(self.rows.set_time(time_us, self.setting)?)
            }
            Special::Kind | Special::Model => {
                let word = self.text(peek)?;
                Ok(self.door.check(special, &word)?)
            }
            Special::Id => {
                if peek == Peek::String {
                    let id = self.jiter.known_str()?;
                    return Ok(self.rows.set_id(id)?);
                }
                let id = self.text(peek)?;
                Ok(self.rows.set_id(&id)?)
            }
            Special::Purposes => {
                let json = self.raw(peek, 1)?;
                let purposes = crate::consent::of_json(json)?;
                Ok(self.rows.set_purposes(&purposes, self.setting)?)
            }
            Special::Subject => {
                let subject = self.text(peek)?;
                Ok(self.rows.set_subject(&subject, self.setting)?)
            }
        }
    }

    /// A text, or an integer as text, as ids often are.
    fn text(&mut self, peek: Peek) -> Step<String> {
        if peek == Peek::String {
            return Ok(self.jiter.known_str()?.to_owned());
        }
        if let Ok(NumberInt::Int(x)) = self.jiter.known_int(peek) {
            return Ok(x.to_string());
        }
        let message = "`id`, `model`, `kind` and `subject` must be text";
        Err(Fault::new(Code::TypeMismatch, message).into())
    }

    /// `[{name, duration_ms, status}]` becomes columns `stage_<name>_ms`, `stage_<name>_status`.
    fn stages(&mut self, at: At, peek: Peek, depth: usize) -> Step<()> {
        let json = self.raw(peek, depth)?.to_owned();
        if json == "null" {
            return Ok(());
        }
        let stages: Vec<Stage<'_>> = serde_json::from_str(&json).map_err(|_| {
            let message = "`stages` must be a list of {\"name\", \"duration_ms\", \"status\"}";
            Trouble::Fault(Fault::new(Code::TypeMismatch, message))
        })?;
        self.rows.mark(at);
        for stage in &stages {
            let base = crate::layout::stored_name("stage_", &crate::guard::name(&stage.name));
            if let Some(ms) = stage.duration_ms {
                self.rows
                    .set_named(&format!("{base}_ms"), Cell::Number(ms), self.setting)?;
            }
            if let Some(status) = &stage.status {
                let name = format!("{base}_status");
                self.rows
                    .set_named(&name, Cell::Text(status), self.setting)?;
            }
        }
        Ok(())
    }
}

#[derive(serde::Deserialize)]
struct Stage<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    duration_ms: Option<f64>,
    #[serde(borrow, default)]
    status: Option<Cow<'a, str>>,
}

fn too_deep(setting: &Setting<'_>) -> Fault {
    let max = setting.limits.nesting_max;
    Fault::new(
        Code::NestingTooDeep,
        format!("objects and arrays are nested deeper than {max}"),
    )
}

/// Fills `numbers` if the array holds nothing else.
fn all_numbers(json: &str, numbers: &mut Vec<f64>) -> bool {
    let mut jiter = reader(json.as_bytes());
    let Ok(mut step) = jiter.known_array() else {
        return false;
    };
    while let Some(peek) = step {
        let Ok(x) = jiter.known_float(peek) else {
            return false;
        };
        numbers.push(x);
        match jiter.array_step() {
            Ok(next) => step = next,
            Err(_) => return false,
        }
    }
    !numbers.is_empty()
}

/// How deep objects and arrays are nested in valid JSON.
fn nesting(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0usize, 0, false, false);
    for &byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
