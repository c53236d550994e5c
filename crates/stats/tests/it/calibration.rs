//! Calibration against the reference implementations.

use crate::golden::{Case, Suite, number};
use candor_stats::calibration::{Forecasts, Scheme, platt};

fn outcomes(case: &Case) -> Vec<bool> {
    let ys = case.input("y_true").numbers();
    ys.into_iter().map(|y| y > 0.5).collect()
}

fn forecasts(case: &Case) -> Forecasts {
    Forecasts::new(&case.input("y_prob").numbers(), &outcomes(case))
}

fn bins(case: &Case) -> usize {
    case.params["bins"].as_u64().unwrap() as usize
}

#[test]
fn errors_over_bins() {
    let Some(suite) = Suite::open("calibration") else {
        return;
    };
    for case in suite.cases("ece") {
        let scheme = match case.params["scheme"].as_str().unwrap() {
            "width" => Scheme::EqualWidth,
            _ => Scheme::EqualMass,
        };
        let curve = forecasts(&case).reliability(scheme, bins(&case), 1);
        case.holds("ece", curve.ece.value.unwrap());
        case.holds("mce", curve.mce.value.unwrap());
        case.holds("ace", curve.ace.value.unwrap());
        case.holds("rms", curve.rms.value.unwrap());
        let want = case.expected["bins"].as_array().unwrap();
        assert_eq!(want.len(), curve.bins.len(), "{}", case.id);
        for (want, bin) in want.iter().zip(&curve.bins) {
            assert_eq!(want[0].as_u64(), Some(bin.n), "{}", case.id);
            let mean = bin.mean_probability.unwrap_or(f64::NAN);
            let observed = bin.observed.value.unwrap_or(f64::NAN);
            case.close("mean", number(&want[1]), mean);
            case.close("observed", number(&want[2]), observed);
        }
    }
    for case in suite.cases("calibration_curve") {
        assert_eq!(case.params["strategy"], "uniform");
        let curve = forecasts(&case).reliability(Scheme::Sklearn, bins(&case), 1);
        let filled = curve.bins.iter().filter(|b| b.n > 0);
        let (means, shares): (Vec<f64>, Vec<f64>) = filled
            .map(|b| (b.mean_probability.unwrap(), b.observed.value.unwrap()))
            .unzip();
        case.holds_all("mean_predicted", &means);
        case.holds_all("fraction_positive", &shares);
    }
}

#[test]
fn lines_of_recalibration() {
    let Some(suite) = Suite::open("calibration") else {
        return;
    };
    for case in suite.cases("calibration_slope") {
        let forecasts = forecasts(&case);
        let line = forecasts.recalibration();
        case.holds("slope", line.slope.value.unwrap());
        case.holds("intercept", line.intercept.value.unwrap());
        case.holds("slope_se", line.slope_se.unwrap());
        case.holds("intercept_se", line.intercept_se.unwrap());
        case.holds("in_the_large", forecasts.in_the_large().value.unwrap());
    }
    for case in suite.cases("platt") {
        let line = platt(&case.input("score").numbers(), &outcomes(&case));
        case.holds("slope", line.slope.value.unwrap());
        case.holds("intercept", line.intercept.value.unwrap());
    }
}

#[test]
fn tests_and_parts_of_the_score() {
    let Some(suite) = Suite::open("calibration") else {
        return;
    };
    for case in suite.cases("spiegelhalter") {
        let test = forecasts(&case).spiegelhalter();
        case.holds("z", test.statistic.unwrap());
        case.holds("p", test.p_value.unwrap());
    }
    for case in suite.cases("hosmer_lemeshow") {
        let groups = case.params["groups"].as_u64().unwrap() as usize;
        let test = forecasts(&case).hosmer_lemeshow(groups);
        case.holds("statistic", test.statistic.unwrap());
        case.holds("df", test.df.unwrap() as f64);
        case.holds("p", test.p_value.unwrap());
    }
    for case in suite.cases("murphy") {
        let decimals = case.params["round_decimals"].as_i64().unwrap();
        let scale = 10_f64.powi(decimals as i32);
        let rounded = case.input("y_prob").numbers().into_iter();
        let rounded: Vec<f64> = rounded
            .map(|p| (p * scale).round_ties_even() / scale)
            .collect();
        let found = Forecasts::new(&rounded, &outcomes(&case)).murphy().unwrap();
        case.holds("brier", found.brier);
        case.holds("reliability", found.reliability);
        case.holds("resolution", found.resolution);
        case.holds("uncertainty", found.uncertainty);
    }
}
