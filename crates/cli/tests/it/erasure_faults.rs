//! Erasures that something comes between: kills, traffic of other people, a disk that fails for a while.

use crate::erasure::post;
use crate::http::attempt;
use crate::ledger::{Dice, Ledger, rounds};
use crate::sandbox::Sandbox;
use crate::shim::Shim;
use crate::traces::Traces;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");
const JSON: (&str, &str) = ("content-type", "application/json");
const SMALL: &str = "[storage]\nflush_age_ms = 300\nmaintain_every_s = 1\n";

/// Rows of one person in two models, with outcomes and a rejected row, some in the lake and some not.
fn send_person(sandbox: &Sandbox, person: &str) {
    let row = |model: &str, n: u32, score: Value| {
        json!({"model": model, "id": format!("{person}-{n}"), "subject": person,
               "inputs": {"remark": format!("remark of {person}")}, "outputs": {"score": score}})
    };
    for (part, flushed) in [(0, true), (1, false)] {
        let mut lines = vec![row("alpha", 100 + part, json!("wrong"))];
        for model in ["alpha", "beta"] {
            lines.push(row(model, part, json!(0.5)));
            let id = format!("{person}-{part}");
            lines.push(
                json!({"kind": "outcome", "model": model, "prediction_id": id, "class": "good"}),
            );
        }
        let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
        let told = post(sandbox, "/v1/events", NDJSON, lines.join("\n").as_bytes());
        assert_eq!(told["accepted"], 4, "{told}");
        if flushed {
            sandbox.client().flush().unwrap();
        }
    }
}

/// What tells of a person who has rows: the stored form, ids, a text.
fn marks(sandbox: &Sandbox, person: &str) -> [String; 3] {
    let sql = format!("SELECT subject FROM alpha.predictions WHERE id = '{person}-0'");
    let hash = sandbox.sql(&sql)[0][0].as_str().unwrap().to_owned();
    let marks = [hash, format!("{person}-"), format!("remark of {person}")];
    let traces = Traces::of(sandbox);
    for mark in &marks {
        assert_ne!(traces.places(mark), Vec::<PathBuf>::new(), "{mark}");
    }
    marks
}

fn assert_gone(sandbox: &Sandbox, marks: &[String], when: &str) {
    let traces = Traces::of(sandbox);
    for mark in marks {
        let places = traces.places(mark);
        assert_eq!(places, Vec::<PathBuf>::new(), "{mark} {when}");
    }
}

/// Erasures that are noted and not done, by the names of their files.
fn pending(sandbox: &Sandbox) -> Vec<String> {
    let entries = std::fs::read_dir(sandbox.data().join("erasures"));
    let paths = entries.into_iter().flatten().flatten().map(|e| e.path());
    let noted = paths.filter(|path| path.extension().is_some_and(|e| e == "json"));
    noted
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect()
}

fn receipts(sandbox: &Sandbox) -> Vec<Value> {
    let all = sandbox.client().read("/v1/erasures").unwrap();
    all["items"].as_array().unwrap().clone()
}

/// Sends batches of others' events until told to stop.
fn load(ledger: &Ledger, url: &str, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        ledger.send(url, 20);
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Stops what goes on beside, even if a test fails meanwhile.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn an_erasure_that_is_killed_is_done_when_the_server_is_there_again() {
    let mut sandbox = Sandbox::with_config(SMALL);
    let ledger = Ledger::new("alpha", None);
    let mut dice = Dice(20_261_201);
    let (rounds, mut cut_off, mut pause_us) = (rounds(3), 0, 0);
    for round in 0..rounds {
        let person = format!("person{round}");
        send_person(&sandbox, &person);
        let marks = marks(&sandbox, &person);
        let url = sandbox.url().to_owned();
        let body = json!({"subject": person}).to_string();
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let _stop = Stop(&stop);
            scope.spawn(|| load(&ledger, &url, &stop));
            scope.spawn(|| attempt(&url, "POST", "/v1/erasures", &[JSON], body.as_bytes()));
            let until = Instant::now() + Duration::from_secs(30);
            while pending(&sandbox).is_empty() {
                assert!(Instant::now() < until, "it was never noted");
                std::thread::sleep(Duration::from_micros(200));
            }
            // At once, then later and later in the work.
            std::thread::sleep(Duration::from_micros(pause_us + dice.below(20_000)));
            sandbox.kill();
        });
        pause_us += 100_000;
        let noted = pending(&sandbox);
        cut_off += noted.len();
        sandbox.launch();
        assert_eq!(pending(&sandbox), Vec::<String>::new(), "{}", sandbox.log());
        assert_gone(
            &sandbox,
            &marks,
            &format!("in round {round}, cut off: {noted:?}"),
        );
        let receipts = receipts(&sandbox);
        assert_eq!(
            receipts.len(),
            usize::try_from(round + 1).unwrap(),
            "one each: {receipts:?}"
        );
        for id in noted {
            let receipt = receipts.iter().find(|r| r["id"] == *id);
            assert_eq!(
                receipt.map(|r| &r["resumed"]),
                Some(&json!(true)),
                "{id}: {receipts:?}"
            );
        }
        assert_eq!(ledger.breaches(&sandbox), [], "round {round}");
    }
    assert!(cut_off > 0, "every kill came too late");
    assert!(ledger.batches() > rounds as usize, "{}", ledger.batches());
}

#[test]
fn while_a_person_is_erased_no_event_of_others_is_lost() {
    let mut sandbox = Sandbox::with_config(SMALL);
    let ledgers = ["alpha", "beta"].map(|model| Ledger::new(model, None));
    let batches = || ledgers.iter().map(Ledger::batches).sum::<usize>();
    let (url, stop) = (sandbox.url().to_owned(), AtomicBool::new(false));
    let sent = std::thread::scope(|scope| {
        let _stop = Stop(&stop);
        for ledger in &ledgers {
            let (url, stop) = (&url, &stop);
            scope.spawn(move || load(ledger, url, stop));
        }
        let mut sent = Vec::new();
        for round in 0..rounds(2) {
            let person = format!("person{round}");
            send_person(&sandbox, &person);
            let marks = marks(&sandbox, &person);
            let before = batches();
            let receipt = sandbox.client().erase(&person, None).unwrap();
            sent.push(batches() - before);
            assert_eq!(
                receipt["tables"],
                json!({"alpha.predictions": 2, "alpha.outcomes": 2, "beta.predictions": 2, "beta.outcomes": 2, "quarantine": 2}),
                "{receipt}"
            );
            // Nothing is waited for: the answer says that it is gone.
            assert_gone(&sandbox, &marks, "right after the answer");
        }
        sent
    });
    assert!(
        sent.iter().any(|n| *n > 0),
        "no events came meanwhile: {sent:?}"
    );
    for restarted in [false, true] {
        for ledger in &ledgers {
            assert_eq!(ledger.breaches(&sandbox), [], "restarted: {restarted}");
        }
        if !restarted {
            sandbox.kill();
            sandbox.launch();
        }
    }
}

#[test]
fn an_erasure_that_fails_is_tried_again_until_it_is_done() {
    let shim = Shim::compile();
    let mut sandbox = Sandbox::prepare("").environment(shim.environment());
    sandbox.launch();
    send_person(&sandbox, "ann");
    let marks = marks(&sandbox, "ann");
    shim.fail_syncs_of("/lake/models/alpha/");
    let body = json!({"subject": "ann"}).to_string();
    let refused = sandbox.http("POST", "/v1/erasures", &[JSON], body.as_bytes());
    assert!(refused.status >= 500, "{}", refused.text());
    assert!(!shim.failed_syncs().is_empty(), "the fault never happened");
    let waiting = |sandbox: &Sandbox, n: u32| {
        let told = sandbox.http("GET", "/metrics", &[], b"").text();
        told.contains(&format!("candor_erasures_waiting {n}\n"))
    };
    assert!(waiting(&sandbox, 1) && receipts(&sandbox).is_empty());
    shim.mend_syncs();
    // Ten seconds, and what the work takes (`docs/guides/privacy.md`).
    let until = Instant::now() + Duration::from_secs(30);
    while receipts(&sandbox).is_empty() {
        assert!(Instant::now() < until, "{}", sandbox.log());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(receipts(&sandbox)[0]["resumed"], json!(true));
    assert_gone(&sandbox, &marks, "after it was tried again");
    assert!(waiting(&sandbox, 0));
}
