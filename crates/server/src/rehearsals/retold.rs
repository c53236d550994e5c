//! What an engine told over history, told on as it would have been then: routes decide at the time of the traffic,
//! and their notices go to real receivers at once.

use crate::notify::Notifier;
use crate::problem::Problem;
use crate::runs::live::change;
use crate::{clock, routing};
use candor_catalog::{Catalog, Delivery, RunStep};
use candor_monitor::Transition;
use std::collections::BTreeSet;
use std::time::Duration;

/// How long notices that were not taken are tried again at the end, and how often.
const WAIT: Duration = Duration::from_secs(30);
const AGAIN: Duration = Duration::from_millis(500);
/// Notices about one alert that are looked at.
const NOTICES_MAX: u32 = 10_000;

/// A notice that its receiver took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Its key, which the receiver has too.
    pub key: String,
    /// Microseconds by the clock from the decision until the receiver had answered.
    pub took_us: i64,
}

/// Tells on, by time, what happened up to `until_us`.
pub(crate) async fn retell(
    catalog: &Catalog,
    notifier: &Notifier,
    transitions: &[Transition],
    until_us: i64,
) -> Result<Vec<Delivered>, Problem> {
    let mut rest = transitions;
    let mut due_us: Option<i64> = None;
    while let Some(at_us) = rest
        .first()
        .map(|t| t.at_us)
        .into_iter()
        .chain(due_us)
        .min()
    {
        if at_us > until_us {
            break;
        }
        let (now, later) = rest.split_at(rest.partition_point(|t| t.at_us <= at_us));
        rest = later;
        let alerts = now.iter().map(change).collect::<Result<Vec<_>, _>>();
        let step = RunStep {
            alerts: alerts.map_err(|e| Problem::internal(&e))?,
            ..RunStep::default()
        };
        catalog.store_step(&step, clock::now_us()).await?;
        let stepped = routing::step(catalog, at_us).await?;
        due_us = stepped.next_us.map(|us| us.max(at_us + 1));
        if stepped.notices > 0 {
            deliver(notifier, at_us).await;
        }
    }
    let mut waited = Duration::ZERO;
    while catalog.outbox_figures().await?.waiting > 0 && waited < WAIT {
        tokio::time::sleep(AGAIN).await;
        waited += AGAIN;
        deliver(notifier, until_us).await;
    }
    delivered(catalog, transitions).await
}

/// Sends all that is due. The traffic may lie ahead of the clock.
async fn deliver(notifier: &Notifier, at_us: i64) {
    while notifier.deliver(clock::now_us().max(at_us)).await > 0 {}
}

async fn delivered(
    catalog: &Catalog,
    transitions: &[Transition],
) -> Result<Vec<Delivered>, Problem> {
    let ids: BTreeSet<&str> = transitions.iter().map(|t| t.alert.id.as_str()).collect();
    let mut out = Vec::new();
    for id in ids {
        for notice in catalog.notices_of(id, NOTICES_MAX).await? {
            if let Delivery::Delivered(at_us) = notice.delivery {
                out.push(Delivered {
                    key: notice.key,
                    took_us: (at_us - notice.decided_us).max(0),
                });
            }
        }
    }
    out.sort_by(|a, b| a.key.cmp(&b.key));
    out.dedup();
    Ok(out)
}
