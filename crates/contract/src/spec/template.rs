//! How the messages of a route read: plain text with placeholders such as `{{model}}`.

use super::nearest::nearest;
use super::problem::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most characters of a template's title, and of its text.
const TITLE_CHARS_MAX: usize = 300;
const TEXT_CHARS_MAX: usize = 4_000;

/// How the messages of a route read, in place of Candor's own words. Plain text with placeholders such as
/// `{{model}}`; what is not said here stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The line that people see first: of a mail its subject, of an event its summary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What the message says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A part of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words that stay.
    Words(&'a str),
    /// What is filled in.
    Filled(Placeholder),
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    /// Nothing is known by this name.
    #[error("`{{{{{0}}}}}` is no placeholder")]
    Unknown(String),
    /// Two braces open and none close.
    #[error("A placeholder is not closed")]
    Open,
}

macro_rules! placeholders {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)*) => {
        /// What a template may have filled in. Of a message about several alerts it is of the first one, the worst that
        /// goes on, unless it says otherwise; in annotations it is of each alert.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Placeholder {
            $($(#[doc = $doc])+ $variant,)*
        }

        impl Placeholder {
            /// All of them.
            pub const ALL: &'static [Placeholder] = &[$(Placeholder::$variant,)*];

            /// Its name between the braces, e.g. `model`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Placeholder::$variant => $name,)*
                }
            }
        }
    };
}

placeholders! {
    /// The title that Candor would write.
    Title = "title",
    /// `firing` or `resolved`.
    Status = "status",
    /// The worst severity of what goes on.
    Severity = "severity",
    /// The model.
    Model = "model",
    /// Who answers for the model; of data that do not arrive, for its pipeline.
    Owner = "owner",
    /// `service`, `quality` or `drill`.
    Family = "family",
    /// The measure of the likely cause.
    Measure = "measure",
    /// Its column.
    Column = "column",
    /// Its segment, e.g. `region=north`.
    Segment = "segment",
    /// Model and trouble in a line.
    Headline = "headline",
    /// What is wrong, with figures.
    What = "what",
    /// Since when, and until when if it is over.
    Since = "since",
    /// Value, interval, rows and what is usual.
    Evidence = "evidence",
    /// The likely cause, in a sentence.
    Cause = "cause",
    /// What changed near its onset.
    Changes = "changes",
    /// The other symptoms.
    Also = "also",
    /// How many alerts the message is about.
    Alerts = "alerts",
    /// Why the message came, e.g. `nobody acknowledged in time`.
    Reason = "reason",
    /// The route.
    Route = "route",
    /// The id of the alert.
    Alert = "alert",
    /// The address of the alert's page.
    Link = "link",
}

impl Placeholder {
    /// The placeholder called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|p| p.name() == name)
    }
}

impl Template {
    /// The parts of a template's text. Blanks inside the braces do not matter.
    ///
    /// # Errors
    /// [`BadTemplate`] if a placeholder is unknown or is not closed.
    pub fn pieces(text: &str) -> Result<Vec<Piece<'_>>, BadTemplate> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((words, inside)) = rest.split_once("{{") {
            if !words.is_empty() {
                pieces.push(Piece::Words(words));
            }
            let (name, after) = inside.split_once("}}").ok_or(BadTemplate::Open)?;
            let name = name.trim();
            let known = Placeholder::named(name);
            pieces.push(Piece::Filled(
                known.ok_or_else(|| BadTemplate::Unknown(name.to_owned()))?,
            ));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Words(rest));
        }
        Ok(pieces)
    }

    pub(crate) fn check(&self, path: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        let parts = [
            ("title", self.title.as_deref(), TITLE_CHARS_MAX),
            ("text", self.text.as_deref(), TEXT_CHARS_MAX),
        ];
        if parts.iter().all(|(_, text, _)| text.is_none()) {
            let message = "A template says its `title`, its `text` or both";
            problems.push(Problem::new(path, message));
        }
        for (key, text, chars_max) in parts {
            let Some(text) = text else { continue };
            let at = format!("{path}.{key}");
            if text.trim().is_empty() || text.chars().count() > chars_max {
                let message = format!("This has 1 to {chars_max} characters");
                problems.push(Problem::new(at, message));
            } else if let Err(bad) = Self::pieces(text) {
                problems.push(Problem::new(at, bad.to_string()).hint(hint(&bad)));
            }
        }
        problems
    }
}

fn hint(bad: &BadTemplate) -> String {
    let names = || Placeholder::ALL.iter().map(|p| p.name());
    let BadTemplate::Unknown(name) = bad else {
        return "Write it as {{model}}".to_owned();
    };
    let known: Vec<&str> = names().collect();
    let known = format!("Known here: {}", known.join(", "));
    match nearest(name, names()) {
        Some(meant) => format!("Is `{{{{{meant}}}}}` meant? {known}"),
        None => known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_their_placeholders() {
        use Piece::{Filled, Words};
        for (text, expected) in [
            ("", vec![]),
            ("plain } text {", vec![Words("plain } text {")]),
            ("{{model}}", vec![Filled(Placeholder::Model)]),
            (
                "a {{ model }}{{severity}} b",
                vec![
                    Words("a "),
                    Filled(Placeholder::Model),
                    Filled(Placeholder::Severity),
                    Words(" b"),
                ],
            ),
            (
                "}} {{link}}\n",
                vec![Words("}} "), Filled(Placeholder::Link), Words("\n")],
            ),
        ] {
            assert_eq!(Template::pieces(text), Ok(expected), "{text:?}");
        }
        for (text, expected) in [
            ("{{modle}}", BadTemplate::Unknown("modle".into())),
            ("{{}}", BadTemplate::Unknown(String::new())),
            ("{{ {{model}}", BadTemplate::Unknown("{{model".into())),
            ("{{model}", BadTemplate::Open),
        ] {
            assert_eq!(Template::pieces(text), Err(expected), "{text:?}");
        }
        assert!(
            Placeholder::ALL
                .iter()
                .all(|p| Placeholder::named(p.name()) == Some(*p))
        );
    }

    #[test]
    fn what_is_wrong_is_one_sentence_with_what_would_be_right() {
        let template = |title: &str, text: &str| Template {
            title: Some(title.to_owned()).filter(|t| !t.is_empty()),
            text: Some(text.to_owned()).filter(|t| !t.is_empty()),
        };
        assert!(
            template("{{severity}}: {{model}}", "")
                .check("t")
                .is_empty()
        );
        for (title, text, said) in [
            (
                "",
                "",
                "t: A template says its `title`, its `text` or both.",
            ),
            (
                "{{modle}}",
                "",
                "t.title: `{{modle}}` is no placeholder. Is `{{model}}` meant? Known here: title, status",
            ),
            (
                "a",
                "{{password}}",
                "t.text: `{{password}}` is no placeholder. Known here: title, ",
            ),
            (
                "{{model",
                "",
                "t.title: A placeholder is not closed. Write it as {{model}}.",
            ),
            (" ", "", "t.title: This has 1 to 300 characters."),
        ] {
            let problems = template(title, text).check("t");
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(problems[0].to_string().starts_with(said), "{}", problems[0]);
        }
        let long = template("", &"x".repeat(TEXT_CHARS_MAX + 1));
        assert_eq!(long.check("t").len(), 1);
    }
}
