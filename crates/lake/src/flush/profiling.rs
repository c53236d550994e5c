//! What the flusher does for profiles: each flush's rows are summarised and committed first, so that
//! rows in the lake always have their profiles.

mod forget;

use super::Flusher;
use crate::conform::conform;
use crate::doomed::Doomed;
use crate::entry::{Rows, size};
use crate::error::{Error, Result};
use crate::profiles::{
    BINS_PROPERTY, Grain, ModelBins, ProfileFigures, ProfileQuery, Rebuilds, Segments, Step,
    Summary, fold, summarise,
};
use crate::table::Table;
use crate::view::TableView;
use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use candor_contract::{Kind, ModelName, TableId, base_schema};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::task::JoinHandle;

/// Most profiles that a reference is made of: columns times days.
const REFERENCE_PROFILES_MAX: usize = 50_000;

/// State of the work on profiles.
#[derive(Default)]
pub(crate) struct Profiling {
    known: HashMap<ModelName, Known>,
    /// Rows of the lake without profiles, met while the log was replayed.
    behind: HashMap<TableId, Behind>,
    pub(crate) figures: Arc<ProfileFigures>,
    pub(crate) rebuilds: Arc<Rebuilds>,
}

/// What is known of the profiles of a model.
#[derive(Default)]
struct Known {
    segments: Segments,
    bins: ModelBins,
}

/// A summary that is being made.
pub(super) struct UnderWay {
    profiles: TableId,
    model: ModelName,
    kind: Kind,
    /// What is known of the model comes back with it.
    work: JoinHandle<(Known, Result<Summary>)>,
}

#[derive(Default)]
struct Behind {
    rows: Vec<Rows>,
    bytes: u64,
    through: u64,
}

impl Profiling {
    pub(crate) fn new(figures: Arc<ProfileFigures>, rebuilds: Arc<Rebuilds>) -> Self {
        Self {
            figures,
            rebuilds,
            ..Self::default()
        }
    }
}

/// The name under which the profiles of one kind of event note their position in the log.
pub(crate) fn app_id(log: &str, kind: Kind) -> String {
    format!("{log}/{}", kind.table())
}

/// The table of profiles that belongs to a table of events.
fn profiles_of(id: &TableId) -> Option<(TableId, Kind)> {
    match id {
        TableId::Model(model, kind) => Some((TableId::Profiles(model.clone()), *kind)),
        _ => None,
    }
}

impl Flusher {
    /// The position in the log up to which the rows of a table have profiles.
    pub(super) async fn profiled_through(&mut self, id: &TableId) -> Result<u64> {
        let Some((profiles, kind)) = profiles_of(id) else {
            return Ok(0);
        };
        let app = app_id(&self.app_id, kind);
        let delta = self.profiles_table(&profiles).await?;
        let position = delta.flushed_through(&app).await?.unwrap_or(0);
        Ok(u64::try_from(position).unwrap_or(0))
    }

    async fn profiles_table(&mut self, id: &TableId) -> Result<&mut Table> {
        let delta = match self.deltas.remove(id) {
            Some(delta) => delta,
            None => {
                let schema = base_schema(id);
                Table::open_or_create(self.store.clone(), id, &schema)
                    .await?
                    .0
            }
        };
        let delta = self.deltas.entry(id.clone()).or_insert(delta);
        delta.evolve(&base_schema(id)).await?;
        Ok(delta)
    }

    /// Begins to summarise rows on a thread of their own. `batches` have the table's columns and are the
    /// rows after [`Flusher::profiled_through`].
    pub(super) async fn begin_profile(
        &mut self,
        view: &TableView,
        batches: Vec<RecordBatch>,
    ) -> Result<Option<UnderWay>> {
        let Some((profiles, kind)) = profiles_of(&view.id).filter(|_| self.policy.profiles) else {
            return Ok(None);
        };
        let Some(model) = profiles.model().cloned() else {
            return Ok(None);
        };
        self.learn(&profiles).await?;
        let mut known = self.profiling.known.remove(&model).unwrap_or_default();
        let (table, always) = (profiles.clone(), own_columns(view));
        let work = tokio::task::spawn_blocking(move || {
            let learnt = (&mut known.segments, &known.bins);
            let summary = summarise(&batches, (&table, kind), &always, learnt);
            (known, summary)
        });
        Ok(Some(UnderWay {
            profiles,
            model,
            kind,
            work,
        }))
    }

    /// Adds what was begun; the rows end at `through` of the log.
    pub(super) async fn end_profile(&mut self, under_way: UnderWay, through: u64) -> Result<()> {
        let UnderWay {
            profiles,
            model,
            kind,
            work,
        } = under_way;
        let (known, summary) = work.await.map_err(|_| Error::Entry {
            what: "a summary panicked".to_owned(),
        })?;
        self.profiling.known.insert(model, known);
        let summary = summary?;
        self.count(&summary);
        if summary.batches.is_empty() {
            return Ok(());
        }
        let app = app_id(&self.app_id, kind);
        let position = i64::try_from(through).unwrap_or(i64::MAX);
        let delta = self.profiles_table(&profiles).await?;
        delta.append(summary.batches, (&app, position)).await?;
        let files = delta.files();
        self.tables.find_or_begin(&profiles).publish(files, 0);
        let rows = &self.profiling.figures.rows;
        rows.fetch_add(summary.rows, Ordering::Relaxed);
        Ok(())
    }

    fn count(&self, summary: &Summary) {
        let figures = &self.profiling.figures;
        let add = |figure: &std::sync::atomic::AtomicU64, n| figure.fetch_add(n, Ordering::Relaxed);
        add(&figures.coarse, u64::from(summary.coarse));
        add(&figures.columns_left_out, summary.left_out);
        add(&figures.other_rows, summary.other_rows);
    }

    /// Takes rows of a log record that the lake has but that have no profiles.
    pub(crate) async fn profile_again(&mut self, record: Vec<Rows>, seq: u64) -> Result<()> {
        let mut full = false;
        for rows in record {
            let behind = self.profiling.behind.entry(rows.table.clone()).or_default();
            behind.bytes += size(&rows.batch);
            behind.through = seq;
            behind.rows.push(rows);
            full |= behind.bytes >= self.policy.bytes;
        }
        if full {
            self.profiles_are_whole().await?;
        }
        Ok(())
    }

    /// Writes the profiles of what [`Flusher::profile_again`] took.
    pub(crate) async fn profiles_are_whole(&mut self) -> Result<()> {
        for (id, behind) in std::mem::take(&mut self.profiling.behind) {
            let view = self.tables.find_or_begin(&id);
            let schema = view.layout().schema.arrow();
            let batches = behind
                .rows
                .iter()
                .map(|rows| conform(&rows.batch, &schema, &id));
            let batches = batches.collect::<Result<Vec<_>>>()?;
            if let Some(under_way) = self.begin_profile(&view, batches).await? {
                self.end_profile(under_way, behind.through).await?;
            }
        }
        Ok(())
    }

    fn summary(
        &mut self,
        view: &TableView,
        (profiles, kind): (&TableId, Kind),
        batches: &[RecordBatch],
    ) -> Result<Summary> {
        let always = own_columns(view);
        let mut none = Known::default();
        let known = match profiles.model() {
            Some(model) => self.profiling.known.entry(model.clone()).or_default(),
            None => &mut none,
        };
        let known = (&mut known.segments, &known.bins);
        let summary = summarise(batches, (profiles, kind), &always, known)?;
        self.count(&summary);
        Ok(summary)
    }

    /// After a start: the values that the newest profiles keep apart are kept apart again, and bins are
    /// those of the table.
    async fn learn(&mut self, profiles: &TableId) -> Result<()> {
        let Some(model) = profiles.model() else {
            return Ok(());
        };
        if self.profiling.known.contains_key(model) {
            return Ok(());
        }
        let mut known = Known::default();
        let delta = self.profiles_table(profiles).await?;
        if let Some(newest) = delta.files().last() {
            for batch in delta.read(newest).await? {
                keep_again(&batch, &mut known.segments);
            }
        }
        if let Some(text) = delta.property(BINS_PROPERTY)? {
            known.bins = ModelBins::from_text(&text)?;
        }
        self.profiling.known.insert(model.clone(), known);
        Ok(())
    }

    /// Does one step of a rebuild that somebody asked for; whether there was one.
    pub(super) async fn rebuild(&mut self) -> bool {
        let Some((model, step)) = self.profiling.rebuilds.next() else {
            return false;
        };
        let outcome = match step {
            Step::Refer(time) => self.refer(&model, time).await,
            Step::Day(day) => self.rebuild_day(&model, day, None).await,
        };
        let outcome = outcome.map_err(|error| error.to_string());
        self.profiling.rebuilds.done(&model, outcome);
        true
    }

    /// Takes bins from the profiles of a time, for all that are made from now on.
    async fn refer(&mut self, model: &ModelName, time: Range<i64>) -> Result<()> {
        let id = TableId::Profiles(model.clone());
        self.learn(&id).await?;
        let mut bins = ModelBins::default();
        for kind in Kind::ALL.into_iter().filter(|k| k.per_model()) {
            let query = ProfileQuery {
                model: model.clone(),
                kind,
                grain: Grain::Day,
                from_us: Grain::Day.start_us(time.start),
                to_us: time.end,
                column: None,
                segment: None,
                limit: REFERENCE_PROFILES_MAX,
            };
            let pin = self.tables.find_or_begin(&id).pin();
            let found = pin.read_profiles(&self.store, &query).await?;
            for same in found.chunk_by(|a, b| a.column == b.column) {
                let mut days = same.iter().map(|window| &window.profile);
                let Some(mut whole) = days.next().cloned() else {
                    continue;
                };
                // Of a column whose type changed, the earlier days tell.
                days.for_each(|day| drop(whole.merge(day)));
                bins.refer(kind, &same[0].column, &whole);
            }
        }
        if bins.is_empty() {
            return Err(Error::Check {
                table: id.path(),
                what: "there are no profiles at the time of the reference".to_owned(),
            });
        }
        let text = bins.to_text()?;
        let table = self.profiles_table(&id).await?;
        if let Err(error) = table.set_property(BINS_PROPERTY, &text).await {
            // It may be there all the same: only the table tells.
            self.profiling.known.remove(model);
            return Err(error);
        }
        self.profiling.known.entry(model.clone()).or_default().bins = bins;
        Ok(())
    }

    /// Makes the profiles of a day from its rows, without those that are doomed.
    pub(crate) async fn rebuild_day(
        &mut self,
        model: &ModelName,
        day: i32,
        doomed: Option<&Doomed>,
    ) -> Result<()> {
        let profiles = TableId::Profiles(model.clone());
        let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|k| k.per_model()).collect();
        // Afterwards no rows have profiles that are not in the lake themselves.
        for kind in &kinds {
            if let Some(view) = self.tables.find(&TableId::of(model, *kind)) {
                self.flush(&view).await?;
            }
        }
        self.learn(&profiles).await?;
        let mut rebuilt: Vec<RecordBatch> = Vec::new();
        let mut done = Vec::new();
        for kind in kinds {
            let id = TableId::of(model, kind);
            let Some(view) = self.tables.find(&id) else {
                continue;
            };
            let files = self.deltas.get(&id).map(Table::files).unwrap_or_default();
            for file in files.iter().filter(|f| f.day == Some(day)) {
                let Some(delta) = self.deltas.get(&id) else {
                    continue;
                };
                let mut batches = delta.read(file).await?;
                if let Some(doomed) = doomed {
                    batches = doomed.leave_out(&id, &batches)?;
                }
                rebuilt.append(&mut self.summary(&view, (&profiles, kind), &batches)?.batches);
                rebuilt = fold(&rebuilt, &profiles)?;
                done.push(kind);
            }
        }
        let delta = self.profiles_table(&profiles).await?;
        for file in delta.files().iter().filter(|f| f.day == Some(day)) {
            for batch in delta.read(file).await? {
                rebuilt.push(without(&batch, &done)?);
            }
        }
        let rebuilt = fold(&rebuilt, &profiles)?;
        delta.replace_day(day, rebuilt).await?;
        let files = delta.files();
        self.tables.find_or_begin(&profiles).publish(files, 0);
        Ok(())
    }
}

/// Columns that a sender chose to send: missing when they are not there.
fn own_columns(view: &TableView) -> Vec<String> {
    let base = base_schema(&view.id);
    let layout = view.layout();
    let columns = layout.schema.columns.iter();
    let own = columns.filter(|c| base.column(&c.name).is_none());
    own.map(|c| c.name.clone()).collect()
}

fn keep_again(batch: &RecordBatch, segments: &mut Segments) {
    let text = |name: &str| batch.column_by_name(name)?.as_string_opt::<i32>();
    let (Some(names), Some(values)) = (text("segment"), text("segment_value")) else {
        return;
    };
    for (name, value) in names.iter().zip(values) {
        if let (Some(name), Some(value)) = (name, value) {
            segments.keep(name, value);
        }
    }
}

/// Profiles of other kinds of events than those.
fn without(batch: &RecordBatch, kinds: &[Kind]) -> Result<RecordBatch> {
    let kind = batch
        .column_by_name("kind")
        .and_then(|c| c.as_string_opt::<i32>());
    let is_other = |word: Option<&str>| !kinds.iter().any(|k| Some(k.name()) == word);
    let keep: BooleanArray = kind
        .into_iter()
        .flatten()
        .map(|word| Some(is_other(word)))
        .collect();
    filter_record_batch(batch, &keep).map_err(Error::arrow("choose profiles"))
}
