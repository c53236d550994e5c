//! What the commands for declarative objects share: reading files, and showing changes.

use crate::failure::Failure;
use crate::terminal;
use candor_contract::spec::{self, Object};
use candor_sdk::{Client, SpecChange};
use clap::Args;
use serde_json::Value;
use std::path::PathBuf;

/// Files of objects.
#[derive(Debug, Args)]
pub(crate) struct Files {
    /// File of objects, YAML or JSON; may be given several times
    #[arg(long = "file", short = 'f', value_name = "FILE", required = true, num_args = 1..)]
    pub(crate) files: Vec<PathBuf>,
}

impl Files {
    /// All objects of all files; nothing is sent while one of them is wrong.
    pub(crate) fn read(&self) -> Result<Vec<Object>, Failure> {
        let mut objects = Vec::new();
        for path in &self.files {
            let text = std::fs::read_to_string(path).map_err(|e| Failure::file(path, &e))?;
            let found = spec::parse(&text).map_err(|problems| {
                Failure::spec(path, &problems).effect("nothing was sent to the server")
            })?;
            objects.extend(found);
        }
        Ok(objects)
    }
}

/// Puts one object, or asks what putting it would change.
pub(crate) fn put(client: &Client, object: &Object, dry_run: bool) -> Result<SpecChange, Failure> {
    let text = serde_json::to_string(object)
        .map_err(|e| Failure::service("internal", format!("cannot write the object: {e}")))?;
    let change = client.put_spec(object.kind.name(), &object.metadata.name, &text, dry_run);
    change.map_err(|e| Failure::from(e).at(format!("{} {}", object.kind, object.metadata.name)))
}

/// Puts specs of models that the server knows none of, as far as the token may.
pub(crate) fn declare(client: &Client, objects: &[Object]) -> Result<(), Failure> {
    for object in objects {
        let put = match client.spec(object.kind.name(), &object.metadata.name) {
            Err(error) if error.status() == Some(404) => put(client, object, false).map(|_| ()),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(()),
        };
        match put {
            Err(failure) if failure.code == "forbidden" => {
                terminal::note("note: the token may not declare models; they stay undeclared");
                return Ok(());
            }
            outcome => outcome?,
        }
    }
    Ok(())
}

/// A change as lines for eyes.
pub(crate) fn shown(change: &SpecChange) -> String {
    let sign = if change.changed { '~' } else { '=' };
    let state = match (change.changed, change.dry_run) {
        (false, _) => "unchanged".to_owned(),
        (true, true) => "would change".to_owned(),
        (true, false) => format!("revision {}", change.revision),
    };
    let mut out = format!("{sign} {} {}  {state}", change.kind, change.name);
    for difference in &change.diff {
        let part = |name: &str| difference.get(name).filter(|v| !v.is_null());
        let path = difference
            .get("path")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let path = if path.is_empty() { "(all)" } else { path };
        let line = match (part("before"), part("after")) {
            (Some(before), Some(after)) => format!("  {path}  {before} → {after}"),
            (None, Some(after)) => format!("  {path}  + {after}"),
            (Some(before), None) => format!("  {path}  - {before}"),
            (None, None) => continue,
        };
        out.push('\n');
        out.push_str(&terminal::clean(&line));
    }
    for column in &change.kept {
        out.push_str("\n  note: stored values of `");
        out.push_str(&terminal::clean(column));
        out.push_str("` contradict the declared type, so the column keeps its own");
    }
    for note in &change.notes {
        out.push_str("\n  note: ");
        out.push_str(&terminal::clean(note));
    }
    out
}

/// Prints changes.
pub(crate) fn print(changes: &[SpecChange], output: terminal::Output) {
    match output {
        terminal::Output::Json => {
            terminal::say_json(&serde_json::to_value(changes).unwrap_or_default());
        }
        terminal::Output::Table => changes.iter().for_each(|c| terminal::say(&shown(c))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_name_what_was_and_what_is() {
        let change = SpecChange {
            kind: "Model".into(),
            name: "m".into(),
            revision: 4,
            changed: true,
            dry_run: false,
            diff: vec![
                json!({"path": "spec.task", "before": "binary", "after": "multiclass"}),
                json!({"path": "spec.windows", "after": "1d"}),
            ],
            kept: vec!["input_age".into()],
            notes: vec!["no model `m` is known yet".into()],
        };
        insta::assert_snapshot!(shown(&change), @r#"
        ~ Model m  revision 4
          spec.task  "binary" → "multiclass"
          spec.windows  + "1d"
          note: stored values of `input_age` contradict the declared type, so the column keeps its own
          note: no model `m` is known yet
        "#);
        let same = SpecChange {
            changed: false,
            diff: Vec::new(),
            kept: Vec::new(),
            notes: Vec::new(),
            ..change
        };
        assert_eq!(shown(&same), "= Model m  unchanged");
    }
}
