//! Tables in memory, and reports of them.

use arrow::array::{
    Array, ArrayRef, BooleanArray, FixedSizeListArray, Float32Array, Float64Array, Int64Array,
    StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field as ArrowField};
use candor_contract::spec::ModelSpec;
use candor_report::{Document, Error, Field, Kind, Options, Request, Result, Section, Table};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Columns by name.
#[derive(Default)]
pub struct Plain {
    fields: Vec<Field>,
    columns: Vec<ArrayRef>,
    /// What expressions give.
    expressions: BTreeMap<String, ArrayRef>,
}

impl Plain {
    pub fn with(mut self, name: &str, kind: Kind, column: ArrayRef) -> Self {
        self.fields.push(Field {
            name: name.to_owned(),
            kind,
            integer: column.data_type().is_integer(),
        });
        self.columns.push(column);
        self
    }

    pub fn numbers(self, name: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let values = values.into_iter().map(|x| (!x.is_nan()).then_some(x));
        self.with(
            name,
            Kind::Number,
            Arc::new(values.collect::<Float64Array>()),
        )
    }

    pub fn integers(self, name: &str, values: impl IntoIterator<Item = i64>) -> Self {
        self.with(
            name,
            Kind::Number,
            Arc::new(Int64Array::from_iter_values(values)),
        )
    }

    pub fn words<T: AsRef<str>>(self, name: &str, values: impl IntoIterator<Item = T>) -> Self {
        self.with(
            name,
            Kind::Text,
            Arc::new(StringArray::from_iter_values(values)),
        )
    }

    pub fn times(self, name: &str, values: impl IntoIterator<Item = i64>) -> Self {
        let values = TimestampMicrosecondArray::from_iter_values(values);
        self.with(name, Kind::Time, Arc::new(values))
    }

    pub fn vectors(self, name: &str, dimension: usize, values: Vec<f32>) -> Self {
        let item = Arc::new(ArrowField::new("item", DataType::Float32, true));
        let values = Arc::new(Float32Array::from(values));
        let lists = FixedSizeListArray::new(item, i32::try_from(dimension).unwrap(), values, None);
        self.with(name, Kind::Vector, Arc::new(lists))
    }

    pub fn expression(mut self, text: &str, values: impl IntoIterator<Item = bool>) -> Self {
        let values: BooleanArray = values.into_iter().map(Some).collect();
        self.expressions.insert(text.to_owned(), Arc::new(values));
        self
    }

    pub fn derivation(mut self, text: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let values = Float64Array::from_iter_values(values);
        self.expressions.insert(text.to_owned(), Arc::new(values));
        self
    }
}

impl Table for Plain {
    fn fields(&self) -> &[Field] {
        &self.fields
    }

    fn rows(&self) -> u64 {
        self.columns.first().map_or(0, |c| c.len() as u64)
    }

    fn read(&self, at: usize) -> Result<Vec<ArrayRef>> {
        let column = &self.columns[at];
        let half = column.len() / 2;
        Ok(vec![
            column.slice(0, half),
            column.slice(half, column.len() - half),
        ])
    }

    fn express(&self, expression: &str) -> Result<Vec<ArrayRef>> {
        let found = self.expressions.get(expression);
        let wrong = || Error::Spec {
            what: expression.to_owned(),
        };
        Ok(vec![found.ok_or_else(wrong)?.clone()])
    }
}

/// What a test chooses.
#[derive(Default)]
pub struct Choices<'a> {
    pub only: Vec<Section>,
    pub methods: Vec<String>,
    pub as_of_us: Option<i64>,
    pub keys: Vec<(String, &'a dyn Table)>,
}

pub fn spec(text: &str) -> ModelSpec {
    ModelSpec::parse_bare_or_object(text).unwrap().1
}

pub fn report(spec: &ModelSpec, before: &Plain, now: &Plain, choices: Choices<'_>) -> Document {
    let document = |lanes| {
        let request = Request {
            name: "test".to_owned(),
            spec,
            reference: before,
            current: now,
            keys: choices.keys.clone(),
            generated_at: "2026-11-01T00:00:00Z".to_owned(),
            options: Options {
                seed: 7,
                lanes,
                as_of_us: choices.as_of_us,
                methods: choices.methods.clone(),
                only: choices.only.clone(),
            },
        };
        candor_report::evaluate(&request, &|_, _, _| {}).unwrap()
    };
    let one = document(1);
    assert_eq!(one, document(2), "threads change nothing");
    one
}

/// Numbers from 0 to below 1, the same each time.
pub fn noise(rows: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x1234_5678_9ABC_DEF1;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..rows).map(next).collect()
}
