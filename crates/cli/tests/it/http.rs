//! A client that sends exactly what a test says, good or bad.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longest wait for a reply: a server that hangs is a failed test.
const WAIT: Duration = Duration::from_secs(60);

/// What the server answered.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Status and problem code, `-` without one. The code of a refusal to OpenTelemetry ends its message.
    pub fn verdict(&self) -> String {
        let json = self.json();
        let message = json["message"].as_str().unwrap_or_default();
        let end = message
            .rsplit_once('(')
            .map(|(_, end)| end.trim_end_matches(')'));
        let code = json["code"].as_str().or(end).unwrap_or("-");
        format!("{} {code}", self.status)
    }

    /// The value of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|l| l.split_once(':'));
        lines
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.trim())
    }

    /// Accepted, duplicate and rejected rows, and the codes of the rejected ones.
    pub fn counts(&self) -> (u64, u64, Vec<String>) {
        assert_eq!(self.status, 200, "{}", self.text());
        let json = self.json();
        let codes = json["rejected"].as_array().unwrap().iter();
        (
            json["accepted"].as_u64().unwrap(),
            json["duplicates"].as_u64().unwrap(),
            codes
                .map(|r| r["code"].as_str().unwrap().to_owned())
                .collect(),
        )
    }
}

/// A connection to `url` (`http://host:port`).
pub fn connect(url: &str) -> TcpStream {
    let stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(WAIT)).unwrap();
    stream.set_write_timeout(Some(WAIT / 6)).unwrap();
    stream
}

/// One request over a connection of its own.
pub fn call(url: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let reply = attempt(url, method, path, headers, body);
    reply.unwrap_or_else(|| panic!("no reply to {method} {path}"))
}

/// The same with a server that may be gone: `None` if nobody answers.
pub fn attempt(
    url: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Reply> {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(WAIT)).unwrap();
    stream.set_write_timeout(Some(WAIT / 6)).unwrap();
    let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "host") {
        head += &format!("host: {host}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("content-length: {}\r\n\r\n", body.len());
    // A server that refuses early closes before it has read everything; what it said counts.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body);
    read(&mut stream)
}

/// The reply up to the end of the connection; `None` if there is none.
pub fn read(stream: &mut TcpStream) -> Option<Reply> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let at = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..at]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut reply = Reply {
        status,
        head,
        body: bytes.split_off(at + 4),
    };
    if reply.header("transfer-encoding") == Some("chunked") {
        reply.body = unchunk(&reply.body);
    }
    Some(reply)
}

fn unchunk(mut bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(at) = bytes.windows(2).position(|w| w == b"\r\n") {
        let Ok(size) = usize::from_str_radix(&String::from_utf8_lossy(&bytes[..at]), 16) else {
            break;
        };
        if size == 0 || bytes.len() < at + 2 + size {
            break;
        }
        out.extend_from_slice(&bytes[at + 2..at + 2 + size]);
        bytes = &bytes[(at + 4 + size).min(bytes.len())..];
    }
    out
}
