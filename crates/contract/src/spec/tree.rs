//! A file as a tree of values that know their line and column. JSON is read as the YAML it is.

use super::{Problem, Problems, TEXT_BYTES_MAX};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::{Spanned, UserMessageFormatter};
use std::fmt;

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) content: Content,
    /// From 1; 0 where unknown.
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    /// Null, a boolean, a number or a text.
    Scalar(Value),
    List(Vec<Node>),
    /// Keys with their own place, in the file's order.
    Map(Vec<(Node, String, Node)>),
}

impl Node {
    /// A tree without places.
    pub(crate) fn from_value(value: &Value) -> Self {
        let content = match value {
            Value::Array(items) => Content::List(items.iter().map(Node::from_value).collect()),
            Value::Object(map) => Content::Map(
                map.iter()
                    .map(|(k, v)| {
                        (
                            Node::unplaced(Content::Scalar(Value::Null)),
                            k.clone(),
                            Node::from_value(v),
                        )
                    })
                    .collect(),
            ),
            scalar => Content::Scalar(scalar.clone()),
        };
        Node::unplaced(content)
    }

    fn unplaced(content: Content) -> Self {
        Node {
            content,
            line: 0,
            column: 0,
        }
    }

    /// The same without places.
    pub(crate) fn to_value(&self) -> Value {
        match &self.content {
            Content::Scalar(value) => value.clone(),
            Content::List(items) => Value::Array(items.iter().map(Node::to_value).collect()),
            Content::Map(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(_, k, v)| (k.clone(), v.to_value()))
                    .collect(),
            ),
        }
    }

    /// The value below `key`, if this is a map that has it.
    pub(crate) fn child(&self, key: &str) -> Option<&Node> {
        match &self.content {
            Content::Map(entries) => entries.iter().find(|(_, k, _)| k == key).map(|(_, _, v)| v),
            _ => None,
        }
    }

    /// The text here, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The deepest node on the way of `path` (as in [`Problem::path`]) that exists.
    pub(crate) fn locate(&self, path: &str) -> &Node {
        let mut node = self;
        for step in path.split(['.', '[']) {
            let next = match (&node.content, step.strip_suffix(']')) {
                (Content::List(items), Some(index)) => {
                    index.parse().ok().and_then(|i: usize| items.get(i))
                }
                _ => node.child(step),
            };
            match next {
                Some(next) => node = next,
                None => return node,
            }
        }
        node
    }

    /// A problem here.
    pub(crate) fn problem(&self, path: &str, message: impl Into<String>) -> Problem {
        Problem::new(path, message).at(self.line, self.column)
    }

    /// What this is, in a sentence.
    pub(crate) fn name(&self) -> &'static str {
        match &self.content {
            Content::Scalar(Value::Null) => "nothing",
            Content::Scalar(Value::Bool(_)) => "a boolean",
            Content::Scalar(Value::Number(n)) if n.is_i64() || n.is_u64() => "an integer",
            Content::Scalar(Value::Number(_)) => "a number",
            Content::Scalar(_) => "a text",
            Content::List(_) => "a list",
            Content::Map(_) => "an object",
        }
    }
}

/// The documents of a file. Empty ones are passed over.
pub(crate) fn read(text: &str) -> Result<Vec<Node>, Problems> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(
            Problem::new("", format!("The file has more than {TEXT_BYTES_MAX} bytes"))
                .hint("Split it")
                .into(),
        );
    }
    let options = serde_saphyr::options! {
        strict_booleans: true,
        with_snippet: false,
    };
    serde_saphyr::from_multiple_with_options::<Node>(text, options).map_err(|error| {
        let place = error
            .location()
            .map_or((0, 0), |l| (narrow(l.line()), narrow(l.column())));
        let said = error
            .without_snippet()
            .render_with_formatter(&UserMessageFormatter);
        let sentence = said
            .split(" at line ")
            .next()
            .unwrap_or(&said)
            .trim_end_matches('.')
            .to_owned();
        Problem::new("", format!("This is neither YAML nor JSON: {sentence}"))
            .at(place.0, place.1)
            .into()
    })
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Content>::deserialize(deserializer)?;
        let place = spanned.referenced;
        Ok(Node {
            content: spanned.value,
            line: narrow(place.line()),
            column: narrow(place.column()),
        })
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Content, E> {
        Ok(Content::Scalar(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Content, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Content, E> {
        Ok(Content::Scalar(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Content, E> {
        Ok(Content::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Content, E> {
        Ok(Content::Scalar(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Content, E> {
        let number = serde_json::Number::from_f64(value)
            .ok_or_else(|| E::custom("a number must be finite"))?;
        Ok(Content::Scalar(number.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Content, E> {
        Ok(Content::Scalar(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Content, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Content::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let (line, column) = (
                narrow(key.referenced.line()),
                narrow(key.referenced.column()),
            );
            let place = Node {
                content: Content::Scalar(Value::Null),
                line,
                column,
            };
            entries.push((place, key.value, map.next_value()?));
        }
        Ok(Content::Map(entries))
    }
}
