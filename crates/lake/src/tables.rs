//! All tables of the lake by name, as readers and writers share them.

use crate::entry::Rows;
use crate::error::Result;
use crate::view::{self, TableView};
use candor_contract::{Layouts, TableId, TableLayout, base_schema};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// The tables.
#[derive(Debug)]
pub(crate) struct Tables {
    /// The lake's root, as people and engines name it.
    root: String,
    by_id: RwLock<BTreeMap<TableId, Arc<TableView>>>,
    hot_bytes: AtomicU64,
}

impl Tables {
    pub(crate) fn new(root: &str) -> Self {
        Self {
            root: root.to_owned(),
            by_id: RwLock::default(),
            hot_bytes: AtomicU64::new(0),
        }
    }

    /// Where a table lies: a folder or a URL.
    pub(crate) fn location(&self, id: &TableId) -> String {
        format!("{}/{}", self.root, id.path())
    }

    pub(crate) fn all(&self) -> Vec<Arc<TableView>> {
        self.by_id
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    pub(crate) fn find(&self, id: &TableId) -> Option<Arc<TableView>> {
        self.by_id
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
    }

    /// The table, begun with its base schema if it is new.
    pub(crate) fn find_or_begin(&self, id: &TableId) -> Arc<TableView> {
        if let Some(table) = self.find(id) {
            return table;
        }
        let layout = TableLayout::new(base_schema(id));
        let mut by_id = self.by_id.write().unwrap_or_else(PoisonError::into_inner);
        by_id
            .entry(id.clone())
            .or_insert_with(|| {
                Arc::new(TableView::new(
                    id.clone(),
                    layout,
                    self.location(id),
                    Arc::default(),
                ))
            })
            .clone()
    }

    pub(crate) fn insert(&self, table: TableView) {
        let mut by_id = self.by_id.write().unwrap_or_else(PoisonError::into_inner);
        by_id.insert(table.id.clone(), Arc::new(table));
    }

    /// Makes the rows of one record visible, those of one table all at once: a flush takes a record
    /// whole or not at all. A schema that the rows outgrow is grown here too, so that a replayed log
    /// needs no catalog.
    pub(crate) fn push(&self, seq: u64, record: &[Rows], at_us: i64) -> Result<()> {
        let mut by_table: BTreeMap<&TableId, Vec<&Rows>> = BTreeMap::new();
        for rows in record {
            by_table.entry(&rows.table).or_default().push(rows);
        }
        for (id, parts) in by_table {
            let table = self.find_or_begin(id);
            for rows in &parts {
                if let Some(layout) = view::grown(&table.layout(), rows) {
                    table.set_layout(layout);
                }
            }
            let grew = table.push(seq, &parts, at_us)?;
            match u64::try_from(grew) {
                Ok(more) => self.hot_bytes.fetch_add(more, Ordering::Relaxed),
                Err(_) => self
                    .hot_bytes
                    .fetch_sub(grew.unsigned_abs(), Ordering::Relaxed),
            };
        }
        Ok(())
    }

    pub(crate) fn forget_hot(&self, bytes: u64) {
        self.hot_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub(crate) fn hot_bytes(&self) -> u64 {
        self.hot_bytes.load(Ordering::Relaxed)
    }

    /// The oldest log record with rows that are not in the lake.
    pub(crate) fn first_seq(&self) -> Option<u64> {
        self.all().iter().filter_map(|t| t.first_seq()).min()
    }
}

impl Layouts for Tables {
    fn layout(&self, id: &TableId) -> Arc<TableLayout> {
        match self.find(id) {
            Some(table) => table.layout(),
            None => TableLayout::new(base_schema(id)),
        }
    }
}
