//! `candor silence`.

use crate::clock;
use crate::failure::{Failure, Outcome, Verdict};
use crate::target::Target;
use crate::terminal::{self, Output, cell};
use candor_contract::format_us;
use candor_contract::spec::span_us;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

const EXAMPLE: &str = "Examples:
  candor silence add --match model=credit-risk --for 2h --why \"feature store is being moved\"
  candor silence add --match 'column=~input_.*' --match severity!=critical --to 2026-12-01T08:00:00Z --why tests
  candor silence add --match model=credit-risk --for 4h --maintenance --why \"the bureau moves its data\"
  candor silence list
  candor silence end silence-0197a2b3c4d5e6f7";

/// Keep alerts from telling people for a while; they are still kept and shown
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct SilenceCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a silence
    Add(Add),
    /// List silences
    List {
        /// Also those that ended in the last days
        #[arg(long)]
        expired: bool,
        #[command(flatten)]
        target: Target,
        /// Form of the result
        #[arg(long, value_enum, default_value_t)]
        output: Output,
    },
    /// End a silence now
    End {
        /// Its name, as `list` shows it
        name: String,
        #[command(flatten)]
        target: Target,
    },
}

#[derive(Debug, Args)]
struct Add {
    /// A condition on a label: name=value, !=, =~ (an expression) or !~; all must hold
    #[arg(long = "match", value_name = "MATCHER", required = true)]
    matchers: Vec<String>,
    /// For how long, e.g. 2h
    #[arg(
        long = "for",
        value_name = "TIME",
        required_unless_present = "to",
        conflicts_with = "to"
    )]
    span: Option<String>,
    /// Until when, RFC 3339
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// From when on, RFC 3339; at once if absent
    #[arg(long, value_name = "TIME", conflicts_with = "span")]
    from: Option<String>,
    /// Why
    #[arg(long)]
    why: String,
    /// It is a maintenance: windows in it tell nothing, so that no alert begins or ends by them. It selects by
    /// model, family, measure and column
    #[arg(long)]
    maintenance: bool,
    /// Who asks for it
    #[arg(long, env = "USER")]
    by: Option<String>,
    /// Its name; a fresh one if absent
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    target: Target,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl SilenceCommand {
    pub(crate) fn run(self) -> Outcome {
        match self.action {
            Action::Add(add) => add.run()?,
            Action::List {
                expired,
                target,
                output,
            } => {
                let all = target.with_client(|c| Ok(c.silences(expired)?))?;
                list(&all, output);
            }
            Action::End { name, target } => {
                target.with_client(|c| Ok(c.end_silence(&name)?))?;
                terminal::say(&format!("ended {name}"));
            }
        }
        Ok(Verdict::Good)
    }
}

impl Add {
    fn run(&self) -> Result<(), Failure> {
        let silence = self.silence(clock::now_us())?;
        let made = self
            .target
            .with_client(|c| Ok(c.create_silence(&silence)?))?;
        match self.output {
            Output::Json => terminal::say_json(&made),
            Output::Table => {
                let text = |name| made.get(name).map(cell).unwrap_or_default();
                terminal::say(&format!("{} until {}", text("name"), text("to")));
            }
        }
        Ok(())
    }

    fn silence(&self, now_us: i64) -> Result<Value, Failure> {
        let to = match (&self.to, &self.span) {
            (Some(to), _) => to.clone(),
            (None, span) => {
                let span = span.as_deref().unwrap_or_default();
                let us = span_us(span).ok_or_else(|| {
                    Failure::usage("invalid_time", format!("`{span}` is no length of time"))
                        .mend("write a whole number and a unit, such as 2h or 1d12h")
                })?;
                format_us(now_us.saturating_add(us))
            }
        };
        let matchers = self.matchers.iter().map(|text| matcher(text));
        Ok(json!({
            "name": self.name,
            "matchers": matchers.collect::<Result<Vec<_>, _>>()?,
            "from": self.from,
            "to": to,
            "by": self.by,
            "why": self.why,
            "maintenance": self.maintenance,
        }))
    }
}

/// Reads `name=value`, `name!=value`, `name=~expression` or `name!~expression`.
fn matcher(text: &str) -> Result<Value, Failure> {
    let operators = [
        ("=~", true, false),
        ("!~", true, true),
        ("!=", false, true),
        ("=", false, false),
    ];
    let at = text.find(['=', '!']).filter(|at| *at > 0);
    let found = at.and_then(|at| {
        let (name, rest) = text.split_at(at);
        let of = |(operator, regex, not): (&str, bool, bool)| {
            let value = rest.strip_prefix(operator)?;
            Some(json!({"name": name.trim(), "value": value.trim(), "regex": regex, "not": not}))
        };
        operators.into_iter().find_map(of)
    });
    found.ok_or_else(|| {
        Failure::usage("invalid_matcher", format!("`{text}` is no matcher"))
            .mend("write name=value, name!=value, name=~expression or name!~expression")
    })
}

fn list(all: &[Value], output: Output) {
    if output == Output::Json {
        return terminal::say_json(&json!(all));
    }
    let names = [
        "name",
        "state",
        "maintenance",
        "matchers",
        "from",
        "to",
        "by",
        "why",
    ];
    let header: Vec<String> = names.iter().map(ToString::to_string).collect();
    let row = |silence: &Value| {
        let value = |name: &&str| match (*name, silence.get(*name)) {
            ("matchers", Some(matchers)) => Value::from(shown(matchers)),
            (_, value) => value.cloned().unwrap_or_default(),
        };
        names.iter().map(value).collect()
    };
    let rows: Vec<Vec<Value>> = all.iter().map(row).collect();
    terminal::say(&terminal::table(&header, &rows));
}

fn shown(matchers: &Value) -> String {
    let one = |m: &Value| {
        let is = |name| m.get(name).and_then(Value::as_bool).unwrap_or(false);
        let operator = match (is("regex"), is("not")) {
            (true, false) => "=~",
            (true, true) => "!~",
            (false, true) => "!=",
            (false, false) => "=",
        };
        let text = |name| m.get(name).and_then(Value::as_str).unwrap_or_default();
        format!("{}{operator}{}", text("name"), text("value"))
    };
    let all: Vec<String> = matchers.as_array().into_iter().flatten().map(one).collect();
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers_are_written_as_in_alertmanager() {
        for text in ["model=loan", "column=~input_.*", "severity!=info", "a!~b=c"] {
            let read = matcher(text).unwrap();
            assert_eq!(shown(&json!([read])), text);
        }
        for wrong in ["model", "=x", "", "a!b", "!=x"] {
            assert_eq!(
                matcher(wrong).unwrap_err().code,
                "invalid_matcher",
                "{wrong}"
            );
        }
    }
}
