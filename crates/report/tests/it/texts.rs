//! Markdown and text for terminals.

use crate::fixtures;
use candor_report::document::Document;
use candor_report::render;

#[test]
fn markdown_is_what_a_pull_request_shows() {
    for name in ["binary", "regression", "minimal", "hostile"] {
        insta::assert_snapshot!(
            format!("markdown-{name}"),
            render::markdown(&fixtures::one(name))
        );
    }
}

#[test]
fn a_terminal_shows_what_matters() {
    for name in ["binary", "regression", "minimal", "hostile"] {
        insta::assert_snapshot!(
            format!("terminal-{name}"),
            render::terminal(&fixtures::one(name))
        );
    }
}

#[test]
fn texts_are_short_whatever_the_document_holds() {
    for (name, document) in fixtures::all() {
        let markdown = render::markdown(&document);
        // GitHub's limit of a comment.
        assert!(markdown.chars().count() < 65_536, "{name}");
        let terminal = render::terminal(&document);
        assert!(
            terminal.lines().count() <= 100,
            "{name}: {}",
            terminal.lines().count()
        );
        assert!(
            terminal.lines().all(|line| line.chars().count() <= 100),
            "{name}"
        );
    }
    let wide = fixtures::wide(200, 30);
    assert!(render::markdown(&wide).len() < 20_000);
    assert!(render::terminal(&wide).lines().count() < 40);
}

#[test]
fn hostile_names_neither_format_nor_steer() {
    let document = fixtures::one("hostile");
    let markdown = render::markdown(&document);
    for raw in [
        "<script",
        "<img",
        "@everyone",
        "https://",
        "\u{202e}",
        "\u{1b}",
    ] {
        assert!(!markdown.contains(raw), "{raw:?}");
    }
    let opened = markdown.matches("<details>").count();
    assert_eq!(opened, markdown.matches("</details>").count());
    let terminal = render::terminal(&document);
    let steers = |c: char| c.is_control() && c != '\n';
    assert!(!terminal.contains(steers) && !terminal.contains('\u{202e}'));
}

#[test]
fn rows_of_a_markdown_table_have_as_many_cells_as_its_head() {
    for (name, document) in fixtures::all() {
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        let markdown = render::markdown(&document);
        let mut head = None;
        for line in markdown.lines() {
            if !line.starts_with('|') {
                head = None;
                continue;
            }
            let head = *head.get_or_insert(cells(line));
            assert_eq!(cells(line), head, "{name}: {line}");
        }
    }
}

#[test]
fn an_empty_document_says_that_it_cannot_tell() {
    for text in [
        render::markdown(&Document::default()),
        render::terminal(&Document::default()),
    ] {
        assert!(text.contains("cannot tell"), "{text}");
        assert!(text.contains("no rows to compare"), "{text}");
    }
}
