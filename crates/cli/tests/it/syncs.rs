//! A disk whose syncs fail: of the log, nothing is acknowledged any more and the process ends; of
//! anything else, the server goes on and tries again.

use crate::ledger::{Ledger, Lie, Told, rounds};
use crate::sandbox::Sandbox;
use crate::shim::Shim;
use candor_server::Breach;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What a run with a failing log came to.
#[derive(Debug)]
struct Outcome {
    /// Batches that were acknowledged although they were sent after the syncs began to fail.
    late: usize,
    exit_code: Option<i32>,
    breaches: Vec<Breach<u64>>,
}

/// Four senders, then every sync of the log fails; the process ends and is started again.
fn fail_log_under_load(lie: Option<Lie>) -> Outcome {
    let shim = Shim::compile();
    let mut sandbox = Sandbox::prepare("").environment(shim.environment());
    sandbox.launch();
    let ledger = Ledger::new("m", lie);
    // Answers may tell of the failure from `begun` on; no request after `failing` may succeed.
    let (begun, failing) = (AtomicBool::new(false), AtomicBool::new(false));
    let late = std::thread::scope(|scope| {
        let send = || {
            let (url, mut late) = (sandbox.url(), 0);
            // Some batches after the failure are enough; before it they go on.
            for _ in 0..40 {
                let after = failing.load(Ordering::SeqCst);
                let told = ledger.send(url, 20);
                match &told {
                    Told::Stored => late += usize::from(after),
                    Told::Refused(reply) => assert_eq!(reply.status, 503, "{told:?}"),
                    Told::Nothing => {}
                }
                assert!(told.is_stored() || begun.load(Ordering::SeqCst), "{told:?}");
                std::thread::sleep(Duration::from_millis(5));
            }
            late
        };
        let senders = [(); 4].map(|()| scope.spawn(send));
        while ledger.batches() < 20 {
            std::thread::sleep(Duration::from_millis(1));
        }
        begun.store(true, Ordering::SeqCst);
        shim.fail_syncs_of("/log/segment-");
        failing.store(true, Ordering::SeqCst);
        senders.into_iter().map(|s| s.join().unwrap()).sum()
    });
    assert!(!shim.failed_syncs().is_empty(), "the fault never happened");
    let exit_code = sandbox.wait();
    assert!(sandbox.log().contains("the log stopped"));
    shim.mend_syncs();
    sandbox.launch();
    Outcome {
        late,
        exit_code,
        breaches: ledger.breaches(&sandbox),
    }
}

#[test]
fn after_a_failed_sync_of_the_log_nothing_is_acknowledged_and_the_process_ends() {
    for _ in 0..rounds(1) {
        let outcome = fail_log_under_load(None);
        assert_eq!(outcome.late, 0, "{outcome:?}");
        assert!(
            outcome.exit_code.is_some_and(|code| code != 0),
            "{outcome:?}"
        );
        assert_eq!(outcome.breaches, []);
    }
}

#[test]
fn an_acknowledgement_without_a_sync_is_found() {
    let outcome = fail_log_under_load(Some(Lie::Promise));
    assert!(
        outcome.late > 0 && !outcome.breaches.is_empty(),
        "{outcome:?}"
    );
}

#[test]
fn a_lake_that_cannot_be_synced_holds_up_the_flush_only() {
    let shim = Shim::compile();
    let mut sandbox =
        Sandbox::prepare("[storage]\nflush_age_ms = 100\n").environment(shim.environment());
    sandbox.launch();
    let ledger = Ledger::new("m", None);
    let url = sandbox.url().to_owned();
    assert!(ledger.send(&url, 100).is_stored());
    sandbox.client().flush().unwrap();
    shim.fail_syncs_of("/lake/models/m/");
    while shim.failed_syncs().len() < 3 {
        assert!(ledger.send(&url, 100).is_stored());
        assert!(sandbox.is_running());
    }
    assert_eq!(ledger.breaches(&sandbox), []);
    sandbox.kill();
    shim.mend_syncs();
    sandbox.launch();
    assert_eq!(ledger.breaches(&sandbox), [], "{}", sandbox.log());
    sandbox.client().flush().unwrap();
    assert_eq!(ledger.breaches(&sandbox), [], "flushed again");
}

#[test]
fn a_catalog_that_cannot_be_synced_refuses_what_is_new_until_it_can() {
    let shim = Shim::compile();
    let mut sandbox = Sandbox::prepare("").environment(shim.environment());
    sandbox.launch();
    let (known, new) = (Ledger::new("known", None), Ledger::new("new", None));
    let url = sandbox.url().to_owned();
    assert!(known.send(&url, 10).is_stored());
    shim.fail_syncs_of("/catalog.sqlite");
    for _ in 0..3 {
        match new.send(&url, 10) {
            Told::Refused(reply) => {
                assert_eq!(reply.verdict(), "503 catalog_unavailable");
                assert!(reply.header("retry-after").is_some());
            }
            told => panic!("{told:?}"),
        }
        assert!(known.send(&url, 10).is_stored(), "known models go on");
    }
    assert!(!shim.failed_syncs().is_empty(), "the fault never happened");
    shim.mend_syncs();
    // It is not asked again at once.
    let taken = (0..40).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        new.send(&url, 10).is_stored()
    });
    assert!(taken, "{}", sandbox.log());
    for ledger in [known, new] {
        assert_eq!(ledger.breaches(&sandbox), []);
    }
}
