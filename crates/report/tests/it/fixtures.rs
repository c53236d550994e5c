//! Documents to show.

use candor_report::document::{
    Column, Document, Drift, Finding, Histogram, Period, Reading, Severity, Shares, Summary, Window,
};

/// Every document that lies in a file, by name.
pub fn all() -> Vec<(&'static str, Document)> {
    [
        ("binary", include_str!("../fixtures/binary.json")),
        ("regression", include_str!("../fixtures/regression.json")),
        ("minimal", include_str!("../fixtures/minimal.json")),
        ("hostile", include_str!("../fixtures/hostile.json")),
    ]
    .map(|(name, text)| (name, serde_json::from_str(text).unwrap()))
    .into()
}

/// The document of a name.
pub fn one(name: &str) -> Document {
    let mut all = all().into_iter();
    all.find(|(known, _)| *known == name).unwrap().1
}

/// Many columns and windows, all with pictures.
pub fn wide(columns: usize, windows: usize) -> Document {
    let rows = Period {
        rows: 1_000_000,
        from: Some("2026-10-01T00:00:00Z".into()),
        to: Some("2026-11-01T00:00:00Z".into()),
    };
    let drift = |at: usize| Reading {
        value: Some(at as f64 / 1000.0),
        breach: at.is_multiple_of(9),
        ..Reading::default()
    };
    let name = |at: usize| format!("customer_feature_number_{at}");
    Document {
        model: "wide".into(),
        reference: rows.clone(),
        current: rows,
        columns: (0..columns).map(|at| column(&name(at), at)).collect(),
        windows: (0..windows)
            .map(|_| Window {
                n: 1000,
                drift: (0..columns).map(|at| (name(at), drift(at))).collect(),
                ..Window::default()
            })
            .collect(),
        findings: vec![Finding {
            sentence: "Many columns differ.".into(),
            severity: Severity::Warning,
            ..Finding::default()
        }],
        ..Document::default()
    }
}

fn column(name: &str, at: usize) -> Column {
    let bins = 30;
    let shares = |shift: usize| {
        let weights: Vec<f64> = (0..bins)
            .map(|bin| 1.0 / (1.0 + ((bin + shift) % 11) as f64))
            .collect();
        let total: f64 = weights.iter().sum::<f64>() / 0.9;
        Shares {
            bins: weights.iter().map(|weight| weight / total).collect(),
            missing: 0.1,
            ..Shares::default()
        }
    };
    let is_category = at.is_multiple_of(3);
    let summary = Summary {
        count: 1_000_000,
        nulls: 100_000,
        distinct: Some(54_321),
        mean: Some(1.234_567),
        std: Some(0.987_654),
        quantiles: ["0.05", "0.25", "0.5", "0.75", "0.95"]
            .map(|rank| (rank.to_owned(), 1.5))
            .into(),
        ..Summary::default()
    };
    Column {
        name: name.into(),
        value_type: if is_category { "category" } else { "number" }.into(),
        reference: summary.clone(),
        current: summary,
        drift: Some(Drift {
            drifted: at.is_multiple_of(4),
            method: "js".into(),
            statistic: Some(0.02 * at as f64),
            threshold: Some(0.1),
            p_value: Some(0.01),
            ..Drift::default()
        }),
        histogram: Some(Histogram {
            edges: (!is_category).then(|| (0..=bins).map(|edge| edge as f64 * 1.5).collect()),
            categories: is_category
                .then(|| (0..bins).map(|bin| format!("category_{bin}")).collect()),
            reference: shares(0),
            current: shares(at % 5),
        }),
        ..Column::default()
    }
}
