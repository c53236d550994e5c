//! Every dependency that a manifest names is mentioned in its sources.

use super::exceptions::Exceptions;
use super::report::Report;
use super::tree::Tree;

/// Reports dependencies that no source of their package mentions.
pub(super) fn check(tree: &Tree, exceptions: &Exceptions, report: &mut Report) {
    for package in &tree.packages {
        let sources: Vec<&str> = tree
            .sources(&package.folder)
            .map(|(file, _)| file.text.as_str())
            .collect();
        let mut dependencies = package.dependencies.clone();
        dependencies.sort();
        dependencies.dedup();
        dependencies.retain(|dependency| {
            let word = dependency.replace('-', "_");
            !sources.iter().any(|text| has_word(text, &word))
                && !exceptions.dependency(&package.folder, dependency)
        });
        if !dependencies.is_empty() {
            report.error(
                &format!("{}/Cargo.toml", package.folder),
                1,
                format!("no source mentions {}", dependencies.join(", ")),
                "delete them, or give a reason under [[dependency]] in xtask/budgets.toml",
            );
        }
    }
}

/// Whether `text` holds `word` with no letter beside it.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_without_a_mention_is_found() {
        let mut tree = Tree::of(&[(
            "crates/x/src/lib.rs",
            "//! X.\nuse proc_macro2::Span;\nuse serde_json as j;\n",
        )]);
        tree.package("x", &["proc-macro2", "serde", "serde_json"]);
        let mut report = Report::new(0);
        check(&tree, &Exceptions::default(), &mut report);
        assert_eq!(report.findings.len(), 1, "{report}");
        assert!(report.findings[0].what.ends_with(" serde"), "{report}");
    }
}
