//! The dialects in which spans tell of GenAI: tables of names to one internal form.
//!
//! Looked up in December 2026: the conventions of OpenTelemetry
//! (`open-telemetry/semantic-conventions-genai`) with the names that they had before
//! (`open-telemetry/semantic-conventions` up to 1.41), OpenInference
//! (`openinference-semantic-conventions` 0.1.42) and OpenLLMetry
//! (`opentelemetry-semantic-conventions-ai` 0.5.1 and its older values).

use crate::value::{Attributes, Value};
use std::collections::HashMap;
use std::sync::LazyLock;

/// What is understood of a span, whatever it was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Field {
    Operation,
    Provider,
    RequestModel,
    ResponseModel,
    ResponseId,
    InputTokens,
    OutputTokens,
    ReasoningTokens,
    CacheReadTokens,
    CacheCreationTokens,
    Cost,
    CostInput,
    CostOutput,
    FinishReasons,
    FirstTokenS,
    ConversationId,
    AgentId,
    AgentName,
    WorkflowName,
    ToolName,
    ToolType,
    ToolCallId,
    DataSourceId,
    Temperature,
    TopP,
    TopK,
    Seed,
    MaxTokens,
    Parameters,
    ErrorType,
    User,
    Documents,
    Input,
    Output,
    EntityName,
}

/// How many fields there are.
const FIELDS: usize = Field::EntityName as usize + 1;

/// The names of each field, newest first: of several that a span has the first is taken.
#[rustfmt::skip]
const NAMES: &[(Field, &[&str])] = &[
    (Field::Operation, &["gen_ai.operation.name", "llm.request.type", "openinference.span.kind", "traceloop.span.kind"]),
    (Field::Provider, &["gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system"]),
    (Field::RequestModel, &["gen_ai.request.model", "llm.request.model_name", "llm.model_name", "embedding.model_name", "reranker.model_name"]),
    (Field::ResponseModel, &["gen_ai.response.model", "llm.response.model_name"]),
    (Field::ResponseId, &["gen_ai.response.id"]),
    (Field::InputTokens, &["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt"]),
    (Field::OutputTokens, &["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion"]),
    (Field::ReasoningTokens, &["gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens", "llm.usage.reasoning_tokens", "llm.token_count.completion_details.reasoning"]),
    (Field::CacheReadTokens, &["gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens", "llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_input"]),
    (Field::CacheCreationTokens, &["gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens", "llm.token_count.prompt_details.cache_write"]),
    (Field::Cost, &["gen_ai.usage.cost", "llm.cost.total"]),
    (Field::CostInput, &["llm.cost.prompt"]),
    (Field::CostOutput, &["llm.cost.completion"]),
    (Field::FinishReasons, &["gen_ai.response.finish_reasons", "gen_ai.response.finish_reason", "gen_ai.response.stop_reason", "llm.finish_reason", "llm.response.finish_reason", "llm.response.stop_reason"]),
    (Field::FirstTokenS, &["gen_ai.response.time_to_first_chunk"]),
    (Field::ConversationId, &["gen_ai.conversation.id", "session.id", "traceloop.association.properties.session_id"]),
    (Field::AgentId, &["gen_ai.agent.id"]),
    (Field::AgentName, &["gen_ai.agent.name", "agent.name"]),
    (Field::WorkflowName, &["gen_ai.workflow.name", "traceloop.workflow.name"]),
    (Field::ToolName, &["gen_ai.tool.name", "tool.name"]),
    (Field::ToolType, &["gen_ai.tool.type"]),
    (Field::ToolCallId, &["gen_ai.tool.call.id", "tool_call.id", "tool.id"]),
    (Field::DataSourceId, &["gen_ai.data_source.id"]),
    (Field::Temperature, &["gen_ai.request.temperature"]),
    (Field::TopP, &["gen_ai.request.top_p"]),
    (Field::TopK, &["gen_ai.request.top_k", "llm.top_k"]),
    (Field::Seed, &["gen_ai.request.seed", "gen_ai.openai.request.seed", "llm.watsonx.random_seed"]),
    (Field::MaxTokens, &["gen_ai.request.max_tokens", "gen_ai.request.max_completion_tokens", "llm.watsonx.max_new_tokens"]),
    (Field::Parameters, &["llm.invocation_parameters"]),
    (Field::ErrorType, &["error.type"]),
    (Field::User, &["user.id", "enduser.id", "gen_ai.user", "llm.user", "traceloop.association.properties.user_id"]),
    (Field::Documents, &["gen_ai.retrieval.documents"]),
    (Field::Input, &["gen_ai.input.messages", "input.value", "traceloop.entity.input", "gen_ai.prompt"]),
    (Field::Output, &["gen_ai.output.messages", "output.value", "traceloop.entity.output", "gen_ai.completion"]),
    (Field::EntityName, &["traceloop.entity.name"]),
];

/// Words for what a span does, and the operation that the conventions of today call it.
const OPERATIONS: &[(&str, &str)] = &[
    ("LLM", "chat"),
    ("EMBEDDING", "embeddings"),
    ("RETRIEVER", "retrieval"),
    ("TOOL", "execute_tool"),
    ("AGENT", "invoke_agent"),
    ("CHAIN", "chain"),
    ("RERANKER", "rerank"),
    ("GUARDRAIL", "guardrail"),
    ("EVALUATOR", "evaluate"),
    ("completion", "text_completion"),
    ("embedding", "embeddings"),
    ("tool", "execute_tool"),
    ("agent", "invoke_agent"),
    ("workflow", "invoke_workflow"),
];

/// Operations in which a model answers once.
const INFERENCES: &[&str] = &[
    "chat",
    "generate_content",
    "text_completion",
    "embeddings",
    "rerank",
];

/// Events by which streams tell of their first token.
const FIRST_TOKEN_EVENTS: &[&str] = &[
    "First Token Stream Event",
    "llm.content.completion.chunk",
    "gen_ai.content.completion.chunk",
];

static BY_NAME: LazyLock<HashMap<&'static str, (Field, u8)>> = LazyLock::new(|| {
    let all = NAMES.iter().flat_map(|(field, names)| {
        let ranked = names.iter().zip(0u8..);
        ranked.map(move |(name, rank)| (*name, (*field, rank)))
    });
    all.collect()
});

/// An operation by its word of today.
pub(crate) fn operation(word: &str) -> &str {
    let found = OPERATIONS.iter().find(|(before, _)| *before == word);
    found.map_or(word, |(_, now)| *now)
}

/// The field of an attribute, and its rank among the field's names; 0 is the newest.
pub(crate) fn field_of(name: &str) -> Option<(Field, u8)> {
    BY_NAME.get(name).copied()
}

/// What a span's attributes tell, field by field.
pub(crate) struct Told<'s> {
    values: [Option<(u8, &'s Value<'s>)>; FIELDS],
}

impl<'s> Told<'s> {
    /// Finds the fields among attributes; of several names for one the newest wins.
    pub(crate) fn of(attributes: &'s Attributes<'_>) -> Self {
        let mut told = Self {
            values: [None; FIELDS],
        };
        told.hear(attributes);
        told
    }

    /// Adds what more attributes tell of fields that nothing was told of, or by older names.
    pub(crate) fn hear(&mut self, attributes: &'s Attributes<'_>) {
        for (name, value) in attributes {
            if let Some((field, rank)) = field_of(name)
                && !matches!(value, Value::Empty)
                && self.values[field as usize].is_none_or(|(held, _)| rank < held)
            {
                self.values[field as usize] = Some((rank, value));
            }
        }
    }

    pub(crate) fn value(&self, field: Field) -> Option<&'s Value<'s>> {
        self.values[field as usize].map(|(_, value)| value)
    }

    pub(crate) fn text(&self, field: Field) -> Option<&'s str> {
        let text = self.value(field)?.as_text()?;
        (!text.is_empty()).then_some(text)
    }

    pub(crate) fn integer(&self, field: Field) -> Option<i64> {
        self.value(field)?.as_integer()
    }

    pub(crate) fn number(&self, field: Field) -> Option<f64> {
        self.value(field)?.as_number()
    }

    /// What the span does, in the words of today.
    pub(crate) fn operation(&self) -> Option<&'s str> {
        self.text(Field::Operation).map(operation)
    }

    /// The model that was asked: the name that the application used, which stays the same when what
    /// answers by it is replaced; else the one that answered.
    pub(crate) fn model(&self) -> Option<&'s str> {
        let request = self.text(Field::RequestModel);
        request.or_else(|| self.text(Field::ResponseModel))
    }

    /// Whether the span is one answer of a model: by its operation, or without one by naming a model.
    pub(crate) fn is_inference(&self) -> bool {
        self.model().is_some()
            && self
                .operation()
                .is_none_or(|operation| INFERENCES.contains(&operation))
    }
}

/// Whether an event tells that the first token came.
pub(crate) fn is_first_token(event: &str) -> bool {
    FIRST_TOKEN_EVENTS.contains(&event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_of_one_field() {
        let names: usize = NAMES.iter().map(|(_, names)| names.len()).sum();
        assert_eq!(BY_NAME.len(), names);
        assert_eq!(NAMES.len(), FIELDS);
        for (at, (field, _)) in NAMES.iter().enumerate() {
            assert_eq!(*field as usize, at);
        }
    }

    #[test]
    fn the_newest_name_wins_whatever_the_order() {
        let number = |name: &'static str, n| (name.into(), Value::Integer(n));
        let forth = vec![
            number("llm.token_count.prompt", 1),
            number("gen_ai.usage.prompt_tokens", 2),
            number("gen_ai.usage.input_tokens", 3),
        ];
        let back: Attributes<'_> = forth.iter().cloned().rev().collect();
        for attributes in [&forth, &back] {
            assert_eq!(Told::of(attributes).integer(Field::InputTokens), Some(3));
        }
        let empty = vec![
            ("gen_ai.usage.input_tokens".into(), Value::Empty),
            number("gen_ai.usage.prompt_tokens", 2),
        ];
        assert_eq!(Told::of(&empty).integer(Field::InputTokens), Some(2));
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of cases")]
    fn each_dialect_says_what_is_an_answer_of_a_model() {
        for (attributes, operation, inference) in [
            (
                vec![
                    ("gen_ai.operation.name", "chat"),
                    ("gen_ai.request.model", "m"),
                ],
                Some("chat"),
                true,
            ),
            (vec![("gen_ai.operation.name", "chat")], Some("chat"), false),
            (
                vec![("gen_ai.system", "openai"), ("gen_ai.request.model", "m")],
                None,
                true,
            ),
            (
                vec![
                    ("gen_ai.operation.name", "invoke_agent"),
                    ("gen_ai.request.model", "m"),
                ],
                Some("invoke_agent"),
                false,
            ),
            (
                vec![("openinference.span.kind", "LLM"), ("llm.model_name", "m")],
                Some("chat"),
                true,
            ),
            (
                vec![
                    ("openinference.span.kind", "CHAIN"),
                    ("llm.model_name", "m"),
                ],
                Some("chain"),
                false,
            ),
            (
                vec![
                    ("openinference.span.kind", "EMBEDDING"),
                    ("embedding.model_name", "m"),
                ],
                Some("embeddings"),
                true,
            ),
            (
                vec![
                    ("llm.request.type", "completion"),
                    ("gen_ai.request.model", "m"),
                ],
                Some("text_completion"),
                true,
            ),
            (
                vec![("traceloop.span.kind", "workflow")],
                Some("invoke_workflow"),
                false,
            ),
            (vec![("traceloop.span.kind", "task")], Some("task"), false),
            (vec![("http.request.method", "GET")], None, false),
        ] {
            let attributes: Attributes<'_> = attributes
                .into_iter()
                .map(|(name, text)| (name.into(), Value::Text(text.into())))
                .collect();
            let told = Told::of(&attributes);
            assert_eq!(
                (told.operation(), told.is_inference()),
                (operation, inference),
                "{attributes:?}"
            );
        }
    }
}
