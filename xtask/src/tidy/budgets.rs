//! How long things may get, and how much of a crate is tests.

use super::exceptions::Exceptions;
use super::outline::Outline;
use super::report::{Report, Share};
use super::tree::{File, Package, Tree};

/// Lines of a file, tests aside.
const FILE_LINES: (usize, usize) = (400, 600);
/// Lines of a function's body that are code.
const FUNCTION_LINES_MAX: usize = 70;
/// Methods of a trait.
const TRAIT_METHODS_MAX: usize = 8;
/// Kinds of one crate's error.
const ERROR_KINDS_MAX: usize = 12;
/// Names that a crate's root makes public.
const PUBLIC_MAX: usize = 25;
/// Rooms that one room may know.
const INNER_DEPENDENCIES_MAX: usize = 7;
/// Percent of a room's lines that are tests.
const TEST_SHARE_MIN: usize = 40;
const _: () = assert!(FILE_LINES.0 < FILE_LINES.1);

/// Reports what is over budget, and the share of tests.
pub(super) fn check(tree: &Tree, exceptions: &Exceptions, report: &mut Report) {
    for (file, outline) in tree.sources("") {
        let total = file.text.lines().count();
        let lines = total - outline.test_line_count(total);
        let own = if lines > FILE_LINES.1 {
            exceptions.file_lines(&file.path)
        } else {
            None
        };
        let what = format!("{lines} lines, tests aside");
        if lines > own.unwrap_or(FILE_LINES.1) {
            report.error(
                &file.path,
                1,
                what,
                "part it by what it is about, tests into foo/tests.rs",
            );
        } else if lines > FILE_LINES.0 && own.is_none() {
            report.warning(&file.path, 1, what, "part it before it reaches 600");
        }
        for function in outline
            .functions
            .iter()
            .filter(|f| f.lines > FUNCTION_LINES_MAX)
        {
            let own = exceptions.function_lines(&file.path, &function.name);
            if function.lines > own.unwrap_or(FUNCTION_LINES_MAX) {
                let what = format!("`{}` has {} lines of code", function.name, function.lines);
                report.error(
                    &file.path,
                    function.line,
                    what,
                    "part it into named steps of at most 70",
                );
            }
        }
        wide(file, outline, report);
    }
    for package in &tree.packages {
        let inner = |d: &&String| tree.packages.iter().any(|p| p.name == **d);
        let inner = package.dependencies.iter().filter(inner).count();
        if inner > INNER_DEPENDENCIES_MAX {
            let what = format!("{} knows {inner} other rooms", package.name);
            report.error(
                &format!("{}/Cargo.toml", package.folder),
                1,
                what,
                "7 at most",
            );
        }
        share(tree, package, report);
    }
}

/// Reports traits, errors and crate roots with too many doors.
fn wide(file: &File, outline: &Outline, report: &mut Report) {
    for (name, line, methods) in outline.traits.iter().filter(|t| t.2 > TRAIT_METHODS_MAX) {
        let what = format!("trait `{name}` has {methods} methods");
        report.error(
            &file.path,
            *line,
            what,
            "8 at most: a deep trait has few doors",
        );
    }
    for (_, line, kinds) in outline.enums.iter().filter(|e| e.0 == "Error") {
        if *kinds > ERROR_KINDS_MAX {
            let what = format!("`Error` has {kinds} kinds");
            report.error(
                &file.path,
                *line,
                what,
                "12 at most: nobody matches on more",
            );
        }
    }
    if file.path.ends_with("/src/lib.rs") && outline.public_count > PUBLIC_MAX {
        let what = format!("{} public names at the root", outline.public_count);
        report.warning(&file.path, 1, what, "25 is what a door-plate bears");
    }
}

fn share(tree: &Tree, package: &Package, report: &mut Report) {
    let (mut lines, mut test_lines) = (0, 0);
    for (file, outline) in tree.sources(&package.folder) {
        let total = file.text.lines().count();
        let tests = outline.test_line_count(total);
        lines += total - tests;
        test_lines += tests;
    }
    let is_room = package.folder.starts_with("crates/") || package.folder.starts_with("sdk/");
    if is_room && 100 * test_lines < TEST_SHARE_MIN * (lines + test_lines) && lines > FILE_LINES.0 {
        let what = format!("{test_lines} of {} lines are tests", lines + test_lines);
        report.warning(&package.folder, 1, what, "40 % is what we aim at");
    }
    report.shares.push(Share {
        package: package.name.clone(),
        lines,
        test_lines,
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::exceptions::PATH;

    fn found(files: &[(&str, &str)]) -> (usize, usize) {
        let tree = Tree::of(files);
        let mut report = Report::new(0);
        check(&tree, &Exceptions::of(&tree).unwrap(), &mut report);
        let warnings = report.findings.iter().filter(|f| f.warning).count();
        (report.findings.len() - warnings, warnings)
    }

    #[test]
    fn long_files_are_found_tests_aside() {
        let path = "crates/x/src/lib.rs";
        let code = |n: usize| "const A: u8 = 1;\n".repeat(n);
        let tests = |n: usize| format!("#[cfg(test)]\nmod tests {{\n{}}}\n", code(n));
        // The second warning is the share of tests.
        assert_eq!(found(&[(path, &(code(390) + &tests(300)))]), (0, 0));
        assert_eq!(found(&[(path, &(code(401) + &tests(300)))]), (0, 1));
        assert_eq!(found(&[(path, &(code(401) + &tests(100)))]), (0, 2));
        assert_eq!(found(&[(path, &(code(601) + &tests(500)))]), (1, 0));
        let exception =
            format!("[[file]]\npath = \"{path}\"\nlines = 610\nreason = \"a table of names\"\n");
        assert_eq!(
            found(&[(path, &(code(601) + &tests(500))), (PATH, &exception)]),
            (0, 0)
        );
        assert_eq!(
            found(&[(path, &(code(611) + &tests(500))), (PATH, &exception)]),
            (1, 0)
        );
    }

    #[test]
    fn long_functions_and_wide_types_are_found() {
        let function =
            |n: usize| format!("fn f() {{\n{}    // why\n\n}}\n", "    g();\n".repeat(n));
        assert_eq!(found(&[("crates/x/src/lib.rs", &function(70))]), (0, 0));
        assert_eq!(found(&[("crates/x/src/lib.rs", &function(71))]), (1, 0));
        let methods: String = (0..9).map(|n| format!("fn f{n}();\n")).collect();
        assert_eq!(
            found(&[("crates/x/src/lib.rs", &format!("trait T {{\n{methods}}}\n"))]),
            (1, 0)
        );
        let kinds = |n: usize| (0..n).map(|n| format!("K{n}, ")).collect::<String>();
        for (n, errors) in [(12, 0), (13, 1)] {
            let text = format!("enum Error {{ {} }}", kinds(n));
            assert_eq!(found(&[("crates/x/src/error.rs", &text)]), (errors, 0));
        }
        for (n, warnings) in [(24, 0), (25, 1)] {
            let text = format!(
                "mod a;\nuse a::Own;\npub struct S;\npub use a::{{{}}};\n",
                kinds(n)
            );
            assert_eq!(found(&[("crates/x/src/lib.rs", &text)]), (0, warnings));
        }
    }
}
