//! A relay between a client and the server that loses an answer, as a broken network does.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Longest wait for what must happen.
const WAIT: Duration = Duration::from_secs(60);

/// It forwards every connection until it is cut; then it takes none until it is mended.
pub struct Relay {
    url: String,
    state: Arc<State>,
    cut: Mutex<Receiver<()>>,
}

struct State {
    server: String,
    is_cut: AtomicBool,
    mended: AtomicBool,
    answers: AtomicUsize,
    seen: AtomicUsize,
    lose: Box<dyn Fn(&str, usize) -> bool + Send + Sync>,
}

impl Relay {
    /// `lose` sees the path of each request and how many of that kind came before it, itself
    /// counted. The server gets the request that it picks, the client no answer.
    pub fn cut_at_answer(
        server: &str,
        lose: impl Fn(&str, usize) -> bool + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            server: server.trim_start_matches("http://").to_owned(),
            is_cut: AtomicBool::new(false),
            mended: AtomicBool::new(false),
            answers: AtomicUsize::new(0),
            seen: AtomicUsize::new(0),
            lose: Box::new(lose),
        });
        let (tell, cut) = channel();
        let shared = state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (state, tell) = (shared.clone(), tell.clone());
                std::thread::spawn(move || state.forward(client).then(|| tell.send(())));
            }
        });
        Self {
            url,
            state,
            cut: Mutex::new(cut),
        }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits for the lost answer.
    pub fn await_cut(&self) {
        self.cut.lock().unwrap().recv_timeout(WAIT).unwrap();
    }

    /// From now on everything passes.
    pub fn mend(&self) {
        self.state.mended.store(true, Ordering::SeqCst);
        self.state.is_cut.store(false, Ordering::SeqCst);
    }

    pub fn is_mended(&self) -> bool {
        self.state.mended.load(Ordering::SeqCst)
    }

    /// Answers that the server gave.
    pub fn answers(&self) -> usize {
        self.state.answers.load(Ordering::SeqCst)
    }
}

impl State {
    /// Serves one connection; true if it lost the answer.
    fn forward(&self, mut client: TcpStream) -> bool {
        if self.is_cut.load(Ordering::SeqCst) {
            return false;
        }
        let mut server = TcpStream::connect(&self.server).unwrap();
        server.set_read_timeout(Some(WAIT)).unwrap();
        while let Some((path, request)) = read_message(&mut client) {
            let counted = path.ends_with("/predictions");
            let seen = if counted {
                self.seen.fetch_add(1, Ordering::SeqCst) + 1
            } else {
                0
            };
            if server.write_all(&request).is_err() {
                return false;
            }
            let Some((_, answer)) = read_message(&mut server) else {
                return false;
            };
            self.answers.fetch_add(1, Ordering::SeqCst);
            if !self.mended.load(Ordering::SeqCst) && (self.lose)(&path, seen) {
                self.is_cut.store(true, Ordering::SeqCst);
                return true;
            }
            if client.write_all(&answer).is_err() {
                return false;
            }
        }
        false
    }
}

/// One HTTP message with a content length, and the second word of its first line.
fn read_message(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut part = [0; 16 << 10];
    loop {
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..at]).to_ascii_lowercase();
            let path = head.split(' ').nth(1)?.to_owned();
            let length = head
                .lines()
                .find_map(|l| l.strip_prefix("content-length:"))
                .map_or(0, |l| l.trim().parse::<usize>().unwrap());
            let chunked = head.contains("transfer-encoding: chunked");
            let whole = if chunked {
                bytes.ends_with(b"0\r\n\r\n")
            } else {
                bytes.len() >= at + 4 + length
            };
            if whole {
                return Some((path, bytes));
            }
        }
        let n = stream.read(&mut part).ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&part[..n]);
    }
}
