//! Bytes at rest, against the same rows as pyarrow writes them by default.

use crate::bodies::Index;
use crate::http::HUNG_UP;
use crate::server::Server;
use crate::{Result, clock, say};
use serde::Serialize;
use std::fs;
use std::path::Path;
use std::time::Duration;

const MODEL: &str = "disk";
const ARROW: &str = "application/vnd.apache.arrow.stream";

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Disk {
    pub(crate) rows: u64,
    /// Bytes of the lake's live files a row, all of Candor's own columns included.
    pub(crate) lake_bytes_per_row: f64,
    /// Of profiles, which are kept beside the rows and not held against the bar.
    pub(crate) profile_bytes_per_row: f64,
    pub(crate) lake_files: f64,
    /// Bytes of the Parquet file that pyarrow writes by default, a row.
    pub(crate) pyarrow_bytes_per_row: f64,
    /// The same without ids, near to gen.py's own rows.
    pub(crate) pyarrow_bytes_per_row_without_id: f64,
    pub(crate) ratio: f64,
}

/// Sends every body of `folder` once and waits for maintenance.
pub(crate) fn run(server: &Server, folder: &Path, quiet: Duration) -> Result<Disk> {
    let index = Index::read(folder)?;
    let mut door = server.connect()?;
    let path = format!("/v1/models/{MODEL}/predictions");
    for body in &index.bodies {
        let bytes = fs::read(folder.join(&body.file))?;
        // A busy server takes the body later.
        let mut reply = door.post(&path, ARROW, &bytes)?;
        while matches!(reply.status, 503 | HUNG_UP) {
            clock::pause(Duration::from_millis(200));
            reply = door.post(&path, ARROW, &bytes)?;
        }
        if reply.status != 200 {
            let text = String::from_utf8_lossy(&reply.body).into_owned();
            return Err(format!("status {}: {text}", reply.status).into());
        }
    }
    server.flush()?;
    say::aside("  waiting for maintenance");
    let gauges = server.settle(quiet)?;
    server.check_count(MODEL, index.rows)?;
    let rows = server.bytes_of(MODEL, "predictions")?;
    let a_row = |bytes: f64| bytes / index.rows as f64;
    Ok(Disk {
        rows: index.rows,
        lake_bytes_per_row: a_row(rows),
        profile_bytes_per_row: a_row(gauges.lake_bytes - rows),
        lake_files: gauges.lake_files,
        pyarrow_bytes_per_row: a_row(index.pyarrow_bytes as f64),
        pyarrow_bytes_per_row_without_id: a_row(index.pyarrow_bytes_without_id as f64),
        ratio: rows / index.pyarrow_bytes as f64,
    })
}
