//! Routes over what is stored: what the router looks at, and its step.

mod past;

pub(crate) use past::past;

use crate::clock;
use crate::policy;
use crate::problem::Problem;
use candor_catalog::{Catalog, NewNotice, RouterUpdate, RunStep, StoredAlert};
use candor_contract::spec::{RouteSpec, SilenceSpec, SpecKind};
use candor_monitor::notice::Notice;
use candor_monitor::route::{Inputs, Listed, Router, RouterState, next_due_us};
use candor_monitor::{Alert, DAY_US};
use std::collections::HashSet;

/// How long notices are kept after their delivery.
pub(crate) const NOTICES_KEPT_US: i64 = 30 * DAY_US;
/// How long silences are listed after their end, as an Alertmanager does.
const SILENCES_KEPT_US: i64 = 5 * DAY_US;

/// Everything that holds now: routes, silences, alerts, and what the router remembers.
pub(crate) struct Scene {
    pub(crate) routes: Vec<(String, RouteSpec)>,
    pub(crate) silences: Vec<(String, SilenceSpec)>,
    pub(crate) alerts: Vec<Listed>,
    pub(crate) router: RouterState,
    revision: u64,
}

impl Scene {
    /// Reads it.
    pub(crate) async fn read(catalog: &Catalog) -> Result<Self, Problem> {
        let memory = catalog.router().await?;
        let (router, revision) = match memory {
            None => (RouterState::default(), 0),
            Some(memory) => (remembered(&memory.state), memory.revision),
        };
        let mut stored = catalog.open_alerts().await?;
        let listed: HashSet<&str> = stored.iter().map(|a| a.record.id.as_str()).collect();
        // The router has not told their end yet.
        let over: Vec<String> = router
            .open()
            .into_iter()
            .filter(|id| !listed.contains(id))
            .map(str::to_owned)
            .collect();
        stored.extend(catalog.alerts_by_id(&over).await?);
        Ok(Self {
            routes: routes(catalog).await?,
            silences: silences(catalog).await?,
            alerts: stored.iter().filter_map(listed_alert).collect(),
            router,
            revision,
        })
    }

    pub(crate) fn inputs(&self) -> Inputs<'_> {
        Inputs {
            routes: &self.routes,
            silences: &self.silences,
            alerts: &self.alerts,
        }
    }
}

/// The router's state. If it cannot be read people are told once more: better than not at all.
fn remembered(text: &str) -> RouterState {
    serde_json::from_str(text).unwrap_or_else(|error| {
        tracing::error!(%error, "what the router remembered cannot be read; it begins anew");
        RouterState::default()
    })
}

/// The alert in a stored one; `None`, and a line in the log, if it cannot be read.
pub(crate) fn alert(stored: &StoredAlert) -> Option<Alert> {
    let read = serde_json::from_value::<Alert>(stored.record.body.clone());
    read.inspect_err(|error| {
        tracing::error!(id = stored.record.id, %error, "a stored alert cannot be read");
    })
    .ok()
}

fn listed_alert(stored: &StoredAlert) -> Option<Listed> {
    Some(Listed {
        alert: alert(stored)?,
        acknowledged: stored.acknowledged.is_some(),
    })
}

/// Routes by name.
pub(crate) async fn routes(catalog: &Catalog) -> Result<Vec<(String, RouteSpec)>, Problem> {
    let all = policy::objects(catalog, SpecKind::Route.name()).await?;
    let named = all
        .iter()
        .filter_map(|object| Some((object.metadata.name.clone(), object.route()?.clone())));
    Ok(named.collect())
}

/// Silences by name.
pub(crate) async fn silences(catalog: &Catalog) -> Result<Vec<(String, SilenceSpec)>, Problem> {
    let all = policy::objects(catalog, SpecKind::Silence.name()).await?;
    let named = all
        .iter()
        .filter_map(|object| Some((object.metadata.name.clone(), object.silence()?.clone())));
    Ok(named.collect())
}

/// What a step of the router did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stepped {
    /// Notices that are new in the outbox; whoever delivers them should be woken.
    pub(crate) notices: u64,
    /// When the next step has something to say if nothing changes before.
    pub(crate) next_us: Option<i64>,
}

/// Decides who is told of what at `now_us`, and stores it: the router's state and its notices in one
/// transaction. Of two servers that step at once one gets a conflict, and steps again later.
pub(crate) async fn step(catalog: &Catalog, now_us: i64) -> Result<Stepped, Problem> {
    let scene = Scene::read(catalog).await?;
    let mut router = Router::new(scene.router.clone());
    let notices = router.step(now_us, scene.inputs());
    let next_us = next_due_us(router.state(), now_us, scene.inputs());
    if notices.is_empty() && *router.state() == scene.router {
        return Ok(Stepped {
            notices: 0,
            next_us,
        });
    }
    let state = serde_json::to_string(router.state()).map_err(|e| Problem::internal(&e))?;
    let notices = notices
        .iter()
        .map(new_notice)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| Problem::internal(&e))?;
    let step = RunStep {
        router: Some(RouterUpdate {
            state,
            was_revision: scene.revision,
        }),
        notices,
        ..RunStep::default()
    };
    let notices = catalog.store_step(&step, clock::now_us()).await?;
    Ok(Stepped { notices, next_us })
}

/// Drops alerts that were over for longer than policies keep them; what routes have yet to tell the end of stays.
/// `now_us` is the time that storage ages by. Returns how many; of very many, a part.
pub(crate) async fn forget_alerts(catalog: &Catalog, now_us: i64) -> Result<u64, Problem> {
    let days = policy::alert_days(catalog).await?;
    let memory = catalog.router().await?;
    // A memory that cannot be read is begun anew by the next step, which tells only what goes on.
    let router = memory
        .map(|memory| remembered(&memory.state))
        .unwrap_or_default();
    let before_us = now_us.saturating_sub(i64::from(days).saturating_mul(DAY_US));
    Ok(catalog.trim_alerts(before_us, &router.open()).await?)
}

/// Deletes silences that ended long ago; their history stays. Maintenances stay as long as alerts do: backtests judge by
/// them.
pub(crate) async fn forget_silences(catalog: &Catalog, now_us: i64) -> Result<(), Problem> {
    let alerts_us = i64::from(policy::alert_days(catalog).await?).saturating_mul(DAY_US);
    for (name, silence) in silences(catalog).await? {
        let to_us = candor_contract::parse_us(&silence.to);
        let (kept_us, why) = match silence.maintenance {
            true => (
                alerts_us.max(SILENCES_KEPT_US),
                "it ended as long ago as alerts are kept",
            ),
            false => (SILENCES_KEPT_US, "it ended five days ago"),
        };
        if to_us.is_some_and(|us| now_us.saturating_sub(us) > kept_us) {
            let kind = SpecKind::Silence.name();
            catalog
                .delete_spec(kind, &name, "candor", why, now_us)
                .await?;
        }
    }
    Ok(())
}

/// A notice as the outbox takes it. What goes to one receiver about one group goes in order.
pub(crate) fn new_notice(notice: &Notice) -> serde_json::Result<NewNotice> {
    let receiver = serde_json::to_value(&notice.receiver)?;
    let place = blake3::hash(receiver.to_string().as_bytes()).to_hex();
    Ok(NewNotice {
        key: notice.key.clone(),
        lane: format!("{}#{}", notice.group_key, &place[..16]),
        route: notice.route.clone(),
        body: serde_json::to_value(notice)?,
        receiver,
        alerts: notice.alerts.iter().map(|a| a.alert.id.clone()).collect(),
        due_us: notice.at_us,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_catalog::{AlertChange, AlertFilter, AlertRecord};
    use serde_json::{Value, json};

    const NOW_US: i64 = 1_000 * DAY_US;

    fn over(id: &str, days_ago: i64) -> AlertChange {
        let at_us = NOW_US - days_ago * DAY_US;
        let alert = AlertRecord {
            id: id.into(),
            model: "loan".into(),
            family: "quality".into(),
            state: "resolved".into(),
            severity: "warning".into(),
            onset_us: at_us - DAY_US,
            fired_us: at_us - DAY_US,
            changed_us: at_us,
            resolved_us: Some(at_us),
            body: Value::Null,
        };
        AlertChange {
            alert,
            at_us,
            step: "resolved".into(),
            details: Value::Null,
            forget_acknowledgement: false,
        }
    }

    #[tokio::test]
    async fn alerts_are_kept_for_four_hundred_days_or_as_policies_say() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(&folder.path().join("catalog")).await.unwrap();
        let untold = json!({"routes": {"r": {"groups": {"g": {
            "labels": {}, "members": {"untold": {"joined_us": 1}},
            "first_us": null, "told_us": null, "refreshed_us": null,
        }}}}});
        let step = RunStep {
            alerts: [("old", 401), ("untold", 401), ("young", 399), ("new", 20)]
                .map(|(id, days)| over(id, days))
                .into(),
            router: Some(RouterUpdate {
                state: untold.to_string(),
                was_revision: 0,
            }),
            ..RunStep::default()
        };
        catalog.store_step(&step, NOW_US).await.unwrap();
        let left = async || -> Vec<String> {
            let page = catalog.alerts(&AlertFilter::default(), None, 10).await;
            let mut ids: Vec<String> = page
                .unwrap()
                .items
                .into_iter()
                .map(|a| a.record.id)
                .collect();
            ids.sort();
            ids
        };
        assert_eq!(forget_alerts(&catalog, NOW_US).await.unwrap(), 1);
        assert_eq!(left().await, ["new", "untold", "young"]);
        for (name, retention, kept) in [
            (
                "long",
                json!({"alerts": "500d"}),
                &["new", "untold", "young"][..],
            ),
            (
                "none",
                json!({"predictions": "1d"}),
                &["new", "untold", "young"],
            ),
            ("short", json!({"alerts": "30d"}), &["new", "untold"]),
        ] {
            let policy = json!({"apiVersion": "candor/v1", "kind": "Policy", "metadata": {"name": name},
                "spec": {"retention": retention}});
            let put = catalog.put_spec("Policy", name, &policy, "ann", "", NOW_US);
            put.await.unwrap();
            forget_alerts(&catalog, NOW_US).await.unwrap();
            assert_eq!(left().await, kept, "{name}");
        }
    }
}
