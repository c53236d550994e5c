//! More load than the server can take: it refuses in order, loses nothing of what it took, keeps to
//! its memory, and is as before when the load is gone.

mod heavy {
    use crate::ledger::{Ledger, Lie, Told, rounds};
    use crate::sandbox::Sandbox;
    use candor_server::Breach;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Bounds that a few senders reach.
    const NARROW: &str = "[limits]\nbatch_bytes_max = 1048576\n[storage]\nintake_bytes_max = 1048576\n\
                          hot_bytes_max = 6000000\nflush_bytes = 1000000\nlog_bytes_max = 16777216\n";
    /// Many times what the bounds above let in at once.
    const SENDERS: usize = 40;
    const EVENTS: u64 = 5000;
    /// Bound on the server's memory in this test, program and libraries included, in KiB.
    const RESIDENT_KIB_MAX: u64 = 600 << 10;

    struct Outcome {
        taken: usize,
        refused: usize,
        breaches: Vec<Breach<u64>>,
        resident_kib: u64,
    }

    /// Whether a batch was refused, which must be done in order.
    fn is_refused(told: &Told) -> bool {
        match told {
            Told::Stored => false,
            Told::Refused(reply) => {
                assert_eq!(reply.verdict(), "503 busy");
                let wait = reply.header("retry-after").expect("Retry-After");
                assert!(wait.parse::<u32>().is_ok_and(|s| s >= 1), "{wait}");
                true
            }
            Told::Nothing => panic!("no answer"),
        }
    }

    fn overload(batches: u32, lie: Option<Lie>) -> Outcome {
        let sandbox = Sandbox::with_config(NARROW);
        let ledger = Ledger::new("m", lie);
        let refused = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..SENDERS {
                scope.spawn(|| {
                    let told = (0..batches).map(|_| ledger.send(sandbox.url(), EVENTS));
                    let n = told.filter(is_refused).count();
                    refused.fetch_add(n, Ordering::Relaxed);
                });
            }
        });
        let resident_kib = sandbox.most_resident_kib();
        let (taken, refused) = (ledger.batches(), refused.into_inner());
        let calm = Ledger::new("calm", None);
        // What was taken may still be on its way to the lake.
        sandbox.client().flush().unwrap();
        for _ in 0..20 {
            assert!(calm.send(sandbox.url(), 10).is_stored(), "the load is gone");
        }
        Outcome {
            taken,
            refused,
            breaches: ledger.breaches(&sandbox),
            resident_kib,
        }
    }

    #[test]
    fn an_overloaded_server_refuses_and_keeps_what_it_took() {
        for _ in 0..rounds(1) {
            let outcome = overload(4, None);
            let (taken, refused) = (outcome.taken, outcome.refused);
            assert!(taken > 0 && refused > 0, "{taken} taken, {refused} refused");
            assert_eq!(outcome.breaches, []);
            let resident_kib = outcome.resident_kib;
            assert!(resident_kib < RESIDENT_KIB_MAX, "{resident_kib} KiB");
        }
    }

    #[test]
    fn refusals_that_somebody_acknowledged_are_found() {
        assert!(!overload(4, Some(Lie::Promise)).breaches.is_empty());
    }
}
