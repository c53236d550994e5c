//! What a room refuses to know: no clock, randomness, environment, IO or async where it would make
//! the same input give another answer.

use super::exceptions::Exceptions;
use super::report::Report;
use super::tree::Tree;

/// Rooms in which the same input gives the same answer.
const PURE: &[&str] = &[
    "crates/contract/src",
    "crates/log/src",
    "crates/monitor/src",
    "crates/otlp/src",
    "crates/report/src",
    "crates/simulator/src",
    "crates/stats/src",
];
/// Paths that they do not mention.
const REFUSED: &[&str] = &[
    "std::time::SystemTime",
    "std::time::Instant",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "tokio",
    "futures",
    "rand",
    "getrandom",
];
/// Last names of functions that read the clock or draw at random.
const REFUSED_CALLS: &[&str] = &["now_v7", "new_v4"];
const MEND: &str =
    "take it as a parameter; an adapter says so under [[purity]] in xtask/budgets.toml";

/// Reports mentions of what a pure room refuses to know.
pub(super) fn check(tree: &Tree, exceptions: &Exceptions, report: &mut Report) {
    for (file, outline) in PURE.iter().flat_map(|folder| tree.sources(folder)) {
        let mut last = (0, "");
        for mention in &outline.mentions {
            let Some(name) = refused(&mention.segments) else {
                continue;
            };
            if (mention.line, name) == last || exceptions.purity(&file.path, name) {
                continue;
            }
            last = (mention.line, name);
            report.error(
                &file.path,
                mention.line,
                format!("a pure room mentions `{name}`"),
                MEND,
            );
        }
        if outline.asyncs.is_empty() || exceptions.purity(&file.path, "async") {
            continue;
        }
        for line in &outline.asyncs {
            report.error(&file.path, *line, "a pure room is async here".into(), MEND);
        }
    }
}

/// The refused name that these segments mention.
fn refused(segments: &[String]) -> Option<&'static str> {
    let starts = |name: &&&str| {
        let parts: Vec<&str> = name.split("::").collect();
        segments.len() >= parts.len() && segments.iter().zip(&parts).all(|(a, b)| a == b)
    };
    let ends = |name: &&&str| segments.last().is_some_and(|last| last == **name);
    REFUSED
        .iter()
        .find(starts)
        .or_else(|| REFUSED_CALLS.iter().find(ends))
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::exceptions::PATH;

    fn found(text: &str, exceptions: &str) -> Vec<usize> {
        let tree = Tree::of(&[("crates/log/src/a.rs", text), (PATH, exceptions)]);
        let mut report = Report::new(0);
        check(&tree, &Exceptions::of(&tree).unwrap(), &mut report);
        report.findings.iter().map(|f| f.line).collect()
    }

    #[test]
    fn clocks_and_their_kin_are_found_in_pure_rooms() {
        let text = "use std::{io, time::{Duration, Instant}};\nasync fn f() {\n    g().await;\n    \
                    let id = Uuid::now_v7();\n    println!(\"{:?}\", std::env::args());\n}\n\
                    #[cfg(test)]\nmod tests { use std::fs; }\n";
        let mut lines = found(text, "");
        lines.sort_unstable();
        assert_eq!(lines, [1, 2, 3, 4, 5]);
    }

    #[test]
    fn an_adapter_may_touch_what_it_adapts() {
        let exception = "[[purity]]\npath = \"crates/log/src/a.rs\"\nname = \"std::fs\"\n\
                         reason = \"the adapter to the real file system\"\n";
        assert_eq!(
            found("use std::fs::File;\n", exception),
            Vec::<usize>::new()
        );
        assert_eq!(found("use std::fs::File;\nuse std::env;\n", exception), [2]);
    }
}
