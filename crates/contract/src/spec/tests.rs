//! Objects as people write them, right and wrong.

mod published;

use super::*;
use crate::{Column, ColumnType, Kind, ModelName, TableId, TableSchema};
use serde_json::json;

const CREDIT: &str = r#"
apiVersion: candor/v1
kind: Model
metadata: {name: credit-risk, owner: team-credit}
spec:
  task: binary            # binary | multiclass | regression | ranking | generation | embedding
  columns:
    id: application_id
    time: decided_at
    version: model_version
    inputs: [income, amount, tenure_months, purpose]
    outputs: {score: p_default, class: decision}
    outcome: defaulted
    segments: [region, channel]
  positive_class: "1"
  protected: [sex, age_band]
  features:
    purpose: {type: category, allowed: [car, home, study, other]}
    income: {type: number, min: 0, required: true, sensitivity: personal}
  objectives:
    - {name: fast, metric: latency_ms.p99, at_most: 120, target: 0.995, over: 30d}
  reference: {from: 2026-09-01, to: 2026-10-01}
  windows: 1d
  escalation: [route-credit-oncall]
"#;

fn credit() -> ModelSpec {
    parse(CREDIT).unwrap()[0].model().unwrap().clone()
}

/// The problems of a file, one a line.
fn problems(text: &str) -> String {
    parse(text).expect_err("it has problems").to_string()
}

fn map(spec: &ModelSpec, kind: Kind, columns: &[&str]) -> Vec<String> {
    let mapping = spec.mapping(kind);
    let field = |c: &&str| mapping.field(c).map_or("-".to_owned(), |f| f.into_owned());
    columns.iter().map(field).collect()
}

#[test]
fn the_contracts_example_is_read_whole() {
    let objects = parse(CREDIT).unwrap();
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0].kind, SpecKind::Model);
    assert_eq!(objects[0].metadata.name, "credit-risk");
    assert_eq!(objects[0].metadata.owner.as_deref(), Some("team-credit"));
    let spec = credit();
    assert_eq!(spec.task, Some(Task::Binary));
    assert_eq!(spec.positive_class, Some(Word("1".into())));
    assert_eq!(spec.features["income"].min, Some(0.0));
    assert_eq!(
        spec.features["income"].sensitivity,
        Some(Sensitivity::Personal)
    );
    assert_eq!(spec.features["purpose"].allowed.as_ref().unwrap().len(), 4);
    assert_eq!(spec.windows, Some(Windows::Every("1d".into())));
    assert_eq!(spec.objectives[0].at_most, Some(120.0));
}

#[test]
fn a_bare_spec_and_an_object_say_the_same() {
    let bare: String = CREDIT
        .lines()
        .skip_while(|line| !line.starts_with("spec:"))
        .skip(1)
        .map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line)))
        .collect();
    let (none, spec) = ModelSpec::parse_bare_or_object(&bare).unwrap();
    assert_eq!((none, spec), (None, credit()));
    let (name, spec) = ModelSpec::parse_bare_or_object(CREDIT).unwrap();
    assert_eq!((name.as_deref(), spec), (Some("credit-risk"), credit()));
}

#[test]
fn bare_specs_are_checked_as_strictly() {
    let of = |text| {
        ModelSpec::parse_bare_or_object(text)
            .unwrap_err()
            .to_string()
    };
    insta::assert_snapshot!(
        [
            of("task: binary\ncolums: {id: a}\n"),
            of("columns:\n  id: a\n  time: a\n"),
            of("apiVersion: candor/v1\nkind: Policy\nmetadata: {name: p}\nspec: {}\n"),
            of("task: binary\n---\ntask: binary\n"),
            of("[1, 2]"),
        ]
        .join("\n--\n")
    );
}

#[test]
fn files_hold_many_objects_as_documents_or_lists_in_yaml_or_json() {
    let route = |name: &str| json!({"apiVersion": "candor/v1", "kind": "Component", "metadata": {"name": name}, "spec": {"to": ["x"]}});
    let list = json!([route("a"), route("b")]).to_string();
    let pretty = format!("{:#}", json!([route("a"), route("b")]));
    let documents = format!("{}\n---\n# nothing\n---\n{}\n", route("a"), route("b"));
    for text in [&list, &pretty, &documents] {
        let names: Vec<String> = parse(text)
            .unwrap()
            .into_iter()
            .map(|o| o.metadata.name)
            .collect();
        assert_eq!(names, ["a", "b"], "{text}");
    }
    assert_eq!(parse("").unwrap(), []);
    assert_eq!(parse("# only a comment\n").unwrap(), []);
}

#[test]
fn every_kind_of_the_contract_is_taken_and_comes_back_the_same() {
    for kind in SpecKind::ALL {
        let body = match kind {
            SpecKind::Model => json!({"task": "regression"}),
            SpecKind::Policy => json!({"retention": {"predictions": "30d"}}),
            SpecKind::Scenario => json!({"seed": 1, "days": 2, "events": 3}),
            SpecKind::Monitor => json!({"model": "m", "measure": "volume"}),
            SpecKind::Objective => {
                json!({"model": "m", "metric": "errors", "target": 0.99, "over": "30d"})
            }
            SpecKind::Route => json!({
                "receivers": [{"file": {"name": "a"}}], "group_by": ["model"], "group_wait": "30s",
                "group_interval": "5m", "repeat_interval": "4h",
            }),
            SpecKind::Silence => json!({
                "matchers": [{"name": "model", "value": "m"}], "to": "2026-12-01T00:00:00Z", "why": "w",
            }),
            _ => json!({"anything": [1, {"goes": null}]}),
        };
        let value = json!({"apiVersion": "candor/v1", "kind": kind.name(), "metadata": {"name": "x"}, "spec": body});
        let object = Object::from_value(&value).unwrap();
        assert_eq!(object.kind, kind);
        assert_eq!(serde_json::to_value(&object).unwrap(), value);
        assert_eq!(parse(&object.to_yaml().unwrap()).unwrap(), [object]);
    }
}

#[test]
fn all_problems_are_told_at_once_with_place_and_remedy() {
    insta::assert_snapshot!(problems(
        r#"apiVersion: candor/v1
kind: Model
metadata:
  name: ../etc
  lables: {a: b}
spec:
  task: binray
  colums: {id: a}
  positive_class: [1]
  features:
    income: {type: numbr, min: low, requird: true}
    purpose: category
  objectives:
    - {name: fast, at_most: 120, target: 0.995, over: 30d}
  windows: {row: 5}
"#
    ));
}

#[test]
fn values_that_contradict_one_another_are_told() {
    insta::assert_snapshot!(problems(
        r#"apiVersion: candor/v1
kind: Model
metadata: {name: a b}
spec:
  task: regression
  columns:
    id: row
    time: row
    inputs: [x, "", x]
    outputs: {class: y}
  features:
    x: {min: 2, max: 1}
    c: {type: category, min: 0, allowed: [a, b, a]}
    d: {allowed: []}
  objectives:
    - {name: fast, metric: latency_ms.p99, at_most: 1, at_least: 1, target: 99.5, over: forever}
    - {name: fast, metric: latency_ms.p99, target: 0.9, over: 30d}
  reference: {from: 2026-10-01, to: 2026-09-01}
  windows: 1 day
  escalation: [on call]
"#
    ));
}

#[test]
fn envelopes_are_checked_before_what_is_inside() {
    let all = [
        "just text",
        "kind: Model",
        "apiVersion: candor/v2\nkind: model\n",
        "apiVersion: candor/v1\nkind: Modle\nmetadata: {name: a}\n",
        "apiVersion: candor/v1\nkind: Unheard\nmetadata: {name: a}\n",
        "apiVersion: candor/v1\nkind: Route\nmetadata: {}\n",
        "apiVersion: candor/v1\nkind: Route\nmetadata: {name: a}\nspec: [1]\nspecs: {}\n",
        "- apiVersion: candor/v1\n  kind: Route\n- 7\n",
    ];
    insta::assert_snapshot!(all.map(problems).join("\n--\n"));
}

#[test]
fn broken_files_name_the_place() {
    let all = [
        "a: [1, 2\nb: 3\n",
        "{\"a\": 1,\n \"b\" 2}",
        "a: 1\na: 2\n",
        "a: *nowhere\n",
        "\tkind: Model\n",
        "a: .nan\n",
    ];
    insta::assert_snapshot!(all.map(problems).join("\n--\n"));
}

#[test]
fn hostile_files_end_quickly() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bomb = (1..40).fold("a0: &a0 [x, x]\n".to_owned(), |text, i| {
        format!("{text}a{i}: &a{i} [*a{0}, *a{0}, *a{0}, *a{0}]\n", i - 1)
    });
    let large = "x".repeat(TEXT_BYTES_MAX + 1);
    for text in [&deep, &bomb, &large] {
        assert_eq!(parse(text).unwrap_err().len(), 1);
    }
}

#[test]
fn words_of_yaml_that_look_like_other_types_stay_words() {
    let text = "apiVersion: candor/v1\nkind: Model\nmetadata: {name: m}\nspec:\n  positive_class: 1\n  features:\n    x: {allowed: [no, yes, on, 1, true, 1.5, '07']}\n";
    let objects = parse(text).unwrap();
    let spec = objects[0].model().unwrap();
    let allowed: Vec<&str> = spec.features["x"]
        .allowed
        .as_ref()
        .unwrap()
        .iter()
        .map(|w| w.0.as_str())
        .collect();
    assert_eq!(allowed, ["no", "yes", "on", "1", "true", "1.5", "07"]);
    assert_eq!(spec.positive_class, Some(Word("1".into())));
    assert_eq!(parse(&objects[0].to_yaml().unwrap()).unwrap(), objects);
}

#[test]
fn columns_of_predictions_map_to_their_fields() {
    let columns = [
        "application_id",
        "decided_at",
        "model_version",
        "income",
        "p_default",
        "decision",
    ];
    let fields = [
        "id",
        "time",
        "version",
        "input_income",
        "output_score",
        "output_class",
    ];
    assert_eq!(map(&credit(), Kind::Prediction, &columns), fields);
    let rest = ["region", "sex", "defaulted", "unnamed"];
    assert_eq!(
        map(&credit(), Kind::Prediction, &rest),
        ["segment_region", "segment_sex", "-", "-"]
    );
}

#[test]
fn without_a_list_of_inputs_every_other_column_is_one() {
    let text = "columns: {id: row, outputs: {scores: {gold: p_gold}}, attributions: {age: shap}, outcome: y, ignore: [split]}";
    let (_, spec) = ModelSpec::parse_bare_or_object(text).unwrap();
    let columns = ["row", "p_gold", "shap", "y", "split", "age", "anything"];
    let fields = [
        "id",
        "output_scores_gold",
        "attribution_age",
        "-",
        "-",
        "input_age",
        "input_anything",
    ];
    assert_eq!(map(&spec, Kind::Prediction, &columns), fields);
}

#[test]
fn outcomes_come_from_the_same_file() {
    let columns = [
        "application_id",
        "decided_at",
        "defaulted",
        "income",
        "region",
        "other",
    ];
    let fields = ["prediction_id", "time", "class", "-", "-", "-"];
    assert_eq!(map(&credit(), Kind::Outcome, &columns), fields);
    let outcome = |text: &str| {
        let (_, spec) = ModelSpec::parse_bare_or_object(text).unwrap();
        map(&spec, Kind::Outcome, &["y"])[0].clone()
    };
    assert_eq!(
        outcome("{task: regression, columns: {outcome: y}}"),
        "value"
    );
    assert_eq!(
        outcome("{columns: {outcome: y, outputs: {value: p}}}"),
        "value"
    );
    assert_eq!(
        outcome("{task: ranking, columns: {outcome: y}}"),
        "relevance"
    );
    assert_eq!(outcome("{columns: {outcome: y}}"), "class");
}

#[test]
fn features_declare_the_types_of_columns() {
    let columns = credit().declared_columns();
    let declared = |name: &str, ty| Column {
        declared: true,
        ..Column::new(name, ty)
    };
    assert_eq!(
        columns,
        [
            declared("input_income", ColumnType::Number),
            declared("input_purpose", ColumnType::Text)
        ]
    );
    let (_, spec) =
        ModelSpec::parse_bare_or_object("features: {a b: {type: vector}, c: {min: 1}}").unwrap();
    let columns = spec.declared_columns();
    assert_eq!(columns.len(), 1);
    assert_eq!(columns[0].name, crate::layout::stored_name("input_", "a b"));
    assert_eq!(
        (columns[0].source.as_deref(), columns[0].ty),
        (Some("a b"), ColumnType::Vector)
    );
}

#[test]
fn differences_name_each_place() {
    let old = parse(CREDIT).unwrap().remove(0);
    let text = CREDIT
        .replace("min: 0, ", "")
        .replace("task: binary ", "task: multiclass ")
        .replace("[region, channel]", "[region]")
        .replace(
            "owner: team-credit",
            "owner: team-credit, labels: {tier: gold}",
        );
    let new = parse(&text).unwrap().remove(0);
    assert_eq!(Object::diff(Some(&old), &old), []);
    insta::assert_json_snapshot!(Object::diff(Some(&old), &new));
    let made = Object::diff(None, &new);
    assert!(made.iter().all(|d| d.before.is_none() && d.after.is_some()));
    assert!(made.iter().any(|d| d.path == "metadata.name"));
}

#[test]
fn a_draft_gets_a_spec_that_can_be_applied_as_it_is() {
    let mut schema = crate::base_schema(&TableId::of(
        &ModelName::new("m").unwrap(),
        Kind::Prediction,
    ));
    let source = Some("a b".to_owned());
    schema.columns.extend([
        Column::new("input_age", ColumnType::Integer),
        Column {
            source,
            ..Column::new("input_a_b_0123", ColumnType::Text)
        },
        Column::new("derived_x", ColumnType::Number),
        Column::new("segment_region", ColumnType::Text),
    ]);
    let object = propose("m", &schema);
    let spec = object.model().unwrap();
    assert_eq!(spec.features.keys().collect::<Vec<_>>(), ["a b", "age"]);
    assert_eq!(spec.features["age"].ty, Some(FeatureType::Integer));
    assert_eq!(spec.task, None);
    let yaml = object.to_yaml().unwrap();
    assert!(
        yaml.starts_with("apiVersion: candor/v1\nkind: Model\n"),
        "{yaml}"
    );
    assert_eq!(parse(&yaml).unwrap(), [object]);
}

#[test]
fn the_task_is_proposed_where_outputs_tell_it() {
    let task = |names: &[&str]| {
        let columns = names
            .iter()
            .map(|n| Column::new(*n, ColumnType::Number))
            .collect();
        propose(
            "m",
            &TableSchema {
                version: 1,
                columns,
            },
        )
        .model()
        .unwrap()
        .task
    };
    assert_eq!(task(&["output_score", "output_class"]), None);
    assert_eq!(
        task(&["output_scores_a", "output_scores_b"]),
        Some(Task::Binary)
    );
    assert_eq!(
        task(&["output_scores_a", "output_scores_b", "output_scores_c"]),
        Some(Task::Multiclass)
    );
    assert_eq!(task(&["output_interval_lower"]), Some(Task::Regression));
    assert_eq!(task(&["output_ranking"]), Some(Task::Ranking));
    assert_eq!(task(&["output_embedding"]), Some(Task::Embedding));
}

#[test]
fn policies_limit_their_tables_by_whole_days() {
    let read = |spec: &str| {
        let text =
            format!("apiVersion: candor/v1\nkind: Policy\nmetadata: {{name: p}}\nspec: {spec}\n");
        parse(&text).map(|mut objects| objects.remove(0).policy().unwrap().clone())
    };
    let table = |path| TableId::from_path(path).unwrap();
    let all = read("{retention: {predictions: 400d, quarantine: 2w}}").unwrap();
    assert_eq!(
        all.retention_days(&table("models/a/predictions")),
        Some(400)
    );
    assert_eq!(all.retention_days(&table("models/a/outcomes")), None);
    assert_eq!(all.retention_days(&table("shared/quarantine")), Some(14));
    let some = read("{models: [a], retention: {predictions: 48h}}").unwrap();
    assert_eq!(some.retention_days(&table("models/a/predictions")), Some(2));
    assert_eq!(some.retention_days(&table("models/b/predictions")), None);
    assert_eq!(
        PolicySpec::default().retention_days(&table("models/a/predictions")),
        None
    );
    let alerts = |spec| read(spec).unwrap().alert_days();
    assert_eq!(
        alerts("{retention: {alerts: 90d, predictions: 1d}}"),
        Some(90)
    );
    assert_eq!(alerts("{retention: {predictions: 1d}}"), None);
    let of_one = read("{models: [a], retention: {alerts: 90d}}").unwrap_err();
    assert!(
        of_one
            .to_string()
            .contains("spec.retention.alerts: This table is shared")
    );
    let wrong =
        "{models: [a, ..], retention: {predictions: 36h, changes: 1d, outcomes: 0d, feedback: 7}}";
    insta::assert_snapshot!(read(wrong).unwrap_err());
    let wrong = "{models: [a, ..], retention: {predictions: 36h, changes: 1d, outcomes: 0d}}";
    insta::assert_snapshot!(read(wrong).unwrap_err());
}

#[test]
fn policies_say_what_becomes_of_personal_data() {
    let read = |spec: &str| {
        let text =
            format!("apiVersion: candor/v1\nkind: Policy\nmetadata: {{name: p}}\nspec: {spec}\n");
        parse(&text).map(|mut objects| objects.remove(0).policy().unwrap().clone())
    };
    let policy = read(
        "{privacy: {personal: mask, numbers: keep, detect: [email, ip], columns: {input_note: off}},
          consent: {purposes: {training: {about: new models, unnamed: allow}, audit: {}}}}",
    )
    .unwrap();
    let privacy = policy.privacy.unwrap();
    assert_eq!(privacy.personal, Some(PersonalAction::Mask));
    assert_eq!(privacy.columns["input_note"], Decision::Off);
    let purposes = policy.consent.unwrap().purposes;
    assert_eq!(purposes["training"].unnamed, Consent::Allow);
    assert_eq!(purposes["audit"].unnamed, Consent::Deny);
    for (wrong, told) in [
        (
            "{privacy: {columns: {subject: off}}}",
            "spec.privacy.columns.subject: Nobody decides",
        ),
        (
            "{privacy: {columns: {income: mask}}}",
            "Inputs are called input_…, e.g. `input_income`",
        ),
        (
            "{privacy: {columns: {commment: mask}}}",
            "Did you mean `comment`?",
        ),
        ("{privacy: {personal: hide}}", "spec.privacy.personal"),
        ("{privacy: {detect: [mail]}}", "spec.privacy.detect"),
        ("{privacy: {secret: true}}", "spec.privacy.secret"),
        (
            "{consent: {purposes: {\"new models\": {}}}}",
            "Use 1 to 64 letters, digits, _ and -",
        ),
    ] {
        let problems = read(wrong).unwrap_err().to_string();
        assert!(problems.contains(told), "{wrong}: {problems}");
    }
}

#[test]
fn durations_are_whole_numbers_with_a_unit() {
    use super::model::{DAY_US, duration_us};
    assert_eq!(duration_us("90s"), Some(90_000_000));
    assert_eq!(duration_us("15m"), Some(900_000_000));
    assert_eq!(duration_us("2w"), Some(14 * DAY_US));
    for bad in [
        "",
        "d",
        "1",
        "0d",
        "-1d",
        "1.5d",
        "1 d",
        "1D",
        "9223372036854775807w",
        "1dd",
        "１d",
    ] {
        assert_eq!(duration_us(bad), None, "{bad}");
    }
}

mod hostile {
    use super::super::parse;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "[ \\-a-z:{}\\[\\],\"'&*!|>#\n0-9.]{0,200}") {
            let _ = parse(&text);
            let _ = super::super::ModelSpec::parse_bare_or_object(&text);
        }
    }
}
