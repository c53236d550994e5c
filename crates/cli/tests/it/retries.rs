//! Batches sent again because their answers were lost, in any order, across kills: each event is
//! there exactly once.

use crate::ledger::{Dice, Ledger, Lie, Told, rounds};
use crate::sandbox::Sandbox;
use candor_server::Breach;
use std::io::Write;
use std::net::TcpStream;
use std::ops::Range;
use std::time::{Duration, Instant};

const BUSY: &str = "[storage]\nflush_age_ms = 100\nlog_bytes_max = 1048576\nmaintain_every_s = 1\n";
/// Batches that begin in each round, and events in each.
const BATCHES: u64 = 30;
const EVENTS: u64 = 40;
/// Longest wait for room in the log.
const WAIT: Duration = Duration::from_secs(60);

/// What a run came to.
struct Outcome {
    breaches: Vec<Breach<u64>>,
    sent: u64,
    stored: usize,
}

fn shuffle<T>(dice: &mut Dice, items: &mut [T]) {
    for at in (1..items.len()).rev() {
        let other = usize::try_from(dice.below(at as u64 + 1)).unwrap();
        items.swap(at, other);
    }
}

/// Sends a batch and hangs up before the answer.
fn send_and_hang_up(ledger: &Ledger, url: &str, range: Range<u64>) {
    let request = ledger.request(url, range);
    if let Ok(mut stream) = TcpStream::connect(url.trim_start_matches("http://")) {
        let _ = stream.write_all(request.as_bytes());
    }
}

/// As a sender does who is told that the log is full and to come again.
fn send_until_stored(ledger: &Ledger, sandbox: &Sandbox, range: &Range<u64>) {
    let until = Instant::now() + WAIT;
    loop {
        match ledger.send_range(sandbox.url(), range.clone()) {
            Told::Stored => return,
            Told::Refused(reply) if reply.verdict() == "503 busy" => {}
            told => panic!("{told:?}"),
        }
        assert!(Instant::now() < until, "it stays full: {}", sandbox.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn send_again_and_again(rounds: u32, lie: Option<Lie>) -> Outcome {
    let mut sandbox = Sandbox::with_config(BUSY);
    let ledger = Ledger::new("m", lie);
    let mut dice = Dice(11);
    let (mut open, mut done) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        open.extend((0..BATCHES).map(|_| ledger.take(EVENTS)));
        // Some of what was answered long ago comes once more.
        shuffle(&mut dice, &mut done);
        open.extend(done.drain(..done.len() / 3));
        shuffle(&mut dice, &mut open);
        let kill_at = usize::try_from(dice.below(open.len() as u64)).unwrap();
        for (n, range) in std::mem::take(&mut open).into_iter().enumerate() {
            if n == kill_at {
                sandbox.kill();
                sandbox.launch();
            }
            if dice.below(10) < 3 {
                send_and_hang_up(&ledger, sandbox.url(), range.clone());
                open.push(range);
            } else if ledger.send_range(sandbox.url(), range.clone()).is_stored() {
                done.push(range);
            } else {
                open.push(range);
            }
        }
    }
    let all: Vec<_> = open.into_iter().chain(done).collect();
    for range in &all {
        send_until_stored(&ledger, &sandbox, range);
    }
    Outcome {
        breaches: ledger.breaches(&sandbox),
        sent: u64::from(rounds) * BATCHES * EVENTS,
        stored: ledger.stored(&sandbox).len(),
    }
}

mod heavy {
    use super::*;

    #[test]
    fn events_sent_again_are_there_exactly_once() {
        let outcome = send_again_and_again(rounds(8), None);
        assert_eq!(outcome.breaches, []);
        assert_eq!(outcome.stored as u64, outcome.sent);
    }

    #[test]
    fn a_server_that_takes_retries_for_new_events_is_found() {
        let outcome = send_again_and_again(1, Some(Lie::Double));
        assert!(!outcome.breaches.is_empty() && outcome.stored as u64 > outcome.sent);
    }
}
