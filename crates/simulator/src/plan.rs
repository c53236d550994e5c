//! From a scenario's spec to the members of a fleet, checked against what its models are.

use crate::calendar::{DAY_US, HOUR_US};
use crate::fault::Fault;
use crate::happening::Happening;
use crate::member::{Change, Member, Version, Volume};
use crate::model::{self, Input, Law, Nature};
use crate::setting::Setting;
use candor_contract::spec::{FaultKind, FaultSpec, Problem, Problems, ScenarioModel, ScenarioSpec};

/// The members of a scenario's fleet.
pub(crate) fn members(spec: &ScenarioSpec, setting: &Setting) -> Result<Vec<Member>, Problems> {
    let fleet = spec.fleet();
    let mut problems = Vec::new();
    let mut members = Vec::with_capacity(fleet.len());
    let share = |m: &ScenarioModel| {
        let usual = m.archetype().map_or(0.0, |a| model::of(a).law().share);
        m.share.unwrap_or(usual)
    };
    let whole: f64 = fleet.iter().map(share).sum();
    for (number, entry) in (0..).zip(&fleet) {
        let Some(archetype) = entry.archetype() else {
            problems.push(problem(
                format!("spec.models[{number}]"),
                "Nothing says what this model is like".to_owned(),
                "Add `like`".to_owned(),
            ));
            continue;
        };
        let model = model::of(archetype);
        let mut member = Member {
            name: entry.name.clone(),
            number,
            model,
            volume: volume(spec, setting, model.law(), share(entry) / whole),
            versions: versions(entry, model.law(), setting.start_us),
            faults: Vec::new(),
            happenings: happenings(spec, &entry.name, setting.start_us),
            changes: Vec::new(),
        };
        for (i, fault) in spec.faults.iter().enumerate() {
            if fault.model == entry.name {
                let fault = Compiler {
                    path: format!("spec.faults[{i}]"),
                    law: model.law(),
                    problems: &mut problems,
                }
                .fault(fault, i as u64, setting.start_us);
                member.faults.push(fault);
            }
        }
        member.changes = changes(entry, &member);
        members.push(member);
    }
    if problems.is_empty() {
        Ok(members)
    } else {
        Err(problems.into())
    }
}

fn problem(path: String, message: String, hint: String) -> Problem {
    Problem {
        path,
        line: None,
        column: None,
        message,
        hint: Some(hint),
    }
}

/// How many predictions make a model's part of the events.
fn volume(spec: &ScenarioSpec, setting: &Setting, law: &Law, part: f64) -> Volume {
    let days = f64::from(spec.days);
    if let Some(rate) = setting.rate {
        // Live, what comes within a day comes; later outcomes are for later.
        let matured = if law.outcome_days.1 <= 1.0 { 1.0 } else { 0.0 };
        return Volume::Steady(rate * part * 3_600.0 / events_per_row(law, matured));
    }
    let events = setting.events.unwrap_or(spec.events) as f64;
    let rows = events * part / events_per_row(law, matured(law.outcome_days, days));
    let hours = i64::from(spec.days) * 24;
    let weight: f64 = (0..hours)
        .map(|hour| {
            law.season
                .at(setting.start_us + hour * HOUR_US + HOUR_US / 2)
        })
        .sum();
    Volume::Seasonal(rows / weight.max(1e-9))
}

/// Events of all kinds for each prediction, if a share of outcomes has come.
fn events_per_row(law: &Law, matured: f64) -> f64 {
    1.0 + law.feedback.share + matured * (1.0 + law.effect_share)
}

/// Share of the outcomes that come within `days`, if they come evenly between two delays.
fn matured((least, greatest): (f64, f64), days: f64) -> f64 {
    const STEPS: u32 = 32;
    let share = |i: u32| {
        let delay = least + (greatest - least) * (f64::from(i) + 0.5) / f64::from(STEPS);
        (1.0 - delay / days).max(0.0)
    };
    (0..STEPS).map(share).sum::<f64>() / f64::from(STEPS)
}

fn versions(entry: &ScenarioModel, law: &Law, start_us: i64) -> Vec<Version> {
    let first = entry.version.as_deref().unwrap_or(law.first_version);
    let mut versions = vec![Version {
        from_us: start_us,
        name: first.to_owned(),
    }];
    for deployment in &entry.deployments {
        versions.push(Version {
            from_us: start_us + deployment.at_us().unwrap_or(DAY_US),
            name: deployment.version.clone(),
        });
    }
    versions
}

/// Deployments and roll-backs, by time.
fn changes(entry: &ScenarioModel, member: &Member) -> Vec<Change> {
    let mut changes = Vec::new();
    let pairs = member.versions.windows(2).zip(&entry.deployments);
    for (pair, deployment) in pairs {
        let why = deployment.why.clone();
        changes.push(Change {
            at_us: pair[1].from_us,
            from: pair[0].name.clone(),
            to: pair[1].name.clone(),
            what: "deployment",
            why: why.unwrap_or_else(|| "retrained on newer data".to_owned()),
        });
    }
    for fault in &member.faults {
        changes.extend(bad_changes(member, fault));
    }
    changes.sort_by_key(|c| c.at_us);
    changes
}

/// The deployment and the roll-back of a bad version, if that is the fault.
fn bad_changes(member: &Member, fault: &Fault) -> Vec<Change> {
    if fault.kind != FaultKind::BadDeployment {
        return Vec::new();
    }
    let bad = member.bad_version(fault);
    let honest = |at_us: i64| member.versions[member.rank_at(at_us)].name.clone();
    let mut changes = vec![Change {
        at_us: fault.from_us,
        from: honest(fault.from_us),
        to: bad.clone(),
        what: "deployment",
        why: "scheduled retraining".to_owned(),
    }];
    if let Some(to_us) = fault.to_us {
        changes.push(Change {
            at_us: to_us,
            from: bad,
            to: honest(to_us),
            what: "rollback",
            why: "the new version answered worse".to_owned(),
        });
    }
    changes
}

/// Further faults, each with the place of its member; the first has the number `next`. Times are counted from
/// `start_us`.
pub(crate) fn inject(
    members: &[Member],
    faults: &[FaultSpec],
    next: u64,
    start_us: i64,
) -> Result<Vec<(usize, Fault)>, Problems> {
    let mut problems = Vec::new();
    let mut compiled = Vec::with_capacity(faults.len());
    for (i, (number, fault)) in (next..).zip(faults).enumerate() {
        let path = format!("spec.faults[{i}]");
        let Some(at) = members.iter().position(|m| m.name == fault.model) else {
            let known: Vec<&str> = members.iter().map(|m| m.name.as_str()).collect();
            problems.push(problem(
                format!("{path}.model"),
                format!("`{}` has no traffic here", fault.model),
                format!("Its models: {}", known.join(", ")),
            ));
            continue;
        };
        let law = members[at].model.law();
        let mut compiler = Compiler {
            path,
            law,
            problems: &mut problems,
        };
        compiled.push((at, compiler.fault(fault, number, start_us)));
    }
    if problems.is_empty() {
        Ok(compiled)
    } else {
        Err(problems.into())
    }
}

/// Lets a fault happen to a member, with the changes that it brings.
pub(crate) fn add(member: &mut Member, fault: Fault) {
    member.changes.extend(bad_changes(member, &fault));
    member.changes.sort_by_key(|c| c.at_us);
    member.faults.push(fault);
}

/// What happens to a model.
fn happenings(spec: &ScenarioSpec, model: &str, start_us: i64) -> Vec<Happening> {
    let of_model = (0..)
        .zip(&spec.happenings)
        .filter(|(_, h)| h.concerns(model));
    of_model
        .map(|(number, happening)| Happening {
            kind: happening.kind,
            number,
            from_us: start_us + happening.from_us().unwrap_or(0),
            to_us: happening.to_us().map(|us| start_us + us),
            size: happening.size(),
            arrives_us: happening.arrives_us().map(|us| start_us + us),
            story: happening.story.clone(),
        })
        .collect()
}

/// Compiles one fault.
struct Compiler<'a> {
    path: String,
    law: &'static Law,
    problems: &'a mut Vec<Problem>,
}

impl Compiler<'_> {
    fn fault(&mut self, spec: &FaultSpec, number: u64, start_us: i64) -> Fault {
        Fault {
            kind: spec.fault,
            number,
            columns: self.columns(spec),
            segment: self.segment(spec),
            from_us: start_us + spec.from_us().unwrap_or(0),
            to_us: spec.to_us().map(|us| start_us + us),
            size: spec.size(),
            shape: spec.shape.unwrap_or_default(),
            period_us: spec.period_us().unwrap_or(0),
            value: spec.value.clone(),
            version: spec.version.clone(),
            story: spec.story.clone(),
        }
    }

    fn tell(&mut self, key: &str, message: String, hint: String) {
        let path = format!("{}.{key}", self.path);
        self.problems.push(problem(path, message, hint));
    }

    fn columns(&mut self, spec: &FaultSpec) -> Vec<&'static Input> {
        if spec.fault == FaultKind::StaleData && spec.columns.is_empty() {
            return self.law.inputs.iter().filter(|i| i.stored).collect();
        }
        let mut columns = Vec::new();
        for (i, name) in spec.columns.iter().enumerate() {
            let key = format!("columns[{i}]");
            let Some(input) = self.law.inputs.iter().find(|input| input.name() == name) else {
                let known: Vec<&str> = self.law.inputs.iter().map(Input::name).collect();
                self.tell(
                    &key,
                    format!("`{name}` is no input of `{}`", spec.model),
                    format!("Its inputs: {}", known.join(", ")),
                );
                continue;
            };
            if let Some(wanted) = unfit(spec.fault, &input.nature) {
                self.tell(
                    &key,
                    format!("`{}` is for {wanted}", spec.fault.name()),
                    format!("`{name}` is none; choose another column"),
                );
            }
            self.check_value(spec, input);
            columns.push(input);
        }
        columns
    }

    /// What drifts becomes another known category; unseen ones are a fault of their own.
    fn check_value(&mut self, spec: &FaultSpec, input: &Input) {
        let (Some(value), Nature::Category(choices)) = (&spec.value, &input.nature) else {
            return;
        };
        let is_known = choices.iter().any(|(word, _)| word == value);
        let known: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        if spec.fault == FaultKind::CovariateDrift && !is_known {
            self.tell(
                "value",
                format!("`{value}` is no category of `{}`", input.name()),
                format!("Its categories: {}", known.join(", ")),
            );
        } else if spec.fault == FaultKind::NewCategories && is_known {
            self.tell(
                "value",
                format!("`{value}` is a category that the model has seen"),
                "Name one that it has not".to_owned(),
            );
        }
    }

    fn segment(&mut self, spec: &FaultSpec) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        for (name, value) in &spec.segment {
            let key = format!("segment.{name}");
            let bare = |column: &'static str| column.strip_prefix("segment_").unwrap_or(column);
            let Some(segment) = self.law.segments.iter().find(|s| bare(s.column) == name) else {
                let known: Vec<&str> = self.law.segments.iter().map(|s| bare(s.column)).collect();
                self.tell(
                    &key,
                    format!("`{name}` is no dimension of `{}`", spec.model),
                    format!("Its dimensions: {}", known.join(", ")),
                );
                continue;
            };
            if !segment.choices.iter().any(|(word, _)| word == value) {
                let known: Vec<&str> = segment.choices.iter().map(|(word, _)| *word).collect();
                self.tell(
                    &key,
                    format!("`{value}` is no value of `{name}`"),
                    format!("Its values: {}", known.join(", ")),
                );
            }
            found.push((segment.column, value.clone()));
        }
        found
    }
}

/// What a fault is for, if not for columns of this nature.
fn unfit(kind: FaultKind, nature: &Nature) -> Option<&'static str> {
    match (kind, nature) {
        (FaultKind::UnitChange, Nature::Category(_) | Nature::Text) => Some("numbers"),
        (FaultKind::NewCategories, Nature::Category(_)) => None,
        (FaultKind::NewCategories, _) => Some("categories"),
        (FaultKind::CovariateDrift | FaultKind::FrozenFeature, Nature::Text) => {
            Some("numbers and categories")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
