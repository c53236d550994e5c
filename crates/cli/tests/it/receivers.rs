//! Receivers of notices on loopback, by HTTP and by mail: real sockets that keep what they are handed, and treat it as
//! they are told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// How a receiver treats what it is handed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// It takes it.
    Takes,
    /// It is busy for now: 503, or 451 in the language of mail.
    Busy,
    /// It never takes it: 400, or 550.
    Refuses,
    /// It takes it and answers nothing.
    KeepsSilent,
}

/// What a receiver was handed.
#[derive(Debug, Clone)]
pub struct Got {
    /// `x-candor-key`, or the `Message-ID`.
    pub key: String,
    /// Names in lower case and values.
    pub headers: Vec<(String, String)>,
    /// What follows the headers, with its dots as they were meant.
    pub body: Vec<u8>,
    /// How it was treated.
    pub manner: Manner,
}

impl Got {
    /// The values of a header by its lower-case name.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(n, _)| n == name);
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The one value of a header.
    pub fn header(&self, name: &str) -> &str {
        let values = self.headers(name);
        assert_eq!(values.len(), 1, "{name} of {:?}", self.headers);
        values[0]
    }

    /// Whether the receiver has it, whatever the sender knows of that.
    pub fn was_taken(&self) -> bool {
        matches!(self.manner, Manner::Takes | Manner::KeepsSilent)
    }
}

#[derive(Debug, Clone, Copy)]
enum Language {
    Http,
    Smtp,
}

/// A receiver with an address of its own, at which nobody listens before [`Receiver::open`].
pub struct Receiver {
    address: SocketAddr,
    language: Language,
    at: Arc<Desk>,
}

/// Where what comes is kept.
struct Desk {
    manner: Mutex<Manner>,
    got: Mutex<Vec<Got>>,
}

impl Desk {
    fn take(&self, key: String, headers: Vec<(String, String)>, body: Vec<u8>) -> Manner {
        let manner = *self.manner.lock().unwrap();
        self.got.lock().unwrap().push(Got {
            key,
            headers,
            body,
            manner,
        });
        manner
    }
}

impl Receiver {
    /// A web hook.
    pub fn http() -> Self {
        Self::new(Language::Http)
    }

    /// A relay of mail.
    pub fn smtp() -> Self {
        Self::new(Language::Smtp)
    }

    fn new(language: Language) -> Self {
        // A host of loopback that no other process uses: the port is still free when it opens.
        let [_, a, b, c] = std::process::id().to_be_bytes();
        let host = Ipv4Addr::new(127, 1 + a % 128, b, c);
        let address = TcpListener::bind((host, 0)).unwrap().local_addr().unwrap();
        Self {
            address,
            language,
            at: Arc::new(Desk {
                manner: Mutex::new(Manner::Takes),
                got: Mutex::default(),
            }),
        }
    }

    /// Listens from now on.
    pub fn open(&self) {
        let listener = TcpListener::bind(self.address).unwrap();
        let (at, language) = (self.at.clone(), self.language);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let at = at.clone();
                // A sender that is killed says no goodbye.
                std::thread::spawn(move || match language {
                    Language::Http => hook(stream, &at),
                    Language::Smtp => relay(stream, &at),
                });
            }
        });
    }

    /// Treats what comes so from now on.
    pub fn be(&self, manner: Manner) {
        *self.at.manner.lock().unwrap() = manner;
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All that it was handed, in order.
    pub fn got(&self) -> Vec<Got> {
        self.at.got.lock().unwrap().clone()
    }

    /// What it has, in order.
    pub fn taken(&self) -> Vec<Got> {
        let mut got = self.got();
        got.retain(Got::was_taken);
        got
    }
}

/// Keeps the connection until the other side leaves.
fn keep_silent(reader: &mut impl Read) {
    let mut rest = Vec::new();
    let _ = reader.read_to_end(&mut rest);
}

/// Headers up to the empty line; a line that begins with a blank belongs to the one before.
fn headers_of(lines: impl Iterator<Item = String>) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines {
        match (line.split_once(':'), headers.last_mut()) {
            (_, Some((_, value))) if line.starts_with([' ', '\t']) => {
                *value += &format!(" {}", line.trim());
            }
            (Some((name, value)), _) => {
                headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
            }
            (None, _) => {}
        }
    }
    headers
}

fn value(headers: &[(String, String)], name: &str) -> String {
    let named = headers.iter().find(|(n, _)| n == name);
    named.map(|(_, value)| value.clone()).unwrap_or_default()
}

/// A line without its end; `None` when the other side is gone.
fn line_of(reader: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    if reader.read_until(b'\n', &mut line).ok()? == 0 {
        return None;
    }
    let text = String::from_utf8_lossy(&line);
    Some(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// One request by HTTP.
fn hook(mut stream: TcpStream, at: &Desk) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let head: Vec<String> = std::iter::from_fn(|| line_of(&mut reader))
        .take_while(|line| !line.is_empty())
        .collect();
    let headers = headers_of(head.into_iter().skip(1));
    let length = value(&headers, "content-length").parse().unwrap_or(0);
    let mut body = vec![0; length];
    if headers.is_empty() || reader.read_exact(&mut body).is_err() {
        return;
    }
    let answer = match at.take(value(&headers, "x-candor-key"), headers, body) {
        Manner::Takes => "200 OK",
        Manner::Busy => "503 Service Unavailable",
        Manner::Refuses => "400 Bad Request",
        Manner::KeepsSilent => return keep_silent(&mut reader),
    };
    let text = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let _ = stream.write_all(text.as_bytes());
}

/// One conversation with a sender of mail, by RFC 5321.
fn relay(mut stream: TcpStream, at: &Desk) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut greeted, mut from, mut to) = (false, false, 0);
    let mut say = |text: &str| stream.write_all(format!("{text}\r\n").as_bytes()).is_ok();
    say("220 relay.test ESMTP");
    while let Some(line) = line_of(&mut reader) {
        let upper = line.to_ascii_uppercase();
        let heard = match upper.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => {
                greeted = true;
                say("250-relay.test\r\n250 8BITMIME")
            }
            "HELO" => {
                greeted = true;
                say("250 relay.test")
            }
            "MAIL" if greeted && !from && upper.starts_with("MAIL FROM:<") => {
                from = true;
                say("250 2.1.0 OK")
            }
            "RCPT" if from && upper.starts_with("RCPT TO:<") => {
                to += 1;
                say("250 2.1.5 OK")
            }
            "DATA" if to > 0 => {
                say("354 end with a dot");
                let Some((headers, body)) = letter(&mut reader) else {
                    return;
                };
                (from, to) = (false, 0);
                match at.take(value(&headers, "message-id"), headers, body) {
                    Manner::Takes => say("250 2.0.0 taken"),
                    Manner::Busy => say("451 4.3.2 too busy"),
                    Manner::Refuses => say("550 5.7.1 not wanted"),
                    Manner::KeepsSilent => return keep_silent(&mut reader),
                }
            }
            "RSET" => {
                (from, to) = (false, 0);
                say("250 OK")
            }
            "NOOP" => say("250 OK"),
            "QUIT" => {
                say("221 goodbye");
                return;
            }
            "MAIL" | "RCPT" | "DATA" => say("503 5.5.1 not in this order"),
            _ => say("500 5.5.2 unknown"),
        };
        if !heard {
            return;
        }
    }
}

/// Headers and body up to the line that is a dot; `None` for one that was cut off.
fn letter(reader: &mut impl BufRead) -> Option<(Vec<(String, String)>, Vec<u8>)> {
    let mut lines = Vec::new();
    loop {
        let line = line_of(reader)?;
        if line == "." {
            break;
        }
        // A dot that begins a line was doubled on its way.
        lines.push(line.strip_prefix('.').unwrap_or(&line).to_owned());
    }
    let end = lines.iter().position(String::is_empty)?;
    let body = lines.split_off(end).join("\r\n").into_bytes();
    Some((headers_of(lines.into_iter()), body))
}

#[test]
fn the_relay_speaks_the_protocol_and_undoes_what_it_does_to_dots() {
    let relay = Receiver::smtp();
    relay.open();
    let mut stream = TcpStream::connect(relay.address()).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    for (said, answer) in [
        ("", "220"),
        ("MAIL FROM:<a@a.test>", "503"),
        ("HELO me", "250"),
        ("DATA", "503"),
        ("MAIL FROM:<a@a.test>", "250"),
        ("RCPT TO:<b@b.test>", "250"),
        ("DATA", "354"),
        (
            "Message-ID: <k@a.test>\r\nSubject: a\r\n long one\r\n\r\n..dot\r\nend\r\n.",
            "250",
        ),
        ("JUMP", "500"),
        ("QUIT", "221"),
    ] {
        if !said.is_empty() {
            stream.write_all(format!("{said}\r\n").as_bytes()).unwrap();
        }
        let heard = line_of(&mut reader).unwrap();
        assert!(heard.starts_with(answer), "{said}: {heard}");
    }
    let got = relay.got();
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].key, "<k@a.test>");
    assert_eq!(got[0].header("subject"), "a long one");
    assert_eq!(String::from_utf8_lossy(&got[0].body), "\r\n.dot\r\nend");
}
