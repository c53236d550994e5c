//! Profiles of columns: read them, make them anew.

use super::Answer;
use super::models::{known, model_name};
use crate::problem::Problem;
use crate::state::State;
use axum::Json;
use axum::extract::{Path, Query, State as Extract};
use axum::http::StatusCode;
use candor_contract::{Kind, ModelName, format_us, parse_us};
use candor_lake::{BinCounts, Bins, Grain, Profile, ProfileQuery, ProfileWindow, RebuildProgress};
use serde::{Deserialize, Serialize};

/// Most profiles of one answer.
const PROFILES_MAX: usize = 20_000;
/// Most edges of a histogram.
const EDGES_MAX: usize = 256;
/// Most frequent values told of each profile.
const FREQUENT: usize = 20;
const RANKS: [(&str, f64); 9] = [
    ("0.01", 0.01),
    ("0.05", 0.05),
    ("0.1", 0.1),
    ("0.25", 0.25),
    ("0.5", 0.5),
    ("0.75", 0.75),
    ("0.9", 0.9),
    ("0.95", 0.95),
    ("0.99", 0.99),
];
const DAY_US: i64 = 86_400_000_000;

/// Which profiles.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Choice {
    /// Windows that begin at or after this, RFC 3339.
    from: String,
    /// Windows that begin before this, RFC 3339.
    to: String,
    /// Length of the windows: `5m`, `1h` (default) or `1d`.
    grain: Option<String>,
    /// One column, e.g. `input_income`; all if absent.
    column: Option<String>,
    /// By the values of this segment, e.g. `region`; all rows together if absent.
    segment: Option<String>,
    /// Of `prediction` (default), `outcome`, `feedback` or `effect` events.
    kind: Option<String>,
    /// Edges of a histogram of numbers, ascending, with commas between.
    edges: Option<String>,
}

/// The profile of one column in one window.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ProfileView {
    from: String,
    to: String,
    column: String,
    /// `boolean`, `number`, `time`, `text` or `opaque`. Times are microseconds since 1970 below.
    #[serde(rename = "type")]
    ty: &'static str,
    /// Value of the segment that was asked for; null for rows without one. Values that are not kept
    /// apart are `other`.
    segment_value: Option<String>,
    /// Rows, missing ones included; exact, as are the next three.
    rows: u64,
    /// Rows without a value.
    nulls: u64,
    /// Rows that are not a number.
    nans: u64,
    /// Rows of either infinity.
    infinities: u64,
    /// Of the finite values; of texts, of their lengths in characters, as are the next three.
    mean: Option<f64>,
    /// Of the sample, divisor n − 1.
    std: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    /// Distinct values.
    distinct: Option<Estimate>,
    /// Quantiles of numbers by rank; their ranks are within `rank_error` at 99 % confidence.
    #[schema(value_type = Object)]
    quantiles: serde_json::Map<String, serde_json::Value>,
    /// 0 when the quantiles are exact.
    rank_error: f64,
    /// The most frequent values.
    frequent: Vec<FrequentView>,
    /// Exact counts on the bins of the reference, if the profiles were made with one.
    bins: Option<BinsView>,
    /// Share of the finite numbers in each bin between the edges that were asked for, the first and the
    /// last open; each is within twice `rank_error`.
    histogram: Option<Vec<f64>>,
}

/// Exact counts on the bins of a reference; missing values are not in them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct BinsView {
    /// Bins lie between them, closed on the left; the first and the last bin are open.
    edges: Option<Vec<f64>>,
    /// Of texts: a bin each, and one more for all others.
    categories: Option<Vec<String>>,
    rows: Vec<u64>,
}

impl From<&BinCounts> for BinsView {
    fn from(counts: &BinCounts) -> Self {
        let (edges, categories) = match counts.bins.as_ref() {
            Bins::Edges(edges) => (Some(edges.clone()), None),
            Bins::Categories(categories) => (None, Some(categories.clone())),
        };
        Self {
            edges,
            categories,
            rows: counts.rows.clone(),
        }
    }
}

/// A figure with its bounds; all equal when it is exact.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Estimate {
    value: f64,
    /// At two standard errors.
    low: f64,
    high: f64,
}

/// A frequent value with bounds on its rows.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FrequentView {
    value: String,
    low: u64,
    high: u64,
}

/// Profiles, in the order of columns, values and time.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Profiles {
    items: Vec<ProfileView>,
}

/// Read profiles of a model's columns
///
/// What is known of the values of each column in each window, from summaries that are written with the rows:
/// reading them costs the same however many rows there were. Rows that are not in the lake yet are not
/// in them; `POST /v1/flush` brings them there.
#[utoipa::path(get, path = "/v1/models/{model}/profiles", tag = "profiles",
    params(("model" = String, Path), Choice),
    responses((status = 200, body = Profiles), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn list_profiles(
    Extract(state): Extract<State>,
    Path(model): Path<String>,
    Query(choice): Query<Choice>,
) -> Answer<Profiles> {
    known(&state, &model).await?;
    let name = model_name(&model)?;
    let edges = edges(choice.edges.as_deref())?;
    let query = query(name, choice)?;
    let (lake, grain) = (state.lake.clone(), query.grain);
    // Files are decompressed and decoded, which would hold up other requests.
    let runtime = tokio::runtime::Handle::current();
    let read = move || runtime.block_on(lake.profiles(&query));
    let found = tokio::task::spawn_blocking(read).await;
    let found = found.map_err(|e| Problem::internal(&e))??;
    let view = |window| view(window, grain, edges.as_deref());
    let items = found.into_iter().map(view).collect();
    Ok(Json(Profiles { items }))
}

fn wrong(what: &str, hint: &str) -> Problem {
    Problem::bad_request("invalid_query", format!("{what}.")).hint(hint)
}

/// The time that a query names, or what to write instead.
pub(super) fn instant(name: &str, text: &str) -> Result<i64, Problem> {
    let hint = "Write it like 2026-01-31T00:00:00Z.";
    parse_us(text).ok_or_else(|| wrong(&format!("`{name}` is not a time"), hint))
}

fn query(model: ModelName, choice: Choice) -> Result<ProfileQuery, Problem> {
    let grain = match choice.grain.as_deref() {
        None => Grain::Hour,
        Some(word) => word
            .parse()
            .map_err(|()| wrong("There is no such grain", "Write 5m, 1h or 1d."))?,
    };
    let kind = match choice.kind.as_deref() {
        None => Some(Kind::Prediction),
        Some(word) => word.parse().ok().filter(|kind: &Kind| kind.per_model()),
    };
    let hint = "Write prediction, outcome, feedback or effect.";
    Ok(ProfileQuery {
        model,
        kind: kind.ok_or_else(|| wrong("Events of this kind have no profiles", hint))?,
        grain,
        from_us: instant("from", &choice.from)?,
        to_us: instant("to", &choice.to)?,
        column: choice.column,
        segment: choice.segment,
        limit: PROFILES_MAX,
    })
}

fn edges(text: Option<&str>) -> Result<Option<Vec<f64>>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let edges: Option<Vec<f64>> = text.split(',').map(|e| e.trim().parse().ok()).collect();
    let good = |edges: &Vec<f64>| {
        let ascending = edges.windows(2).all(|pair| pair[0] < pair[1]);
        edges.len() <= EDGES_MAX && edges.iter().all(|e| e.is_finite()) && ascending
    };
    let hint = "Write at most 256 ascending numbers with commas between.";
    let edges = edges.filter(good);
    edges
        .map(Some)
        .ok_or_else(|| wrong("These are no edges", hint))
}

fn view(window: ProfileWindow, grain: Grain, edges: Option<&[f64]>) -> ProfileView {
    let profile: &Profile = &window.profile;
    let figures = profile.figures();
    let ranks = RANKS.map(|(_, rank)| rank);
    let quantiles = profile.quantiles(&ranks).unwrap_or_default();
    let named = RANKS.iter().zip(quantiles);
    let quantiles = named.map(|((name, _), value)| ((*name).to_owned(), value.into()));
    let frequent = profile.frequent(FREQUENT).into_iter();
    ProfileView {
        from: format_us(window.from_us),
        to: format_us(window.from_us.saturating_add(grain.length_us())),
        ty: profile.value_type().name(),
        rows: figures.rows,
        nulls: figures.nulls,
        nans: figures.nans,
        infinities: figures.infinities,
        mean: figures.mean,
        std: figures.std,
        min: figures.min,
        max: figures.max,
        distinct: profile
            .distinct()
            .map(|(value, low, high)| Estimate { value, low, high }),
        quantiles: quantiles.collect(),
        rank_error: profile.rank_error(),
        frequent: frequent
            .map(|f| FrequentView {
                value: f.value,
                low: f.low,
                high: f.high,
            })
            .collect(),
        bins: profile.bins().map(BinsView::from),
        histogram: edges.and_then(|edges| profile.histogram(edges)),
        column: window.column,
        segment_value: window.segment_value,
    }
}

/// Which days to make anew.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RebuildRange {
    /// From the day of this time on, RFC 3339, UTC.
    from: String,
    /// Up to this time; its day is in unless it is midnight.
    to: String,
    /// Count on bins made from the profiles of this time from now on; the bins so far if absent.
    reference: Option<Reference>,
}

/// The time of a reference; whole days, UTC.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reference {
    from: String,
    to: String,
}

/// How far a rebuild is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RebuildView {
    /// Days that have rows in the range.
    days: usize,
    /// Days whose profiles are new.
    days_done: usize,
    running: bool,
    /// Why it stopped before its end.
    error: Option<String>,
}

impl From<RebuildProgress> for RebuildView {
    fn from(progress: RebuildProgress) -> Self {
        Self {
            days: progress.days,
            days_done: progress.days_done,
            running: progress.running,
            error: progress.error,
        }
    }
}

/// Make profiles anew from rows
///
/// In the background, a day at a time; a day's profiles change in one commit. Days that have no rows any more
/// keep their profiles.
#[utoipa::path(post, path = "/v1/models/{model}/profiles/rebuild", tag = "profiles",
    params(("model" = String, Path)), request_body = RebuildRange,
    responses((status = 200, body = RebuildView), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn rebuild_profiles(
    Extract(state): Extract<State>,
    Path(model): Path<String>,
    Json(range): Json<RebuildRange>,
) -> Answer<RebuildView> {
    known(&state, &model).await?;
    let name = model_name(&model)?;
    let (from, to) = (instant("from", &range.from)?, instant("to", &range.to)?);
    let day = |us: i64| i32::try_from(us.div_euclid(DAY_US)).unwrap_or(i32::MAX);
    let days = day(from)..day(to.saturating_add(DAY_US - 1));
    let reference = match &range.reference {
        None => None,
        Some(time) => {
            Some(instant("reference.from", &time.from)?..instant("reference.to", &time.to)?)
        }
    };
    let begun = state.lake.rebuild_profiles(&name, days, reference);
    let begun = begun.ok_or_else(|| {
        let detail = format!("The profiles of model {name} are being rebuilt already.");
        Problem::new(StatusCode::CONFLICT, "rebuild_running", detail)
    })?;
    Ok(Json(begun.into()))
}

/// Show how far the newest rebuild of a model's profiles is
#[utoipa::path(get, path = "/v1/models/{model}/profiles/rebuild", tag = "profiles",
    params(("model" = String, Path)),
    responses((status = 200, body = RebuildView), (status = 404, body = Problem)))]
pub(crate) async fn show_rebuild(
    Extract(state): Extract<State>,
    Path(model): Path<String>,
) -> Answer<RebuildView> {
    known(&state, &model).await?;
    let name = model_name(&model)?;
    let progress = state.lake.rebuild_progress(&name);
    let progress =
        progress.ok_or_else(|| Problem::not_found(&format!("rebuild of model {name}")))?;
    Ok(Json(progress.into()))
}
