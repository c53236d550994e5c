//! Which columns have drifted, decided on together, in words.

mod sentence;

use super::column::Looked;
use crate::document::{self, DataDrift, DecidedBy, Document, Drift, Method as Used, Quality, Role};
use crate::roles::Roles;
use candor_stats::drift::{
    Method, ModelColumn, Part, Table, Verdict, decide as decide_all, model_drifted,
};
use candor_stats::slices::Feature;
use std::collections::BTreeSet;

/// The share of false alarms that is borne over all columns of a report.
const ALPHA: f64 = 0.05;
/// The weighted share of drifted inputs above which the data have drifted.
const INPUTS_MAX: f64 = 0.3;

/// What methods need that look at several columns together.
#[derive(Default)]
pub(super) struct Together {
    /// The current rows by bins, for slices.
    pub(super) features: Vec<Feature>,
    /// Some rows of both sides.
    pub(super) tables: (Table<'static>, Table<'static>),
}

/// Decides on all columns and puts them into the document; what looks at several together comes back.
pub(super) fn decide(document: &mut Document, looked: Vec<Looked>, roles: &Roles) -> Together {
    let mut evidence = Vec::new();
    let mut judged = Vec::new();
    let mut columns = Vec::new();
    let mut checks = Vec::new();
    let mut together = Together::default();
    let mut used = BTreeSet::new();
    for (at, column) in looked.into_iter().enumerate() {
        let name = column.document.name.clone();
        checks.extend(column.checks);
        if let Some(windows) = column.windows {
            for (window, reading) in document.windows.iter_mut().zip(windows.drift.readings) {
                window.drift.insert(name.clone(), reading);
            }
            document
                .bands
                .drift
                .insert(name.clone(), windows.drift.band);
            if let Some(missing) = windows.missing {
                let check = format!("{name}.completeness");
                for (window, reading) in document.windows.iter_mut().zip(missing.readings) {
                    window.quality.insert(check.clone(), reading);
                }
                document.bands.quality.insert(check, missing.band);
            }
        }
        together.features.extend(column.feature);
        if let Some((before, now)) = column.some {
            before.add_to(&mut together.tables.0, &name);
            now.add_to(&mut together.tables.1, &name);
        }
        let mut told = column.document;
        for one in column.further {
            used.insert(one.method.name());
            let verdict = decide_all(vec![one], ALPHA).pop();
            let main = verdict
                .as_ref()
                .and_then(|v| Some((v, v.evidence.parts.first()?)));
            if let Some((verdict, part)) = main {
                let drift = by_part(verdict, part);
                told.drift_all.insert(drift.method.clone(), drift);
            }
        }
        if let Some(one) = column.evidence {
            used.extend(one.parts.iter().map(|part| part.comparison.method));
            judged.push(at);
            evidence.push(one);
        }
        columns.push(told);
    }
    for (at, verdict) in judged.into_iter().zip(decide_all(evidence, ALPHA)) {
        let told = drift(&columns[at], &verdict);
        for part in &verdict.evidence.parts {
            let row = by_part(&verdict, part);
            columns[at].drift_all.insert(row.method.clone(), row);
        }
        columns[at].drift = Some(told);
    }
    document.drift = data_drift(&columns);
    document.columns = columns;
    document.quality = Some(Quality::default());
    add(document, checks);
    document.methods.extend(methods(&used));
    if roles.columns.is_empty() {
        document.absent.insert(
            "columns".to_owned(),
            "The data have no columns to look at.".to_owned(),
        );
    }
    together
}

/// Adds checks, breaches first, the gravest before others.
pub(super) fn add(document: &mut Document, checks: Vec<document::Check>) {
    let quality = document.quality.get_or_insert_default();
    quality.checks.extend(checks);
    quality
        .checks
        .sort_by_key(|check| (!check.breach, check.severity));
}

/// The verdict on a column, under its own method.
fn drift(column: &document::Column, verdict: &Verdict) -> Drift {
    let evidence = &verdict.evidence;
    let main = evidence.parts.first();
    // One part's materiality can make another's significance count.
    let own = main.is_some_and(|part| verdict.drifted_by(part));
    let others = evidence.parts.iter().skip(1);
    let decided = others
        .filter(|part| !own && decides(verdict, part))
        .max_by(|a, b| reach(a).total_cmp(&reach(b)));
    Drift {
        drifted: verdict.drifted,
        undecided: verdict.undecided,
        p_value: Some(evidence.p_value()),
        adjusted_p_value: Some(verdict.adjusted_p_value),
        decided_by: decided.map(|part| DecidedBy {
            method: part.comparison.method.to_owned(),
            effect: part.comparison.effect.filter(|x| x.is_finite()),
            threshold: part.threshold,
            reach: part.reach,
        }),
        sentence: sentence::sentence(column, verdict),
        ..main.map_or_else(Drift::default, |part| by_part(verdict, part))
    }
}

/// Whether it is a part that a verdict rests on: of an undecided one what looks different.
fn decides(verdict: &Verdict, part: &Part) -> bool {
    if verdict.undecided {
        return part.is_beyond();
    }
    verdict.drifted_by(part)
}

/// What a part of the evidence says by itself.
fn by_part(verdict: &Verdict, part: &Part) -> Drift {
    let told = &part.comparison;
    let drifted = verdict.drifted_by(part);
    // A part that nothing is spent on rests on the significance of another.
    let own = Some(part.p_value()).filter(|_| part.weight > 0.0);
    let adjusted = own.map(|p| {
        if verdict.cut > 0.0 {
            p * ALPHA / verdict.cut
        } else {
            p * verdict.adjusted_p_value / verdict.evidence.p_value()
        }
    });
    Drift {
        drifted,
        undecided: verdict.undecided && part.is_beyond(),
        method: told.method.to_owned(),
        statistic: told.statistic.value,
        p_value: told.p_value,
        threshold: Some(part.threshold),
        adjusted_p_value: adjusted.filter(|p| p.is_finite()).map(|p| p.min(1.0)),
        alpha: Some(ALPHA),
        effect: told.effect.filter(|x| x.is_finite()),
        reach: part.reach,
        ..Drift::default()
    }
}

/// A part's effect in units of its threshold.
fn reach(part: &Part) -> f64 {
    part.comparison.effect.unwrap_or(0.0).abs() / part.threshold
}

fn data_drift(columns: &[document::Column]) -> Option<DataDrift> {
    let judged = columns.iter().filter_map(|c| Some((c, c.drift.as_ref()?)));
    let judged = judged.filter(|(c, _)| matches!(c.role, Role::Input | Role::Output));
    let judged: Vec<ModelColumn> = judged
        .map(|(column, drift)| ModelColumn {
            output: column.role == Role::Output,
            importance: column.importance,
            drifted: drift.drifted,
        })
        .collect();
    if judged.is_empty() {
        return None;
    }
    let verdict = model_drifted(&judged);
    let inputs = judged.iter().filter(|c| !c.output);
    let (count, all) = inputs.fold((0, 0), |(n, all), c| (n + u64::from(c.drifted), all + 1));
    let sentence = in_words(columns, (count, all), verdict.outputs);
    Some(DataDrift {
        drifted: verdict.drifted,
        drifted_count: count,
        judged_count: all,
        share: Some(verdict.share),
        weighted_share: Some(verdict.weighted_share),
        threshold: Some(INPUTS_MAX),
        sentence,
        joint: Vec::new(),
    })
}

/// How many columns have drifted, and how many of them are inputs and outputs.
fn in_words(columns: &[document::Column], (inputs, of): (u64, u64), outputs: usize) -> String {
    let drifts = || columns.iter().filter_map(|c| c.drift.as_ref());
    let (drifted, all) = (drifts().filter(|d| d.drifted).count(), drifts().count());
    let has = |n: usize| if n == 1 { "has" } else { "have" };
    let noun = if all == 1 { "column" } else { "columns" };
    if drifted == 0 {
        let open = drifts().filter(|d| d.undecided).count();
        return match (open, all) {
            (0, 1) => "the one column that was judged has not drifted".to_owned(),
            (0, _) => format!("none of {all} {noun} has drifted"),
            (open, _) => {
                format!("none of {all} {noun} has clearly drifted; {open} cannot be told")
            }
        };
    }
    let whole = format!("{drifted} of {all} {noun} {} drifted", has(drifted));
    let inputs = match (inputs, of) {
        (_, 0) => None,
        (0, of) => Some(format!("none of {of} inputs")),
        (n, of) => Some(format!("{n} of {of} inputs")),
    };
    let outputs = match outputs {
        0 => None,
        1 => Some("an output of the model".to_owned()),
        n => Some(format!("{n} outputs of the model")),
    };
    let among: Vec<String> = inputs.into_iter().chain(outputs).collect();
    if among.is_empty() {
        return whole;
    }
    format!("{whole}, among them {}", among.join(" and "))
}

/// Comparisons beside a column's method, with what they are.
const BESIDE: [(&str, &str); 1] = [(
    "share",
    "the share of rows of the category that changed most, with its interval; it counts as material when it may reach \
     its threshold within four standard errors",
)];

/// What makes a few rows material that should be fewer still.
const MULTIPLE: &str = "; it counts as material, too, from three times the reference's share on, which is taken as at \
     least 0.1 %";

fn methods(used: &BTreeSet<&'static str>) -> Vec<Used> {
    let told = used.iter().filter_map(|name| {
        let beside = BESIDE.iter().find(|(beside, _)| beside == name);
        let (mut definition, threshold) = match (Method::named(name), beside) {
            (Some(method), _) => (method.doc().to_owned(), method.threshold()),
            (None, Some((_, doc))) => ((*doc).to_owned(), Method::Missing.threshold()),
            (None, None) => return None,
        };
        if matches!(*name, "missing" | "unseen" | "range") {
            definition += MULTIPLE;
        }
        Some(Used {
            name: (*name).to_owned(),
            area: "drift".to_owned(),
            definition,
            threshold: Some(threshold),
            parameters: [
                ("alpha".to_owned(), ALPHA.into()),
                ("correction".to_owned(), "benjamini_hochberg".into()),
            ]
            .into(),
            source: None,
        })
    });
    told.collect()
}
