//! Every route, every method, every role: the description is made from the router itself, and says
//! of each door which scope it asks for.

use crate::auth::create_offline;
use crate::http::{Reply, attempt};
use crate::sandbox::Sandbox;
use serde_json::Value;

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");
const ROW: &[u8] = br#"{"outputs":{"score":1}}"#;
const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "patch", "head", "options", "trace",
];

/// One door: method, path with parameters filled in, declared scope.
struct Door {
    method: String,
    path: String,
    scope: String,
}

/// The doors of a description; an error names those that declare no scope.
fn doors(api: &Value) -> Result<Vec<Door>, String> {
    let (mut doors, mut undeclared) = (Vec::new(), Vec::new());
    for (template, methods) in api["paths"].as_object().unwrap() {
        let path = template
            .replace("{model}", "m")
            .replace("{kind}", "Model")
            .replace("{name}", "m")
            .replace("{purpose}", "x")
            .replace("{id}", "x");
        assert!(!path.contains('{'), "a new parameter: {template}");
        for (method, door) in methods.as_object().unwrap() {
            match door["x-candor-scope"].as_str() {
                Some(scope @ ("none" | "ingest" | "read" | "admin")) => doors.push(Door {
                    method: method.clone(),
                    path: path.clone(),
                    scope: scope.to_owned(),
                }),
                _ => undeclared.push(format!("{method} {template}")),
            }
        }
    }
    match undeclared.is_empty() {
        true => Ok(doors),
        false => Err(undeclared.join(", ")),
    }
}

fn description(sandbox: &Sandbox) -> Value {
    sandbox.http("GET", "/api/openapi.json", &[], b"").json()
}

fn call(sandbox: &Sandbox, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let method = method.to_uppercase();
    let mut all = vec![NDJSON];
    all.extend(headers);
    let body = if method == "HEAD" || method == "TRACE" {
        b""
    } else {
        ROW
    };
    attempt(sandbox.url(), &method, path, &all, body).expect("an answer")
}

#[test]
fn a_door_that_declares_no_scope_is_found() {
    let sandbox = Sandbox::start();
    let mut api = description(&sandbox);
    assert!(doors(&api).is_ok_and(|doors| doors.len() > 20));
    let sql = api["paths"]["/v1/sql"]["post"].as_object_mut().unwrap();
    sql.remove("x-candor-scope");
    assert_eq!(doors(&api).err().as_deref(), Some("post /v1/sql"));
}

#[test]
fn every_door_lets_those_in_who_have_its_scope_and_nobody_else() {
    let sandbox = Sandbox::start();
    let doors = doors(&description(&sandbox)).unwrap();
    let tokens = ["ingest", "read", "admin"].map(|scope| (scope, create_offline(&sandbox, scope)));
    let revoked = create_offline(&sandbox, "admin");
    revoke(&sandbox, &tokens[2].1, &revoked);
    for Door {
        method,
        path,
        scope,
    } in &doors
    {
        let status = |token: Option<&str>| {
            let bearer = format!("Bearer {}", token.unwrap_or_default());
            let header = [("authorization", bearer.as_str())];
            let headers = if token.is_some() { &header[..] } else { &[] };
            call(&sandbox, method, path, headers).status
        };
        let shown = format!("{method} {path}");
        if scope == "none" {
            assert_eq!(status(None), 200, "{shown}");
            continue;
        }
        for nobody in [None, Some("cdr_wrong"), Some(""), Some(revoked.as_str())] {
            assert_eq!(status(nobody), 401, "{shown} with {nobody:?}");
        }
        for (held, token) in &tokens {
            if *held != "admin" && held != scope {
                assert_eq!(status(Some(token)), 403, "{shown} with {held}");
            } else if path != "/v1/stream" {
                // That one never ends once it lets somebody in.
                let status = status(Some(token));
                assert!(
                    ![401, 403].contains(&status),
                    "{shown} with {held}: {status}"
                );
            }
        }
    }
}

fn revoke(sandbox: &Sandbox, admin: &str, token: &str) {
    let bearer = format!("Bearer {admin}");
    let headers = [("authorization", bearer.as_str())];
    let list = sandbox.http("GET", "/v1/tokens", &headers, b"").json();
    let is_it = |item: &&Value| token.starts_with(item["prefix"].as_str().unwrap());
    let id = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(is_it)
        .unwrap()["id"]
        .clone();
    let path = format!("/v1/tokens/{}", id.as_str().unwrap());
    assert_eq!(sandbox.http("DELETE", &path, &headers, b"").status, 204);
}

#[test]
fn a_method_that_no_door_declares_does_nothing() {
    let sandbox = Sandbox::start();
    let doors = doors(&description(&sandbox)).unwrap();
    for door in &doors {
        for method in METHODS {
            let declared = |d: &Door| d.path == door.path && d.method == method;
            // The framework answers HEAD wherever it answers GET, behind the same guard.
            let head = method == "head"
                && doors
                    .iter()
                    .any(|d| d.path == door.path && d.method == "get");
            if head || doors.iter().any(declared) {
                continue;
            }
            let status = call(&sandbox, method, &door.path, &[]).status;
            assert_eq!(status, 405, "{method} {}", door.path);
        }
    }
    let token = create_offline(&sandbox, "ingest");
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    for door in doors
        .iter()
        .filter(|d| d.scope == "read" && d.method == "get")
    {
        assert_eq!(call(&sandbox, "head", &door.path, &headers).status, 403);
    }
}

#[test]
fn another_name_and_another_site_change_nothing_through_any_door() {
    let sandbox = Sandbox::start();
    let own = [("origin", sandbox.url())];
    for Door {
        method,
        path,
        scope,
    } in doors(&description(&sandbox)).unwrap()
    {
        if scope == "none" {
            continue;
        }
        let shown = format!("{method} {path}");
        let verdict = |headers: &[(&str, &str)]| call(&sandbox, &method, &path, headers).verdict();
        for host in [
            "attacker.example",
            "127.0.0.1.attacker.example",
            "localhost.attacker.example:80",
        ] {
            assert_eq!(
                verdict(&[("host", host)]),
                "403 foreign_host",
                "{shown} {host}"
            );
        }
        if method == "get" {
            continue;
        }
        for origin in [
            "https://attacker.example",
            "null",
            "http://localhost.attacker.example",
            "file://",
            "http://127.0.0.1@attacker.example",
        ] {
            let headers = [("origin", origin)];
            assert_eq!(verdict(&headers), "403 foreign_origin", "{shown} {origin}");
        }
        assert!(!verdict(&own).starts_with("403"), "{shown}");
        let foreign_page = [
            ("sec-fetch-site", "cross-site"),
            ("content-type", "text/plain"),
        ];
        assert_eq!(verdict(&foreign_page), "403 foreign_origin", "{shown}");
    }
}
