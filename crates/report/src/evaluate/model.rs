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
use crate::document::{Band, Document, Method};
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
                Some(task) => format!("Reports do not tell it of models whose task is {task}."),
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

/// Adds the methods of estimates, of calibration and of bands, where they were used.
pub(super) fn methods(document: &mut Document) {
    let method = |name: &str, area: &str, definition: &str| Method {
        name: name.to_owned(),
        area: area.to_owned(),
        definition: definition.to_owned(),
        ..Method::default()
    };
    let mut used = Vec::new();
    if let Some(estimated) = &document.estimated_performance {
        let definition = match estimated.method.as_str() {
            "dle" => {
                "the error of each row by a gradient-boosted model of the inputs and the answer, learnt from the reference"
            }
            _ => {
                "the expected table of outcomes and answers from scores that are calibrated on the reference"
            }
        };
        used.push(method(
            &estimated.method,
            "estimated_performance",
            definition,
        ));
    }
    if document.calibration.is_some() {
        let definition = "expected calibration error: mean gap between score and share that came true, in ten bins of equally \
                          many rows, weighted by rows";
        used.push(method("ece", "calibration", definition));
    }
    let bands = &document.bands;
    let all = [
        &bands.drift,
        &bands.quality,
        &bands.performance,
        &bands.estimated_performance,
    ];
    let learnt = |band: &Band| band.low.is_some() || band.high.is_some();
    if all.into_iter().flat_map(|bands| bands.values()).any(learnt) {
        let definition = "band of a measure over windows of the reference: median ± 3 × 1.4826 × median absolute deviation, \
                          widened by its standard error";
        used.push(method("median_mad", "windows", definition));
    }
    document.methods.extend(used);
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
