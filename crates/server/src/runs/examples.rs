//! Rows that show the trouble that an alert tells of, and the statement that shows more of them.

use super::source::{Source, literal, quoted, schema};
use super::subject::Subject;
use crate::problem::Problem;
use crate::rows_json::append_rows;
use candor_contract::spec::{Measure, MonitorSpec, Task};
use candor_contract::{Column, ColumnType, Kind, Layouts, Privacy, TableId};
use candor_monitor::{DAY_US, Literal, Showing, Window, segment_column};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Rows that are shown.
const EXAMPLES: usize = 10;
/// Rows of the statement that people run.
const MORE: usize = 1_000;
/// Longest text that is shown of a column, in characters.
const TEXT_MAX: usize = 200;
/// Segments and outputs that are shown.
const SEGMENTS_MAX: usize = 8;
const OUTPUTS_MAX: usize = 16;
/// Outcomes and feedback come at most so long after their prediction.
const LATER_US: i64 = 90 * DAY_US;
/// Verdicts of feedback that are complaints.
const COMPLAINTS: &str = "'wrong', 'biased', 'harmful', 'unhelpful'";

/// What is asked for.
pub(super) struct Asked<'a> {
    pub(super) subject: &'a Subject,
    pub(super) spec: &'a MonitorSpec,
    pub(super) window: Window,
    /// Columns that are never shown.
    pub(super) hidden: &'a BTreeSet<String>,
}

/// A statement in parts.
#[derive(Default)]
struct Statement {
    columns: Vec<String>,
    /// What predictions are joined with.
    join: String,
    conditions: Vec<String>,
    /// Before time and id.
    order: Vec<String>,
}

/// The examples of one monitor.
#[derive(Debug, Default)]
pub(super) struct Examples {
    pub(super) rows: Vec<Value>,
    /// The statement that shows more.
    pub(super) sql: Option<String>,
}

/// Columns of a model's predictions that specs, policies or the detector call personal.
pub(super) fn hidden(source: &Source, subject: &Subject, privacy: &Privacy) -> BTreeSet<String> {
    use candor_contract::spec::Sensitivity;
    let table = TableId::of(&subject.model, Kind::Prediction);
    let declared = |column: &Column| {
        let (_, bare) = column.name.split_once('_')?;
        let named = column.source.as_deref().unwrap_or(bare);
        let mut features = subject.spec.features.iter();
        let own = features.find(|(name, _)| name.eq_ignore_ascii_case(named));
        own?.1.sensitivity
    };
    let layout = source.lake().layout(&table);
    let all = layout.schema.columns.iter();
    all.filter(|c| {
        let said = declared(c).is_some_and(|s| s != Sensitivity::None);
        said || privacy.is_personal(&table, c)
    })
    .map(|c| c.name.clone())
    .collect()
}

impl Source {
    /// Up to ten rows that show it, in a fixed order, and the statement for more.
    pub(super) async fn examples(
        &self,
        asked: &Asked<'_>,
        showing: &Showing,
    ) -> Result<Examples, Problem> {
        let table = TableId::of(&asked.subject.model, Kind::Prediction);
        let layout = self.lake().layout(&table);
        let Some(statement) = asked.statement(showing, &layout.schema.columns) else {
            return Ok(Examples::default());
        };
        let told = self.ask(&asked.text(&statement, EXAMPLES)).await?;
        let names = told.schema.fields().iter().map(|f| f.name().clone());
        let names: Vec<String> = names.collect();
        let mut rows = Vec::new();
        told.rows.iter().for_each(|b| append_rows(b, &mut rows));
        let object = |row: Vec<Value>| {
            let named = names.iter().cloned().zip(row);
            Value::Object(named.collect::<Map<_, _>>())
        };
        Ok(Examples {
            rows: rows.into_iter().map(object).collect(),
            sql: Some(asked.text(&statement, MORE)),
        })
    }
}

impl Asked<'_> {
    /// Columns in question that are not shown.
    pub(super) fn left_out(&self) -> Vec<String> {
        let own = self.column().into_iter().map(str::to_owned);
        let segments = self.spec.segment.keys().map(|s| segment_column(s));
        own.chain(segments)
            .filter(|c| self.hidden.contains(c))
            .collect()
    }

    /// The column that the trouble is in.
    fn column(&self) -> Option<&str> {
        match self.spec.measure {
            Measure::Errors => Some("status"),
            Measure::LatencyP50 | Measure::LatencyP95 | Measure::LatencyP99 => {
                Some(self.spec.column.as_deref().unwrap_or("latency_ms"))
            }
            Measure::Fairness => None,
            _ => self.spec.column.as_deref(),
        }
    }

    fn statement(&self, showing: &Showing, columns: &[Column]) -> Option<Statement> {
        let own = self.column();
        let own = own.and_then(|name| columns.iter().find(|c| c.name == name));
        let is_hidden = own.is_some_and(|c| self.hidden.contains(&c.name));
        // Conditions and orders tell of a column's values too, unless it has none.
        let mut segments = self.spec.segment.keys();
        let of_some = segments.any(|s| self.hidden.contains(&segment_column(s)));
        if of_some || (is_hidden && *showing != Showing::Missing) {
            return None;
        }
        let mut statement = Statement {
            columns: self.shown(own.filter(|_| !is_hidden), columns),
            conditions: vec![
                format!("p.time >= {}", literal(self.window.from_us)),
                format!("p.time < {}", literal(self.window.to_us)),
            ],
            ..Statement::default()
        };
        for (name, value) in &self.spec.segment {
            let condition = format!("p.\"{}\" = {}", segment_column(name), quoted(value));
            statement.conditions.push(condition);
        }
        match showing {
            Showing::Complaints | Showing::Feedback => self.of_feedback(showing, &mut statement),
            Showing::Wrong => self.of_outcomes(&mut statement)?,
            _ => self.of_column(showing, own?, &mut statement),
        }
        Some(statement)
    }

    /// Id, time, the column in question, segments and what was answered.
    fn shown(&self, own: Option<&Column>, columns: &[Column]) -> Vec<String> {
        let plain = |c: &&Column| {
            !matches!(c.ty, ColumnType::Vector | ColumnType::Binary)
                && !self.hidden.contains(&c.name)
        };
        let of = |prefix: &'static str, most: usize| {
            let fits = move |c: &&Column| c.name.starts_with(prefix);
            let others = columns.iter().filter(plain).filter(fits);
            others
                .filter(move |c| own.is_none_or(|o| o.name != c.name))
                .take(most)
        };
        let further = (self.spec.measure == Measure::Errors)
            .then(|| columns.iter().find(|c| c.name == "error_type"));
        let own = own.filter(|c| plain(c));
        let all = own
            .into_iter()
            .chain(further.flatten().filter(|c| plain(c)));
        let all = all
            .chain(of("segment_", SEGMENTS_MAX))
            .chain(of("output_", OUTPUTS_MAX));
        let mut shown = vec!["p.id".to_owned(), "p.time".to_owned()];
        shown.extend(all.map(|c| match c.ty {
            ColumnType::Text => format!("left(p.\"{0}\", {TEXT_MAX}) AS \"{0}\"", c.name),
            _ => format!("p.\"{}\"", c.name),
        }));
        shown
    }

    fn of_column(&self, showing: &Showing, column: &Column, out: &mut Statement) {
        let name = format!("p.\"{}\"", column.name);
        let of_list = |known: &[Literal]| {
            let spelled: Vec<String> = known.iter().map(spelled).collect();
            format!("{name} NOT IN ({})", spelled.join(", "))
        };
        let told = format!("{name} IS NOT NULL");
        match showing {
            Showing::Failed => out.conditions.push(format!("{name} = 'error'")),
            Showing::Missing => {
                out.conditions.push(match column.ty {
                    ColumnType::Number => format!("({name} IS NULL OR isnan({name}))"),
                    _ => format!("{name} IS NULL"),
                });
                // Requests that failed have no output.
                if column.name.starts_with("output_") {
                    let failed = "(p.status IS NULL OR p.status <> 'error')";
                    out.conditions.push(failed.to_owned());
                }
            }
            Showing::Between(low, high) => {
                out.conditions.push(told);
                let low = low.map(|x| format!("{name} >= {x:?}"));
                let high = high.map(|x| format!("{name} < {x:?}"));
                out.conditions.extend(low.into_iter().chain(high));
            }
            Showing::Outside(low, high) => {
                let outside = format!("({name} < {low:?} OR {name} > {high:?})");
                out.conditions.push(outside);
            }
            Showing::Value(value) => {
                out.conditions.push(format!("{name} = {}", spelled(value)));
            }
            Showing::NoneOf(known) => out.conditions.extend([told, of_list(known)]),
            Showing::Largest => {
                out.conditions.push(told);
                out.order.push(format!("{name} DESC"));
            }
            Showing::Smallest => {
                out.conditions.push(told);
                out.order.push(name);
            }
            Showing::Complaints | Showing::Feedback | Showing::Wrong => {}
        }
    }

    fn of_feedback(&self, showing: &Showing, out: &mut Statement) {
        let own = schema(&self.subject.model);
        let negative = match showing {
            Showing::Complaints => format!(" AND verdict IN ({COMPLAINTS})"),
            _ => String::new(),
        };
        // It is feedback that came in this time; its predictions may be older.
        out.join = format!(
            " JOIN (SELECT prediction_id, min(verdict) AS verdict FROM {own}.feedback \
             WHERE time >= {} AND time < {}{negative} GROUP BY prediction_id) f \
             ON f.prediction_id = p.id",
            literal(self.window.from_us),
            literal(self.window.to_us)
        );
        let since = self.window.from_us - LATER_US;
        if let Some(first) = out.conditions.first_mut() {
            *first = format!("p.time >= {}", literal(since));
        }
        out.columns.push("f.verdict AS feedback_verdict".to_owned());
    }

    /// Predictions with their latest outcome, the farthest from it first.
    fn of_outcomes(&self, out: &mut Statement) -> Option<()> {
        let own = schema(&self.subject.model);
        let has = |column: &str| self.subject.outcome_columns.contains(column);
        let spec = &self.subject.spec;
        let shown = |column: &str| self.subject.has(column) && !self.hidden.contains(column);
        let column = match spec.task? {
            Task::Regression if has("value") && shown("output_value") => "value",
            Task::Ranking if has("relevance") && shown("output_score") => "relevance",
            Task::Binary | Task::Multiclass if has("class") => "class",
            _ => return None,
        };
        let scored = shown("output_score") && spec.task == Some(Task::Binary);
        match column {
            "value" => out
                .order
                .push("abs(p.output_value - o.value) DESC".to_owned()),
            // What should have been on top and was put last.
            "relevance" => {
                out.conditions.push("o.relevance > 0".to_owned());
                out.order.push("p.output_score".to_owned());
            }
            _ if scored => {
                let class = spec.positive_class.as_ref().map(|w| quoted(&w.0));
                let class = class.unwrap_or_else(|| "'1', 'true', 'yes'".to_owned());
                let truth = format!("CASE WHEN o.class IN ({class}) THEN 1.0 ELSE 0.0 END");
                out.order
                    .push(format!("abs(p.output_score - {truth}) DESC"));
                out.conditions.push("p.output_score IS NOT NULL".to_owned());
            }
            _ if shown("output_class") => {
                out.conditions.push("p.output_class <> o.class".to_owned());
            }
            _ => return None,
        }
        if column == "value" {
            out.conditions.push("p.output_value IS NOT NULL".to_owned());
        }
        out.join = format!(
            " JOIN (SELECT prediction_id, last_value({column} ORDER BY time, id) AS {column} \
             FROM {own}.outcomes WHERE time >= {} AND time < {} GROUP BY prediction_id) o \
             ON o.prediction_id = p.id",
            literal(self.window.from_us),
            literal(self.window.to_us + LATER_US)
        );
        out.conditions.push(format!("o.{column} IS NOT NULL"));
        out.columns.push(format!("o.{column} AS outcome_{column}"));
        Some(())
    }

    fn text(&self, statement: &Statement, most: usize) -> String {
        let mut order = statement.order.clone();
        order.extend(["p.time".to_owned(), "p.id".to_owned()]);
        format!(
            "SELECT {} FROM {}.predictions p{} WHERE {} ORDER BY {} LIMIT {most}",
            statement.columns.join(", "),
            schema(&self.subject.model),
            statement.join,
            statement.conditions.join(" AND "),
            order.join(", ")
        )
    }

    /// A statement that shows more of trouble that no single row shows.
    pub(super) fn overview(&self) -> Option<String> {
        let own = schema(&self.subject.model);
        let (from, to) = (literal(self.window.from_us), literal(self.window.to_us));
        let span = format!("time >= {from} AND time < {to}");
        match self.spec.measure {
            Measure::Volume => {
                let hour = "date_trunc('hour', time)";
                Some(format!(
                    "SELECT {hour} AS hour, count(*) AS predictions FROM {own}.predictions \
                     WHERE {span} GROUP BY {hour} ORDER BY {hour}"
                ))
            }
            Measure::Freshness => Some(format!(
                "SELECT time, dataset, step, rows FROM stages WHERE model = {} AND time < {to} \
                 ORDER BY time DESC, id LIMIT {MORE}",
                quoted(self.subject.model.as_str())
            )),
            Measure::Labels | Measure::LabelDelay => Some(format!(
                "SELECT p.id, p.time FROM {own}.predictions p LEFT JOIN {own}.outcomes o \
                 ON o.prediction_id = p.id WHERE p.time >= {from} AND p.time < {to} AND o.id IS NULL \
                 ORDER BY p.time, p.id LIMIT {MORE}"
            )),
            Measure::Effect => Some(format!(
                "SELECT time, id, value, unit FROM {own}.effects WHERE {span} AND name = {} \
                 ORDER BY time, id LIMIT {MORE}",
                quoted(self.spec.metric.as_deref()?)
            )),
            Measure::Fairness => {
                let group = format!("\"segment_{}\"", self.spec.column.as_deref()?);
                Some(format!(
                    "SELECT {group}, output_class, count(*) AS predictions FROM {own}.predictions \
                     WHERE {span} GROUP BY {group}, output_class ORDER BY {group}, output_class"
                ))
            }
            _ => None,
        }
    }
}

/// A value in SQL.
fn spelled(value: &Literal) -> String {
    match value {
        Literal::Text(text) => quoted(text),
        Literal::Number(x) => format!("{x:?}"),
        Literal::Truth(truth) => truth.to_string(),
    }
}

#[cfg(test)]
mod tests;
