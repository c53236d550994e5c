//! Performance of numbers without outcomes.

use super::{absent, told};
use crate::document::Role;
use crate::document::{Document, EstimatedPerformance};
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
    let rows = |features, prediction, window, windows| NumberPredictions {
        features,
        prediction,
        window,
        windows,
    };
    let (before, after) = (sides.reference, sides.current);
    let reference = rows(&old, predictions, &before.of_row, before.count());
    let current = rows(&new, now, &after.of_row, after.count());
    let settings = Settings {
        seed: sides.request.options.seed,
        ..Settings::default()
    };
    for measure in ESTIMATED {
        let dle = Dle::fit(measure, &reference, outcomes, &settings);
        let all = dle.estimate(&rows(&new, now, &zeros, 1)).pop();
        let known = realised_error(measure, &rows(&old, predictions, &zeros, 1), outcomes).pop();
        let one = told::Estimated {
            name: measure.name(),
            better: Better::Lower,
            all: all.as_ref(),
            realised: known.as_ref(),
            windows: dle.estimate(&current),
            reference: dle.realised().iter().map(|f| f.value).collect(),
            band: dle.band(Band::robust),
            range: (0.0, f64::INFINITY),
        };
        one.tell(&mut told, document, sides);
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
