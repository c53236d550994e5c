//! Alerts, what people say of them, and silences.

use super::{Client, escape};
use crate::Result;
use serde_json::{Value, json};

/// Which alerts; what is absent chooses all.
#[derive(Debug, Clone, Copy, Default)]
pub struct AlertChoice<'a> {
    /// Of this model.
    pub model: Option<&'a str>,
    /// In this state, e.g. `firing`.
    pub state: Option<&'a str>,
    /// So bad, e.g. `critical`.
    pub severity: Option<&'a str>,
    /// That still went on then, RFC 3339.
    pub from: Option<&'a str>,
    /// That had fired before then, RFC 3339.
    pub to: Option<&'a str>,
    /// At most so many, the newest.
    pub limit: Option<usize>,
}

impl Client {
    /// Alerts, the newest first.
    ///
    /// # Errors
    /// The server refused or could not be reached.
    pub fn alerts(&self, choice: AlertChoice<'_>) -> Result<Vec<Value>> {
        let named = [
            ("model", choice.model),
            ("state", choice.state),
            ("severity", choice.severity),
            ("from", choice.from),
            ("to", choice.to),
        ];
        let given = named
            .iter()
            .filter_map(|(k, v)| v.map(|v| format!("{k}={}", escape(v))));
        let query: Vec<String> = given.collect();
        let path = format!("/v1/alerts?{}", query.join("&"));
        let Some(limit) = choice.limit else {
            return self.all(&path);
        };
        self.first(&path, limit)
    }

    /// How often monitors and routes are right, by verdicts and drills: of a model, from an instant and until one (RFC
    /// 3339); of all if absent.
    ///
    /// # Errors
    /// The server refused or could not be reached.
    pub fn alert_scores(
        &self,
        model: Option<&str>,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<Value> {
        let named = [("model", model), ("from", from), ("to", to)];
        let given = named
            .iter()
            .filter_map(|(k, v)| v.map(|v| format!("{k}={}", escape(v))));
        let query: Vec<String> = given.collect();
        self.read(&format!("/v1/alerts/scores?{}", query.join("&")))
    }

    /// Rehearsals of drills, the newest first, at most `limit`; of one drill if it is named.
    ///
    /// # Errors
    /// The server refused or could not be reached.
    pub fn drills(&self, name: Option<&str>, limit: usize) -> Result<Vec<Value>> {
        let name = name.map(|n| format!("name={}", escape(n)));
        self.first(&format!("/v1/drills?{}", name.unwrap_or_default()), limit)
    }

    /// Asks for a rehearsal of a drill that has a schedule; how it stands.
    ///
    /// # Errors
    /// `not_found` if there is no such drill.
    pub fn rehearse(&self, name: &str) -> Result<Value> {
        self.post(&format!("/v1/drills/{}/rehearse", escape(name)), "{}")
    }

    /// One alert with its history and who was told.
    ///
    /// # Errors
    /// `not_found` if there is none.
    pub fn alert(&self, id: &str) -> Result<Value> {
        self.read(&format!("/v1/alerts/{}", escape(id)))
    }

    /// What backs an alert: where it is worst by segment, rows that show it, and a statement that shows more.
    ///
    /// # Errors
    /// `not_found` if there is none, `busy` while others are looked into.
    pub fn alert_evidence(&self, id: &str) -> Result<Value> {
        self.read(&format!("/v1/alerts/{}/evidence", escape(id)))
    }

    /// Says that `by` looks after an alert; `why` may be empty.
    ///
    /// # Errors
    /// `not_found` if there is none, `invalid_request` if it is over.
    pub fn acknowledge_alert(&self, id: &str, by: &str, why: &str) -> Result<Value> {
        let body = json!({"by": by, "why": why}).to_string();
        self.post(&format!("/v1/alerts/{}/acknowledge", escape(id)), &body)
    }

    /// Says what an alert was: `true_positive`, `false_positive`, `expected`, `duplicate` or `missing_data`.
    ///
    /// # Errors
    /// `not_found` if there is none, `no_reason` without a reason.
    pub fn judge_alert(&self, id: &str, verdict: &str, reason: &str, by: &str) -> Result<Value> {
        let body = json!({"verdict": verdict, "reason": reason, "by": by}).to_string();
        self.post(&format!("/v1/alerts/{}/verdict", escape(id)), &body)
    }

    /// Why people were told of an alert or not, one answer for each route.
    ///
    /// # Errors
    /// `not_found` if there is none.
    pub fn alert_why(&self, id: &str) -> Result<Vec<Value>> {
        self.all(&format!("/v1/alerts/{}/why", escape(id)))
    }

    /// The same at an instant (RFC 3339), from what is recorded: a page with `items`, `at`, and `not_recorded` where the
    /// records do not tell everything. Of now without one.
    ///
    /// # Errors
    /// `not_found` if there is none, `invalid_query` for an instant that is none or in the future.
    pub fn alert_why_at(&self, id: &str, at: Option<&str>) -> Result<Value> {
        let at = at.map(|at| format!("?at={}", escape(at)));
        let at = at.unwrap_or_default();
        self.read(&format!("/v1/alerts/{}/why{at}", escape(id)))
    }

    /// Silences; with `expired` also those that ended in the last days.
    ///
    /// # Errors
    /// The server refused or could not be reached.
    pub fn silences(&self, expired: bool) -> Result<Vec<Value>> {
        self.all(&format!("/v1/silences?expired={expired}"))
    }

    /// Makes a silence: `{"matchers": [{"name", "value", "regex", "not"}], "from", "to", "by", "why", "name",
    /// "maintenance"}`.
    ///
    /// # Errors
    /// `invalid_silence` tells what is wrong with it.
    pub fn create_silence(&self, silence: &Value) -> Result<Value> {
        self.post("/v1/silences", &silence.to_string())
    }

    /// Ends a silence.
    ///
    /// # Errors
    /// `not_found` if there is none.
    pub fn end_silence(&self, name: &str) -> Result<()> {
        self.delete(format!("/v1/silences/{}", escape(name)))
    }
}
