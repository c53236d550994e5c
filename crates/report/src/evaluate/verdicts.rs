//! Which columns have drifted, decided on together, in words.

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
            if let Some(verdict) = verdict {
                let drift = drift(&told, &verdict);
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
        columns[at]
            .drift_all
            .entry(told.method.clone())
            .or_insert_with(|| told.clone());
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

fn drift(column: &document::Column, verdict: &Verdict) -> Drift {
    let evidence = &verdict.evidence;
    let main = evidence.parts.first();
    let comparison = main.map(|part| &part.comparison);
    // One part's materiality can make another's significance count.
    let short = main.is_none_or(|part| reach(part) < 1.0);
    let others = evidence.parts.iter().skip(1);
    let decided = others
        .filter(|part| verdict.drifted && short && part.material)
        .max_by(|a, b| reach(a).total_cmp(&reach(b)));
    Drift {
        drifted: verdict.drifted,
        method: evidence.method.name().to_owned(),
        statistic: comparison.and_then(|c| c.statistic.value),
        p_value: Some(evidence.p_value()),
        threshold: main.map(|part| part.threshold),
        adjusted_p_value: Some(verdict.adjusted_p_value),
        alpha: Some(ALPHA),
        effect: comparison.and_then(|c| c.effect).filter(|x| x.is_finite()),
        expected: None,
        decided_by: decided.map(|part| DecidedBy {
            method: part.comparison.method.to_owned(),
            effect: part.comparison.effect.filter(|x| x.is_finite()),
            threshold: part.threshold,
        }),
        sentence: sentence(column, verdict),
    }
}

/// A part's effect in units of its threshold.
fn reach(part: &Part) -> f64 {
    part.comparison.effect.unwrap_or(0.0) / part.threshold
}

/// The verdict in words: what changed most of that for which the column is called drifted.
fn sentence(column: &document::Column, verdict: &Verdict) -> String {
    let name = &column.name;
    if !verdict.drifted {
        let material = verdict.evidence.is_material();
        return if material {
            format!("{name} looks different, but at these sizes that may be chance")
        } else {
            format!("{name} holds what it held before")
        };
    }
    let parts: Vec<&Part> = verdict
        .reasons
        .iter()
        .filter_map(|at| verdict.evidence.parts.get(*at))
        .collect();
    let of = |method: &str| parts.iter().find(|p| p.comparison.method == method);
    let (before, now) = (&column.reference, &column.current);
    let percent = |x: f64| format!("{:.1} %", 100.0 * x);
    let mut said = Vec::new();
    if of("missing").is_some()
        && let (Some(a), Some(b)) = (before.missing(), now.missing())
    {
        said.push(format!(
            "{} of its values are missing, {} before",
            percent(b),
            percent(a)
        ));
    }
    if let Some(part) = of("unseen")
        && let Some(share) = part.comparison.effect
    {
        said.push(format!(
            "{} of its values were never seen before",
            percent(share)
        ));
    }
    let changed = parts
        .iter()
        .any(|p| !matches!(p.comparison.method, "missing" | "unseen" | "range"));
    if changed {
        said.extend(moved(column));
    }
    if said.is_empty()
        && let Some(part) = of("range")
        && let Some(share) = part.comparison.effect
    {
        said.push(format!(
            "{} of its values lie outside the range before",
            percent(share)
        ));
    }
    if said.is_empty() {
        return format!("{name} has drifted");
    }
    format!("{name} has drifted: {}", said.join("; "))
}

/// What moved, in the column's own terms.
fn moved(column: &document::Column) -> Option<String> {
    let (before, now) = (&column.reference, &column.current);
    let median = |side: &document::Summary| side.quantiles.get("0.5").copied();
    if column.value_type == "number"
        && let (Some(a), Some(b), Some(sd)) = (before.mean, now.mean, before.std)
    {
        let shift = (b - a) / sd;
        if sd > 0.0 && shift.abs() >= 0.05 && shift.is_finite() {
            let word = if shift > 0.0 { "higher" } else { "lower" };
            return Some(format!(
                "its mean is {:.2} standard deviations {word} ({} now, {} before)",
                shift.abs(),
                short(b),
                short(a)
            ));
        }
        let (a, b) = (median(before)?, median(now)?);
        return Some(format!(
            "its distribution has another shape (median {} now, {} before)",
            short(b),
            short(a)
        ));
    }
    // The category whose share changed most.
    let histogram = column.histogram.as_ref()?;
    let names = histogram.categories.as_ref()?;
    let pairs = histogram
        .reference
        .bins
        .iter()
        .zip(&histogram.current.bins)
        .zip(names);
    let ((a, b), name) = pairs.max_by(|x, y| {
        let gap = |pair: &((&f64, &f64), &String)| (pair.0.1 - pair.0.0).abs();
        gap(x).total_cmp(&gap(y))
    })?;
    Some(format!(
        "“{name}” is {:.1} % of rows now, {:.1} % before",
        100.0 * b,
        100.0 * a
    ))
}

/// A number in at most four digits that matter.
fn short(x: f64) -> String {
    let size = x.abs();
    if x == 0.0 || (1e-3..1e6).contains(&size) {
        let digits = if x == 0.0 {
            0
        } else {
            (3 - size.log10().floor() as i32).clamp(0, 6)
        };
        let text = format!("{x:.*}", digits as usize);
        return if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        };
    }
    format!("{x:.3e}")
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
    let outputs = match verdict.outputs {
        0 => String::new(),
        1 => "an output of the model".to_owned(),
        n => format!("{n} outputs of the model"),
    };
    let inputs = format!("{count} of {all} inputs");
    let sentence = match (all, verdict.outputs) {
        (_, 0) => format!("{inputs} have drifted"),
        (0, 1) => format!("{outputs} has drifted"),
        (0, _) => format!("{outputs} have drifted"),
        _ => format!("{inputs} and {outputs} have drifted"),
    };
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

fn methods(used: &BTreeSet<&'static str>) -> Vec<Used> {
    let told = used.iter().filter_map(|name| {
        let method = Method::named(name)?;
        let about = method.about();
        Some(Used {
            name: about.name.to_owned(),
            area: "drift".to_owned(),
            definition: about.doc.to_owned(),
            threshold: Some(about.threshold),
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

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn numbers_are_short() {
        let told: Vec<String> = [0.0, 0.25, 1234.5678, 12.0, 1e-9, 2.5e9, -0.012_36]
            .into_iter()
            .map(short)
            .collect();
        assert_eq!(
            told,
            ["0", "0.25", "1235", "12", "1.000e-9", "2.500e9", "-0.01236"]
        );
    }
}
