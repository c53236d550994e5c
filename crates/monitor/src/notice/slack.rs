//! A message for a Slack channel by incoming webhook.

use super::clean::{cut, slack as escape};
use super::story::{answers, headline, why};
use super::{Notice, NoticeAlert, Status, template};
use serde_json::{Value, json};

/// Blocks of a message, by Slack.
const BLOCKS_MAX: usize = 50;
/// Fields of a section, by Slack.
const FIELDS_MAX: usize = 10;
/// Characters of a header, of a section's text and of a field, by Slack.
const HEADER_CHARS_MAX: usize = 150;
const SECTION_CHARS_MAX: usize = 3_000;
const FIELD_CHARS_MAX: usize = 2_000;
/// Alerts that are told at length.
const ALERTS_MAX: usize = 8;
/// A header, at most two blocks an alert, what was left out, and why it came.
const _: () = assert!(2 * ALERTS_MAX + 3 <= BLOCKS_MAX);

pub(super) fn body(notice: &Notice, external_url: &str) -> Value {
    let title = template::title(notice, external_url);
    let mut blocks = vec![json!({
        "type": "header",
        "text": { "type": "plain_text", "text": cut(&title, HEADER_CHARS_MAX), "emoji": false },
    })];
    if let Some(text) = template::text(notice, external_url) {
        blocks.push(section(&escape(&text)));
        blocks.push(context(&why(notice)));
        return json!({ "text": escape(&title), "blocks": blocks });
    }
    for told in notice.alerts.iter().take(ALERTS_MAX) {
        if notice.alerts.len() > 1 {
            blocks.push(heading(told));
        }
        blocks.push(fields(told, external_url));
    }
    if notice.alerts.len() > ALERTS_MAX {
        let more = format!("and {} more alerts", notice.alerts.len() - ALERTS_MAX);
        blocks.push(context(&more));
    }
    blocks.push(context(&why(notice)));
    json!({ "text": escape(&title), "blocks": blocks })
}

fn heading(told: &NoticeAlert) -> Value {
    let status = match told.status {
        Status::Firing => told.alert.severity.name(),
        Status::Resolved => "over",
    };
    section(&format!("*{status}*: {}", escape(&headline(told))))
}

fn section(text: &str) -> Value {
    json!({ "type": "section",
        "text": { "type": "mrkdwn", "text": cut(text, SECTION_CHARS_MAX), "verbatim": true } })
}

fn fields(told: &NoticeAlert, external_url: &str) -> Value {
    let fields: Vec<Value> = answers(told, external_url)
        .iter()
        .take(FIELDS_MAX)
        .map(|(question, text)| {
            let text = format!("*{question}*\n{}", escape(text));
            json!({ "type": "mrkdwn", "text": cut(&text, FIELD_CHARS_MAX), "verbatim": true })
        })
        .collect();
    json!({ "type": "section", "fields": fields })
}

fn context(text: &str) -> Value {
    json!({ "type": "context",
        "elements": [{ "type": "plain_text", "text": cut(text, FIELD_CHARS_MAX), "emoji": false }] })
}
