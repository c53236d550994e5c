//! The rows of one table under construction: fields are resolved to columns once, then every row
//! goes straight into typed columns, with roll-back for rows that turn out bad.

use crate::column::{Cell, ColumnBuilder};
use crate::fields::{self, Shape, Special};
use crate::flat;
use crate::keys::Minter;
use crate::layout::TableLayout;
use crate::part::Origin;
use crate::rejection::{Code, Fault};
use crate::schema::{Column, ColumnType};
use crate::setting::Setting;
use crate::table::ID_BYTES_MAX;
use crate::trace::TraceContext;
use crate::{Kind, ModelName, TableId};
use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::Schema as ArrowSchema;
use hashbrown::HashMap;
use std::sync::Arc;

/// Environment of events that name none.
pub(crate) const DEFAULT_ENVIRONMENT: &str = "production";

/// Where a field's value goes.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    Special(Special),
    /// A column of this name; objects below it become columns `<name>_<key>`.
    Value(Arc<str>),
    /// A column of this name that keeps JSON as spelt.
    Json(Arc<str>),
    /// Keys become columns `<prefix><key>`.
    Object(Arc<str>),
    Stages,
    /// Kept in `extra`.
    Extra,
}

/// A key seen in an object, and where its value goes.
#[derive(Debug)]
struct Entry {
    key: Box<str>,
    /// The key as it may be stored and told.
    shown: Box<str>,
    target: Target,
    /// Position in the kind's own fields, or `OWN_NONE`.
    own: u8,
    column: Option<usize>,
    scope: Option<usize>,
}

const OWN_NONE: u8 = u8::MAX;

/// The keys of one object of the event. Senders repeat their key order, so the entry after the
/// last one is tried before the map.
#[derive(Debug)]
struct Scope {
    prefix: Option<Arc<str>>,
    entries: Vec<Entry>,
    by_key: HashMap<Box<str>, usize>,
    next: usize,
}

/// What is known of the row under construction.
#[derive(Debug, Default)]
struct Draft {
    id: bool,
    time_us: Option<i64>,
    own: u64,
    extra: String,
}

/// A handle to a key's entry: scope and position.
pub(crate) type At = (usize, usize);

#[derive(Debug)]
pub(crate) struct TableRows {
    pub(crate) id: TableId,
    pub(crate) kind: Kind,
    owner: Option<ModelName>,
    layout: Arc<TableLayout>,
    columns: Vec<ColumnBuilder>,
    by_name: HashMap<String, usize>,
    /// Lower-cased names of columns that the layout does not have yet.
    lower: HashMap<String, String>,
    scopes: Vec<Scope>,
    rows: usize,
    draft: Draft,
    id_column: usize,
    time_column: usize,
    arrival_column: usize,
    environment_column: usize,
    minter: Minter,
    pub(crate) fingerprints: Vec<u128>,
    pub(crate) origins: Vec<Origin>,
}

/// The first scope: the event itself.
pub(crate) const TOP: usize = 0;

impl TableRows {
    /// `owner` is the model of all rows of a table that several models share.
    pub(crate) fn new(
        id: TableId,
        kind: Kind,
        layout: Arc<TableLayout>,
        minter: Minter,
        owner: Option<ModelName>,
    ) -> Self {
        let mut rows = Self {
            id,
            kind,
            owner,
            layout,
            columns: Vec::new(),
            by_name: HashMap::new(),
            lower: HashMap::new(),
            scopes: vec![Scope {
                prefix: None,
                entries: vec![],
                by_key: HashMap::new(),
                next: 0,
            }],
            rows: 0,
            draft: Draft::default(),
            id_column: 0,
            time_column: 0,
            arrival_column: 0,
            environment_column: 0,
            minter,
            fingerprints: Vec::new(),
            origins: Vec::new(),
        };
        rows.id_column = rows.add_column("id", None, ColumnType::Text);
        rows.time_column = rows.add_column("time", None, ColumnType::Time);
        rows.arrival_column = rows.add_column("time_is_arrival", None, ColumnType::Boolean);
        rows.environment_column = rows.add_column("environment", None, ColumnType::Text);
        rows
    }

    fn add_column(&mut self, name: &str, source: Option<&str>, ty: ColumnType) -> usize {
        let known = self.layout.column(name);
        let fixed = fields::fixed_type(self.kind, name).or_else(|| {
            matches!(
                name,
                "id" | "time" | "time_is_arrival" | "subject" | "purposes"
            )
            .then_some(ty)
        });
        let declared = known.is_some_and(|c| c.declared);
        let ty = fixed.or(known.map(|c| c.ty)).unwrap_or(ty);
        let column = Column {
            name: name.to_owned(),
            source: source.filter(|s| *s != name).map(str::to_owned),
            ty,
            declared: declared || fixed.is_some(),
        };
        self.columns
            .push(ColumnBuilder::new(column, declared || fixed.is_some()));
        self.by_name.insert(name.to_owned(), self.columns.len() - 1);
        self.columns.len() - 1
    }

    /// The column for feature `key` below `prefix`, made if need be.
    fn column_for(
        &mut self,
        name: &str,
        source: Option<&str>,
        ty: ColumnType,
        setting: &Setting<'_>,
    ) -> Result<usize, Fault> {
        if let Some(&index) = self.by_name.get(name) {
            return Ok(index);
        }
        if self.layout.column(name).is_none() {
            let max = setting.limits.columns_max;
            if self.layout.schema.columns.len() + self.lower.len() >= max {
                return Err(Fault::new(
                    Code::TooManyColumns,
                    format!(
                        "the table would have more than {max} columns; send fewer distinct names"
                    ),
                ));
            }
            self.lower.insert(name.to_lowercase(), name.to_owned());
        }
        Ok(self.add_column(name, source, ty))
    }

    /// The stored name for `key` below `prefix`: spelt so that every engine can read it, and unlike
    /// any other column's even where case is ignored.
    fn stored_name(&self, prefix: &str, key: &str) -> String {
        let name = crate::layout::stored_name(prefix, key);
        let lower = name.to_lowercase();
        let taken = |other: &str| other != name;
        let clash = self.layout.by_lower(&lower).is_some_and(taken)
            || self.lower.get(&lower).is_some_and(|other| taken(other));
        if clash {
            crate::layout::hashed_name(prefix, key)
        } else {
            name
        }
    }

    /// The entry for `key` in `scope`.
    pub(crate) fn entry(&mut self, scope: usize, key: &str) -> At {
        let s = &mut self.scopes[scope];
        if let Some(entry) = s.entries.get(s.next)
            && &*entry.key == key
        {
            s.next += 1;
            return (scope, s.next - 1);
        }
        if let Some(&found) = s.by_key.get(key) {
            s.next = found + 1;
            return (scope, found);
        }
        self.add_entry(scope, key)
    }

    #[cold]
    fn add_entry(&mut self, scope: usize, key: &str) -> At {
        let shown = crate::guard::name(key);
        let (target, own) = match self.scopes[scope].prefix.clone() {
            Some(prefix) => (
                Target::Value(self.stored_name(&prefix, &shown).into()),
                OWN_NONE,
            ),
            None => self.top_target(&shown),
        };
        let shown: Box<str> = shown.into();
        let s = &mut self.scopes[scope];
        s.entries.push(Entry {
            key: key.into(),
            shown,
            target,
            own,
            column: None,
            scope: None,
        });
        s.by_key.insert(key.into(), s.entries.len() - 1);
        s.next = s.entries.len();
        (scope, s.entries.len() - 1)
    }

    fn top_target(&self, key: &str) -> (Target, u8) {
        let own = fields::own_fields(self.kind)
            .iter()
            .position(|f| f.name == key);
        let own = own.and_then(|i| u8::try_from(i).ok()).unwrap_or(OWN_NONE);
        let target = match fields::shape(self.kind, key) {
            Some(Shape::Special(special)) => Target::Special(special),
            Some(Shape::Scalar(_)) => Target::Value(key.into()),
            Some(Shape::Json) => Target::Json(key.into()),
            Some(Shape::Object(prefix) | Shape::Fixed(prefix, _)) => Target::Object(prefix.into()),
            Some(Shape::Stages) => Target::Stages,
            // Flattened names are understood at the top of JSON events as well.
            None => match flat::split(self.kind, key) {
                Some((prefix, rest, field)) => {
                    let own = field.and_then(|i| u8::try_from(i).ok()).unwrap_or(OWN_NONE);
                    return (Target::Value(self.stored_name(prefix, rest).into()), own);
                }
                None => Target::Extra,
            },
        };
        (target, own)
    }

    pub(crate) fn target(&self, at: At) -> &Target {
        &self.scopes[at.0].entries[at.1].target
    }

    /// Notes that the field has a value in this row.
    pub(crate) fn mark(&mut self, at: At) {
        self.mark_own(self.scopes[at.0].entries[at.1].own);
    }

    fn mark_own(&mut self, own: u8) {
        if own != OWN_NONE {
            self.draft.own |= 1 << own;
        }
    }

    /// The scope of the object at an entry, whose keys become columns below `prefix`.
    pub(crate) fn scope_of(&mut self, at: At, prefix: &str) -> usize {
        if let Some(scope) = self.scopes[at.0].entries[at.1].scope {
            self.scopes[scope].next = 0;
            return scope;
        }
        self.scopes.push(Scope {
            prefix: Some(prefix.into()),
            entries: Vec::new(),
            by_key: HashMap::new(),
            next: 0,
        });
        let scope = self.scopes.len() - 1;
        self.scopes[at.0].entries[at.1].scope = Some(scope);
        scope
    }

    /// Sets the value of the column at an entry.
    pub(crate) fn set_at(
        &mut self,
        at: At,
        cell: Cell<'_>,
        setting: &Setting<'_>,
    ) -> Result<(), Fault> {
        let entry = &self.scopes[at.0].entries[at.1];
        let index = match entry.column {
            Some(index) => index,
            None => {
                let (Target::Value(name) | Target::Json(name)) = entry.target.clone() else {
                    return Ok(());
                };
                let key = entry.shown.clone();
                let index = self.column_for(&name, Some(&key), cell.ty(), setting)?;
                // The source is worth keeping only where the stored name had to differ.
                if name.ends_with(&*key) {
                    self.columns[index].column.source = None;
                }
                self.scopes[at.0].entries[at.1].column = Some(index);
                index
            }
        };
        self.set(index, cell)
    }

    /// Sets a column by its stored name.
    pub(crate) fn set_named(
        &mut self,
        name: &str,
        cell: Cell<'_>,
        setting: &Setting<'_>,
    ) -> Result<(), Fault> {
        let index = self.column_for(name, None, cell.ty(), setting)?;
        self.set(index, cell)
    }

    /// Sets the value of `column` in the current row. Times may come as text or epoch.
    pub(crate) fn set(&mut self, column: usize, cell: Cell<'_>) -> Result<(), Fault> {
        let row = self.rows;
        let builder = &mut self.columns[column];
        if builder.column.ty == ColumnType::Time {
            let time = match cell {
                Cell::Text(text) => crate::time::parse_us(text),
                Cell::Integer(epoch) => crate::time::epoch_us(epoch),
                _ => None,
            };
            if let Some(us) = time {
                return builder.set(row, Cell::Time(us));
            }
        }
        builder.set(row, cell)
    }

    pub(crate) fn set_id(&mut self, id: &str) -> Result<(), Fault> {
        if id.is_empty() {
            return Ok(());
        }
        if id.len() > ID_BYTES_MAX {
            return Err(Fault::new(
                Code::IdTooLong,
                format!(
                    "`id` has {} bytes; at most {ID_BYTES_MAX} are allowed",
                    id.len()
                ),
            ));
        }
        self.draft.id = true;
        self.set(self.id_column, Cell::Text(id))
    }

    pub(crate) fn set_time(
        &mut self,
        time_us: Option<i64>,
        setting: &Setting<'_>,
    ) -> Result<(), Fault> {
        let Some(us) = time_us else {
            return Err(Fault::new(
                Code::InvalidTime,
                "`time` is neither RFC 3339 text nor an integer epoch",
            ));
        };
        setting.check_time(us)?;
        self.draft.time_us = Some(us);
        self.set(self.time_column, Cell::Time(us))
    }

    pub(crate) fn set_subject(
        &mut self,
        subject: &str,
        setting: &Setting<'_>,
    ) -> Result<(), Fault> {
        if subject.is_empty() {
            return Ok(());
        }
        let hashed = setting.keys.subject(subject);
        self.set_named("subject", Cell::Text(&hashed), setting)
    }

    /// `purposes` is the stored form, see [`crate::consent`].
    pub(crate) fn set_purposes(
        &mut self,
        purposes: &str,
        setting: &Setting<'_>,
    ) -> Result<(), Fault> {
        self.set_named("purposes", Cell::Text(purposes), setting)
    }

    /// Keeps an unknown field in `extra`.
    pub(crate) fn add_extra(&mut self, at: At, json: &str) {
        let key = self.scopes[at.0].entries[at.1].shown.clone();
        self.add_extra_named(&key, json);
    }

    fn add_extra_named(&mut self, key: &str, json: &str) {
        let extra = &mut self.draft.extra;
        extra.push(if extra.is_empty() { '{' } else { ',' });
        extra.push_str(&serde_json::Value::from(key).to_string());
        extra.push(':');
        extra.push_str(json);
    }

    /// Begins a row; whatever an unfinished one left is forgotten.
    pub(crate) fn begin(&mut self) {
        self.draft.id = false;
        self.draft.time_us = None;
        self.draft.own = 0;
        self.draft.extra.clear();
        self.scopes[TOP].next = 0;
    }

    /// Ends a row: fills what was absent, checks what is required. Returns the id if it was minted.
    pub(crate) fn end(
        &mut self,
        origin: Origin,
        trace: Option<&TraceContext>,
        setting: &Setting<'_>,
    ) -> Result<Option<String>, Fault> {
        self.check_required()?;
        if let Some(trace) = trace {
            self.adopt(trace, setting)?;
        }
        if !self.draft.extra.is_empty() {
            let mut extra = std::mem::take(&mut self.draft.extra);
            extra.push('}');
            let kept = self.set_named("extra", Cell::Text(&extra), setting);
            extra.clear();
            self.draft.extra = extra;
            kept?;
        }
        let row = self.rows;
        let arrival = self.draft.time_us.is_none();
        if arrival {
            self.set(self.time_column, Cell::Time(setting.now_us))?;
        }
        self.set(self.arrival_column, Cell::Boolean(arrival))?;
        if !self.columns[self.environment_column].has(row) {
            self.set(self.environment_column, Cell::Text(DEFAULT_ENVIRONMENT))?;
        }
        let minted = if self.draft.id {
            self.fingerprints.push(self.fingerprint(row, setting));
            None
        } else {
            let id = self.minter.mint().to_string();
            self.set(self.id_column, Cell::Text(&id))?;
            self.fingerprints.push(0);
            Some(id)
        };
        self.origins.push(origin);
        self.rows += 1;
        Ok(minted)
    }

    /// Joins a row that names no trace to its request's.
    fn adopt(&mut self, trace: &TraceContext, setting: &Setting<'_>) -> Result<(), Fault> {
        let has = |rows: &Self, name: &str| {
            let column = rows.by_name.get(name);
            column.is_some_and(|&column| rows.columns[column].has(rows.rows))
        };
        if has(self, "trace_id") {
            return Ok(());
        }
        self.set_named("trace_id", Cell::Text(&trace.trace_id), setting)?;
        if has(self, "span_id") {
            return Ok(());
        }
        self.set_named("span_id", Cell::Text(&trace.span_id), setting)
    }

    fn fingerprint(&self, row: usize, setting: &Setting<'_>) -> u128 {
        let id = self.columns[self.id_column].text(row).unwrap_or_default();
        setting.keys.fingerprint(self.id.model(), self.kind, id)
    }

    fn check_required(&self) -> Result<(), Fault> {
        let own = fields::own_fields(self.kind);
        let has = |name: &str| {
            own.iter()
                .position(|f| f.name == name)
                .is_some_and(|i| self.draft.own & (1 << i) != 0)
        };
        let (all, any) = fields::required(self.kind);
        if let Some(missing) = all.iter().find(|name| !has(name)) {
            return Err(Fault::new(
                Code::MissingField,
                format!(
                    "`{missing}` is required in every {} and must not be null",
                    self.kind
                ),
            ));
        }
        if !any.is_empty() && !any.iter().any(|name| has(name)) {
            let names = any
                .iter()
                .map(|n| format!("`{n}`"))
                .collect::<Vec<_>>()
                .join(", ");
            return Err(Fault::new(
                Code::MissingField,
                format!("a {} needs at least one of {names}", self.kind),
            ));
        }
        Ok(())
    }

    /// Forgets the row begun last.
    pub(crate) fn roll_back(&mut self) {
        let row = self.rows;
        for column in &mut self.columns {
            column.truncate(row);
        }
    }

    /// The model whose rows these are, if known.
    pub(crate) fn model(&self) -> Option<&ModelName> {
        self.id.model().or(self.owner.as_ref())
    }

    /// The columns and the batch; `None` if no row was taken.
    pub(crate) fn finish(self, now_us: i64) -> Option<Finished> {
        if self.rows == 0 {
            return None;
        }
        let rows = self.rows;
        let mut columns = Vec::with_capacity(self.columns.len() + 1);
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len() + 1);
        for builder in self.columns {
            let (column, array) = builder.finish(rows);
            columns.push(column);
            arrays.push(array);
        }
        if let Some(owner) = &self.owner {
            columns.push(Column {
                declared: true,
                ..Column::new("model", ColumnType::Text)
            });
            arrays.push(Arc::new(StringArray::from(vec![owner.as_str(); rows])));
        }
        columns.push(Column {
            declared: true,
            ..Column::new("received_at", ColumnType::Time)
        });
        let arrived = TimestampMicrosecondArray::from_value(now_us, rows).with_timezone("UTC");
        arrays.push(Arc::new(arrived));
        let schema = ArrowSchema::new(columns.iter().map(Column::field).collect::<Vec<_>>());
        let batch = RecordBatch::try_new(Arc::new(schema), arrays).ok()?;
        Some(Finished {
            id: self.id,
            kind: self.kind,
            batch,
            columns,
            fingerprints: self.fingerprints,
            origins: self.origins,
        })
    }
}

/// Rows of one table, complete.
pub(crate) struct Finished {
    pub(crate) id: TableId,
    pub(crate) kind: Kind,
    pub(crate) batch: RecordBatch,
    pub(crate) columns: Vec<Column>,
    pub(crate) fingerprints: Vec<u128>,
    pub(crate) origins: Vec<Origin>,
}
