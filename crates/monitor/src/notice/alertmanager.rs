//! Alertmanager's API version 2: what is posted to one, and what Candor answers as if it were one.

mod filter;
mod read;

pub use filter::{BadFilter, matcher};
pub use read::{
    AlertGroup, AlertState, AlertStatus, Cluster, Config, GettableAlert, GettableSilence,
    NamedReceiver, PostableSilence, ServerStatus, Shown, SilenceError, SilenceMatcher,
    SilenceState, SilenceStatus, Versions, gettable_alert, gettable_silence, groups, silence_spec,
};

use super::webhook::annotated;
use super::{Notice, story};
use candor_contract::format_us;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many times an alert is sent before a receiver may forget it.
const SENDS: i64 = 3;

/// The body of `POST /api/v2/alerts`.
///
/// An Alertmanager forgets an alert at its `endsAt`. What goes on is therefore sent again every
/// [`Notice::resend_us`] (half an hour, or the route's repeat interval if that is shorter), acknowledged or
/// not, and ends three times that later: two sends may fail. What is over ends when it was over.
pub(super) fn postable(notice: &Notice, external_url: &str) -> Value {
    let ends_us = notice
        .at_us
        .saturating_add(notice.resend_us.saturating_mul(SENDS));
    notice
        .alerts
        .iter()
        .map(|told| {
            json!({
                "labels": labels(told.alert.labels()),
                "annotations": annotated(notice, told, external_url),
                "startsAt": format_us(told.starts_us),
                "endsAt": format_us(told.ends_us.unwrap_or(ends_us)),
                "generatorURL": story::link(told, external_url),
            })
        })
        .collect()
}

/// Labels with names that every Alertmanager takes, and without empty values.
fn labels(labels: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let name = |name: String| {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let plain: String = name.chars().map(plain).collect();
        if plain.starts_with(|c: char| c.is_ascii_digit()) {
            format!("_{plain}")
        } else {
            plain
        }
    };
    labels
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(n, value)| (name(n), value))
        .collect()
}
