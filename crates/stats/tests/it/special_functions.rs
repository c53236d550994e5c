//! Tails, intervals and corrections against the reference implementations.

use crate::golden::{Suite, number};
use candor_stats::{law, proportion};

#[test]
fn tails_and_quantiles() {
    let Some(suite) = Suite::open("special_functions") else {
        return;
    };
    let tail = |function: &str, sf: &dyn Fn(f64, &dyn Fn(&str) -> f64) -> f64| {
        for case in suite.cases(function) {
            let param = |key: &str| number(&case.params[key]);
            let got: Vec<f64> = case
                .input("x")
                .numbers()
                .into_iter()
                .map(|x| sf(x, &param))
                .collect();
            case.holds_all("sf", &got);
        }
    };
    tail("chi2_sf", &|x, p| law::chi2_sf(x, p("df")));
    tail("normal_sf", &|x, _| law::normal_sf(x));
    tail("t_sf", &|x, p| law::t_sf(x, p("df")));
    tail("f_sf", &|x, p| law::f_sf(x, p("d1"), p("d2")));
    for case in suite.cases("normal_ppf") {
        let got: Vec<f64> = case
            .input("p")
            .numbers()
            .into_iter()
            .map(law::normal_quantile)
            .collect();
        case.holds_all("x", &got);
    }
}

#[test]
fn laws_of_the_largest_gap() {
    let Some(suite) = Suite::open("special_functions") else {
        return;
    };
    for case in suite.cases("kolmogorov_sf") {
        let x = case.input("x").numbers().into_iter();
        case.holds_all("sf", &x.map(law::kolmogorov_sf).collect::<Vec<_>>());
    }
    for case in suite.cases("ks_2samp_exact_p") {
        let size = |key: &str| case.params[key].as_u64().unwrap();
        let d = case.input("d").numbers().into_iter();
        let p = d.map(|d| law::ks_exact_sf(d, size("m"), size("n")).unwrap());
        case.holds_all("p", &p.collect::<Vec<_>>());
    }
}

#[test]
fn intervals_of_shares() {
    let Some(suite) = Suite::open("special_functions") else {
        return;
    };
    for case in suite.cases("proportion_ci") {
        let count = |key: &str| case.inputs[key].as_u64().unwrap();
        let (k, n) = (count("k"), count("n"));
        let (low, high) = proportion::wilson(k as f64, n as f64);
        case.holds_all("wilson", &[low, high]);
        let (low, high) = proportion::clopper_pearson(k, n);
        case.holds_all("clopper_pearson", &[low, high]);
    }
}
