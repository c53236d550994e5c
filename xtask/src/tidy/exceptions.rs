//! Reasoned exceptions, from `xtask/budgets.toml`. One that is no longer needed is itself a finding,
//! so budgets only tighten.

use super::report::Report;
use super::tree::Tree;
use serde::Deserialize;
use std::cell::Cell;

/// Where the exceptions are kept.
pub(super) const PATH: &str = "xtask/budgets.toml";
const REASON_BYTES_MIN: usize = 20;

/// All exceptions.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exceptions {
    #[serde(default)]
    file: Vec<Exception>,
    #[serde(default)]
    function: Vec<Exception>,
    #[serde(default)]
    dependency: Vec<Exception>,
    #[serde(default)]
    purity: Vec<Exception>,
}

/// One exception to one rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    /// The file, or the package's folder.
    path: String,
    /// The function, dependency or path that may be there.
    #[serde(default)]
    name: String,
    /// The budget instead of the usual one.
    #[serde(default)]
    lines: usize,
    reason: String,
    #[serde(skip)]
    used: Cell<bool>,
}

impl Exceptions {
    /// Reads the tree's exceptions; none if there is no such file.
    pub(super) fn of(tree: &Tree) -> Result<Self, String> {
        let text = tree.file(PATH).map_or("", |file| &file.text);
        toml::from_str(text).map_err(|e| format!("{PATH}: {e}"))
    }

    /// The budget of a file that has its own.
    pub(super) fn file_lines(&self, path: &str) -> Option<usize> {
        find(&self.file, path, "").map(|e| e.lines)
    }

    /// The budget of a function that has its own.
    pub(super) fn function_lines(&self, path: &str, name: &str) -> Option<usize> {
        find(&self.function, path, name).map(|e| e.lines)
    }

    /// Whether the package at `folder` may name `dependency` without mentioning it.
    pub(super) fn dependency(&self, folder: &str, dependency: &str) -> bool {
        find(&self.dependency, folder, dependency).is_some()
    }

    /// Whether the file at `path` may mention `name`.
    pub(super) fn purity(&self, path: &str, name: &str) -> bool {
        find(&self.purity, path, name).is_some()
    }

    /// Reports exceptions without a reason or a use.
    pub(super) fn check(&self, report: &mut Report) {
        for e in self
            .file
            .iter()
            .chain(&self.function)
            .chain(&self.dependency)
            .chain(&self.purity)
        {
            let what = format!("the exception for {} {}", e.path, e.name);
            if !e.used.get() {
                report.error(PATH, 1, format!("{what} is not needed"), "delete it");
            }
            if e.reason.len() < REASON_BYTES_MIN {
                report.error(
                    PATH,
                    1,
                    format!("{what} has no reason"),
                    "say why in a sentence",
                );
            }
        }
    }
}

fn find<'a>(list: &'a [Exception], path: &str, name: &str) -> Option<&'a Exception> {
    let found = list.iter().find(|e| e.path == path && e.name == name)?;
    found.used.set(true);
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_without_use_or_reason_is_reported() {
        let text = "[[file]]\npath = \"a.rs\"\nlines = 700\nreason = \"just because\"\n";
        let exceptions = Exceptions::of(&Tree::of(&[(PATH, text)])).unwrap();
        let mut report = Report::new(0);
        exceptions.check(&mut report);
        assert_eq!(report.findings.len(), 2);
        assert_eq!(exceptions.file_lines("a.rs"), Some(700));
        let mut report = Report::new(0);
        exceptions.check(&mut report);
        assert_eq!(report.findings.len(), 1, "used now, still without a reason");
    }
}
