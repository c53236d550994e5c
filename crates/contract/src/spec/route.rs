//! `Route`: where alerts go, when, and how often. `Silence`: when they do not.

use super::labels::{unknown_label, unknown_value};
use super::model::duration_us;
use super::monitor::Severity;
use super::problem::Problem;
use super::template::Template;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most receivers of a route.
const RECEIVERS_MAX: usize = 16;
/// Labels by which a maintenance selects: those that a monitor has before it tells anything.
const MAINTENANCE_LABELS: [&str; 4] = ["model", "family", "measure", "column"];
const DURATION_RULE: &str = "Write a whole number and a unit, such as 5m or 4h";

/// The spec of a `Route`. An alert goes to every route that it matches; without any route it is only shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteSpec {
    /// Alerts whose labels have all these values; all alerts if there are none. Labels: `model`, `family`,
    /// `severity`, `alert` (its id), `owner`, and of the likely cause `measure`, `column`, `segment_<name>`; `alertname` is its measure. Of a drill
    /// that failed `drill` is its name, `family` and `alertname` are `drill`.
    #[serde(default, rename = "match", skip_serializing_if = "BTreeMap::is_empty")]
    pub matches: BTreeMap<String, String>,
    /// Alerts that are at least so bad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Severity>,
    /// Who is told.
    pub receivers: Vec<Receiver>,
    /// Labels by which alerts share a message; by `model` if it does not say.
    #[serde(default = "by_model")]
    pub group_by: Vec<String>,
    /// How long the first message of a group waits for others.
    #[serde(default = "half_a_minute")]
    pub group_wait: String,
    /// How long a group waits before it tells of a change.
    #[serde(default = "five_minutes")]
    pub group_interval: String,
    /// After how long it is told again while nothing changes.
    #[serde(default = "four_hours")]
    pub repeat_interval: String,
    /// When only critical alerts go out; others wait until it is over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quiet: Vec<Quiet>,
    /// What happens if nobody acknowledges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate: Option<Escalate>,
    /// How its messages read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
}

fn by_model() -> Vec<String> {
    vec!["model".to_owned()]
}

fn half_a_minute() -> String {
    "30s".to_owned()
}

fn five_minutes() -> String {
    "5m".to_owned()
}

fn four_hours() -> String {
    "4h".to_owned()
}

/// Who is told, and how. Secrets are names of environment variables or files of the server, never values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Receiver {
    /// A POST of Alertmanager's webhook payload, version 4.
    Webhook {
        /// Where; `https` unless the address is allowed in the server's settings.
        url: String,
        /// Name of the secret with which bodies are signed (HMAC-SHA256 in `x-candor-signature`).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<String>,
    },
    /// An Alertmanager, by its API version 2.
    Alertmanager {
        /// Its address, e.g. `http://alertmanager:9093`.
        url: String,
    },
    /// A Slack channel by incoming webhook.
    Slack {
        /// Name of the secret that holds the webhook's address.
        secret: String,
    },
    /// A PagerDuty service by Events version 2.
    Pagerduty {
        /// Name of the secret that holds the routing key.
        secret: String,
        /// Where events go, if not to PagerDuty itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    /// A message by the server's mail relay.
    Email {
        /// Addresses.
        to: Vec<String>,
    },
    /// A line of JSON at the end of a file in the data directory's `notices` folder.
    File {
        /// Its name, without folders.
        name: String,
    },
}

impl Receiver {
    /// The word for its kind, e.g. `webhook`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Receiver::Webhook { .. } => "webhook",
            Receiver::Alertmanager { .. } => "alertmanager",
            Receiver::Slack { .. } => "slack",
            Receiver::Pagerduty { .. } => "pagerduty",
            Receiver::Email { .. } => "email",
            Receiver::File { .. } => "file",
        }
    }
}

/// Hours of rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// Days of the week, e.g. `[sat, sun]`; all if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Weekday>,
    /// From this time of day, UTC, e.g. `20:00`.
    pub from: String,
    /// Until this time of day; before `from` means of the next day.
    pub to: String,
}

/// A day of the week.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Quiet {
    /// Microseconds of the day at which it begins and ends. `None` for times that are none, which a check
    /// tells.
    pub fn span_us(&self) -> Option<(i64, i64)> {
        Some((time_of_day_us(&self.from)?, time_of_day_us(&self.to)?))
    }
}

/// A wait, which may be none at all, e.g. `0s`.
fn wait_us(text: &str) -> Option<i64> {
    match text.strip_prefix('0') {
        Some(unit) => duration_us(&format!("1{unit}")).map(|_| 0),
        None => duration_us(text),
    }
}

fn time_of_day_us(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?);
    ((0..=24).contains(&hours) && (0..60).contains(&minutes) && hours * 60 + minutes <= 1_440)
        .then_some((hours * 60 + minutes) * 60_000_000)
}

/// What happens if nobody acknowledges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Escalate {
    /// After this time.
    pub after: String,
    /// These are told too.
    pub receivers: Vec<Receiver>,
}

/// The spec of a `Silence`: alerts that match are kept and shown, and nobody is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SilenceSpec {
    /// All must hold.
    pub matchers: Vec<Matcher>,
    /// From when on, RFC 3339; at once if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Until when.
    pub to: String,
    /// Who asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why.
    pub why: String,
    /// Whether it is a maintenance: then windows that overlap it tell nothing of what `matchers` select (by `model`,
    /// and `family`, `measure` or `column`). They neither begin, carry nor end an alert, and nothing is learnt from them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub maintenance: bool,
}

/// A condition on a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Matcher {
    /// The label.
    pub name: String,
    /// The value, or an expression that the whole value must match.
    pub value: String,
    /// Whether `value` is a regular expression.
    #[serde(default, skip_serializing_if = "is_false")]
    pub regex: bool,
    /// Whether it must not match.
    #[serde(default, skip_serializing_if = "is_false")]
    pub not: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl RouteSpec {
    /// Microseconds of its three waits: group wait, group interval, repeat interval.
    pub fn waits_us(&self) -> Option<(i64, i64, i64)> {
        Some((
            wait_us(&self.group_wait)?,
            duration_us(&self.group_interval)?,
            duration_us(&self.repeat_interval)?,
        ))
    }

    pub(crate) fn check(&self, path: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.receivers.is_empty() || self.receivers.len() > RECEIVERS_MAX {
            let message = format!("A route has 1 to {RECEIVERS_MAX} receivers");
            problems.push(Problem::new(format!("{path}.receivers"), message));
        }
        problems.extend(self.check_labels(path));
        for (key, text) in [
            ("group_interval", &self.group_interval),
            ("repeat_interval", &self.repeat_interval),
        ] {
            if duration_us(text).is_none() {
                let at = format!("{path}.{key}");
                problems.push(Problem::new(at, "This is no time").hint(DURATION_RULE));
            }
        }
        if wait_us(&self.group_wait).is_none() {
            let at = format!("{path}.group_wait");
            problems.push(Problem::new(at, "This is no time").hint(DURATION_RULE));
        }
        for (i, quiet) in self.quiet.iter().enumerate() {
            if quiet.span_us().is_none() {
                let at = format!("{path}.quiet[{i}]");
                let hint = "Write hours and minutes, such as 20:00";
                problems.push(Problem::new(at, "This is no time of day").hint(hint));
            }
        }
        if let Some(escalate) = &self.escalate
            && duration_us(&escalate.after).is_none()
        {
            let at = format!("{path}.escalate.after");
            problems.push(Problem::new(at, "This is no time").hint(DURATION_RULE));
        }
        if let Some(template) = &self.template {
            problems.extend(template.check(&format!("{path}.template")));
        }
        let escalated = self.escalate.iter().flat_map(|e| &e.receivers);
        for (i, receiver) in self.receivers.iter().chain(escalated).enumerate() {
            if let Some(problem) = receiver.problem() {
                problems.push(Problem::new(format!("{path}.receivers[{i}]"), problem));
            }
        }
        problems
    }
}

impl RouteSpec {
    /// A label that no alert has would match nothing, for ever and in silence.
    fn check_labels(&self, path: &str) -> Vec<Problem> {
        let matches = self.matches.iter().filter_map(|(name, value)| {
            let at = format!("{path}.match.{name}");
            unknown_label(at.clone(), name).or_else(|| unknown_value(at, name, value))
        });
        let groups = self.group_by.iter().enumerate();
        let groups =
            groups.filter_map(|(i, name)| unknown_label(format!("{path}.group_by[{i}]"), name));
        matches.chain(groups).collect()
    }
}

impl Receiver {
    fn problem(&self) -> Option<&'static str> {
        match self {
            Receiver::Webhook { url, .. } | Receiver::Alertmanager { url } => {
                let web = url.starts_with("http://") || url.starts_with("https://");
                (!web).then_some("An address starts with http:// or https://")
            }
            Receiver::Email { to } => (to.is_empty() || to.iter().any(|a| !a.contains('@')))
                .then_some("An e-mail needs addresses"),
            Receiver::File { name } => crate::ModelName::new(name)
                .is_none()
                .then_some("A file is named by letters, digits, `.`, `_` and `-`"),
            Receiver::Slack { .. } | Receiver::Pagerduty { .. } => None,
        }
    }
}

impl SilenceSpec {
    pub(crate) fn check(&self, path: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.matchers.is_empty() {
            let message = "A silence needs a matcher, else it would hide everything";
            problems.push(Problem::new(format!("{path}.matchers"), message));
        }
        for (key, text) in [("from", self.from.as_ref()), ("to", Some(&self.to))] {
            if text.is_some_and(|t| crate::parse_us(t).is_none()) {
                let hint = "Write it as 2026-11-29T18:00:00Z";
                problems.push(Problem::new(format!("{path}.{key}"), "This is no time").hint(hint));
            }
        }
        if self.maintenance {
            problems.extend(self.check_maintenance(path));
        }
        problems
    }

    /// A maintenance is about monitors, which have fewer labels than alerts, and windows are judged by its times.
    fn check_maintenance(&self, path: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (i, matcher) in self.matchers.iter().enumerate() {
            if !MAINTENANCE_LABELS.contains(&matcher.name.as_str()) {
                let message = format!("A maintenance cannot select by `{}`", matcher.name);
                let hint = format!("It selects by {}", MAINTENANCE_LABELS.join(", "));
                let at = format!("{path}.matchers[{i}].name");
                problems.push(Problem::new(at, message).hint(hint));
            }
        }
        if self.matchers.iter().all(|m| m.name != "model") {
            let message = "A maintenance says of which models it is";
            let hint = "Add a matcher on `model`";
            problems.push(Problem::new(format!("{path}.matchers"), message).hint(hint));
        }
        if self.from.is_none() {
            let message = "A maintenance says from when on it holds, since windows are judged by it again in backtests";
            let hint = "Write `from: 2026-11-29T18:00:00Z`";
            problems.push(Problem::new(path, message).hint(hint));
        }
        problems
    }
}
