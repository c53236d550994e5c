//! The JSON that others read.

use crate::fixtures;
use candor_report::document::Document;
use candor_report::render;
use serde_json::Value;

fn json(document: &Document) -> Value {
    serde_json::from_str(&render::json(document).unwrap()).unwrap()
}

#[test]
fn every_key_of_the_contract_is_there() {
    for (name, document) in fixtures::all() {
        let json = json(&document);
        for key in [
            "model",
            "task",
            "generated_at",
            "reference",
            "current",
            "columns",
            "quality",
            "performance",
            "estimated_performance",
            "calibration",
            "fairness",
            "slices",
            "windows",
            "findings",
            "methods",
        ] {
            assert!(json.get(key).is_some(), "{name}: {key}");
        }
    }
}

#[test]
fn every_key_of_a_column_and_a_figure_is_there() {
    let json = json(&fixtures::one("binary"));
    let column = &json["columns"][0];
    for key in [
        "name",
        "role",
        "type",
        "reference",
        "current",
        "drift",
        "drift_all",
    ] {
        assert!(column.get(key).is_some(), "{key}");
    }
    for key in [
        "count",
        "nulls",
        "distinct",
        "mean",
        "std",
        "min",
        "max",
        "quantiles",
        "top",
    ] {
        assert!(column["current"].get(key).is_some(), "{key}");
    }
    for key in [
        "drifted",
        "method",
        "statistic",
        "p_value",
        "threshold",
        "adjusted_p_value",
    ] {
        assert!(column["drift"].get(key).is_some(), "{key}");
        assert!(column["drift_all"]["psi"].get(key).is_some(), "{key}");
    }
    for key in ["value", "low", "high", "n", "method", "status"] {
        assert!(
            json["performance"]["current"]["roc_auc"].get(key).is_some(),
            "{key}"
        );
    }
    for key in ["value", "low", "high", "breach"] {
        assert!(
            json["windows"][0]["performance"]["roc_auc"]
                .get(key)
                .is_some(),
            "{key}"
        );
    }
    for key in [
        "n",
        "base_rate",
        "selection_rate",
        "tpr",
        "fpr",
        "ppv",
        "calibration",
    ] {
        assert!(json["fairness"]["groups"][0].get(key).is_some(), "{key}");
    }
    for key in ["sentence", "severity", "evidence"] {
        assert!(json["findings"][0].get(key).is_some(), "{key}");
    }
}

/// Whether both are the same but for the last digit of numbers.
fn is_close(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_close(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| is_close(a, b)))
        }
        (a, b) => a == b,
    }
}

#[test]
fn a_document_survives_its_json() {
    let documents = fixtures::all().into_iter().map(|(_, document)| document);
    for document in documents.chain([fixtures::wide(5, 3)]) {
        let first = json(&document);
        let read: Document = serde_json::from_value(first.clone()).unwrap();
        assert!(is_close(&json(&read), &first), "{}", document.model);
    }
    assert!(!is_close(
        &serde_json::json!({"a": 1.0}),
        &serde_json::json!({"a": 1.1})
    ));
}
