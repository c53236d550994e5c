//! Every command: what it prints, in which form, and how it ends.

use crate::sandbox::{Sandbox, candor};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

const MODEL: &str = "apiVersion: candor/v1
kind: Model
metadata: {name: loan, owner: risk}
spec: {task: binary}
";

fn stdout(out: &Output) -> String {
    String::from_utf8(out.stdout.clone()).unwrap()
}

fn stderr(out: &Output) -> String {
    String::from_utf8(out.stderr.clone()).unwrap()
}

/// Exit code, and standard output as JSON.
fn parsed(out: &Output) -> (i32, Value) {
    let json = serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {out:?}"));
    (out.status.code().unwrap(), json)
}

/// Runs without any server.
fn alone(args: &[&str]) -> Output {
    let mut command = candor();
    command.env("CANDOR_SERVER", "http://127.0.0.1:1");
    command.args(args).stdin(Stdio::null()).output().unwrap()
}

fn written(sandbox: &Sandbox, name: &str, text: &str) -> String {
    let path: PathBuf = sandbox.folder().join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn seed(sandbox: &Sandbox) {
    let rows: Vec<String> = (0..3)
        .map(|i| {
            format!(
                r#"{{"model":"loan","id":"{i}","inputs":{{"x":{i}}},"outputs":{{"score":0.5}}}}"#
            )
        })
        .collect();
    assert_eq!(
        sandbox
            .client()
            .events(rows.join("\n").as_bytes())
            .unwrap()
            .accepted,
        3
    );
}

#[test]
fn help_names_every_command_and_completions_exist_for_every_shell() {
    let help = stdout(&alone(&["--help"]));
    let list = help.split("Commands:\n").nth(1).unwrap();
    // A long description goes on below, further to the right.
    let list = list.lines().take_while(|line| !line.is_empty());
    let names = list.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let commands: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    assert!(commands.len() > 20 && commands.contains(&"tune"), "{help}");
    for command in commands.into_iter().filter(|name| *name != "help") {
        let own = alone(&[command, "--help"]);
        assert_eq!(own.status.code(), Some(0), "{command}");
        assert!(stdout(&own).contains("Example"), "{command}");
    }
    assert!(!help.contains("sql-worker"), "{help}");
    assert!(help.contains("Exit codes"), "{help}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let out = alone(&["completions", shell]);
        assert_eq!(out.status.code(), Some(0), "{shell}");
        assert!(stdout(&out).contains("import"), "{shell}");
    }
    assert_eq!(
        stdout(&alone(&["--version"])).trim(),
        concat!("candor ", env!("CARGO_PKG_VERSION"))
    );
    for wrong in [
        &["frobnicate"][..],
        &["sql"],
        &["import", "x.csv"],
        &["serve", "--listen", "here"],
    ] {
        assert_eq!(alone(wrong).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn without_a_server_commands_say_so_and_end_with_three() {
    let spec = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    std::fs::write(spec.path(), MODEL).unwrap();
    let file = spec.path().display().to_string();
    for args in [
        &["sql", "SELECT 1"][..],
        &["get"],
        &["export"],
        &["apply", "-f", &file],
        &["diff", "-f", &file],
        &["delete", "Model", "loan"],
        &["token", "list"],
    ] {
        let out = alone(args);
        assert_eq!(out.status.code(), Some(3), "{args:?}: {out:?}");
        let told = stderr(&out);
        assert!(
            told.starts_with("error[") && told.contains("127.0.0.1:1"),
            "{args:?}: {told}"
        );
    }
    let (code, findings) = parsed(&alone(&["doctor", "--output", "json"]));
    assert_eq!((code, &findings[0]["level"]), (1, &json!("error")));
}

#[test]
fn sql_answers_as_table_csv_json_arrow_and_parquet() {
    let sandbox = Sandbox::start();
    seed(&sandbox);
    let statement = "SELECT id, input_x FROM loan.predictions ORDER BY id";
    let table = sandbox.candor(&["sql", statement]);
    let text = stdout(&table);
    assert!(
        text.contains("input_x") && stderr(&table).contains("3 rows in"),
        "{table:?}"
    );
    let csv = sandbox.candor(&["sql", "--output", "csv", statement]);
    assert_eq!(
        stdout(&csv).replace('\r', ""),
        "id,input_x\n0,0\n1,1\n2,2\n"
    );
    let (code, told) = parsed(&sandbox.candor(&["sql", "--output", "json", statement]));
    assert_eq!(
        (code, &told["rows"]),
        (0, &json!([["0", 0], ["1", 1], ["2", 2]]))
    );
    let cut = sandbox.candor(&["sql", "--max-rows", "2", statement]);
    assert!(stderr(&cut).contains("cut at the limit"), "{cut:?}");
    let file = sandbox.folder().join("answer.arrow");
    let path = file.display().to_string();
    let out = sandbox.candor(&["sql", "--output", "arrow-file", "--file", &path, statement]);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    let reader =
        arrow_ipc::reader::StreamReader::try_new(std::fs::File::open(file).unwrap(), None).unwrap();
    assert_eq!(reader.map(|b| b.unwrap().num_rows()).sum::<usize>(), 3);
    let file = sandbox.folder().join("answer.parquet");
    let path = file.display().to_string();
    let whole = "SELECT * FROM loan.predictions";
    for (statement, rows) in [
        (whole, 3),
        ("SELECT * FROM loan.predictions WHERE false", 0),
    ] {
        let out = sandbox.candor(&[
            "sql",
            "--output",
            "parquet-file",
            "--file",
            &path,
            statement,
        ]);
        assert_eq!(out.status.code(), Some(0), "{out:?}");
        let read = std::fs::File::open(&file).unwrap();
        let read = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(read);
        let read = read.unwrap().build().unwrap().map(Result::unwrap);
        let batches: Vec<_> = read.collect();
        assert_eq!(batches.iter().map(|b| b.num_rows()).sum::<usize>(), rows);
    }
    let nowhere = sandbox.candor(&["sql", "--output", "parquet-file", whole]);
    assert_eq!(nowhere.status.code(), Some(2), "a Parquet file has a name");
    let wrong = sandbox.candor(&["sql", "SELECT nothing FROM loan.predictions"]);
    assert_eq!(wrong.status.code(), Some(2), "the statement's fault");
    assert!(
        stderr(&wrong).starts_with("error[sql_unknown_column]"),
        "{wrong:?}"
    );
}

#[test]
fn sql_reads_a_data_directory_with_and_without_its_server() {
    let mut sandbox = Sandbox::start();
    seed(&sandbox);
    let data = sandbox.data().display().to_string();
    let ask = |sandbox: &Sandbox| {
        let out = sandbox.candor(&[
            "sql",
            "--data",
            &data,
            "--output",
            "csv",
            "SELECT count(*) AS n FROM predictions",
        ]);
        (out.status.code(), stdout(&out).replace('\r', ""))
    };
    assert_eq!(ask(&sandbox), (Some(0), "n\n3\n".to_owned()));
    sandbox.kill();
    assert_eq!(
        ask(&sandbox),
        (Some(0), "n\n3\n".to_owned()),
        "after a kill, by its own hands"
    );
    sandbox.launch();
    assert_eq!(ask(&sandbox), (Some(0), "n\n3\n".to_owned()));
}

#[test]
fn objects_are_applied_compared_shown_exported_and_deleted() {
    let sandbox = Sandbox::start();
    let file = written(&sandbox, "loan.yaml", MODEL);
    let run = |args: &[&str]| sandbox.candor(args);
    let changed = |args: &[&str]| {
        let (code, told) = parsed(&run(args));
        (
            code,
            told[0]["changed"].clone(),
            told[0]["revision"].clone(),
        )
    };
    let json = ["--output", "json"];
    assert_eq!(
        changed(&["diff", "-f", &file, json[0], json[1]]).0,
        1,
        "it differs"
    );
    let dry = changed(&["apply", "--dry-run", "-f", &file, json[0], json[1]]);
    assert_eq!(dry, (0, json!(true), json!(0)));
    assert_eq!(
        run(&["get", "Model", "loan"]).status.code(),
        Some(2),
        "a dry run stores nothing"
    );
    let apply = ["apply", "-f", &file, "--output", "json"];
    assert_eq!(changed(&apply), (0, json!(true), json!(1)));
    assert_eq!(changed(&apply), (0, json!(false), json!(1)));
    assert_eq!(run(&["diff", "-f", &file]).status.code(), Some(0));
    assert_eq!(
        stdout(&run(&["apply", "-f", &file])).trim(),
        "= Model loan  unchanged"
    );

    let (code, shown) = parsed(&run(&["get", "Model", "loan", "--output", "json"]));
    assert_eq!(
        (code, &shown["object"]["spec"]["task"]),
        (0, &json!("binary"))
    );
    let (_, all) = parsed(&run(&["get", "--output", "json"]));
    assert_eq!(all.as_array().unwrap().len(), 1);
    assert!(stdout(&run(&["get"])).contains("loan"));

    let exported = sandbox.folder().join("all.yaml").display().to_string();
    assert_eq!(run(&["export", "-f", &exported]).status.code(), Some(0));
    let diff = run(&["diff", "-f", &exported]);
    assert_eq!(
        diff.status.code(),
        Some(0),
        "what is exported is what is there: {diff:?}"
    );
    let deleted = run(&["delete", "Model", "loan"]);
    assert_eq!(
        (deleted.status.code(), stdout(&deleted).trim()),
        (Some(0), "- Model loan")
    );
    assert_eq!(run(&["delete", "Model", "loan"]).status.code(), Some(2));
    assert_eq!(stdout(&run(&["export"])), "");
    assert_eq!(
        run(&["apply", "-f", &exported]).status.code(),
        Some(0),
        "an export can be applied"
    );
    assert_eq!(run(&["delete", "-f", &exported]).status.code(), Some(0));
    let broken = written(&sandbox, "broken.yaml", &MODEL.replace("task", "tusk"));
    let out = run(&["apply", "-f", &broken]);
    assert_eq!(out.status.code(), Some(2));
    assert!(
        stderr(&out).contains("broken.yaml") && stderr(&out).contains("tusk"),
        "{out:?}"
    );
    assert_eq!(run(&["apply", "-f", "absent.yaml"]).status.code(), Some(2));
}

#[test]
fn check_finds_what_a_server_would_reject() {
    let sandbox = Sandbox::start();
    let good = written(
        &sandbox,
        "good.ndjson",
        "{\"model\":\"m\",\"outputs\":{\"score\":1}}\n",
    );
    let bad = written(
        &sandbox,
        "bad.ndjson",
        "{\"model\":\"m\",\"outputs\":{\"score\":1}}\n\n{\"model\":\"m\",\"outputs\":{\"score\":\"x\"}}\n",
    );
    let spec = written(&sandbox, "loan.yaml", MODEL);
    let (code, told) = parsed(&alone(&["check", &good, &spec, "--output", "json"]));
    assert_eq!(
        (code, &told["rows"], &told["objects"], &told["problems"]),
        (0, &json!(1), &json!(1), &json!([]))
    );
    let (code, told) = parsed(&alone(&["check", &good, &bad, "--output", "json"]));
    let problem = &told["problems"][0];
    assert_eq!(
        (code, &problem["code"], &problem["line"], &problem["file"]),
        (1, &json!("type_mismatch"), &json!(3), &json!(bad))
    );
    let rows = std::fs::read(&bad).unwrap();
    assert_eq!(
        sandbox.client().events(&rows).unwrap().rejected_count,
        1,
        "the server agrees"
    );
    assert_eq!(alone(&["check", "absent.ndjson"]).status.code(), Some(2));
}

#[test]
fn the_doctor_examines_a_server_and_a_data_directory() {
    let mut sandbox = Sandbox::start();
    seed(&sandbox);
    sandbox.client().flush().unwrap();
    let levels = |out: &Output| {
        let (code, findings) = parsed(out);
        let all = findings.as_array().unwrap().clone();
        assert!(!all.is_empty());
        (code, all.iter().all(|f| f["level"] == "ok"))
    };
    assert_eq!(
        levels(&sandbox.candor(&["doctor", "--output", "json"])),
        (0, true)
    );
    let data = sandbox.data().display().to_string();
    let in_use = alone(&["doctor", "--data", &data]);
    assert_eq!(in_use.status.code(), Some(1));
    assert!(
        stdout(&in_use).contains("another process is using"),
        "{in_use:?}"
    );
    assert_eq!(sandbox.stop(), Some(0));
    let own = alone(&["doctor", "--data", &data, "--output", "json"]);
    assert_eq!(levels(&own), (0, true), "{own:?}");
    let absent = alone(&["doctor", "--data", "/nowhere/at/all"]);
    assert_eq!(absent.status.code(), Some(1));
    assert!(stdout(&absent).contains("does not exist"), "{absent:?}");
}

#[test]
fn a_server_refuses_a_directory_in_use_a_port_in_use_and_wrong_settings() {
    let sandbox = Sandbox::start();
    let data = sandbox.data().display().to_string();
    let other = sandbox.folder().join("other").display().to_string();
    let address = sandbox.url().trim_start_matches("http://");
    let unknown = written(&sandbox, "unknown.toml", "[sql]\nrow_max = 5\n");
    let broken = written(&sandbox, "broken.toml", "listen = ");
    let cases = [
        (
            vec!["--data", &data, "--listen", "127.0.0.1:0"],
            3,
            "another process is using",
        ),
        (vec!["--data", &other, "--listen", address], 3, address),
        (vec!["--data", &other, "--config", &unknown], 2, "row_max"),
        (
            vec!["--data", &other, "--config", &broken],
            2,
            "broken.toml",
        ),
        (
            vec!["--data", &other, "--config", "absent.toml"],
            2,
            "absent.toml",
        ),
        (
            vec!["--data", "/proc/nowhere", "--listen", "127.0.0.1:0"],
            3,
            "/proc/nowhere",
        ),
    ];
    for (args, code, word) in cases {
        let out = alone(&[&["serve"], &args[..]].concat());
        assert_eq!(out.status.code(), Some(code), "{args:?}: {out:?}");
        assert!(stderr(&out).contains(word), "{args:?}: {out:?}");
    }
    assert_eq!(
        sandbox.sql("SELECT 1"),
        json!([[1]]),
        "the first one goes on"
    );
}

#[test]
fn a_server_that_is_asked_to_end_finishes_and_keeps_everything() {
    let mut sandbox = Sandbox::start();
    for round in 1..=3 {
        let row = format!(r#"{{"model":"m","id":"{round}","outputs":{{"score":1}}}}"#);
        assert_eq!(sandbox.client().events(row.as_bytes()).unwrap().accepted, 1);
        assert_eq!(sandbox.stop(), Some(0), "{}", sandbox.log());
        assert!(
            !sandbox.data().join("server.json").exists(),
            "no trace of a server that ended"
        );
        sandbox.launch();
        assert_eq!(
            sandbox.sql("SELECT count(*), count(DISTINCT id) FROM predictions"),
            json!([[round, round]])
        );
    }
    let log = sandbox.log();
    assert!(!log.contains("ERROR") && !log.contains("WARN"), "{log}");
}

#[test]
fn a_statement_may_come_over_standard_input() {
    let sandbox = Sandbox::start();
    seed(&sandbox);
    let mut shell = Command::new("sh");
    let program = candor().get_program().to_owned();
    let out = shell
        .args([
            "-c",
            "echo 'SELECT sum(input_x) AS s FROM loan.predictions' | \"$0\" sql --output csv -",
        ])
        .arg(program)
        .env("CANDOR_SERVER", sandbox.url())
        .output()
        .unwrap();
    assert_eq!(stdout(&out).replace('\r', ""), "s\n3\n", "{out:?}");
}
