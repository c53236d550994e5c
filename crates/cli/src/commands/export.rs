//! `candor export`.

use crate::failure::{Failure, Outcome, Verdict};
use crate::target::Target;
use crate::terminal;
use candor_contract::spec::Object;
use clap::Args;
use serde_json::Value;
use std::path::PathBuf;

const EXAMPLE: &str = "Example:
  candor export -f candor-objects.yaml && candor diff -f candor-objects.yaml";

/// Write all objects as YAML that `apply` takes
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Export {
    /// Kind, e.g. `Model`; all kinds if absent
    kind: Option<String>,
    /// File to write; standard output if absent
    #[arg(long, short, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    target: Target,
}

impl Export {
    pub(crate) fn run(self) -> Outcome {
        let found = self
            .target
            .with_client(|client| Ok(client.specs(self.kind.as_deref())?))?;
        let mut text = String::new();
        for revision in &found {
            text.push_str(if text.is_empty() { "" } else { "---\n" });
            text.push_str(&yaml(revision)?);
        }
        match &self.file {
            Some(path) => std::fs::write(path, &text).map_err(|e| Failure::file(path, &e))?,
            None => terminal::write(text.as_bytes()),
        }
        Ok(Verdict::Good)
    }
}

fn yaml(revision: &Value) -> Result<String, Failure> {
    let strange = |what: &str| Failure::service("unexpected_answer", format!("an object {what}"));
    let object = revision
        .get("object")
        .ok_or_else(|| strange("came without its content"))?;
    let object =
        Object::from_value(object).map_err(|p| strange(&format!("cannot be read: {p}")))?;
    let mut text = object.to_yaml().map_err(|_| strange("has no YAML form"))?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_contract::spec;
    use serde_json::json;

    #[test]
    fn what_is_exported_can_be_applied() {
        let object = json!({
            "apiVersion": "candor/v1", "kind": "Model", "metadata": {"name": "m", "owner": "team"},
            "spec": {"task": "binary", "columns": {"id": "row", "outputs": {"score": "p"}}},
        });
        let text = yaml(&json!({"object": object, "revision": 3})).unwrap();
        let back = spec::parse(&text).unwrap();
        assert_eq!(serde_json::to_value(&back[0]).unwrap(), object);
        assert!(yaml(&json!({"object": {"kind": "Nonsense"}})).is_err());
    }
}
