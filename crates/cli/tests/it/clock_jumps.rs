//! A wall clock that jumps, forwards and backwards, under a running server and between two: nothing
//! is lost, nothing is taken twice, nothing is deleted by a time that nobody can explain.

use crate::ledger::{Ledger, rounds};
use crate::sandbox::Sandbox;
use crate::shim::Shim;
use serde_json::json;

const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;
const YEAR_US: i64 = 365 * DAY_US;
/// Flushes, trims and maintenance all the time.
const BUSY: &str = "[storage]\nflush_age_ms = 20\nmaintain_every_s = 1\nvacuum_after_s = 1\n";

fn metric(sandbox: &Sandbox, name: &str) -> i64 {
    let text = sandbox.http("GET", "/metrics", &[], b"").text();
    let mut lines = text.lines().filter_map(|line| line.split_once(' '));
    let value = lines.find(|(n, _)| *n == name).map(|(_, value)| value);
    value.unwrap().parse().unwrap()
}

#[test]
fn nothing_is_lost_or_taken_twice_across_jumps() {
    for off_us in [HOUR_US, -HOUR_US, DAY_US, YEAR_US, -YEAR_US] {
        for _ in 0..rounds(1) {
            jump(off_us);
        }
    }
}

fn jump(off_us: i64) {
    let shim = Shim::compile();
    let mut sandbox = Sandbox::prepare(BUSY).environment(shim.environment());
    sandbox.launch();
    let ledger = Ledger::new("m", None);
    let mut sent = Vec::new();
    let mut send = |sandbox: &Sandbox| {
        for _ in 0..5 {
            let range = ledger.take(50);
            assert!(ledger.send_range(sandbox.url(), range.clone()).is_stored());
            sent.push(range);
        }
        // Everything once more: an id stays known whatever the clock says.
        for range in &sent {
            assert!(ledger.send_range(sandbox.url(), range.clone()).is_stored());
        }
        assert_eq!(ledger.breaches(sandbox), [], "off by {off_us} us");
    };
    send(&sandbox);
    // While rows are on their way to the lake.
    shim.set_clock_off_by_us(off_us);
    send(&sandbox);
    sandbox.client().flush().unwrap();
    sandbox.kill();
    sandbox.launch();
    send(&sandbox);
    shim.set_clock_off_by_us(0);
    send(&sandbox);
    assert_eq!(sandbox.stop(), Some(0), "{}", sandbox.log());
    // A jump that happens while nobody looks.
    shim.set_clock_off_by_us(off_us);
    sandbox.launch();
    send(&sandbox);
    assert!(!sandbox.log().contains("panicked"), "{}", sandbox.log());
}

#[test]
fn midnights_around_a_leap_day_have_their_own_days() {
    // 2028-02-29 and 2028-03-01, 00:00 UTC.
    for (midnight_us, days) in [
        (1_835_395_200_000_000, ["2028-02-28", "2028-02-29"]),
        (1_835_481_600_000_000, ["2028-02-29", "2028-03-01"]),
    ] {
        let shim = Shim::compile();
        let mut sandbox = Sandbox::prepare(BUSY).environment(shim.environment());
        sandbox.launch();
        let ledger = Ledger::new("m", None);
        for off_us in [-60_000_000, 60_000_000] {
            shim.set_clock_off_by_us(midnight_us + off_us - sandbox.now_us());
            assert!(ledger.send(sandbox.url(), 10).is_stored());
        }
        sandbox.client().flush().unwrap();
        let found = sandbox.sql("SELECT CAST(CAST(time AS DATE) AS VARCHAR), count(*) FROM m.predictions GROUP BY 1 ORDER BY 1");
        assert_eq!(found, json!([[days[0], 10], [days[1], 10]]));
        assert_eq!(ledger.breaches(&sandbox), []);
    }
}

/// Ten rows of forty days ago and ten of now, with a policy of a hundred days.
fn with_retention(shim: &Shim) -> Sandbox {
    let mut sandbox = Sandbox::prepare(BUSY).environment(shim.environment());
    sandbox.launch();
    // Before its first row: a policy is for what comes, too.
    let policy = br#"{"apiVersion":"candor/v1","kind":"Policy","metadata":{"name":"p"},"spec":{"retention":{"predictions":"100d"}}}"#;
    let yaml = [("content-type", "application/yaml")];
    let put = sandbox.http("PUT", "/v1/specs/Policy/p", &yaml, policy);
    assert_eq!(put.status, 200, "{}", put.text());
    let now_us = sandbox.now_us();
    let rows: String = (0..20)
        .map(|i| {
            let time = now_us - if i < 10 { 40 * DAY_US } else { 0 };
            json!({"id": i.to_string(), "time": time / 1_000_000, "outputs": {"score": 1}})
                .to_string()
                + "\n"
        })
        .collect();
    let ndjson = [("content-type", "application/x-ndjson")];
    let reply = sandbox.http("POST", "/v1/models/m/predictions", &ndjson, rows.as_bytes());
    assert_eq!(reply.counts().0, 20);
    sandbox.client().flush().unwrap();
    assert_eq!(left(&sandbox), 20);
    sandbox
}

fn left(sandbox: &Sandbox) -> u64 {
    sandbox.sql("SELECT count(*) FROM m.predictions")[0][0]
        .as_u64()
        .unwrap()
}

/// Waits for some rounds of maintenance.
fn let_maintain(sandbox: &Sandbox) {
    for _ in 0..3 {
        std::thread::sleep(std::time::Duration::from_millis(1100));
        sandbox.client().flush().unwrap();
    }
}

#[test]
fn retention_waits_while_the_clock_is_doubted() {
    let shim = Shim::compile();
    let mut sandbox = with_retention(&shim);
    assert_eq!(metric(&sandbox, "candor_clock_doubted"), 0);
    shim.set_clock_off_by_us(80 * DAY_US);
    let_maintain(&sandbox);
    assert_eq!(left(&sandbox), 20, "{}", sandbox.log());
    assert_eq!(metric(&sandbox, "candor_clock_doubted"), 1);
    let ahead_s = metric(&sandbox, "candor_clock_ahead_seconds");
    assert!((ahead_s - 80 * 86_400).abs() <= 1, "{ahead_s}");
    assert!(
        sandbox.log().contains("the clock jumped"),
        "{}",
        sandbox.log()
    );
    // A new process knows what the one before saw.
    sandbox.kill();
    sandbox.launch();
    let_maintain(&sandbox);
    assert_eq!(left(&sandbox), 20, "{}", sandbox.log());
    shim.set_clock_off_by_us(0);
    let_maintain(&sandbox);
    assert_eq!(metric(&sandbox, "candor_clock_doubted"), 0);
    assert!(
        sandbox.log().contains("believed again"),
        "{}",
        sandbox.log()
    );
    assert_eq!(left(&sandbox), 20);
}

#[test]
fn without_what_was_seen_before_the_same_jump_deletes() {
    let shim = Shim::compile();
    let mut sandbox = with_retention(&shim);
    sandbox.kill();
    std::fs::remove_file(sandbox.data().join("clock.json")).unwrap();
    shim.set_clock_off_by_us(80 * DAY_US);
    sandbox.launch();
    let_maintain(&sandbox);
    assert_eq!(
        left(&sandbox),
        10,
        "retention works, so the test above means something"
    );
}
