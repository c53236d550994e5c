//! `POST /v1/sql`: one read-only statement.

use crate::clock;
use crate::problem::Problem;
use crate::sql::read;
use crate::state::State;
use arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow_ipc::writer::StreamWriter;
use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use candor_contract::spec::Consent;
use candor_lake::{ForPurpose, QueryRequest, Summary};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A statement and, if need be, narrower limits than the server's.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SqlRequest {
    /// One `SELECT`, `SHOW TABLES`, `DESCRIBE` or `EXPLAIN`.
    #[schema(example = "SELECT model, count(*) FROM predictions GROUP BY model")]
    sql: String,
    /// Longest it may run, in milliseconds.
    timeout_ms: Option<u64>,
    /// Most rows of the answer.
    max_rows: Option<u64>,
    /// Only rows that may be used for this purpose, as a `Policy` names it.
    purpose: Option<String>,
}

/// A column of an answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SqlColumn {
    name: String,
    #[serde(rename = "type")]
    ty: String,
}

/// An answer as JSON.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SqlAnswer {
    columns: Vec<SqlColumn>,
    /// One list of values a row, in the columns' order.
    #[schema(value_type = Vec<Vec<Object>>)]
    rows: Vec<Vec<serde_json::Value>>,
    row_count: u64,
    /// Whether there were more rows than the limit.
    truncated: bool,
    elapsed_ms: f64,
    scanned_rows: u64,
    scanned_files: u64,
}

/// Ask with SQL
///
/// One read-only statement over the tables of the lake and the rows that are not flushed yet. The
/// answer is JSON, an Arrow IPC stream (`application/vnd.apache.arrow.stream`), a Parquet file
/// (`application/vnd.apache.parquet`) or CSV (`text/csv`) by `Accept`. A text body is taken as the
/// statement itself.
#[utoipa::path(post, path = "/v1/sql", tag = "query", request_body = SqlRequest,
    responses((status = 200, body = SqlAnswer), (status = 400, body = Problem),
        (status = 415, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn post_sql(
    Extract(state): Extract<State>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let asked = parse(&headers, &body)?;
    let started = clock::now_us();
    let limits = state.sql.limits(asked.timeout_ms, asked.max_rows);
    let request = QueryRequest {
        sql: asked.sql,
        now_us: started,
        limits,
        purpose: match &asked.purpose {
            Some(purpose) => Some(for_purpose(&state, purpose).await?),
            None => None,
        },
    };
    let mut statement = state.sql.ask(request).await?;
    let outcome = read(&mut statement).await;
    statement.end(outcome.is_err());
    let (schema, batches, summary) = outcome?;
    #[expect(clippy::cast_precision_loss, reason = "a duration for people")]
    let elapsed_ms = (clock::now_us() - started) as f64 / 1e3;
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    if accept.contains(ARROW_STREAM) {
        arrow_stream(&schema, &batches, summary)
    } else if accept.contains(PARQUET) {
        parquet_file(&schema, &batches, summary)
    } else if accept.contains("text/csv") {
        csv(&schema, &batches, summary)
    } else {
        json(&schema, &batches, summary, elapsed_ms)
    }
}

fn parse(headers: &HeaderMap, body: &[u8]) -> Result<SqlRequest, Problem> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    let content_type = content_type.unwrap_or("application/json");
    if content_type.starts_with("text/plain") || content_type.starts_with("application/sql") {
        let sql = std::str::from_utf8(body)
            .map_err(|_| Problem::bad_request("sql_syntax", "The statement is not UTF-8."))?;
        return Ok(SqlRequest {
            sql: sql.to_owned(),
            timeout_ms: None,
            max_rows: None,
            purpose: None,
        });
    }
    if !content_type.starts_with("application/json") {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Problem::new(
            status,
            "unknown_content_type",
            "A statement comes as JSON or plain text.",
        )
        .hint("Send {\"sql\": \"…\"} with Content-Type: application/json."));
    }
    serde_json::from_slice(body).map_err(|error| {
        Problem::bad_request(
            "malformed_json",
            format!("The body is not a statement: {error}."),
        )
        .hint("Send {\"sql\": \"SELECT …\"}.")
    })
}

/// What policies say of a purpose: whether rows that name none may be used, by model.
async fn for_purpose(state: &State, name: &str) -> Result<ForPurpose, Problem> {
    let policies = crate::policy::policies(&state.catalog).await?;
    let mut general: Option<bool> = None;
    let mut by_model: BTreeMap<String, bool> = BTreeMap::new();
    for policy in &policies {
        let purposes = policy.consent.as_ref().map(|consent| &consent.purposes);
        let Some(purpose) = purposes.and_then(|purposes| purposes.get(name)) else {
            continue;
        };
        let allows = purpose.unnamed == Consent::Allow;
        if policy.models.is_empty() {
            general = Some(general.unwrap_or(true) && allows);
        }
        for model in &policy.models {
            let known = by_model.entry(model.clone()).or_insert(true);
            *known = *known && allows;
        }
    }
    if general.is_none() && by_model.is_empty() {
        let detail = format!("No policy names the purpose {name}.");
        return Err(Problem::bad_request("unknown_purpose", detail)
            .hint("Name it in `consent.purposes` of a Policy."));
    }
    let unnamed = general.unwrap_or(false);
    let others = by_model
        .into_iter()
        .filter(|(_, allows)| *allows != unnamed);
    Ok(ForPurpose {
        name: name.to_owned(),
        unnamed,
        other_models: others.map(|(model, _)| model).collect(),
    })
}

const ARROW_STREAM: &str = "application/vnd.apache.arrow.stream";
const PARQUET: &str = "application/vnd.apache.parquet";
const TRUNCATED: HeaderName = HeaderName::from_static("x-candor-truncated");

fn typed(content_type: &'static str, truncated: bool, body: Vec<u8>) -> Response {
    let flag = if truncated { "true" } else { "false" };
    (
        [(header::CONTENT_TYPE, content_type), (TRUNCATED, flag)],
        body,
    )
        .into_response()
}

fn failed(error: arrow::error::ArrowError) -> Problem {
    Problem::internal(&error)
}

fn arrow_stream(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    summary: Summary,
) -> Result<Response, Problem> {
    let mut out = Vec::new();
    let mut writer = StreamWriter::try_new(&mut out, schema).map_err(failed)?;
    for batch in batches {
        writer.write(batch).map_err(failed)?;
    }
    writer.finish().map_err(failed)?;
    drop(writer);
    Ok(typed(ARROW_STREAM, summary.truncated, out))
}

/// As the lake's own files are packed.
fn parquet_file(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    summary: Summary,
) -> Result<Response, Problem> {
    let unwritten = |e: ParquetError| Problem::internal(&e);
    let packed = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let mut out = Vec::new();
    let mut writer =
        ArrowWriter::try_new(&mut out, schema.clone(), Some(packed)).map_err(unwritten)?;
    for batch in batches {
        writer.write(batch).map_err(unwritten)?;
    }
    writer.close().map_err(unwritten)?;
    Ok(typed(PARQUET, summary.truncated, out))
}

fn csv(schema: &SchemaRef, batches: &[RecordBatch], summary: Summary) -> Result<Response, Problem> {
    let mut out = Vec::new();
    let mut writer = arrow::csv::WriterBuilder::new()
        .with_header(true)
        .build(&mut out);
    // Without rows there is still a header.
    let empty = [RecordBatch::new_empty(schema.clone())];
    let batches = if batches.is_empty() { &empty } else { batches };
    for batch in batches {
        writer.write(&neutral(batch)?).map_err(failed)?;
    }
    drop(writer);
    Ok(typed("text/csv; charset=utf-8", summary.truncated, out))
}

/// Texts and names that a spreadsheet would run as formulas get an apostrophe in front.
fn neutral(batch: &RecordBatch) -> Result<RecordBatch, Problem> {
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let column = match is_text(column.data_type()) {
            true => neutral_texts(&cast(column, &DataType::Utf8).map_err(failed)?),
            false => column.clone(),
        };
        let name = neutral_text(field.name());
        fields.push(Field::new(name, column.data_type().clone(), true));
        columns.push(column);
    }
    let schema = Arc::new(Schema::new(fields));
    let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema, columns, &rows).map_err(failed)
}

fn is_text(ty: &DataType) -> bool {
    match ty {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, value) => is_text(value),
        _ => false,
    }
}

fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
}

fn neutral_text(text: &str) -> Cow<'_, str> {
    match is_formula(text) {
        true => format!("'{text}").into(),
        false => text.into(),
    }
}

fn neutral_texts(column: &ArrayRef) -> ArrayRef {
    match column.as_string_opt::<i32>() {
        Some(texts) if texts.iter().flatten().any(is_formula) => {
            let safe = texts.iter().map(|text| text.map(neutral_text));
            Arc::new(safe.collect::<StringArray>())
        }
        _ => column.clone(),
    }
}

fn json(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    summary: Summary,
    elapsed_ms: f64,
) -> Result<Response, Problem> {
    let mut rows = Vec::new();
    for batch in batches {
        crate::rows_json::append_rows(batch, &mut rows);
    }
    let columns = schema.fields().iter();
    let answer = SqlAnswer {
        columns: columns
            .map(|f| SqlColumn {
                name: f.name().clone(),
                ty: f.data_type().to_string(),
            })
            .collect(),
        row_count: rows.len() as u64,
        rows,
        truncated: summary.truncated,
        elapsed_ms,
        scanned_rows: summary.scanned_rows,
        scanned_files: summary.scanned_files,
    };
    Ok(axum::Json(answer).into_response())
}
