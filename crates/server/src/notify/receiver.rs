//! A receiver for tests: a real socket that keeps what it is sent and answers as it is told.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What it answers once.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: String::new(),
        }
    }
}

/// What it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    /// Request line and headers.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// It answers one request a connection, and 200 after what it was told is used up.
#[derive(Debug)]
pub(crate) struct Receiver {
    address: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
    stopped: Arc<Mutex<bool>>,
}

impl Receiver {
    pub(crate) async fn start(answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (got, stopped) = (Arc::<Mutex<Vec<Got>>>::default(), Arc::default());
        let mut answers: VecDeque<Answer> = answers.iter().cloned().collect();
        let (kept, ended) = (got.clone(), Arc::<Mutex<bool>>::clone(&stopped));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if *ended.lock().unwrap() {
                    return;
                }
                let answer = answers.pop_front().unwrap_or_default();
                serve(stream.unwrap(), &answer, &kept);
            }
        });
        Self {
            address,
            got,
            stopped,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// Listens no more.
    pub(crate) fn stop(&self) {
        *self.stopped.lock().unwrap() = true;
        // Wakes the listener, which then ends.
        let _ = TcpStream::connect(self.address);
        while TcpStream::connect(self.address).is_ok() {
            std::thread::yield_now();
        }
    }
}

fn serve(mut stream: TcpStream, answer: &Answer, kept: &Mutex<Vec<Got>>) {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    let (head, body_at) = loop {
        let n = stream.read(&mut piece).unwrap_or(0);
        if n == 0 {
            return;
        }
        bytes.extend_from_slice(&piece[..n]);
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break (String::from_utf8_lossy(&bytes[..at]).into_owned(), at + 4);
        }
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let named = name.eq_ignore_ascii_case("content-length");
        named.then(|| value.trim().parse::<usize>().unwrap())
    });
    while bytes.len() < body_at + length.unwrap_or(0) {
        let n = stream.read(&mut piece).unwrap();
        bytes.extend_from_slice(&piece[..n]);
    }
    let body = bytes[body_at..].to_vec();
    kept.lock().unwrap().push(Got { head, body });
    let mut text = format!("HTTP/1.1 {} x\r\n", answer.status);
    for (name, value) in &answer.headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!(
        "content-length: {}\r\nconnection: close\r\n\r\n{}",
        answer.body.len(),
        answer.body
    );
    let _ = stream.write_all(text.as_bytes());
}
