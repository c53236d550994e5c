//! One word, one meaning: names that say nothing, and words for which the glossary has another.

use super::outline::{Definition, Sort};
use super::report::Report;
use super::tree::Tree;

/// Words in names, and the glossary's word.
const GLOSSARY: &[(&str, &str)] = &[
    ("ground_truth", "say outcome"),
    ("label_event", "say outcome"),
    ("inference_event", "say prediction"),
    ("inference_id", "say prediction_id"),
    ("dead_letter", "say quarantine"),
    ("reject_queue", "say quarantine"),
    ("whitelist", "say allowed"),
    ("blacklist", "say refused"),
    ("tenant", "say model or environment"),
    ("time_series", "say windows"),
];
/// Ends of type names that say nothing.
const EMPTY_ENDS: &[&str] = &[
    "Manager", "Helper", "Helpers", "Util", "Utils", "Impl", "Info",
];
/// Modules that attract what belongs elsewhere.
const EMPTY_MODULES: &[&str] = &[
    "util", "utils", "common", "helper", "helpers", "misc", "shared",
];

/// Reports names of ours that break the rules of naming.
pub(super) fn check(tree: &Tree, report: &mut Report) {
    for (file, outline) in tree.sources("") {
        for definition in &outline.definitions {
            if let Some((what, mend)) = judge(definition) {
                report.error(&file.path, definition.line, what, mend);
            }
        }
    }
}

/// What is wrong with a name, and what to call it instead.
fn judge(
    Definition {
        name,
        sort,
        is_test,
        ..
    }: &Definition,
) -> Option<(String, &'static str)> {
    let snake = snake(name);
    if let Some((_, mend)) = GLOSSARY.iter().find(|(word, _)| snake.contains(word)) {
        return Some((format!("`{name}` is not a word of the glossary"), mend));
    }
    let mend = match sort {
        Sort::Function if *is_test && name.starts_with("test_") => "say what holds, without test_",
        Sort::Function if name.starts_with("get_") => "drop get_",
        Sort::Type if EMPTY_ENDS.iter().any(|end| name.ends_with(end)) => {
            "name what it is or holds"
        }
        Sort::Module if EMPTY_MODULES.contains(&name.as_str()) => {
            "put each thing with its only user"
        }
        _ => return None,
    };
    Some((format!("`{name}` says nothing"), mend))
}

/// `GroundTruth` as `ground_truth`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_uppercase() && snake.ends_with(|before: char| before.is_lowercase()) {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_and_foreign_names_are_found() {
        let text = "mod util;\nstruct SegmentManager;\nfn get_name() {}\n#[test]\nfn test_it() {}\n\
                    struct S { ground_truth: u8 }\nenum E { GroundTruth }\n\
                    impl Store for S { fn get_range() {} }\nfn getter() {}\nmod utility;\n";
        let mut report = Report::new(0);
        check(&Tree::of(&[("crates/x/src/lib.rs", text)]), &mut report);
        let lines: Vec<_> = report.findings.iter().map(|f| f.line).collect();
        assert_eq!(lines, [1, 2, 3, 5, 6, 7], "{report}");
    }
}
