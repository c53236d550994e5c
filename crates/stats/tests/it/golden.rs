//! Values computed with the reference implementations, and real data.
//!
//! They lie beside the repository, in `../shared` or where `CANDOR_SHARED` says. Where they are absent a
//! test says so and is skipped, except in continuous integration.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Float64Type};
use flate2::read::GzDecoder;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A shared file, if this machine has it.
pub fn shared(path: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let root = std::env::var_os("CANDOR_SHARED").map_or(beside, PathBuf::from);
    let path = root.join(path);
    if path.exists() {
        return Some(path);
    }
    let ci = std::env::var_os("CI").is_some_and(|v| v == "true");
    let what = path.display();
    assert!(!ci, "absent: {what}");
    eprintln!("SKIPPED for want of {what}: say by CANDOR_SHARED where the shared folder is");
    None
}

/// A column of a data file (CSV, packed or not, or Parquet), e.g. `adult/adult.parquet`.
pub fn column(file: &str, name: &str) -> Option<ArrayRef> {
    let path = shared(&format!("data/{file}"))?;
    Some(if file.ends_with(".parquet") {
        of_parquet(&path, name)
    } else {
        of_csv(&path, name)
    })
}

fn of_parquet(path: &Path, name: &str) -> ArrayRef {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let mask = ProjectionMask::columns(builder.parquet_schema(), [name]);
    let batches = builder.with_projection(mask).build().unwrap();
    let parts: Vec<ArrayRef> = batches.map(|b| plain(b.unwrap().column(0))).collect();
    concat(&parts.iter().map(AsRef::as_ref).collect::<Vec<_>>()).unwrap()
}

/// Without a dictionary, so that parts can be put together.
fn plain(array: &ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Dictionary(_, values) => cast(array, values).unwrap(),
        _ => Arc::clone(array),
    }
}

fn of_csv(path: &Path, name: &str) -> ArrayRef {
    let file = File::open(path).unwrap();
    let reader: Box<dyn Read> = match path.extension() {
        Some(ext) if ext == "gz" => Box::new(GzDecoder::new(file)),
        _ => Box::new(file),
    };
    let mut rows = csv::Reader::from_reader(reader);
    let at = rows.headers().unwrap().iter().position(|h| h == name);
    let at = at.unwrap_or_else(|| panic!("no column {name} in {}", path.display()));
    let texts: Vec<Option<String>> = rows
        .records()
        .map(|row| Some(row.unwrap()[at].to_owned()).filter(|t| !t.is_empty()))
        .collect();
    let numbers: Option<Vec<Option<f64>>> = texts
        .iter()
        .map(|t| {
            t.as_ref()
                .map(|t| t.parse().ok())
                .map_or(Some(None), |x| x.map(Some))
        })
        .collect();
    match numbers {
        Some(numbers) => Arc::new(arrow::array::Float64Array::from(numbers)),
        None => Arc::new(arrow::array::StringArray::from(texts)),
    }
}

/// Numbers of a column; missing ones are NaN.
pub fn numbers(array: &ArrayRef) -> Vec<f64> {
    let array = cast(array, &DataType::Float64).unwrap();
    array
        .as_primitive::<Float64Type>()
        .iter()
        .map(|x| x.unwrap_or(f64::NAN))
        .collect()
}

/// Texts of a column.
pub fn texts(array: &ArrayRef) -> Vec<Option<String>> {
    let array = cast(array, &DataType::Utf8).unwrap();
    array
        .as_string::<i32>()
        .iter()
        .map(|t| t.map(str::to_owned))
        .collect()
}

/// A file of golden values.
pub struct Suite(Value);

/// One golden case.
pub struct Case<'a> {
    pub id: &'a str,
    pub function: &'a str,
    pub params: &'a Value,
    pub inputs: &'a Value,
    pub expected: &'a Value,
    fixtures: &'a Value,
    absolute: f64,
    relative: f64,
}

impl Suite {
    /// The suite `name`, e.g. `fairness`, if this machine has it.
    pub fn open(name: &str) -> Option<Self> {
        let path = shared(&format!("golden/{name}.json"))?;
        Some(Self(
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap(),
        ))
    }

    /// Its cases of `function`; there must be some.
    pub fn cases<'a>(&'a self, function: &'a str) -> Vec<Case<'a>> {
        let all = self.0["cases"].as_array().unwrap().iter();
        let cases: Vec<_> = all
            .filter(|case| case["fn"] == function)
            .map(|case| Case {
                id: case["id"].as_str().unwrap(),
                function,
                params: &case["params"],
                inputs: &case["inputs"],
                expected: &case["expected"],
                fixtures: &self.0["fixtures"],
                absolute: case["tol"]["abs"].as_f64().unwrap_or(0.0),
                relative: case["tol"]["rel"].as_f64().unwrap_or(0.0),
            })
            .collect();
        assert!(!cases.is_empty(), "no case of {function}");
        cases
    }

    /// The names of all functions that have cases, so that a test can hold that none is left out.
    pub fn functions(&self) -> Vec<String> {
        let cases = self.0["cases"].as_array().unwrap().iter();
        let mut names: Vec<_> = cases
            .map(|c| c["fn"].as_str().unwrap().to_owned())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Case<'_> {
    /// The input `key`: a list written there, a fixture or a slice of one, or rows of a data file.
    pub fn input(&self, key: &str) -> Input {
        self.resolve(&self.inputs[key])
    }

    fn resolve(&self, value: &Value) -> Input {
        if let Some(name) = value.as_str().and_then(|t| t.strip_prefix('@')) {
            let (name, range) = name
                .split_once('[')
                .map_or((name, None), |(n, r)| (n, Some(r)));
            let all = self.fixtures[name]
                .as_array()
                .unwrap_or_else(|| panic!("no fixture {name}"));
            let Some(range) = range else {
                return Input::List(all.clone());
            };
            let (from, to) = range.trim_end_matches(']').split_once(':').unwrap();
            let from = from.parse().unwrap_or(0);
            let to = to.parse().unwrap_or(all.len());
            return Input::List(all[from..to].to_vec());
        }
        if let Some(file) = value["data"].as_str() {
            let all = column(file, value["column"].as_str().unwrap());
            let all = all.unwrap_or_else(|| panic!("{}: {file} is absent", self.id));
            let (from, to) = (value["rows"][0].as_u64(), value["rows"][1].as_u64());
            let from = from.unwrap_or(0) as usize;
            let to = to.map_or(all.len(), |to| to as usize);
            return Input::Column(all.slice(from, to - from));
        }
        Input::List(
            value
                .as_array()
                .unwrap_or_else(|| panic!("{}: {value}", self.id))
                .clone(),
        )
    }

    /// Holds the number `got` against `expected[key]`; NaN is equal to `"nan"`.
    pub fn holds(&self, key: &str, got: f64) {
        self.close(key, number(&self.expected[key]), got);
    }

    /// Holds the numbers `got` against the list `expected[key]`.
    pub fn holds_all(&self, key: &str, got: &[f64]) {
        let want: Vec<f64> = self.expected[key]
            .as_array()
            .unwrap()
            .iter()
            .map(number)
            .collect();
        assert_eq!(
            want.len(),
            got.len(),
            "{}: {key}: {want:?} {got:?}",
            self.id
        );
        for (want, got) in want.into_iter().zip(got) {
            self.close(key, want, *got);
        }
    }

    /// Holds `got` against `want` within the case's tolerance.
    pub fn close(&self, key: &str, want: f64, got: f64) {
        let equal = want.total_cmp(&got).is_eq() || (want.is_nan() && got.is_nan());
        let off = (got - want).abs();
        let bound = self.absolute.max(self.relative * want.abs());
        assert!(
            equal || off <= bound,
            "{}: {key} is {got}, not {want}: off by {off:e}, bound {bound:e}",
            self.id
        );
    }
}

/// A number as golden files write it.
pub fn number(value: &Value) -> f64 {
    match value.as_str() {
        Some("nan") => f64::NAN,
        Some("inf") => f64::INFINITY,
        Some("-inf") => f64::NEG_INFINITY,
        _ => value
            .as_f64()
            .or(value.as_bool().map(f64::from))
            .unwrap_or(f64::NAN),
    }
}

/// An input of a case.
pub enum Input {
    List(Vec<Value>),
    Column(ArrayRef),
}

impl Input {
    /// As numbers; NaN where one is missing.
    pub fn numbers(&self) -> Vec<f64> {
        match self {
            Input::List(list) => list.iter().map(number).collect(),
            Input::Column(column) => numbers(column),
        }
    }

    /// As texts; numbers are spelled.
    pub fn texts(&self) -> Vec<Option<String>> {
        let text = |v: &Value| match v {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        match self {
            Input::List(list) => list.iter().map(text).collect(),
            Input::Column(column) => texts(column),
        }
    }
}
