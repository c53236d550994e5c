//! Messages that read as their route says.

use super::clean::{line, lines};
use super::{Notice, NoticeAlert, story};
use candor_contract::spec::{Piece, Placeholder, Template};

/// Characters of a title, of a text, and of one thing that is filled in.
const TITLE_CHARS_MAX: usize = 300;
const TEXT_CHARS_MAX: usize = 6_000;
const FILLED_CHARS_MAX: usize = 600;

/// The title of a message: the route's, or Candor's if it has none or it came out empty.
pub(super) fn title(notice: &Notice, external_url: &str) -> String {
    let own = |t: &Template| t.title.clone();
    let filled = fill(notice, own, first(notice), external_url);
    let own = filled.map(|text| line(&text, TITLE_CHARS_MAX));
    own.filter(|text| !text.is_empty())
        .unwrap_or_else(|| story::title(notice))
}

/// The text of a message; `None` if its route has none.
pub(super) fn text(notice: &Notice, external_url: &str) -> Option<String> {
    let own = |t: &Template| t.text.clone();
    let filled = fill(notice, own, first(notice), external_url)?;
    Some(lines(&filled, TEXT_CHARS_MAX))
}

/// Title and text of one of its alerts, for what tells each by itself; `None` where the route has none.
pub(super) fn of_alert(
    notice: &Notice,
    told: &NoticeAlert,
    external_url: &str,
) -> (Option<String>, Option<String>) {
    let about = About {
        told: Some(told),
        alone: true,
    };
    let title = fill(notice, |t| t.title.clone(), about, external_url);
    let text = fill(notice, |t| t.text.clone(), about, external_url);
    (
        title.map(|text| line(&text, TITLE_CHARS_MAX)),
        text.map(|text| lines(&text, TEXT_CHARS_MAX)),
    )
}

/// What placeholders are about.
#[derive(Clone, Copy)]
struct About<'a> {
    told: Option<&'a NoticeAlert>,
    /// Whether of this alert alone, and not of the whole message.
    alone: bool,
}

/// The first alert that is as the message says.
fn first(notice: &Notice) -> About<'_> {
    let status = notice.status();
    let told = notice.alerts.iter().find(|a| a.status == status);
    About { told, alone: false }
}

fn fill(
    notice: &Notice,
    part: impl Fn(&Template) -> Option<String>,
    about: About<'_>,
    external_url: &str,
) -> Option<String> {
    let template = part(notice.template.as_ref()?)?;
    // What was applied was checked; what a later version wrote is shown as it is.
    let Ok(pieces) = Template::pieces(&template) else {
        return Some(template);
    };
    let filled = pieces.into_iter().map(|piece| match piece {
        Piece::Words(words) => words.to_owned(),
        Piece::Filled(placeholder) => {
            let value = value(placeholder, notice, about, external_url);
            line(&value, FILLED_CHARS_MAX)
        }
    });
    Some(filled.collect())
}

/// What stands for a placeholder; nothing where the alert has nothing of the kind.
fn value(of: Placeholder, notice: &Notice, about: About<'_>, external_url: &str) -> String {
    let whole = match of {
        Placeholder::Title => Some(story::title(notice)),
        Placeholder::Alerts => Some(notice.alerts.len().to_string()),
        Placeholder::Reason => Some(notice.reason.sentence().to_owned()),
        Placeholder::Route => Some(notice.route.clone()),
        Placeholder::Status if !about.alone => Some(notice.status().name().to_owned()),
        Placeholder::Severity if !about.alone => Some(notice.severity().name().to_owned()),
        _ => None,
    };
    let of_alert = || about.told.map(|told| of_told(of, told, external_url));
    whole.or_else(of_alert).unwrap_or_default()
}

fn of_told(of: Placeholder, told: &NoticeAlert, external_url: &str) -> String {
    let alert = &told.alert;
    let answer = |question: &str| {
        let mut answers = story::answers(told, external_url).into_iter();
        let found = answers.find(|(q, _)| *q == question);
        found.map(|(_, text)| text).unwrap_or_default()
    };
    let first = alert.symptoms.first();
    match of {
        Placeholder::Status => told.status.name().to_owned(),
        Placeholder::Severity => alert.severity.name().to_owned(),
        Placeholder::Model => alert.model.clone(),
        Placeholder::Owner => alert.owner().unwrap_or_default().to_owned(),
        Placeholder::Family => alert.family.name().to_owned(),
        Placeholder::Measure => first
            .map(|s| s.measure.name().to_owned())
            .unwrap_or_default(),
        Placeholder::Column => first.and_then(|s| s.column.clone()).unwrap_or_default(),
        Placeholder::Segment => {
            let parts = first.into_iter().flat_map(|s| &s.segment);
            let parts: Vec<String> = parts
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            parts.join(", ")
        }
        Placeholder::Headline => story::headline(told),
        Placeholder::What => answer("What"),
        Placeholder::Since => answer("Since"),
        Placeholder::Evidence => answer("How sure"),
        Placeholder::Cause => alert.cause.clone(),
        Placeholder::Changes => answer("Changed nearby"),
        Placeholder::Also => answer("Also"),
        Placeholder::Alert => alert.id.clone(),
        Placeholder::Link => story::link(told, external_url),
        // Of the whole message.
        Placeholder::Title | Placeholder::Alerts | Placeholder::Reason | Placeholder::Route => {
            String::new()
        }
    }
}
