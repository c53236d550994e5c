//! What was acknowledged, held against what is stored: the one check of every harness that breaks
//! something, and the lies that prove it would notice.

use crate::http::{Reply, attempt};
use crate::sandbox::Sandbox;
use candor_server::{Breach, each_once};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");

/// What a broken server, or a relay in front of it, would do. A harness that stays green with one
/// of these in the way proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// Acknowledges and forwards nothing.
    Swallow,
    /// Forwards every event a second time, so that it is stored twice.
    Double,
    /// Acknowledges what the server refused or never answered.
    Promise,
}

/// What the sender of a batch was told.
#[derive(Debug)]
pub enum Told {
    /// It is stored.
    Stored,
    /// It is not, with the answer.
    Refused(Reply),
    /// Nothing: the connection ended.
    Nothing,
}

impl Told {
    pub fn is_stored(&self) -> bool {
        matches!(self, Told::Stored)
    }
}

/// The events of one model, numbered from 0, and those of them that were acknowledged.
pub struct Ledger {
    model: String,
    lie: Option<Lie>,
    next: AtomicU64,
    acknowledged: Mutex<Vec<Range<u64>>>,
}

impl Ledger {
    pub fn new(model: &str, lie: Option<Lie>) -> Self {
        Self {
            model: model.to_owned(),
            lie,
            next: AtomicU64::new(0),
            acknowledged: Mutex::default(),
        }
    }

    /// Sends the next `n` events and notes whether they were acknowledged.
    pub fn send(&self, url: &str, n: u64) -> Told {
        let first = self.next.fetch_add(n, Ordering::Relaxed);
        self.send_range(url, first..first + n)
    }

    /// The numbers of the next `n` events, for a sender that sends them later, perhaps again.
    pub fn take(&self, n: u64) -> Range<u64> {
        let first = self.next.fetch_add(n, Ordering::Relaxed);
        first..first + n
    }

    /// Sends events by their numbers and notes whether they were acknowledged.
    pub fn send_range(&self, url: &str, range: Range<u64>) -> Told {
        let told = self.deliver(url, range.clone());
        if told.is_stored() {
            self.acknowledged.lock().unwrap().push(range);
        }
        told
    }

    fn deliver(&self, url: &str, range: Range<u64>) -> Told {
        if self.lie == Some(Lie::Swallow) {
            return Told::Stored;
        }
        let mut body = lines(range.clone(), "");
        if self.lie == Some(Lie::Double) {
            body += &lines(range.clone(), "again-");
        }
        let path = format!("/v1/models/{}/predictions", self.model);
        let told = match attempt(url, "POST", &path, &[NDJSON], body.as_bytes()) {
            None => Told::Nothing,
            Some(reply) if reply.status == 200 => {
                let (accepted, duplicates, rejected) = reply.counts();
                assert!(rejected.is_empty(), "{rejected:?}");
                assert!(accepted + duplicates >= range.end - range.start);
                Told::Stored
            }
            Some(reply) => Told::Refused(reply),
        };
        match self.lie {
            Some(Lie::Promise) => Told::Stored,
            _ => told,
        }
    }

    /// Batches acknowledged so far.
    pub fn batches(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// Every acknowledged event that is missing, and every event that is there twice.
    pub fn breaches(&self, sandbox: &Sandbox) -> Vec<Breach<u64>> {
        let acknowledged: std::collections::HashSet<u64> = {
            let ranges = self.acknowledged.lock().unwrap();
            ranges.iter().cloned().flatten().collect()
        };
        each_once(acknowledged, self.stored(sandbox))
    }

    /// The bytes of a request with these events, for a sender that hangs up.
    pub fn request(&self, url: &str, range: Range<u64>) -> String {
        let (model, body) = (&self.model, lines(range, ""));
        let (host, length) = (url.trim_start_matches("http://"), body.len());
        format!(
            "POST /v1/models/{model}/predictions HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: application/x-ndjson\r\ncontent-length: {length}\r\n\r\n{body}"
        )
    }

    /// The numbers of the events that are stored, as a statement finds them.
    pub fn stored(&self, sandbox: &Sandbox) -> Vec<u64> {
        let sql = format!("SELECT input_x FROM \"{}\".predictions", self.model);
        let body = serde_json::json!({"sql": sql, "max_rows": 1_000_000}).to_string();
        let headers = [("content-type", "application/json"), ("accept", "text/csv")];
        let reply = sandbox.http("POST", "/v1/sql", &headers, body.as_bytes());
        if reply.json()["code"] == "sql_unknown_table" {
            return Vec::new();
        }
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(reply.header("x-candor-truncated"), Some("false"));
        let text = reply.text();
        text.lines().skip(1).map(|l| l.parse().unwrap()).collect()
    }
}

fn lines(range: Range<u64>, prefix: &str) -> String {
    let line = |i| {
        format!(
            "{{\"id\":\"{prefix}{i}\",\"inputs\":{{\"x\":{i}}},\"outputs\":{{\"score\":0.5}}}}\n"
        )
    };
    range.map(line).collect()
}

/// `base` times what `make prove` asks for.
pub fn rounds(base: u32) -> u32 {
    let times = std::env::var("CANDOR_PROVE").ok();
    base * times.and_then(|n| n.parse::<u32>().ok()).unwrap_or(1)
}

/// SplitMix64: the same fate on every machine.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

#[test]
fn the_check_reports_every_lie() {
    for lie in [Lie::Swallow, Lie::Double, Lie::Promise] {
        let mut sandbox = Sandbox::start();
        let (honest, lied) = (Ledger::new("honest", None), Ledger::new("lied", Some(lie)));
        let url = sandbox.url().to_owned();
        assert!(honest.send(&url, 10).is_stored());
        assert!(lied.send(&url, 10).is_stored());
        sandbox.kill();
        let told = honest.send(&url, 10);
        assert!(matches!(told, Told::Nothing), "{told:?}");
        lied.send(&url, 10);
        sandbox.launch();
        assert_eq!(honest.breaches(&sandbox), []);
        let is_right = |breach: &Breach<u64>| match breach {
            Breach::Lost(_) => lie != Lie::Double,
            Breach::Repeated(..) => lie == Lie::Double,
        };
        let breaches = lied.breaches(&sandbox);
        assert!(breaches.len() >= 10, "{lie:?} went unnoticed: {breaches:?}");
        assert!(breaches.iter().all(is_right), "{lie:?}: {breaches:?}");
    }
}
