//! Where files lie and how they open: no `mod.rs`, a module doc in every source, a door-plate for
//! every room, one integration test binary a crate.

use super::report::Report;
use super::tree::Tree;

/// Reports files that are out of place or open without a word.
pub(super) fn check(tree: &Tree, report: &mut Report) {
    for (file, outline) in tree.sources("") {
        if file.path.ends_with("/mod.rs") && !outline.test_file {
            let what = "a module in a mod.rs".to_owned();
            report.error(
                &file.path,
                1,
                what,
                "move it to foo.rs beside the folder foo/",
            );
        }
        if !outline.has_module_doc && !file.path.ends_with("/tests.rs") {
            let what = "the file does not say what it is for".to_owned();
            report.error(&file.path, 1, what, "open it with a `//!` sentence");
        }
    }
    for package in &tree.packages {
        let binaries = |path: &&String| {
            let below = path.strip_prefix(&format!("{}/tests/", package.folder));
            below.is_some_and(|rest| {
                !rest.contains('/') && rest.ends_with(".rs") || rest.ends_with("/main.rs")
            })
        };
        let binaries: Vec<_> = tree.paths.iter().filter(binaries).collect();
        if let [_, second, ..] = binaries[..] {
            let what = format!(
                "{} has {} integration test binaries",
                package.name,
                binaries.len()
            );
            report.error(
                second,
                1,
                what,
                "make it a module of the first: each binary links all again",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misplaced_and_mute_files_are_found() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", "//! Fine.\n"),
            ("crates/a/src/tests.rs", "fn f() {}\n"),
            ("crates/a/src/b/mod.rs", "//! Misplaced.\n"),
            ("crates/a/src/c.rs", "fn f() {}\n"),
            ("crates/a/tests/it/main.rs", "//! First.\n"),
            ("crates/a/tests/more.rs", "//! Second.\n"),
        ]);
        let mut report = Report::new(0);
        check(&tree, &mut report);
        let paths: Vec<_> = report.findings.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "crates/a/src/b/mod.rs",
                "crates/a/src/c.rs",
                "crates/a/tests/more.rs"
            ]
        );
    }
}
