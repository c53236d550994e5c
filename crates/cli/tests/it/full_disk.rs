//! A disk that is full at random moments: refusals instead of losses, and going on without a
//! restart as soon as there is room.

mod heavy {
    use crate::ledger::{Dice, Ledger, Lie, Told, rounds};
    use crate::sandbox::Sandbox;
    use crate::small_disk::SmallDisk;
    use candor_server::Breach;
    use std::time::{Duration, Instant};

    /// Small segments, so that the log meets the full disk soon.
    const SMALL: &str = "[storage]\nlog_bytes_max = 8388608\nflush_age_ms = 200\nmaintain_every_s = 1\nvacuum_after_s = 1\nhot_bytes_max = 16000000\n";
    /// Longest wait for what must happen.
    const WAIT: Duration = Duration::from_secs(60);

    /// Fills the disk in the middle of sending, as often as told.
    fn fill_under_load(mut sandbox: Sandbox, rounds: u32, lie: Option<Lie>) -> Vec<Breach<u64>> {
        sandbox.launch();
        let url = sandbox.url().to_owned();
        let ledger = Ledger::new("m", lie);
        let mut dice = Dice(6);
        for round in 0..rounds {
            for _ in 0..dice.below(20) {
                send_until_stored(&ledger, &url, &sandbox, 1 + dice.below(400));
            }
            sandbox
                .disk()
                .fill(usize::try_from(dice.below(400)).unwrap());
            send_until_refused(&ledger, &url, lie);
            // New names need the catalog, which has no room either.
            let new = Ledger::new(&format!("new-{round}"), None);
            let told = new.send(&url, 1);
            assert!(!matches!(told, Told::Nothing), "{}", sandbox.log());
            assert!(sandbox.is_running(), "{}", sandbox.log());
            assert_eq!(ledger.breaches(&sandbox).is_empty(), lie.is_none());
            sandbox.disk().clear();
            send_until_stored(&ledger, &url, &sandbox, 10);
            send_until_stored(&new, &url, &sandbox, 10);
            assert_eq!(new.breaches(&sandbox), []);
        }
        assert!(sandbox.is_running(), "{}", sandbox.log());
        sandbox.client().flush().unwrap();
        let mut breaches = ledger.breaches(&sandbox);
        sandbox.kill();
        sandbox.launch();
        breaches.extend(ledger.breaches(&sandbox));
        breaches
    }

    fn send_until_refused(ledger: &Ledger, url: &str, lie: Option<Lie>) {
        for _ in 0..2000 {
            match ledger.send(url, 400) {
                Told::Stored if lie == Some(Lie::Promise) && ledger.batches() > 200 => return,
                Told::Stored => {}
                Told::Refused(reply) => {
                    assert_eq!(reply.status, 503, "{}", reply.text());
                    assert!(reply.header("retry-after").is_some(), "{}", reply.text());
                    return;
                }
                Told::Nothing => panic!("no answer on a full disk"),
            }
        }
        panic!("a full disk refuses nothing");
    }

    fn send_until_stored(ledger: &Ledger, url: &str, sandbox: &Sandbox, n: u64) {
        let until = Instant::now() + WAIT;
        while !ledger.send(url, n).is_stored() {
            assert!(
                Instant::now() < until,
                "it does not go on: {}",
                sandbox.log()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    #[test]
    fn a_full_disk_refuses_and_goes_on_when_there_is_room() {
        let Some(disk) = SmallDisk::mount(48) else {
            return;
        };
        let sandbox = Sandbox::prepare(SMALL).on(disk);
        assert_eq!(fill_under_load(sandbox, rounds(25), None), []);
    }

    #[test]
    fn what_a_full_disk_refused_and_somebody_acknowledged_is_found() {
        let Some(disk) = SmallDisk::mount(48) else {
            return;
        };
        let sandbox = Sandbox::prepare(SMALL).on(disk);
        let breaches = fill_under_load(sandbox, 1, Some(Lie::Promise));
        assert!(!breaches.is_empty());
    }
}
