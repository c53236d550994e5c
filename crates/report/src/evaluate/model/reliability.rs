//! Whether scores are what they say.

use super::absent;
use crate::document::{Calibration, Curve, CurveBin, Document};
use candor_stats::calibration::{Forecasts, Scheme};

/// Bins of reliability curves.
const BINS: usize = 10;

/// Tells it of both sides.
pub(super) fn tell(
    document: &mut Document,
    of: String,
    current: Option<Curve>,
    reference: Option<Curve>,
) {
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
pub(super) fn curve(rows: impl Iterator<Item = (bool, f64)>) -> Option<Curve> {
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
