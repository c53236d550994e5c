//! Column types, table schemas and how they grow.
//!
//! A schema version is immutable. A table grows by adding columns and by widening inferred types
//! along one lattice: `integer → number → text`, everything else `→ text`. Declared types never
//! widen.

use arrow::datatypes::{DataType, Field, FieldRef, Schema as ArrowSchema, SchemaRef, TimeUnit};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// Metadata key of an Arrow field that keeps the name as the sender wrote it.
pub const SOURCE_NAME_KEY: &str = "candor.source";

/// What a stored column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// `true` or `false`.
    Boolean,
    /// Signed 64-bit integer.
    Integer,
    /// 64-bit float.
    Number,
    /// UTF-8 text; also the widest type, other values are kept in their JSON spelling.
    Text,
    /// Instant in microseconds, UTC.
    Time,
    /// List of 64-bit floats, e.g. an embedding.
    Vector,
    /// Bytes. Only Candor's own tables have such columns; no field of an event is stored so.
    #[serde(skip)]
    Binary,
}

impl ColumnType {
    /// The Arrow type in batches, log and lake.
    pub fn arrow(self) -> DataType {
        match self {
            ColumnType::Boolean => DataType::Boolean,
            ColumnType::Integer => DataType::Int64,
            ColumnType::Number => DataType::Float64,
            ColumnType::Text => DataType::Utf8,
            ColumnType::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            ColumnType::Vector => DataType::List(vector_item()),
            ColumnType::Binary => DataType::Binary,
        }
    }

    /// The inverse of [`ColumnType::arrow`].
    pub fn from_arrow(data_type: &DataType) -> Option<Self> {
        Some(match data_type {
            DataType::Boolean => ColumnType::Boolean,
            DataType::Int64 => ColumnType::Integer,
            DataType::Float64 => ColumnType::Number,
            DataType::Utf8 => ColumnType::Text,
            DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => ColumnType::Time,
            DataType::List(item) if item.data_type() == &DataType::Float64 => ColumnType::Vector,
            DataType::Binary => ColumnType::Binary,
            _ => return None,
        })
    }

    /// The narrowest type that holds values of both: the join of the widening lattice.
    pub fn join(self, other: Self) -> Self {
        use ColumnType::{Integer, Number, Text};
        match (self, other) {
            (a, b) if a == b => a,
            (Integer, Number) | (Number, Integer) => Number,
            _ => Text,
        }
    }
}

/// Item field of [`ColumnType::Vector`]; named `element` as Parquet and Delta name it.
pub fn vector_item() -> FieldRef {
    Arc::new(Field::new("element", DataType::Float64, true))
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Name in SQL and Parquet, e.g. `input_income`.
    pub name: String,
    /// Name as the sender wrote it, where storage cannot spell that (spaces, control characters).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What it holds.
    #[serde(rename = "type")]
    pub ty: ColumnType,
    /// Whether a spec declared the type. Declared types reject what contradicts them.
    #[serde(default)]
    pub declared: bool,
}

impl Column {
    /// An inferred column.
    pub fn new(name: impl Into<String>, ty: ColumnType) -> Self {
        Self {
            name: name.into(),
            source: None,
            ty,
            declared: false,
        }
    }

    /// The Arrow field; every column may be null, since any sender may omit it.
    pub fn field(&self) -> Field {
        let field = Field::new(&self.name, self.ty.arrow(), true);
        match &self.source {
            Some(source) => field.with_metadata(HashMap::from([(
                SOURCE_NAME_KEY.to_owned(),
                source.clone(),
            )])),
            None => field,
        }
    }
}

/// One step from a schema version to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum SchemaChange {
    /// A column that no earlier version has.
    Add {
        /// The new column.
        column: Column,
    },
    /// An inferred type that met a wider value.
    Widen {
        /// Column name.
        column: String,
        /// Type before.
        from: ColumnType,
        /// Type after.
        to: ColumnType,
    },
    /// A spec fixed the type of a column.
    Declare {
        /// Column name.
        column: String,
        /// The declared type.
        ty: ColumnType,
    },
}

/// The columns of one table at one version.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TableSchema {
    /// 1 for the first, then counting up by one.
    pub version: u32,
    /// Columns in stored order. New ones are appended.
    pub columns: Vec<Column>,
}

impl TableSchema {
    /// The column called `name`.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// As an Arrow schema, in stored order.
    pub fn arrow(&self) -> SchemaRef {
        Arc::new(ArrowSchema::new(
            self.columns.iter().map(Column::field).collect::<Vec<_>>(),
        ))
    }

    /// What must change so that the table takes `incoming` columns: additions and widenings.
    /// Empty when it fits already. A declared column never widens; callers have rejected such rows.
    pub fn changes_for(&self, incoming: &[Column]) -> Vec<SchemaChange> {
        let known: HashMap<&str, &Column> =
            self.columns.iter().map(|c| (c.name.as_str(), c)).collect();
        incoming
            .iter()
            .filter_map(|column| match known.get(column.name.as_str()) {
                None => Some(SchemaChange::Add {
                    column: column.clone(),
                }),
                Some(have) if have.declared => None,
                Some(have) => {
                    let to = have.ty.join(column.ty);
                    (to != have.ty).then(|| SchemaChange::Widen {
                        column: column.name.clone(),
                        from: have.ty,
                        to,
                    })
                }
            })
            .collect()
    }

    /// The next version, with `changes` applied.
    pub fn apply(&self, changes: &[SchemaChange]) -> TableSchema {
        let mut next = self.clone();
        next.version += 1;
        for change in changes {
            match change {
                SchemaChange::Add { column } => next.columns.push(column.clone()),
                SchemaChange::Widen { column, to, .. } => {
                    if let Some(c) = next.columns.iter_mut().find(|c| &c.name == column) {
                        c.ty = *to;
                    }
                }
                SchemaChange::Declare { column, ty } => {
                    if let Some(c) = next.columns.iter_mut().find(|c| &c.name == column) {
                        c.ty = *ty;
                        c.declared = true;
                    }
                }
            }
        }
        next
    }
}
