//! Specs and policies that storage carries out: retention by whole days, and the guard's rules.

use crate::findings::Findings;
use crate::problem::Problem;
use axum::http::StatusCode;
use candor_catalog::Catalog;
use candor_contract::spec::{Object, PolicySpec};
use candor_contract::{ModelName, Privacy, TableId};
use candor_lake::Lake;

/// Reads all `Policy` and `Model` objects and tells the lake how long to keep each table, the guard
/// what is personal.
pub(crate) async fn apply(
    catalog: &Catalog,
    lake: &Lake,
    findings: &Findings,
) -> Result<(), Problem> {
    let policies = policies(catalog).await?;
    let models = objects(catalog, "Model").await?;
    let named = models.iter().filter_map(|object| {
        let name = ModelName::new(&object.metadata.name)?;
        Some((name, object.model()?))
    });
    findings.declare(Privacy::new(named, &policies));
    for (id, _) in lake.volumes() {
        retain(lake, &policies, &id);
    }
    Ok(())
}

/// Tells the lake how long to keep a table that is new.
pub(crate) async fn apply_to_table(
    catalog: &Catalog,
    lake: &Lake,
    id: &TableId,
) -> Result<(), Problem> {
    retain(lake, &policies(catalog).await?, id);
    Ok(())
}

/// All policies that stand.
pub(crate) async fn policies(catalog: &Catalog) -> Result<Vec<PolicySpec>, Problem> {
    let all = objects(catalog, "Policy").await?;
    Ok(all.iter().filter_map(Object::policy).cloned().collect())
}

/// Days that alerts are kept after their end, if no policy says otherwise.
const ALERT_DAYS: u32 = 400;

/// Days that alerts are kept after their end; of several policies the shortest time holds.
pub(crate) async fn alert_days(catalog: &Catalog) -> Result<u32, Problem> {
    let policies = policies(catalog).await?;
    let days = policies.iter().filter_map(PolicySpec::alert_days).min();
    Ok(days.unwrap_or(ALERT_DAYS))
}

fn retain(lake: &Lake, policies: &[PolicySpec], id: &TableId) {
    let days = policies.iter().filter_map(|p| p.retention_days(id)).min();
    lake.set_retention(id, days);
}

/// Refuses a monitor or promise that could never tell anything: of a metric that nobody knows.
pub(crate) fn watchable(object: &Object) -> Result<(), Problem> {
    let Some(unknown) = candor_monitor::unknown_metric(object) else {
        return Ok(());
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let (path, metric) = (unknown.path, unknown.metric);
    let detail = format!("{path}: `{metric}` is no metric that can be watched.");
    Err(Problem::new(status, "invalid_spec", detail).hint(
        "Use one that docs/methods/performance.md lists, such as roc_auc, mae or ece; promises may be about errors \
         and latency_ms.p50, .p95 or .p99, too. Estimates are of fewer: see docs/guides/monitors.md.",
    ))
}

/// All objects of a kind that stand. One that cannot be read is told in the log and left out.
pub(crate) async fn objects(catalog: &Catalog, kind: &str) -> Result<Vec<Object>, Problem> {
    let all = revisions(catalog, kind).await?;
    Ok(all.into_iter().map(|(object, _)| object).collect())
}

/// The same, each with when it was written, in microseconds.
pub(crate) async fn revisions(
    catalog: &Catalog,
    kind: &str,
) -> Result<Vec<(Object, i64)>, Problem> {
    let mut out = Vec::new();
    let mut cursor = None;
    loop {
        let page = catalog.specs(Some(kind), cursor.as_deref(), 1000).await?;
        for revision in page.items {
            match Object::from_value(&revision.body) {
                Ok(object) => out.push((object, revision.at_us)),
                Err(problems) => tracing::error!(
                    kind,
                    name = revision.name,
                    %problems,
                    "a stored object cannot be read and has no effect; apply it again"
                ),
            }
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(out),
        }
    }
}
