//! Rejected rows are kept, what is personal in them is not.

use crate::ModelName;
use crate::guard::{self, Guard, PERSONAL_MARK, Treatment};
use crate::keys::Keys;
use crate::personal::Counts;
use crate::spec::PersonalAction;
use serde_json::{Map, Value};

const KEY: &str = "\"subject\"";
/// Kept of a row that cannot be parsed although some of its fields may not be stored.
const WITHHELD: &str = "[unreadable row of a model with personal fields]";

/// The row as text, with every `subject` replaced by its keyed hash, fields treated as they are
/// declared, and masked what looks personal. Works on broken JSON too: a text that never ends is cut
/// where it begins, and where declared fields cannot be told apart nothing is kept.
pub(crate) fn redact(
    row: &[u8],
    model: Option<&ModelName>,
    guard: &Guard<'_>,
    counts: &mut Counts,
) -> String {
    let text = String::from_utf8_lossy(row);
    let declared = guard.privacy.is_restricted(model);
    let safe = if declared || text.contains("\\u") {
        match serde_json::from_str::<Value>(&text) {
            Ok(mut value) => {
                treat(&mut value, model, guard);
                value.to_string()
            }
            Err(_) if declared && !text.is_empty() => return WITHHELD.to_owned(),
            Err(_) => subjects(&text, guard.keys),
        }
    } else {
        subjects(&text, guard.keys)
    };
    guard::mask_text(&safe, counts).into_owned()
}

/// Treats the fields of a parsed event, which is an object or a list of them.
fn treat(value: &mut Value, model: Option<&ModelName>, guard: &Guard<'_>) {
    match value {
        Value::Array(events) => {
            for event in events {
                treat(event, model, guard);
            }
        }
        Value::Object(fields) => {
            let named = fields.get("model").and_then(Value::as_str);
            let named = named.and_then(ModelName::new);
            treat_event(fields, model.or(named.as_ref()), guard);
        }
        _ => {}
    }
}

fn treat_event(fields: &mut Map<String, Value>, model: Option<&ModelName>, guard: &Guard<'_>) {
    const OBJECTS: [(&str, &str); 7] = [
        ("inputs", "input_"),
        ("derived", "derived_"),
        ("outputs", "output_"),
        ("segments", "segment_"),
        ("error", "error_"),
        ("stochastic", "stochastic_"),
        ("usage", "usage_"),
    ];
    fields.retain(|name, value| {
        if name == "subject" {
            *value = hashed_subject(value, guard.keys);
            return true;
        }
        let prefix = OBJECTS.iter().find(|(object, _)| object == name);
        match (prefix, value) {
            (Some((_, prefix)), Value::Object(inner)) => {
                inner.retain(|key, value| keep(&format!("{prefix}{key}"), value, model, guard));
                true
            }
            (_, value) => keep(name, value, model, guard),
        }
    });
}

/// Treats one field; `false` if it may not be kept. Numbers are kept only where the policy keeps
/// them: a rejected row is read by people, not by monitors.
fn keep(name: &str, value: &mut Value, model: Option<&ModelName>, guard: &Guard<'_>) -> bool {
    let treatment = match model {
        Some(model) => guard.of_field(model, name),
        None if guard.privacy.is_restricted(None) => {
            return !["input_", "derived_"].iter().any(|p| name.starts_with(p));
        }
        None => return true,
    };
    match treatment {
        Treatment::Drop => return false,
        Treatment::Personal { text, number } => {
            let is_number = value.is_number() && number == crate::spec::NumberAction::Keep;
            *value = match value {
                Value::Null | Value::Bool(_) => return true,
                _ if is_number => return true,
                Value::String(plain) if text == PersonalAction::Hash => {
                    guard.keys.personal(plain).into()
                }
                _ => PERSONAL_MARK.into(),
            };
        }
        Treatment::Keep | Treatment::Search(_) | Treatment::Identifier => {}
    }
    true
}

fn hashed_subject(subject: &Value, keys: &Keys) -> Value {
    match subject {
        Value::Null => Value::Null,
        Value::String(plain) => keys.subject(plain).into(),
        other => keys.subject(&other.to_string()).into(),
    }
}

/// The text with every `subject` replaced by its keyed hash.
fn subjects(text: &str, keys: &Keys) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = rest.find(KEY) {
        let (before, after) = rest.split_at(found + KEY.len());
        out.push_str(before);
        let value = after.trim_start();
        let Some(value) = value.strip_prefix(':').map(str::trim_start) else {
            rest = after;
            continue;
        };
        let end = end_of_value(value);
        out.push(':');
        out.push_str(&hashed(&value[..end], keys));
        rest = &value[end..];
    }
    out.push_str(rest);
    out
}

fn hashed(json: &str, keys: &Keys) -> String {
    if json.trim() == "null" || json.is_empty() {
        return json.to_owned();
    }
    let plain = serde_json::from_str::<String>(json).unwrap_or_else(|_| json.trim().to_owned());
    format!("\"{}\"", keys.subject(&plain))
}

/// Where the JSON value at the start of `text` ends: a text at its quote, anything else at the next
/// delimiter, broken ones at the end.
fn end_of_value(text: &str) -> usize {
    let bytes = text.as_bytes();
    if bytes.first() != Some(&b'"') {
        return text.find([',', '}', ']', '\n']).unwrap_or(text.len());
    }
    let mut escaped = false;
    for (i, &byte) in bytes.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return i + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::Privacy;

    fn redacted(row: &str, privacy: &Privacy) -> String {
        let keys = Keys::new([7; 32], [8; 32], 0);
        let guard = Guard {
            privacy,
            keys: &keys,
        };
        let model = ModelName::new("m");
        redact(
            row.as_bytes(),
            model.as_ref(),
            &guard,
            &mut Counts::default(),
        )
    }

    #[test]
    fn no_subject_survives_in_clear() {
        let none = Privacy::default();
        for row in [
            r#"{"subject":"ann@example.org","x":1}"#,
            r#"{"subject" : "ann@example.org"}"#,
            r#"{"subject":"ann@exa"#,
            r#"{"subject":"a\"nn@","y":2}"#,
            r#"{"\u0073ubject":"ann@example.org"}"#,
        ] {
            let kept = redacted(row, &none);
            assert!(!kept.contains("nn@"), "{kept}");
            assert!(kept.contains("sub_"), "{kept}");
        }
        let row = r#"{"subject":"ann@example.org","x":1}"#;
        let hash = Keys::new([7; 32], [8; 32], 0).subject("ann@example.org");
        assert_eq!(
            redacted(row, &none),
            format!(r#"{{"subject":"{hash}","x":1}}"#)
        );
        for same in [
            r#"{"subject":null}"#,
            r#"{"inputs":{"a":1.0}}"#,
            "{\"broken",
        ] {
            assert_eq!(redacted(same, &none), same);
        }
    }

    #[test]
    fn what_looks_personal_is_masked_and_what_is_declared_is_treated() {
        let none = Privacy::default();
        let row = r#"{"inputs":{"note":"ask ann@example.org","card":4111111111111111},"x"#;
        assert_eq!(
            redacted(row, &none),
            r#"{"inputs":{"note":"ask [email]","card":"[card]"},"x"#
        );
        let spec = "features: {income: {sensitivity: personal}, name: {sensitivity: personal}, \
                    health: {sensitivity: sensitive}, age: {sensitivity: none}}";
        let (_, spec) = crate::spec::ModelSpec::parse_bare_or_object(spec).unwrap();
        let privacy = Privacy::new([(ModelName::new("m").unwrap(), &spec)], &[]);
        let kept = redacted(
            r#"{"subject":"a","inputs":{"income":51234,"name":"Ann","health":"ill","age":30},"input_health":1}"#,
            &privacy,
        );
        let kept: Value = serde_json::from_str(&kept).unwrap();
        assert_eq!(kept["inputs"]["income"], PERSONAL_MARK);
        assert!(kept["inputs"]["name"].as_str().unwrap().starts_with("per_"));
        assert_eq!(kept["inputs"]["age"], 30);
        assert!(kept["inputs"].get("health").is_none() && kept.get("input_health").is_none());
        assert_eq!(redacted(r#"{"inputs":{"health":"il"#, &privacy), WITHHELD);
    }
}
