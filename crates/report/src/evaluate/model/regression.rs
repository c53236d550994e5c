//! Numbers.

use super::{Loss, absent, numbers, told};
use crate::document::{Document, Outcomes};
use crate::error::Result;
use crate::evaluate::column::Sides;
use crate::table::Table;
use crate::windows::Windows;
use candor_stats::performance::{Measured, NumberRows, Regression, RegressionOptions};

/// Metrics of the table; those of predicted intervals are not, since none are read.
const TOLD: [&str; 7] = [
    "mae",
    "rmse",
    "mape",
    "smape",
    "r2",
    "median_ae",
    "mean_error",
];
const BY_WINDOW: [&str; 4] = ["mae", "rmse", "mape", "r2"];

/// Predictions and outcomes of one side; NaN where one is missing.
struct Side {
    outcomes: Vec<f64>,
    predictions: Vec<f64>,
}

impl Side {
    fn rows(&self) -> NumberRows<'_> {
        NumberRows {
            outcomes: &self.outcomes,
            predictions: &self.predictions,
            intervals: None,
            weights: None,
        }
    }

    fn known(&self) -> u64 {
        self.outcomes.iter().filter(|x| !x.is_nan()).count() as u64
    }
}

/// Tells performance and its estimate; what each current row lost.
pub(super) fn tell(document: &mut Document, sides: &Sides<'_>) -> Result<Option<Loss>> {
    for section in ["calibration", "fairness"] {
        absent(
            document,
            section,
            "It is told of classes, and this model answers with numbers.",
        );
    }
    let (Some(before), Some(now)) = (
        side(sides, sides.request.reference)?,
        side(sides, sides.request.current)?,
    ) else {
        let sentence = "The data have no predicted value.";
        absent(document, "performance", sentence);
        absent(document, "estimated_performance", sentence);
        return Ok(None);
    };
    super::estimated::tell(
        document,
        sides,
        (&before.outcomes, &before.predictions),
        &now.predictions,
    )?;
    if now.known() == 0 {
        absent(
            document,
            "performance",
            "No current row has an outcome yet.",
        );
        return Ok(None);
    }
    let options = RegressionOptions::default();
    let figures = |side: &Side| Regression::new(&side.rows(), &options).figures();
    let (old, new) = (figures(&before), figures(&now));
    let tells = |name: &str| TOLD.contains(&name);
    let mut performance = told::performance(&new, &old, &tells);
    performance.outcomes = Some(Outcomes {
        coverage: told::coverage(now.known(), now.outcomes.len() as u64),
        sentence: None,
    });
    told::methods(document, &new, &tells);
    document.performance = Some(performance);
    let by_window = |side: &Side, windows: &Windows| -> Vec<Vec<Measured>> {
        let made = Regression::by_window(&side.rows(), &windows.of_row, windows.count(), &options);
        made.iter().map(Regression::figures).collect()
    };
    let (in_windows, reference) = (
        by_window(&now, sides.current),
        by_window(&before, sides.reference),
    );
    told::windows(document, sides, &in_windows, &reference, &BY_WINDOW);
    let rows = now
        .outcomes
        .iter()
        .zip(&now.predictions)
        .map(|(y, x)| (y - x).abs());
    Ok(Some(Loss {
        rows: rows.collect(),
        measure: "absolute_error",
    }))
}

fn side(sides: &Sides<'_>, table: &dyn Table) -> Result<Option<Side>> {
    let roles = sides.roles;
    let Some(predictions) = numbers(table, roles.value.as_deref())? else {
        return Ok(None);
    };
    let outcomes = numbers(table, roles.outcome.as_deref())?;
    Ok(Some(Side {
        outcomes: outcomes.unwrap_or_else(|| vec![f64::NAN; predictions.len()]),
        predictions,
    }))
}
