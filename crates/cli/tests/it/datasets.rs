//! History from files: ELEC2 and bike sharing, to the last row, and read by other engines too.

use crate::engines::{self, ENGINES};
use crate::relay::Relay;
use crate::sandbox::{Sandbox, candor};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Each of two thousand days of a table is a file, so only the flush that a test asks for.
const LATE_FLUSH: &str = "[storage]\nflush_age_ms = 3600000\n";
const ELEC2_ROWS: u64 = 45_312;
const BIKE_ROWS: u64 = 17_379;

/// A shared data file, wherever this machine has it.
pub fn data_file(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("CANDOR_SHARED")
        .map_or_else(|| engines::repository().join("../shared"), PathBuf::from);
    let path = root.join("data").join(name);
    if path.exists() {
        return Some(path);
    }
    engines::absent(&format!(
        "the data file {}: say by CANDOR_SHARED where the shared folder is",
        path.display()
    ));
    None
}

fn example(name: &str) -> String {
    engines::repository()
        .join("examples")
        .join(name)
        .display()
        .to_string()
}

/// The rows of a packed CSV file, by column name: what the test expects comes from here.
fn csv_rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let file = std::fs::File::open(path).unwrap();
    csv::Reader::from_reader(flate2::read::GzDecoder::new(file))
        .deserialize()
        .map(Result::unwrap)
        .collect()
}

/// Runs `candor import` and returns its summary.
fn import(sandbox: &Sandbox, file: &Path, model: &str, spec: &str) -> Value {
    let file = file.display().to_string();
    let spec = example(spec);
    let args = [
        "import", &file, "--model", model, "--spec", &spec, "--output", "json",
    ];
    let out = sandbox.candor(&args);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    serde_json::from_slice(&out.stdout).unwrap()
}

fn tallies(summary: &Value) -> [[u64; 3]; 2] {
    ["predictions", "outcomes"].map(|kind| {
        ["accepted", "duplicates", "rejected"].map(|part| summary[kind][part].as_u64().unwrap())
    })
}

/// Where the Delta table of a model lies, as the server tells it.
fn location(sandbox: &Sandbox, model: &str, table: &str) -> PathBuf {
    let path = format!("/v1/models/{model}/volumes");
    let volumes = sandbox.http("GET", &path, &[], b"").json();
    let mut volumes = volumes.as_array().unwrap().iter();
    let volume = volumes.find(|v| v["table"] == table).unwrap();
    assert_eq!(volume["hot_rows"], 0, "after a flush");
    PathBuf::from(volume["location"].as_str().unwrap())
}

/// The groups of an answer with two columns: a key and a number.
fn groups(rows: &Value) -> BTreeMap<String, f64> {
    let pairs = rows.as_array().unwrap().iter();
    pairs
        .map(|row| {
            (
                row[0].as_str().unwrap().to_owned(),
                row[1].as_f64().unwrap(),
            )
        })
        .collect()
}

fn assert_close(left: &BTreeMap<String, f64>, right: &BTreeMap<String, f64>) {
    assert!(left.keys().eq(right.keys()), "{left:?} {right:?}");
    for (key, value) in left {
        let other = right[key];
        assert!((value - other).abs() < 1e-6, "{key}: {value} and {other}");
    }
}

/// Hundreds of days are thousands of files: too much beside other tests.
mod heavy {
    use super::*;

    #[test]
    fn the_electricity_market_is_recorded_to_the_last_row() {
        let (Some(file), Some(answers)) = (
            data_file("elec2/elec2.csv.gz"),
            data_file("elec2/predictions.parquet"),
        ) else {
            return;
        };
        let sandbox = Sandbox::with_config(LATE_FLUSH);
        let spec = "elec2/model.yaml";
        let all_new = [[ELEC2_ROWS, 0, 0]; 2];
        assert_eq!(tallies(&import(&sandbox, &file, "elec2", spec)), all_new);

        let (mut prices, mut ups, mut down) = (BTreeMap::new(), BTreeMap::new(), 0);
        for row in csv_rows(&file) {
            let day = row["day"].clone();
            *prices.entry(day.clone()).or_insert(0.0) += row["nswprice"].parse::<f64>().unwrap();
            *ups.entry(day).or_insert(0.0) += if row["label"] == "0" { 1.0 } else { 0.0 };
            down += u64::from(row["label"] == "1");
        }
        let told =
            sandbox.sql("SELECT input_day, sum(input_nswprice) FROM elec2.predictions GROUP BY 1");
        assert_close(&groups(&told), &prices);
        let told = sandbox.sql(
        "SELECT p.input_day, sum(CASE WHEN o.class = '0' THEN 1 ELSE 0 END) FROM elec2.predictions p
         JOIN elec2.outcomes o ON o.prediction_id = p.id GROUP BY 1",
    );
        assert_close(&groups(&told), &ups);
        assert_eq!(down, 26_075, "the majority class, DOWN, has 57.545 %");
        let ends = sandbox.sql(
        "SELECT count(*), count(DISTINCT id), CAST(min(time) AS varchar), CAST(max(time) AS varchar),
         count(version), count(DISTINCT day) FROM elec2.predictions",
    );
        assert_eq!(
            ends,
            json!([[
                ELEC2_ROWS,
                ELEC2_ROWS,
                "1996-05-07T00:00:00Z",
                "1998-12-06T23:30:00Z",
                0,
                944
            ]])
        );

        // Again: nothing is new, whether the rows lie in the log or in the lake.
        let none_new = [[0, ELEC2_ROWS, 0]; 2];
        assert_eq!(tallies(&import(&sandbox, &file, "elec2", spec)), none_new);
        sandbox.client().flush().unwrap();
        assert_eq!(tallies(&import(&sandbox, &file, "elec2", spec)), none_new);

        let summary = import(
            &sandbox,
            &answers,
            "elec2-lightgbm",
            "elec2/predictions.yaml",
        );
        assert_eq!(tallies(&summary), all_new);
        let hits = sandbox.sql(
        r#"SELECT p.segment_split, count(*), sum(CASE WHEN p.output_class = o.class THEN 1 ELSE 0 END)
           FROM "elec2-lightgbm".predictions p JOIN "elec2-lightgbm".outcomes o ON o.prediction_id = p.id
           GROUP BY 1 ORDER BY 1"#,
    );
        assert_eq!(
            hits,
            json!([["production", 35_312, 22_444], ["train", 10_000, 7_131]])
        );
        assert_eq!(sandbox.sql("SELECT count(*) FROM quarantine"), json!([[0]]));

        let table = location(&sandbox, "elec2", "predictions");
        let Some(seen) = engines::read(&table, "input_nswprice", "input_day") else {
            return;
        };
        let sum = (prices.values().sum::<f64>() * 1e4).round() / 1e4;
        for engine in ENGINES {
            let mut seen = seen[engine].clone();
            let time_type = seen["time_type"].take();
            assert!(
                time_type.as_str().unwrap().contains("UTC")
                    || time_type == "TIMESTAMP WITH TIME ZONE",
                "{engine}: {time_type}"
            );
            let counted: u64 = seen["groups"]
                .as_object()
                .unwrap()
                .values()
                .map(|v| v.as_u64().unwrap())
                .sum();
            assert_eq!(counted, ELEC2_ROWS, "{engine}");
            assert_eq!(seen["groups"].as_object().unwrap().len(), 7, "{engine}");
            seen["groups"].take();
            assert_eq!(
                seen,
                json!({
                    "rows": ELEC2_ROWS, "ids": ELEC2_ROWS, "sum": sum, "without_version": ELEC2_ROWS,
                    "from": 831_427_200_000_000_u64, "to": 912_987_000_000_000_u64,
                    "groups": null, "time_type": null,
                }),
                "{engine}"
            );
        }
    }

    #[test]
    fn the_rented_bikes_are_recorded_to_the_last_ride() {
        let (Some(file), Some(answers)) = (
            data_file("bike_sharing/hour.csv.gz"),
            data_file("bike_sharing/predictions.parquet"),
        ) else {
            return;
        };
        let mut sandbox = Sandbox::with_config(LATE_FLUSH);
        let all_new = [[BIKE_ROWS, 0, 0]; 2];
        let spec = "bike_sharing/model.yaml";
        assert_eq!(
            tallies(&import(&sandbox, &file, "bike-sharing", spec)),
            all_new
        );

        let mut weather = BTreeMap::new();
        for row in csv_rows(&file) {
            let rentals: f64 = row["cnt"].parse().unwrap();
            *weather.entry(row["weathersit"].clone()).or_insert(0.0) += rentals;
        }
        let statement = r#"SELECT p.input_weathersit, sum(o.value) FROM "bike-sharing".predictions p
        JOIN "bike-sharing".outcomes o ON o.prediction_id = p.id GROUP BY 1"#;
        assert_close(&groups(&sandbox.sql(statement)), &weather);
        let of_all = r#"SELECT count(*), sum(value) FROM "bike-sharing".outcomes"#;
        assert_eq!(sandbox.sql(of_all), json!([[BIKE_ROWS, 3_292_679.0]]));
        let casual = sandbox
            .http("GET", "/v1/models/bike-sharing/schema", &[], b"")
            .text();
        assert!(
            casual.contains("input_temp") && !casual.contains("casual"),
            "{casual}"
        );

        // The same rows after a flush and a restart, and nothing new by another import.
        sandbox.client().flush().unwrap();
        assert_eq!(sandbox.stop(), Some(0));
        sandbox.launch();
        assert_close(&groups(&sandbox.sql(statement)), &weather);
        let again = import(&sandbox, &file, "bike-sharing", spec);
        assert_eq!(tallies(&again), [[0, BIKE_ROWS, 0]; 2]);
        assert_eq!(sandbox.sql(of_all), json!([[BIKE_ROWS, 3_292_679.0]]));

        sandbox.client().flush().unwrap();
        let name = "bike-sharing-lightgbm";
        let summary = import(&sandbox, &answers, name, "bike_sharing/predictions.yaml");
        assert_eq!(tallies(&summary), all_new);
        let misses = sandbox.sql(
            r#"SELECT p.segment_split, count(*), round(sum(p.output_value), 3), sum(o.value)
               FROM "bike-sharing-lightgbm".predictions p
               JOIN "bike-sharing-lightgbm".outcomes o ON o.prediction_id = p.id GROUP BY 1 ORDER BY 1"#,
        );
        assert_eq!(
            misses,
            json!([
                ["production", 14_593, 2_124_965.977, 3_047_360.0],
                ["train", 2_786, 245_319.0, 245_319.0]
            ])
        );

        let table = location(&sandbox, "bike-sharing", "outcomes");
        let Some(seen) = engines::read(&table, "value", "class") else {
            return;
        };
        for engine in ENGINES {
            let seen = &seen[engine];
            assert_eq!(
                (&seen["rows"], &seen["ids"], &seen["sum"], &seen["groups"]),
                (
                    &json!(BIKE_ROWS),
                    &json!(BIKE_ROWS),
                    &json!(3_292_679.0),
                    &json!({})
                ),
                "{engine}: a number's outcome has no class"
            );
        }
    }

    #[test]
    fn an_interrupted_import_goes_on_without_duplicates() {
        let Some(file) = data_file("elec2/elec2.csv.gz") else {
            return;
        };
        let sandbox = Sandbox::start();
        // The first request of the second chunk reaches the server, its answer never comes back.
        let relay = Relay::cut_at_answer(sandbox.url(), |path, seen| {
            path.ends_with("/predictions") && seen == 2
        });
        let run = |resume: &Path| {
            let spec = example("elec2/model.yaml");
            let mut import = candor()
                .args([
                    "import", "--model", "elec2", "--output", "json", "--spec", &spec,
                ])
                .args(["--server", relay.url(), "--resume-file"])
                .arg(resume)
                .arg(&file)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            if !relay.is_mended() {
                relay.await_cut();
                import.kill().unwrap();
            }
            import.wait_with_output().unwrap()
        };
        let resume = sandbox.folder().join("import.json");
        assert_eq!(run(&resume).status.code(), None, "it was killed");
        let stored = sandbox.sql("SELECT count(*) FROM elec2.predictions")[0][0]
            .as_u64()
            .unwrap();
        assert!(stored < ELEC2_ROWS || relay.answers() >= 2, "{stored}");
        relay.mend();
        let out = run(&resume);
        assert_eq!(out.status.code(), Some(0), "{out:?}");
        let summary: Value = serde_json::from_slice(&out.stdout).unwrap();
        assert_eq!(summary["rows"], ELEC2_ROWS);
        let resumed = summary["resumed"].as_u64().unwrap();
        assert!(0 < resumed && resumed < ELEC2_ROWS, "{summary}");
        let [predictions, outcomes] = tallies(&summary);
        let left = ELEC2_ROWS - resumed;
        assert!(
            predictions[1] > 0,
            "the rows whose answer was lost: {summary}"
        );
        assert_eq!(predictions[0] + predictions[1], left);
        assert_eq!(outcomes, [left, 0, 0]);
        for table in ["predictions", "outcomes"] {
            let told = sandbox.sql(&format!(
                "SELECT count(*), count(DISTINCT id) FROM elec2.{table}"
            ));
            assert_eq!(told, json!([[ELEC2_ROWS, ELEC2_ROWS]]), "{table}");
        }
    }
}
