//! Replies to a worker's questions, out of a snapshot.

use super::catalog::is_view;
use super::failure::QueryFailure;
use super::frame::{Ask, HotCursor, Need, PAYLOAD_BYTES_MAX, TableHead, TableKey};
use super::pieces::sliced_bytes;
use super::snapshot::{Snapshot, TableSnapshot};
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow_ipc::writer::StreamWriter;
use bytes::Bytes;
use candor_contract::{Kind, ModelName, TableId};
use std::sync::Arc;

/// Most rows of one reply with hot rows.
const HOT_ROWS: usize = 65_536;
/// Most bytes of one reply with hot rows, as far as rows can be cut.
const HOT_BYTES: usize = PAYLOAD_BYTES_MAX / 8;
/// Most table names told to a worker, for suggestions.
const NAMES_MAX: usize = 10_000;

fn key_of(id: &TableId) -> TableKey {
    TableKey {
        model: id.model().map(|m| m.as_str().to_owned()),
        table: id.name().to_owned(),
    }
}

/// The table of a key that names exactly one.
fn id_of(key: &TableKey) -> Option<TableId> {
    let kind = Kind::ALL.into_iter().find(|k| k.table() == key.table);
    if let Some(model) = &key.model {
        let profiles = TableId::Profiles(ModelName::new(model)?);
        if profiles.name() == key.table {
            return Some(profiles);
        }
    }
    match (&key.model, kind) {
        (Some(model), Some(kind)) if kind.per_model() => {
            Some(TableId::Model(ModelName::new(model)?, kind))
        }
        (None, Some(kind)) if !kind.per_model() => Some(TableId::Shared(kind)),
        (None, None) => [TableId::Quarantine, TableId::Spans]
            .into_iter()
            .find(|id| id.name() == key.table),
        _ => None,
    }
}

pub(super) fn find(snapshot: &dyn Snapshot, key: &TableKey) -> Option<TableSnapshot> {
    snapshot.table(&id_of(key)?)
}

/// Reply to a worker that needs tables: heads, and their schemas as payload.
pub(super) fn tables(
    snapshot: &dyn Snapshot,
    id: u64,
    need: &Need,
) -> Result<(Ask, Bytes), QueryFailure> {
    let mut names = snapshot.names();
    names.sort();
    let mut missing = Vec::new();
    let mut wanted: Vec<TableId> = match need {
        Need::All => names.clone(),
        Need::Tables(keys) => {
            let mut wanted = Vec::new();
            for key in keys {
                if key.model.is_none() && is_view(&key.table) {
                    wanted.extend(
                        names
                            .iter()
                            .filter(|n| n.model().is_some() && n.name() == key.table)
                            .cloned(),
                    );
                } else {
                    match id_of(key).filter(|id| names.contains(id)) {
                        Some(id) => wanted.push(id),
                        None => missing.push(key.clone()),
                    }
                }
            }
            wanted
        }
    };
    wanted.sort();
    wanted.dedup();
    let mut payload = Vec::new();
    let mut heads = Vec::with_capacity(wanted.len());
    for id in &wanted {
        let Some(table) = snapshot.table(id) else {
            continue;
        };
        let schema = StreamWriter::try_new(Vec::new(), &table.schema)
            .and_then(StreamWriter::into_inner)
            .map_err(QueryFailure::internal)?;
        heads.push(TableHead {
            key: key_of(id),
            location: table.location,
            hot_rows: table.hot.iter().map(|b| b.num_rows() as u64).sum(),
            schema_bytes: schema.len(),
        });
        payload.extend_from_slice(&schema);
    }
    let names = match missing.is_empty() {
        true => Vec::new(),
        false => names
            .iter()
            .take(NAMES_MAX)
            .map(ToString::to_string)
            .collect(),
    };
    Ok((
        Ask::Tables {
            id,
            tables: heads,
            missing,
            names,
            bucket: snapshot.bucket().cloned(),
        },
        Bytes::from(payload),
    ))
}

/// Some hot rows from a cursor on, and where to go on.
pub(super) fn hot(
    table: &TableSnapshot,
    columns: &[String],
    from: HotCursor,
) -> Result<(Option<HotCursor>, Bytes), QueryFailure> {
    let mut at = from;
    while table
        .hot
        .get(at.batch)
        .is_some_and(|b| at.row >= b.num_rows())
    {
        at = HotCursor {
            batch: at.batch + 1,
            row: 0,
        };
    }
    let Some(batch) = table.hot.get(at.batch) else {
        let empty = encode(&RecordBatch::new_empty(Arc::new(Schema::empty())), false)?;
        return Ok((None, empty));
    };
    let indices: Vec<usize> = columns
        .iter()
        .filter_map(|name| batch.schema_ref().index_of(name).ok())
        .collect();
    let rows = batch.project(&indices).map_err(QueryFailure::internal)?;
    let mut rows = rows.slice(at.row, (rows.num_rows() - at.row).min(HOT_ROWS));
    while rows.num_rows() > 1 && sliced_bytes(&rows)? > HOT_BYTES {
        rows = rows.slice(0, rows.num_rows() / 2);
    }
    let after = HotCursor {
        batch: at.batch,
        row: at.row + rows.num_rows(),
    };
    let more = after.row < batch.num_rows()
        || table
            .hot
            .iter()
            .skip(at.batch + 1)
            .any(|b| b.num_rows() > 0);
    Ok((more.then_some(after), encode(&rows, true)?))
}

fn encode(rows: &RecordBatch, with_rows: bool) -> Result<Bytes, QueryFailure> {
    let mut writer =
        StreamWriter::try_new(Vec::new(), &rows.schema()).map_err(QueryFailure::internal)?;
    if with_rows {
        writer.write(rows).map_err(QueryFailure::internal)?;
    }
    writer
        .into_inner()
        .map(Bytes::from)
        .map_err(QueryFailure::internal)
}
