//! The worker's side of the conversation: questions to the parent, answers by number.

use super::failure::{QueryCode, QueryFailure};
use super::frame::{Ask, Frame, HotCursor, Need, TableHead, TableKey, Tell};
use super::snapshot::FileEntry;
use crate::store::Bucket;
use ahash::AHashMap;
use bytes::Bytes;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// A handle to the parent; clones talk over the same connection.
#[derive(Debug, Clone)]
pub(super) struct Link {
    out: mpsc::Sender<Frame<Tell>>,
    waiting: Arc<Waiting>,
}

/// Questions that the parent has not answered yet.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    next: AtomicU64,
    replies: Mutex<AHashMap<u64, oneshot::Sender<Frame<Ask>>>>,
}

impl Waiting {
    fn open(&self) -> (u64, oneshot::Receiver<Frame<Ask>>) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        self.replies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, sender);
        (id, receiver)
    }

    /// Hands a reply to whoever asked. Replies to abandoned questions are dropped.
    pub(super) fn deliver(&self, id: u64, reply: Frame<Ask>) {
        let sender = self
            .replies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
        if let Some(sender) = sender {
            // The question may have been abandoned meanwhile; nothing is lost then.
            let _ = sender.send(reply);
        }
    }

    /// Forgets all open questions; whoever waits learns that no reply will come.
    pub(super) fn abandon(&self) {
        self.replies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

/// Tables as the parent told.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) tables: Vec<TableHead>,
    pub(super) missing: Vec<TableKey>,
    pub(super) names: Vec<String>,
    pub(super) bucket: Option<Bucket>,
    pub(super) schemas: Bytes,
}

/// Some hot rows: an IPC stream of at most one batch, and where to go on.
#[derive(Debug)]
pub(super) struct HotChunk {
    pub(super) stream: Bytes,
    pub(super) next: Option<HotCursor>,
}

impl Link {
    pub(super) fn new(out: mpsc::Sender<Frame<Tell>>, waiting: Arc<Waiting>) -> Self {
        Self { out, waiting }
    }

    /// Sends a frame that has no reply.
    pub(super) async fn tell(&self, frame: Frame<Tell>) -> Result<(), QueryFailure> {
        self.out.send(frame).await.map_err(|_| gone())
    }

    async fn ask(&self, tell: impl FnOnce(u64) -> Tell) -> Result<Frame<Ask>, QueryFailure> {
        let (id, reply) = self.waiting.open();
        self.tell(Frame::bare(tell(id))).await?;
        reply.await.map_err(|_| gone())
    }

    pub(super) async fn tables(&self, need: Need) -> Result<Tables, QueryFailure> {
        let frame = self.ask(|id| Tell::Need { id, need }).await?;
        match frame.head {
            Ask::Tables {
                tables,
                missing,
                names,
                bucket,
                ..
            } => Ok(Tables {
                tables,
                missing,
                names,
                bucket,
                schemas: frame.payload,
            }),
            _ => Err(unexpected()),
        }
    }

    pub(super) async fn files(&self, key: TableKey) -> Result<Vec<FileEntry>, QueryFailure> {
        let frame = self.ask(|id| Tell::Files { id, key }).await?;
        match frame.head {
            Ask::Files { files, .. } => Ok(files),
            _ => Err(unexpected()),
        }
    }

    pub(super) async fn hot(
        &self,
        key: TableKey,
        columns: Vec<String>,
        from: HotCursor,
    ) -> Result<HotChunk, QueryFailure> {
        let frame = self
            .ask(|id| Tell::Hot {
                id,
                key,
                columns,
                from,
            })
            .await?;
        match frame.head {
            Ask::Hot { next, .. } => Ok(HotChunk {
                stream: frame.payload,
                next,
            }),
            _ => Err(unexpected()),
        }
    }
}

fn gone() -> QueryFailure {
    QueryFailure::new(QueryCode::SqlCancelled, "The query was given up.", "")
}

fn unexpected() -> QueryFailure {
    QueryFailure::internal("an unexpected reply")
}
