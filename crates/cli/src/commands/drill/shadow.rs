//! A drill that a server rehearses: it must neither take the server's time nor outlive it.

use crate::failure::{Failure, Outcome};
use std::io::Read;
use std::sync::mpsc::sync_channel;

/// How far below the server's its priority is.
const NICE: i32 = 10;

/// Does `work` at low priority, and only while standard input is open: the server holds its other end. Whatever
/// the work left in the temporary folder is removed by the server.
pub(super) fn within(work: impl FnOnce() -> Outcome + Send + 'static) -> Outcome {
    // A system that refuses it runs the drill all the same.
    let _ = rustix::process::nice(NICE);
    let (told, heard) = sync_channel(2);
    let ended = told.clone();
    thread("drill", move || {
        let outcome = std::thread::Builder::new().spawn(work).map(|w| w.join());
        let died = || Failure::service("internal", "the drill ended unexpectedly");
        let _ = ended.send(match outcome {
            Ok(joined) => joined.unwrap_or_else(|_| Err(died())),
            Err(_) => Err(died()),
        });
    })?;
    thread("server", move || {
        let mut rest = Vec::new();
        let _ = std::io::stdin().lock().take(1).read_to_end(&mut rest);
        let _ = told.send(Err(Failure::service(
            "stopped",
            "the server that rehearses this drill is gone",
        )));
    })?;
    heard
        .recv()
        .unwrap_or_else(|e| Err(Failure::service("internal", e.to_string())))
}

fn thread(name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), Failure> {
    let started = std::thread::Builder::new().name(name.into()).spawn(run);
    started
        .map(drop)
        .map_err(|e| Failure::service("start", format!("cannot start a thread: {e}")))
}
