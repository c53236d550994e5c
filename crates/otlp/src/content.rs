//! Content: what people and models said to each other. It is kept only where a policy says so.

use crate::dialect::{Field, Told};
use crate::span::{Event, Span};
use crate::value::{Attributes, Value, write_object};
use serde_json::Value as Json;
use std::borrow::Cow;

/// Attributes whose values are content.
const NAMES: &[&str] = &[
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.content.completion.chunk",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.retrieval.query.text",
    "gen_ai.memory.query.text",
    "gen_ai.memory.records",
    "gen_ai.evaluation.explanation",
    "input.value",
    "output.value",
    "llm.prompts",
    "llm.choices",
    "llm.completions",
    "llm.function_call",
    "llm.prompt_template.variables",
    "llm.content.completion.chunk",
    "reranker.query",
    "tool.parameters",
    "traceloop.entity.input",
    "traceloop.entity.output",
    "traceloop.prompt.template_variables",
    "mcp.request.argument",
    "mcp.response.value",
    "db.query.result.document",
    "db.query.result.metadata",
    "db.search.result.entity",
];

/// Attributes that begin so are content: lists that dialects spread over many attributes.
const PREFIXES: &[&str] = &[
    "gen_ai.prompt.",
    "gen_ai.completion.",
    "llm.prompts.",
    "llm.choices.",
    "llm.completions.",
    "llm.input_messages.",
    "llm.output_messages.",
    "embedding.embeddings.",
];

/// Prefixes of attributes of which only the roles and numbers of these ends are no content.
const DOCUMENTS: &[&str] = &[
    "retrieval.documents.",
    "reranker.input_documents.",
    "reranker.output_documents.",
];

/// Events whose attributes are a message.
const MESSAGES: &[&str] = &[
    "gen_ai.system.message",
    "gen_ai.user.message",
    "gen_ai.assistant.message",
    "gen_ai.tool.message",
    "gen_ai.choice",
    "gen_ai.content.prompt",
    "gen_ai.content.completion",
];

/// What such an event tells besides its message.
const MESSAGE_FACTS: &[&str] = &[
    "gen_ai.system",
    "gen_ai.provider.name",
    "role",
    "index",
    "finish_reason",
];

/// Whether an attribute of a span, or of an event that is no message, is content.
pub(crate) fn is_content(name: &str) -> bool {
    // Most attributes are told by their first letters.
    if !matches!(
        name.as_bytes().first(),
        Some(b'g' | b'i' | b'o' | b'l' | b'r' | b't' | b'e' | b'm' | b'd')
    ) {
        return false;
    }
    NAMES.contains(&name)
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || (DOCUMENTS.iter().any(|prefix| name.starts_with(prefix))
            && (name.ends_with(".document.content") || name.ends_with(".document.metadata")))
}

/// Takes all content out of a span; how many attributes that were.
pub(crate) fn drop_content(span: &mut Span<'_>) -> u64 {
    let mut dropped = retain(&mut span.attributes, |name| !is_content(name));
    for (name, value) in &mut span.attributes {
        if name == "gen_ai.retrieval.documents" {
            dropped += strip_documents(value);
        }
    }
    for event in &mut span.events {
        dropped += match MESSAGES.contains(&&*event.name) {
            true => retain(&mut event.attributes, |name| MESSAGE_FACTS.contains(&name)),
            false => retain(&mut event.attributes, |name| !is_content(name)),
        };
    }
    dropped
}

fn retain(attributes: &mut Attributes<'_>, keep: impl Fn(&str) -> bool) -> u64 {
    let before = attributes.len();
    attributes.retain(|(name, _)| keep(name));
    (before - attributes.len()) as u64
}

/// Leaves of retrieved documents what is no content: which they are, and how well they fit.
fn strip_documents(value: &mut Value<'_>) -> u64 {
    let facts = |key: &str| matches!(key, "id" | "score");
    match value {
        Value::List(documents) => {
            let strip = |document: &mut Value<'_>| match document {
                Value::Map(members) => retain(members, facts),
                other => {
                    *other = Value::Empty;
                    1
                }
            };
            documents.iter_mut().map(strip).sum()
        }
        Value::Text(text) => {
            let Ok(Json::Array(mut documents)) = serde_json::from_str::<Json>(text) else {
                *value = Value::Empty;
                return 1;
            };
            let mut dropped = 0;
            for document in &mut documents {
                let Json::Object(members) = document else {
                    *document = Json::Null;
                    dropped += 1;
                    continue;
                };
                let before = members.len();
                members.retain(|key, _| facts(key));
                dropped += (before - members.len()) as u64;
            }
            *value = Value::Text(Cow::Owned(Json::Array(documents).to_string()));
            dropped
        }
        other => {
            *other = Value::Empty;
            1
        }
    }
}

/// What a span was given and what it answered, as text: JSON where the sender wrote JSON.
pub(crate) struct Said {
    pub(crate) input: Option<String>,
    pub(crate) output: Option<String>,
}

impl Said {
    /// Finds both, in whichever way the span tells them: as one attribute, as a list spread over many,
    /// or as events.
    pub(crate) fn of(span: &Span<'_>, told: &Told<'_>) -> Self {
        let whole = |field| told.value(field).map(|value| value.spelled().into_owned());
        let spread = |prefixes: &[&str]| {
            let found = prefixes
                .iter()
                .map(|prefix| gathered(&span.attributes, prefix));
            found.into_iter().flatten().next()
        };
        let heard = |is_answer: bool| messages(&span.events, is_answer);
        Self {
            input: whole(Field::Input)
                .or_else(|| spread(&["llm.input_messages.", "gen_ai.prompt.", "llm.prompts."]))
                .or_else(|| heard(false)),
            output: whole(Field::Output)
                .or_else(|| spread(&["llm.output_messages.", "gen_ai.completion.", "llm.choices."]))
                .or_else(|| heard(true)),
        }
    }
}

/// The members of a list that is spread over attributes `<prefix><index>.<name>`, as JSON of one object
/// each; `None` if there are none.
pub(crate) fn gathered(attributes: &Attributes<'_>, prefix: &str) -> Option<String> {
    let mut members: Vec<(u32, &str, &Value<'_>)> = Vec::new();
    for (name, value) in attributes {
        if let Some(rest) = name.strip_prefix(prefix)
            && let Some((index, member)) = rest.split_once('.')
            && let Ok(index) = index.parse()
        {
            members.push((index, shortened(member), value));
        }
    }
    if members.is_empty() {
        return None;
    }
    members.sort_by_key(|(index, _, _)| *index);
    let mut out = String::from("[");
    for (at, group) in members.chunk_by(|a, b| a.0 == b.0).enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_object(
            group.iter().map(|(_, name, value)| (*name, *value)),
            &mut out,
        );
    }
    out.push(']');
    Some(out)
}

/// `message.content` is `content`: OpenInference repeats what each member is.
fn shortened(member: &str) -> &str {
    let heads = ["message.", "document.", "prompt.", "completion."];
    let head = heads.iter().find(|head| member.starts_with(**head));
    head.map_or(member, |head| &member[head.len()..])
}

/// Events that are messages, as JSON; answers, or what was asked.
fn messages(events: &[Event<'_>], answers: bool) -> Option<String> {
    let is_answer = |name: &str| matches!(name, "gen_ai.choice" | "gen_ai.content.completion");
    let mut chosen = events
        .iter()
        .filter(|e| MESSAGES.contains(&&*e.name) && is_answer(&e.name) == answers)
        .peekable();
    chosen.peek()?;
    let mut out = String::from("[");
    for (at, event) in chosen.enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_object(event.attributes.iter().map(|(k, v)| (&**k, v)), &mut out);
    }
    out.push(']');
    Some(out)
}

/// The plain text of messages: of JSON the texts in it that are content, a line each; of anything else
/// all.
pub(crate) fn plain_text(said: &str) -> Cow<'_, str> {
    if !matches!(said.as_bytes().first(), Some(b'[' | b'{')) {
        return Cow::Borrowed(said);
    }
    let Ok(json) = serde_json::from_str::<Json>(said) else {
        return Cow::Borrowed(said);
    };
    let mut lines = Vec::new();
    collect(&json, &mut lines);
    match lines.is_empty() {
        true => Cow::Borrowed(said),
        false => Cow::Owned(lines.join("\n")),
    }
}

fn collect(json: &Json, lines: &mut Vec<String>) {
    match json {
        Json::Array(members) => members.iter().for_each(|member| collect(member, lines)),
        Json::Object(members) => {
            for (key, value) in members {
                match value {
                    Json::String(text) if matches!(&**key, "content" | "text") => {
                        lines.push(text.clone());
                    }
                    Json::Array(_) | Json::Object(_) => collect(value, lines),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_told_by_its_name() {
        for name in NAMES.iter().chain(MESSAGES).chain(PREFIXES) {
            assert!(name.is_ascii(), "{name}");
        }
        for content in [
            "gen_ai.input.messages",
            "gen_ai.prompt.0.content",
            "llm.input_messages.12.message.tool_calls.0.tool_call.function.arguments",
            "retrieval.documents.3.document.content",
            "input.value",
            "traceloop.entity.output",
        ] {
            assert!(is_content(content), "{content}");
        }
        for fact in [
            "gen_ai.request.model",
            "gen_ai.prompt_name",
            "gen_ai.usage.prompt_tokens",
            "retrieval.documents.3.document.score",
            "input.mime_type",
            "http.route",
            "",
        ] {
            assert!(!is_content(fact), "{fact}");
        }
        for name in NAMES {
            assert!(is_content(name), "{name}");
        }
    }

    #[test]
    fn text_is_found_in_messages() {
        for (said, text) in [
            ("hello", "hello"),
            (
                r#"[{"role":"user","parts":[{"type":"text","content":"a"},{"type":"text","content":"b"}]}]"#,
                "a\nb",
            ),
            (
                r#"[{"role":"user","content":"a"},{"role":"user","content":[{"type":"text","text":"b"}]}]"#,
                "a\nb",
            ),
            (r#"{"x":1}"#, r#"{"x":1}"#),
            ("[not json", "[not json"),
        ] {
            assert_eq!(plain_text(said), text);
        }
    }
}
