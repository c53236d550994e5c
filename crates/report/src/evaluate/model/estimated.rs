//! Performance of numbers without outcomes.

use super::{absent, told};
use crate::document::Role;
use crate::document::{Change, Document, EstimatedPerformance};
use crate::error::Result;
use crate::evaluate::column::Sides;
use crate::roles::Column;
use crate::table::Table;
use crate::values::{NO_WORD, Values};
use candor_stats::estimate::{
    Assumption, Band, Dle, ErrorMeasure, NumberPredictions, realised_error,
};
use candor_stats::learn::{Feature, Settings};
use candor_stats::performance::Better;
use std::collections::HashMap;

/// Measures that are estimated.
const ESTIMATED: [ErrorMeasure; 2] = [ErrorMeasure::Mae, ErrorMeasure::Rmse];
/// Windows of the reference from which on a band is learnt.
const WINDOWS_MIN: usize = 10;
/// Categories of more values tell nothing of errors.
const CATEGORIES_MAX: usize = 255;

/// Values of the inputs of one side, in the order of the columns.
type Inputs = Vec<(Vec<f64>, bool)>;

/// Tells the expected errors of the current rows, learnt from those of the reference.
pub(super) fn tell(
    document: &mut Document,
    sides: &Sides<'_>,
    (outcomes, predictions): (&[f64], &[f64]),
    now: &[f64],
) -> Result<()> {
    if !outcomes.iter().any(|x| x.is_finite()) {
        absent(
            document,
            "estimated_performance",
            "The reference has no outcomes to learn from.",
        );
        return Ok(());
    }
    let (old, new) = inputs(sides)?;
    let (old, new) = (features(&old), features(&new));
    let mut told = EstimatedPerformance {
        method: "dle".to_owned(),
        assumptions: Assumption::DLE
            .iter()
            .map(|a| a.sentence.to_owned())
            .collect(),
        ..EstimatedPerformance::default()
    };
    let zeros = vec![0; predictions.len().max(now.len())];
    for measure in ESTIMATED {
        let rows = |features, prediction, window, windows| NumberPredictions {
            features,
            prediction,
            window,
            windows,
        };
        let reference = rows(
            &old,
            predictions,
            &sides.reference.of_row,
            sides.reference.count(),
        );
        let settings = Settings {
            seed: sides.request.options.seed,
            ..Settings::default()
        };
        let dle = Dle::fit(measure, &reference, outcomes, &settings);
        let all = dle.estimate(&rows(&new, now, &zeros, 1)).pop();
        let whole = rows(&old, predictions, &zeros, 1);
        let realised = realised_error(measure, &whole, outcomes).pop();
        let name = measure.name().to_owned();
        if let (Some(all), Some(realised)) = (all, realised) {
            if let Some(difference) = told::difference(&all, &realised) {
                let worse = told::is_worse(Better::Lower, &difference);
                told.change.insert(
                    name.clone(),
                    Change {
                        difference: difference.into(),
                        worse,
                    },
                );
            }
            told.current.insert(name.clone(), all.into());
            told.reference.insert(name.clone(), realised.into());
        }
        let by_window = dle.estimate(&rows(
            &new,
            now,
            &sides.current.of_row,
            sides.current.count(),
        ));
        let band = dle
            .band(Band::robust)
            .filter(|band| band.windows >= WINDOWS_MIN);
        let values: Vec<f64> = dle.realised().iter().filter_map(|f| f.value).collect();
        for (window, figure) in document.windows.iter_mut().zip(&by_window) {
            let breach = band.is_some_and(|band| told::breaches(Better::Lower, &band, figure));
            window
                .estimated_performance
                .insert(name.clone(), told::reading(figure, breach));
        }
        document
            .bands
            .estimated_performance
            .insert(name, told::told_band(band, &values));
    }
    document.estimated_performance = Some(told);
    Ok(())
}

fn features(inputs: &Inputs) -> Vec<Feature<'_>> {
    let made = inputs.iter().map(|(values, words)| {
        if *words {
            Feature::category(values)
        } else {
            Feature::number(values)
        }
    });
    made.collect()
}

/// The inputs of both sides; words by the codes of the reference.
fn inputs(sides: &Sides<'_>) -> Result<(Inputs, Inputs)> {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for column in sides.roles.columns.iter().filter(|c| c.role == Role::Input) {
        let (Some(before), Some(now)) = (column.reference, column.current) else {
            continue;
        };
        let before = read(sides.request.reference, before, column)?;
        let now = read(sides.request.current, now, column)?;
        match (before, now) {
            (Values::Numbers(a), Values::Numbers(b)) => {
                old.push((a, false));
                new.push((b, false));
            }
            (Values::Words(a), Values::Words(b)) if a.words.len() <= CATEGORIES_MAX => {
                let place: HashMap<&str, usize> = a
                    .words
                    .iter()
                    .enumerate()
                    .map(|(at, w)| (w.as_str(), at))
                    .collect();
                let of_word: Vec<f64> = b
                    .words
                    .iter()
                    .map(|word| place.get(word.as_str()).map_or(f64::NAN, |at| *at as f64))
                    .collect();
                let own = |code: &u32| {
                    if *code == NO_WORD {
                        f64::NAN
                    } else {
                        f64::from(*code)
                    }
                };
                let others = |code: &u32| of_word.get(*code as usize).copied().unwrap_or(f64::NAN);
                old.push((a.codes.iter().map(own).collect(), true));
                new.push((b.codes.iter().map(others).collect(), true));
            }
            _ => {}
        }
    }
    Ok((old, new))
}

fn read(table: &dyn Table, at: usize, column: &Column) -> Result<Values> {
    Values::of(&table.read(at)?, column.kind, &column.name)
}
