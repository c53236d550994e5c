//! How often monitors and routes are right, as the API shows it.

use super::time;
use crate::doors::Answer;
use crate::problem::Problem;
use crate::state::State;
use crate::{policy, routing};
use axum::Json;
use axum::extract::{Query, State as Extract};
use candor_catalog::{AlertFilter, StoredAlert};
use candor_contract::spec::{Measure, SpecKind};
use candor_monitor::Figure;
use candor_monitor::drill::RehearsalOutcome;
use candor_monitor::scores::{
    DrillPlayed, MonitorPlace, RoutePlayed, Score, ScoreInputs, ScoredAlert, judgement_of, scores,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most alerts and rehearsals that are looked at: the newest.
const ALERTS_MAX: usize = 5_000;
const DRILLS_MAX: usize = 1_000;
/// How many are held at once.
const PAGE: u32 = 100;
/// Most monitors that are listed.
const MONITORS_MAX: usize = 1_000;

/// Which alerts and drills.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScoreChoice {
    /// Of this model.
    #[serde(default)]
    model: String,
    /// Alerts that still went on then, and drills that began since, RFC 3339.
    from: Option<String>,
    /// Alerts that had fired, and drills that had begun, before then, RFC 3339.
    to: Option<String>,
}

/// How often monitors and routes are right.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ScoresView {
    /// All alerts, and all faults of drills that somebody should have told.
    all: ScoreView,
    /// Monitors that led an alert or should have told a fault of a drill; those with most alerts first, at most 1,000.
    monitors: Vec<MonitorScoreView>,
    /// Routes that are declared, or told an alert.
    routes: Vec<RouteScoreView>,
    /// Rehearsals of drills that were looked at; of each drill the newest counts.
    drills: usize,
    /// Whether there are more than the newest 5,000 alerts, 1,000 rehearsals or 1,000 monitors, which were left out.
    left_out: bool,
}

/// Of one monitor.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct MonitorScoreView {
    model: String,
    monitor: String,
    #[serde(flatten)]
    score: ScoreView,
}

/// Of one route. Which alerts it told is known as long as their notices are kept: 30 days after they were delivered.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RouteScoreView {
    route: String,
    #[serde(flatten)]
    score: ScoreView,
}

/// Alerts by their last verdict, and what follows from them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ScoreView {
    alerts: u64,
    /// Those with a verdict.
    judged: u64,
    true_positive: u64,
    false_positive: u64,
    expected: u64,
    duplicate: u64,
    missing_data: u64,
    /// True ones among those called true or false; the others are neither.
    precision: ShareView,
    /// Faults of drills that it told in time, among those that it should have told.
    recall: ShareView,
}

/// A share with Wilson's 95 % interval.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ShareView {
    /// Null if there is nothing to tell it from.
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    /// Alerts or faults behind it.
    n: u64,
}

impl From<&Figure> for ShareView {
    fn from(figure: &Figure) -> Self {
        Self {
            value: figure.value,
            low: figure.low,
            high: figure.high,
            n: figure.n,
        }
    }
}

impl From<&Score> for ScoreView {
    fn from(score: &Score) -> Self {
        let tally = &score.tally;
        Self {
            alerts: tally.alerts(),
            judged: tally.judged(),
            true_positive: tally.true_positive,
            false_positive: tally.false_positive,
            expected: tally.expected,
            duplicate: tally.duplicate,
            missing_data: tally.missing_data,
            precision: ShareView::from(&score.precision),
            recall: ShareView::from(&score.recall),
        }
    }
}

/// Show how often monitors and routes are right
///
/// Precision by what people said of alerts: each counts for the monitor that leads it, and for the routes that told of it.
/// Recall by drills with a schedule: the newest rehearsal of each. Alerts of drills that failed are left out.
#[utoipa::path(get, path = "/v1/alerts/scores", tag = "alerts", params(ScoreChoice),
    responses((status = 200, body = ScoresView), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn show_scores(
    Extract(state): Extract<State>,
    Query(choice): Query<ScoreChoice>,
) -> Answer<ScoresView> {
    let filter = AlertFilter {
        from_us: time("from", choice.from.as_ref())?,
        to_us: time("to", choice.to.as_ref())?,
        model: choice.model.clone(),
        ..AlertFilter::default()
    };
    let is_unknown =
        !choice.model.is_empty() && state.catalog.model(&choice.model).await?.is_none();
    if is_unknown {
        return Err(Problem::not_found(&format!("model {}", choice.model)));
    }
    let (alerts, more_alerts) = alerts(&state, &filter).await?;
    let (drills, more_drills) = drills(&state, &filter).await?;
    let played = drills.len();
    let inputs = ScoreInputs {
        monitors: watching(&state, &alerts, &drills),
        alerts,
        drills,
        routes: routes(&state).await?,
        model: Some(choice.model).filter(|model| !model.is_empty()),
    };
    let told = scores(&inputs);
    let more = told.monitors.len() > MONITORS_MAX;
    let monitors = told.monitors.iter().take(MONITORS_MAX);
    Ok(Json(ScoresView {
        all: ScoreView::from(&told.all),
        monitors: monitors
            .map(|own| MonitorScoreView {
                model: own.model.clone(),
                monitor: own.monitor.clone(),
                score: ScoreView::from(&own.score),
            })
            .collect(),
        routes: told
            .routes
            .iter()
            .map(|own| RouteScoreView {
                route: own.route.clone(),
                score: ScoreView::from(&own.score),
            })
            .collect(),
        drills: played,
        left_out: more || more_alerts || more_drills,
    }))
}

/// The newest alerts with who told of them, and whether there are more.
async fn alerts(state: &State, filter: &AlertFilter) -> Result<(Vec<ScoredAlert>, bool), Problem> {
    let mut out = Vec::new();
    let mut seen = 0;
    let mut cursor: Option<String> = None;
    loop {
        let page = state
            .catalog
            .alerts(filter, cursor.as_deref(), PAGE)
            .await?;
        let ids: Vec<String> = page.items.iter().map(|a| a.record.id.clone()).collect();
        let mut routes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (alert, route) in state.catalog.routes_of(&ids).await? {
            routes.entry(alert).or_default().insert(route);
        }
        seen += page.items.len();
        let told = |stored| scored(stored, &mut routes);
        out.extend(page.items.iter().filter_map(told));
        match page.next {
            None => return Ok((out, false)),
            Some(_) if seen >= ALERTS_MAX => return Ok((out, true)),
            next => cursor = next,
        }
    }
}

/// `None` for an alert without symptoms: that of a drill.
fn scored(
    stored: &StoredAlert,
    routes: &mut BTreeMap<String, BTreeSet<String>>,
) -> Option<ScoredAlert> {
    let alert = routing::alert(stored)?;
    let verdict = stored.verdict.as_ref().map(|(word, _)| word.as_str());
    Some(ScoredAlert {
        monitor: MonitorPlace::of_symptom(&alert.model, alert.symptoms.first()?),
        routes: routes.remove(&alert.id).unwrap_or_default(),
        verdict: verdict.and_then(judgement_of),
    })
}

/// The newest rehearsals that were judged, and whether there are more.
async fn drills(state: &State, filter: &AlertFilter) -> Result<(Vec<DrillPlayed>, bool), Problem> {
    let mut out = Vec::new();
    let mut seen = 0;
    let mut cursor: Option<String> = None;
    loop {
        let page = state.catalog.drills("", cursor.as_deref(), PAGE).await?;
        let began_before = page
            .items
            .last()
            .is_some_and(|run| filter.from_us.is_some_and(|from| run.started_us < from));
        for run in page.items {
            seen += 1;
            let after = filter.from_us.is_none_or(|from| run.started_us >= from);
            let before = filter.to_us.is_none_or(|to| run.started_us < to);
            // One of a form that this version does not know says nothing.
            let outcome = serde_json::from_value(run.body);
            if let (true, Ok(RehearsalOutcome::Judged(result))) = (after && before, outcome) {
                out.push(DrillPlayed {
                    started_us: run.started_us,
                    result: *result,
                });
            }
        }
        match page.next {
            None => return Ok((out, false)),
            Some(_) if began_before => return Ok((out, false)),
            Some(_) if seen >= DRILLS_MAX => return Ok((out, true)),
            next => cursor = next,
        }
    }
}

async fn routes(state: &State) -> Result<Vec<RoutePlayed>, Problem> {
    let all = policy::revisions(&state.catalog, SpecKind::Route.name()).await?;
    let played = all.into_iter().filter_map(|(object, changed_us)| {
        let route = object.route()?;
        let of_severity = |name: &String| matches!(name.as_str(), "severity" | "alert" | "owner");
        Some(RoutePlayed {
            by_severity: route.at_least.is_some() || route.matches.keys().any(of_severity),
            matches: route.matches.clone(),
            name: object.metadata.name.clone(),
            changed_us,
        })
    });
    Ok(played.collect())
}

/// The monitors of the models that alerts and drills are of, as they stand.
fn watching(state: &State, alerts: &[ScoredAlert], drills: &[DrillPlayed]) -> Vec<MonitorPlace> {
    let expected = drills.iter().flat_map(|d| &d.result.expected);
    let mut models: BTreeSet<&str> = expected.map(|e| e.model.as_str()).collect();
    models.extend(alerts.iter().map(|a| a.monitor.model.as_str()));
    let mut out = Vec::new();
    for model in models {
        // Their windows are not looked at.
        let Some(standing) = state.watching.of(model, Some(0)) else {
            continue;
        };
        out.extend(standing.monitors.into_iter().filter_map(|own| {
            Some(MonitorPlace {
                model: model.to_owned(),
                measure: own.measure.parse::<Measure>().ok()?,
                monitor: own.name,
                column: own.column,
                segment: own.segment,
            })
        }));
    }
    out
}
