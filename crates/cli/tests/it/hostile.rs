//! Hostile names and secrets: no text becomes a path, no name breaks a table, no secret is repeated.

use crate::http::attempt;
use crate::sandbox::Sandbox;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");
const JSON: (&str, &str) = ("content-type", "application/json");
const YAML: (&str, &str) = ("content-type", "application/yaml");

/// What has led out of a folder elsewhere.
const TRAVERSALS: &[&str] = &[
    "..",
    "../x",
    "../../etc/passwd",
    "..\\x",
    "..\\..\\windows\\win.ini",
    "%2e%2e%2fx",
    "%2e%2e/x",
    "..%2fx",
    "..%5cx",
    "%252e%252e%252fx",
    "..%c0%afx",
    "....//x",
    "..;/x",
    "x;/../y",
    "x?../y",
    "x#../y",
    "x/../../y",
    "/etc/passwd",
    "//host/share",
    "\\\\host\\share",
    "C:\\x",
    "C:/x",
    "file:///etc/passwd",
    "http://attacker.example/x",
    "s3://bucket/x",
    "x\u{0}y",
    "%00",
    "x\ny",
    ".",
    "",
    " ",
    "~/x",
    "$HOME",
    "`id`",
    "x/y",
    ".hidden",
    "CON",
    "x.",
    "\u{2025}/x",
    "\u{ff0e}\u{ff0e}\u{ff0f}x",
    "\u{202e}x",
];

fn encoded(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02x}")).collect()
}

fn files(dir: &Path) -> BTreeSet<PathBuf> {
    let mut all = BTreeSet::new();
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        match entry.path() {
            path if path.is_dir() => all.extend(files(&path)),
            path => all.extend([path]),
        }
    }
    all
}

#[test]
fn no_text_of_a_request_becomes_a_path() {
    let sandbox = Sandbox::start();
    let post = |path: &str, headers: &[(&str, &str)], body: &str| {
        let reply = attempt(sandbox.url(), "POST", path, headers, body.as_bytes());
        let reply = reply.expect("an answer");
        assert!(reply.status < 500, "{path}: {}", reply.text());
        reply
    };
    let row = r#"{"outputs":{"score":1}}"#;
    let long = "x".repeat(300);
    for text in TRAVERSALS.iter().copied().chain([long.as_str()]) {
        for name in [encoded(text), text.replace([' ', '\n', '\0', '#', '?'], "")] {
            post(&format!("/v1/models/{name}/predictions"), &[NDJSON], row);
            sandbox.http("GET", &format!("/v1/models/{name}/schema"), &[], b"");
            sandbox.http("GET", &format!("/v1/specs/Model/{name}"), &[], b"");
            sandbox.http("DELETE", &format!("/v1/specs/Model/{name}"), &[], b"");
            sandbox.http("DELETE", &format!("/v1/tokens/{name}"), &[], b"");
        }
        let hex = encoded(text);
        post(
            &format!("/v1/models/m/predictions?mapping={hex}"),
            &[NDJSON],
            row,
        );
        let everywhere = json!({
            "model": text, "id": text, "version": text, "environment": text, "trace": text,
            "inputs": {text: text}, "outputs": {"score": 1},
        });
        post("/v1/events", &[NDJSON], &everywhere.to_string());
        let in_known_model = json!({
            "model": "m", "id": format!("k-{text}"), "version": text, "environment": text,
            "inputs": {text: text, "_": 1}, "outputs": {"score": 1, text: 2},
        });
        post("/v1/events", &[NDJSON], &in_known_model.to_string());
        let spec = json!({"apiVersion": "candor/v1", "kind": "Model", "metadata": {"name": text}, "spec": {}});
        let path = format!("/v1/specs/Model/{hex}");
        let put = sandbox.http("PUT", &path, &[YAML], spec.to_string().as_bytes());
        assert!(put.status < 500, "{}", put.text());
        let quoted = text.replace('\'', "''");
        let statement = json!({"sql": format!("SELECT * FROM '{quoted}'")}).to_string();
        assert!(post("/v1/sql", &[JSON], &statement).status >= 400, "{text}");
        sandbox.http(
            "GET",
            &format!("/v1/quarantine?cursor={hex}&model={hex}"),
            &[],
            b"",
        );
    }
    sandbox.client().flush().unwrap();
    let allowed = |folder: &str| {
        let name = folder.as_bytes();
        name.iter()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(b))
            && name[0].is_ascii_alphanumeric()
            && !folder.contains("..")
    };
    let models = std::fs::read_dir(sandbox.data().join("lake/models")).unwrap();
    for model in models {
        let model = model.unwrap().file_name().into_string().unwrap();
        assert!(allowed(&model), "{model}");
    }
    // Everything of the server lies in its data directory; beside it are files of this test.
    let outside: Vec<_> = files(sandbox.folder())
        .into_iter()
        .filter(|path| !path.starts_with(sandbox.data()))
        .map(|path| path.strip_prefix(sandbox.folder()).unwrap().to_owned())
        .collect();
    assert_eq!(outside, ["candor.toml", "server.log"].map(PathBuf::from));
}

#[test]
fn a_table_folder_that_is_a_link_leads_nowhere() {
    let mut sandbox = Sandbox::start();
    sandbox.kill();
    let elsewhere = sandbox.folder().join("elsewhere");
    std::fs::create_dir_all(&elsewhere).unwrap();
    let models = sandbox.data().join("lake/models");
    std::fs::create_dir_all(&models).unwrap();
    std::os::unix::fs::symlink(&elsewhere, models.join("m")).unwrap();
    sandbox.launch();
    let row = br#"{"id":"a","outputs":{"score":1}}"#;
    let reply = sandbox.http("POST", "/v1/models/m/predictions", &[NDJSON], row);
    assert_eq!(reply.counts().0, 1, "the row is safe in the log");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(files(&elsewhere), BTreeSet::new());
    assert_eq!(
        sandbox.sql("SELECT count(*) FROM m.predictions"),
        json!([[1]])
    );
}

#[test]
fn hostile_keys_are_data() {
    let mut sandbox = Sandbox::start();
    let megabyte = "k".repeat(1 << 20);
    let keys = [
        "__proto__",
        "constructor",
        "prototype",
        "toString",
        "",
        " ",
        ".",
        "a.b",
        "a/b",
        "a\"b",
        "a'b",
        "a`b",
        "a;b",
        "a=b",
        "a,b",
        "{a}",
        "a%b",
        "a\nb",
        "a\tb",
        "a\u{0}b",
        "\u{202e}evil",
        "\u{feff}a",
        "\u{1b}[31mred",
        "=1+1",
        "SELECT",
        "id",
        "time",
        "\u{1f600}",
        "e\u{301}",
        "\u{e9}",
        "A",
        "a",
        megabyte.as_str(),
    ];
    let mut taken = 0;
    for (n, key) in keys.iter().enumerate() {
        let event = json!({"id": n.to_string(), "inputs": {*key: n}, "outputs": {"score": 1}});
        let body = format!("{event}\n{{\"id\":\"good-{n}\",\"outputs\":{{\"score\":1}}}}");
        let reply = sandbox.http(
            "POST",
            "/v1/models/m/predictions",
            &[NDJSON],
            body.as_bytes(),
        );
        let (accepted, _, codes) = reply.counts();
        assert!(
            accepted + codes.len() as u64 == 2 && accepted >= 1,
            "{key:?}: {codes:?}"
        );
        assert!(accepted == 2 || key.len() > 1000, "{key:?}: {codes:?}");
        taken += accepted;
    }
    let count = "SELECT count(*), count(DISTINCT id) FROM m.predictions";
    assert_eq!(sandbox.sql(count), json!([[taken, taken]]));
    sandbox.client().flush().unwrap();
    assert!(
        !sandbox.log().contains("could not be written"),
        "{}",
        sandbox.log()
    );
    assert_eq!(
        sandbox.sql(count),
        json!([[taken, taken]]),
        "out of the lake"
    );
    assert_eq!(sandbox.stop(), Some(0));
    sandbox.launch();
    assert_eq!(
        sandbox.sql(count),
        json!([[taken, taken]]),
        "after a restart"
    );
    let all = sandbox.sql("SELECT * FROM m.predictions WHERE id = '0'");
    assert!(all.to_string().contains('0'), "{all}");
}

#[test]
fn secrets_are_repeated_nowhere() {
    const SECRET: &str = "canary7f3a9c";
    // Libraries speak up too.
    let mut sandbox =
        Sandbox::prepare("").environment(vec![("CANDOR_LOG".into(), "trace,hyper=trace".into())]);
    sandbox.launch();
    let token = format!("cdr_{SECRET}");
    let bearer = format!("Bearer {token}");
    let secret_headers = [
        ("authorization", bearer.as_str()),
        ("cookie", SECRET),
        ("x-api-key", SECRET),
        ("traceparent", SECRET),
    ];
    let refused = sandbox.http("POST", "/v1/events", &secret_headers, SECRET.as_bytes());
    assert_eq!(refused.status, 401);
    assert!(!refused.text().contains(SECRET), "{}", refused.text());
    let bodies: &[(&str, &str, &str, String)] = &[
        (
            "POST",
            "/v1/models/m/predictions",
            "application/x-ndjson",
            format!("{{\"outputs\":{{\"score\":\"{SECRET}\"}}}}"),
        ),
        (
            "POST",
            "/v1/models/m/predictions",
            "application/x-ndjson",
            format!("{{\"inputs\":{{\"a\":\"{SECRET}"),
        ),
        (
            "POST",
            "/v1/models/m/predictions",
            "application/x-ndjson",
            format!("{{\"time\":\"{SECRET}\",\"outputs\":{{\"score\":1}}}}"),
        ),
        (
            "POST",
            "/v1/models/m/predictions",
            "text/csv",
            format!("id,output_score\na,{SECRET}\n"),
        ),
        (
            "POST",
            "/v1/models/m/predictions",
            "application/vnd.apache.parquet",
            SECRET.to_owned(),
        ),
        (
            "POST",
            "/v1/sql",
            "application/json",
            format!("{{\"sql\": \"{SECRET}\", \"{SECRET}\": 1}}"),
        ),
        (
            "POST",
            "/v1/sql",
            "text/plain",
            format!("SELECT '{SECRET}' FROM nowhere"),
        ),
        (
            "POST",
            "/v1/tokens",
            "application/json",
            format!("{{\"name\":\"{SECRET}\",\"scopes\":[\"{SECRET}\"]}}"),
        ),
        (
            "PUT",
            "/v1/specs/Model/m",
            "application/yaml",
            format!("kind: {SECRET}"),
        ),
    ];
    for (method, path, content_type, body) in bodies {
        let headers = [("content-type", *content_type)];
        let reply = sandbox.http(method, path, &headers, body.as_bytes());
        assert!(reply.status < 500, "{path}: {}", reply.text());
        if path.ends_with("/predictions") {
            // What is rejected is kept for its owner in the quarantine, and told nowhere else.
            assert!(!reply.text().contains(SECRET), "{path}: {}", reply.text());
        }
    }
    sandbox.http("GET", &format!("/v1/models/{SECRET}"), &[], b"");
    sandbox.http("GET", &format!("/v1/quarantine?model={SECRET}"), &[], b"");
    let made = crate::auth::create_offline(&sandbox, "admin");
    let headers = [("authorization", format!("Bearer {made}"))];
    let headers = headers
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    assert_eq!(sandbox.http("GET", "/v1/models", &headers, b"").status, 200);
    let metrics = sandbox.http("GET", "/metrics", &headers, b"").text();
    assert_eq!(sandbox.stop(), Some(0));
    let log = sandbox.log();
    assert!(
        log.contains("TRACE") || log.contains("DEBUG"),
        "nothing was logged"
    );
    for secret in [SECRET, made.as_str()] {
        let lines: Vec<_> = log.lines().filter(|line| line.contains(secret)).collect();
        assert!(lines.is_empty(), "{lines:#?}");
        assert!(!metrics.contains(secret));
    }
}

#[test]
fn endless_and_huge_heads_are_cut_off() {
    let sandbox = Sandbox::start();
    let huge = "x".repeat(1 << 20);
    let many: Vec<(String, &str)> = (0..2000).map(|n| (format!("x-h{n}"), "x")).collect();
    let many: Vec<(&str, &str)> = many
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    for headers in [&[("baggage", huge.as_str())][..], &many] {
        // It may just hang up, but it does not die.
        let reply = attempt(sandbox.url(), "GET", "/v1/models", headers, b"");
        assert!(reply.is_none_or(|r| (400..500).contains(&r.status)));
        assert_eq!(sandbox.http("GET", "/v1/models", &[], b"").status, 200);
    }
    let long = format!("/v1/models/{}", "x".repeat(1 << 20));
    let reply = attempt(sandbox.url(), "GET", &long, &[], b"");
    assert!(reply.is_none_or(|r| (400..500).contains(&r.status)));
    assert_eq!(sandbox.http("GET", "/v1/models", &[], b"").status, 200);
}

#[test]
fn a_spreadsheet_runs_nothing_of_a_csv_answer() {
    let sandbox = Sandbox::start();
    let formulas = [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "\tx",
        "\rx",
        "\u{ff1d}1",
        "plain",
        "'quoted",
        "a=b",
    ];
    let rows: String = (0..)
        .zip(formulas)
        .map(|(n, text)| {
            json!({"id": n.to_string(), "inputs": {"t": text}, "outputs": {"class": text}})
                .to_string()
                + "\n"
        })
        .collect();
    let reply = sandbox.http(
        "POST",
        "/v1/models/m/predictions",
        &[NDJSON],
        rows.as_bytes(),
    );
    assert_eq!(reply.counts().0, 10);
    let statements = [
        "SELECT input_t, output_class FROM m.predictions ORDER BY id",
        "SELECT arrow_cast(input_t, 'LargeUtf8'), arrow_cast(output_class, 'Utf8View') FROM m.predictions ORDER BY id",
        "SELECT arrow_cast(input_t, 'Dictionary(Int32, Utf8)'), output_class FROM m.predictions ORDER BY id",
        "SELECT input_t AS \"=evil\", output_class AS \"@evil\" FROM m.predictions ORDER BY id",
    ];
    for statement in statements {
        let headers = [("content-type", "text/plain"), ("accept", "text/csv")];
        let reply = sandbox.http("POST", "/v1/sql", &headers, statement.as_bytes());
        assert_eq!(reply.status, 200, "{statement}: {}", reply.text());
        for cell in reply
            .text()
            .split(['\n', ','])
            .map(|c| c.trim_start_matches('"'))
        {
            let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\u{ff1d}']);
            assert!(!risky, "{statement}: {cell:?} in {}", reply.text());
        }
    }
}
