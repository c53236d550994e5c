//! Drift of many columns at once against the reference implementations.

use crate::golden::{Case, Suite, column, numbers, texts};
use arrow::array::Array;
use candor_stats::drift::{
    Reconstruction, SHARE_KEPT, Table, Vectors, WindowBand, domain_auc_linear, evidently_mmd,
    median_gamma, mmd2, nannyml_domain_auc,
};

fn suite() -> Option<Suite> {
    Suite::open("drift_multivariate")
}

/// Rows of a fixture, flat, and how long each is.
fn vectors(case: &Case<'_>, key: &str) -> (Vec<f64>, usize) {
    let crate::golden::Input::List(rows) = case.input(key) else {
        panic!("{}: {key} is no list", case.id);
    };
    let rows: Vec<Vec<f64>> = rows
        .iter()
        .map(|row| {
            row.as_array()
                .unwrap()
                .iter()
                .map(|x| x.as_f64().unwrap())
                .collect()
        })
        .collect();
    (rows.concat(), rows[0].len())
}

/// Columns of flat rows.
fn columns((flat, width): (Vec<f64>, usize)) -> Vec<Vec<f64>> {
    (0..width)
        .map(|at| flat.iter().skip(at).step_by(width).copied().collect())
        .collect()
}

fn slices(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}

/// The table of the case's features in one of its two files.
fn table(case: &Case<'_>, key: &str) -> Table<'static> {
    let file = case.inputs[key].as_str().unwrap();
    let mut made = Table::default();
    for name in case.params["features"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        let values = column(file, name).unwrap();
        // In these files categories are codes, whole numbers.
        if values.data_type().is_floating() {
            made.add_numbers(name, numbers(&values));
        } else {
            made.add_categories(name, texts(&values).iter().map(Option::as_deref));
        }
    }
    made
}

#[test]
fn every_function_of_the_suite_has_a_test() {
    let Some(suite) = suite() else {
        return;
    };
    let tested = [
        "domain_classifier_auc",
        "evidently_mmd",
        "median_gamma",
        "mmd2",
        "nannyml_domain_classifier",
        "nannyml_pca_reconstruction",
    ];
    assert_eq!(suite.functions(), tested);
}

#[test]
fn reconstruction_errors_and_their_band() {
    let Some(suite) = suite() else {
        return;
    };
    for case in suite.cases("nannyml_pca_reconstruction") {
        let size = case.params["chunk_size"].as_u64().unwrap() as usize;
        let reference = table(&case, "reference");
        let fitted = Reconstruction::fit(&reference, SHARE_KEPT).unwrap();
        let errors = |table| Reconstruction::errors(&fitted.distances(table).unwrap(), size);
        let band = WindowBand::of(&errors(&reference)).unwrap();
        case.holds("lower_threshold", band.low);
        case.holds("upper_threshold", band.high);
        let errors = errors(&table(&case, "analysis"));
        let values: Vec<f64> = errors.iter().map(|e| e.value.unwrap()).collect();
        case.holds_all("value", &values);
        let alerts: Vec<bool> = values.iter().map(|v| band.breached(*v)).collect();
        assert_eq!(
            serde_json::json!(alerts),
            case.expected["alert"],
            "{}",
            case.id
        );
    }
}

#[test]
fn the_linear_domain_classifier() {
    let Some(suite) = suite() else {
        return;
    };
    for case in suite.cases("domain_classifier_auc") {
        let reference = columns(vectors(&case, "reference"));
        let current = columns(vectors(&case, "current"));
        let figure = domain_auc_linear(&slices(&reference), &slices(&current));
        case.holds("auc", figure.value.unwrap());
    }
}

#[test]
fn squared_discrepancies() {
    let Some(suite) = suite() else {
        return;
    };
    for case in suite.cases("mmd2") {
        let ((x, width), (y, _)) = (vectors(&case, "x"), vectors(&case, "y"));
        let gamma = case.params["gamma"].as_f64().unwrap();
        let made = mmd2(&Vectors::new(&x, width), &Vectors::new(&y, width), gamma).unwrap();
        case.holds("biased", made.biased);
        case.holds("unbiased", made.unbiased);
    }
    for case in suite.cases("median_gamma") {
        let ((x, width), (y, _)) = (vectors(&case, "x"), vectors(&case, "y"));
        let gamma = median_gamma(&Vectors::new(&x, width), &Vectors::new(&y, width));
        case.holds("gamma", gamma.unwrap());
    }
}

#[test]
fn the_discrepancy_of_evidently() {
    let Some(suite) = suite() else {
        return;
    };
    // This case writes its inputs in words: the first column of two fixtures of the others.
    let whole = &suite.cases("mmd2")[0];
    for case in suite.cases("evidently_mmd") {
        assert_eq!(case.inputs["x"], "@A column 0");
        let (x, y) = (columns(vectors(whole, "x")), columns(vectors(whole, "y")));
        let (square, sigma) = evidently_mmd(&x[0], &y[0]).unwrap();
        case.holds("mmd2", square);
        case.holds("sigma", sigma);
    }
}

#[test]
fn the_domain_classifier_of_nannyml() {
    let Some(suite) = suite() else {
        return;
    };
    for case in suite.cases("nannyml_domain_classifier") {
        let names: Vec<&str> = case.params["features"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        let side = |key: &str| -> Vec<Vec<f64>> {
            let file = case.inputs[key].as_str().unwrap();
            let of = |name: &&str| numbers(&column(file, name).unwrap());
            names.iter().map(of).collect()
        };
        let (reference, current) = (side("reference"), side("analysis"));
        let size = case.params["chunk_size"].as_u64().unwrap() as usize;
        let chunks = current[0].len().div_ceil(size);
        let value = |chunk: usize| {
            let rows = chunk * size..((chunk + 1) * size).min(current[0].len());
            let part: Vec<&[f64]> = current.iter().map(|c| &c[rows.clone()]).collect();
            nannyml_domain_auc(&slices(&reference), &part).unwrap()
        };
        let (early, late): (Vec<f64>, Vec<f64>) = std::thread::scope(|threads| {
            let early = threads.spawn(|| (0..chunks / 2).map(value).collect());
            let late = (chunks / 2..chunks).map(value).collect();
            (early.join().unwrap(), late)
        });
        let values = [early, late].concat();
        case.holds_all("value", &values);
        let alerts: Vec<bool> = values.iter().map(|v| !(0.45..=0.65).contains(v)).collect();
        assert_eq!(
            serde_json::json!(alerts),
            case.expected["alert"],
            "{}",
            case.id
        );
    }
}
