//! Values of attributes: as they came, as JSON, as what a column wants.

use crate::wire::{Broken, Fields};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// A value of an attribute.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Value<'a> {
    #[default]
    Empty,
    Text(Cow<'a, str>),
    Boolean(bool),
    Integer(i64),
    Number(f64),
    Bytes(Cow<'a, [u8]>),
    List(Vec<Value<'a>>),
    Map(Attributes<'a>),
}

/// Names and values in the order they came, as often as they came.
pub(crate) type Attributes<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

impl<'a> Value<'a> {
    /// Reads an `AnyValue`; `room` is how much deeper values may be nested.
    pub(crate) fn read(message: &'a [u8], room: usize) -> Result<Self, Broken> {
        let room = room.checked_sub(1).ok_or(Broken::Depth)?;
        let mut value = Value::Empty;
        for field in Fields::of(message) {
            let (number, wire) = field?;
            value = match number {
                1 => Value::Text(wire.text()?.into()),
                2 => Value::Boolean(wire.number()? != 0),
                3 => Value::Integer(wire.number()?.cast_signed()),
                4 => Value::Number(wire.float()?),
                5 => Value::List(list(wire.bytes()?, room)?),
                6 => Value::Map(map(wire.bytes()?, room)?),
                7 => Value::Bytes(wire.bytes()?.into()),
                _ => continue,
            };
        }
        Ok(value)
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number; also one that was sent as a float or as text.
    pub(crate) fn as_integer(&self) -> Option<i64> {
        match self {
            Value::Integer(value) => Some(*value),
            Value::Number(value) => whole(*value),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// A finite number; also one that was sent as text.
    pub(crate) fn as_number(&self) -> Option<f64> {
        let number = match self {
            #[expect(clippy::cast_precision_loss, reason = "a measure, not an identifier")]
            Value::Integer(value) => *value as f64,
            Value::Number(value) => *value,
            Value::Text(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        number.is_finite().then_some(number)
    }

    /// The text of a text, the JSON of anything else.
    pub(crate) fn spelled(&self) -> Cow<'_, str> {
        match self {
            Value::Text(text) => Cow::Borrowed(text),
            other => {
                let mut out = String::new();
                other.write(&mut out);
                Cow::Owned(out)
            }
        }
    }

    /// Appends its JSON. Bytes are base64, as in OTLP's own JSON; what JSON has no number for is text.
    pub(crate) fn write(&self, out: &mut String) {
        match self {
            Value::Empty => out.push_str("null"),
            Value::Text(text) => write_text(text, out),
            Value::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Integer(value) => push(out, *value),
            Value::Number(value) if value.is_finite() => push(out, *value),
            Value::Number(value) => write_text(&value.to_string(), out),
            Value::Bytes(bytes) => write_text(&STANDARD.encode(bytes), out),
            Value::List(values) => {
                out.push('[');
                for (at, value) in values.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    value.write(out);
                }
                out.push(']');
            }
            Value::Map(values) => write_object(values.iter().map(|(k, v)| (&**k, v)), out),
        }
    }
}

fn push(out: &mut String, value: impl serde::Serialize) {
    // A number always has a JSON spelling.
    out.push_str(&serde_json::to_string(&value).unwrap_or_default());
}

/// Appends a text as JSON.
pub(crate) fn write_text(text: &str, out: &mut String) {
    let plain = |b: u8| b >= 0x20 && b != b'"' && b != b'\\';
    if text.bytes().all(plain) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        push(out, text);
    }
}

/// Appends an object.
pub(crate) fn write_object<'v>(
    members: impl Iterator<Item = (&'v str, &'v Value<'v>)>,
    out: &mut String,
) {
    out.push('{');
    for (at, (key, value)) in members.enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_text(key, out);
        out.push(':');
        value.write(out);
    }
    out.push('}');
}

/// A float that is a whole number, as one.
fn whole(value: f64) -> Option<i64> {
    let sound = value.is_finite() && value.fract() == 0.0 && value.abs() < 9.0e15;
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
    sound.then_some(value as i64)
}

fn list(message: &[u8], room: usize) -> Result<Vec<Value<'_>>, Broken> {
    let mut values = Vec::new();
    for field in Fields::of(message) {
        if let (1, wire) = field? {
            values.push(Value::read(wire.bytes()?, room)?);
        }
    }
    Ok(values)
}

fn map(message: &[u8], room: usize) -> Result<Attributes<'_>, Broken> {
    let mut values = Vec::new();
    for field in Fields::of(message) {
        if let (1, wire) = field? {
            values.push(attribute(wire.bytes()?, room)?);
        }
    }
    Ok(values)
}

/// Reads a `KeyValue`.
pub(crate) fn attribute(message: &[u8], room: usize) -> Result<(Cow<'_, str>, Value<'_>), Broken> {
    let (mut key, mut value) = (Cow::Borrowed(""), Value::Empty);
    for field in Fields::of(message) {
        match field? {
            (1, wire) => key = wire.text()?.into(),
            (2, wire) => value = Value::read(wire.bytes()?, room)?,
            _ => {}
        }
    }
    Ok((key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_spelled_as_json_whatever_they_hold() {
        let cases = [
            (Value::Empty, "null"),
            (
                Value::Text("a\"b\\c\u{0}\u{202e}".into()),
                "\"a\\\"b\\\\c\\u0000\u{202e}\"",
            ),
            (Value::Boolean(true), "true"),
            (Value::Integer(i64::MIN), "-9223372036854775808"),
            (Value::Number(0.5), "0.5"),
            (Value::Number(1.0), "1.0"),
            (Value::Number(f64::NAN), "\"NaN\""),
            (Value::Number(f64::NEG_INFINITY), "\"-inf\""),
            (Value::Bytes(b"hi".as_slice().into()), "\"aGk=\""),
            (
                Value::List(vec![Value::Integer(1), Value::Empty]),
                "[1,null]",
            ),
            (
                Value::Map(vec![
                    ("__proto__".into(), Value::Integer(1)),
                    ("".into(), Value::Empty),
                ]),
                "{\"__proto__\":1,\"\":null}",
            ),
        ];
        for (value, json) in cases {
            let mut out = String::new();
            value.write(&mut out);
            assert_eq!(out, json);
            assert!(
                serde_json::from_str::<serde_json::Value>(&out).is_ok(),
                "{out}"
            );
        }
    }

    #[test]
    fn numbers_are_understood_as_they_are_sent() {
        let cases = [
            (Value::Integer(3), Some(3), Some(3.0)),
            (Value::Number(3.0), Some(3), Some(3.0)),
            (Value::Number(0.5), None, Some(0.5)),
            (Value::Number(f64::NAN), None, None),
            (Value::Number(1e300), None, Some(1e300)),
            (Value::Text(" 7 ".into()), Some(7), Some(7.0)),
            (Value::Text("seven".into()), None, None),
            (Value::Boolean(true), None, None),
        ];
        for (value, integer, number) in cases {
            assert_eq!(value.as_integer(), integer, "{value:?}");
            assert_eq!(value.as_number(), number, "{value:?}");
        }
    }
}
