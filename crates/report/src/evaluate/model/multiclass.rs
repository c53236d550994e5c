//! Several classes.

use super::estimated_classes::Scored;
use super::{Loss, absent, estimated_classes, fair, numbers, reliability, told, words};
use crate::document::{Confusion, Curve, Document, Outcomes};
use crate::error::Result;
use crate::evaluate::Section;
use crate::evaluate::column::Sides;
use crate::table::Table;
use crate::values::{NO_WORD, Words};
use crate::windows::Windows;
use candor_stats::performance::{ClassOptions, ClassRows, MISSING, Measured, Multiclass};

/// Metrics window by window.
const BY_WINDOW: [&str; 4] = ["accuracy", "f1_macro", "roc_auc_macro", "log_loss"];
/// Classes of a table that people can read.
const TABLE_MAX: usize = 20;

/// Answers and outcomes of one side, by the codes of all classes.
struct Side {
    labels: Vec<u32>,
    predicted: Option<Vec<u32>>,
    scores: Option<Vec<Vec<f64>>>,
}

impl Side {
    /// The class that each row was given: the one that the model chose, else the likeliest.
    fn decided(&self) -> Vec<u32> {
        self.predicted.clone().unwrap_or_else(|| likeliest(self))
    }

    fn scored(&self) -> Scored<'_> {
        let columns = self.scores.as_ref();
        Scored {
            labels: &self.labels,
            class: self.decided(),
            scores: columns.map(|all| all.iter().map(Vec::as_slice).collect()),
        }
    }

    /// How often the class that each row was given is right, by its score.
    fn curve(&self) -> Option<Curve> {
        let scores = self.scores.as_ref()?;
        let decided = self.decided().into_iter();
        let rows = decided.zip(&self.labels).enumerate();
        reliability::curve(rows.filter_map(|(row, (class, label))| {
            let score = scores.get(class as usize)?.get(row)?;
            (*label != MISSING).then_some((class == *label, *score))
        }))
    }
}

/// Tells everything of a model; what each current row lost.
pub(super) fn tell(document: &mut Document, sides: &Sides<'_>) -> Result<Option<Loss>> {
    let roles = sides.roles;
    if roles.class.is_none() && roles.scores.is_empty() {
        let sentence = "The data have neither a class that the model chose nor scores by class.";
        for section in [
            "performance",
            "estimated_performance",
            "calibration",
            "fairness",
        ] {
            absent(document, section, sentence);
        }
        return Ok(None);
    }
    let mut classes: Vec<String> = roles
        .scores
        .iter()
        .map(|(class, _)| class.clone())
        .collect();
    let before = side(sides, sides.request.reference, &mut classes)?;
    let now = side(sides, sides.request.current, &mut classes)?;
    let tells = |section| sides.request.options.tells(section);
    if tells(Section::EstimatedPerformance) {
        estimated_classes::tell(document, sides, &before.scored(), &now.scored());
    }
    if tells(Section::Calibration) {
        let of = "the class that the model chose".to_owned();
        reliability::tell(document, of, now.curve(), before.curve());
    }
    let known = now.labels.iter().filter(|label| **label != MISSING).count() as u64;
    if known == 0 {
        absent(
            document,
            "performance",
            "No current row has an outcome yet.",
        );
        absent(document, "fairness", "No current row has an outcome yet.");
        return Ok(None);
    }
    if tells(Section::Performance) {
        performance(document, sides, (&before, &now), &classes, known);
    }
    let decided = now.decided();
    let right = |(label, decided): (&u32, &u32)| {
        (*label != MISSING && *decided != MISSING).then_some(label == decided)
    };
    let right: Vec<Option<bool>> = now.labels.iter().zip(&decided).map(right).collect();
    // Of several classes groups are compared by how often the model is right about them.
    let certain = vec![Some(true); right.len()];
    if tells(Section::Fairness) {
        fair::tell(document, sides, &certain, &right, None)?;
    }
    let rows = right
        .iter()
        .map(|right| right.map_or(f64::NAN, |right| f64::from(!right)));
    Ok(Some(Loss {
        rows: rows.collect(),
        measure: "error_rate",
    }))
}

fn side(sides: &Sides<'_>, table: &dyn Table, classes: &mut Vec<String>) -> Result<Side> {
    let roles = sides.roles;
    let labels = words(table, roles.outcome.as_deref())?;
    let predicted = words(table, roles.class.as_deref())?;
    let labels = match labels {
        Some(labels) => coded(&labels, classes),
        None => vec![MISSING; table.rows() as usize],
    };
    let predicted = predicted.map(|words| coded(&words, classes));
    let mut scores = Vec::new();
    for (_, column) in &roles.scores {
        scores.extend(numbers(table, Some(column))?);
    }
    // Scores count only if every class has them.
    let complete = !scores.is_empty() && scores.len() == classes.len();
    Ok(Side {
        labels,
        predicted,
        scores: complete.then_some(scores),
    })
}

/// Codes among all classes; new ones are added at the end.
fn coded(words: &Words, classes: &mut Vec<String>) -> Vec<u32> {
    let mut place = |word: &String| {
        let at = classes.iter().position(|class| super::same(word, class));
        at.unwrap_or_else(|| {
            classes.push(word.clone());
            classes.len() - 1
        }) as u32
    };
    let of_word: Vec<u32> = words.words.iter().map(&mut place).collect();
    let of = |code: &u32| match *code {
        NO_WORD => MISSING,
        code => of_word.get(code as usize).copied().unwrap_or(MISSING),
    };
    words.codes.iter().map(of).collect()
}

fn likeliest(side: &Side) -> Vec<u32> {
    let Some(scores) = &side.scores else {
        return vec![MISSING; side.labels.len()];
    };
    let best = |row: usize| {
        let own = scores
            .iter()
            .enumerate()
            .map(|(class, column)| (class as u32, column[row]));
        let best = own
            .filter(|(_, x)| !x.is_nan())
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        best.map_or(MISSING, |(class, _)| class)
    };
    (0..side.labels.len()).map(best).collect()
}

fn performance(
    document: &mut Document,
    sides: &Sides<'_>,
    (before, now): (&Side, &Side),
    classes: &[String],
    known: u64,
) {
    let options = ClassOptions::default();
    let columns = |side: &'_ Side| -> Option<Vec<Vec<f64>>> { side.scores.clone() };
    let measured = |side: &Side, windows: Option<&Windows>| -> (Vec<Multiclass>, usize) {
        let scores = columns(side);
        let scores: Option<Vec<&[f64]>> = scores
            .as_ref()
            .map(|s| s.iter().map(Vec::as_slice).collect());
        let rows = ClassRows {
            classes: classes.len() as u32,
            labels: &side.labels,
            predicted: side.predicted.as_deref(),
            scores: scores.as_deref(),
            weights: None,
        };
        match windows {
            None => (vec![Multiclass::new(&rows, &options)], 1),
            Some(windows) => {
                let made = Multiclass::by_window(&rows, &windows.of_row, windows.count(), &options);
                (made, windows.count())
            }
        }
    };
    let figures = |side: &Side, windows: Option<&Windows>| -> Vec<Vec<Measured>> {
        measured(side, windows)
            .0
            .iter()
            .map(Multiclass::figures)
            .collect()
    };
    let (new, old) = (
        figures(now, None).remove(0),
        figures(before, None).remove(0),
    );
    let tells = |name: &str| !name.starts_with("accuracy@");
    let mut performance = told::performance(&new, &old, &tells);
    performance.outcomes = Some(Outcomes {
        coverage: told::coverage(known, now.labels.len() as u64),
        sentence: None,
    });
    if classes.len() <= TABLE_MAX {
        let cells = |side: &Side| -> Vec<Vec<u64>> {
            let whole = measured(side, None).0.pop();
            let rows = whole.as_ref().and_then(Multiclass::matrix).map(|matrix| {
                matrix
                    .rows()
                    .map(|row| row.iter().map(|n| *n as u64).collect())
                    .collect()
            });
            rows.unwrap_or_default()
        };
        performance.confusion = Some(Confusion {
            classes: classes.to_vec(),
            current: cells(now),
            reference: cells(before),
        });
    }
    told::methods(document, &new, &tells);
    document.performance = Some(performance);
    let in_windows = figures(now, Some(sides.current));
    let reference = figures(before, Some(sides.reference));
    told::windows(document, sides, &in_windows, &reference, &BY_WINDOW);
}
