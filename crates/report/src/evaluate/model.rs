//! The model as a whole: how good it is by its outcomes and without them, whether its scores mean what they say,
//! how it treats groups, and where it is worse.

mod binary;
mod estimated;
mod estimated_classes;
mod fair;
mod multiclass;
mod ranking;
mod regression;
mod reliability;
mod sliced;
mod told;

use super::Section;
use super::column::Sides;
use crate::document::Document;
use crate::error::Result;
use crate::table::{Table, place};
use crate::values::{NO_WORD, Values, Words};
use candor_contract::spec::Task;
use candor_stats::slices::Feature;

/// Tells everything that needs answers and outcomes.
pub(super) fn tell(document: &mut Document, sides: &Sides<'_>, features: &[Feature]) -> Result<()> {
    let loss = match sides.roles.task {
        Some(Task::Binary) => binary::tell(document, sides)?,
        Some(Task::Regression) => regression::tell(document, sides)?,
        Some(Task::Multiclass) => multiclass::tell(document, sides)?,
        Some(Task::Ranking) => return ranking::tell(document, sides),
        task => {
            let sentence = match task {
                None => "The spec names no task, and no output of a model was found.".to_owned(),
                Some(task) => format!("It is not told of models whose task is {task}."),
            };
            for section in [
                "performance",
                "estimated_performance",
                "calibration",
                "fairness",
                "slices",
            ] {
                document.absent.insert(section.to_owned(), sentence.clone());
            }
            return Ok(());
        }
    };
    if !sides.request.options.tells(Section::Slices) {
        return Ok(());
    }
    match loss {
        Some(loss) => sliced::tell(document, &loss, features),
        None => absent(
            document,
            "slices",
            "No current row has both an answer and an outcome.",
        ),
    }
    Ok(())
}

/// What each current row lost, for slices.
struct Loss {
    /// NaN where it is not known.
    rows: Vec<f64>,
    /// What is measured, e.g. `error_rate` or `absolute_error`.
    measure: &'static str,
}

fn absent(document: &mut Document, section: &str, sentence: &str) {
    document
        .absent
        .insert(section.to_owned(), sentence.to_owned());
}

/// A column of numbers; NaN where one is missing. `None` if there is no such column.
fn numbers(table: &dyn Table, name: Option<&str>) -> Result<Option<Vec<f64>>> {
    let Some((at, name)) = name.and_then(|name| Some((place(table, name)?, name))) else {
        return Ok(None);
    };
    let kind = table.fields()[at].kind;
    Ok(Some(match Values::of(&table.read(at)?, kind, name)? {
        Values::Numbers(numbers) => numbers,
        Values::Words(words) => {
            let number = |word: &String| word.trim().parse().unwrap_or(f64::NAN);
            let of_word: Vec<f64> = words.words.iter().map(number).collect();
            let of = |code: &u32| of_word.get(*code as usize).copied().unwrap_or(f64::NAN);
            words.codes.iter().map(of).collect()
        }
        Values::Opaque { rows, .. } => vec![f64::NAN; rows as usize],
    }))
}

/// A column of words. `None` if there is no such column.
fn words(table: &dyn Table, name: Option<&str>) -> Result<Option<Words>> {
    let Some((at, name)) = name.and_then(|name| Some((place(table, name)?, name))) else {
        return Ok(None);
    };
    let kind = table.fields()[at].kind;
    Ok(Some(Values::of(&table.read(at)?, kind, name)?.into_words()))
}

/// Whether each word is the positive class; `None` where there is none.
fn positives(words: &Words, positive: &str) -> Vec<Option<bool>> {
    let is: Vec<bool> = words
        .words
        .iter()
        .map(|word| same(word, positive))
        .collect();
    let of = |code: &u32| is.get(*code as usize).copied().filter(|_| *code != NO_WORD);
    words.codes.iter().map(of).collect()
}

/// Files disagree on how a class is written: `1`, `1.0` and `true`.
fn same(word: &str, class: &str) -> bool {
    let plain = |text: &str| match text {
        "true" | "True" | "1.0" => "1".to_owned(),
        "false" | "False" | "0.0" => "0".to_owned(),
        other => other.to_owned(),
    };
    word == class || plain(word) == plain(class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_the_same_however_it_is_written() {
        let words = Words {
            codes: vec![0, 1, NO_WORD],
            words: vec!["1.0".to_owned(), "no".to_owned()],
        };
        assert_eq!(positives(&words, "1"), [Some(true), Some(false), None]);
        assert!(same("true", "1") && same("yes", "yes") && !same("2", "1"));
    }
}
