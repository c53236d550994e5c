//! A client that costs little: HTTP/1.1 over one kept connection, nothing parsed but what is needed.

use crate::Result;
use memchr::memmem;
use std::io::{ErrorKind, IoSlice, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longest a reply may take.
const REPLY: Duration = Duration::from_secs(120);

/// Told as a status when the server hung up while a body was being sent and its answer was lost.
pub(crate) const HUNG_UP: u16 = 0;

/// The server waits for the body.
const CONTINUE: u16 = 100;

/// One kept connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    address: SocketAddr,
    buffer: Vec<u8>,
}

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// Seconds in `Retry-After`, 0 without it.
    pub(crate) retry_after_s: u64,
}

impl Connection {
    /// Connects.
    pub(crate) fn open(to: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(to)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(REPLY))?;
        Ok(Self {
            stream,
            address: to,
            buffer: Vec::with_capacity(4096),
        })
    }

    /// Posts a body and reads the whole reply.
    pub(crate) fn post(&mut self, path: &str, content_type: &str, body: &[u8]) -> Result<Reply> {
        self.exchange(&head("POST", path, content_type, body.len()), body)
    }

    /// Posts a body once the server has said that it takes it (`Expect: 100-continue`), and reads the whole
    /// reply, which may come instead.
    pub(crate) fn post_asking(
        &mut self,
        path: &str,
        content_type: &str,
        body: &[u8],
    ) -> Result<Reply> {
        let head = head("POST", path, content_type, body.len());
        let asking = head.replacen("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n", 1);
        self.send(asking.as_bytes(), b"")?;
        let answer = self.read()?;
        if answer.status == CONTINUE {
            return self.exchange("", body);
        }
        *self = Self::open(self.address)?;
        Ok(answer)
    }

    /// Puts a body and reads the whole reply.
    pub(crate) fn put(&mut self, path: &str, content_type: &str, body: &[u8]) -> Result<Reply> {
        self.exchange(&head("PUT", path, content_type, body.len()), body)
    }

    fn exchange(&mut self, head: &str, body: &[u8]) -> Result<Reply> {
        let sent = self.send(head.as_bytes(), body);
        // A server that refuses before it has read the whole body answers and hangs up.
        let reply = self.read().or_else(|lost| match sent {
            Ok(()) => Err(lost),
            Err(_) => Ok(Reply {
                status: HUNG_UP,
                body: Vec::new(),
                retry_after_s: 0,
            }),
        })?;
        if reply.status != 200 {
            *self = Self::open(self.address)?;
        }
        Ok(reply)
    }

    /// Asks for a path.
    pub(crate) fn get(&mut self, path: &str) -> Result<Reply> {
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        self.send(head.as_bytes(), b"")?;
        self.read()
    }

    fn send(&mut self, head: &[u8], body: &[u8]) -> Result<()> {
        let total = head.len() + body.len();
        let mut sent = 0;
        while sent < total {
            let rest_head = &head[sent.min(head.len())..];
            let rest_body = &body[sent.saturating_sub(head.len())..];
            let parts = [IoSlice::new(rest_head), IoSlice::new(rest_body)];
            match self.stream.write_vectored(&parts) {
                Ok(0) => return Err("the server closed the connection".into()),
                Ok(n) => sent += n,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
        Ok(())
    }

    fn read(&mut self) -> Result<Reply> {
        self.buffer.clear();
        let mut chunk = [0; 16_384];
        loop {
            if let Some((reply, _)) = parse(&self.buffer)? {
                return Ok(reply);
            }
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err("the server closed the connection".into()),
                Ok(n) => self.buffer.extend_from_slice(&chunk[..n]),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
    }
}

/// The head of a POST request.
pub(crate) fn head(verb: &str, path: &str, content_type: &str, length: usize) -> String {
    format!(
        "{verb} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
    )
}

/// The reply that `buffer` starts with and its length; `None` until it is whole.
pub(crate) fn parse(buffer: &[u8]) -> Result<Option<(Reply, usize)>> {
    let Some(end) = memmem::find(buffer, b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&buffer[..end])?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status: u16 = status.ok_or("not an HTTP reply")?.parse()?;
    let header = |name: &str| {
        head.split("\r\n").find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let retry_after_s = header("retry-after").map_or(Ok(0), str::parse)?;
    let from = end + 4;
    let reply = |body: Vec<u8>| Reply {
        status,
        body,
        retry_after_s,
    };
    if header("transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked")) {
        return Ok(unchunk(&buffer[from..])?.map(|(body, used)| (reply(body), from + used)));
    }
    let length: usize = header("content-length").map_or(Ok(0), str::parse)?;
    Ok(buffer
        .get(from..from + length)
        .map(|body| (reply(body.to_vec()), from + length)))
}

/// A chunked body and its length on the wire; `None` until it is whole.
fn unchunk(mut wire: &[u8]) -> Result<Option<(Vec<u8>, usize)>> {
    let total = wire.len();
    let mut body = Vec::new();
    loop {
        let Some(end) = memmem::find(wire, b"\r\n") else {
            return Ok(None);
        };
        let size = usize::from_str_radix(std::str::from_utf8(&wire[..end])?.trim(), 16)?;
        let Some(chunk) = wire.get(end + 2..end + 4 + size) else {
            return Ok(None);
        };
        body.extend_from_slice(&chunk[..size]);
        wire = &wire[end + 4 + size..];
        if size == 0 {
            return Ok(Some((body, total - wire.len())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_read_whole_or_not_yet() {
        let plain = b"HTTP/1.1 503 Busy\r\nretry-after: 2\r\ncontent-length: 3\r\n\r\nabcX";
        let (reply, length) = parse(plain).unwrap().unwrap();
        assert_eq!(
            (reply.status, reply.retry_after_s, &reply.body[..]),
            (503, 2, &b"abc"[..])
        );
        assert_eq!(length, plain.len() - 1);
        assert_eq!(parse(&plain[..plain.len() - 2]).unwrap(), None);
        let chunked =
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
        let (reply, length) = parse(chunked).unwrap().unwrap();
        assert_eq!((&reply.body[..], length), (&b"abc"[..], chunked.len()));
        assert_eq!(parse(&chunked[..chunked.len() - 1]).unwrap(), None);
        assert!(parse(b"nonsense\r\n\r\n").is_err());
    }
}
