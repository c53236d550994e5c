//! Rows of the table of spans.

use crate::dialect::{Field, field_of, operation};
use crate::model::provider;
use crate::sheet::{Sheet, columns};
use crate::span::{Event, Link, Span, hex};
use crate::understood::{Facts, Place, Understood, us};
use crate::value::{Attributes, Value, write_object, write_text};
use candor_contract::{ColumnType, TableId, base_schema, format_us};

// Arrival is filled in by admission.
columns! {
    Time "time" Time,
    EndTime "end_time" Time,
    DurationMs "duration_ms" Number,
    TraceId "trace_id" Text,
    SpanId "span_id" Text,
    ParentSpanId "parent_span_id" Text,
    TraceState "trace_state" Text,
    Flags "flags" Integer,
    Name "name" Text,
    Kind "kind" Text,
    Status "status" Text,
    StatusMessage "status_message" Text,
    ErrorType "error_type" Text,
    Subject "subject" Text,
    ServiceName "service_name" Text,
    ServiceVersion "service_version" Text,
    Environment "environment" Text,
    ScopeName "scope_name" Text,
    ScopeVersion "scope_version" Text,
    Model "model" Text,
    Operation "operation" Text,
    Provider "provider" Text,
    RequestModel "request_model" Text,
    ResponseModel "response_model" Text,
    ResponseId "response_id" Text,
    InputTokens "input_tokens" Integer,
    OutputTokens "output_tokens" Integer,
    ReasoningTokens "reasoning_tokens" Integer,
    CacheReadTokens "cache_read_tokens" Integer,
    CacheCreationTokens "cache_creation_tokens" Integer,
    CostUsd "cost_usd" Number,
    CostSource "cost_source" Text,
    FinishReasons "finish_reasons" Text,
    FirstTokenMs "time_to_first_token_ms" Number,
    ConversationId "conversation_id" Text,
    AgentId "agent_id" Text,
    AgentName "agent_name" Text,
    WorkflowName "workflow_name" Text,
    ToolName "tool_name" Text,
    ToolType "tool_type" Text,
    ToolCallId "tool_call_id" Text,
    DataSourceId "data_source_id" Text,
    Temperature "temperature" Number,
    TopP "top_p" Number,
    TopK "top_k" Number,
    Seed "seed" Integer,
    MaxTokens "max_tokens" Integer,
    Documents "documents" Text,
    Input "input" Text,
    Output "output" Text,
    ContentDropped "content_dropped" Integer,
    Attributes "attributes" Text,
    AttributesDropped "attributes_dropped" Integer,
    Events "events" Text,
    Links "links" Text,
    Resource "resource" Text,
    ScopeAttributes "scope_attributes" Text,
}

/// Fields that a column shows as they are, as text.
const TEXTS: &[(Field, Column)] = &[
    (Field::RequestModel, Column::RequestModel),
    (Field::ResponseModel, Column::ResponseModel),
    (Field::ResponseId, Column::ResponseId),
    (Field::ConversationId, Column::ConversationId),
    (Field::AgentId, Column::AgentId),
    (Field::AgentName, Column::AgentName),
    (Field::WorkflowName, Column::WorkflowName),
    (Field::ToolType, Column::ToolType),
    (Field::ToolCallId, Column::ToolCallId),
    (Field::DataSourceId, Column::DataSourceId),
    (Field::User, Column::Subject),
];

/// Fields that a column shows as they are, as whole numbers.
const INTEGERS: &[(Field, Column)] = &[
    (Field::InputTokens, Column::InputTokens),
    (Field::OutputTokens, Column::OutputTokens),
    (Field::ReasoningTokens, Column::ReasoningTokens),
    (Field::CacheReadTokens, Column::CacheReadTokens),
    (Field::CacheCreationTokens, Column::CacheCreationTokens),
];

/// Names of a resource that have columns; of several the first is taken.
pub(crate) const SERVICE_NAME: &[&str] = &["service.name"];
const SERVICE_VERSION: &[&str] = &["service.version"];
pub(crate) const ENVIRONMENT: &[&str] = &["deployment.environment.name", "deployment.environment"];

/// An empty sheet of spans.
pub(crate) fn sheet() -> Sheet {
    debug_assert!(COLUMNS.iter().all(|(name, _)| is_of_spans(name)));
    Sheet::new(COLUMNS)
}

fn is_of_spans(name: &str) -> bool {
    base_schema(&TableId::Spans).column(name).is_some()
}

/// The attributes of a resource that have no column, as JSON; empty if there are none.
pub(crate) fn resource_json(attributes: &Attributes<'_>) -> String {
    let shown = |name: &str, value: &Value<'_>| {
        value.as_text().is_some()
            && (SERVICE_NAME.contains(&name)
                || SERVICE_VERSION.contains(&name)
                || name == ENVIRONMENT[0])
    };
    attributes_json(attributes, |name, value| {
        !shown(name, value) && !is_user(name)
    })
}

/// Attributes as JSON; empty if there are none.
pub(crate) fn attributes_json(
    attributes: &Attributes<'_>,
    keep: impl Fn(&str, &Value<'_>) -> bool,
) -> String {
    let mut out = String::new();
    let kept = attributes.iter().filter(|(name, value)| keep(name, value));
    let mut kept = kept.map(|(name, value)| (&**name, value)).peekable();
    if kept.peek().is_some() {
        write_object(kept, &mut out);
    }
    out
}

/// Who a span is about is kept as a keyed hash only, so no attribute may tell it.
fn is_user(name: &str) -> bool {
    matches!(field_of(name), Some((Field::User, _)))
}

/// Writes the row of a span.
pub(crate) fn write(sheet: &mut Sheet, understood: &Understood<'_, '_>) {
    write_core(sheet, understood);
    write_place(sheet, understood.place);
    write_genai(sheet, understood);
    write_rest(sheet, understood);
    sheet.end();
}

/// A text column, unless the text is empty.
fn text(sheet: &mut Sheet, column: Column, value: &str) {
    if !value.is_empty() {
        sheet.text(column as usize, value);
    }
}

fn text_of(sheet: &mut Sheet, column: Column, value: Option<&str>) {
    text(sheet, column, value.unwrap_or_default());
}

fn integer(sheet: &mut Sheet, column: Column, value: Option<i64>) {
    if let Some(value) = value {
        sheet.integer(column as usize, value);
    }
}

fn number(sheet: &mut Sheet, column: Column, value: Option<f64>) {
    if let Some(value) = value {
        sheet.number(column as usize, value);
    }
}

/// A count that is worth showing.
fn count(sheet: &mut Sheet, column: Column, value: u64) {
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    integer(sheet, column, (value > 0).then_some(value));
}

fn write_core(sheet: &mut Sheet, Understood { span, facts, .. }: &Understood<'_, '_>) {
    sheet.time(Column::Time as usize, facts.start_us);
    if let Some(us) = facts.end_us {
        sheet.time(Column::EndTime as usize, us);
    }
    number(sheet, Column::DurationMs, facts.duration_ms);
    text(sheet, Column::TraceId, &facts.trace_id);
    text(sheet, Column::SpanId, &facts.span_id);
    text_of(
        sheet,
        Column::ParentSpanId,
        hex::<8>(&span.parent_span_id).as_deref(),
    );
    text(sheet, Column::TraceState, &span.trace_state);
    integer(
        sheet,
        Column::Flags,
        (span.flags > 0).then_some(i64::from(span.flags)),
    );
    text(sheet, Column::Name, &span.name);
    let kinds = ["", "internal", "server", "client", "producer", "consumer"];
    let kind = usize::try_from(span.kind)
        .ok()
        .and_then(|kind| kinds.get(kind));
    text_of(sheet, Column::Kind, kind.copied());
    text(sheet, Column::Status, status(span, facts));
    text(sheet, Column::StatusMessage, &span.status_message);
    text_of(sheet, Column::ErrorType, facts.error_type.as_deref());
}

/// `ok`, `error`, or nothing if the span does not say.
fn status(span: &Span<'_>, facts: &Facts) -> &'static str {
    match (facts.is_error, span.status_code) {
        (true, _) => "error",
        (false, 1) => "ok",
        _ => "",
    }
}

fn write_place(sheet: &mut Sheet, place: &Place<'_>) {
    text_of(
        sheet,
        Column::ServiceName,
        place.resource.text(SERVICE_NAME),
    );
    text_of(
        sheet,
        Column::ServiceVersion,
        place.resource.text(SERVICE_VERSION),
    );
    text_of(sheet, Column::Environment, place.resource.text(ENVIRONMENT));
    text(sheet, Column::ScopeName, &place.scope.name);
    text(sheet, Column::ScopeVersion, &place.scope.version);
    text(sheet, Column::Resource, &place.resource_json);
    text(sheet, Column::ScopeAttributes, &place.scope_json);
}

fn write_genai(sheet: &mut Sheet, Understood { told, facts, .. }: &Understood<'_, '_>) {
    text_of(
        sheet,
        Column::Model,
        facts.model.as_ref().map(|m| m.as_str()),
    );
    text_of(sheet, Column::Operation, told.operation());
    text_of(sheet, Column::Provider, facts.provider.as_deref());
    for (field, column) in TEXTS {
        text_of(sheet, *column, told.text(*field));
    }
    for (field, column) in INTEGERS {
        integer(sheet, *column, told.integer(*field));
    }
    let tool = told.text(Field::ToolName);
    let entity = || {
        let is_tool = told.operation() == Some("execute_tool");
        is_tool.then(|| told.text(Field::EntityName)).flatten()
    };
    text_of(sheet, Column::ToolName, tool.or_else(entity));
    number(sheet, Column::CostUsd, facts.cost_usd);
    text_of(sheet, Column::CostSource, facts.cost_source.as_deref());
    if let Some(reasons) = told.value(Field::FinishReasons) {
        text(sheet, Column::FinishReasons, &reasons.spelled());
    }
    number(sheet, Column::FirstTokenMs, facts.first_token_ms);
    number(sheet, Column::Temperature, facts.parameters.temperature);
    number(sheet, Column::TopP, facts.parameters.top_p);
    number(sheet, Column::TopK, facts.parameters.top_k);
    integer(sheet, Column::Seed, facts.parameters.seed);
    integer(sheet, Column::MaxTokens, facts.parameters.max_tokens);
    text_of(sheet, Column::Documents, facts.documents.as_deref());
    text_of(sheet, Column::Input, facts.input.as_deref());
    text_of(sheet, Column::Output, facts.output.as_deref());
}

fn write_rest(sheet: &mut Sheet, Understood { span, facts, .. }: &Understood<'_, '_>) {
    count(sheet, Column::ContentDropped, facts.content_dropped);
    count(
        sheet,
        Column::AttributesDropped,
        span.dropped.saturating_add(facts.left_out),
    );
    let rest = attributes_json(&span.attributes, |name, value| {
        !is_shown(name, value) && !is_user(name)
    });
    text(sheet, Column::Attributes, &rest);
    if !span.events.is_empty() {
        text(sheet, Column::Events, &events_json(&span.events));
    }
    if !span.links.is_empty() {
        text(sheet, Column::Links, &links_json(&span.links));
    }
}

/// Whether a column shows the attribute exactly as it was sent, under its name of today: then nothing
/// is lost if it is not repeated.
fn is_shown(name: &str, value: &Value<'_>) -> bool {
    let Some((field, 0)) = field_of(name) else {
        return false;
    };
    match (field, value) {
        // Of these the column shows the word of today.
        (Field::Operation, Value::Text(word)) => operation(word) == word,
        (Field::Provider, Value::Text(name)) => provider(name) == *name,
        (Field::ToolName | Field::ErrorType, Value::Text(_)) => true,
        (Field::FinishReasons | Field::Documents, Value::List(_)) => true,
        (Field::Input | Field::Output, _) => true,
        (Field::Seed | Field::MaxTokens, Value::Integer(_)) => true,
        (Field::Temperature | Field::TopP | Field::TopK, Value::Number(x)) => x.is_finite(),
        (field, Value::Text(_)) => TEXTS.iter().any(|(shown, _)| *shown == field),
        (field, Value::Integer(_)) => INTEGERS.iter().any(|(shown, _)| *shown == field),
        _ => false,
    }
}

fn events_json(events: &[Event<'_>]) -> String {
    let mut out = String::from("[");
    for (at, event) in events.iter().enumerate() {
        out.push_str(if at > 0 {
            ",{\"time\":\""
        } else {
            "{\"time\":\""
        });
        out.push_str(&format_us(us(event.time_ns)));
        out.push_str("\",\"name\":");
        write_text(&event.name, &mut out);
        close(&mut out, &event.attributes, event.dropped);
    }
    out.push(']');
    out
}

fn links_json(links: &[Link<'_>]) -> String {
    let mut out = String::from("[");
    for (at, link) in links.iter().enumerate() {
        out.push_str(if at > 0 {
            ",{\"trace_id\":"
        } else {
            "{\"trace_id\":"
        });
        write_text(&hex::<16>(&link.trace_id).unwrap_or_default(), &mut out);
        out.push_str(",\"span_id\":");
        write_text(&hex::<8>(&link.span_id).unwrap_or_default(), &mut out);
        if !link.trace_state.is_empty() {
            out.push_str(",\"trace_state\":");
            write_text(&link.trace_state, &mut out);
        }
        close(&mut out, &link.attributes, link.dropped);
    }
    out.push(']');
    out
}

/// The end of an event or a link.
fn close(out: &mut String, attributes: &Attributes<'_>, dropped: u64) {
    let kept = attributes_json(attributes, |name, _| !is_user(name));
    if !kept.is_empty() {
        out.push_str(",\"attributes\":");
        out.push_str(&kept);
    }
    if dropped > 0 {
        out.push_str(",\"attributes_dropped\":");
        out.push_str(&dropped.to_string());
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_are_those_of_the_contract() {
        let schema = base_schema(&TableId::Spans);
        let theirs = schema.columns.iter().map(|c| (c.name.as_str(), c.ty));
        let theirs: Vec<_> = theirs.filter(|(name, _)| *name != "received_at").collect();
        assert_eq!(theirs, COLUMNS);
    }
}
