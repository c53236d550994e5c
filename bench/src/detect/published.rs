//! What published detectors told of the labelled series, at the thresholds they were published with.

use super::data::Result;
use super::nab::Series;
use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use std::collections::HashMap;
use std::fs::{self, File};
use std::path::Path;

/// The detectors that do not look ahead.
const NAMES: [&str; 3] = ["numenta", "relativeEntropy", "windowedGaussian"];

/// For each series, rows.
type Told = Vec<Vec<usize>>;

/// By detector, for each series the rows whose score reached the threshold.
pub(crate) fn alerts(shared: &Path, all: &[Series]) -> Result<Vec<(&'static str, Told)>> {
    let folder = shared.join("data/nab");
    let thresholds: Value = serde_json::from_slice(&fs::read(folder.join("thresholds.json"))?)?;
    let each = NAMES.iter().map(|name| {
        let threshold =
            threshold(&thresholds[*name]).ok_or_else(|| format!("no threshold of {name}"))?;
        Ok((
            *name,
            rows(
                &folder.join(format!("scores/{name}.parquet")),
                threshold,
                all,
            )?,
        ))
    });
    each.collect()
}

fn threshold(of: &Value) -> Option<f64> {
    let standard = &of["standard"];
    standard.as_f64().or_else(|| standard["threshold"].as_f64())
}

fn rows(path: &Path, threshold: f64, all: &[Series]) -> Result<Told> {
    let place: HashMap<&str, usize> = all.iter().map(|s| s.name.as_str()).zip(0..).collect();
    let mut seen = vec![0_usize; all.len()];
    let mut out = vec![Vec::new(); all.len()];
    let batches = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?.build()?;
    for batch in batches {
        let batch = batch?;
        let column = |name: &str| {
            batch
                .column_by_name(name)
                .ok_or_else(|| format!("no column {name}"))
        };
        let files = cast(column("file")?, &DataType::Utf8)?;
        let scores = cast(column("anomaly_score")?, &DataType::Float64)?;
        let (files, scores) = (
            files.as_string::<i32>(),
            scores.as_primitive::<Float64Type>(),
        );
        for row in 0..batch.num_rows() {
            let Some(at) = place.get(files.value(row)).copied() else {
                continue;
            };
            if scores.value(row) >= threshold {
                out[at].push(seen[at]);
            }
            seen[at] += 1;
        }
    }
    Ok(out)
}
