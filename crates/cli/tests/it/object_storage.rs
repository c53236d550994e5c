//! A server whose lake is on an S3-compatible store: killed, and with a store that fails and lies.

use crate::http::Reply;
use crate::profiles;
use crate::s3_server::{ACCESS_KEY_ID, BUCKET, Fault, S3Server, SECRET_ACCESS_KEY};
use crate::sandbox::{Sandbox, candor};
use crate::traces::places_in;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");
const ALL: &str = "SELECT count(*), count(DISTINCT id) FROM m.predictions";

fn config(server: &S3Server, storage: &str) -> String {
    format!(
        "[storage]\nlake = \"s3://{BUCKET}/tests\"\n{storage}\n[s3]\nendpoint = \"{}\"\n\
         access_key_id = \"{ACCESS_KEY_ID}\"\nsecret_access_key = \"{SECRET_ACCESS_KEY}\"\n",
        server.endpoint()
    )
}

fn post(sandbox: &Sandbox, ids: std::ops::Range<u32>, text: &str) -> Reply {
    let rows: String = ids
        .map(|i| {
            format!(
                "{{\"id\":\"{i}\",\"inputs\":{{\"x\":{i},\"text\":\"{text}\"}},\"outputs\":{{\"score\":0.5}}}}\n"
            )
        })
        .collect();
    let path = "/v1/models/m/predictions";
    sandbox.http("POST", path, &[NDJSON], rows.as_bytes())
}

fn send(sandbox: &Sandbox, ids: std::ops::Range<u32>) {
    let wanted = u64::from(ids.end - ids.start);
    let reply = post(sandbox, ids, "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.counts().0, wanted);
}

fn lake_rows(sandbox: &Sandbox) -> u64 {
    let volumes = sandbox.client().read("/v1/models/m/volumes").unwrap();
    let all = volumes.as_array().unwrap();
    let mine = all.iter().find(|v| v["table"] == "predictions").unwrap();
    assert_eq!(
        mine["location"],
        json!(format!("s3://{BUCKET}/tests/models/m/predictions"))
    );
    mine["lake_rows"].as_u64().unwrap()
}

/// Waits for what must happen, with a bound.
fn until(what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < end, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn rows_are_there_once_through_flushes_kills_and_restarts() {
    let server = S3Server::start();
    let mut sandbox = Sandbox::with_config(&config(&server, "flush_age_ms = 3600000"));
    send(&sandbox, 0..1000);
    sandbox.client().flush().unwrap();
    send(&sandbox, 1000..1500);
    assert_eq!(sandbox.sql(ALL), json!([[1500, 1500]]));
    assert_eq!(lake_rows(&sandbox), 1000);
    sandbox.kill();
    sandbox.launch();
    assert_eq!(sandbox.sql(ALL), json!([[1500, 1500]]));
    assert_eq!(post(&sandbox, 900..1100, "").counts().1, 200);
    sandbox.client().flush().unwrap();
    assert_eq!(sandbox.sql(ALL), json!([[1500, 1500]]));
    assert_eq!(lake_rows(&sandbox), 1500);
    assert_eq!(
        sandbox.sql("SELECT sum(input_x) FROM m.predictions"),
        json!([[1_124_250]])
    );
    assert_eq!(sandbox.stop(), Some(0), "{}", sandbox.log());
    // Log, catalog and keys are here, the lake is not, and no secret is in any of them.
    assert!(!sandbox.data().join("lake").exists());
    let doctor = sandbox.candor(&[
        "doctor",
        "--data",
        sandbox.data().to_str().unwrap(),
        "--config",
        sandbox.folder().join("candor.toml").to_str().unwrap(),
    ]);
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(
        doctor.status.success() && said.contains("1500 rows"),
        "{said}"
    );
    let kept = std::fs::read_to_string(sandbox.data().join("backends.json")).unwrap();
    for text in [&kept, &sandbox.log(), &said] {
        assert!(!text.contains(SECRET_ACCESS_KEY), "{text}");
    }
}

#[test]
fn a_damaged_newest_commit_in_the_bucket_is_set_aside_and_flushed_again() {
    let server = S3Server::start();
    let mut sandbox = Sandbox::with_config(&config(&server, "flush_age_ms = 3600000"));
    send(&sandbox, 0..1000);
    sandbox.client().flush().unwrap();
    send(&sandbox, 1000..2000);
    sandbox.client().flush().unwrap();
    sandbox.kill();
    let log = server
        .folder()
        .join("tests/models/m/predictions/_delta_log");
    let mut commits: Vec<_> = std::fs::read_dir(&log)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    commits.sort();
    let newest = commits.pop().unwrap();
    let bytes = std::fs::read(&newest).unwrap();
    std::fs::write(&newest, &bytes[..120]).unwrap();
    sandbox.launch();
    assert!(sandbox.log().contains("set aside"), "{}", sandbox.log());
    assert_eq!(sandbox.sql(ALL), json!([[2000, 2000]]));
    sandbox.client().flush().unwrap();
    assert_eq!(sandbox.sql(ALL), json!([[2000, 2000]]));
    assert_eq!(lake_rows(&sandbox), 2000);
}

#[test]
fn small_files_are_merged_and_old_ones_vacuumed() {
    let server = S3Server::start();
    let settings = "flush_age_ms = 3600000\nmaintain_every_s = 1\nvacuum_after_s = 1";
    let sandbox = Sandbox::with_config(&config(&server, settings));
    for batch in 0..6 {
        send(&sandbox, batch * 100..batch * 100 + 100);
        sandbox.client().flush().unwrap();
    }
    let files = || {
        let days = std::fs::read_dir(server.folder().join("tests/models/m/predictions")).unwrap();
        let days = days.map(|e| e.unwrap().path());
        days.filter(|p| p.file_name().unwrap().to_string_lossy().starts_with("day"))
            .map(|day| std::fs::read_dir(day).unwrap().count())
            .max()
    };
    // Three small files of a day are left alone: the merged one and two that came after.
    until("the merge and the vacuum", || files() <= Some(3));
    assert_eq!(sandbox.sql(ALL), json!([[600, 600]]));
}

#[test]
fn profiles_in_a_bucket_agree_with_the_rows_they_come_from() {
    let server = S3Server::start();
    let mut sandbox = Sandbox::with_config(&config(&server, "flush_age_ms = 3600000"));
    for batch in 0..2 {
        profiles::send(&sandbox, batch * 300..batch * 300 + 300);
        sandbox.client().flush().unwrap();
        profiles::check(&sandbox);
    }
    sandbox.kill();
    sandbox.launch();
    profiles::check(&sandbox);
}

#[test]
fn an_erasure_leaves_nothing_of_a_person_in_the_bucket() {
    let server = S3Server::start();
    let mut sandbox = Sandbox::with_config(&config(&server, "flush_age_ms = 3600000"));
    for (id, subject) in [("ann-1", "ann"), ("bob-1", "bob"), ("ann-2", "ann")] {
        let row = json!({"id": id, "subject": subject, "inputs": {"x": id}});
        let row = row.to_string();
        let path = "/v1/models/m/predictions";
        let reply = sandbox.http("POST", path, &[NDJSON], row.as_bytes());
        assert_eq!(reply.status, 200, "{}", reply.text());
        sandbox.client().flush().unwrap();
    }
    let places = |needle: &str| {
        let mut found = places_in(&server.folder(), needle);
        found.extend(places_in(&sandbox.data(), needle));
        found
    };
    let hash = sandbox.sql("SELECT subject FROM m.predictions WHERE id = 'ann-1'");
    let hash = hash[0][0].as_str().unwrap().to_owned();
    for needle in [&hash, "ann-1", "ann-2"] {
        assert!(!places(needle).is_empty(), "{needle}");
    }
    let receipt = sandbox.client().erase("ann", None).unwrap();
    assert_eq!(receipt["rows"], 2, "{receipt}");
    for needle in [&hash, "ann-1", "ann-2"] {
        assert_eq!(places(needle), Vec::<std::path::PathBuf>::new(), "{needle}");
    }
    sandbox.kill();
    sandbox.launch();
    let left = sandbox.sql("SELECT id FROM m.predictions");
    assert_eq!(left, json!([["bob-1"]]));
}

#[test]
fn while_the_store_is_away_rows_are_taken_up_to_the_bounds() {
    let server = S3Server::start();
    let settings = "flush_age_ms = 200\nhot_bytes_max = 3000000";
    let mut sandbox = Sandbox::with_config(&config(&server, settings));
    send(&sandbox, 0..100);
    sandbox.client().flush().unwrap();
    server.plan(|_, _| Fault::Cut);
    let text = "x".repeat(100);
    let (mut next, mut refused) = (100, None);
    while next < 200_000 && refused.is_none() {
        let reply = post(&sandbox, next..next + 2000, &text);
        match reply.status {
            200 => next += 2000,
            _ => refused = Some(reply),
        }
    }
    let refused = refused.expect("the bound was never reached");
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.header("retry-after").is_some());
    assert!(next > 2100, "rows were taken while the store was away");
    // It may even stop meanwhile; nothing is lost by it.
    sandbox.kill();
    server.heal();
    sandbox.launch();
    sandbox.client().flush().unwrap();
    assert_eq!(sandbox.sql(ALL), json!([[next, next]]));
    assert_eq!(
        post(&sandbox, next..next + 2000, &text).status,
        200,
        "room again"
    );
}

#[test]
fn a_server_ends_in_time_though_the_store_does_not_answer() {
    let server = S3Server::start();
    let mut sandbox = Sandbox::with_config(&config(&server, "flush_age_ms = 100"));
    send(&sandbox, 0..100);
    sandbox.client().flush().unwrap();
    server.plan(|_, _| Fault::Late(Duration::from_secs(600)));
    send(&sandbox, 100..200);
    let asked = Instant::now();
    assert_eq!(sandbox.stop(), Some(0), "{}", sandbox.log());
    assert!(
        asked.elapsed() < Duration::from_secs(40),
        "{:?}",
        asked.elapsed()
    );
    server.heal();
    sandbox.launch();
    assert_eq!(sandbox.sql(ALL), json!([[200, 200]]));
}

#[test]
fn a_store_that_lies_is_refused_at_the_start() {
    let server = S3Server::start();
    server.plan(|method, _| match method.as_str() {
        "PUT" => Fault::Unconditional,
        _ => Fault::None,
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("candor.toml");
    std::fs::write(&file, config(&server, "")).unwrap();
    let start = || {
        candor()
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path().join("data"))
            .arg("--config")
            .arg(&file)
            .output()
            .unwrap()
    };
    let out = start();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(!out.status.success(), "{said}");
    assert!(
        said.contains("cannot be relied on") && said.contains("If-None-Match"),
        "{said}"
    );
    assert!(!said.contains(SECRET_ACCESS_KEY), "{said}");
    // The bucket belongs to one data directory.
    server.heal();
    let mut first = Sandbox::with_config(&config(&server, ""));
    let out = start();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains("belongs to another data directory"), "{said}");
    assert_eq!(first.stop(), Some(0));
}

/// T8 of the reliability research: a store that is slow, fails, and loses the answers of commits that
/// landed. Which requests it hits is the same in every run as far as their order is.
mod heavy {
    use super::*;
    use std::sync::Arc;

    /// What the store does to requests, in turn, and what it did.
    #[derive(Default)]
    struct Trouble {
        /// A file of rows that was stored is gone in the end: what no server can make good, so the check must see it.
        forgets: bool,
        requests: AtomicUsize,
        commits: AtomicUsize,
        answers_lost: AtomicUsize,
    }

    impl Trouble {
        fn of(&self, method: &hyper::Method, path: &str) -> Fault {
            let request = self.requests.fetch_add(1, Ordering::Relaxed);
            if method.as_str() == "PUT" && path.contains("/_delta_log/") {
                let commit = self.commits.fetch_add(1, Ordering::Relaxed);
                let fault = [
                    Fault::None,
                    Fault::AnswerLost,
                    Fault::Fails,
                    Fault::AnswerFalse,
                    Fault::Cut,
                ][commit % 5];
                let landed = matches!(fault, Fault::AnswerLost | Fault::AnswerFalse);
                self.answers_lost
                    .fetch_add(usize::from(landed), Ordering::Relaxed);
                return fault;
            }
            match request % 11 {
                3 => Fault::Fails,
                6 => Fault::Late(Duration::from_millis(60)),
                9 => Fault::AnswerLost,
                _ => Fault::None,
            }
        }
    }

    /// Sends rows while the store makes trouble, with a kill every other round; what is wrong with them at the end.
    fn live_through(trouble: &Arc<Trouble>, rounds: u32) -> Result<(), String> {
        let server = S3Server::start();
        let settings = "flush_age_ms = 150\nmaintain_every_s = 1\nvacuum_after_s = 600";
        let mut sandbox = Sandbox::with_config(&config(&server, settings));
        let mut next = 0;
        for round in 0..rounds {
            let plan = trouble.clone();
            server.plan(move |method, path| plan.of(method, path));
            for _ in 0..10 {
                send(&sandbox, next..next + 200);
                next += 200;
                std::thread::sleep(Duration::from_millis(60));
            }
            if round % 2 == 1 {
                sandbox.kill();
                // A start in the midst of faults may fail; it is not what is asked here.
                server.heal();
                sandbox.launch();
                all_once(&sandbox, next).map_err(|wrong| format!("round {round}: {wrong}"))?;
            }
        }
        server.heal();
        sandbox.client().flush().unwrap();
        if trouble.forgets {
            let day = std::fs::read_dir(server.folder().join("tests/models/m/predictions"));
            let mut files = day
                .unwrap()
                .filter_map(|entry| std::fs::read_dir(entry.unwrap().path()).ok())
                .flatten()
                .map(|entry| entry.unwrap().path());
            let file = files.find(|path| path.extension().is_some_and(|e| e == "parquet"));
            std::fs::remove_file(file.unwrap()).unwrap();
        }
        all_once(&sandbox, next)?;
        match lake_rows(&sandbox) == u64::from(next) {
            true => Ok(()),
            false => Err("rows are not in the lake".to_owned()),
        }
    }

    /// Whether rows `0..next` are there, each once.
    fn all_once(sandbox: &Sandbox, next: u32) -> Result<(), String> {
        let body = json!({"sql": ALL}).to_string();
        let json = ("content-type", "application/json");
        let reply = sandbox.http("POST", "/v1/sql", &[json], body.as_bytes());
        match reply.status == 200 && reply.json()["rows"] == json!([[next, next]]) {
            true => Ok(()),
            false => Err(format!(
                "of {next} rows: {}\n{}",
                reply.text(),
                sandbox.log()
            )),
        }
    }

    #[test]
    fn a_slow_failing_and_forgetful_store_loses_and_doubles_nothing() {
        let trouble = Arc::new(Trouble::default());
        let rounds = std::env::var("CANDOR_PROVE").map_or(6, |n| 6 * n.parse::<u32>().unwrap());
        assert_eq!(live_through(&trouble, rounds), Ok(()));
        assert!(
            trouble.answers_lost.load(Ordering::Relaxed) > 3,
            "too few answers were lost to prove anything"
        );
    }

    #[test]
    fn rows_that_the_store_forgets_are_noticed() {
        let trouble = Arc::new(Trouble {
            forgets: true,
            ..Trouble::default()
        });
        let wrong = live_through(&trouble, 1).expect_err("lost rows went unnoticed");
        assert!(wrong.contains("of 2000 rows"), "{wrong}");
    }
}
