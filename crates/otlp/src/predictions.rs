//! Spans that are answers of models, as predictions of these models.
//!
//! | field of the prediction | where it comes from |
//! | --- | --- |
//! | model | the model that was asked for, else the one that answered; see [`crate::model::model_name`] |
//! | `version` | the model that answered |
//! | `id` | `<trace id>-<span id>`: whoever has the span can name it in feedback and outcomes |
//! | `time`, `latency_ms` | the span's start and duration |
//! | `status`, `error_type`, `error_message` | the span's status and its error |

use crate::content::plain_text;
use crate::dialect::Field;
use crate::sheet::{Sheet, columns};
use crate::spans::{ENVIRONMENT, SERVICE_NAME};
use crate::understood::Understood;
use crate::value::Value;
use candor_contract::ColumnType;

columns! {
    Id "id" Text,
    Time "time" Time,
    Version "version" Text,
    Environment "environment" Text,
    RequestId "request_id" Text,
    TraceId "trace_id" Text,
    SpanId "span_id" Text,
    Subject "subject" Text,
    Service "segment_service" Text,
    Region "segment_region" Text,
    Provider "segment_provider" Text,
    Operation "segment_operation" Text,
    LatencyMs "latency_ms" Number,
    FirstTokenMs "stage_first_token_ms" Number,
    Status "status" Text,
    ErrorType "error_type" Text,
    ErrorMessage "error_message" Text,
    InputTokens "usage_input_tokens" Integer,
    OutputTokens "usage_output_tokens" Integer,
    ReasoningTokens "usage_reasoning_tokens" Integer,
    CacheReadTokens "usage_cache_read_tokens" Integer,
    CacheCreationTokens "usage_cache_creation_tokens" Integer,
    CostUsd "usage_cost_usd" Number,
    Temperature "stochastic_temperature" Number,
    TopP "stochastic_top_p" Number,
    TopK "stochastic_top_k" Number,
    Seed "stochastic_seed" Integer,
    MaxTokens "stochastic_max_tokens" Integer,
    FinishReason "output_finish_reason" Text,
    OutputText "output_text" Text,
    InputText "input_text" Text,
}

const REGION: &[&str] = &["cloud.region"];

/// Fields that are counted.
const INTEGERS: &[(Field, Column)] = &[
    (Field::InputTokens, Column::InputTokens),
    (Field::OutputTokens, Column::OutputTokens),
    (Field::ReasoningTokens, Column::ReasoningTokens),
    (Field::CacheReadTokens, Column::CacheReadTokens),
    (Field::CacheCreationTokens, Column::CacheCreationTokens),
];

/// An empty sheet of predictions.
pub(crate) fn sheet() -> Sheet {
    Sheet::new(COLUMNS)
}

/// Writes the prediction that a span tells.
pub(crate) fn write(sheet: &mut Sheet, understood: &Understood<'_, '_>) {
    write_common(sheet, understood);
    write_outcome(sheet, understood);
    write_numbers(sheet, understood);
    sheet.end();
}

fn text(sheet: &mut Sheet, column: Column, value: Option<&str>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        sheet.text(column as usize, value);
    }
}

fn write_common(sheet: &mut Sheet, understood: &Understood<'_, '_>) {
    let Understood {
        place, told, facts, ..
    } = understood;
    let id = format!("{}-{}", facts.trace_id, facts.span_id);
    text(sheet, Column::Id, Some(&id));
    sheet.time(Column::Time as usize, facts.start_us);
    text(sheet, Column::Version, told.text(Field::ResponseModel));
    text(sheet, Column::Environment, place.resource.text(ENVIRONMENT));
    text(sheet, Column::RequestId, told.text(Field::ResponseId));
    text(sheet, Column::TraceId, Some(&facts.trace_id));
    text(sheet, Column::SpanId, Some(&facts.span_id));
    text(sheet, Column::Subject, told.text(Field::User));
    text(sheet, Column::Service, place.resource.text(SERVICE_NAME));
    text(sheet, Column::Region, place.resource.text(REGION));
    text(sheet, Column::Provider, facts.provider.as_deref());
    text(sheet, Column::Operation, told.operation());
}

fn write_outcome(sheet: &mut Sheet, understood: &Understood<'_, '_>) {
    let Understood {
        span, told, facts, ..
    } = understood;
    let status = if facts.is_error { "error" } else { "ok" };
    text(sheet, Column::Status, Some(status));
    text(sheet, Column::ErrorType, facts.error_type.as_deref());
    if facts.is_error {
        text(sheet, Column::ErrorMessage, Some(&span.status_message));
    }
    text(
        sheet,
        Column::FinishReason,
        told.value(Field::FinishReasons).and_then(first_text),
    );
    if let Some(output) = &facts.output {
        text(sheet, Column::OutputText, Some(&plain_text(output)));
    }
    if let Some(input) = &facts.input {
        text(sheet, Column::InputText, Some(&plain_text(input)));
    }
}

/// The first of a list of texts, or the text.
fn first_text<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    match value {
        Value::List(values) => values.first().and_then(Value::as_text),
        other => other.as_text(),
    }
}

fn write_numbers(sheet: &mut Sheet, Understood { told, facts, .. }: &Understood<'_, '_>) {
    let parameters = facts.parameters;
    for (column, value) in [
        (Column::LatencyMs, facts.duration_ms),
        (Column::FirstTokenMs, facts.first_token_ms),
        (Column::CostUsd, facts.cost_usd),
        (Column::Temperature, parameters.temperature),
        (Column::TopP, parameters.top_p),
        (Column::TopK, parameters.top_k),
    ] {
        if let Some(value) = value {
            sheet.number(column as usize, value);
        }
    }
    let counted = INTEGERS
        .iter()
        .map(|(field, column)| (*column, told.integer(*field)));
    let asked = [
        (Column::Seed, parameters.seed),
        (Column::MaxTokens, parameters.max_tokens),
    ];
    for (column, value) in counted.chain(asked) {
        if let Some(value) = value {
            sheet.integer(column as usize, value);
        }
    }
}
