//! How commands fail: one shape on the terminal, one place for exit codes.

use crate::terminal;
use candor_contract::spec::Problems;
use std::fmt;
use std::path::Path;
use std::process::ExitCode;

/// How a command ended that could do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All is well: exit code 0.
    Good,
    /// The answer is bad, e.g. a check failed: exit code 1.
    Bad,
}

/// Why a command could not do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It was asked wrongly: exit code 2.
    Use,
    /// The server or storage failed: exit code 3.
    Service,
}

/// A failed command: a stable code and a sentence, where it happened, what it means for the rest,
/// and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) cause: Cause,
    pub(crate) code: String,
    pub(crate) sentence: String,
    pub(crate) place: Option<String>,
    pub(crate) effect: Option<String>,
    pub(crate) mend: Option<String>,
}

/// The result of a command.
pub(crate) type Outcome = Result<Verdict, Failure>;

/// Prints a failure and turns the outcome into the process's exit code.
pub(crate) fn exit_code(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(Verdict::Good) => ExitCode::SUCCESS,
        Ok(Verdict::Bad) => ExitCode::from(1),
        Err(failure) => {
            terminal::note(&failure.to_string());
            ExitCode::from(match failure.cause {
                Cause::Use => 2,
                Cause::Service => 3,
            })
        }
    }
}

impl Failure {
    /// Asked wrongly.
    pub(crate) fn usage(code: &str, sentence: impl Into<String>) -> Self {
        Self::new(Cause::Use, code, sentence)
    }

    /// The server or storage failed.
    pub(crate) fn service(code: &str, sentence: impl Into<String>) -> Self {
        Self::new(Cause::Service, code, sentence)
    }

    fn new(cause: Cause, code: &str, sentence: impl Into<String>) -> Self {
        let sentence = sentence.into();
        Self {
            cause,
            code: code.to_owned(),
            sentence,
            place: None,
            effect: None,
            mend: None,
        }
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(path: &Path, error: &dyn fmt::Display) -> Self {
        Self::usage("file", format!("cannot use the file: {error}")).at(path.display())
    }

    /// A file of objects with problems.
    pub(crate) fn spec(path: &Path, problems: &Problems) -> Self {
        Self::usage("invalid_spec", problems.to_string())
            .at(path.display())
            .mend("see `candor check FILE` for each place")
    }

    /// Adds where it happened.
    pub(crate) fn at(mut self, place: impl fmt::Display) -> Self {
        self.place = Some(place.to_string());
        self
    }

    /// Adds what it means for the rest.
    pub(crate) fn effect(mut self, effect: impl Into<String>) -> Self {
        self.effect = Some(effect.into());
        self
    }

    /// Adds how to mend it.
    pub(crate) fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into()).filter(|text: &String| !text.is_empty());
        self
    }
}

impl From<candor_sdk::Error> for Failure {
    fn from(error: candor_sdk::Error) -> Self {
        let cause = match error.status() {
            Some(400..=499) => Cause::Use,
            _ => Cause::Service,
        };
        Failure::new(cause, error.code(), error.to_string()).mend(error.hint())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}]: {}", self.code, self.sentence)?;
        let lines = [
            ("where", &self.place),
            ("what", &self.effect),
            ("mend", &self.mend),
        ];
        for (label, line) in lines {
            if let Some(line) = line {
                write!(f, "\n  {label:<5}  {line}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_sdk::{Error, Refusal};

    #[test]
    fn a_failure_says_where_what_and_how_to_mend() {
        let failure = Failure::usage("x", "It failed.")
            .at("a.csv:3")
            .effect("nothing sent")
            .mend("fix it");
        let shown =
            "error[x]: It failed.\n  where  a.csv:3\n  what   nothing sent\n  mend   fix it";
        assert_eq!(failure.to_string(), shown);
    }

    #[test]
    fn the_servers_status_decides_whose_fault_it_is() {
        for (status, cause) in [
            (400, Cause::Use),
            (404, Cause::Use),
            (422, Cause::Use),
            (503, Cause::Service),
        ] {
            let refusal = Refusal {
                status,
                code: "c".into(),
                detail: "d".into(),
                hint: String::new(),
            };
            let failure = Failure::from(Error::Refused(refusal));
            assert_eq!((failure.cause, failure.mend), (cause, None), "{status}");
        }
    }
}
