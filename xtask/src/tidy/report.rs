//! What was found, and how to mend it.

use std::fmt;

/// One departure from a rule.
#[derive(Debug)]
pub(super) struct Finding {
    /// Path from the repository's root.
    pub(super) path: String,
    /// First line concerned, from 1.
    pub(super) line: usize,
    /// What is wrong, in a sentence.
    pub(super) what: String,
    /// What to do about it.
    pub(super) mend: &'static str,
    /// Whether it is told without failing.
    pub(super) warning: bool,
}

/// Tests' share of one crate.
#[derive(Debug)]
pub(super) struct Share {
    pub(super) package: String,
    /// Lines outside tests.
    pub(super) lines: usize,
    /// Lines of tests.
    pub(super) test_lines: usize,
}

/// Everything found in one run.
#[derive(Debug)]
pub(crate) struct Report {
    pub(super) findings: Vec<Finding>,
    pub(super) shares: Vec<Share>,
    file_count: usize,
}

impl Report {
    /// An empty report about `file_count` files.
    pub(super) fn new(file_count: usize) -> Self {
        Self {
            findings: Vec::new(),
            shares: Vec::new(),
            file_count,
        }
    }

    /// Whether nothing was found but warnings.
    pub(crate) fn is_tidy(&self) -> bool {
        self.findings.iter().all(|finding| finding.warning)
    }

    /// Adds a finding that fails the run.
    pub(super) fn error(&mut self, path: &str, line: usize, what: String, mend: &'static str) {
        self.findings.push(Finding {
            path: path.into(),
            line,
            what,
            mend,
            warning: false,
        });
    }

    /// Adds a finding that is only told.
    pub(super) fn warning(&mut self, path: &str, line: usize, what: String, mend: &'static str) {
        self.findings.push(Finding {
            path: path.into(),
            line,
            what,
            mend,
            warning: true,
        });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (warnings, errors): (Vec<_>, Vec<_>) = self.findings.iter().partition(|x| x.warning);
        for (word, findings) in [("warning", &warnings), ("error", &errors)] {
            for Finding {
                path,
                line,
                what,
                mend,
                ..
            } in findings
            {
                writeln!(f, "{path}:{line}: {word}: {what}\n    mend: {mend}")?;
            }
        }
        for Share {
            package,
            lines,
            test_lines,
        } in &self.shares
        {
            let share = 100 * test_lines / (lines + test_lines).max(1);
            writeln!(
                f,
                "{package:<16} {lines:>6} lines {test_lines:>6} of tests {share:>3} %"
            )?;
        }
        let (errors, warnings) = (errors.len(), warnings.len());
        writeln!(
            f,
            "tidy: {} files, {errors} errors, {warnings} warnings",
            self.file_count
        )
    }
}
