//! What a span means once its dialect is understood: the facts that both its row and its prediction
//! tell.

use crate::content::{self, Said};
use crate::dialect::{self, Field, Told};
use crate::documents;
use crate::model;
use crate::prices::Usage;
use crate::rules::Rules;
use crate::span::{Maker, Span, hex};
use candor_contract::{Code, Fault, ModelName, check_time};
use serde_json::Value as Json;
use std::borrow::Cow;

/// Most attributes, events or links of a span that are kept; more are counted and left out.
const KEPT_MAX: usize = 4_096;
/// Nanoseconds in a microsecond.
const US_NS: u64 = 1_000;

/// Where spans were made: what of it is wanted for each of them, made once.
pub(crate) struct Place<'a> {
    pub(crate) resource: Maker<'a>,
    /// The resource's attributes that have no column, as JSON; empty if there are none.
    pub(crate) resource_json: String,
    pub(crate) scope: Maker<'a>,
    pub(crate) scope_json: String,
}

/// A span and the facts that were made of it. Content is gone from it if it may not be kept.
pub(crate) struct Understood<'s, 'a> {
    pub(crate) span: &'s Span<'a>,
    pub(crate) place: &'s Place<'a>,
    pub(crate) told: Told<'s>,
    pub(crate) facts: Facts,
}

/// Facts that cost something to make.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    pub(crate) start_us: i64,
    pub(crate) end_us: Option<i64>,
    pub(crate) duration_ms: Option<f64>,
    /// The model whose prediction the span is, if it is one.
    pub(crate) model: Option<ModelName>,
    pub(crate) provider: Option<String>,
    pub(crate) is_error: bool,
    pub(crate) error_type: Option<String>,
    pub(crate) cost_usd: Option<f64>,
    /// `sent`, or the version of the table of prices.
    pub(crate) cost_source: Option<String>,
    pub(crate) first_token_ms: Option<f64>,
    pub(crate) parameters: Parameters,
    pub(crate) documents: Option<String>,
    pub(crate) input: Option<String>,
    pub(crate) output: Option<String>,
    pub(crate) content_dropped: u64,
    pub(crate) left_out: u64,
}

/// What a model was asked with.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Parameters {
    pub(crate) temperature: Option<f64>,
    pub(crate) top_p: Option<f64>,
    pub(crate) top_k: Option<f64>,
    pub(crate) seed: Option<i64>,
    pub(crate) max_tokens: Option<i64>,
}

/// What makes a span one that cannot be taken.
pub(crate) fn check(span: &Span<'_>, rules: &Rules<'_>) -> Result<(String, String, i64), Fault> {
    let fault = |code, message: &str| Fault {
        code,
        message: message.to_owned(),
    };
    let trace_id = hex::<16>(&span.trace_id).ok_or_else(|| {
        fault(
            Code::MissingField,
            "the span's trace id must be 16 bytes that are not all zero",
        )
    })?;
    let span_id = hex::<8>(&span.span_id).ok_or_else(|| {
        fault(
            Code::MissingField,
            "the span's id must be 8 bytes that are not all zero",
        )
    })?;
    if span.start_ns == 0 {
        return Err(fault(Code::InvalidTime, "the span has no start time"));
    }
    let start_us = us(span.start_ns);
    check_time(start_us, rules.limits, rules.now_us)?;
    Ok((trace_id, span_id, start_us))
}

/// Microseconds of nanoseconds since 1970.
pub(crate) fn us(ns: u64) -> i64 {
    i64::try_from(ns / US_NS).unwrap_or(i64::MAX)
}

/// Brings a span within its bounds, and takes its content away unless it may be kept; how many
/// attributes of content went, and how much was left out.
pub(crate) fn tidy(span: &mut Span<'_>, rules: &Rules<'_>) -> (u64, u64) {
    let keeps = {
        let told = Told::of(&span.attributes);
        let model = told.is_inference().then(|| told.model()).flatten();
        (rules.keeps_content)(model.and_then(model::model_name).as_ref())
    };
    let dropped = match keeps {
        true => 0,
        false => content::drop_content(span),
    };
    let mut left_out = 0;
    left_out += shorten(&mut span.attributes);
    left_out += shorten(&mut span.events);
    left_out += shorten(&mut span.links);
    (dropped, left_out)
}

fn shorten<T>(list: &mut Vec<T>) -> u64 {
    let more = list.len().saturating_sub(KEPT_MAX);
    list.truncate(KEPT_MAX);
    more as u64
}

impl<'s, 'a> Understood<'s, 'a> {
    /// Understands a tidy span with the ids and the start that [`check`] found.
    pub(crate) fn of(
        span: &'s Span<'a>,
        place: &'s Place<'a>,
        (trace_id, span_id, start_us): (String, String, i64),
        (content_dropped, left_out): (u64, u64),
        rules: &Rules<'_>,
    ) -> Self {
        let mut told = Told::of(&span.attributes);
        for event in &span.events {
            if event.name == "gen_ai.client.inference.operation.details" {
                told.hear(&event.attributes);
            }
        }
        let model = match told.is_inference() {
            true => told.model().and_then(model::model_name),
            false => None,
        };
        let said = Said::of(span, &told);
        let ended = span.end_ns >= span.start_ns;
        #[expect(clippy::cast_precision_loss, reason = "exact up to 104 days")]
        let duration_ms = ended.then(|| (span.end_ns - span.start_ns) as f64 / 1e6);
        let provider = told.text(Field::Provider).map(model::provider);
        let mut facts = Facts {
            trace_id,
            span_id,
            start_us,
            end_us: ended.then(|| us(span.end_ns)),
            duration_ms,
            model,
            provider: provider.map(Cow::into_owned),
            first_token_ms: first_token_ms(span, &told),
            parameters: parameters(&told),
            documents: documents::of(span, &told),
            input: said.input,
            output: said.output,
            content_dropped,
            left_out,
            ..Facts::default()
        };
        facts.error_type = error_type(span, &told);
        facts.is_error = span.status_code == 2 || told.value(Field::ErrorType).is_some();
        facts.price(&told, rules);
        Self {
            span,
            place,
            told,
            facts,
        }
    }
}

impl Facts {
    /// The cost that was sent, else the one that the table of prices tells for an answer of a model.
    fn price(&mut self, told: &Told<'_>, rules: &Rules<'_>) {
        let parts = (
            told.number(Field::CostInput),
            told.number(Field::CostOutput),
        );
        let sum = match parts {
            (None, None) => None,
            (input, output) => Some(input.unwrap_or(0.0) + output.unwrap_or(0.0)),
        };
        if let Some(sent) = told.number(Field::Cost).or(sum) {
            self.cost_usd = Some(sent);
            self.cost_source = Some("sent".to_owned());
            return;
        }
        if self.model.is_none() {
            return;
        }
        let usage = Usage {
            input: told.integer(Field::InputTokens),
            output: told.integer(Field::OutputTokens),
            cache_read: told.integer(Field::CacheReadTokens),
            cache_creation: told.integer(Field::CacheCreationTokens),
        };
        // What answered tells more exactly what was paid than the name that was asked for.
        let names = [
            told.text(Field::ResponseModel),
            told.text(Field::RequestModel),
        ];
        let provider = self.provider.as_deref();
        self.cost_usd = names
            .into_iter()
            .flatten()
            .find_map(|name| rules.prices.cost(provider, name, self.start_us, usage));
        if self.cost_usd.is_some() {
            self.cost_source = Some(rules.prices.version.clone());
        }
    }
}

/// Milliseconds to the first token: told as such, or by an event.
fn first_token_ms(span: &Span<'_>, told: &Told<'_>) -> Option<f64> {
    if let Some(seconds) = told.number(Field::FirstTokenS) {
        return Some(seconds * 1e3);
    }
    let events = span
        .events
        .iter()
        .filter(|e| dialect::is_first_token(&e.name));
    let first_ns = events.map(|e| e.time_ns).min()?;
    #[expect(clippy::cast_precision_loss, reason = "exact up to 104 days")]
    let ms = |ns: u64| ns as f64 / 1e6;
    first_ns.checked_sub(span.start_ns).map(ms)
}

/// The class of error: told as such, or by the exception that was recorded.
fn error_type(span: &Span<'_>, told: &Told<'_>) -> Option<String> {
    if let Some(known) = told.text(Field::ErrorType) {
        return Some(known.to_owned());
    }
    if span.status_code != 2 {
        return None;
    }
    let exceptions = span.events.iter().filter(|e| e.name == "exception");
    let mut types = exceptions.filter_map(|event| {
        let found = event
            .attributes
            .iter()
            .find(|(name, _)| name == "exception.type");
        found.and_then(|(_, value)| value.as_text())
    });
    types.next_back().map(str::to_owned)
}

/// What the model was asked with, told one by one or as one JSON (OpenInference).
fn parameters(told: &Told<'_>) -> Parameters {
    let json = told.text(Field::Parameters);
    let json: Option<Json> = json.and_then(|text| serde_json::from_str(text).ok());
    let member = |names: &[&str]| {
        let json = json.as_ref()?;
        names.iter().find_map(|name| json.get(name))
    };
    let number = |field, names: &[&str]| told.number(field).or_else(|| member(names)?.as_f64());
    let integer = |field, names: &[&str]| told.integer(field).or_else(|| member(names)?.as_i64());
    Parameters {
        temperature: number(Field::Temperature, &["temperature"]),
        top_p: number(Field::TopP, &["top_p"]),
        top_k: number(Field::TopK, &["top_k"]),
        seed: integer(Field::Seed, &["seed"]),
        max_tokens: integer(
            Field::MaxTokens,
            &["max_tokens", "max_completion_tokens", "max_output_tokens"],
        ),
    }
}
