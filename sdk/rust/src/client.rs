//! The client: one method for each door.

mod alerts;
mod asking;
mod monitoring;
mod people;
mod profiles;
mod tokens;

pub use alerts::AlertChoice;
use asking::Asking;

use crate::{Endpoint, Error, Page, Refusal, Reply, Result, Retry, SpecChange, SqlAnswer, Tail};
use candor_contract::{Format, Kind};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Read;
use std::time::Duration;
use ureq::http::{Method, Request, Response};
use ureq::{Agent, Body};

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Most tries of a question that nobody answers: a broken connection is bridged, an absent server
/// is told soon.
const REACH_TRIES: u32 = 3;
/// Largest answer that is read into memory, in bytes.
const ANSWER_BYTES_MAX: u64 = 1 << 30;
/// Media type of Arrow IPC streams.
const ARROW: &str = "application/vnd.apache.arrow.stream";

/// How a body was packed before it was given to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// Not at all.
    #[default]
    Identity,
    /// gzip.
    Gzip,
    /// zstd.
    Zstd,
}

impl Encoding {
    const fn name(self) -> Option<&'static str> {
        match self {
            Encoding::Identity => None,
            Encoding::Gzip => Some("gzip"),
            Encoding::Zstd => Some("zstd"),
        }
    }
}

/// Events of one kind of one model.
#[derive(Debug, Clone, Copy)]
pub struct SendBatch<'a> {
    /// The model's name.
    pub model: &'a str,
    /// The kind of all events; stages and changes go through [`Client::events`].
    pub kind: Kind,
    /// What the bytes are.
    pub format: Format,
    /// The bytes.
    pub body: &'a [u8],
    /// How they are packed.
    pub encoding: Encoding,
    /// Name of a `Model` spec whose `columns` say what each column is; `None` for flattened names.
    pub mapping: Option<&'a str>,
}

/// In which form an SQL answer is wanted as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// An Arrow IPC stream.
    Arrow,
    /// CSV with a header.
    Csv,
    /// A Parquet file.
    Parquet,
}

/// A blocking client. Cheap to keep, connections are reused; share it between threads.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    endpoint: Endpoint,
    base: String,
    retry: Retry,
    asking: Asking,
}

/// A request before its address and token are known.
#[derive(Default)]
struct Ask<'a> {
    path: String,
    content_type: &'static str,
    encoding: Encoding,
    accept: &'static str,
    body: Option<&'a [u8]>,
    endless: bool,
}

impl Client {
    /// A client of the server at `endpoint`, which sends again as `retry` says.
    pub fn new(endpoint: Endpoint, retry: Retry) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("candor-sdk/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(endpoint.timeout))
            // The server's address was given on purpose; a proxy in between would be a surprise.
            .proxy(None)
            .build();
        let base = endpoint.url.trim_end_matches('/').to_owned();
        Self {
            agent: config.into(),
            endpoint,
            base,
            retry,
            asking: Asking::default(),
        }
    }

    /// The server's base address.
    pub fn url(&self) -> &str {
        &self.base
    }

    /// Sends events of one kind of one model. Returns after they are durable.
    ///
    /// # Errors
    /// Nothing of the batch was stored; rows that the server rejected one by one are in the reply.
    pub fn send(&self, batch: SendBatch<'_>) -> Result<Reply> {
        let mut path = format!("/v1/models/{}/{}", escape(batch.model), batch.kind.table());
        if let Some(mapping) = batch.mapping {
            let _ = write!(path, "?mapping={}", escape(mapping));
        }
        self.json(
            Method::POST,
            Ask {
                path,
                content_type: content_type(batch.format),
                encoding: batch.encoding,
                body: Some(batch.body),
                ..Ask::default()
            },
        )
    }

    /// Sends events of any kinds and models, one JSON object a line.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn events(&self, ndjson: &[u8]) -> Result<Reply> {
        self.json(
            Method::POST,
            Ask {
                path: "/v1/events".into(),
                content_type: content_type(Format::Ndjson),
                body: Some(ndjson),
                ..Ask::default()
            },
        )
    }

    /// Asks one read-only statement. `max_rows` narrows the server's limit.
    ///
    /// # Errors
    /// Codes that start with `sql_` tell what is wrong with the statement.
    pub fn sql(&self, statement: &str, max_rows: Option<u64>) -> Result<SqlAnswer> {
        self.sql_for(statement, max_rows, None)
    }

    /// As [`Client::sql`], over rows only that may be used for `purpose`.
    ///
    /// # Errors
    /// As [`Client::sql`]; `unknown_purpose` if no policy names it.
    pub fn sql_for(
        &self,
        statement: &str,
        max_rows: Option<u64>,
        purpose: Option<&str>,
    ) -> Result<SqlAnswer> {
        let body = statement_json(statement, max_rows, purpose);
        self.json(Method::POST, sql_ask(&body, "application/json"))
    }

    /// As [`Client::sql`], the answer as bytes in the form of `answer`.
    ///
    /// # Errors
    /// As [`Client::sql`].
    pub fn sql_bytes(
        &self,
        statement: &str,
        max_rows: Option<u64>,
        answer: Answer,
    ) -> Result<Vec<u8>> {
        self.sql_bytes_for(statement, max_rows, answer, None)
    }

    /// As [`Client::sql_bytes`], over rows only that may be used for `purpose`.
    ///
    /// # Errors
    /// As [`Client::sql_for`].
    pub fn sql_bytes_for(
        &self,
        statement: &str,
        max_rows: Option<u64>,
        answer: Answer,
        purpose: Option<&str>,
    ) -> Result<Vec<u8>> {
        let body = statement_json(statement, max_rows, purpose);
        let accept = match answer {
            Answer::Arrow => ARROW,
            Answer::Csv => "text/csv",
            Answer::Parquet => "application/vnd.apache.parquet",
        };
        self.bytes(Method::POST, &sql_ask(&body, accept))
    }

    /// Puts one object (YAML or JSON text) at its kind and name; with `dry_run` only tells what
    /// would change.
    ///
    /// # Errors
    /// `invalid_spec` names the fields that are wrong.
    pub fn put_spec(
        &self,
        kind: &str,
        name: &str,
        text: &str,
        dry_run: bool,
    ) -> Result<SpecChange> {
        let question = if dry_run { "?dry_run=true" } else { "" };
        self.json(
            Method::PUT,
            Ask {
                path: format!("/v1/specs/{}/{}{question}", escape(kind), escape(name)),
                content_type: "application/yaml",
                body: Some(text.as_bytes()),
                ..Ask::default()
            },
        )
    }

    /// One stored object with its revision, as JSON.
    ///
    /// # Errors
    /// `not_found` if there is none.
    pub fn spec(&self, kind: &str, name: &str) -> Result<Value> {
        self.read(&format!("/v1/specs/{}/{}", escape(kind), escape(name)))
    }

    /// All stored objects, or those of one kind.
    ///
    /// # Errors
    /// The server refused or could not be reached.
    pub fn specs(&self, kind: Option<&str>) -> Result<Vec<Value>> {
        match kind {
            Some(kind) => self.all(&format!("/v1/specs/{}", escape(kind))),
            None => self.all("/v1/specs"),
        }
    }

    /// Deletes an object; its history stays.
    ///
    /// # Errors
    /// `not_found` if there is none.
    pub fn delete_spec(&self, kind: &str, name: &str) -> Result<()> {
        self.delete(format!("/v1/specs/{}/{}", escape(kind), escape(name)))
    }

    /// All models.
    ///
    /// # Errors
    /// The server refused or could not be reached.
    pub fn models(&self) -> Result<Vec<Value>> {
        self.all("/v1/models")
    }

    /// Rejected rows, newest first, of one model and code where given.
    ///
    /// # Errors
    /// The server refused or could not be reached.
    pub fn quarantine(&self, model: Option<&str>, code: Option<&str>) -> Result<Vec<Value>> {
        let named = [("model", model), ("code", code)];
        let given = named
            .iter()
            .filter_map(|(k, v)| v.map(|v| format!("{k}={}", escape(v))));
        let query: Vec<String> = given.collect();
        self.all(&format!("/v1/quarantine?{}", query.join("&")))
    }

    /// Sends rejected rows through the front door again: `{"ids": […]}` or `{"model", "code"}`.
    ///
    /// # Errors
    /// The server refused or could not be reached.
    pub fn replay_quarantine(&self, choice: &Value) -> Result<Value> {
        self.post("/v1/quarantine/replay", &choice.to_string())
    }

    /// Brings rows that are only in the log to the lake now.
    ///
    /// # Errors
    /// The server refused or could not be reached.
    pub fn flush(&self) -> Result<()> {
        self.post("/v1/flush", "{}").map(|_: Value| ())
    }

    /// Whether the server takes telemetry and answers questions now. Tries once.
    pub fn is_ready(&self) -> bool {
        let ask = Ask {
            path: "/health/ready".into(),
            ..Ask::default()
        };
        self.once(&Method::GET, &ask)
            .is_ok_and(|r| r.status().is_success())
    }

    /// Any `GET` that answers with JSON, e.g. `/v1/models/credit-risk/schema`.
    ///
    /// # Errors
    /// The server refused or could not be reached.
    pub fn read(&self, path: &str) -> Result<Value> {
        self.json(
            Method::GET,
            Ask {
                path: path.to_owned(),
                ..Ask::default()
            },
        )
    }

    /// Watches what is stored, of all models or one.
    ///
    /// # Errors
    /// The server refused or could not be reached.
    pub fn tail(&self, model: Option<&str>) -> Result<Tail> {
        let question = model
            .map(|m| format!("?model={}", escape(m)))
            .unwrap_or_default();
        let path = format!("/v1/stream{question}");
        let ask = Ask {
            path,
            accept: "text/event-stream",
            endless: true,
            ..Ask::default()
        };
        let response = self.ask(&Method::GET, &ask)?;
        let body: Box<dyn Read + Send> = Box::new(response.into_body().into_reader());
        Ok(Tail::new(format!("{}{}", self.base, ask.path), body))
    }

    fn post(&self, path: &str, json: &str) -> Result<Value> {
        self.json(
            Method::POST,
            Ask {
                path: path.to_owned(),
                content_type: "application/json",
                body: Some(json.as_bytes()),
                ..Ask::default()
            },
        )
    }

    fn delete(&self, path: String) -> Result<()> {
        self.bytes(
            Method::DELETE,
            &Ask {
                path,
                ..Ask::default()
            },
        )
        .map(|_| ())
    }

    /// Every item of a list, page by page.
    fn all<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>> {
        self.first(path, usize::MAX)
    }

    /// The first items of a list, at most `max`.
    fn first<T: DeserializeOwned>(&self, path: &str, max: usize) -> Result<Vec<T>> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let from = cursor
                .map(|c| format!("{mark}cursor={}", escape(&c)))
                .unwrap_or_default();
            let ask = Ask {
                path: format!("{path}{from}"),
                ..Ask::default()
            };
            let page: Page<T> = self.json(Method::GET, ask)?;
            let more = !page.items.is_empty();
            items.extend(page.items);
            match page.next_cursor {
                Some(next) if more && items.len() < max => cursor = Some(next),
                _ => {
                    items.truncate(max);
                    return Ok(items);
                }
            }
        }
    }

    fn json<T: DeserializeOwned>(&self, method: Method, ask: Ask<'_>) -> Result<T> {
        let bytes = self.bytes(method, &ask)?;
        serde_json::from_slice(&bytes).map_err(|e| Error::Unexpected {
            url: format!("{}{}", self.base, ask.path),
            reason: e.to_string(),
        })
    }

    fn bytes(&self, method: Method, ask: &Ask<'_>) -> Result<Vec<u8>> {
        let mut response = self.ask(&method, ask)?;
        self.body(&mut response, ask)
    }

    fn body(&self, response: &mut Response<Body>, ask: &Ask<'_>) -> Result<Vec<u8>> {
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX);
        body.read_to_vec().map_err(|e| self.broken(ask, &e))
    }

    /// Asks until there is an answer, a refusal, or no try left. Requests are safe to repeat: a 503
    /// says that nothing was stored, and a batch without an answer meets its own ids again.
    fn ask(&self, method: &Method, ask: &Ask<'_>) -> Result<Response<Body>> {
        let mut made = 0;
        loop {
            made += 1;
            let again = self.retry.again(made);
            match self.once(method, ask) {
                Ok(response) if response.status().is_success() => return Ok(response),
                Ok(response) if again && response.status().as_u16() == 503 => {
                    self.asking.refused();
                    self.retry.wait(made, retry_after(&response));
                }
                Ok(mut response) => return Err(self.refusal(&mut response, ask)),
                // An id makes a repeated event harmless; minted ones would be stored twice.
                Err(Error::Unreachable { .. })
                    if again && made < REACH_TRIES && *method == Method::GET =>
                {
                    self.retry.wait(made, None);
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn once(&self, method: &Method, ask: &Ask<'_>) -> Result<Response<Body>> {
        let url = format!("{}{}", self.base, ask.path);
        let mut request = Request::builder().method(method).uri(&url);
        if !ask.content_type.is_empty() {
            request = request.header("content-type", ask.content_type);
        }
        if let Some(encoding) = ask.encoding.name() {
            request = request.header("content-encoding", encoding);
        }
        let accept = if ask.accept.is_empty() {
            "application/json"
        } else {
            ask.accept
        };
        request = request.header("accept", accept);
        if let Some(token) = &self.endpoint.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let unexpected = |reason: String| Error::Unexpected {
            url: url.clone(),
            reason,
        };
        let outcome = match ask.body {
            Some(body) => {
                if self.asking.asks(body.len()) {
                    request = request.header("expect", "100-continue");
                }
                let request = request.body(body).map_err(|e| unexpected(e.to_string()))?;
                self.agent.run(request)
            }
            None => {
                let request = request.body(()).map_err(|e| unexpected(e.to_string()))?;
                let timeout = (!ask.endless).then_some(self.endpoint.timeout);
                let configured = self
                    .agent
                    .configure_request(request)
                    .timeout_global(timeout)
                    .build();
                self.agent.run(configured)
            }
        };
        outcome.map_err(|e| self.broken(ask, &e))
    }

    fn broken(&self, ask: &Ask<'_>, error: &ureq::Error) -> Error {
        let url = format!("{}{}", self.base, ask.path);
        match error {
            ureq::Error::Timeout(ureq::Timeout::Connect) => Error::Unreachable {
                url,
                reason: "connecting took too long".into(),
            },
            ureq::Error::Timeout(_) => Error::TimedOut {
                url,
                seconds: self.endpoint.timeout.as_secs(),
            },
            ureq::Error::BadUri(reason) => Error::Unexpected {
                url,
                reason: reason.clone(),
            },
            ureq::Error::Protocol(_) | ureq::Error::BodyExceedsLimit(_) => Error::Unexpected {
                url,
                reason: error.to_string(),
            },
            _ => Error::Unreachable {
                url,
                reason: error.to_string(),
            },
        }
    }

    fn refusal(&self, response: &mut Response<Body>, ask: &Ask<'_>) -> Error {
        let status = response.status();
        let body = match self.body(response, ask) {
            Ok(body) => body,
            Err(error) => return error,
        };
        match serde_json::from_slice::<Refusal>(&body) {
            Ok(refusal) => Error::Refused(Refusal {
                status: status.as_u16(),
                ..refusal
            }),
            Err(_) => Error::Unexpected {
                url: format!("{}{}", self.base, ask.path),
                reason: format!("status {status} without a reason"),
            },
        }
    }
}

fn statement_json(statement: &str, max_rows: Option<u64>, purpose: Option<&str>) -> String {
    let mut body = json!({"sql": statement});
    if let Some(max) = max_rows {
        body["max_rows"] = max.into();
    }
    if let Some(purpose) = purpose {
        body["purpose"] = purpose.into();
    }
    body.to_string()
}

fn sql_ask<'a>(body: &'a str, accept: &'static str) -> Ask<'a> {
    Ask {
        path: "/v1/sql".into(),
        content_type: "application/json",
        accept,
        body: Some(body.as_bytes()),
        ..Ask::default()
    }
}

fn retry_after(response: &Response<Body>) -> Option<Duration> {
    let seconds = response
        .headers()
        .get("retry-after")?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

/// The media type of a format.
const fn content_type(format: Format) -> &'static str {
    match format {
        Format::Json => "application/json",
        Format::Ndjson => "application/x-ndjson",
        Format::Csv => "text/csv",
        Format::Arrow => ARROW,
        Format::Parquet => "application/vnd.apache.parquet",
    }
}

/// Percent-encodes a text for one path segment or query value (RFC 3986, unreserved kept).
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests;
