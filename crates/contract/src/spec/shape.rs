//! Checks a tree against a JSON Schema, of which it knows the words that our own schemas use.

use super::nearest::nearest;
use super::problem::Problem;
use super::tree::{Content, Node};
use serde_json::Value;

/// All that contradicts `schema`, whose `$ref`s point into `root`.
pub(crate) fn check(node: &Node, schema: &Value, root: &Value, path: &str) -> Vec<Problem> {
    let mut checker = Checker {
        root,
        problems: Vec::new(),
    };
    checker.check(node, schema, path);
    checker.problems
}

struct Checker<'a> {
    root: &'a Value,
    problems: Vec<Problem>,
}

impl<'a> Checker<'a> {
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let pointer = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|r| r.strip_prefix('#'));
        pointer.and_then(|p| self.root.pointer(p)).unwrap_or(schema)
    }

    /// The alternatives that a schema leaves, itself if it leaves none; nested ones flattened.
    fn alternatives(&self, schema: &'a Value) -> Vec<&'a Value> {
        let schema = self.resolve(schema);
        let list = schema
            .get("anyOf")
            .or_else(|| schema.get("oneOf"))
            .and_then(Value::as_array);
        match list {
            Some(list) => list.iter().flat_map(|s| self.alternatives(s)).collect(),
            None => vec![schema],
        }
    }

    fn check(&mut self, node: &Node, schema: &'a Value, path: &str) {
        let all = self.alternatives(schema);
        let words: Vec<&str> = all.iter().flat_map(|s| words(s)).collect();
        let fitting: Vec<&Value> = all.iter().copied().filter(|s| fits(node, s)).collect();
        if let (Some(text), false) = (node.text(), words.is_empty())
            && fitting.iter().all(|s| !words_of(s))
        {
            self.problems.push(unknown_word(node, path, text, &words));
            return;
        }
        match fitting[..] {
            [] => {
                let mut kinds: Vec<String> = all.iter().flat_map(|s| names(s)).collect();
                kinds.dedup();
                let message = format!("This must be {}, not {}", either(&kinds), node.name());
                self.problems.push(node.problem(path, message));
            }
            [only] => self.check_inside(node, only, path),
            _ => {
                let mut found = fitting.iter().map(|s| check(node, s, self.root, path));
                let first = found.next().unwrap_or_default();
                if !first.is_empty() && found.all(|problems| !problems.is_empty()) {
                    self.problems.extend(first);
                }
            }
        }
    }

    fn check_inside(&mut self, node: &Node, schema: &'a Value, path: &str) {
        match &node.content {
            Content::Scalar(_) => {}
            Content::List(items) => {
                let Some(each) = schema.get("items") else {
                    return;
                };
                for (i, item) in items.iter().enumerate() {
                    self.check(item, each, &format!("{path}[{i}]"));
                }
            }
            Content::Map(entries) => self.check_entries(node, entries, schema, path),
        }
    }

    fn check_entries(
        &mut self,
        node: &Node,
        entries: &[(Node, String, Node)],
        schema: &'a Value,
        path: &str,
    ) {
        let known = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        for (place, key, value) in entries {
            let below = join(path, key);
            match (known.and_then(|k| k.get(key)), others) {
                (Some(schema), _) => self.check(value, schema, &below),
                (None, Some(Value::Bool(false))) => {
                    let known = known.iter().flat_map(|k| k.keys()).map(String::as_str);
                    self.problems
                        .push(unknown_key(place, &below, key, known.collect()));
                }
                (None, Some(schema)) if schema.is_object() => self.check(value, schema, &below),
                _ => {}
            }
        }
        let required = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        for key in required.filter_map(Value::as_str) {
            if !entries.iter().any(|(_, k, _)| k == key) {
                self.problems
                    .push(node.problem(path, format!("`{key}` is missing")));
            }
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn unknown_key(place: &Node, path: &str, key: &str, known: Vec<&str>) -> Problem {
    let hint = match nearest(key, known.iter().copied()) {
        Some(meant) => format!("Did you mean `{meant}`?"),
        None => format!("Known here: {}", known.join(", ")),
    };
    place
        .problem(path, format!("`{key}` is not a known key"))
        .hint(hint)
}

fn unknown_word(node: &Node, path: &str, text: &str, known: &[&str]) -> Problem {
    let hint = match nearest(text, known.iter().copied()) {
        Some(meant) => format!("Did you mean `{meant}`?"),
        None => format!("Known here: {}", known.join(", ")),
    };
    node.problem(path, format!("`{text}` is not a known word"))
        .hint(hint)
}

/// The words that a schema enumerates.
fn words(schema: &Value) -> Vec<&str> {
    let listed = schema
        .get("enum")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    listed
        .chain(schema.get("const"))
        .filter_map(Value::as_str)
        .collect()
}

fn words_of(schema: &Value) -> bool {
    schema.get("enum").or_else(|| schema.get("const")).is_some()
        || types(schema).contains(&"string")
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether a value is of the schema's type and among its words; what is inside comes later.
fn fits(node: &Node, schema: &Value) -> bool {
    let words = words(schema);
    if !words.is_empty() {
        return node.text().is_some_and(|text| words.contains(&text));
    }
    let types = types(schema);
    types.is_empty() || types.iter().any(|ty| is_of(node, ty))
}

fn is_of(node: &Node, ty: &str) -> bool {
    match (&node.content, ty) {
        (Content::List(_), "array") | (Content::Map(_), "object") => true,
        (Content::Scalar(value), ty) => match value {
            Value::Null => ty == "null",
            Value::Bool(_) => ty == "boolean",
            Value::Number(n) => ty == "number" || (ty == "integer" && !n.is_f64()),
            _ => ty == "string",
        },
        _ => false,
    }
}

/// What a schema wants, in words.
fn names(schema: &Value) -> Vec<String> {
    let words = words(schema);
    if !words.is_empty() {
        return words.into_iter().map(|word| format!("`{word}`")).collect();
    }
    let names = types(schema).into_iter().filter_map(|ty| match ty {
        "string" => Some("a text"),
        "number" => Some("a number"),
        "integer" => Some("an integer"),
        "boolean" => Some("a boolean"),
        "array" => Some("a list"),
        "object" => Some("an object"),
        _ => None,
    });
    names.map(str::to_owned).collect()
}

fn either(kinds: &[String]) -> String {
    match kinds {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => kinds.concat(),
    }
}
