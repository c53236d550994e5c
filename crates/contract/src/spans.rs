//! The table of spans: one row a span, whoever made it.

use crate::schema::{Column, ColumnType, TableSchema};

/// Columns of spans. `time` is the span's start; what the columns of GenAI hold comes from whichever
/// dialect the span was written in. What has no column of its own is JSON in `attributes`.
pub(crate) const COLUMNS: &[(&str, ColumnType)] = {
    use ColumnType::{Integer, Number, Text, Time};
    &[
        ("time", Time),
        ("received_at", Time),
        ("end_time", Time),
        ("duration_ms", Number),
        ("trace_id", Text),
        ("span_id", Text),
        ("parent_span_id", Text),
        ("trace_state", Text),
        ("flags", Integer),
        ("name", Text),
        ("kind", Text),
        ("status", Text),
        ("status_message", Text),
        ("error_type", Text),
        ("subject", Text),
        ("service_name", Text),
        ("service_version", Text),
        ("environment", Text),
        ("scope_name", Text),
        ("scope_version", Text),
        ("model", Text),
        ("operation", Text),
        ("provider", Text),
        ("request_model", Text),
        ("response_model", Text),
        ("response_id", Text),
        ("input_tokens", Integer),
        ("output_tokens", Integer),
        ("reasoning_tokens", Integer),
        ("cache_read_tokens", Integer),
        ("cache_creation_tokens", Integer),
        ("cost_usd", Number),
        ("cost_source", Text),
        ("finish_reasons", Text),
        ("time_to_first_token_ms", Number),
        ("conversation_id", Text),
        ("agent_id", Text),
        ("agent_name", Text),
        ("workflow_name", Text),
        ("tool_name", Text),
        ("tool_type", Text),
        ("tool_call_id", Text),
        ("data_source_id", Text),
        ("temperature", Number),
        ("top_p", Number),
        ("top_k", Number),
        ("seed", Integer),
        ("max_tokens", Integer),
        ("documents", Text),
        ("input", Text),
        ("output", Text),
        ("content_dropped", Integer),
        ("attributes", Text),
        ("attributes_dropped", Integer),
        ("events", Text),
        ("links", Text),
        ("resource", Text),
        ("scope_attributes", Text),
    ]
};

pub(crate) fn schema() -> TableSchema {
    let columns = COLUMNS.iter().map(|(name, ty)| Column {
        declared: true,
        ..Column::new(*name, *ty)
    });
    TableSchema {
        version: 1,
        columns: columns.collect(),
    }
}

/// Whether spans have a column of this name.
pub(crate) fn has(name: &str) -> bool {
    COLUMNS.iter().any(|(column, _)| *column == name)
}
