//! Tokens: shown once, stored as hashes, expiring, revocable, needed on foreign addresses.

use crate::sandbox::{Sandbox, candor};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

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
    let revoked = candor()
        .env("CANDOR_SERVER", sandbox.url())
        .env("CANDOR_TOKEN", &token)
        .args(["token", "revoke", &id])
        .output()
        .unwrap();
    assert!(revoked.status.success(), "{revoked:?}");
    assert_eq!(wait_for_401(&sandbox, &headers), 401);
    // The last token ended, and the door is not open again.
    let bare = sandbox.http("GET", "/v1/models", &[], b"");
    assert_eq!(bare.verdict(), "401 unauthorized", "{}", bare.text());
    assert!(bare.text().contains("--data DIR"), "{}", bare.text());
    let next = format!("Bearer {}", create_offline(&sandbox, "read"));
    let reply = sandbox.http("GET", "/v1/models", &[("authorization", &next)], b"");
    assert_eq!(reply.status, 200, "{}", reply.text());
}

/// Others may remember a token, or that there was none, for a moment: five seconds at most.
pub(crate) fn wait_for_401(sandbox: &Sandbox, headers: &[(&str, &str)]) -> u16 {
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        let status = sandbox.http("GET", "/v1/models", headers, b"").status;
        if status == 401 || Instant::now() > until {
            return status;
        }
        std::thread::sleep(Duration::from_millis(100));
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
fn a_token_is_worth_something_until_it_expires() {
    let sandbox = Sandbox::start();
    let admin = format!("Bearer {}", create(&sandbox, "admin"));
    let headers = [
        ("authorization", admin.as_str()),
        ("content-type", "application/json"),
    ];
    let make = |expires_at: &str| {
        let asked = json!({"name": "old", "scopes": ["read"], "expires_at": expires_at});
        sandbox.http("POST", "/v1/tokens", &headers, asked.to_string().as_bytes())
    };
    assert_eq!(make("2020-01-01T00:00:00Z").status, 400);
    let made = make(&candor_contract::format_us(sandbox.now_us() + 4_000_000));
    let bearer = format!("Bearer {}", made.json()["token"].as_str().unwrap());
    let own = [("authorization", bearer.as_str())];
    assert_eq!(sandbox.http("GET", "/v1/models", &own, b"").status, 200);
    std::thread::sleep(Duration::from_secs(4));
    assert_eq!(wait_for_401(&sandbox, &own), 401);
}

#[test]
fn a_foreign_address_needs_a_token_first() {
    let mut sandbox = Sandbox::prepare("").listening_on("0.0.0.0:0");
    let serve = candor()
        .args(["serve", "--listen", "0.0.0.0:0", "--data"])
        .arg(sandbox.data())
        .output()
        .unwrap();
    assert!(!serve.status.success());
    let said = String::from_utf8_lossy(&serve.stderr);
    assert!(said.contains("token create"), "{said}");
    // With one it listens there, and asks for it.
    let bearer = format!("Bearer {}", create_offline(&sandbox, "read"));
    sandbox.launch();
    let asked = |headers: &[(&str, &str)]| sandbox.http("GET", "/v1/models", headers, b"").status;
    assert_eq!(
        (asked(&[]), asked(&[("authorization", &bearer)])),
        (401, 200)
    );
}
