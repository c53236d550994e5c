//! The truth of a scenario: what is wrong, where, from when to when. Its form is described in
//! `docs/formats/truth.md`.

use crate::fault::Fault;
use crate::happening::Happening;
use crate::member::Member;
use candor_contract::format_us;
use candor_contract::spec::{FaultKind, Shape};
use serde::Serialize;
use std::collections::BTreeMap;

/// Version of the form.
pub const FORMAT: u32 = 1;

/// Everything that is true of a scenario's traffic. Times are RFC 3339, UTC.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Truth {
    /// Version of the form.
    pub format: u32,
    /// Name of the scenario.
    pub scenario: String,
    /// The seed that it was drawn from.
    pub seed: u64,
    /// Events that were asked for.
    pub events: u64,
    /// Start of event time.
    pub start: String,
    /// The scenario's end; live traffic may go on.
    pub end: String,
    /// The fleet.
    pub models: Vec<TruthModel>,
    /// All faults, in the scenario's order.
    pub faults: Vec<TruthFault>,
    /// What happens although nothing is wrong, in the scenario's order.
    pub happenings: Vec<TruthHappening>,
}

/// A model of the fleet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TruthModel {
    /// Its name.
    pub name: String,
    /// What it is like, e.g. `credit-risk`.
    pub like: &'static str,
    /// What it answers, e.g. `binary`.
    pub task: &'static str,
    /// Honest versions in order; those of bad deployments are with their fault.
    pub versions: Vec<TruthVersion>,
}

/// An honest version.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TruthVersion {
    /// Its name.
    pub version: String,
    /// When it went live.
    pub from: String,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TruthFault {
    /// Unique in the scenario: `f1`, `f2`, …
    pub id: String,
    /// What, e.g. `null_burst`.
    pub fault: &'static str,
    /// In which model.
    pub model: String,
    /// In which stored columns, e.g. `input_income`.
    pub columns: Vec<&'static str>,
    /// Only where these dimensions have these values; everywhere if empty.
    pub segment: BTreeMap<String, String>,
    /// When it begins.
    pub from: String,
    /// The first instant after it; null if it stays.
    pub to: Option<String>,
    /// When a gradual drift has reached its size.
    pub full_from: Option<String>,
    /// `sudden`, `gradual` or `recurring`.
    pub shape: &'static str,
    /// Seconds from wave to wave of a recurring drift.
    pub period_s: Option<f64>,
    /// How much; null if it has no size.
    pub magnitude: Option<f64>,
    /// What the size means.
    pub magnitude_is: Option<&'static str>,
    /// The category that comes.
    pub value: Option<String>,
    /// The bad version.
    pub version: Option<String>,
    /// Which measures should show it: `drift`, `quality`, `performance`, `fairness`, `latency`,
    /// `errors`, `freshness`, `feedback`.
    pub shows_in: &'static [&'static str],
    /// What happened, in a sentence.
    pub story: Option<String>,
}

/// Something that happens although nothing is wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TruthHappening {
    /// Unique in the scenario: `h1`, `h2`, …
    pub id: String,
    /// What, e.g. `holiday`.
    pub happening: &'static str,
    /// To which models.
    pub models: Vec<String>,
    /// When it begins.
    pub from: String,
    /// The first instant after it; null if it stays.
    pub to: Option<String>,
    /// How much.
    pub factor: f64,
    /// What the factor means.
    pub factor_is: &'static str,
    /// When late events come.
    pub arrives: Option<String>,
    /// What happened, in a sentence.
    pub story: Option<String>,
}

/// What holds for the whole scenario.
pub(crate) struct Whole {
    pub(crate) scenario: String,
    pub(crate) seed: u64,
    pub(crate) events: u64,
    pub(crate) start_us: i64,
    pub(crate) end_us: i64,
}

/// Tells the truth.
pub(crate) fn tell(whole: &Whole, members: &[Member]) -> Truth {
    let mut faults: Vec<(u64, TruthFault)> = members
        .iter()
        .flat_map(|member| {
            member
                .faults
                .iter()
                .map(move |f| (f.number, fault(member, f)))
        })
        .collect();
    faults.sort_by_key(|(number, _)| *number);
    Truth {
        format: FORMAT,
        scenario: whole.scenario.clone(),
        seed: whole.seed,
        events: whole.events,
        start: format_us(whole.start_us),
        end: format_us(whole.end_us),
        models: members.iter().map(model).collect(),
        faults: faults.into_iter().map(|(_, fault)| fault).collect(),
        happenings: happenings(members),
    }
}

/// What happens, each once, with all models to which it happens.
fn happenings(members: &[Member]) -> Vec<TruthHappening> {
    let mut told: BTreeMap<u64, TruthHappening> = BTreeMap::new();
    for member in members {
        for one in &member.happenings {
            let entry = told.entry(one.number).or_insert_with(|| happening(one));
            entry.models.push(member.name.clone());
        }
    }
    told.into_values().collect()
}

fn happening(happening: &Happening) -> TruthHappening {
    TruthHappening {
        id: format!("h{}", happening.number + 1),
        happening: happening.kind.name(),
        models: Vec::new(),
        from: format_us(happening.from_us),
        to: happening.to_us.map(format_us),
        factor: happening.size,
        factor_is: happening.kind.factor().2,
        arrives: happening.arrives_us.map(format_us),
        story: happening.story.clone(),
    }
}

fn model(member: &Member) -> TruthModel {
    let versions = member.versions.iter().map(|version| TruthVersion {
        version: version.name.clone(),
        from: format_us(version.from_us),
    });
    TruthModel {
        name: member.name.clone(),
        like: member.law().archetype.name(),
        task: member.law().task.name(),
        versions: versions.collect(),
    }
}

/// A fault as the truth tells it.
pub(crate) fn fault(member: &Member, fault: &Fault) -> TruthFault {
    let size = fault.kind.magnitude();
    let gradual = fault.shape == Shape::Gradual;
    let recurring = fault.shape == Shape::Recurring;
    let bad = fault.kind == FaultKind::BadDeployment;
    TruthFault {
        id: format!("f{}", fault.number + 1),
        fault: fault.kind.name(),
        model: member.name.clone(),
        columns: fault.columns.iter().map(|input| input.column).collect(),
        segment: fault
            .segment
            .iter()
            .map(|(column, value)| {
                let name = column.strip_prefix("segment_").unwrap_or(column);
                (name.to_owned(), value.clone())
            })
            .collect(),
        from: format_us(fault.from_us),
        to: fault.ends_us().map(format_us),
        full_from: fault.to_us.filter(|_| gradual).map(format_us),
        shape: match fault.shape {
            Shape::Sudden => "sudden",
            Shape::Gradual => "gradual",
            Shape::Recurring => "recurring",
        },
        period_s: recurring.then_some(fault.period_us as f64 / 1e6),
        magnitude: size.map(|_| fault.size),
        magnitude_is: size.map(|s| s.meaning),
        value: fault.value.clone(),
        version: bad.then(|| member.bad_version(fault)),
        shows_in: shows_in(fault.kind),
        story: fault.story.clone(),
    }
}

const fn shows_in(kind: FaultKind) -> &'static [&'static str] {
    match kind {
        FaultKind::CovariateDrift => &["drift"],
        FaultKind::ConceptDrift => &["performance"],
        FaultKind::NullBurst | FaultKind::NewCategories => &["quality", "drift"],
        FaultKind::UnitChange => &["quality", "drift", "performance"],
        FaultKind::FrozenFeature => &["drift", "quality", "performance"],
        FaultKind::StaleData => &["freshness", "performance"],
        FaultKind::LatencySpike => &["latency"],
        FaultKind::ErrorBurst => &["errors"],
        FaultKind::BadDeployment => &["performance", "drift"],
        FaultKind::BiasedGroup => &["fairness", "drift"],
        FaultKind::FeedbackStorm => &["feedback"],
    }
}
