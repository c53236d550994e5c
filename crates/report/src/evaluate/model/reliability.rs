//! Whether scores are what they say.

use super::{absent, binary, multiclass};
use crate::document::{Calibration, Curve, CurveBin, Document};
use candor_stats::calibration::{Forecasts, Scheme};
use candor_stats::performance::MISSING;

/// Bins of reliability curves.
const BINS: usize = 10;

/// Tells it of the score of the positive class.
pub(super) fn of_two(
    document: &mut Document,
    before: &binary::Side,
    now: &binary::Side,
    positive: &str,
) {
    let of = |side: &binary::Side| -> Option<Curve> {
        let scores = side.scores.as_ref()?;
        let rows = side.labels.iter().zip(scores);
        curve(rows.filter_map(|(label, score)| Some(((*label)?, *score))))
    };
    tell(document, format!("class {positive}"), of(now), of(before));
}

/// Tells it of the score of the class that each row was given: how often it is right.
pub(super) fn of_classes(
    document: &mut Document,
    before: &multiclass::Side,
    now: &multiclass::Side,
) {
    let of = |side: &multiclass::Side| -> Option<Curve> {
        let scores = side.scores.as_ref()?;
        let decided = side.decided().into_iter();
        let rows = decided.zip(&side.labels).enumerate();
        curve(rows.filter_map(|(row, (class, label))| {
            let score = scores.get(class as usize)?.get(row)?;
            (*label != MISSING).then_some((class == *label, *score))
        }))
    };
    let of_what = "the class that the model chose".to_owned();
    tell(document, of_what, of(now), of(before));
}

fn tell(document: &mut Document, of: String, current: Option<Curve>, reference: Option<Curve>) {
    if current.is_none() && reference.is_none() {
        let sentence = "No row has both an outcome and a score between 0 and 1.";
        return absent(document, "calibration", sentence);
    }
    document.calibration = Some(Calibration {
        of,
        current,
        reference,
    });
}

/// The curve of rows with an outcome and a score; scores that are no probabilities are left out.
fn curve(rows: impl Iterator<Item = (bool, f64)>) -> Option<Curve> {
    let rows = rows.filter(|(_, score)| (0.0..=1.0).contains(score));
    let (labels, scores): (Vec<bool>, Vec<f64>) = rows.unzip();
    let forecasts = Forecasts::new(&scores, &labels);
    if forecasts.n() == 0 {
        return None;
    }
    let reliability = forecasts.reliability(Scheme::EqualMass, BINS, 0);
    let line = forecasts.recalibration();
    let bins = reliability.bins.iter().filter_map(|bin| {
        Some(CurveBin {
            from: bin.from,
            to: bin.to,
            n: bin.n,
            predicted: bin.mean_probability?,
            observed: (&bin.observed).into(),
        })
    });
    Some(Curve {
        bins: bins.collect(),
        ece: Some((&reliability.ece).into()),
        mce: Some((&reliability.mce).into()),
        slope: Some((&line.slope).into()),
        intercept: Some((&line.intercept).into()),
        brier: Some(forecasts.brier().into()),
    })
}
