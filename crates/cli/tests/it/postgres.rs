//! A server whose catalog is a PostgreSQL, which dies and comes back under it.

use crate::engines::{absent, repository};
use crate::http::Reply;
use crate::sandbox::Sandbox;
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A PostgreSQL of one test.
struct Postgres {
    url: String,
    input: ChildStdin,
    said: BufReader<ChildStdout>,
    _process: Child,
}

impl Postgres {
    /// `None` where it is not installed, which is an error only in continuous integration.
    fn start() -> Option<Self> {
        let mut process = Command::new(repository().join("scripts/postgres.sh"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut postgres = Self {
            url: String::new(),
            input: process.stdin.take().unwrap(),
            said: BufReader::new(process.stdout.take().unwrap()),
            _process: process,
        };
        let said = postgres.listen();
        match said.strip_prefix("ready ") {
            Some(url) => url.clone_into(&mut postgres.url),
            None => {
                absent("PostgreSQL: run `make setup` once");
                return None;
            }
        }
        Some(postgres)
    }

    fn listen(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn tell(&mut self, word: &str) {
        writeln!(self.input, "{word}").unwrap();
        assert!(!self.listen().is_empty(), "it ended");
    }

    /// It dies without warning.
    fn down(&mut self) {
        self.tell("down");
    }

    fn up(&mut self) {
        self.tell("up");
    }

    /// Settings of a server that uses it.
    fn config(&self) -> String {
        format!("catalog = \"{}\"\n", self.url)
    }
}

const JSON: (&str, &str) = ("content-type", "application/json");

fn send(sandbox: &Sandbox, model: &str, token: &str, event: &str) -> Reply {
    let bearer = format!("Bearer {token}");
    let mut headers = vec![JSON];
    if !token.is_empty() {
        headers.push(("authorization", &bearer));
    }
    let path = format!("/v1/models/{model}/predictions");
    sandbox.http("POST", &path, &headers, event.as_bytes())
}

fn event(id: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"version\":\"v1\",\"inputs\":{{\"x\":1}},\"outputs\":{{\"score\":0.5}}}}"
    )
}

#[test]
fn a_server_keeps_models_specs_and_tokens_in_postgres() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let mut sandbox = Sandbox::with_config(&postgres.config());
    assert_eq!(send(&sandbox, "m", "", &event("a")).counts().0, 1);
    let spec = br#"{"apiVersion":"candor/v1","kind":"Model","metadata":{"name":"m","owner":"team"},"spec":{"task":"binary"}}"#;
    let put = sandbox.http("PUT", "/v1/specs/Model/m", &[JSON], spec);
    assert!(put.status < 300, "{}", put.text());
    let data = sandbox.data();
    let (data, config) = (
        data.to_str().unwrap(),
        sandbox.folder().join("candor.toml").display().to_string(),
    );
    let made = sandbox.candor(&[
        "token", "create", "--data", data, "--config", &config, "--name", "t", "--scope", "admin",
    ]);
    assert!(made.status.success(), "{made:?}");
    let token = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    for graceful in [true, false] {
        if graceful {
            assert_eq!(sandbox.stop(), Some(0), "{}", sandbox.log());
        } else {
            sandbox.kill();
        }
        sandbox.launch();
        let bearer = format!("Bearer {token}");
        let read = |path: &str| sandbox.http("GET", path, &[("authorization", &bearer)], b"");
        assert_eq!(read("/v1/models/m").json()["state"], json!("registered"));
        let kept = read("/v1/specs/Model/m");
        assert_eq!(kept.status, 200, "{}", kept.text());
        assert_eq!(send(&sandbox, "m", &token, &event("a")).counts().1, 1);
        assert_eq!(send(&sandbox, "m", "", &event("b")).status, 401);
    }
    assert!(!sandbox.data().join("catalog.sqlite").exists());
    assert_eq!(sandbox.stop(), Some(0));
    let doctor = sandbox.candor(&["doctor", "--data", data, "--config", &config]);
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(
        doctor.status.success() && said.contains("catalog"),
        "{said}"
    );
    // Without its settings the directory is not taken for one with a catalog of its own.
    let refused = sandbox.candor(&["token", "list", "--data", data]);
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains("postgres") && said.contains("--config"),
        "{said}"
    );
}

#[test]
fn findings_and_receipts_of_erasures_are_kept_in_postgres() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let mut sandbox = Sandbox::with_config(&postgres.config());
    let event = r#"{"id":"a","subject":"ann","inputs":{"note":"ann@example.org"}}"#;
    assert_eq!(send(&sandbox, "m", "", event).counts().0, 1);
    let findings = sandbox.client().read("/v1/models/m/privacy").unwrap();
    assert_eq!(findings[0]["kinds"], json!({"email": 1}));
    let receipt = sandbox.client().erase("ann", None).unwrap();
    assert_eq!(receipt["rows"], 1, "{receipt}");
    assert_eq!(sandbox.stop(), Some(0), "{}", sandbox.log());
    sandbox.launch();
    let kept = sandbox.client().read("/v1/models/m/privacy").unwrap();
    assert_eq!(kept, findings);
    let receipts = sandbox.client().read("/v1/erasures").unwrap();
    assert_eq!(receipts["items"], json!([receipt]));
}

#[test]
fn while_postgres_is_away_known_senders_are_served_and_it_is_told_to_the_others() {
    let Some(mut postgres) = Postgres::start() else {
        return;
    };
    let sandbox = Sandbox::with_config(&postgres.config());
    let config = sandbox.folder().join("candor.toml").display().to_string();
    let data = sandbox.data();
    let made = sandbox.candor(&[
        "token",
        "create",
        "--data",
        data.to_str().unwrap(),
        "--config",
        &config,
        "--name",
        "t",
        "--scope",
        "ingest,read",
    ]);
    let token = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    let bearer = format!("Bearer {token}");
    // The server learns of the first token within two seconds.
    while send(&sandbox, "m", "", &event("0")).status != 401 {}
    assert_eq!(send(&sandbox, "m", &token, &event("a")).status, 200);
    postgres.down();
    // Longer than any answer of the catalog is trusted by itself.
    std::thread::sleep(std::time::Duration::from_millis(2_500));
    for id in 0..20 {
        let reply = send(&sandbox, "m", &token, &event(&format!("b{id}")));
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    for (what, reply) in [
        ("a new model", send(&sandbox, "new", &token, &event("c"))),
        (
            "an unknown token",
            send(&sandbox, "m", "cdr_other", &event("d")),
        ),
        (
            "a list of models",
            sandbox.http("GET", "/v1/models", &[("authorization", &bearer)], b""),
        ),
    ] {
        assert_eq!(reply.status, 503, "{what}: {}", reply.text());
        assert_eq!(reply.json()["code"], json!("catalog_unavailable"), "{what}");
        assert!(reply.header("retry-after").is_some(), "{what}");
    }
    postgres.up();
    let mut reply = send(&sandbox, "new", &token, &event("c"));
    for _ in 0..100 {
        if reply.status == 200 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
        reply = send(&sandbox, "new", &token, &event("c"));
    }
    assert_eq!(reply.status, 200, "{}", reply.text());
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "text/plain"),
    ];
    let all = b"SELECT count(*), count(DISTINCT id) FROM m.predictions WHERE id <> '0'";
    let rows = sandbox.http("POST", "/v1/sql", &headers, all);
    assert_eq!(rows.json()["rows"], json!([[21, 21]]), "{}", rows.text());
}

#[test]
fn a_postgres_that_cannot_be_reached_is_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("candor.toml");
    let url = "postgres://ann:s3cr3t@127.0.0.1:1/candor";
    std::fs::write(&config, format!("catalog = \"{url}\"\n")).unwrap();
    let out = crate::sandbox::candor()
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("data"))
        .arg("--config")
        .arg(&config)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(!out.status.success());
    assert!(
        said.contains("cannot be reached") && !said.contains("s3cr3t"),
        "{said}"
    );
}
