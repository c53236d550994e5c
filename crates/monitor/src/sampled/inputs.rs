//! Whether the inputs as a whole are those of the reference.

use crate::answers::{input_names, only};
use crate::rows::texts;
use crate::window::Window;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use candor_contract::spec::Measure;
use candor_stats::Figure;
use candor_stats::drift::{DomainPlan, Reconstruction, SHARE_KEPT, Table, domain_classifier};
use std::collections::BTreeSet;

/// Texts of more values than that are no categories, which say nothing in common.
const CATEGORIES_MAX: usize = 255;
/// Rows of a side that the classifier learns from: a window must cost less than a second.
const DOMAIN_ROWS: usize = 2_000;

/// The inputs of a reference.
#[derive(Debug)]
pub(super) struct Inputs {
    rows: RecordBatch,
    names: Vec<String>,
    components: Result<Reconstruction, &'static str>,
}

impl Inputs {
    pub(super) fn of(reference: &RecordBatch) -> Self {
        let mut names = input_names(reference);
        names.retain(|name| is_known(reference, name));
        let components = match table(&names, reference) {
            Some(table) => Reconstruction::fit(&table, SHARE_KEPT),
            None => Err("the inputs cannot be read together"),
        };
        Self {
            rows: reference.clone(),
            names,
            components,
        }
    }

    /// The error with which the reference's components remake rows.
    pub(super) fn reconstruction(&self, rows: &RecordBatch) -> Figure {
        let undefined =
            |why| Figure::undefined(why, rows.num_rows() as u64, Measure::Reconstruction.name());
        let components = match &self.components {
            Ok(components) => components,
            Err(why) => return undefined(why),
        };
        let Some(table) = table(&self.names, rows) else {
            return undefined("an input of the reference is missing");
        };
        match components.distances(&table) {
            Ok(distances) => Reconstruction::error(&distances),
            Err(why) => undefined(why),
        }
    }

    /// How well rows are told from those of the reference that are not of the same window.
    pub(super) fn domain(&self, window: Window, rows: &RecordBatch) -> Figure {
        let name = Measure::DomainAuc.name();
        let others = others(&self.rows, window);
        let before = others.as_ref().and_then(|rows| table(&self.names, rows));
        let (Some(before), Some(now)) = (before, table(&self.names, rows)) else {
            let why = "an input of the reference is missing";
            return Figure::undefined(why, rows.num_rows() as u64, name);
        };
        let plan = DomainPlan {
            rows: DOMAIN_ROWS,
            ..DomainPlan::default()
        };
        let told = domain_classifier(&before, &now, &plan).comparison;
        Figure {
            // Of the reference's rows there are as many in each window.
            n: told.current,
            ..told.statistic
        }
    }
}

/// The reference's rows that are of other windows: none is told from itself.
fn others(rows: &RecordBatch, window: Window) -> Option<RecordBatch> {
    let wanted = DataType::Timestamp(TimeUnit::Microsecond, None);
    let times = cast(rows.column_by_name("time")?, &wanted).ok()?;
    let times = times.as_primitive::<TimestampMicrosecondType>().clone();
    only(rows, |row| {
        !(times.is_valid(row) && window.holds(times.value(row)))
    })
}

/// Whether a column is of numbers, booleans or categories.
fn is_known(rows: &RecordBatch, name: &str) -> bool {
    let Some(array) = rows.column_by_name(name) else {
        return false;
    };
    match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(_, _) => {
            let words = texts(array).unwrap_or_default();
            let words: BTreeSet<&String> = words.iter().flatten().collect();
            words.len() <= CATEGORIES_MAX
        }
        ty => ty.is_numeric() || *ty == DataType::Boolean,
    }
}

fn table(names: &[String], rows: &RecordBatch) -> Option<Table<'static>> {
    let mut table = Table::default();
    for name in names {
        let array = rows.column_by_name(name)?;
        // A column that holds nothing now has no type of its own.
        let plain = match array.data_type() {
            DataType::Utf8View | DataType::LargeUtf8 | DataType::Dictionary(_, _) => {
                cast(array, &DataType::Utf8).ok()?
            }
            _ => array.clone(),
        };
        table.add_array(name, &plain).ok()?;
    }
    Some(table)
}
