//! What is wrong with a file of objects.

use serde::Serialize;
use std::fmt;
use std::ops::Deref;

/// One thing that is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where in the object, e.g. `spec.columns.inputs[2]`; empty for the whole.
    pub path: String,
    /// Line in the file, from 1, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in the line, from 1, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// What is wrong: one sentence.
    pub message: String,
    /// What would be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Problem {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            line: None,
            column: None,
            message: message.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn at(mut self, line: u32, column: u32) -> Self {
        (self.line, self.column) = ((line > 0).then_some(line), (line > 0).then_some(column));
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, "{line}:{column}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{}.", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " {hint}{}", if hint.ends_with('?') { "" } else { "." }),
            None => Ok(()),
        }
    }
}

/// All that is wrong; an error as a whole, a list to its readers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Keeps a good value in `values`, or the problems of a bad one here.
    pub(crate) fn collect<T>(&mut self, outcome: Result<T, Problems>, values: &mut Vec<T>) {
        match outcome {
            Ok(value) => values.push(value),
            Err(problems) => self.0.extend(problems.0),
        }
    }

    /// The value, or the problems in the order of their places.
    pub(crate) fn or<T>(mut self, value: T) -> Result<T, Problems> {
        self.0.sort_by_key(|p| (p.line, p.column));
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }
}

impl From<Vec<Problem>> for Problems {
    fn from(problems: Vec<Problem>) -> Self {
        Self(problems)
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl Deref for Problems {
    type Target = [Problem];

    fn deref(&self) -> &[Problem] {
        &self.0
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if i == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
