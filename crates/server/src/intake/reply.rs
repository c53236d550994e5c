//! What a request is told of its rows.

use crate::problem::Problem;
use candor_contract::{Admitted, Masked};
use serde::Serialize;
use std::collections::BTreeMap;

/// Rejected rows named in a reply, at most; all are in the quarantine.
const REJECTIONS_SHOWN_MAX: usize = 1000;
/// Columns with masked data named in a reply, at most.
const MASKED_SHOWN_MAX: usize = 100;

/// What became of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Reply {
    /// Rows that are stored now and were not before.
    pub accepted: u32,
    /// Rows whose id was stored before.
    pub duplicates: u32,
    /// Rows that were rejected, the first 1,000; all of them are in the quarantine.
    pub rejected: Vec<RejectedRow>,
    /// How many rows were rejected.
    pub rejected_count: u32,
    /// Ids that the server gave to rows without one.
    pub ids: Vec<MintedId>,
    /// Columns in which likely personal data was masked, the first 100.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<MaskedColumn>,
    /// How many of the rejected rows are no events of a model: spans of traces.
    #[serde(skip)]
    #[schema(ignore)]
    pub(crate) rejected_spans: u32,
}

/// Likely personal data that was masked in one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MaskedColumn {
    /// The table, e.g. `predictions`.
    pub table: &'static str,
    /// The column, e.g. `input_note`.
    pub column: String,
    /// How often each kind was masked, e.g. `{"email": 2}`.
    pub kinds: BTreeMap<&'static str, u64>,
}

/// One rejected row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RejectedRow {
    /// Position in the request, from 0.
    pub index: u32,
    /// Stable code.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
}

/// An id that the server gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MintedId {
    /// Position in the request, from 0.
    pub index: u32,
    /// A UUIDv7.
    pub id: String,
}

/// The reply to each request that was admitted together.
pub(super) fn make_replies(admitted: Admitted, duplicates: &[u32]) -> Vec<Result<Reply, Problem>> {
    let mut replies: Vec<Result<Reply, Problem>> = admitted
        .tallies
        .into_iter()
        .map(|tally| match tally.unreadable {
            Some(reason) => Err(Problem::bad_request("unreadable_body", reason)),
            None => Ok(Reply {
                accepted: tally.taken,
                ids: tally
                    .minted
                    .into_iter()
                    .map(|(index, id)| MintedId { index, id })
                    .collect(),
                ..Reply::default()
            }),
        })
        .collect();
    fn at(replies: &mut [Result<Reply, Problem>], request: u32) -> Option<&mut Reply> {
        let index = usize::try_from(request).unwrap_or(usize::MAX);
        replies.get_mut(index).and_then(|r| r.as_mut().ok())
    }
    for rejected in admitted.rejected {
        let Some(reply) = at(&mut replies, rejected.request) else {
            continue;
        };
        reply.rejected_count += 1;
        reply.rejected_spans += u32::from(rejected.kind.is_none());
        if reply.rejected.len() < REJECTIONS_SHOWN_MAX {
            reply.rejected.push(RejectedRow {
                index: rejected.rejection.row,
                code: rejected.rejection.fault.code.name(),
                message: rejected.rejection.fault.message,
            });
        }
    }
    for masked in admitted.masked {
        if let Some(reply) = at(&mut replies, masked.request) {
            show_masked(&mut reply.masked, &masked);
        }
    }
    let origins: Vec<u32> = if duplicates.is_empty() {
        Vec::new()
    } else {
        admitted
            .parts
            .iter()
            .flat_map(|p| p.origins.iter().map(|o| o.request))
            .collect()
    };
    for &row in duplicates {
        let request = origins.get(usize::try_from(row).unwrap_or(usize::MAX));
        if let Some(reply) = request.and_then(|&r| at(&mut replies, r)) {
            reply.accepted = reply.accepted.saturating_sub(1);
            reply.duplicates += 1;
        }
    }
    replies
}

/// Adds what was masked to a reply, one entry a column.
fn show_masked(shown: &mut Vec<MaskedColumn>, masked: &Masked) {
    let table = masked.table.name();
    let known = shown
        .iter()
        .position(|s| s.table == table && s.column == masked.column);
    let at = known.unwrap_or(shown.len());
    if known.is_none() && shown.len() < MASKED_SHOWN_MAX {
        shown.push(MaskedColumn {
            table,
            column: masked.column.clone(),
            kinds: BTreeMap::new(),
        });
    }
    let Some(entry) = shown.get_mut(at) else {
        return;
    };
    for (kind, count) in masked.counts.iter() {
        *entry.kinds.entry(kind.name()).or_default() += count;
    }
}
