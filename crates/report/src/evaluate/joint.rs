//! Methods that look at all inputs together.

use super::column::Sides;
use super::taken::ROWS_MAX;
use crate::document::{JointDrift, Method};
use crate::error::Result;
use crate::table::Table as Source;
use crate::values::{Values, Words};
use candor_stats::Figure;
use candor_stats::drift::{
    Domain, DomainPlan, Reconstruction, SHARE_KEPT, Table, TextDomain, TextPlan, WindowBand,
    domain_classifier, text_domain,
};

/// Rows of a side that a classifier learns from and judges.
const DOMAIN_ROWS: usize = 4_000;
/// Windows that the reference is cut into for the band of the reconstruction error.
const WINDOWS: usize = 20;
/// An area under the classifier's curve whose interval begins above this is drift.
pub(super) const AREA: f64 = 0.55;
/// Columns that are named.
const NAMED: usize = 5;

/// What methods say that look at all inputs together, and how.
#[derive(Default)]
pub(super) struct Joint {
    pub(super) told: Vec<JointDrift>,
    pub(super) methods: Vec<Method>,
    /// What cannot be told, and why.
    pub(super) absent: Vec<(&'static str, &'static str)>,
}

/// What a classifier finds in the texts of each column of `texts`.
fn of_texts(sides: &Sides<'_>, texts: &[String]) -> Result<Vec<JointDrift>> {
    let plan = TextPlan {
        domain: plan(sides),
        ..TextPlan::default()
    };
    let mut told = Vec::new();
    for column in sides
        .roles
        .columns
        .iter()
        .filter(|c| texts.contains(&c.name))
    {
        let (Some(before), Some(now)) = (column.reference, column.current) else {
            continue;
        };
        let read = |table: &dyn Source, at| -> Result<Words> {
            let parts = table.read(at)?;
            Ok(Values::of(&parts, column.kind, &column.name)?.into_words())
        };
        let before = read(sides.request.reference, before)?;
        let now = read(sides.request.current, now)?;
        let found = text_domain(&spelled(&before), &spelled(&now), &plan);
        told.push(told_texts(&column.name, &found));
    }
    Ok(told)
}

fn plan(sides: &Sides<'_>) -> DomainPlan {
    DomainPlan {
        seed: sides.request.options.seed,
        rows: DOMAIN_ROWS,
        ..DomainPlan::default()
    }
}

fn spelled(words: &Words) -> Vec<Option<&str>> {
    let word = |code: &u32| words.words.get(*code as usize).map(String::as_str);
    words.codes.iter().map(word).collect()
}

fn told_texts(column: &str, found: &TextDomain) -> JointDrift {
    let figure = &found.comparison.statistic;
    let ngrams = found.ngrams.iter().take(NAMED);
    let ngrams: Vec<String> = ngrams.map(|n| format!("“{}”", n.text)).collect();
    let apart = Apart::of(figure);
    let sentence = match apart {
        Apart::Unknown => format!("{column}: there are too few texts to compare"),
        Apart::Clearly => format!(
            "The texts of {column} are not what they were; they differ most in {}",
            ngrams.join(", ")
        ),
        _ => apart.sentence(figure, &format!("the texts of {column} from those before")),
    };
    let columns = vec![column.to_owned()];
    apart.told("text_domain", figure, columns, sentence)
}

/// Whether a classifier tells two samples apart, by the interval of the area under its curve.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Apart {
    /// There is no figure.
    Unknown,
    /// All of the interval is beyond the bound.
    Clearly,
    /// The interval has the bound inside, and not what no difference gives.
    Hardly,
    /// The interval has both inside.
    Perhaps,
    /// None of the interval is beyond the bound.
    No,
}

impl Apart {
    pub(super) fn of(figure: &Figure) -> Self {
        let (low, high) = match (figure.value, figure.low, figure.high) {
            (None, _, _) => return Self::Unknown,
            (Some(value), low, high) => (low.unwrap_or(value), high.unwrap_or(value)),
        };
        match (low > AREA, high > AREA, low > 0.5) {
            (true, _, _) => Self::Clearly,
            (_, true, true) => Self::Hardly,
            (_, true, false) => Self::Perhaps,
            _ => Self::No,
        }
    }

    /// What it means where it is not clear; `what` is, e.g., `current rows from the reference`.
    pub(super) fn sentence(self, figure: &Figure, what: &str) -> String {
        let area = figure.value.unwrap_or(0.5);
        let interval = figure.low.zip(figure.high);
        let interval = interval.map_or_else(String::new, |(low, high)| {
            format!(", {low:.3} to {high:.3}")
        });
        match self {
            Self::Hardly => format!(
                "A classifier hardly tells {what}: the area under its curve is {area:.3}{interval}; the {AREA} that is \
                 allowed at most lies in between"
            ),
            Self::Perhaps | Self::Unknown => format!(
                "So few rows cannot say whether a classifier tells {what}: the area under its curve is \
                 {area:.3}{interval}; the {AREA} that is allowed at most lies in between"
            ),
            _ => format!("No classifier tells {what} (area under the curve {area:.2})"),
        }
    }

    /// The verdict; `columns` are what tells apart, if it does.
    pub(super) fn told(
        self,
        method: &str,
        figure: &Figure,
        columns: Vec<String>,
        sentence: String,
    ) -> JointDrift {
        let drifted = self == Self::Clearly;
        JointDrift {
            method: method.to_owned(),
            figure: figure.into(),
            lower: None,
            upper: Some(AREA),
            drifted,
            undecided: matches!(self, Self::Unknown | Self::Hardly | Self::Perhaps),
            columns: if drifted { columns } else { Vec::new() },
            sentence,
        }
    }
}

/// The domain classifier, the error of reconstruction, and what a classifier finds in texts.
pub(super) fn look(
    sides: &Sides<'_>,
    (before, now): &(Table<'_>, Table<'_>),
    texts: &[String],
) -> Result<Joint> {
    let mut joint = Joint {
        told: of_texts(sides, texts)?,
        ..Joint::default()
    };
    if !joint.told.is_empty() {
        joint.methods.push(of_text_domain(&plan(sides)));
    }
    if before.names().len() < 2 {
        return Ok(joint);
    }
    let plan = plan(sides);
    joint
        .told
        .push(told_domain(&domain_classifier(before, now, &plan)));
    let (classifier, reconstructing) = methods(&plan);
    joint.methods.push(classifier);
    match reconstruction(before, now) {
        Reconstructed::Told(told) => {
            joint.told.push(*told);
            joint.methods.push(reconstructing);
        }
        Reconstructed::NothingLost => joint.absent.push((
            "pca_reconstruction",
            "The reference's principal components keep all that its columns hold, so that rows cannot be badly \
             reconstructed from them.",
        )),
        Reconstructed::Nothing => {}
    }
    Ok(joint)
}

/// The classifier and the reconstruction.
fn methods(plan: &DomainPlan) -> (Method, Method) {
    let classifier = of_classifier(
        "domain_classifier",
        "area under the curve of a classifier that tells current from reference rows, cross-validated",
        plan,
    );
    let reconstruction = Method {
        name: "pca_reconstruction".to_owned(),
        area: "drift".to_owned(),
        definition:
            "mean distance of rows from their image in the reference's principal components"
                .to_owned(),
        threshold: None,
        parameters: [
            ("variance_kept".to_owned(), SHARE_KEPT.into()),
            ("rows_max".to_owned(), ROWS_MAX.into()),
            ("reference_windows".to_owned(), WINDOWS.into()),
        ]
        .into(),
        source: Some("NannyML".to_owned()),
    };
    (classifier, reconstruction)
}

/// How texts are compared.
fn of_text_domain(plan: &DomainPlan) -> Method {
    of_classifier(
        "text_domain",
        "area under the curve of a linear classifier that tells current from reference texts by their words \
         and runs of letters, cross-validated",
        plan,
    )
}

fn of_classifier(name: &str, definition: &str, plan: &DomainPlan) -> Method {
    Method {
        name: name.to_owned(),
        area: "drift".to_owned(),
        definition: definition.to_owned(),
        threshold: Some(AREA),
        parameters: [
            ("rows_max".to_owned(), plan.rows.into()),
            ("folds".to_owned(), plan.folds.into()),
            ("seed".to_owned(), plan.seed.into()),
        ]
        .into(),
        source: None,
    }
}

fn told_domain(domain: &Domain) -> JointDrift {
    let figure = &domain.comparison.statistic;
    let telling = domain.columns.iter().filter(|c| c.drop > 0.0);
    let columns: Vec<String> = telling.take(NAMED).map(|c| c.name.clone()).collect();
    let apart = Apart::of(figure);
    let sentence = match (apart, figure.value) {
        (Apart::Unknown, _) => "There are too few rows to compare all inputs together".to_owned(),
        (Apart::Clearly, Some(area)) => format!(
            "A classifier tells current rows from the reference with an area under its curve of {area:.2}{}",
            most_by(&columns)
        ),
        _ => apart.sentence(figure, "current rows from the reference"),
    };
    apart.told("domain_classifier", figure, columns, sentence)
}

fn most_by(columns: &[String]) -> String {
    if columns.is_empty() {
        return String::new();
    }
    format!(", most of all by {}", columns.join(", "))
}

/// What the error of reconstruction says.
enum Reconstructed {
    Told(Box<JointDrift>),
    /// All components are kept, so that every error is nothing.
    NothingLost,
    /// There is too little of either side.
    Nothing,
}

/// Errors of less are those of arithmetic.
const NO_ERROR: f64 = 1e-9;

fn reconstruction(before: &Table<'_>, now: &Table<'_>) -> Reconstructed {
    let Ok(fitted) = Reconstruction::fit(before, SHARE_KEPT) else {
        return Reconstructed::Nothing;
    };
    let (Ok(old), Ok(new)) = (fitted.distances(before), fitted.distances(now)) else {
        return Reconstructed::Nothing;
    };
    let size = old.len().div_ceil(WINDOWS).max(1);
    let Some(band) = WindowBand::of(&Reconstruction::errors(&old, size)) else {
        return Reconstructed::Nothing;
    };
    if band.high < NO_ERROR {
        return Reconstructed::NothingLost;
    }
    let figure: Figure = Reconstruction::error(&new);
    let outside = figure.low.is_some_and(|low| low > band.high)
        || figure.high.is_some_and(|high| high < band.low);
    let word = if outside { "do not keep" } else { "keep" };
    Reconstructed::Told(Box::new(JointDrift {
        method: "pca_reconstruction".to_owned(),
        figure: (&figure).into(),
        lower: Some(band.low),
        upper: Some(band.high),
        drifted: outside,
        sentence: format!("The inputs {word} to each other as they did"),
        ..JointDrift::default()
    }))
}
