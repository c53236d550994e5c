//! Fairness against the reference implementation.

use crate::golden::{Case, Suite, column, number, texts};
use candor_stats::fairness::fairlearn::{self, Aggregate};
use candor_stats::fairness::{Attribute, Bounds, Counts, Rate, Rows, Verdict, count, table};

/// A column as codes and names.
fn coded(texts: &[Option<String>]) -> (Vec<u32>, Vec<String>) {
    let mut names: Vec<String> = texts.iter().flatten().cloned().collect();
    names.sort_unstable();
    names.dedup();
    let code = |t: &Option<String>| {
        let at = t.as_ref().and_then(|t| names.binary_search(t).ok());
        at.map_or(u32::MAX, |at| at as u32)
    };
    (texts.iter().map(code).collect(), names)
}

type Columns = (
    Vec<Option<bool>>,
    Vec<Option<bool>>,
    Vec<Vec<Option<String>>>,
);

fn columns(case: &Case) -> Option<Columns> {
    let flags = |xs: Vec<f64>| xs.into_iter().map(|x| Some(x > 0.5)).collect();
    if case.inputs.get("file").is_none() {
        let mut groups = vec![case.input("group").texts()];
        if let Some(second) = case.inputs["group2"].as_str() {
            let input = &case.inputs["group"];
            let rows = |at: usize| input["rows"][at].as_u64().unwrap() as usize;
            let all = texts(&column(input["data"].as_str().unwrap(), second)?);
            groups.push(all[rows(0)..rows(1)].to_vec());
        }
        let (y, z) = (
            case.input("y_true").numbers(),
            case.input("y_pred").numbers(),
        );
        return Some((flags(y), flags(z), groups));
    }
    let of = |name: &str| column(case.inputs["file"].as_str().unwrap(), name).map(|c| texts(&c));
    let amount = of("credit_amount")?;
    let low = amount
        .iter()
        .map(|a| a.as_ref().unwrap().parse::<f64>().unwrap() < 3000.0);
    let status = of("status")?;
    let good = status
        .iter()
        .map(|s| ["A13", "A14"].contains(&s.as_ref().unwrap().as_str()));
    let decisions = low.zip(good).map(|(a, b)| Some(a || b)).collect();
    let credit = of("credit")?;
    let outcomes = credit
        .iter()
        .map(|c| Some(c.as_ref().unwrap().parse::<f64>() == Ok(1.0)));
    let sex = of("personal_status")?.into_iter().map(|s| {
        let female = ["A92", "A95"].contains(&s.unwrap().as_str());
        Some(if female { "female" } else { "male" }.to_owned())
    });
    Some((outcomes.collect(), decisions, vec![sex.collect()]))
}

fn named(name: &str) -> Rate {
    match name {
        "precision" => Rate::Ppv,
        _ => Rate::ALL.into_iter().find(|r| r.name() == name).unwrap(),
    }
}

#[test]
fn groups_and_disparities() {
    let Some(suite) = Suite::open("fairness") else {
        return;
    };
    for case in suite.cases("fairness") {
        let Some((outcomes, decisions, groups)) = columns(&case) else {
            return;
        };
        let coded: Vec<_> = groups.iter().map(|g| coded(g)).collect();
        let attribute = |(codes, groups)| Attribute {
            name: "group",
            codes,
            groups,
        };
        let attributes: Vec<Attribute> = coded.iter().map(|(c, g)| attribute((c, g))).collect();
        let rows = Rows {
            decisions: &decisions,
            outcomes: &outcomes,
            scores: &[],
        };
        let found = table(&attributes, &rows);
        let want = case.expected["by_group"].as_object().unwrap();
        assert!(found.pooled.is_empty() && found.groups.len() == want.len());
        for group in &found.groups {
            for (name, value) in &want[&group.name].as_object().unwrap().clone() {
                let got = match name.as_str() {
                    "n" => group.n() as f64,
                    // Without a denominator fairlearn says 0, we that it is not known.
                    _ => group.rate(named(name)).value.unwrap_or(0.0),
                };
                case.close(&format!("{}: {name}", group.name), number(value), got);
            }
        }
        let counted = count(&attributes, &rows);
        let counts: Vec<Counts> = counted.into_iter().map(|(_, c)| c).collect();
        differences(&case, &counts);
        let parity = &found.disparities(&Bounds::default(), 1)[0];
        case.holds(
            "demographic_parity_difference",
            parity.difference.figure.value.unwrap(),
        );
        let ratio = parity.ratio.as_ref().unwrap();
        case.holds("demographic_parity_ratio", ratio.figure.value.unwrap());
        let want = if case.id.starts_with("german") {
            Verdict::Within
        } else {
            Verdict::Breach
        };
        assert_eq!(ratio.verdict, want, "{}: {ratio:?}", case.id);
    }
}

fn differences(case: &Case, counts: &[Counts]) {
    for (name, value) in case.expected["difference"].as_object().unwrap() {
        case.close(
            name,
            number(value),
            fairlearn::difference(counts, named(name)).unwrap(),
        );
    }
    for (name, value) in case.expected["ratio"].as_object().unwrap() {
        case.close(
            name,
            number(value),
            fairlearn::ratio(counts, named(name)).unwrap(),
        );
    }
    let told = [
        (
            "demographic_parity_difference",
            fairlearn::demographic_parity_difference(counts),
        ),
        (
            "demographic_parity_ratio",
            fairlearn::demographic_parity_ratio(counts),
        ),
        (
            "equal_opportunity_difference",
            fairlearn::equal_opportunity_difference(counts),
        ),
        (
            "equal_opportunity_ratio",
            fairlearn::equal_opportunity_ratio(counts),
        ),
        (
            "equalized_odds_difference",
            fairlearn::equalized_odds_difference(counts, Aggregate::WorstCase),
        ),
        (
            "equalized_odds_difference_mean",
            fairlearn::equalized_odds_difference(counts, Aggregate::Mean),
        ),
        (
            "equalized_odds_ratio",
            fairlearn::equalized_odds_ratio(counts, Aggregate::WorstCase),
        ),
    ];
    for (name, got) in told {
        case.holds(name, got.unwrap());
    }
}
