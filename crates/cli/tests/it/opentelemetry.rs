//! OpenTelemetry's traces, as its own exporters and others send them.

use crate::auth::{create_offline, wait_for_401};
use crate::engines::{absent, repository};
use crate::http::Reply;
use crate::sandbox::Sandbox;
use serde_json::{Value, json};
use std::process::{Command, Output};

const JSON: (&str, &str) = ("content-type", "application/json");
const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");

/// An export that OpenTelemetry's own protocol buffers wrote; see `crates/otlp/src/tests/golden/make.py`.
fn golden(name: &str) -> Vec<u8> {
    let folder = repository().join("crates/otlp/src/tests/golden");
    std::fs::read(folder.join(name)).unwrap()
}

fn post(sandbox: &Sandbox, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    sandbox.http("POST", "/v1/traces", headers, body)
}

/// An export of one span for each number, as JSON.
fn export(numbers: std::ops::Range<u64>, now_us: i64) -> Value {
    let span = |n: u64| {
        json!({
            "traceId": format!("{:032x}", n / 10 + 1), "spanId": format!("{:016x}", n + 1), "name": "chat m",
            "kind": 3, "startTimeUnixNano": format!("{now_us}000"), "endTimeUnixNano": format!("{}000", now_us + 1500),
            "attributes": [
                {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
                {"key": "gen_ai.request.model", "value": {"stringValue": "m"}},
                {"key": "gen_ai.usage.input_tokens", "value": {"intValue": n.to_string()}},
            ],
        })
    };
    let spans: Vec<Value> = numbers.map(span).collect();
    json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})
}

fn send(sandbox: &Sandbox, numbers: std::ops::Range<u64>) -> Reply {
    let body = export(numbers, sandbox.now_us()).to_string();
    post(sandbox, &[JSON], body.as_bytes())
}

#[test]
fn spans_are_rows_and_answers_of_models_are_predictions_whatever_the_form() {
    let sandbox = Sandbox::start();
    let none = sandbox.sql("SELECT count(*) FROM spans");
    assert_eq!(
        none,
        json!([[0]]),
        "the table is there before its first row"
    );
    let reply = post(&sandbox, &[JSON], &golden("current.json"));
    assert_eq!((reply.status, reply.text()), (200, "{}".to_owned()));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    // The same spans once more, in the other form.
    let reply = post(&sandbox, &[PROTOBUF], &golden("current.pb"));
    assert_eq!((reply.status, reply.body.len()), (200, 0));
    assert_eq!(reply.header("content-type"), Some("application/x-protobuf"));
    for name in ["previous.pb", "openinference.pb"] {
        assert_eq!(post(&sandbox, &[PROTOBUF], &golden(name)).status, 200);
    }
    let spans = "SELECT count(*), count(DISTINCT span_id), count(DISTINCT trace_id) FROM spans";
    let before = sandbox.sql(spans);
    assert_eq!(before[0][0], 15);
    assert_eq!(before[0][1], 15);
    let models = "SELECT model, count(*), sum(usage_input_tokens) FROM predictions GROUP BY model ORDER BY model";
    let told = sandbox.sql(models);
    assert_eq!(
        told,
        json!([
            ["claude-3-5-sonnet-20241022", 1, null],
            ["gpt-4o", 2, 1000],
            ["gpt-4o-mini", 1, 100],
            ["mistral-large-latest", 1, 30],
            ["text-embedding-3-small", 1, 8],
        ])
    );
    let one = sandbox.sql(
        "SELECT p.id, p.version, p.environment, p.segment_service, p.latency_ms, p.status, p.usage_cost_usd, \
         s.duration_ms, s.service_name, s.cost_source \
         FROM \"gpt-4o\".predictions p JOIN spans s ON p.trace_id = s.trace_id AND p.span_id = s.span_id \
         WHERE p.status = 'ok'",
    );
    assert_eq!(
        one,
        json!([[
            "0000000000000000000000000000abc0-000000000000f002",
            "gpt-4o-2024-08-06",
            "staging",
            "shop-assistant",
            250.5,
            "ok",
            0.004,
            250.5,
            "shop-assistant",
            "2026-12-01"
        ]])
    );
    sandbox.http("POST", "/v1/flush", &[], b"");
    assert_eq!(sandbox.sql(spans), before, "in the lake as in the log");
    assert_eq!(sandbox.sql(models), told);
    let again = post(&sandbox, &[PROTOBUF], &golden("current.pb"));
    assert_eq!(again.status, 200);
    assert_eq!(sandbox.sql(spans), before);
}

#[test]
fn content_stays_away_until_a_policy_keeps_it_and_is_masked_then() {
    let sandbox = Sandbox::start();
    let secret = "write to jane.doe@example.com";
    let export = |n: u64| {
        let mut export = export(n..n + 1, sandbox.now_us());
        let attributes = &mut export["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"];
        let more = [
            json!({"key": "gen_ai.prompt.0.content", "value": {"stringValue": secret}}),
            json!({"key": "gen_ai.completion.0.content", "value": {"stringValue": "Done."}}),
            json!({"key": "user.id", "value": {"stringValue": "jane"}}),
        ];
        attributes.as_array_mut().unwrap().extend(more);
        export.to_string()
    };
    assert_eq!(post(&sandbox, &[JSON], export(0).as_bytes()).status, 200);
    let metrics = sandbox.http("GET", "/metrics", &[], b"").text();
    assert!(metrics.contains("content_dropped_total 2"), "{metrics}");
    let policy = "apiVersion: candor/v1\nkind: Policy\nmetadata: {name: content}\nspec:\n  privacy: {content: keep}\n";
    let yaml = [("content-type", "application/yaml")];
    let put = sandbox.http("PUT", "/v1/specs/Policy/content", &yaml, policy.as_bytes());
    assert!(put.status < 300, "{}", put.text());
    assert_eq!(post(&sandbox, &[JSON], export(1).as_bytes()).status, 200);
    let rows = sandbox.sql(
        "SELECT input_text, output_text, subject FROM m.predictions ORDER BY usage_input_tokens",
    );
    assert_eq!((&rows[0][0], &rows[0][1]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&rows[1][0], &rows[1][1]),
        (&json!("write to [email]"), &json!("Done."))
    );
    let subject = rows[1][2].as_str().unwrap();
    assert!(subject.starts_with("sub_"), "{subject}");
    let spans = sandbox
        .sql("SELECT input, attributes, subject, content_dropped FROM spans ORDER BY input_tokens");
    assert_eq!((&spans[0][0], &spans[0][3]), (&Value::Null, &json!(2)));
    assert_eq!(spans[1][2], rows[1][2], "one person, one hash");
    let text = spans.to_string();
    assert!(!text.contains("jane") && text.contains("[email]"), "{text}");
}

#[test]
fn what_cannot_be_taken_is_told_in_the_form_of_the_request() {
    let sandbox = Sandbox::with_config("[limits]\nbatch_bytes_max = 100000\n");
    let mut broken = export(0..3, sandbox.now_us());
    broken["resourceSpans"][0]["scopeSpans"][0]["spans"][1]["traceId"] = json!("00");
    let reply = post(&sandbox, &[JSON], broken.to_string().as_bytes());
    assert_eq!(reply.status, 200);
    let partial = &reply.json()["partialSuccess"];
    assert_eq!(partial["rejectedSpans"], "1");
    let message = partial["errorMessage"].as_str().unwrap();
    assert!(
        message.contains("span 1:") && message.contains("trace id"),
        "{message}"
    );
    assert_eq!(sandbox.sql("SELECT count(*) FROM spans"), json!([[2]]));
    let kept = sandbox.sql("SELECT code, raw FROM quarantine");
    assert_eq!(kept[0][0], "missing_field");
    assert!(kept[0][1].as_str().unwrap().contains("chat m"), "{kept}");

    let large = vec![b' '; 200_000];
    for (headers, body, status, code) in [
        (&[JSON][..], &b"{"[..], 400, 3),
        (&[PROTOBUF], b"\xff", 400, 3),
        (&[JSON], &large, 413, 8),
        (&[PROTOBUF], &large, 413, 8),
        (&[("content-type", "text/csv")], b"x", 415, 3),
        (&[JSON, ("content-encoding", "br")], b"{}", 415, 3),
        (&[JSON, ("origin", "http://evil.example")], b"{}", 403, 7),
    ] {
        let reply = post(&sandbox, headers, body);
        assert_eq!(reply.status, status, "{headers:?}: {}", reply.text());
        match headers.contains(&PROTOBUF) {
            true => {
                assert_eq!(reply.header("content-type"), Some(PROTOBUF.1));
                assert_eq!(reply.body[..2], [0x08, code], "{headers:?}");
            }
            false => {
                assert_eq!(reply.header("content-type"), Some(JSON.1));
                assert_eq!(reply.json()["code"], code, "{headers:?}: {}", reply.text());
                let message = reply.json()["message"].as_str().unwrap().to_owned();
                assert!(message.len() > 10 && message.ends_with(')'), "{message}");
            }
        }
    }
}

#[test]
fn acknowledged_spans_are_there_once_after_a_kill_and_whoever_sends_them_again() {
    let mut sandbox = Sandbox::with_config("[storage]\nflush_age_ms = 400\n");
    let mut sent = 0;
    for round in 0..3 {
        for _ in 0..10 {
            assert_eq!(send(&sandbox, sent..sent + 50).status, 200);
            sent += 50;
        }
        sandbox.kill();
        sandbox.launch();
        // A sender that heard nothing of the last reply sends its batch again.
        assert_eq!(send(&sandbox, sent - 50..sent).status, 200, "round {round}");
    }
    for table in ["spans", "m.predictions"] {
        let found = sandbox.sql(&format!(
            "SELECT count(*), count(DISTINCT span_id) FROM {table}"
        ));
        assert_eq!(found, json!([[sent, sent]]), "{table}");
    }
}

/// Runs Python with OpenTelemetry's packages; `None` where it is not set up.
fn python(sandbox: &Sandbox, script: &str, environment: &[(&str, &str)]) -> Option<Output> {
    let python = repository().join(".venv/bin/python");
    if !python.exists() {
        absent(&format!("{}: run `make test` once", python.display()));
        return None;
    }
    let out = Command::new(python)
        .args(["-c", script])
        .envs(environment.iter().copied())
        .current_dir(sandbox.folder())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{said}");
    Some(out)
}

/// The URL at which a sandbox's server speaks `grpc` or `http` for OpenTelemetry.
fn port(sandbox: &Sandbox, speech: &str) -> String {
    let log = sandbox.log();
    let line = log
        .lines()
        .rfind(|l| l.contains("for OpenTelemetry") && l.contains(speech));
    let address = line.and_then(|l| l.split("://").nth(1)).expect(&log);
    format!("http://{}", address.split(' ').next().unwrap())
}

const EXPORT: &str = r#"
import sys, time
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.resources import Resource
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as Http, Compression
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as Grpc
import grpc

http, rpc, token = sys.argv[1:] if len(sys.argv) > 1 else (HTTP, GRPC, TOKEN)
class Keep(SpanExporter):
    def __init__(self): self.spans = []
    def export(self, spans): self.spans.extend(spans); return SpanExportResult.SUCCESS
headers = {"authorization": "Bearer " + token} if token else {}
told = []
for name, exporter in [
    ("http", Http(endpoint=http + "/v1/traces", headers=headers, timeout=20)),
    ("http-gzip", Http(endpoint=http + "/v1/traces", headers=headers, compression=Compression.Gzip, timeout=20)),
    ("grpc", Grpc(endpoint=rpc, headers=headers, insecure=True, timeout=20)),
    ("grpc-gzip", Grpc(endpoint=rpc, headers=headers, insecure=True, compression=grpc.Compression.Gzip, timeout=20)),
]:
    keep = Keep()
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(SimpleSpanProcessor(keep))
    tracer = provider.get_tracer("test", "1")
    for n in range(300):
        with tracer.start_as_current_span("agent", attributes={"gen_ai.operation.name": "invoke_agent"}):
            with tracer.start_as_current_span("chat m", attributes={"gen_ai.operation.name": "chat",
                    "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": n, "gen_ai.response.finish_reasons": ["stop"]}):
                pass
    told.append(exporter.export(keep.spans).name)
    exporter.shutdown()
print(" ".join(told))
"#;

/// The exporters of Python, each plain and packed; how each export ended.
fn exporters(sandbox: &Sandbox, token: &str) -> Option<String> {
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let (http, grpc) = (port(sandbox, "http"), port(sandbox, "grpc"));
    let script = EXPORT.replace(
        "HTTP, GRPC, TOKEN",
        &[http, grpc, token.to_owned()]
            .map(|t| quoted(&t))
            .join(", "),
    );
    let out = python(sandbox, &script, &[])?;
    Some(String::from_utf8(out.stdout).unwrap().trim().to_owned())
}

const PORTS: &str = "[otlp]\ngrpc = \"127.0.0.1:0\"\nhttp = \"127.0.0.1:0\"\n";

#[test]
fn the_exporters_of_python_are_understood_over_http_and_grpc() {
    let sandbox = Sandbox::with_config(PORTS);
    let Some(told) = exporters(&sandbox, "") else {
        return;
    };
    assert_eq!(told, "SUCCESS SUCCESS SUCCESS SUCCESS", "{}", sandbox.log());
    let spans = sandbox.sql(
        "SELECT service_name, operation, count(*), count(duration_ms), count(parent_span_id) FROM spans \
         GROUP BY 1, 2 ORDER BY 1, 2",
    );
    let expected = ["grpc", "grpc-gzip", "http", "http-gzip"].map(|name| {
        [
            json!([name, "chat", 300, 300, 300]),
            json!([name, "invoke_agent", 300, 300, 0]),
        ]
    });
    assert_eq!(spans, json!(expected.concat()));
    let found = sandbox.sql(
        "SELECT count(*), sum(usage_input_tokens), min(output_finish_reason) FROM m.predictions",
    );
    assert_eq!(found, json!([[1200, 4 * 299 * 150, "stop"]]));
}

#[test]
fn exporters_need_a_token_where_others_do() {
    let sandbox = Sandbox::with_config(PORTS);
    let tokens = ["ingest", "read"].map(|scope| create_offline(&sandbox, scope));
    assert_eq!(wait_for_401(&sandbox, &[]), 401);
    for (token, expected) in [
        ("", "FAILURE FAILURE FAILURE FAILURE"),
        (tokens[1].as_str(), "FAILURE FAILURE FAILURE FAILURE"),
        (tokens[0].as_str(), "SUCCESS SUCCESS SUCCESS SUCCESS"),
    ] {
        let Some(told) = exporters(&sandbox, token) else {
            return;
        };
        assert_eq!(told, expected, "{}", sandbox.log());
    }
}

/// The first program of a guide.
fn quick_start() -> String {
    let guide = std::fs::read_to_string(repository().join("docs/guides/opentelemetry.md")).unwrap();
    let program = guide.split("```python\n").nth(1).unwrap();
    program.split("```").next().unwrap().to_owned()
}

#[test]
fn the_quick_start_of_the_guide_works_as_it_is_printed() {
    let program = quick_start();
    assert!(program.trim().lines().count() <= 10, "{program}");
    let sandbox = Sandbox::start();
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", sandbox.url())];
    if python(&sandbox, &program, &environment).is_none() {
        return;
    }
    let found = sandbox.sql(
        "SELECT p.usage_input_tokens, p.usage_output_tokens, p.usage_cost_usd > 0, s.name \
         FROM \"gpt-4o\".predictions p JOIN spans s ON s.span_id = p.span_id",
    );
    assert_eq!(
        found,
        json!([[120, 30, true, "chat gpt-4o"]]),
        "{}",
        sandbox.log()
    );
}

#[test]
fn a_port_that_is_taken_is_a_warning_unless_it_was_asked_for() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let sandbox = Sandbox::prepare("");
    let file = sandbox.folder().join("candor.toml");
    std::fs::write(&file, format!("[otlp]\ngrpc = \"{address}\"\n")).unwrap();
    let refused = sandbox.candor(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--config",
        &file.display().to_string(),
        "--data",
        &sandbox.folder().join("data").display().to_string(),
    ]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(said.contains(&address), "{said}");
}
