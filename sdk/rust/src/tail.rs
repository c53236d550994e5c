//! The stream of what is stored right now: server-sent events.

use crate::{Error, Result};
use serde_json::Value;
use std::fmt;
use std::io::{BufRead, BufReader, Read};

/// Longest message that is kept, in bytes.
const MESSAGE_BYTES_MAX: usize = 16 << 20;

/// One message of the stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// What it tells, e.g. `events`, or `missed` when this listener was too slow.
    pub event: String,
    /// Its content.
    pub data: Value,
}

/// Reads messages as they come, until the server ends or the reader is dropped.
pub struct Tail {
    url: String,
    lines: BufReader<Box<dyn Read + Send>>,
}

impl fmt::Debug for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tail")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Tail {
    pub(crate) fn new(url: String, body: Box<dyn Read + Send>) -> Self {
        Self {
            url,
            lines: BufReader::new(body),
        }
    }

    /// The next message; `None` when the stream ended. Blocks until there is one.
    ///
    /// # Errors
    /// The connection broke, or what came is not a stream of events.
    pub fn read(&mut self) -> Result<Option<Message>> {
        let (mut event, mut data) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            let room = u64::try_from(MESSAGE_BYTES_MAX - data.len()).unwrap_or(0);
            let n = (&mut self.lines)
                .take(room)
                .read_line(&mut line)
                .map_err(|e| Error::Unreachable {
                    url: self.url.clone(),
                    reason: e.to_string(),
                })?;
            if n == 0 {
                return Ok(None);
            }
            let line = line.trim_end_matches(['\n', '\r']);
            if line.is_empty() {
                if data.is_empty() {
                    continue;
                }
                let data = serde_json::from_str(&data).map_err(|e| Error::Unexpected {
                    url: self.url.clone(),
                    reason: e.to_string(),
                })?;
                return Ok(Some(Message { event, data }));
            }
            match line.split_once(':') {
                Some(("event", word)) => word.trim().clone_into(&mut event),
                Some(("data", text)) => data.push_str(text.strip_prefix(' ').unwrap_or(text)),
                // Comments keep the connection alive; ids and retry times are not used.
                _ => {}
            }
        }
    }
}

impl Iterator for Tail {
    type Item = Result<Message>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_between_comments_and_the_end() {
        let text = ": hello\n\nevent: events\ndata: {\"row_count\":2,\ndata: \"x\":1}\n\ndata:3\r\n\r\nevent: cut";
        let mut tail = Tail::new("u".into(), Box::new(text.as_bytes()));
        let first = tail.read().unwrap().unwrap();
        assert_eq!(
            (first.event.as_str(), first.data["row_count"].as_u64()),
            ("events", Some(2))
        );
        assert_eq!(tail.read().unwrap().unwrap().data, 3);
        assert_eq!(tail.read().unwrap(), None);
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        let mut tail = Tail::new("u".into(), Box::new(&b"data: {\n\n"[..]));
        assert_eq!(tail.read().unwrap_err().code(), "unexpected_answer");
    }
}
