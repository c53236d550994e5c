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
    let drifted = figure.low.is_some_and(|low| low > AREA);
    let ngrams = found.ngrams.iter().take(NAMED);
    let ngrams: Vec<String> = ngrams.map(|n| format!("“{}”", n.text)).collect();
    let sentence = match figure.value {
        None => format!("{column}: there are too few texts to compare"),
        Some(_) if drifted => format!(
            "The texts of {column} are not what they were; they differ most in {}",
            ngrams.join(", ")
        ),
        Some(area) => format!(
            "No classifier tells the texts of {column} from those before (area under the curve {area:.2})"
        ),
    };
    JointDrift {
        method: "text_domain".to_owned(),
        figure: figure.into(),
        lower: None,
        upper: Some(AREA),
        drifted,
        columns: if drifted {
            vec![column.to_owned()]
        } else {
            Vec::new()
        },
        sentence,
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
        methods: Vec::new(),
    };
    if before.names().len() < 2 {
        return Ok(joint);
    }
    let plan = plan(sides);
    joint
        .told
        .push(told_domain(&domain_classifier(before, now, &plan)));
    joint.told.extend(reconstruction(before, now));
    joint.methods = methods(&plan);
    Ok(joint)
}

fn methods(plan: &DomainPlan) -> Vec<Method> {
    let classifier = Method {
        name: "domain_classifier".to_owned(),
        area: "drift".to_owned(),
        definition: "area under the curve of a classifier that tells current from reference rows, cross-validated"
            .to_owned(),
        threshold: Some(AREA),
        parameters: [
            ("rows_max".to_owned(), plan.rows.into()),
            ("folds".to_owned(), plan.folds.into()),
            ("seed".to_owned(), plan.seed.into()),
        ]
        .into(),
        source: None,
    };
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
    vec![classifier, reconstruction]
}

fn told_domain(domain: &Domain) -> JointDrift {
    let figure = &domain.comparison.statistic;
    let drifted = figure.low.is_some_and(|low| low > AREA);
    let columns: Vec<String> = domain
        .columns
        .iter()
        .filter(|c| c.drop > 0.0)
        .take(NAMED)
        .map(|c| c.name.clone())
        .collect();
    let area = figure.value.unwrap_or(0.5);
    let sentence = if drifted {
        format!(
            "A classifier tells current rows from the reference with an area under its curve of {area:.2}, most of all by {}",
            columns.join(", ")
        )
    } else {
        format!(
            "No classifier tells current rows from the reference (area under the curve {area:.2})"
        )
    };
    JointDrift {
        method: "domain_classifier".to_owned(),
        figure: figure.into(),
        lower: None,
        upper: Some(AREA),
        drifted,
        columns,
        sentence,
    }
}

fn reconstruction(before: &Table<'_>, now: &Table<'_>) -> Option<JointDrift> {
    let fitted = Reconstruction::fit(before, SHARE_KEPT).ok()?;
    let (old, new) = (fitted.distances(before).ok()?, fitted.distances(now).ok()?);
    let size = old.len().div_ceil(WINDOWS).max(1);
    let band = WindowBand::of(&Reconstruction::errors(&old, size))?;
    let figure: Figure = Reconstruction::error(&new);
    let outside = figure.low.is_some_and(|low| low > band.high)
        || figure.high.is_some_and(|high| high < band.low);
    let word = if outside { "do not keep" } else { "keep" };
    Some(JointDrift {
        method: "pca_reconstruction".to_owned(),
        figure: (&figure).into(),
        lower: Some(band.low),
        upper: Some(band.high),
        drifted: outside,
        columns: Vec::new(),
        sentence: format!("The inputs {word} to each other as they did"),
    })
}
