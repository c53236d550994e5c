//! What changes from one object to the next.

use serde::Serialize;
use serde_json::{Map, Value};

/// One place that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Where, e.g. `spec.features.income.min`.
    pub path: String,
    /// The value before; absent if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// The value after; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// What changes from `old` to `new`, by path; null stands for no object. Lists are compared as a
/// whole.
pub fn diff(old: &Value, new: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    let some = |value| Some(value).filter(|v: &&Value| !v.is_null());
    compare(String::new(), some(old), some(new), &mut found);
    found
}

fn compare(path: String, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<Difference>) {
    if old == new {
        return;
    }
    let nothing = Map::new();
    let maps = match (old, new) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => Some((old, new)),
        (Some(Value::Object(old)), None) if !old.is_empty() => Some((old, &nothing)),
        (None, Some(Value::Object(new))) if !new.is_empty() => Some((&nothing, new)),
        _ => None,
    };
    let Some((old, new)) = maps else {
        found.push(Difference {
            path,
            before: old.cloned(),
            after: new.cloned(),
        });
        return;
    };
    let added = new.keys().filter(|key| !old.contains_key(*key));
    let mut keys: Vec<&String> = old.keys().chain(added).collect();
    keys.sort_unstable();
    for key in keys {
        let below = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        compare(below, old.get(key), new.get(key), found);
    }
}
