//! Who is told in a drill: a web hook on this machine, in place of everybody whom routes name.

use crate::failure::Failure;
use candor_contract::parse_us;
use candor_monitor::drill::Receipt;
use candor_monitor::notice::Status;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Most bytes of a notice.
const BYTES_MAX: u64 = 16 << 20;
/// How long a sender may take for one.
const PATIENCE: Duration = Duration::from_secs(10);
/// Whence notices come: the settings of its server allow it.
pub(super) const HOST: &str = "127.0.0.1";

/// A web hook that keeps what it gets.
pub(super) struct Receiver {
    url: String,
    got: Arc<Mutex<Vec<Value>>>,
}

impl Receiver {
    /// Listens from now on, until the process ends.
    pub(super) fn open() -> Result<Self, Failure> {
        let failed = |e: io::Error| Failure::service("start", format!("cannot listen: {e}"));
        let listener = TcpListener::bind((HOST, 0)).map_err(failed)?;
        let url = format!("http://{}/", listener.local_addr().map_err(failed)?);
        let got = Arc::new(Mutex::new(Vec::new()));
        let kept = got.clone();
        let listen = move || {
            for stream in listener.incoming().flatten() {
                // A sender that goes away tries again.
                if let Ok(body) = take(&stream) {
                    kept.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(body);
                }
            }
        };
        let thread = std::thread::Builder::new().name("receiver".into());
        thread.spawn(listen).map_err(failed)?;
        Ok(Self { url, got })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// What the notices said, alert by alert. `took_us` is how long each notice took, by its key.
    pub(super) fn receipts(&self, took_us: &BTreeMap<String, i64>) -> Vec<Receipt> {
        let got = self.got.lock().unwrap_or_else(PoisonError::into_inner);
        let told = |body: &Value| receipts(body, took_us).unwrap_or_default();
        got.iter().flat_map(told).collect()
    }
}

/// Reads one request and answers it.
fn take(stream: &TcpStream) -> io::Result<Value> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.take(BYTES_MAX));
    let mut length = 0;
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line.trim_end().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;
    let body = serde_json::from_slice(&body);
    let status = match body {
        Ok(_) => "204 No Content",
        Err(_) => "400 Bad Request",
    };
    let answer = format!("HTTP/1.1 {status}\r\nconnection: close\r\n\r\n");
    let mut stream = stream;
    stream.write_all(answer.as_bytes())?;
    body.map_err(io::Error::other)
}

/// What Alertmanager's payload says of each alert.
fn receipts(body: &Value, took_us: &BTreeMap<String, i64>) -> Option<Vec<Receipt>> {
    let own = &body["candor"];
    let key = own["key"].as_str()?;
    let at_us = parse_us(own["at"].as_str()?)?;
    let receipt = |alert: &Value| {
        let word = |name: &str| alert["annotations"][name].as_str().unwrap_or_default();
        Some(Receipt {
            key: key.to_owned(),
            // Alertmanager's payload names the route as its receiver.
            route: body["receiver"].as_str().unwrap_or_default().to_owned(),
            at_us,
            took_us: took_us.get(key).copied(),
            status: serde_json::from_value::<Status>(alert["status"].clone()).ok()?,
            labels: serde_json::from_value(alert["labels"].clone()).ok()?,
            explained: !word("summary").is_empty() && !word("description").is_empty(),
        })
    };
    Some(
        body["alerts"]
            .as_array()?
            .iter()
            .filter_map(receipt)
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_comes_by_http_is_kept_and_read_alert_by_alert() {
        let receiver = Receiver::open().unwrap();
        let body = json!({
            "receiver": "on-call",
            "candor": {"key": "k/1", "at": "2026-10-06T12:00:00Z"},
            "alerts": [
                {"status": "firing", "labels": {"alert": "a", "measure": "missing"},
                 "annotations": {"summary": "s", "description": "d"}},
                {"status": "resolved", "labels": {"alert": "b"}, "annotations": {"summary": "s"}},
                {"status": "strange", "labels": {}},
            ],
        });
        for text in [body.to_string(), "nothing".to_owned(), "{}".to_owned()] {
            let mut stream = TcpStream::connect(&receiver.url[7..receiver.url.len() - 1]).unwrap();
            let head = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", text.len());
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(text.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            let good = text.starts_with('{');
            let expected = if good { "HTTP/1.1 204" } else { "HTTP/1.1 400" };
            assert!(answer.starts_with(expected), "{answer}");
        }
        crate::clock::pause(Duration::from_millis(50));
        let took = BTreeMap::from([("k/1".to_owned(), 900)]);
        let told = receiver.receipts(&took);
        assert_eq!(told.len(), 2, "{told:?}");
        let first = &told[0];
        assert_eq!((first.took_us, first.explained), (Some(900), true));
        assert_eq!(first.at_us, parse_us("2026-10-06T12:00:00Z").unwrap());
        assert_eq!(
            (&first.labels["measure"][..], &first.route[..]),
            ("missing", "on-call")
        );
        assert_eq!(
            (told[1].status, told[1].explained),
            (Status::Resolved, false)
        );
    }
}
