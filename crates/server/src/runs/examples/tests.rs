//! What is asked for, by measure, and what never is.

use super::*;
use candor_contract::ModelName;
use candor_contract::spec::{ModelSpec, Word};

fn subject(task: Option<Task>) -> Subject {
    let names = |all: &[&str]| all.iter().map(|c| (*c).to_owned()).collect::<BTreeSet<_>>();
    Subject {
        model: ModelName::new("loan").unwrap(),
        spec: ModelSpec {
            task,
            positive_class: Some(Word("it's".to_owned())),
            ..ModelSpec::default()
        },
        owner: None,
        monitors: Vec::new(),
        maintenance: Vec::new(),
        columns: columns().into_iter().map(|c| c.name).collect(),
        outcome_columns: names(&["class", "value", "relevance"]),
        segments: vec!["region".to_owned()],
        reference: 0..DAY_US,
        labels: None,
    }
}

fn columns() -> Vec<Column> {
    let of = |name: &str, ty| Column::new(name, ty);
    vec![
        of("id", ColumnType::Text),
        of("subject", ColumnType::Text),
        of("status", ColumnType::Text),
        of("error_type", ColumnType::Text),
        of("latency_ms", ColumnType::Number),
        of("input_income", ColumnType::Number),
        of("input_word", ColumnType::Text),
        of("segment_region", ColumnType::Text),
        of("output_score", ColumnType::Number),
        of("output_class", ColumnType::Text),
        of("output_value", ColumnType::Number),
        of("output_embedding", ColumnType::Vector),
    ]
}

/// The statement of ten rows.
fn told(
    task: Option<Task>,
    hidden: &[&str],
    spec: &MonitorSpec,
    showing: &Showing,
) -> Option<String> {
    let subject = subject(task);
    let hidden = hidden.iter().map(|c| (*c).to_owned()).collect();
    let asked = Asked {
        subject: &subject,
        spec,
        window: Window {
            from_us: 0,
            to_us: DAY_US,
        },
        hidden: &hidden,
    };
    let statement = asked.statement(showing, &columns())?;
    Some(asked.text(&statement, EXAMPLES))
}

fn monitor(measure: Measure, column: Option<&str>) -> MonitorSpec {
    MonitorSpec {
        column: column.map(str::to_owned),
        ..MonitorSpec::of("loan", measure)
    }
}

#[test]
fn a_statement_shows_the_column_segments_and_outputs_and_nothing_else() {
    let mut spec = monitor(Measure::Missing, Some("input_income"));
    spec.segment
        .insert("region".to_owned(), "o'north".to_owned());
    assert_eq!(
        told(None, &[], &spec, &Showing::Missing).unwrap(),
        "SELECT p.id, p.time, p.\"input_income\", left(p.\"segment_region\", 200) AS \"segment_region\", \
         p.\"output_score\", left(p.\"output_class\", 200) AS \"output_class\", p.\"output_value\" \
         FROM \"loan\".predictions p WHERE p.time >= TIMESTAMP '1970-01-01T00:00:00.000000Z' \
         AND p.time < TIMESTAMP '1970-01-02T00:00:00.000000Z' AND p.\"segment_region\" = 'o''north' \
         AND (p.\"input_income\" IS NULL OR isnan(p.\"input_income\")) ORDER BY p.time, p.id LIMIT 10"
    );
    // Whoever is in a personal segment is not told either.
    let hidden = told(None, &["segment_region"], &spec, &Showing::Missing);
    assert_eq!(hidden, None);
}

#[test]
fn conditions_are_those_of_the_trouble() {
    let income = || monitor(Measure::Range, Some("input_income"));
    let word = || monitor(Measure::Unseen, Some("input_word"));
    let words = vec![Literal::Text("a'b".into()), Literal::Text("c".into())];
    let cases = [
        (
            monitor(Measure::Errors, None),
            Showing::Failed,
            "p.\"status\" = 'error'",
        ),
        (
            income(),
            Showing::Outside(-1.5, 20.0),
            "(p.\"input_income\" < -1.5 OR p.\"input_income\" > 20.0)",
        ),
        (
            income(),
            Showing::Between(None, Some(5.0)),
            "p.\"input_income\" IS NOT NULL AND p.\"input_income\" < 5.0",
        ),
        (
            income(),
            Showing::Between(Some(0.5), None),
            "p.\"input_income\" >= 0.5",
        ),
        (
            income(),
            Showing::Value(Literal::Number(3.0)),
            "p.\"input_income\" = 3.0",
        ),
        (
            word(),
            Showing::NoneOf(words),
            "p.\"input_word\" NOT IN ('a''b', 'c')",
        ),
        (
            monitor(Measure::LatencyP95, None),
            Showing::Largest,
            "ORDER BY p.\"latency_ms\" DESC, p.time, p.id",
        ),
        (
            monitor(Measure::Missing, Some("output_score")),
            Showing::Missing,
            "isnan(p.\"output_score\")) AND (p.status IS NULL OR p.status <> 'error')",
        ),
        (
            monitor(Measure::Complaints, None),
            Showing::Complaints,
            "verdict IN ('wrong', 'biased'",
        ),
    ];
    for (spec, showing, part) in cases {
        let text = told(None, &[], &spec, &showing).unwrap();
        assert!(text.contains(part), "{part}: {text}");
        assert!(text.ends_with("p.time, p.id LIMIT 10"), "{text}");
        assert!(
            !text.contains("subject") && !text.contains("embedding"),
            "{text}"
        );
    }
}

#[test]
fn the_farthest_from_the_outcome_is_by_the_models_task() {
    let spec = monitor(Measure::Performance, None);
    let of = |task, hidden: &[&str]| told(task, hidden, &spec, &Showing::Wrong);
    let cases = [
        (
            Task::Regression,
            "ORDER BY abs(p.output_value - o.value) DESC",
        ),
        (
            Task::Binary,
            "CASE WHEN o.class IN ('it''s') THEN 1.0 ELSE 0.0 END) DESC",
        ),
        (Task::Multiclass, "p.output_class <> o.class"),
        (Task::Ranking, "o.relevance > 0"),
    ];
    for (task, part) in cases {
        let text = of(Some(task), &[]).unwrap();
        assert!(text.contains(part), "{task}: {text}");
    }
    let by_class = of(Some(Task::Binary), &["output_score"]).unwrap();
    assert!(by_class.contains("p.output_class <> o.class"), "{by_class}");
    assert!(!by_class.contains("output_score"), "{by_class}");
    for nothing in [None, Some(Task::Generation), Some(Task::Embedding)] {
        assert_eq!(of(nothing, &[]), None);
    }
}

#[test]
fn what_is_personal_is_neither_shown_nor_chosen_by() {
    let hidden = ["input_income", "segment_region", "output_class"];
    let spec = monitor(Measure::Missing, Some("input_income"));
    let text = told(None, &hidden, &spec, &Showing::Missing).unwrap();
    // That it is missing says nothing of it.
    let (shown, _) = text.split_once(" FROM ").unwrap();
    assert_eq!(
        shown,
        "SELECT p.id, p.time, p.\"output_score\", p.\"output_value\""
    );
    let others = [
        Showing::Between(Some(1.0), None),
        Showing::Outside(0.0, 1.0),
        Showing::Largest,
        Showing::Value(Literal::Number(1.0)),
    ];
    for showing in others {
        assert_eq!(told(None, &hidden, &spec, &showing), None);
    }
}
