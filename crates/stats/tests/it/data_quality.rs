//! Quality checks and plain figures against the reference implementations.

use crate::golden::{Case, Suite, column, number, texts};
use arrow::array::AsArray;
use arrow::array::{Array, ArrayRef, Float64Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimeUnit};
use candor_stats::quality::{
    Check, Every, Label, Rule, Severity, Window, absent, describe, text_profile, windows,
};
use candor_stats::{QUANTILES, Sorted, Tally};
use serde_json::Value;
use std::sync::Arc;

fn file(case: &Case, key: &str) -> Option<ArrayRef> {
    column(
        case.inputs["file"].as_str().unwrap(),
        case.inputs[key].as_str().unwrap(),
    )
}

#[test]
fn plain_figures_of_numbers() {
    let Some(suite) = Suite::open("data_quality") else {
        return;
    };
    for case in suite.cases("describe") {
        let column: ArrayRef = if case.inputs.get("values").is_some() {
            Arc::new(Float64Array::from(case.input("values").numbers()))
        } else {
            let Some(column) = file(&case, "column") else {
                return;
            };
            column
        };
        let found = describe(&column).unwrap();
        case.holds("rows", found.rows as f64);
        case.holds("nulls", found.nulls as f64);
        case.holds("distinct", found.distinct.unwrap() as f64);
        case.holds("zeros", found.zeros.unwrap() as f64);
        let told = [
            ("min", found.min),
            ("max", found.max),
            ("sum", found.sum),
            ("mean", found.mean),
            ("sd_sample", found.std),
            ("sd_population", found.std_population),
            ("skew_population", found.skewness),
            ("kurtosis_excess_population", found.kurtosis),
        ];
        for (key, got) in told {
            case.holds(key, got.unwrap());
        }
        for (rank, got) in QUANTILES.iter().zip(found.quantiles) {
            let want = number(&case.expected["quantiles_linear"][rank.to_string()]);
            case.close("quantile", want, got.unwrap());
        }
    }
}

#[test]
fn plain_figures_of_texts() {
    let Some(suite) = Suite::open("data_quality") else {
        return;
    };
    for case in suite.cases("categories") {
        let Some(column) = file(&case, "column") else {
            return;
        };
        let found = describe(&column).unwrap();
        case.holds("distinct", found.distinct.unwrap() as f64);
        let marks = Tally::from_array(&column).unwrap().of("?");
        case.holds("question_marks", marks as f64);
        for (want, got) in case.expected["top"]
            .as_array()
            .unwrap()
            .iter()
            .zip(&found.top)
        {
            assert_eq!(
                (want[0].as_str(), want[1].as_u64()),
                (Some(got.0.as_str()), Some(got.1))
            );
        }
    }
    for case in suite.cases("text_profile") {
        let Some(column) = file(&case, "column") else {
            return;
        };
        let found = text_profile(&column).unwrap();
        case.holds("rows", found.rows as f64);
        case.holds("nulls", found.nulls as f64);
        case.holds("distinct", found.distinct as f64);
        case.holds("utf8_bytes", found.bytes as f64);
        case.holds("words_split_on_whitespace", found.words as f64);
        case.holds("rows_with_non_ascii", found.not_ascii as f64);
        let want = |key: &str| number(&case.expected["code_points"][key]);
        case.close("min", want("min"), found.characters_min.unwrap() as f64);
        case.close("max", want("max"), found.characters_max.unwrap() as f64);
        case.close("mean", want("mean"), found.characters_mean.unwrap());
    }
}

fn check(rule: Rule) -> Check {
    Check {
        label: Label {
            name: "golden".to_owned(),
            severity: Severity::Warning,
        },
        rule,
        tolerated: 0.0,
    }
}

/// Parts of so many rows.
fn chunks(column: &ArrayRef, size: usize) -> Vec<ArrayRef> {
    let starts = (0..column.len()).step_by(size);
    starts
        .map(|at| column.slice(at, size.min(column.len() - at)))
        .collect()
}

#[test]
fn missing_and_unseen_values_by_chunk() {
    let Some(suite) = Suite::open("data_quality") else {
        return;
    };
    for case in suite.cases("missing_by_chunk") {
        let Some(column) = file(&case, "column") else {
            return;
        };
        let holed = crate::golden::numbers(&column).into_iter().enumerate();
        let holed: ArrayRef = Arc::new(
            holed
                .map(|(row, x)| (row % 37 != 0).then_some(x))
                .collect::<Float64Array>(),
        );
        let size = case.params["chunk_size"].as_u64().unwrap() as usize;
        let found = chunks(&holed, size).into_iter().map(|part| {
            let found = check(Rule::Complete).run(&part).unwrap();
            (found.failed as f64, found.failing.value.unwrap())
        });
        let (counts, rates): (Vec<f64>, Vec<f64>) = found.unzip();
        case.holds_all("count", &counts);
        case.holds_all("rate", &rates);
    }
    for case in suite.cases("unseen_by_chunk") {
        let of = |key: &str| {
            let name = case.inputs["column"].as_str().unwrap();
            column(case.inputs[key].as_str().unwrap(), name)
        };
        let (Some(reference), Some(analysis)) = (of("reference"), of("analysis")) else {
            return;
        };
        let known = Tally::from_array(&reference).unwrap();
        let marked = texts(&analysis).into_iter().enumerate();
        let marked: ArrayRef = Arc::new(
            marked
                .map(|(row, text)| {
                    if row % 41 == 0 {
                        Some("Z9".to_owned())
                    } else {
                        text
                    }
                })
                .collect::<StringArray>(),
        );
        let found = chunks(&marked, 20_000).into_iter().map(|part| {
            let found = check(Rule::Among(known.clone()))
                .compared(&part, &reference)
                .unwrap();
            let (now, before) = (
                found.failing.value.unwrap(),
                found.reference.unwrap().value.unwrap(),
            );
            // 2.4 % against none: three times the reference, and no chance.
            assert_eq!(found.worse, Some(now > 0.02 && before == 0.0));
            found.failed as f64
        });
        let counts: Vec<f64> = found.collect();
        case.holds_all("count", &counts);
    }
}

/// Microseconds of a column of texts or times.
fn times(column: &ArrayRef) -> Vec<i64> {
    let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
    let times = cast(column, &micros).unwrap();
    let whole = cast(&times, &DataType::Int64).unwrap();
    whole.as_primitive::<Int64Type>().values().to_vec()
}

fn starts(want: &Value) -> Vec<i64> {
    let texts = want.as_array().unwrap().iter().map(|t| t.as_str());
    let texts: ArrayRef = Arc::new(texts.collect::<StringArray>());
    times(&texts)
}

#[test]
fn rows_by_windows() {
    let Some(suite) = Suite::open("data_quality") else {
        return;
    };
    for case in suite.cases("windows") {
        let (Some(time), Some(value)) = (file(&case, "time"), file(&case, "value")) else {
            return;
        };
        let every = match case.params["window"].as_str().unwrap() {
            "day" => Every::Micros(86_400_000_000),
            "week_from_monday" => Every::Week,
            _ => Every::Month,
        };
        let mut found = windows(&times(&time), &crate::golden::numbers(&value), every).unwrap();
        found.truncate(case.params["first"].as_u64().unwrap() as usize);
        let begun: Vec<i64> = found.iter().map(|w| w.start).collect();
        assert_eq!(begun, starts(&case.expected["start"]), "{}", case.id);
        let all = |of: &dyn Fn(&Window) -> f64| found.iter().map(of).collect::<Vec<f64>>();
        case.holds_all("count", &all(&|w| w.n as f64));
        case.holds_all("sum", &all(&|w| w.sum));
        case.holds_all("mean", &all(&|w| w.mean.unwrap_or(f64::NAN)));
    }
    for case in suite.cases("missing_windows") {
        let Some(time) = column(case.inputs["file"].as_str().unwrap(), "timestamp") else {
            return;
        };
        let found = absent(&times(&time), Every::Micros(3_600_000_000)).unwrap();
        case.holds("expected_hours", found.expected as f64);
        case.holds("missing", found.missing as f64);
        case.holds("longest_gap_hours", found.longest as f64);
        assert_eq!(found.first, starts(&case.expected["first"]));
    }
}

#[test]
fn percentiles_of_traces() {
    let Some(suite) = Suite::open("data_quality") else {
        return;
    };
    for case in suite.cases("trace_percentiles") {
        let of = |name: &str| column(case.inputs["file"].as_str().unwrap(), name);
        let Some(time) = of("TIMESTAMP") else { return };
        for (name, key) in [
            ("ContextTokens", "context_tokens"),
            ("GeneratedTokens", "generated_tokens"),
        ] {
            let tokens = of(name).unwrap();
            let summary = describe(&tokens).unwrap();
            let want = &case.expected[key];
            case.close("sum", number(&want["sum"]), summary.sum.unwrap());
            let sorted = Sorted::from_array(&tokens).unwrap();
            for (rank, want) in want["quantiles_linear"].as_object().unwrap() {
                let got = sorted.quantile(rank.parse().unwrap()).unwrap();
                case.close(rank, number(want), got);
            }
        }
        let times = times(&time);
        case.holds("rows", times.len() as f64);
        let minutes = windows(&times, &[], Every::Micros(60_000_000)).unwrap();
        let filled = minutes.iter().filter(|w| w.n > 0).take(10);
        let counts: Vec<f64> = filled.map(|w| w.n as f64).collect();
        case.holds_all("by_minute_first_10", &counts);
        let ends = [&case.expected["first"], &case.expected["last"]].map(|t| t.as_str().unwrap());
        let ends: ArrayRef = Arc::new(StringArray::from(ends.to_vec()));
        let (first, last) = (times.iter().min().unwrap(), times.iter().max().unwrap());
        assert_eq!(self::times(&ends), [*first, *last]);
    }
}

#[test]
fn no_function_is_left_out() {
    let Some(suite) = Suite::open("data_quality") else {
        return;
    };
    let tested = [
        "categories",
        "describe",
        "missing_by_chunk",
        "missing_windows",
        "text_profile",
        "trace_percentiles",
        "unseen_by_chunk",
        "windows",
    ];
    assert_eq!(suite.functions(), tested);
}
