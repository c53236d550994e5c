//! From two tables to a document: every column by itself on several threads, then the model as a whole.

mod both;
mod checks;
mod column;
mod embeddings;
mod findings;
mod joint;
mod model;
mod ready;
mod rows;
mod rules;
mod summary;
mod taken;
mod verdicts;
mod wording;

use crate::document::{Document, Period, Window};
use crate::error::{Error, Result};
use crate::roles::Roles;
use crate::table::Table;
use crate::windows::Windows;
use both::both;
use candor_contract::format_us;
use candor_contract::spec::{ModelSpec, Windows as Cut};
use column::{Looked, Sides};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use verdicts::Together;

pub use findings::Concern;

/// What is to be evaluated.
pub struct Request<'a> {
    /// Name of the model.
    pub name: String,
    /// What its columns are.
    pub spec: &'a ModelSpec,
    /// What is compared with.
    pub reference: &'a dyn Table,
    /// What is evaluated.
    pub current: &'a dyn Table,
    /// Known keys of columns: values of a column must be among those of the column of the same name of its
    /// table, else of the table's first one.
    pub keys: Vec<(String, &'a dyn Table)>,
    /// When the report is made, RFC 3339.
    pub generated_at: String,
    /// Everything else that was chosen.
    pub options: Options,
}

/// What a caller may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// Threads.
    pub lanes: usize,
    /// When the current data should be there, microseconds since 1970: whether they are fresh is judged then.
    pub as_of_us: Option<i64>,
    /// Drift methods to compute beside the one that suits a column; `all` stands for every one.
    pub methods: Vec<String>,
    /// Sections to tell; all if there are none.
    pub only: Vec<Section>,
}

impl Options {
    /// Whether a section is to be told.
    pub(crate) fn tells(&self, section: Section) -> bool {
        self.only.is_empty() || self.only.contains(&section)
    }
}

/// A part of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Drift of each column.
    Drift,
    /// Checks of each column.
    Quality,
    /// Drift and performance window by window.
    Windows,
    /// Methods that look at all inputs together.
    Multivariate,
    /// Performance by outcomes.
    Performance,
    /// Performance without outcomes.
    EstimatedPerformance,
    /// Whether scores are what they say.
    Calibration,
    /// Groups of the protected attributes.
    Fairness,
    /// Groups of rows where the model is worse.
    Slices,
}

impl Section {
    /// All of them, in the order of a report.
    pub const ALL: [Section; 9] = [
        Section::Drift,
        Section::Quality,
        Section::Windows,
        Section::Multivariate,
        Section::Performance,
        Section::EstimatedPerformance,
        Section::Calibration,
        Section::Fairness,
        Section::Slices,
    ];

    /// The key in a document, or the word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Section::Drift => "drift",
            Section::Quality => "quality",
            Section::Windows => "windows",
            Section::Multivariate => "multivariate",
            Section::Performance => "performance",
            Section::EstimatedPerformance => "estimated_performance",
            Section::Calibration => "calibration",
            Section::Fairness => "fairness",
            Section::Slices => "slices",
        }
    }

    /// The section of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.name() == name)
    }
}

/// Told after each step: steps done, all steps, and what is next.
pub type Progress<'a> = dyn Fn(usize, usize, &str) + 'a;

/// Steps that look at the model as a whole, for the progress.
const STEPS: usize = 2;

/// Evaluates the current rows against the reference.
///
/// # Errors
/// If a table cannot be read, has no rows, or lacks a column that the spec names.
pub fn evaluate(request: &Request<'_>, progress: &Progress<'_>) -> Result<Document> {
    for (side, table) in [
        ("reference", request.reference),
        ("current", request.current),
    ] {
        if table.rows() == 0 {
            return Err(Error::Empty { side });
        }
    }
    let roles = Roles::of(request.spec, request.reference, request.current)?;
    let windows = both(
        &request.options,
        || windows(request, &roles, request.reference, None),
        || windows(request, &roles, request.current, None),
    )?;
    let windows = alike(request, &roles, windows)?;
    let sides = Sides {
        request,
        roles: &roles,
        reference: &windows.0,
        current: &windows.1,
    };
    let by_column = [
        Section::Drift,
        Section::Quality,
        Section::Windows,
        Section::Slices,
        Section::Multivariate,
    ];
    let columns = if by_column.into_iter().any(|s| request.options.tells(s)) {
        in_lanes(&sides, progress)?
    } else {
        Vec::new()
    };
    let steps = columns.len() + STEPS;
    progress(columns.len(), steps, "performance");
    let mut document = begun(request, &roles, &windows);
    let columns = verdicts::decide(&mut document, columns, &roles);
    whole(&mut document, &sides, &columns)?;
    progress(steps - 1, steps, "findings");
    model::methods(&mut document);
    findings::tell(&mut document, &roles);
    progress(steps, steps, "done");
    Ok(document)
}

/// What looks at all columns together and at the model, side by side.
fn whole(document: &mut Document, sides: &Sides<'_>, together: &Together) -> Result<()> {
    let texts = document.columns.iter().filter(|c| c.value_type == "text");
    let texts: Vec<String> = texts.map(|c| c.name.clone()).collect();
    let tells = |section| sides.request.options.tells(section);
    let found = std::thread::scope(|scope| {
        let joint = tells(Section::Multivariate)
            .then(|| scope.spawn(|| joint::look(sides, &together.tables, &texts)));
        model::tell(document, sides, &together.features)?;
        let joined = joint.map(std::thread::ScopedJoinHandle::join).transpose();
        joined
            .map_err(|_| Error::Spec {
                what: "looking at all inputs together failed".to_owned(),
            })?
            .transpose()
    })?;
    let mut joint = found.unwrap_or_default();
    if tells(Section::Drift) {
        embeddings::look(sides, &mut joint)?;
    }
    if tells(Section::Quality) {
        let mut checks = rows::look(sides)?;
        checks.extend(rules::look(sides)?);
        verdicts::add(document, checks);
    }
    for (what, why) in joint.absent {
        document.absent.insert(what.to_owned(), why.to_owned());
    }
    if !joint.told.is_empty() {
        document.drift.get_or_insert_default().joint = joint.told;
        document.methods.extend(joint.methods);
    }
    Ok(())
}

/// Windows of both sides of one length: a long period makes the other's longer, so that rows of a window compare.
fn alike(
    request: &Request<'_>,
    roles: &Roles,
    (before, now): (Windows, Windows),
) -> Result<(Windows, Windows)> {
    let every = before.length_us().max(now.length_us());
    let again = |made: Windows, table: &dyn Table| match made.length_us() {
        Some(own) if Some(own) != every => windows(request, roles, table, every),
        _ => Ok(made),
    };
    Ok((
        again(before, request.reference)?,
        again(now, request.current)?,
    ))
}

fn windows(
    request: &Request<'_>,
    roles: &Roles,
    table: &dyn Table,
    every_us: Option<i64>,
) -> Result<Windows> {
    let time = roles
        .time
        .as_deref()
        .and_then(|name| crate::table::place(table, name));
    let cut = request.spec.windows.as_ref();
    match (time, cut) {
        (Some(at), cut) if !matches!(cut, Some(Cut::Rows(_))) => {
            let every_us = every_us.or_else(|| cut.and_then(Cut::every_us));
            Windows::timed(&table.read(at)?, every_us)
        }
        (_, Some(Cut::Rows(rows))) => Ok(Windows::by_rows(table.rows(), Some(rows.rows))),
        _ => Ok(Windows::by_rows(table.rows(), None)),
    }
}

/// Looks at all columns, each on one of several threads; in the order of the columns.
fn in_lanes(sides: &Sides<'_>, progress: &Progress<'_>) -> Result<Vec<Looked>> {
    let columns = &sides.roles.columns;
    let next = AtomicUsize::new(0);
    let mut looked: Vec<Option<Result<Looked>>> = columns.iter().map(|_| None).collect();
    let lanes = sides.request.options.lanes.clamp(1, columns.len().max(1));
    std::thread::scope(|scope| {
        let (sender, done) = mpsc::sync_channel(columns.len().max(1));
        for _ in 0..lanes {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                let numbered = || next.fetch_add(1, Ordering::Relaxed);
                let mine = std::iter::from_fn(|| Some(numbered()));
                let mine = mine.map_while(|at| Some((at, columns.get(at)?)));
                for (at, column) in mine {
                    // Nobody listens after a failure.
                    let _ = sender.send((at, column::look(sides, column)));
                }
            });
        }
        drop(sender);
        for (count, (at, found)) in done.into_iter().enumerate() {
            if let Some(place) = looked.get_mut(at) {
                *place = Some(found);
            }
            let name = columns.get(count).map_or("", |c| c.name.as_str());
            progress(count + 1, columns.len() + STEPS, name);
        }
    });
    looked.into_iter().flatten().collect()
}

/// A document with what is known before anything was compared.
fn begun(request: &Request<'_>, roles: &Roles, (before, now): &(Windows, Windows)) -> Document {
    let period = |table: &dyn Table, windows: &Windows| Period {
        rows: table.rows(),
        from: windows.span.map(|(first, _)| format_us(first)),
        to: windows
            .span
            .map(|(_, last)| format_us(last.saturating_add(1))),
    };
    let cut = request.spec.windows.as_ref();
    let asked_rows = match cut {
        Some(Cut::Rows(rows)) => Some(rows.rows),
        _ => None,
    };
    let note = now.note(cut.and_then(Cut::every_us), asked_rows);
    Document {
        notes: note.into_iter().collect(),
        model: request.name.clone(),
        task: roles.task,
        generated_at: request.generated_at.clone(),
        reference: period(request.reference, before),
        current: period(request.current, now),
        windows: now.told(),
        ..Document::default()
    }
}

impl Windows {
    /// The windows without figures.
    fn told(&self) -> Vec<Window> {
        let rows = self.rows();
        let bound = |x: i64| self.timed.then(|| format_us(x));
        let each = self.bounds.iter().zip(rows).zip(self.partial());
        each.map(|(((from, to), n), partial)| Window {
            from: bound(*from),
            to: bound(*to),
            n,
            partial,
            ..Window::default()
        })
        .collect()
    }

    /// Rows of each window.
    pub(crate) fn rows(&self) -> Vec<u64> {
        let mut rows = vec![0; self.count()];
        for window in &self.of_row {
            if let Some(count) = rows.get_mut(*window as usize) {
                *count += 1;
            }
        }
        rows
    }
}
