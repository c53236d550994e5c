//! `candor alert scores`.

use super::{list, text};
use crate::failure::Failure;
use crate::target::Target;
use crate::terminal::{self, Output};
use clap::Args;
use serde_json::{Value, json};

#[derive(Debug, Args)]
pub(super) struct Scores {
    /// Of this model
    #[arg(long)]
    model: Option<String>,
    /// Of alerts that still went on then, and drills since, RFC 3339
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Of alerts that had fired, and drills that had begun, before then, RFC 3339
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    #[command(flatten)]
    target: Target,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Scores {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let of = [&self.model, &self.from, &self.to].map(Option::as_deref);
        let [model, from, to] = of;
        let ask = |client: &candor_sdk::Client| Ok(client.alert_scores(model, from, to)?);
        let told = self.target.with_client(ask)?;
        match self.output {
            Output::Json => terminal::say_json(&told),
            Output::Table => terminal::say(&page(&told)),
        }
        Ok(())
    }
}

/// Monitors, then routes, then all together.
fn page(told: &Value) -> String {
    let mut parts = Vec::new();
    for (of, name) in [("monitors", "monitor"), ("routes", "route")] {
        let rows: Vec<Vec<Value>> = list(told, of)
            .map(|own| row(&text(own, name), own))
            .collect();
        if !rows.is_empty() {
            parts.push(table(name, &rows));
        }
    }
    if let Some(all) = told.get("all") {
        parts.push(table("", &[row("all", all)]));
    }
    if told.get("left_out") == Some(&json!(true)) {
        parts
            .push("of very many the newest only; narrow it by --model, --from and --to".to_owned());
    }
    parts.join("\n\n")
}

fn table(name: &str, rows: &[Vec<Value>]) -> String {
    let header = [
        name,
        "alerts",
        "judged",
        "true",
        "false",
        "expected",
        "precision",
        "recall in drills",
    ];
    terminal::table(&header.map(str::to_owned), rows)
}

fn row(name: &str, own: &Value) -> Vec<Value> {
    let count = |name: &str| own.get(name).cloned().unwrap_or_default();
    vec![
        json!(name),
        count("alerts"),
        count("judged"),
        count("true_positive"),
        count("false_positive"),
        count("expected"),
        share(own.get("precision")),
        share(own.get("recall")),
    ]
}

/// `0.75 (0.30 to 0.95) of 4`; null if there is nothing to tell it from.
fn share(figure: Option<&Value>) -> Value {
    let number = |name: &str| figure?.get(name)?.as_f64();
    let told = number("value").zip(number("low")).zip(number("high"));
    let Some(((value, low), high)) = told else {
        return Value::Null;
    };
    let n = number("n").unwrap_or_default();
    json!(format!("{value:.2} ({low:.2} to {high:.2}) of {n}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_tables_of_monitors_and_routes() {
        let score = |precision: Value| {
            json!({"alerts": 5, "judged": 4, "true_positive": 3, "false_positive": 1, "expected": 0, "duplicate": 0,
                "missing_data": 0, "precision": precision,
                "recall": {"value": null, "low": null, "high": null, "n": 0}})
        };
        let known = score(json!({"value": 0.75, "low": 0.3006, "high": 0.9544, "n": 4}));
        let mut monitor = known.clone();
        monitor["monitor"] = json!("m/missing/x");
        let mut route = score(json!({"value": null, "low": null, "high": null, "n": 0}));
        route["route"] = json!("on-call");
        let told =
            json!({"all": known, "monitors": [monitor], "routes": [route], "left_out": false});
        let page = page(&told);
        let tables: Vec<&str> = page.split("\n\n").collect();
        assert_eq!(tables.len(), 3, "{page}");
        for (table, name, precision) in [
            (tables[0], "m/missing/x", "0.75 (0.30 to 0.95) of 4"),
            (tables[1], "on-call", "·"),
            (tables[2], "all", "0.75 (0.30 to 0.95) of 4"),
        ] {
            let row = table.lines().last().unwrap();
            assert!(row.starts_with(name) && row.contains(precision), "{page}");
            assert!(row.ends_with('·'), "no drill: {page}");
            assert!(!row.contains("NaN"), "{page}");
        }
    }
}
