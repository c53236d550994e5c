//! Tokens: shown once, stored as hashes, expiring, revocable, needed on foreign addresses.

use crate::sandbox::{Sandbox, candor};
use serde_json::{Value, json};

fn create(sandbox: &Sandbox, scope: &str) -> String {
    let out = sandbox.candor(&[
        "token", "create", "--name", scope, "--scope", scope, "--output", "json",
    ]);
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let told: Value = serde_json::from_slice(&out.stdout).unwrap();
    told["token"].as_str().unwrap().to_owned()
}

/// Creates a token without any: on the data directory, as its owner.
pub(crate) fn create_offline(sandbox: &Sandbox, scope: &str) -> String {
    let data = sandbox.data();
    let out = candor()
        .args([
            "token", "create", "--name", "first", "--scope", scope, "--output", "json", "--data",
        ])
        .arg(data)
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let told: Value = serde_json::from_slice(&out.stdout).unwrap();
    told["token"].as_str().unwrap().to_owned()
}

#[test]
fn a_token_is_shown_once_stored_as_a_hash_and_revocable() {
    let sandbox = Sandbox::start();
    let token = create(&sandbox, "admin");
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    let list = sandbox.http("GET", "/v1/tokens", &headers, b"");
    assert_eq!(list.status, 200);
    assert!(!list.text().contains(&token));
    for file in files(&sandbox.data()) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        let found = bytes.windows(token.len()).any(|w| w == token.as_bytes());
        assert!(!found, "{} holds the secret", file.display());
    }
    let id = list.json()["items"][0]["id"].as_str().unwrap().to_owned();
    assert!(
        sandbox
            .http("DELETE", &format!("/v1/tokens/{id}"), &headers, b"")
            .status
            < 300
    );
    // Others may remember a token for a moment.
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while sandbox.http("GET", "/v1/models", &headers, b"").status != 401 {
        assert!(
            std::time::Instant::now() < until,
            "a revoked token still works"
        );
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

fn files(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => out.extend(files(&path)),
            path => out.push(path),
        }
    }
    out
}

#[test]
fn an_expired_token_is_worth_nothing() {
    let sandbox = Sandbox::start();
    let admin = format!("Bearer {}", create(&sandbox, "admin"));
    let headers = [
        ("authorization", admin.as_str()),
        ("content-type", "application/json"),
    ];
    let past = json!({"name": "old", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"})
        .to_string();
    let reply = sandbox.http("POST", "/v1/tokens", &headers, past.as_bytes());
    if reply.status < 300 {
        let bearer = format!("Bearer {}", reply.json()["token"].as_str().unwrap());
        assert_eq!(
            sandbox
                .http("GET", "/v1/models", &[("authorization", &bearer)], b"")
                .status,
            401
        );
    } else {
        assert_eq!(reply.status, 400, "{}", reply.text());
    }
}

#[test]
fn a_foreign_address_needs_a_token_first() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let serve = candor()
        .args(["serve", "--listen", "0.0.0.0:0", "--data"])
        .arg(&data)
        .output()
        .unwrap();
    assert!(!serve.status.success());
    let said = String::from_utf8_lossy(&serve.stderr);
    assert!(said.contains("token create"), "{said}");
}
