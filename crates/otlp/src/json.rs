//! OTLP's JSON: names in lowerCamelCase, identifiers as hexadecimal digits, 64-bit integers as text,
//! enumerations as numbers. What it does not know is ignored.
//! <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>

use crate::span::{Event, Link, Maker, Span};
use crate::value::{Attributes, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Deserializer, Error as _, Visitor};
use serde::{Deserialize, de};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// A whole export; each span is read by itself later, so that a bad one spoils no other.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportJson<'a> {
    #[serde(default, borrow, deserialize_with = "listed")]
    pub(crate) resource_spans: Vec<ResourceSpansJson<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResourceSpansJson<'a> {
    #[serde(borrow)]
    pub(crate) resource: Option<&'a RawValue>,
    #[serde(default, borrow, deserialize_with = "listed")]
    pub(crate) scope_spans: Vec<ScopeSpansJson<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScopeSpansJson<'a> {
    #[serde(borrow)]
    pub(crate) scope: Option<&'a RawValue>,
    #[serde(default, borrow, deserialize_with = "listed")]
    pub(crate) spans: Vec<&'a RawValue>,
}

/// Whether a text that may be JSON is an object: lists would be read as the values of its members.
pub(crate) fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// Reads a span.
pub(crate) fn span(text: &str) -> serde_json::Result<Span<'_>> {
    if !is_object(text) {
        return Err(serde_json::Error::custom("no object"));
    }
    let SpanJson(span) = serde_json::from_str(text)?;
    Ok(span)
}

/// Reads a resource or a scope.
pub(crate) fn maker(text: &str) -> serde_json::Result<Maker<'_>> {
    let read: MakerJson<'_> = serde_json::from_str(text)?;
    Ok(Maker {
        name: read.name,
        version: read.version,
        attributes: plain(read.attributes),
    })
}

struct SpanJson<'a>(Span<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for SpanJson<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = FieldsJson::deserialize(deserializer)?;
        let dropped = [
            read.dropped_attributes_count,
            read.dropped_events_count,
            read.dropped_links_count,
        ];
        let status = read.status.unwrap_or_default();
        Ok(Self(Span {
            trace_id: read.trace_id.0.into(),
            span_id: read.span_id.0.into(),
            parent_span_id: read.parent_span_id.0.into(),
            trace_state: read.trace_state,
            flags: u32::try_from(read.flags.0).unwrap_or(0),
            name: read.name,
            kind: read.kind.0,
            start_ns: read.start_time_unix_nano.0,
            end_ns: read.end_time_unix_nano.0,
            attributes: plain(read.attributes),
            events: read.events.into_iter().map(Event::from).collect(),
            links: read.links.into_iter().map(Link::from).collect(),
            dropped: dropped
                .iter()
                .fold(0, |sum: u64, n| sum.saturating_add(n.0)),
            status_code: status.code.0,
            status_message: status.message,
        }))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct FieldsJson<'a> {
    trace_id: Hex,
    span_id: Hex,
    parent_span_id: Hex,
    #[serde(borrow, deserialize_with = "text")]
    trace_state: Cow<'a, str>,
    flags: Whole,
    #[serde(borrow, deserialize_with = "text")]
    name: Cow<'a, str>,
    kind: Whole,
    start_time_unix_nano: Whole,
    end_time_unix_nano: Whole,
    #[serde(borrow, deserialize_with = "listed")]
    attributes: Vec<KeyValueJson<'a>>,
    dropped_attributes_count: Whole,
    #[serde(borrow, deserialize_with = "listed")]
    events: Vec<EventJson<'a>>,
    dropped_events_count: Whole,
    #[serde(borrow, deserialize_with = "listed")]
    links: Vec<LinkJson<'a>>,
    dropped_links_count: Whole,
    #[serde(borrow)]
    status: Option<StatusJson<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct StatusJson<'a> {
    #[serde(borrow, deserialize_with = "text")]
    message: Cow<'a, str>,
    code: Whole,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct EventJson<'a> {
    time_unix_nano: Whole,
    #[serde(borrow, deserialize_with = "text")]
    name: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "listed")]
    attributes: Vec<KeyValueJson<'a>>,
    dropped_attributes_count: Whole,
}

impl<'a> From<EventJson<'a>> for Event<'a> {
    fn from(read: EventJson<'a>) -> Self {
        Self {
            time_ns: read.time_unix_nano.0,
            name: read.name,
            attributes: plain(read.attributes),
            dropped: read.dropped_attributes_count.0,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct LinkJson<'a> {
    trace_id: Hex,
    span_id: Hex,
    #[serde(borrow, deserialize_with = "text")]
    trace_state: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "listed")]
    attributes: Vec<KeyValueJson<'a>>,
    dropped_attributes_count: Whole,
}

impl<'a> From<LinkJson<'a>> for Link<'a> {
    fn from(read: LinkJson<'a>) -> Self {
        Self {
            trace_id: read.trace_id.0.into(),
            span_id: read.span_id.0.into(),
            trace_state: read.trace_state,
            attributes: plain(read.attributes),
            dropped: read.dropped_attributes_count.0,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct MakerJson<'a> {
    #[serde(borrow, deserialize_with = "text")]
    name: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "text")]
    version: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "listed")]
    attributes: Vec<KeyValueJson<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct KeyValueJson<'a> {
    #[serde(borrow, deserialize_with = "text")]
    key: Cow<'a, str>,
    #[serde(borrow)]
    value: Option<AnyJson<'a>>,
}

/// One of these, or none.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct AnyJson<'a> {
    #[serde(borrow)]
    string_value: Option<Text<'a>>,
    bool_value: Option<bool>,
    int_value: Option<Signed>,
    double_value: Option<Float>,
    #[serde(borrow)]
    array_value: Option<ArrayJson<'a>>,
    #[serde(borrow)]
    kvlist_value: Option<MapJson<'a>>,
    #[serde(borrow)]
    bytes_value: Option<Text<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ArrayJson<'a> {
    #[serde(borrow, deserialize_with = "listed")]
    values: Vec<AnyJson<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct MapJson<'a> {
    #[serde(borrow, deserialize_with = "listed")]
    values: Vec<KeyValueJson<'a>>,
}

impl<'a> From<AnyJson<'a>> for Value<'a> {
    fn from(read: AnyJson<'a>) -> Self {
        if let Some(Text(text)) = read.string_value {
            Value::Text(text)
        } else if let Some(value) = read.bool_value {
            Value::Boolean(value)
        } else if let Some(Signed(value)) = read.int_value {
            Value::Integer(value)
        } else if let Some(Float(value)) = read.double_value {
            Value::Number(value)
        } else if let Some(array) = read.array_value {
            Value::List(array.values.into_iter().map(Value::from).collect())
        } else if let Some(map) = read.kvlist_value {
            Value::Map(plain(map.values))
        } else if let Some(Text(text)) = read.bytes_value {
            // What is no base64 is kept as it was sent.
            match STANDARD.decode(text.as_bytes()) {
                Ok(bytes) => Value::Bytes(bytes.into()),
                Err(_) => Value::Text(text),
            }
        } else {
            Value::Empty
        }
    }
}

fn plain(read: Vec<KeyValueJson<'_>>) -> Attributes<'_> {
    let attributes = read.into_iter();
    attributes
        .map(|read| (read.key, read.value.map(Value::from).unwrap_or_default()))
        .collect()
}

/// A list, or null for an empty one.
fn listed<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A text, or null for an empty one; borrowed if nothing in it is escaped.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
    let read: Option<Text<'de>> = Option::deserialize(deserializer)?;
    Ok(read.map_or(Cow::Borrowed(""), |Text(text)| text))
}

/// A text that borrows where it can, which serde's own does not below an option.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Texts).map(Text)
    }
}

/// Hexadecimal digits of either case.
#[derive(Default)]
struct Hex(Vec<u8>);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = text(deserializer)?;
        let digits = text.as_bytes();
        let nibble = |digit: u8| char::from(digit).to_digit(16);
        let byte = |pair: &[u8]| {
            let both = nibble(pair[0])? << 4 | nibble(*pair.get(1)?)?;
            u8::try_from(both).ok()
        };
        let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
        let bytes = bytes.ok_or_else(|| D::Error::custom("an id is not of hexadecimal digits"))?;
        Ok(Self(bytes))
    }
}

/// A number that may come as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Spelled<'a> {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    #[serde(borrow)]
    Text(Cow<'a, str>),
    Null(()),
}

/// An unsigned whole number.
#[derive(Default, Clone, Copy)]
struct Whole(u64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let odd = || D::Error::custom("a number is not a whole one from zero on");
        match Spelled::deserialize(deserializer)? {
            Spelled::Unsigned(value) => Ok(Self(value)),
            Spelled::Text(text) => enumerated(&text)
                .or_else(|| text.parse().ok())
                .map(Self)
                .ok_or_else(odd),
            Spelled::Null(()) => Ok(Self(0)),
            Spelled::Signed(_) | Spelled::Float(_) => Err(odd()),
        }
    }
}

/// The number of a name of an enumeration: some senders write these, as other JSON of protocol buffers
/// does.
fn enumerated(name: &str) -> Option<u64> {
    const NAMES: [(&str, u64); 9] = [
        ("SPAN_KIND_UNSPECIFIED", 0),
        ("SPAN_KIND_INTERNAL", 1),
        ("SPAN_KIND_SERVER", 2),
        ("SPAN_KIND_CLIENT", 3),
        ("SPAN_KIND_PRODUCER", 4),
        ("SPAN_KIND_CONSUMER", 5),
        ("STATUS_CODE_UNSET", 0),
        ("STATUS_CODE_OK", 1),
        ("STATUS_CODE_ERROR", 2),
    ];
    let found = NAMES.iter().find(|(known, _)| *known == name);
    found.map(|(_, number)| *number)
}

/// A signed whole number.
struct Signed(i64);

impl<'de> Deserialize<'de> for Signed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let odd = || D::Error::custom("an `intValue` is no whole number of 64 bits");
        match Spelled::deserialize(deserializer)? {
            Spelled::Unsigned(value) => i64::try_from(value).map(Self).map_err(|_| odd()),
            Spelled::Signed(value) => Ok(Self(value)),
            Spelled::Text(text) => text.parse().map(Self).map_err(|_| odd()),
            Spelled::Float(value) => Value::Number(value).as_integer().map(Self).ok_or_else(odd),
            Spelled::Null(()) => Err(odd()),
        }
    }
}

/// A float; those that JSON cannot spell come as text.
struct Float(f64);

impl<'de> Deserialize<'de> for Float {
    #[expect(clippy::cast_precision_loss, reason = "it was meant as a float")]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let odd = || D::Error::custom("a `doubleValue` is no number");
        Ok(Self(match Spelled::deserialize(deserializer)? {
            Spelled::Unsigned(value) => value as f64,
            Spelled::Signed(value) => value as f64,
            Spelled::Float(value) => value,
            Spelled::Text(text) => match &*text {
                "Infinity" => f64::INFINITY,
                "-Infinity" => f64::NEG_INFINITY,
                text => text.parse().map_err(|_| odd())?,
            },
            Spelled::Null(()) => return Err(odd()),
        }))
    }
}
