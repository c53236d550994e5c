//! The house rules that no compiler knows: who may depend on whom, how long a file may be, that
//! the map names what exists.
//!
//! Each rule is a module with one function from the [`Tree`] to findings, and a test that shows it
//! finding something. Rules know nothing of each other.

mod budgets;
mod cycles;
mod dependencies;
mod edges;
mod exceptions;
mod layout;
mod markdown;
mod names;
mod outline;
mod purity;
mod report;
mod tree;
mod words;

use exceptions::Exceptions;
use report::Report;
use std::path::Path;
use tree::Tree;

/// Checks the repository at `root` against every rule. Fails only if it cannot be read.
pub(crate) fn run(root: &Path) -> Result<Report, String> {
    let tree = Tree::read(root)?;
    let exceptions = Exceptions::of(&tree)?;
    let mut report = Report::new(tree.files.len());
    layout::check(&tree, &mut report);
    edges::check(&tree, &mut report);
    cycles::check(&tree, &mut report);
    budgets::check(&tree, &exceptions, &mut report);
    dependencies::check(&tree, &exceptions, &mut report);
    purity::check(&tree, &exceptions, &mut report);
    names::check(&tree, &mut report);
    words::check(&tree, &mut report);
    markdown::check(&tree, &mut report);
    exceptions.check(&mut report);
    Ok(report)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_repository_is_tidy() {
        let report = super::run(crate::repository()).unwrap();
        assert!(report.is_tidy(), "{report}");
    }
}
