//! Ranked items, query by query.

use super::{absent, numbers, told, words};
use crate::document::{Document, Outcomes};
use crate::error::Result;
use crate::evaluate::Section;
use crate::evaluate::column::Sides;
use crate::table::Table;
use crate::values::NO_WORD;
use crate::windows::Windows;
use candor_stats::performance::{Measured, RankedRows, Ranking};

/// Places at which lists are cut.
const CUTS: [usize; 3] = [1, 5, 10];
/// Metrics of the table.
const TOLD: [&str; 9] = [
    "ndcg@5",
    "ndcg@10",
    "map@5",
    "map@10",
    "mrr",
    "precision@5",
    "recall@10",
    "hit@1",
    "hit@10",
];
/// Metrics window by window.
const BY_WINDOW: [&str; 3] = ["ndcg@10", "map@10", "mrr"];

/// Scored items of one side.
struct Side {
    queries: Vec<u32>,
    scores: Vec<f64>,
    relevance: Vec<f64>,
}

impl Side {
    fn rows(&self) -> RankedRows<'_> {
        RankedRows {
            queries: &self.queries,
            scores: &self.scores,
            relevance: &self.relevance,
        }
    }

    fn known(&self) -> u64 {
        self.relevance.iter().filter(|x| !x.is_nan()).count() as u64
    }
}

/// Tells performance of rankings: a row is an item, `columns.request_id` its query, the outcome its relevance.
pub(super) fn tell(document: &mut Document, sides: &Sides<'_>) -> Result<()> {
    for section in ["estimated_performance", "calibration", "fairness", "slices"] {
        absent(document, section, "It is not told of rankings.");
    }
    if !sides.request.options.tells(Section::Performance) {
        return Ok(());
    }
    let (Some(before), Some(now)) = (
        side(sides, sides.request.reference)?,
        side(sides, sides.request.current)?,
    ) else {
        let sentence = "Rankings need a score and a query of each item: name both columns in the spec, as \
                        columns.outputs.score and columns.request_id.";
        absent(document, "performance", sentence);
        return Ok(());
    };
    if now.known() == 0 {
        absent(
            document,
            "performance",
            "No current row has a relevance yet.",
        );
        return Ok(());
    }
    let figures = |side: &Side| Ranking::new(&side.rows(), &CUTS).figures().to_vec();
    let (old, new) = (figures(&before), figures(&now));
    let tells = |name: &str| TOLD.contains(&name);
    let mut performance = told::performance(&new, &old, &tells);
    performance.outcomes = Some(Outcomes {
        coverage: told::coverage(now.known(), now.relevance.len() as u64),
        sentence: None,
    });
    told::methods(document, &new, &tells);
    document.performance = Some(performance);
    let by_window = |side: &Side, windows: &Windows| -> Vec<Vec<Measured>> {
        let count = windows.count();
        let made = Ranking::by_window(&side.rows(), &windows.of_row, count, &CUTS);
        made.iter().map(|one| one.figures().to_vec()).collect()
    };
    let in_windows = by_window(&now, sides.current);
    let reference = by_window(&before, sides.reference);
    told::windows(document, sides, &in_windows, &reference, &BY_WINDOW);
    Ok(())
}

fn side(sides: &Sides<'_>, table: &dyn Table) -> Result<Option<Side>> {
    let roles = sides.roles;
    let score = roles.score.as_deref().or(roles.value.as_deref());
    let (Some(scores), Some(queries)) = (
        numbers(table, score)?,
        words(table, roles.query.as_deref())?,
    ) else {
        return Ok(None);
    };
    let relevance = numbers(table, roles.outcome.as_deref())?;
    let mut relevance = relevance.unwrap_or_else(|| vec![f64::NAN; scores.len()]);
    // An item of no query is in no list.
    for (relevance, query) in relevance.iter_mut().zip(&queries.codes) {
        if *query == NO_WORD {
            *relevance = f64::NAN;
        }
    }
    Ok(Some(Side {
        queries: queries.codes,
        scores,
        relevance,
    }))
}
