//! How a model treats the groups of its protected attributes.

use super::Answer;
use super::models::{known, model_name};
use super::profiles::instant;
use crate::clock;
use crate::problem::Problem;
use crate::runs::fairness::{self, Attribute};
use crate::state::State;
use axum::Json;
use axum::extract::{Path, Query, State as Extract};
use candor_contract::format_us;
use candor_stats::Figure;
use candor_stats::fairness::{Bounds, Disparity, Gap, Group, Rate};
use serde::{Deserialize, Serialize};
use std::ops::{Range, RangeInclusive};

/// From 1970 up to 2200: what the engine can tell apart by nanoseconds.
const INSTANTS: RangeInclusive<i64> = 0..=7_258_118_400_000_000;
const DAYS_US: i64 = 30 * 86_400_000_000;

/// Predictions of which time.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Span {
    /// From this time on, RFC 3339; 30 days before `to` if absent.
    from: Option<String>,
    /// Before this time, RFC 3339; now if absent.
    to: Option<String>,
}

/// How groups of people fared.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FairnessView {
    model: String,
    from: String,
    to: String,
    /// The class of those who are selected, as the Model says; null if it does not.
    positive_class: Option<String>,
    /// Predictions of the time.
    rows: u64,
    /// Those of them whose outcome is known.
    labelled: u64,
    /// Each protected attribute, then all of them together.
    attributes: Vec<FairnessAttributeView>,
    /// What was left out, and why.
    notes: Vec<String>,
    /// The statement that counted, for `POST /v1/sql`; null if nothing could be counted.
    sql: Option<String>,
}

/// The groups of a protected attribute.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FairnessAttributeView {
    /// E.g. `sex`, or `sex & age_band` for both together.
    name: String,
    /// Where predictions have it.
    columns: Vec<String>,
    groups: Vec<FairnessGroupView>,
    /// Groups of fewer than 30 rows; they are the group `other` together.
    pooled: usize,
    /// What should be equal, and how far it is from that.
    gaps: Vec<FairnessGapView>,
}

/// One group.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FairnessGroupView {
    /// `missing` for rows whose group is not known.
    name: String,
    n: u64,
    labelled: u64,
    /// Whether it takes part in comparisons.
    compared: bool,
    rates: Vec<FairnessRateView>,
}

/// A rate of a group.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FairnessRateView {
    /// `base_rate`, `selection_rate`, `tpr`, `fpr`, `fnr`, `tnr`, `ppv`, `fdr`, `accuracy`, or `calibration`: mean
    /// score minus base rate.
    name: &'static str,
    #[serde(flatten)]
    figure: RateFigure,
}

/// A figure with its 95 % interval.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RateFigure {
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    /// Rows behind it.
    n: u64,
    /// `ok`, `too_few` or `undefined`.
    status: &'static str,
}

/// The widest gap between two groups.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FairnessGapView {
    /// `demographic_parity`, `equal_opportunity`, `equalised_odds`, `predictive_parity` or `calibration`.
    criterion: &'static str,
    /// Highest minus lowest group; the interval covers all pairs at once.
    difference: RateFigure,
    /// Lowest over highest group; null for calibration.
    ratio: Option<RateFigure>,
    /// The groups that are farthest apart by difference.
    lowest: Option<String>,
    highest: Option<String>,
    /// And by ratio: of two rates, the smaller one may have the wider ratio.
    ratio_lowest: Option<String>,
    ratio_highest: Option<String>,
    /// Largest difference that is allowed.
    difference_max: f64,
    /// Smallest ratio that is allowed: four fifths.
    ratio_min: Option<f64>,
    /// `breach` if the interval lies wholly beyond a bound, `within` if within all, else `open`.
    verdict: &'static str,
    sentence: String,
}

/// Show how a model treats groups of people
///
/// Rates of the groups of each `protected` attribute and the widest gaps between them, of the predictions of a time
/// with their latest outcomes. Groups of fewer than 30 rows are pooled.
#[utoipa::path(get, path = "/v1/models/{model}/fairness", tag = "models",
    params(("model" = String, Path), Span),
    responses((status = 200, body = FairnessView), (status = 400, body = Problem),
        (status = 404, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn show_fairness(
    Extract(state): Extract<State>,
    Path(model): Path<String>,
    Query(span): Query<Span>,
) -> Answer<FairnessView> {
    known(&state, &model).await?;
    let name = model_name(&model)?;
    let range = range(&span)?;
    let judged = fairness::fairness(&state, &name, range.clone()).await?;
    Ok(Json(FairnessView {
        model,
        from: format_us(range.start),
        to: format_us(range.end),
        positive_class: judged.positive_class,
        rows: judged.rows,
        labelled: judged.labelled,
        attributes: judged.attributes.into_iter().map(attribute).collect(),
        notes: judged.notes,
        sql: judged.sql,
    }))
}

fn range(span: &Span) -> Result<Range<i64>, Problem> {
    let asked = |name, text: &Option<String>| text.as_deref().map(|t| instant(name, t)).transpose();
    let to = asked("to", &span.to)?.unwrap_or_else(clock::now_us);
    let from = asked("from", &span.from)?.unwrap_or(to.saturating_sub(DAYS_US));
    if from < to && INSTANTS.contains(&from) && INSTANTS.contains(&to) {
        return Ok(from..to);
    }
    let wrong = Problem::bad_request("invalid_query", "`from` and `to` are no span of time.");
    Err(wrong.hint("Let `from` lie before `to`, both between 1970 and 2200."))
}

fn attribute(told: Attribute) -> FairnessAttributeView {
    let bounds = Bounds::default();
    let gap = |disparity: &Disparity| gap(&told.table.name, disparity, &bounds);
    FairnessAttributeView {
        groups: told.table.groups.iter().map(group).collect(),
        pooled: told.table.pooled.len(),
        gaps: told.disparities.iter().map(gap).collect(),
        columns: told.columns,
        name: told.table.name,
    }
}

fn group(group: &Group) -> FairnessGroupView {
    let rate = |rate: Rate| FairnessRateView {
        name: rate.name(),
        figure: group.shown(rate).into(),
    };
    let mut rates: Vec<FairnessRateView> = Rate::ALL.into_iter().map(rate).collect();
    rates.push(FairnessRateView {
        name: "calibration",
        figure: group.calibration().into(),
    });
    FairnessGroupView {
        name: group.name.clone(),
        n: group.n(),
        labelled: group.counts.labelled(),
        compared: group.is_compared,
        rates,
    }
}

fn gap(attribute: &str, disparity: &Disparity, bounds: &Bounds) -> FairnessGapView {
    let widest: &Gap = &disparity.difference;
    let ratio_of = disparity.ratio.as_ref();
    let ratio = ratio_of.map(|gap| gap.figure.clone().into());
    FairnessGapView {
        criterion: disparity.criterion.name(),
        difference: widest.figure.clone().into(),
        ratio_min: ratio.is_some().then_some(bounds.ratio_min),
        ratio,
        lowest: widest.lowest.clone(),
        highest: widest.highest.clone(),
        ratio_lowest: ratio_of.and_then(|gap| gap.lowest.clone()),
        ratio_highest: ratio_of.and_then(|gap| gap.highest.clone()),
        difference_max: bounds.difference_max,
        verdict: disparity.verdict.name(),
        sentence: disparity.sentence(attribute),
    }
}

impl From<Figure> for RateFigure {
    fn from(figure: Figure) -> Self {
        Self {
            value: figure.value,
            low: figure.low,
            high: figure.high,
            n: figure.n,
            status: figure.status.name(),
        }
    }
}
