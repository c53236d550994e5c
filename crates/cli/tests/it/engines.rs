//! Other engines over the lake's Delta tables: Python's deltalake, polars and duckdb.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Reads one Delta table with three engines and prints what each saw, as JSON.
const READ: &str = r#"
import json, sys
import deltalake, duckdb, polars
from deltalake import DeltaTable

folder, number, group = sys.argv[1:4]
table = DeltaTable(folder)
files = table.file_uris()

def by_arrow():
    rows = table.to_pyarrow_table()
    groups = rows.group_by(group).aggregate([(group, "count")]).to_pydict()
    time = rows.column("time").cast("int64").to_pylist()
    return {
        "rows": rows.num_rows,
        "ids": len(set(rows.column("id").to_pylist())),
        "sum": round(sum(v for v in rows.column(number).to_pylist() if v is not None), 4),
        "from": min(time), "to": max(time),
        "without_version": rows.column("version").null_count,
        "groups": dict(sorted((str(k), v) for k, v in zip(groups[group], groups[group + "_count"]) if k is not None)),
        "time_type": str(rows.schema.field("time").type),
    }

def by_polars():
    rows = polars.scan_delta(folder).collect()
    groups = rows.drop_nulls(group).group_by(group).len().rows()
    time = rows["time"].dt.epoch("us")
    return {
        "rows": rows.height,
        "ids": rows["id"].n_unique(),
        "sum": round(rows[number].sum(), 4),
        "from": time.min(), "to": time.max(),
        "without_version": rows["version"].null_count(),
        "groups": dict(sorted((str(k), v) for k, v in groups)),
        "time_type": str(rows.schema["time"]),
    }

def by_duckdb():
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    scan = con.read_parquet(files, hive_partitioning=True, union_by_name=True)
    con.register("t", scan)
    one = con.sql(f"""SELECT count(*), count(DISTINCT id), round(sum("{number}"), 4),
        min(epoch_us(time)), max(epoch_us(time)), count(*) FILTER (version IS NULL), any_value(typeof(time)) FROM t""").fetchall()[0]
    groups = con.sql(f'SELECT "{group}", count(*) FROM t WHERE "{group}" IS NOT NULL GROUP BY 1').fetchall()
    return {
        "rows": one[0], "ids": one[1], "sum": float(one[2]), "from": one[3], "to": one[4],
        "without_version": one[5], "time_type": one[6],
        "groups": dict(sorted((str(k), v) for k, v in groups)),
    }

print(json.dumps({"deltalake": by_arrow(), "polars": by_polars(), "duckdb": by_duckdb()}))
"#;

/// Counts rows and distinct ids with deltalake alone.
const COUNT: &str = r#"
import json, sys
from deltalake import DeltaTable
ids = DeltaTable(sys.argv[1]).to_pyarrow_table(columns=["id"]).column("id").to_pylist()
print(json.dumps([len(ids), len(set(ids))]))
"#;

/// The names of the engines, as [`read`] reports them.
pub const ENGINES: [&str; 3] = ["deltalake", "polars", "duckdb"];

/// The top of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
        .to_owned()
}

/// What each engine sees in a Delta table: rows, ids, the sum of a column, the rows by group.
pub fn read(table: &Path, number: &str, group: &str) -> Option<Value> {
    run(READ, table, &[number, group])
}

/// Rows and distinct ids of a Delta table.
pub fn count(table: &Path) -> Option<Value> {
    run(COUNT, table, &[])
}

/// `None` where Python is not set up, which is an error only where everything must be.
fn run(script: &str, table: &Path, args: &[&str]) -> Option<Value> {
    let python = repository().join(".venv/bin/python");
    if !python.exists() {
        absent(&format!("{}: run `make test` once", python.display()));
        return None;
    }
    let out = Command::new(python)
        .args(["-c", script])
        .arg(table)
        .args(args)
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    Some(serde_json::from_slice(&out.stdout).unwrap())
}

/// Something that the test needs is not on this machine: told, and an error in CI.
pub fn absent(what: &str) {
    assert!(
        std::env::var_os("CI").is_none_or(|v| v != "true"),
        "absent: {what}"
    );
    eprintln!("SKIPPED for want of {what}");
}
