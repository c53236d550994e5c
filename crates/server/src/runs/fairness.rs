//! How a model treated the groups of its protected attributes over a time.
//!
//! The engine counts rows by group, decision and outcome; everything else comes from these counts
//! ([`candor_stats::fairness`]), so that it costs the same however many rows there are to show.

use super::examples::hidden;
use super::setup::subject;
use super::source::{Source, Told, literal, quoted, schema};
use super::subject::Subject;
use crate::clock;
use crate::problem::Problem;
use crate::state::State;
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use candor_contract::ModelName;
use candor_monitor::{DAY_US, segment_column};
use candor_stats::fairness::{Bounds, Counts, Disparity, Table, table_of};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Attributes of more values are no groups of people.
const GROUPS_MAX: usize = 200;
/// Outcomes come at most so long after their prediction.
const LATER_US: i64 = 120 * DAY_US;
/// Scores of this size and above are positive where the model names no class.
const THRESHOLD: &str = "0.5";
/// Fixes the simulation behind intervals of more than two groups.
const SEED: u64 = 7;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// The class of those who are selected.
    pub(crate) positive_class: Option<String>,
    /// Predictions of the time, and those of them whose outcome is known.
    pub(crate) rows: u64,
    pub(crate) labelled: u64,
    /// Each attribute, then all of them together.
    pub(crate) attributes: Vec<Attribute>,
    /// What was left out, and why.
    pub(crate) notes: Vec<String>,
    /// The statement that counted.
    pub(crate) sql: Option<String>,
}

/// The groups of one attribute, or of all together.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) columns: Vec<String>,
    pub(crate) table: Table,
    pub(crate) disparities: Vec<Disparity>,
}

/// A protected attribute and the column that has it.
#[derive(Debug, Clone, PartialEq)]
struct Protected {
    name: String,
    column: String,
}

/// The value of each attribute; `None` where it is missing.
type Values = Vec<Option<String>>;

/// Looks at the predictions of a time, each with its latest outcome. A model that tells too little is no error: the
/// notes say what is missing.
pub(crate) async fn fairness(
    state: &State,
    model: &ModelName,
    range: Range<i64>,
) -> Result<Judged, Problem> {
    let source = Source::new(&state.lake, &state.sql);
    let mut judged = Judged::default();
    let found = subject(&source, &state.catalog, model, clock::now_us()).await?;
    let Some(subject) = found else {
        judged.notes.push(format!(
            "{model} has no predictions in the lake yet; what was just sent comes there within seconds."
        ));
        return Ok(judged);
    };
    judged.positive_class = subject
        .spec
        .positive_class
        .as_ref()
        .map(|class| class.0.clone());
    let hidden = hidden(&source, &subject, &state.findings.privacy());
    let protected = protected(&subject, &hidden, &mut judged.notes);
    let sql = match decision(&subject, &mut judged.notes) {
        Some(decision) if !protected.is_empty() => statement(&subject, &protected, decision, range),
        _ => return Ok(judged),
    };
    let told = source.ask(&sql).await?;
    judged.sql = Some(sql);
    if told.cut {
        judged.notes.push("The protected attributes have too many values together to be groups of people; protect fewer.".to_owned());
        return Ok(judged);
    }
    judged.judge(
        &protected,
        &cells(&told, protected.len()).map_err(|e| Problem::internal(&e))?,
    );
    Ok(judged)
}

/// The protected attributes whose columns are there and may be shown.
fn protected(
    subject: &Subject,
    hidden: &BTreeSet<String>,
    notes: &mut Vec<String>,
) -> Vec<Protected> {
    if subject.spec.protected.is_empty() {
        notes.push("The Model names no `protected` attribute.".to_owned());
    }
    let mut out = Vec::new();
    for name in &subject.spec.protected {
        let places = [segment_column(name), format!("input_{name}"), name.clone()];
        match places.into_iter().find(|column| subject.has(column)) {
            None => notes.push(format!(
                "No prediction has {name}, as a segment or an input."
            )),
            Some(column) if hidden.contains(&column) => {
                notes.push(format!("{name} is personal, so its groups are not shown."));
            }
            Some(column) => out.push(Protected {
                name: name.clone(),
                column,
            }),
        }
    }
    out
}

/// Who is selected, in SQL: 1, 0, or null where nobody decided.
fn decision(subject: &Subject, notes: &mut Vec<String>) -> Option<String> {
    let Some(positive) = &subject.spec.positive_class else {
        notes.push(
            "The Model names no `positive_class`, so it is not known who is selected.".to_owned(),
        );
        return None;
    };
    if subject.has("output_class") {
        return Some(is_class("p.output_class", &positive.0));
    }
    if subject.has("output_score") {
        return Some(format!(
            "CASE WHEN isnan(p.output_score) THEN NULL WHEN p.output_score >= {THRESHOLD} THEN 1 \
             WHEN p.output_score < {THRESHOLD} THEN 0 END"
        ));
    }
    notes.push(
        "Predictions have neither `class` nor `score`, so it is not known who is selected."
            .to_owned(),
    );
    None
}

fn is_class(column: &str, positive: &str) -> String {
    let class = quoted(positive);
    format!(
        "CASE WHEN CAST({column} AS VARCHAR) = {class} THEN 1 WHEN {column} IS NOT NULL THEN 0 END"
    )
}

/// Counts by groups, decision and outcome; of rows with a score and an outcome also the sums of their difference.
fn statement(
    subject: &Subject,
    protected: &[Protected],
    decision: String,
    range: Range<i64>,
) -> String {
    let own = schema(&subject.model);
    let (from, to) = (literal(range.start), literal(range.end));
    let mut shown: Vec<String> = protected
        .iter()
        .enumerate()
        .map(|(at, p)| {
            format!(
                "CAST(p.\"{}\" AS VARCHAR) AS g{at}",
                p.column.replace('"', "\"\"")
            )
        })
        .collect();
    shown.push(format!("{decision} AS decision"));
    let class = subject
        .spec
        .positive_class
        .as_ref()
        .filter(|_| subject.outcome_columns.contains("class"));
    let mut join = String::new();
    match class {
        Some(class) => {
            shown.push(format!("{} AS outcome", is_class("o.class", &class.0)));
            join = format!(
                " LEFT JOIN (SELECT prediction_id, last_value(class ORDER BY time, id) AS class \
                 FROM {own}.outcomes WHERE time >= {from} AND time < {} GROUP BY prediction_id) o \
                 ON o.prediction_id = p.id",
                literal(range.end + LATER_US)
            );
        }
        None => shown.push("CAST(NULL AS BIGINT) AS outcome".to_owned()),
    }
    shown.push(match subject.has("output_score") {
        true => "CASE WHEN NOT isnan(p.output_score) THEN p.output_score END AS score".to_owned(),
        false => "CAST(NULL AS DOUBLE) AS score".to_owned(),
    });
    let groups: Vec<String> = (0..protected.len()).map(|at| format!("g{at}")).collect();
    let groups = groups.join(", ");
    format!(
        "SELECT {groups}, decision, outcome, count(*) AS n, count(score - outcome) AS scored, \
         sum(score - outcome) AS excess, sum((score - outcome) * (score - outcome)) AS squares \
         FROM (SELECT {} FROM {own}.predictions p{join} WHERE p.time >= {from} AND p.time < {to}) \
         GROUP BY {groups}, decision, outcome ORDER BY {groups}, decision, outcome",
        shown.join(", ")
    )
}

/// The counts of the groups of all attributes together.
fn cells(
    told: &Told,
    attributes: usize,
) -> Result<BTreeMap<Values, Counts>, arrow::error::ArrowError> {
    let mut cells: BTreeMap<Values, Counts> = BTreeMap::new();
    for batch in &told.rows {
        let column =
            |at: usize, ty: &DataType| -> Result<ArrayRef, _> { cast(batch.column(at), ty) };
        let groups = (0..attributes).map(|at| column(at, &DataType::Utf8));
        let groups = groups.collect::<Result<Vec<_>, _>>()?;
        let whole = |at: usize| column(attributes + at, &DataType::Int64);
        let real = |at: usize| column(attributes + at, &DataType::Float64);
        let (decisions, outcomes, n, scored) = (whole(0)?, whole(1)?, whole(2)?, whole(3)?);
        let (excess, squares) = (real(4)?, real(5)?);
        for row in 0..batch.num_rows() {
            let own = |array: &ArrayRef| array.is_valid(row);
            let count = |array: &ArrayRef| match own(array) {
                true => u64::try_from(array.as_primitive::<Int64Type>().value(row)).unwrap_or(0),
                false => 0,
            };
            let sum = |array: &ArrayRef| match own(array) {
                true => array.as_primitive::<Float64Type>().value(row),
                false => 0.0,
            };
            // No, yes, not known.
            let place = |array: &ArrayRef| {
                if own(array) {
                    usize::from(count(array) == 1)
                } else {
                    2
                }
            };
            let group = groups
                .iter()
                .map(|g| own(g).then(|| g.as_string::<i32>().value(row).to_owned()));
            let counts = cells.entry(group.collect()).or_default();
            counts.cells[place(&decisions)][place(&outcomes)] += count(&n);
            counts.scored += count(&scored);
            counts.excess += sum(&excess);
            counts.squares += sum(&squares);
        }
    }
    Ok(cells)
}

impl Judged {
    fn judge(&mut self, protected: &[Protected], cells: &BTreeMap<Values, Counts>) {
        self.rows = cells.values().map(Counts::n).sum();
        self.labelled = cells.values().map(Counts::labelled).sum();
        let mut kept = Vec::new();
        for (at, attribute) in protected.iter().enumerate() {
            let groups = merged(cells, |values| values[at].clone());
            if groups.len() > GROUPS_MAX {
                let name = &attribute.name;
                self.notes.push(format!(
                    "{name} has more than {GROUPS_MAX} values, which are no groups of people."
                ));
                continue;
            }
            kept.push(at);
            self.add(&[attribute], groups);
        }
        if kept.len() > 1 {
            let together: Vec<&Protected> = kept.iter().map(|at| &protected[*at]).collect();
            let all = |values: &Values| -> Option<String> {
                let parts: Option<Vec<&str>> =
                    kept.iter().map(|at| values[*at].as_deref()).collect();
                parts.map(|parts| parts.join(" & "))
            };
            self.add(&together, merged(cells, all));
        }
    }

    fn add(&mut self, attributes: &[&Protected], groups: BTreeMap<Option<String>, Counts>) {
        let names: Vec<&str> = attributes.iter().map(|a| a.name.as_str()).collect();
        let table = table_of(&names.join(" & "), groups);
        self.attributes.push(Attribute {
            columns: attributes.iter().map(|a| a.column.clone()).collect(),
            disparities: table.disparities(&Bounds::default(), SEED),
            table,
        });
    }
}

/// Counts of what `name` calls the same; `None` for rows of unknown groups.
fn merged(
    cells: &BTreeMap<Values, Counts>,
    name: impl Fn(&Values) -> Option<String>,
) -> BTreeMap<Option<String>, Counts> {
    let mut groups: BTreeMap<Option<String>, Counts> = BTreeMap::new();
    for (values, counts) in cells {
        groups.entry(name(values)).or_default().merge(counts);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn protected(name: &str) -> Protected {
        Protected {
            name: name.to_owned(),
            column: segment_column(name),
        }
    }

    /// So many rows of a group, of which so many are selected.
    fn cell(group: [Option<&str>; 2], n: u64, selected: u64) -> (Values, Counts) {
        let mut counts = Counts::default();
        counts.cells[1][2] = selected;
        counts.cells[0][2] = n - selected;
        (group.map(|g| g.map(str::to_owned)).to_vec(), counts)
    }

    #[test]
    fn attributes_are_judged_by_themselves_and_together() {
        let cells = BTreeMap::from([
            cell([Some("f"), Some("old")], 400, 100),
            cell([Some("f"), Some("young")], 400, 180),
            cell([Some("m"), Some("old")], 400, 220),
            cell([Some("m"), Some("young")], 400, 300),
            cell([None, Some("young")], 5, 1),
        ]);
        let mut judged = Judged::default();
        judged.judge(&[protected("sex"), protected("age")], &cells);
        let names: Vec<&str> = judged
            .attributes
            .iter()
            .map(|a| a.table.name.as_str())
            .collect();
        assert_eq!(names, ["sex", "age", "sex & age"]);
        assert_eq!(judged.rows, 1_605);
        let [sex, age, both] = &judged.attributes[..] else {
            panic!("three")
        };
        let groups: Vec<(&str, u64)> = sex
            .table
            .groups
            .iter()
            .map(|g| (g.name.as_str(), g.n()))
            .collect();
        assert_eq!(groups, [("f", 800), ("m", 800), ("missing", 5)]);
        assert_eq!(age.table.groups.len(), 2);
        assert_eq!(both.table.groups[0].name, "f & old");
        assert_eq!(
            sex.disparities[0].sentence("sex"),
            "By sex, f is selected 30.0 points less often than m, beyond what is allowed"
        );
    }

    #[test]
    fn an_attribute_of_very_many_values_is_left_out_with_a_note() {
        let names: Vec<String> = (0..=GROUPS_MAX).map(|at| format!("v{at}")).collect();
        let cells = names
            .iter()
            .map(|name| cell([Some("f"), Some(name)], 40, 10))
            .collect();
        let mut judged = Judged::default();
        judged.judge(&[protected("sex"), protected("postcode")], &cells);
        assert_eq!(judged.attributes.len(), 1);
        assert_eq!(
            judged.notes,
            ["postcode has more than 200 values, which are no groups of people."]
        );
    }
}
