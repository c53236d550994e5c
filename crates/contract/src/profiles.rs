//! The table of profiles: its columns. Their meaning is in `docs/formats/profiles-table.md`.

use crate::schema::{Column, ColumnType, TableSchema};

/// Columns of a model's profiles. `time` is the start of the window.
pub(crate) fn schema() -> TableSchema {
    use ColumnType::{Binary, Integer, Number, Text, Time};
    let columns = [
        ("time", Time),
        ("model", Text),
        ("grain", Text),
        ("kind", Text),
        ("column", Text),
        ("type", Text),
        ("segment", Text),
        ("segment_value", Text),
        ("rows", Integer),
        ("nulls", Integer),
        ("nans", Integer),
        ("infinities", Integer),
        ("mean", Number),
        ("std", Number),
        ("min", Number),
        ("max", Number),
        ("distinct", Number),
        ("p01", Number),
        ("p05", Number),
        ("p25", Number),
        ("p50", Number),
        ("p75", Number),
        ("p95", Number),
        ("p99", Number),
        ("frequent", Text),
        ("sketch", Binary),
    ];
    TableSchema {
        version: 1,
        columns: columns
            .map(|(name, ty)| Column {
                declared: true,
                ..Column::new(name, ty)
            })
            .into(),
    }
}
