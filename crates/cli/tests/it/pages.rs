//! What `docs/reliability.md` promises can be run: each command names tests or measurements that are there.

use crate::engines::repository;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/reliability.md";

/// Folders of the packages that the page names.
fn folder(package: &str) -> Option<PathBuf> {
    let name = match package {
        "candor" => "cli",
        other => other.strip_prefix("candor-")?,
    };
    let folder = repository().join("crates").join(name);
    folder.is_dir().then_some(folder)
}

/// The names of a folder's tests as the runner has them, near enough: path of the file, then the function.
fn tests(folder: &Path, names: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests(&path, names);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let module = path.with_extension("").display().to_string();
            let mut marked = false;
            for line in text.lines().map(str::trim) {
                let function = line.strip_prefix("async ").unwrap_or(line);
                if line == "#[test]" || line.starts_with("#[tokio::test") {
                    marked = true;
                } else if let Some(name) = function.strip_prefix("fn ").filter(|_| marked) {
                    let name = name.split(['(', '<']).next().unwrap();
                    names.push(format!("{module}::{name}").replace('/', "::"));
                    marked = false;
                }
            }
        }
    }
}

/// What each command of a page's table asks for and does not find; how many were looked at.
fn faults(page: &str) -> (Vec<String>, usize) {
    let bench = std::fs::read_to_string(repository().join("bench/src/main.rs")).unwrap();
    let (mut known, mut faults, mut count) = (BTreeMap::new(), Vec::new(), 0);
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let cells = rows.filter_map(|row| row.split(" | ").nth(1));
    for command in cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)) {
        count += 1;
        let words: Vec<&str> = command.split(' ').collect();
        let (package, words) = match words[..] {
            ["N", ref words @ ..] => ("candor", words),
            ["L", ref words @ ..] => ("candor-log", words),
            ["cargo", "nextest", "run", "-p", package, ref words @ ..] => (package, words),
            ["B", what] => {
                let variant = what[..1].to_uppercase() + &what[1..];
                if !bench.contains(&format!("\n    {variant},\n")) {
                    faults.push(format!("`{command}`: nothing of that name is measured"));
                }
                continue;
            }
            _ => {
                faults.push(format!("`{command}` is no command of this page"));
                continue;
            }
        };
        let names = known.entry(package.to_owned()).or_insert_with(|| {
            let mut names = Vec::new();
            let folder = folder(package);
            let parts = folder.map(|folder| ["src", "tests"].map(|part| folder.join(part)));
            for part in parts.iter().flatten().filter(|part| part.is_dir()) {
                tests(part, &mut names);
            }
            names
        });
        for word in words {
            if !names.iter().any(|name| name.contains(word)) {
                faults.push(format!("`{command}`: {package} has no test `{word}`"));
            }
        }
    }
    (faults, count)
}

#[test]
fn every_command_of_the_page_on_reliability_finds_something_to_run() {
    let page = std::fs::read_to_string(repository().join(PAGE)).unwrap();
    let (found, count) = faults(&page);
    assert!(count > 20, "only {count} commands were seen");
    assert!(found.is_empty(), "{}", found.join("\n"));
    // Commands that have grown old are found.
    for (old, new) in [
        ("`N kills`", "`N murders`"),
        ("simulated every_bug", "simulated no_bug_at_all"),
        ("`B overload`", "`B overflow`"),
        (
            "-p candor-contract properties",
            "-p candor-contrast properties",
        ),
        ("`N golden`", "`make golden`"),
    ] {
        assert_eq!(faults(&page.replacen(old, new, 1)).0.len(), 1, "{old}");
    }
    // A harness of which nothing says what it notices says so itself.
    let rows = page.lines().filter(|line| line.starts_with("| "));
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 4, "{row}");
        assert!(cells.iter().all(|cell| !cell.is_empty()), "{row}");
    }
}
