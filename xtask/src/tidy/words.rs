//! Words that no tracked text holds: chores left undone, paths of somebody's machine.

use super::report::Report;
use super::tree::Tree;

/// Words, and what to do instead. Written in two halves, since this file is read too.
const REFUSED: &[(&str, &str)] = &[
    (
        concat!("TO", "DO"),
        "do it, or open an issue and say what holds until then",
    ),
    (
        concat!("FIX", "ME"),
        "mend it, or open an issue and say what holds until then",
    ),
    (
        concat!("/wo", "rk/"),
        "a path of one machine: make it relative or a parameter",
    ),
    (
        concat!("/ro", "ot/"),
        "a path of one machine: make it relative or a parameter",
    ),
];
/// Not ours to word.
const FOREIGN: &[&str] = &["LICENSE", "Cargo.lock"];

/// Reports refused words in every text file.
pub(super) fn check(tree: &Tree, report: &mut Report) {
    for file in tree
        .files
        .iter()
        .filter(|f| !FOREIGN.contains(&f.path.as_str()))
    {
        for (number, line) in file.text.lines().enumerate() {
            for (word, mend) in REFUSED.iter().filter(|(word, _)| holds(line, word)) {
                report.error(
                    &file.path,
                    number + 1,
                    format!("`{word}` in a tracked text"),
                    mend,
                );
            }
        }
    }
}

/// Whether `line` holds `word` at a word's start (and end, if it is letters).
fn holds(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '}');
    line.match_indices(word).any(|(at, _)| {
        let after = &line[at + word.len()..];
        !line[..at].ends_with(is_part) && (word.ends_with('/') || !after.starts_with(is_part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undone_chores_and_machine_paths_are_found() {
        let text = format!(
            "{}: later\ncd {}main\nmy{}s\n../work/x\n",
            REFUSED[0].0, REFUSED[2].0, REFUSED[0].0
        );
        let mut report = Report::new(0);
        check(&Tree::of(&[("a.md", &text)]), &mut report);
        let lines: Vec<_> = report.findings.iter().map(|f| f.line).collect();
        assert_eq!(lines, [1, 2], "{report}");
    }
}
