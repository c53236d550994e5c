//! Every path and command that a page names exists.

use super::outline::Sort;
use super::report::Report;
use super::tree::{File, Tree};

/// Ends of names that are files of ours when a page sets them in backticks without a folder.
const FILE_ENDS: &[&str] = &[".md", ".toml"];
const COMMANDS: &str = "crates/cli/src";
const STALE: &str = "name what exists, or create it";

/// Reports paths, `make` verbs and `candor` commands that do not exist.
pub(super) fn check(tree: &Tree, report: &mut Report) {
    for page in tree.files.iter().filter(|f| f.path.ends_with(".md")) {
        let mut fenced = false;
        for (number, line) in page.text.lines().enumerate() {
            let mut wrong = Vec::new();
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            } else if fenced {
                wrong.extend(stale_command(tree, line.trim().trim_start_matches("$ ")));
            } else {
                for span in line.split('`').skip(1).step_by(2) {
                    wrong
                        .extend(stale_command(tree, span).or_else(|| stale_path(tree, page, span)));
                }
                wrong.extend(links(line).filter_map(|link| stale_link(tree, page, link)));
            }
            for what in wrong {
                report.error(&page.path, number + 1, what, STALE);
            }
        }
    }
}

/// The command that `text` begins with, if it is one of ours and does not exist.
fn stale_command(tree: &Tree, text: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    let (program, word) = (words.next()?, words.next()?);
    if !word.starts_with(|c: char| c.is_ascii_lowercase()) {
        return None;
    }
    // `candor apply|diff` names two.
    let names = word
        .split('|')
        .map(|name| name.trim_end_matches([',', '.', ';', ')']));
    let missing = |exists: &dyn Fn(&str) -> bool| names.into_iter().find(|name| !exists(name));
    let missing = match program {
        "make" => missing(&|verb| is_verb(tree, verb)),
        "candor" => missing(&|command| is_command(tree, command)),
        _ => None,
    }?;
    Some(format!("`{program} {missing}` does not exist"))
}

fn is_verb(tree: &Tree, verb: &str) -> bool {
    let Some(makefile) = tree.file("Makefile") else {
        return true;
    };
    makefile.text.lines().any(|line| {
        line.strip_prefix(verb)
            .is_some_and(|rest| rest.starts_with(':'))
    })
}

/// Whether the command line has a file or a variant of that name.
fn is_command(tree: &Tree, command: &str) -> bool {
    let mut sources = tree.sources(COMMANDS).peekable();
    let variant = |name: &str, sort| sort == Sort::Value && name.to_lowercase() == command;
    // A binary without commands is not written yet.
    let is_empty = tree.sources(COMMANDS).count() < 2;
    is_empty
        || sources.any(|(file, outline)| {
            file.path.ends_with(&format!("/{command}.rs"))
                || outline.definitions.iter().any(|d| variant(&d.name, d.sort))
        })
}

/// The path that `span` is, if it looks like one of the repository and does not exist.
fn stale_path(tree: &Tree, page: &File, span: &str) -> Option<String> {
    let path = span.split_once(':').map_or(span, |(path, _)| path);
    let is_plain = path
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-'));
    let is_ours = match path.split_once('/') {
        Some((top, _)) => !top.is_empty() && tree.paths.contains(top) && !top.ends_with('.'),
        None => {
            FILE_ENDS
                .iter()
                .any(|end| path.len() > end.len() && path.ends_with(end))
                && path != "candor.toml"
        }
    };
    let stale = is_plain && is_ours && !exists(tree, page, path);
    stale.then(|| format!("`{path}` does not exist"))
}

/// The link, if it is relative and leads nowhere.
fn stale_link(tree: &Tree, page: &File, link: &str) -> Option<String> {
    let path = link.split(['#', '?', ' ']).next().unwrap_or_default();
    let is_ours = !path.is_empty() && !path.starts_with('/') && !path.contains(':');
    (is_ours && !exists(tree, page, path)).then(|| format!("the link to {path} leads nowhere"))
}

/// Targets of `[text](target)`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(')')?.0))
}

/// Whether `path` exists from the root or from the page's folder.
fn exists(tree: &Tree, page: &File, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    if tree.paths.contains(path) {
        return true;
    }
    let mut parts: Vec<&str> = page.path.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.is_empty() || tree.paths.contains(&parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stale_paths_and_commands_are_found() {
        let page = "`crates/x/src/lib.rs:12`, `crates/gone/`, `README.md`, `GONE.md`, `a/b`\n\
                    [x](../crates/x) [y](nowhere.md) [z](https://example.org/x.md) [w](#here)\n\
                    `make build` `make gone` `candor serve --data DIR` `candor fly`\n\
                    ```sh\nmake build\n$ make lost\ncandor apply|export FILE\ncandor lost\n```\n";
        let files = [
            ("docs/page.md", page),
            ("README.md", ""),
            ("Makefile", "build: ## b\n\tcargo build\n"),
            ("crates/x/src/lib.rs", "//! X.\n"),
            (
                "crates/cli/src/main.rs",
                "//! C.\nenum Command { Apply(u8), Export }\n",
            ),
            ("crates/cli/src/serve.rs", "//! S.\n"),
        ];
        let mut report = Report::new(0);
        check(&Tree::of(&files), &mut report);
        let found: Vec<_> = report
            .findings
            .iter()
            .map(|f| (f.line, f.what.as_str()))
            .collect();
        let expected = [
            (1, "`crates/gone/` does not exist"),
            (1, "`GONE.md` does not exist"),
            (2, "the link to nowhere.md leads nowhere"),
            (3, "`make gone` does not exist"),
            (3, "`candor fly` does not exist"),
            (6, "`make lost` does not exist"),
            (8, "`candor lost` does not exist"),
        ];
        assert_eq!(found, expected);
    }
}
