//! Rejected rows are kept, subjects in clear are not.

use crate::keys::Keys;

const KEY: &str = "\"subject\"";

/// The row as text, with every `subject` replaced by its keyed hash. Works on broken JSON too: a
/// text that never ends is cut where it begins.
pub(crate) fn redact(row: &[u8], keys: &Keys) -> String {
    let text = String::from_utf8_lossy(row);
    if !text.contains(KEY) {
        return redact_escaped(&text, keys).unwrap_or_else(|| text.into_owned());
    }
    let mut out = String::with_capacity(text.len());
    let mut rest: &str = &text;
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

/// Keys may be spelt with escapes (`"\u0073ubject"`): then the row is parsed to find them.
fn redact_escaped(text: &str, keys: &Keys) -> Option<String> {
    if !text.contains("\\u") {
        return None;
    }
    let mut value: serde_json::Value = serde_json::from_str(text).ok()?;
    let subject = value.as_object_mut()?.get_mut("subject")?;
    let plain = subject
        .as_str()
        .map_or_else(|| subject.to_string(), str::to_owned);
    *subject = serde_json::Value::from(keys.subject(&plain));
    Some(value.to_string())
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

    #[test]
    fn no_subject_survives_in_clear() {
        let keys = Keys {
            subject: [7; 32],
            fingerprint_seed: 0,
        };
        for row in [
            r#"{"subject":"ann@example.org","x":1}"#,
            r#"{"subject" : "ann@example.org"}"#,
            r#"{"subject":"ann@exa"#,
            r#"{"subject":"a\"nn@","y":2}"#,
            r#"{"\u0073ubject":"ann@example.org"}"#,
        ] {
            let kept = redact(row.as_bytes(), &keys);
            assert!(!kept.contains("nn@"), "{kept}");
            assert!(kept.contains("sub_"), "{kept}");
        }
        let row = r#"{"subject":"ann@example.org","x":1}"#;
        let kept = redact(row.as_bytes(), &keys);
        assert_eq!(
            kept,
            format!(
                r#"{{"subject":"{}","x":1}}"#,
                keys.subject("ann@example.org")
            )
        );
        assert_eq!(redact(br#"{"subject":null}"#, &keys), r#"{"subject":null}"#);
        assert_eq!(
            redact(br#"{"inputs":{"a":1}}"#, &keys),
            r#"{"inputs":{"a":1}}"#
        );
    }
}
