//! Scenarios as pages: a title, some sentences, and the object in a fenced block of YAML.

use crate::spec::object::{Body, Object};
use crate::spec::parse;
use crate::spec::problem::{Problem, Problems};

/// A scenario with what its page says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioPage {
    /// The page's title; of a plain file, the scenario's name.
    pub title: String,
    /// What happens and what is expected, in words; may be empty.
    pub about: String,
    /// The scenario.
    pub object: Object,
}

/// A page's one block of YAML.
struct Block {
    text: String,
    /// Lines of the page before it.
    lines_before: u32,
}

/// Reads a scenario from a Markdown page, or from a plain file of YAML or JSON. Lines of problems are
/// those of the page.
///
/// # Errors
/// All that is wrong with it; also if there is not just one scenario.
pub fn scenario_of_page(text: &str) -> Result<ScenarioPage, Problems> {
    if !is_page(text) {
        let object = only_scenario(parse(text)?)?;
        return Ok(ScenarioPage {
            title: object.metadata.name.clone(),
            about: String::new(),
            object,
        });
    }
    let block = block(text)?;
    let objects = parse(&block.text).map_err(|problems| moved(&problems, block.lines_before))?;
    let object = only_scenario(objects)?;
    Ok(ScenarioPage {
        title: title(text).unwrap_or_else(|| object.metadata.name.clone()),
        about: about(text),
        object,
    })
}

/// A page begins with its title, or has a fenced block.
fn is_page(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim_end);
    lines.clone().any(|line| fence(line).is_some()) || lines.any(|line| line.starts_with("## "))
}

/// The word after the backticks that open or close a block.
fn fence(line: &str) -> Option<&str> {
    line.strip_prefix("```").map(str::trim)
}

fn block(text: &str) -> Result<Block, Problems> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<Option<Block>> = None;
    for (number, line) in (1u32..).zip(text.lines()) {
        match (fence(line), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take().flatten()),
            (Some(word), None) => {
                open = Some(matches!(word, "yaml" | "yml").then(|| Block {
                    text: String::new(),
                    lines_before: number,
                }));
            }
            (None, Some(Some(block))) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            _ => {}
        }
    }
    blocks.extend(open.flatten());
    let count = blocks.len();
    match (count, blocks.pop()) {
        (1, Some(block)) => Ok(block),
        (0, _) => Err(Problem::new("", "This page has no scenario")
            .hint("Put it between ```yaml and ```")
            .into()),
        _ => {
            let message = format!("One scenario must be on this page, not {count} blocks of YAML");
            Err(Problem::new("", message).into())
        }
    }
}

fn only_scenario(mut objects: Vec<Object>) -> Result<Object, Problems> {
    let count = objects.len();
    match (count, objects.pop()) {
        (1, Some(object)) if matches!(object.spec, Body::Scenario(_)) => Ok(object),
        (1, Some(object)) => {
            let message = format!("A Scenario must be here, not a {}", object.kind);
            Err(Problem::new("kind", message).into())
        }
        _ => {
            let message = format!("One scenario must be here, not {count} objects");
            Err(Problem::new("", message).into())
        }
    }
}

fn moved(problems: &Problems, lines: u32) -> Problems {
    let moved = problems.iter().cloned().map(|mut problem| {
        problem.line = problem.line.map(|line| line + lines);
        problem
    });
    moved.collect::<Vec<_>>().into()
}

fn title(text: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.strip_prefix("# "));
    line.map(|title| title.trim().to_owned())
}

/// The words between the title and the first block, a paragraph a line.
fn about(text: &str) -> String {
    let words = text
        .lines()
        .skip_while(|line| line.trim().is_empty() || line.starts_with("# "))
        .take_while(|line| fence(line).is_none());
    let mut about = String::new();
    for line in words.map(str::trim) {
        match (line.is_empty(), about.is_empty() || about.ends_with('\n')) {
            (true, false) => about.push('\n'),
            (true, true) => {}
            (false, at_start) => {
                if !at_start {
                    about.push(' ');
                }
                about.push_str(line);
            }
        }
    }
    about.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Missing debt ratios

The bureau is away
for a day.

Candor tells of it.

```yaml
apiVersion: candor/v1
kind: Scenario
metadata: {name: missing}
spec: {days: 3}
```

More words.
";

    #[test]
    fn a_page_has_a_title_words_and_a_scenario() {
        let page = scenario_of_page(PAGE).unwrap();
        assert_eq!(page.title, "Missing debt ratios");
        assert_eq!(
            page.about,
            "The bureau is away for a day.\nCandor tells of it."
        );
        assert_eq!(page.object.scenario().unwrap().days, 3);
    }

    #[test]
    fn a_plain_file_is_a_page_without_words() {
        let text = "# A comment.\napiVersion: candor/v1\nkind: Scenario\nmetadata: {name: plain}\n\
                    spec: {}\n";
        let page = scenario_of_page(text).unwrap();
        assert_eq!((page.title.as_str(), page.about.as_str()), ("plain", ""));
    }

    #[test]
    fn what_is_wrong_is_told_with_the_line_of_the_page() {
        let without = "# Title\n\nWords.\n\n## More\n";
        let twice = format!("{PAGE}\n```yaml\na: 1\n```\n");
        let other = PAGE.replace("Scenario", "Runbook");
        let wrong = PAGE.replace("days: 3", "dayz: 3");
        for (text, told) in [
            (without, "This page has no scenario."),
            (&twice, "not 2 blocks of YAML"),
            (&other, "A Scenario must be here, not a Runbook"),
            (&wrong, "12:8: spec.dayz: `dayz` is not a known key"),
        ] {
            let problems = scenario_of_page(text).unwrap_err().to_string();
            assert!(problems.contains(told), "{problems}");
        }
    }
}
