//! What many stories begin with: a server that tells people of this machine, and a model's recent history, played
//! through the real doors.

use crate::sandbox::Sandbox;
use serde_json::Value;
use std::time::{Duration, Instant};

pub const HOUR_US: i64 = 3_600_000_000;
pub const DAY_US: i64 = 24 * HOUR_US;
/// Longest wait for what a server does by itself.
const WAIT: Duration = Duration::from_secs(120);

/// What `look` finds, once it does.
pub fn wait_for<T>(what: &str, sandbox: &Sandbox, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + WAIT;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            Instant::now() < until,
            "{what} did not come\n{}",
            sandbox.log()
        );
        std::thread::sleep(Duration::from_millis(250));
    }
}

/// A server that may reach receivers on this machine.
pub fn server() -> Sandbox {
    Sandbox::with_config("[notify]\nallow = [\"127.0.0.0/8\"]\n[storage]\nflush_age_ms = 500\n")
}

/// Plays nine days of a model's traffic that end in this hour; in the last 16 hours something may be wrong.
pub fn play(sandbox: &Sandbox, faults: &str) {
    play_days(sandbox, "credit-risk", 9, faults);
}

/// The same of another model and so many days.
pub fn play_days(sandbox: &Sandbox, model: &str, days: i64, faults: &str) {
    play_models(sandbox, &[model], days, 60_000 * days / 9, faults);
}

/// The same of several models, with so many events in all.
pub fn play_models(sandbox: &Sandbox, models: &[&str], days: i64, events: i64, faults: &str) {
    let now_us = sandbox.now_us();
    let start_us = now_us - now_us.rem_euclid(HOUR_US) - days * DAY_US;
    play_from(sandbox, start_us, models, (days, events), faults);
}

/// The same of one model, in days that begin with a Monday: what is told does not depend on when the test is run.
pub fn play_weeks(sandbox: &Sandbox, model: &str, days: i64, faults: &str) {
    const MONDAY_US: i64 = 4 * DAY_US;
    let latest_us = sandbox.now_us() - days * DAY_US;
    let start_us = latest_us - (latest_us - MONDAY_US).rem_euclid(7 * DAY_US);
    play_from(
        sandbox,
        start_us,
        &[model],
        (days, 60_000 * days / 9),
        faults,
    );
}

fn play_from(
    sandbox: &Sandbox,
    start_us: i64,
    models: &[&str],
    (days, events): (i64, i64),
    faults: &str,
) {
    let models: Vec<String> = models.iter().map(|m| format!("{{name: {m}}}")).collect();
    let scenario = format!(
        "apiVersion: candor/v1\nkind: Scenario\nmetadata: {{name: story}}\nspec:\n  seed: 11\n  days: {days}\n  \
         events: {events}\n  models: [{}]\n  faults:\n{faults}",
        models.join(", ")
    );
    let file = sandbox.folder().join("story.yaml");
    std::fs::write(&file, scenario).unwrap();
    let start = candor_contract::format_us(start_us);
    let file = file.display().to_string();
    let out = sandbox.candor(&["simulate", &file, "--start", &start, "--output", "json"]);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    assert_eq!(sandbox.http("POST", "/v1/flush", &[], b"{}").status, 200);
}

/// Declares objects.
pub fn apply(sandbox: &Sandbox, objects: &str) {
    let file = sandbox.folder().join("objects.yaml");
    std::fs::write(&file, objects).unwrap();
    let out = sandbox.candor(&["apply", "-f", &file.display().to_string()]);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
}

/// A route to a web hook and to a file, at once.
pub fn route(url: &str) -> String {
    format!(
        "apiVersion: candor/v1\nkind: Route\nmetadata: {{name: on-call}}\nspec:\n  receivers:\n    \
         - webhook: {{url: '{url}/hook'}}\n    - file: {{name: told.ndjson}}\n  group_wait: 0s\n"
    )
}

/// What a command says, as JSON.
pub fn json_of(sandbox: &Sandbox, args: &[&str]) -> Value {
    let out = sandbox.candor(args);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    serde_json::from_slice(&out.stdout).unwrap()
}

/// Debt ratios are missing in the last 16 hours of nine days.
pub const NULL_BURST: &str = "    - {fault: null_burst, model: credit-risk, columns: [debt_ratio], from: 8d8h, magnitude: 0.6}\n";
