//! Frames between parent and worker: a length, a kind, a small JSON header and Arrow IPC bytes.
//!
//! `u32` length of all that follows, `u32` length of the header, header, payload; little endian.
//! The payloads of `Batch` frames, put together after that of `Schema`, are one Arrow IPC stream.

use super::failure::QueryFailure;
use super::limits::QueryRequest;
use super::snapshot::FileEntry;
use crate::store::Bucket;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Largest frame, bytes.
pub(super) const FRAME_BYTES_MAX: usize = 64 << 20;
/// Batches are cut until their payload is below this, bytes.
pub(super) const PAYLOAD_BYTES_MAX: usize = FRAME_BYTES_MAX - (1 << 20);

/// A table as SQL names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct TableKey {
    /// The model whose table it is; `None` for shared tables.
    pub(super) model: Option<String>,
    /// Last name, e.g. `predictions`.
    pub(super) table: String,
}

/// What a statement needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Need {
    /// These tables; a key without model names the tables of all models.
    Tables(Vec<TableKey>),
    /// Every table, for the information schema.
    All,
}

/// One table of a reply; its schema is the next piece of the payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TableHead {
    pub(super) key: TableKey,
    /// As [`super::snapshot::TableSnapshot::location`].
    pub(super) location: String,
    pub(super) hot_rows: u64,
    pub(super) schema_bytes: usize,
}

/// Where to go on with hot rows: a batch and a row in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HotCursor {
    pub(super) batch: usize,
    pub(super) row: usize,
}

/// From parent to worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Ask {
    /// A question; the worker is idle.
    Query(QueryRequest),
    /// Reply to [`Tell::Need`], payload: schemas. `missing` are keys without a table.
    Tables {
        id: u64,
        tables: Vec<TableHead>,
        missing: Vec<TableKey>,
        names: Vec<String>,
        /// How to reach the files. It comes this way because others can read a process's arguments
        /// and environment.
        bucket: Option<Bucket>,
    },
    /// Reply to [`Tell::Files`].
    Files { id: u64, files: Vec<FileEntry> },
    /// Reply to [`Tell::Hot`], payload: an IPC stream of at most one batch.
    Hot { id: u64, next: Option<HotCursor> },
}

/// From worker to parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Tell {
    /// Which tables are these?
    Need { id: u64, need: Need },
    /// Which files has this table?
    Files { id: u64, key: TableKey },
    /// Some unflushed rows, please.
    Hot {
        id: u64,
        key: TableKey,
        columns: Vec<String>,
        from: HotCursor,
    },
    /// The answer's schema, payload: the head of an IPC stream.
    Schema,
    /// Rows of the answer, payload: an IPC message.
    Batch { rows: u64 },
    /// The answer is complete.
    Done(Done),
    /// There is no answer. `ends` tells that the worker is of no further use.
    Failed { failure: QueryFailure, ends: bool },
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) rows: u64,
    pub(super) truncated: bool,
    pub(super) scanned_rows: u64,
    pub(super) scanned_bytes: u64,
    pub(super) scanned_files: u64,
}

/// A header with its payload.
#[derive(Debug, Clone)]
pub(super) struct Frame<H> {
    pub(super) head: H,
    pub(super) payload: Bytes,
}

impl<H> Frame<H> {
    pub(super) fn bare(head: H) -> Self {
        Self {
            head,
            payload: Bytes::new(),
        }
    }
}

/// Writes one frame.
pub(super) async fn write<H: Serialize + Sync>(
    out: &mut (impl AsyncWrite + Unpin),
    frame: &Frame<H>,
) -> io::Result<()> {
    let head = serde_json::to_vec(&frame.head)?;
    let length = 4 + head.len() + frame.payload.len();
    if length > FRAME_BYTES_MAX {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "frame too large",
        ));
    }
    let mut lead = Vec::with_capacity(8 + head.len());
    lead.extend_from_slice(&(length as u32).to_le_bytes());
    lead.extend_from_slice(&(head.len() as u32).to_le_bytes());
    lead.extend_from_slice(&head);
    out.write_all(&lead).await?;
    out.write_all(&frame.payload).await?;
    out.flush().await
}

/// Reads one frame; `None` when the other end closed between frames.
pub(super) async fn read<H: DeserializeOwned>(
    from: &mut (impl AsyncRead + Unpin),
) -> io::Result<Option<Frame<H>>> {
    let mut lead = [0u8; 4];
    if from.read(&mut lead[..1]).await? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut lead[1..]).await?;
    let length = u32::from_le_bytes(lead) as usize;
    if !(4..=FRAME_BYTES_MAX).contains(&length) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "frame length out of bounds",
        ));
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).await?;
    let head_length = u32::from_le_bytes([body[0], body[1], body[2], body[3]]) as usize;
    if head_length > length - 4 {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "header length out of bounds",
        ));
    }
    let head = serde_json::from_slice(&body[4..4 + head_length])?;
    let payload = Bytes::from(body).slice(4 + head_length..);
    Ok(Some(Frame { head, payload }))
}
