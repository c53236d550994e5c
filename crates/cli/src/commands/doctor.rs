//! `candor doctor`.

use crate::failure::{Outcome, Verdict};
use crate::local;
use crate::target::Target;
use crate::terminal::{self, Output};
use candor_sdk::Client;
use clap::Args;
use serde_json::{Value, json};

const EXAMPLE: &str = "Examples:
  candor doctor
  candor doctor --data ./candor-data   # while no server uses it";

/// Check a server, or a data directory that no server uses; exit code 1 if something is wrong
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Doctor {
    #[command(flatten)]
    target: Target,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Doctor {
    pub(crate) fn run(self) -> Outcome {
        let findings = match &self.target.config()? {
            Some(config) => local::doctor(config)?,
            None => examine(&self.target.remote.client()),
        };
        match self.output {
            Output::Json => terminal::say_json(&json!(findings)),
            Output::Table => findings.iter().for_each(|f| terminal::say(&line(f))),
        }
        let bad = findings
            .iter()
            .any(|f| f.get("level") == Some(&json!("error")));
        Ok(if bad { Verdict::Bad } else { Verdict::Good })
    }
}

fn line(finding: &Value) -> String {
    let part = |name: &str| {
        finding
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let text = format!(
        "{:<8} {:<28} {}",
        part("level"),
        part("subject"),
        part("message")
    );
    terminal::clean(&text)
}

fn examine(client: &Client) -> Vec<Value> {
    let finding = |level: &str, subject: &str, message: String| json!({"level": level, "subject": subject, "message": message});
    let mut findings = Vec::new();
    match client.read("/health/ready") {
        Ok(health) => {
            let version = health.get("version").and_then(Value::as_str).unwrap_or("?");
            findings.push(finding(
                "ok",
                "server",
                format!("{} is ready, version {version}", client.url()),
            ));
        }
        Err(error) => {
            findings.push(finding("error", "server", error.to_string()));
            return findings;
        }
    }
    match client.sql("SELECT 1", None) {
        Ok(_) => findings.push(finding("ok", "sql", "questions are answered".into())),
        Err(error) => findings.push(finding("error", "sql", error.to_string())),
    }
    match client.models() {
        Ok(models) => findings.push(finding(
            "ok",
            "models",
            format!("{} are known", models.len()),
        )),
        Err(error) => findings.push(finding("error", "models", error.to_string())),
    }
    findings
}
