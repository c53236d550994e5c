//! What the rules need to know of a Rust source, read once.

mod reader;

use std::ops::RangeInclusive;

/// A Rust source, tests told apart.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// Whether the whole file is tests.
    pub(super) test_file: bool,
    /// Modules in files of their own that are declared under `#[cfg(test)]`.
    pub(super) test_modules: Vec<String>,
    /// Lines of items under `#[cfg(test)]`.
    pub(super) test_lines: Vec<RangeInclusive<usize>>,
    /// Whether it opens with `//!`.
    pub(super) has_module_doc: bool,
    /// Every path named outside tests.
    pub(super) mentions: Vec<Mention>,
    /// Lines where something is async, outside tests.
    pub(super) asyncs: Vec<usize>,
    /// Every name given.
    pub(super) definitions: Vec<Definition>,
    /// Functions outside tests.
    pub(super) functions: Vec<Function>,
    /// Traits outside tests: name, line, methods.
    pub(super) traits: Vec<(String, usize, usize)>,
    /// Enums outside tests: name, line, variants.
    pub(super) enums: Vec<(String, usize, usize)>,
    /// Names that the file's top level makes public.
    pub(super) public_count: usize,
}

/// A path such as `crate::kind::Kind`.
#[derive(Debug)]
pub(super) struct Mention {
    pub(super) segments: Vec<String>,
    pub(super) line: usize,
    /// The name that a `use` binds.
    pub(super) binds: Option<String>,
}

/// A name given to something of ours.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) sort: Sort,
    /// Whether it carries `#[test]`.
    pub(super) is_test: bool,
}

/// What a name was given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Function,
    Type,
    Module,
    Value,
}

/// A function and how long it is.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) line: usize,
    /// Lines of its body that are neither blank nor comment, as clippy counts them.
    pub(super) lines: usize,
}

impl Outline {
    /// Reads the source `text`; `test_file` tells that all of it is tests.
    pub(super) fn of(text: &str, test_file: bool) -> Result<Self, String> {
        let file =
            syn::parse_file(text).map_err(|e| format!("line {}: {e}", e.span().start().line))?;
        let outline = Self {
            test_file,
            has_module_doc: text.trim_start().starts_with("//!"),
            ..Self::default()
        };
        Ok(reader::read(outline, &file, text))
    }

    /// How many of `total` lines are tests.
    pub(super) fn test_line_count(&self, total: usize) -> usize {
        if self.test_file {
            total
        } else {
            self.test_lines.iter().cloned().map(Iterator::count).sum()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_apart_from_code() {
        let text = "//! A.\nuse std::{env, fs as files};\nfn f() {\n    // why\n    g(a::b::c);\n\n}\n\
                    #[cfg(test)]\nmod tests {\n    use std::process;\n    #[test]\n    fn test_f() {}\n}\n";
        let outline = Outline::of(text, false).unwrap();
        let mentions: Vec<_> = outline
            .mentions
            .iter()
            .map(|m| (m.segments.join("::"), m.line))
            .collect();
        let expected = [("std::env", 2), ("std::fs", 2), ("g", 5), ("a::b::c", 5)];
        assert_eq!(
            mentions,
            expected.map(|(path, line)| (path.to_owned(), line))
        );
        assert_eq!(outline.mentions[1].binds.as_deref(), Some("files"));
        assert_eq!(
            (outline.functions.len(), outline.functions[0].lines),
            (1, 1)
        );
        assert_eq!(outline.test_line_count(13), 6);
        assert!(outline.has_module_doc);
        assert!(
            outline
                .definitions
                .iter()
                .any(|d| d.name == "test_f" && d.is_test)
        );
    }

    #[test]
    fn paths_inside_macros_are_seen() {
        let outline = Outline::of(
            "fn f() { println!(\"{}\", std::env::args().len()); }",
            false,
        )
        .unwrap();
        assert!(
            outline
                .mentions
                .iter()
                .any(|m| m.segments == ["std", "env", "args"])
        );
    }
}
