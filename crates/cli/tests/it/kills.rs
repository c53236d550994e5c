//! Killed at random moments under load, again and again: nothing that was acknowledged is lost, and
//! nothing is there twice.

mod heavy {
    use crate::ledger::{Dice, Ledger, Lie, rounds};
    use crate::sandbox::Sandbox;
    use candor_server::Breach;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    const MODELS: [&str; 3] = ["alpha", "beta", "gamma"];
    const SMALL: &str = "[storage]\nflush_age_ms = 300\nflush_bytes = 200000\nmaintain_every_s = 1\nlog_bytes_max = 268435456\n";

    /// Sends batches of all sizes until it is stopped.
    fn load(ledger: &Ledger, url: &str, size: u64, stop: &AtomicBool) {
        let mut sizes = (20..).step_by(7).map(|n| n * size % 200 + 1);
        while !stop.load(Ordering::Relaxed) {
            ledger.send(url, sizes.next().unwrap());
        }
    }

    /// Loads a server from three sides and kills it, `rounds` times. The breaches found, and the
    /// number of acknowledged batches.
    fn kill(rounds: u32, lie: Option<Lie>) -> (Vec<Breach<u64>>, usize) {
        let mut sandbox = Sandbox::with_config(SMALL);
        let ledgers = MODELS.map(|model| Ledger::new(model, lie));
        let mut dice = Dice(20_261_123);
        let mut breaches = Vec::new();
        for round in 0..rounds {
            let stop = AtomicBool::new(false);
            std::thread::scope(|scope| {
                for (ledger, size) in ledgers.iter().zip(1..) {
                    let (url, stop) = (sandbox.url().to_owned(), &stop);
                    scope.spawn(move || load(ledger, &url, size, stop));
                }
                std::thread::sleep(Duration::from_millis(5 + dice.below(800)));
                sandbox.kill();
                stop.store(true, Ordering::Relaxed);
            });
            sandbox.launch();
            if round % 5 == 4 || round + 1 == rounds {
                breaches.extend(ledgers.iter().flat_map(|l| l.breaches(&sandbox)));
            }
        }
        (breaches, ledgers.iter().map(Ledger::batches).sum())
    }

    #[test]
    fn thirty_kills_under_load_lose_and_double_nothing() {
        let rounds = rounds(30);
        let (breaches, batches) = kill(rounds, None);
        assert_eq!(breaches, []);
        assert!(batches > rounds as usize, "too small a load: {batches}");
    }

    #[test]
    fn the_kill_loop_finds_a_server_that_lies() {
        for lie in [Lie::Double, Lie::Promise] {
            let (breaches, _) = kill(1, Some(lie));
            assert!(!breaches.is_empty(), "{lie:?} went unnoticed");
        }
    }
}
