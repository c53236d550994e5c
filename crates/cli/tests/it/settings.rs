//! Settings of `candor.toml` that change what a server promises.

use crate::engines::repository;
use crate::sandbox::{Sandbox, candor};
use crate::shim::Shim;
use serde_json::json;

const MINUTE_US: i64 = 60_000_000;
/// The clock goes on in steps that nobody doubts: a jump of more than an hour would be.
const STEP_US: i64 = 50 * MINUTE_US;

/// Whether the server takes an event with this id for a new one.
fn is_new(sandbox: &Sandbox, id: &str) -> bool {
    let event = json!({"id": id, "outputs": {"score": 1}}).to_string();
    let ndjson = [("content-type", "application/x-ndjson")];
    let path = "/v1/models/m/predictions";
    let reply = sandbox.http("POST", path, &ndjson, event.as_bytes());
    let (accepted, duplicates, rejected) = reply.counts();
    assert_eq!((accepted + duplicates, rejected.len()), (1, 0));
    accepted == 1
}

/// After how many steps of 50 minutes an id counts as a new one again; `None` if not after four.
fn forgotten_after(settings: &str) -> Option<i64> {
    let shim = Shim::compile();
    let mut sandbox = Sandbox::prepare(settings).environment(shim.environment());
    sandbox.launch();
    assert!(is_new(&sandbox, "a"));
    assert!(!is_new(&sandbox, "a"));
    (1..=4).find(|step| {
        shim.set_clock_off_by_us(step * STEP_US);
        // What is too old is forgotten after a flush, on another thread; one more sees it done.
        for round in 0..5 {
            assert!(is_new(&sandbox, &format!("{step}-{round}")));
            sandbox.client().flush().unwrap();
        }
        // Neither a kill brings it back, nor does it take anything away.
        sandbox.kill();
        sandbox.launch();
        assert!(!is_new(&sandbox, &format!("{step}-0")));
        is_new(&sandbox, "a")
    })
}

#[test]
fn an_id_is_a_duplicate_for_as_long_as_dedup_hours_says() {
    // 100 minutes are less than two hours, 150 more than two hours and their fourteenth.
    assert_eq!(forgotten_after("[storage]\ndedup_hours = 2\n"), Some(3));
    // Seven days by default.
    assert_eq!(forgotten_after(""), None);
}

#[test]
fn wrong_settings_are_told_with_the_page_that_has_them_all() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("candor.toml");
    std::fs::write(&file, "[storage]\ndedup_days = 3\n").unwrap();
    let mut serve = candor();
    let out = serve.arg("serve").arg("--config").arg(&file).output();
    let out = out.unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2), "{said}");
    let page = "docs/reference/settings.md";
    assert!(said.contains("dedup_days") && said.contains(page), "{said}");
    assert!(repository().join(page).exists());
}
