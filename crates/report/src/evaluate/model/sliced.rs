//! Groups of rows in which the model is worse than elsewhere.

use super::Loss;
use crate::document::{Document, Method, Slice};
use candor_stats::slices::{Condition, Feature, Options, Search, Target, Test, search};

/// Slices that are told.
const TOLD: usize = 10;

/// Tells the worst slices.
pub(super) fn tell(document: &mut Document, loss: &Loss, features: &[Feature]) {
    if features.is_empty() {
        return super::absent(
            document,
            "slices",
            "There are no inputs to look for slices in.",
        );
    }
    let options = Options {
        most: TOLD,
        ..Options::default()
    };
    let Search { slices, tried, .. } = search(features, &Target::Losses(&loss.rows), &options);
    let known = loss.rows.iter().filter(|x| x.is_finite());
    let (all, count) = known.fold((0.0, 0_u64), |(sum, n), x| (sum + x, n + 1));
    let told = slices.into_iter().map(|slice| {
        let conditions: Vec<String> = slice.conditions.iter().map(spelled).collect();
        let own = slice.inside.value.map(|mean| mean * slice.n as f64);
        Slice {
            description: conditions.join(" and "),
            n: slice.n,
            share: Some(slice.support),
            measure: loss.measure.to_owned(),
            inside: slice.inside.into(),
            outside: slice.outside.into(),
            difference: slice.effect.into(),
            share_of_loss: own.filter(|_| all > 0.0).map(|own| own / all),
            adjusted_p_value: Some(slice.adjusted_p_value),
        }
    });
    document.slices = told.collect();
    document.methods.push(Method {
        name: "slices".to_owned(),
        area: "slices".to_owned(),
        definition: "conjunctions of up to three conditions whose rows lose more than all others"
            .to_owned(),
        parameters: [
            ("tried".to_owned(), tried.into()),
            ("rows".to_owned(), count.into()),
            ("support_min".to_owned(), options.support_min.into()),
            ("alpha".to_owned(), options.level.into()),
            ("correction".to_owned(), "benjamini_hochberg".into()),
        ]
        .into(),
        ..Method::default()
    });
}

/// A condition with bounds in as many digits as people read.
fn spelled(condition: &Condition) -> String {
    let short = |x: f64| format!("{:.5e}", x).parse::<f64>().unwrap_or(x);
    let test = match &condition.test {
        Test::Below(to) => Test::Below(short(*to)),
        Test::AtLeast(from) => Test::AtLeast(short(*from)),
        Test::Between(from, to) => Test::Between(short(*from), short(*to)),
        other => other.clone(),
    };
    let column = condition.column.clone();
    Condition { column, test }.to_string()
}
