//! Drift of categories, and distances on bins, against the reference implementations.

use crate::golden::{Case, Suite, number};
use candor_stats::drift::evidently::{Feature, Test};
use candor_stats::drift::nannyml::{self, Continuous};
use candor_stats::drift::{self, Deviance, WidthRule};
use candor_stats::{Sorted, Tally, aligned};

fn tallies(case: &Case<'_>) -> (Tally, Tally) {
    let tally = |key| {
        let texts = case.input(key).texts();
        let missing = texts.iter().filter(|t| t.is_none()).count() as u64;
        Tally::new(texts.into_iter().flatten().map(|t| (t, 1)), missing)
    };
    (tally("reference"), tally("current"))
}

fn samples(case: &Case<'_>) -> (Sorted, Sorted) {
    let sorted = |key| Sorted::new(case.input(key).numbers());
    (sorted("reference"), sorted("current"))
}

fn told(comparison: &drift::Comparison) -> f64 {
    comparison.statistic.value.unwrap()
}

#[test]
fn contingency_tables() {
    let Some(suite) = Suite::open("drift_categorical") else {
        return;
    };
    for case in suite.cases("chi2_contingency") {
        let (reference, current) = tallies(&case);
        let (a, b) = aligned(&reference, &current);
        let yates = case.params["correction"].as_bool().unwrap();
        let table = drift::contingency(&a, &b, Deviance::Pearson, yates).unwrap();
        case.holds("statistic", table.statistic);
        case.holds("p", table.p_value);
        case.holds("dof", table.df as f64);
    }
    for case in suite.cases("g_test") {
        let (reference, current) = tallies(&case);
        let (a, b) = aligned(&reference, &current);
        let table = drift::contingency(&a, &b, Deviance::Likelihood, false).unwrap();
        case.holds("statistic", table.statistic);
        case.holds("p", table.p_value);
    }
    for case in suite.cases("fisher_exact") {
        let cell = |row: usize, at: usize| case.inputs["table"][row][at].as_u64().unwrap();
        let table = [[cell(0, 0), cell(0, 1)], [cell(1, 0), cell(1, 1)]];
        let exact = drift::fisher_exact(table);
        case.holds("odds_ratio", exact.odds_ratio);
        case.holds("p", exact.p_value);
    }
}

#[test]
fn distances_of_categories() {
    let Some(suite) = Suite::open("drift_categorical") else {
        return;
    };
    for case in suite.cases("categorical_distances") {
        let (reference, current) = tallies(&case);
        let (a, b) = aligned(&reference, &current);
        let counts = |c: &[u64]| c.iter().map(|n| *n as f64).collect::<Vec<_>>();
        case.holds_all("reference_counts", &counts(&a));
        case.holds_all("current_counts", &counts(&b));
        case.holds("tvd", told(&drift::tv(&a, &b)));
        case.holds("js_base2", told(&drift::js(&a, &b)));
        case.holds(
            "js_natural",
            drift::jensen_shannon(&counts(&a), &counts(&b)).unwrap(),
        );
        case.holds("hellinger", told(&drift::hellinger(&a, &b)));
        case.holds("psi_floor", told(&drift::psi(&a, &b)));
        case.holds(
            "psi_additive_half",
            drift::psi_additive(&a, &b, 0.5).unwrap(),
        );
        case.holds("cramers_v", drift::cramers_v(&a, &b).unwrap());
    }
}

#[test]
fn stability_on_quantile_bins() {
    let Some(suite) = Suite::open("drift_numeric") else {
        return;
    };
    for case in suite.cases("psi") {
        let (reference, current) = samples(&case);
        let want = case.params["inner_edges"].as_array().unwrap();
        let want: Vec<f64> = want.iter().map(number).collect();
        let count = if case.id.contains("quantile10") {
            10
        } else {
            5
        };
        let binning = drift::Binning::quantiles(&reference, count).unwrap();
        let candor_stats::Bins::Edges(edges) = binning.bins().as_ref() else {
            panic!("{}: no edges", case.id);
        };
        assert_eq!(edges.len(), want.len(), "{}", case.id);
        edges
            .iter()
            .zip(&want)
            .for_each(|(got, want)| case.close("inner_edges", *want, *got));
        let count = |sample| {
            let mut counts = binning.of_numbers(sample).unwrap();
            assert_eq!(counts.pop(), Some(0), "{}: missing", case.id);
            counts
        };
        let (a, b) = (count(&reference), count(&current));
        let plain = |c: &[u64]| c.iter().map(|n| *n as f64).collect::<Vec<_>>();
        case.holds_all("reference_counts", &plain(&a));
        case.holds_all("current_counts", &plain(&b));
        case.holds("psi_floor", told(&drift::psi(&a, &b)));
        case.holds(
            "psi_additive_half",
            drift::psi_additive(&a, &b, 0.5).unwrap(),
        );
    }
    for case in suite.cases("js") {
        let distance =
            drift::jensen_shannon(&case.input("p").numbers(), &case.input("q").numbers()).unwrap();
        let base = case.params["base"].as_f64().map_or(1.0, f64::ln);
        case.holds("distance", distance / base.sqrt());
        case.holds("divergence", distance * distance / base);
    }
}

#[test]
fn bins_of_equal_width() {
    let Some(suite) = Suite::open("drift_numeric") else {
        return;
    };
    for case in suite.cases("histogram_bin_edges") {
        let sample = Sorted::new(case.input("values").numbers());
        let rule = WidthRule::named(case.params["rule"].as_str().unwrap()).unwrap();
        let edges = rule.edges(&sample, false, 10_000);
        case.holds("bins", edges.len() as f64 - 1.0);
        case.holds_all("edges", &edges);
        let counts = drift::histogram(&sample, &edges);
        case.holds_all(
            "counts",
            &counts.iter().map(|n| *n as f64).collect::<Vec<_>>(),
        );
    }
}

#[test]
fn nannyml_on_numbers() {
    let Some(suite) = Suite::open("drift_numeric") else {
        return;
    };
    for case in suite.cases("nannyml_continuous") {
        let (reference, current) = samples(&case);
        let value = |method, calculation| {
            let fitted = Continuous::fit(method, &reference, calculation).unwrap();
            fitted.value(&current).unwrap()
        };
        use nannyml::Calculation::{Auto, Exact};
        use nannyml::Method::{Hellinger, JensenShannon, KolmogorovSmirnov, Wasserstein};
        case.holds("jensen_shannon", value(JensenShannon, Auto));
        case.holds("hellinger", value(Hellinger, Auto));
        case.holds("kolmogorov_smirnov_exact", value(KolmogorovSmirnov, Exact));
        case.holds("kolmogorov_smirnov_auto", value(KolmogorovSmirnov, Auto));
        case.holds("wasserstein_exact", value(Wasserstein, Exact));
        case.holds("wasserstein_auto", value(Wasserstein, Auto));
        let edges = WidthRule::Doane.edges(&reference, false, 10_000);
        let ends = [edges[0], *edges.last().unwrap()];
        case.holds_all("doane_edges_first_last", &ends);
        case.holds("doane_bins", edges.len() as f64 - 1.0);
        let inside: u64 = drift::histogram(&current, &edges).iter().sum();
        let outside = 1.0 - inside as f64 / current.n() as f64;
        case.holds("outside_share", outside);
    }
}

#[test]
fn nannyml_on_categories() {
    let Some(suite) = Suite::open("drift_categorical") else {
        return;
    };
    for case in suite.cases("nannyml_categorical") {
        let (a, b) = tallies(&case);
        let table = nannyml::chi2(&a, &b).unwrap();
        case.holds("chi2", table.statistic);
        case.holds("chi2_p", table.p_value);
        case.holds("jensen_shannon", nannyml::jensen_shannon(&a, &b).unwrap());
        case.holds("hellinger", nannyml::hellinger(&a, &b).unwrap());
        case.holds("l_infinity", nannyml::l_infinity(&a, &b).unwrap());
    }
    for case in suite.cases("categorical_distances") {
        let (a, b) = tallies(&case);
        case.holds("l_infinity", nannyml::l_infinity(&a, &b).unwrap());
    }
}

/// Every test that the case has a value of.
fn evidently_tests(case: &Case<'_>, a: &Feature<'_>, b: &Feature<'_>) {
    for (name, want) in case.expected.as_object().unwrap() {
        let name = if name == "energy" { "ed" } else { name };
        let test = Test::named(name).unwrap();
        let got = test.score(a, b, None).unwrap();
        case.close(name, number(&want["score"]), got.score);
        case.close(name, number(&want["threshold"]), got.threshold);
        assert_eq!(want["drifted"], got.drifted, "{} {name}", case.id);
    }
}

#[test]
fn evidently_on_numbers_and_categories() {
    if let Some(suite) = Suite::open("drift_numeric") {
        for case in suite.cases("evidently_numeric") {
            let (a, b) = samples(&case);
            let of = |values| Feature::Numerical {
                values,
                whole: false,
            };
            evidently_tests(&case, &of(&a), &of(&b));
        }
    }
    if let Some(suite) = Suite::open("drift_categorical") {
        for case in suite.cases("evidently_categorical") {
            let (a, b) = tallies(&case);
            evidently_tests(&case, &Feature::Categorical(&a), &Feature::Categorical(&b));
        }
    }
}
