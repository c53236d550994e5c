//! Foreign column files, read with suspicion: what a body claims of its size is checked before
//! anybody allocates for it, and a reader that trips over damage costs no more than its body.

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow_ipc::reader::StreamDecoder;
use bytes::Bytes;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a body may become, so that a small one cannot ask for all memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Rows.
    pub(crate) rows: usize,
    /// Bytes of its columns once unpacked.
    pub(crate) bytes: usize,
}

impl Bounds {
    /// Whether claims of a file's own metadata are within.
    pub(crate) fn check(self, rows: i64, bytes: i64) -> Result<(), String> {
        let within = |claim: i64, max| usize::try_from(claim).is_ok_and(|claim| claim <= max);
        if !within(rows, self.rows) {
            return Err(format!(
                "it claims {rows} rows; at most {} are taken at once",
                self.rows
            ));
        }
        if !within(bytes, self.bytes) {
            return Err(format!("it unpacks to more than {} bytes", self.bytes));
        }
        Ok(())
    }
}

/// The batches of an Arrow IPC stream. They share the body's memory.
pub(crate) fn batches(
    body: &Bytes,
    bounds: Bounds,
) -> Result<impl Iterator<Item = Result<RecordBatch, String>> + use<>, String> {
    let damaged = |reason: String| format!("not an Arrow IPC stream: {reason}");
    check_claims(body, bounds).map_err(damaged)?;
    let mut decoder = StreamDecoder::new();
    let mut rest = Buffer::from(body.clone());
    let mut first = Some(decode(&mut decoder, &mut rest));
    if decoder.schema().is_none() {
        let reason = first.take().and_then(Result::err);
        return Err(damaged(
            reason.unwrap_or_else(|| "it has no schema".to_owned()),
        ));
    }
    let mut ended = false;
    Ok(std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let next = first
            .take()
            .unwrap_or_else(|| decode(&mut decoder, &mut rest));
        ended = !matches!(next, Ok(Some(_)));
        next.transpose()
    }))
}

/// The next batch; `None` at a proper end.
fn decode(decoder: &mut StreamDecoder, rest: &mut Buffer) -> Result<Option<RecordBatch>, String> {
    guarded(|| match decoder.decode(rest) {
        Ok(None) => decoder.finish().map(|()| None).map_err(|e| e.to_string()),
        Ok(batch) => Ok(batch),
        Err(e) => Err(e.to_string()),
    })
}

/// Runs a reader of foreign bytes. Readers check what they read, but some of their checks are
/// assertions.
pub(crate) fn guarded<T>(read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err("its columns contradict its metadata".to_owned()))
}

/// Walks over the messages of a stream and adds up what they claim. Where a message is cut or
/// damaged the walk ends: the decoder will say so.
fn check_claims(mut rest: &[u8], bounds: Bounds) -> Result<(), String> {
    let (mut rows, mut bytes) = (0i64, 0i64);
    while let Some((message, body)) = next_message(&mut rest) {
        let dictionary = message.header_as_dictionary_batch();
        let batch = message.header_as_record_batch();
        if let Some(batch) = batch {
            rows = rows.saturating_add(batch.length().max(0));
        }
        let Some(batch) = batch.or_else(|| dictionary.and_then(|d| d.data())) else {
            continue;
        };
        // A length below zero becomes a very large claim.
        let claim = |length: i64| if length < 0 { i64::MAX } else { length };
        let nodes = batch.nodes().into_iter().flatten();
        let longest = nodes.map(|node| claim(node.length())).max();
        if batch.compression().is_some() {
            for buffer in batch.buffers().into_iter().flatten() {
                bytes = bytes.saturating_add(unpacked(body, buffer.offset()));
            }
        }
        bounds.check(rows.max(longest.unwrap_or(0)), bytes)?;
    }
    Ok(())
}

/// The size that a packed buffer claims: its first eight bytes; -1 says that it is not packed.
fn unpacked(body: &[u8], offset: i64) -> i64 {
    let from = usize::try_from(offset).ok();
    let claim = from.and_then(|from| body.get(from..)?.first_chunk::<8>());
    claim.map_or(0, |claim| i64::from_le_bytes(*claim).max(0))
}

/// The next whole message of a stream and its body.
fn next_message<'a>(rest: &mut &'a [u8]) -> Option<(arrow_ipc::Message<'a>, &'a [u8])> {
    const CONTINUATION: u32 = u32::MAX;
    let mut word = || {
        let (word, after) = rest.split_first_chunk::<4>()?;
        *rest = after;
        Some(u32::from_le_bytes(*word))
    };
    let mut length = word()?;
    if length == CONTINUATION {
        length = word()?;
    }
    let (metadata, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    let message = arrow_ipc::root_as_message(metadata).ok()?;
    let (body, after) = after.split_at_checked(usize::try_from(message.bodyLength()).ok()?)?;
    *rest = after;
    Some((message, body))
}
