//! Real data sets: imported, counted by SQL with the exact figures, read by other engines.

use crate::sandbox::{Sandbox, candor};
use serde_json::json;
use std::path::PathBuf;
use std::process::{Command, Output};

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// The shared data sets; `None` on a machine without them, which says so.
fn data() -> Option<PathBuf> {
    let named = std::env::var_os("CANDOR_SHARED").map(PathBuf::from);
    let above = repository()
        .ancestors()
        .map(|dir| dir.join("shared"))
        .collect::<Vec<_>>();
    let found = named
        .into_iter()
        .chain(above)
        .map(|dir| dir.join("data"))
        .find(|dir| dir.is_dir());
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "continuous integration has the data sets"
        );
        eprintln!("SKIPPED: no shared data sets here; name their folder in CANDOR_SHARED");
    }
    found
}

fn import(sandbox: &Sandbox, file: &str, spec: &str, model: &str) -> serde_json::Value {
    let file = data().unwrap().join(file);
    let spec = repository().join("examples").join(spec);
    let out = sandbox.candor(&[
        "import",
        file.to_str().unwrap(),
        "--model",
        model,
        "--spec",
        spec.to_str().unwrap(),
        "--output",
        "json",
    ]);
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let text = String::from_utf8(out.stdout).unwrap();
    let start = text.find("\n{").map_or(0, |at| at + 1);
    serde_json::from_str(text[start..].trim()).unwrap_or_else(|e| panic!("{e}: {text}"))
}

fn python(script: &str, folder: &std::path::Path) -> Output {
    let python = repository().join(".venv/bin/python");
    assert!(python.exists(), "`make setup` installs the Python engines");
    Command::new(python)
        .arg("-c")
        .arg(script)
        .arg(folder)
        .output()
        .unwrap()
}

#[test]
fn elec2_has_the_figures_of_the_data_set() {
    if data().is_none() {
        return;
    }
    let sandbox = Sandbox::start();
    for again in [false, true] {
        let new = if again { 0 } else { 45_312 };
        let told = import(&sandbox, "elec2/elec2.csv.gz", "elec2/model.yaml", "elec2");
        let known = 45_312 - new;
        for kind in ["predictions", "outcomes"] {
            let expected = json!({"accepted": new, "duplicates": known, "rejected": 0});
            assert_eq!(told[kind], expected, "{told}");
        }
        import(
            &sandbox,
            "elec2/predictions.parquet",
            "elec2/predictions.yaml",
            "elec2-lightgbm",
        );
    }
    let up = "SELECT count(*), count(DISTINCT prediction_id), sum(CAST(class AS int)) FROM elec2.outcomes";
    assert_eq!(sandbox.sql(up), json!([[45_312, 45_312, 26_075]]));
    let joined = "SELECT count(*), count(DISTINCT p.day) FROM \"elec2-lightgbm\".predictions p \
        JOIN \"elec2-lightgbm\".outcomes o ON o.prediction_id = p.id WHERE p.output_score BETWEEN 0 AND 1";
    assert_eq!(sandbox.sql(joined)[0][0], json!(45_312));
    let days = "SELECT min(time), max(time), count(DISTINCT day) FROM elec2.predictions";
    let days = sandbox.sql(days);
    assert_eq!(days[0][0].as_str().map(|t| &t[..10]), Some("1996-05-07"));
    assert_eq!(days[0][2], json!(944));
}

#[test]
fn bike_sharing_has_the_figures_of_the_data_set_in_every_engine() {
    if data().is_none() {
        return;
    }
    let sandbox = Sandbox::start();
    import(
        &sandbox,
        "bike_sharing/hour.csv.gz",
        "bike_sharing/model.yaml",
        "bike-sharing",
    );
    import(
        &sandbox,
        "bike_sharing/predictions.parquet",
        "bike_sharing/predictions.yaml",
        "bike-sharing-lightgbm",
    );
    let rentals = "SELECT count(*), sum(value) FROM \"bike-sharing\".outcomes";
    assert_eq!(sandbox.sql(rentals), json!([[17_379, 3_292_679.0]]));
    let hours = "SELECT count(*), sum(CAST(input_hr AS int)) FROM \"bike-sharing\".predictions";
    let here = sandbox.sql(hours);
    assert_eq!(here[0][0], json!(17_379));
    sandbox.client().flush().unwrap();
    assert_eq!(
        sandbox.sql(hours),
        here,
        "flushed rows answer as hot ones did"
    );
    let script = r#"
import sys, duckdb, polars
from deltalake import DeltaTable
folder = sys.argv[1]
outcomes, predictions = DeltaTable(folder + "/outcomes"), DeltaTable(folder + "/predictions")
rows = outcomes.to_pyarrow_dataset()
n, total = duckdb.sql("SELECT count(*), sum(value) FROM rows").fetchall()[0]
lazy = polars.scan_delta(folder + "/outcomes").select(polars.len(), polars.col("value").sum()).collect()
table = outcomes.to_pyarrow_table()
assert (n, total) == (17379, 3292679), (n, total)
assert lazy.row(0) == (17379, 3292679.0), lazy
assert table.num_rows == 17379 and table["prediction_id"].null_count == 0
times = polars.from_arrow(predictions.to_pyarrow_table())["time"]
assert str(times.min()) == "2011-01-01 00:00:00+00:00", times.min()
assert str(times.max()) == "2012-12-31 23:00:00+00:00", times.max()
"#;
    let out = python(script, &sandbox.data().join("lake/models/bike-sharing"));
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
}

#[test]
fn an_interrupted_import_resumes_without_duplicates() {
    let mut sandbox = Sandbox::start();
    let file = sandbox.folder().join("history.csv");
    let mut text = String::from("input_x,output_score,time\n");
    for i in 0..150_000 {
        text += &format!(
            "{i},{},2026-01-{:02}T00:00:00Z\n",
            f64::from(i % 100) / 100.0,
            1 + i % 28
        );
    }
    std::fs::write(&file, text).unwrap();
    let arguments = [
        "import",
        file.to_str().unwrap(),
        "--model",
        "churn",
        "--output",
        "json",
    ];
    let resume = sandbox.folder().join("progress");
    let mut rounds = 0;
    loop {
        let mut importer = candor()
            .args(arguments)
            .arg("--resume-file")
            .arg(&resume)
            .env("CANDOR_SERVER", sandbox.url())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        rounds += 1;
        let before = sandbox.sql("SELECT count(*) FROM predictions")[0][0]
            .as_u64()
            .unwrap();
        // It is ended as soon as it has stored something, by its own death or the server's.
        let ended = loop {
            if let Some(status) = importer.try_wait().unwrap() {
                break Some(status);
            }
            let stored = sandbox.sql("SELECT count(*) FROM predictions")[0][0]
                .as_u64()
                .unwrap();
            if stored > before && rounds < 3 {
                break None;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        };
        match ended {
            Some(status) if status.success() => break,
            Some(status) => panic!("{status}"),
            None if rounds == 1 => importer.kill().unwrap(),
            None => {
                sandbox.kill();
                importer.kill().unwrap();
                sandbox.launch();
            }
        }
        importer.wait().unwrap();
    }
    let all = "SELECT count(*), count(DISTINCT input_x), sum(input_x) FROM churn.predictions";
    assert_eq!(
        sandbox.sql(all),
        json!([[150_000, 150_000, 150_000i64 * 149_999 / 2]])
    );
}
