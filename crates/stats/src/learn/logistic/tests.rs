use super::*;
use crate::random::Random;

/// Labels drawn at the odds `a + b·x − x₂`, where `x₂` is uniform too.
fn drawn(rows: usize, a: f64, b: f64) -> (Vec<Vec<f64>>, Vec<bool>) {
    let mut random = Random::new(11, 0);
    let mut columns = vec![Vec::new(), Vec::new()];
    let mut labels = Vec::new();
    for _ in 0..rows {
        let (x, y) = (4.0 * random.unit() - 2.0, random.unit());
        labels.push(random.unit() < probability(a + b * x - y));
        columns[0].push(x);
        columns[1].push(y);
    }
    (columns, labels)
}

fn slices(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}

fn close(got: f64, want: f64, bound: f64) {
    assert!(
        (got - want).abs() <= bound * want.abs().max(1.0),
        "{got} {want}"
    );
}

#[test]
fn a_table_of_two_by_two_has_the_textbook_answer() {
    // Odds 1:3 without and 4:2 with the factor.
    let (x, labels): (Vec<f64>, Vec<bool>) = [(0.0, 1, 3), (1.0, 4, 2)]
        .into_iter()
        .flat_map(|(x, yes, no)| {
            [(x, true, yes), (x, false, no)]
                .into_iter()
                .flat_map(|(x, y, n)| std::iter::repeat_n((x, y), n))
        })
        .unzip();
    let made = Logistic::fit(&[&x], &labels, 0.0, None).unwrap();
    close(made.intercept, (1.0_f64 / 3.0).ln(), 1e-12);
    close(made.weights[0], 6.0_f64.ln(), 1e-12);
    let errors = made.errors.unwrap();
    close(errors[0], (1.0_f64 + 1.0 / 3.0).sqrt(), 1e-9);
    close(errors[1], (1.0 + 1.0 / 3.0 + 0.25 + 0.5_f64).sqrt(), 1e-9);
}

#[test]
fn weights_of_rows_are_rows() {
    let (columns, labels) = drawn(300, 0.3, 0.8);
    let twice: Vec<Vec<f64>> = columns
        .iter()
        .map(|c| c.iter().chain(&c[..150]).copied().collect())
        .collect();
    let labels_twice: Vec<bool> = labels.iter().chain(&labels[..150]).copied().collect();
    let weights: Vec<f64> = (0..300).map(|i| if i < 150 { 2.0 } else { 1.0 }).collect();
    let a = Logistic::fit(&slices(&columns), &labels, 0.7, Some(&weights)).unwrap();
    let b = Logistic::fit(&slices(&twice), &labels_twice, 0.7, None).unwrap();
    close(a.intercept, b.intercept, 1e-9);
    close(a.weights[0], b.weights[0], 1e-9);
    for (a, b) in a.errors.unwrap().into_iter().zip(b.errors.unwrap()) {
        close(a, b, 1e-7);
    }
}

#[test]
fn the_true_odds_lie_within_their_errors() {
    let (columns, labels) = drawn(20_000, -0.5, 1.5);
    let made = Logistic::fit(&slices(&columns), &labels, 0.0, None).unwrap();
    let errors = made.errors.unwrap();
    let found = [made.intercept, made.weights[0], made.weights[1]];
    for ((got, want), error) in found.into_iter().zip([-0.5, 1.5, -1.0]).zip(errors) {
        assert!(
            (got - want).abs() < 3.5 * error && error < 0.1,
            "{got} {want} {error}"
        );
    }
}

#[test]
fn separation_has_an_answer_under_a_penalty_only() {
    let x: Vec<f64> = (0..20).map(f64::from).collect();
    let labels: Vec<bool> = x.iter().map(|x| *x > 9.5).collect();
    assert_eq!(
        Logistic::fit(&[&x], &labels, 0.0, None),
        Err(Unfit::Separated)
    );
    // Only where x is 0 are there both labels.
    let partly: Vec<f64> = x.iter().map(|x| (x - 10.0).max(0.0)).collect();
    let mut some = labels.clone();
    some[3] = true;
    assert_eq!(
        Logistic::fit(&[&partly], &some, 0.0, None),
        Err(Unfit::Separated)
    );
    for penalty in [1e-9, 1.0, 1e9] {
        let made = Logistic::fit(&[&x], &labels, penalty, None).unwrap();
        assert!(made.weights[0] > 0.0 && made.weights[0].is_finite());
    }
}

#[test]
fn what_cannot_be_fitted_says_why() {
    let fit = |columns: &[&[f64]], labels: &[bool], penalty| {
        Logistic::fit(columns, labels, penalty, None).unwrap_err()
    };
    let labels = [true, false, true, false];
    let x: &[f64] = &[1.0, 2.0, 0.0, 0.5];
    assert_eq!(fit(&[&x[..3]], &labels, 1.0), Unfit::Shape);
    assert_eq!(fit(&[x], &labels, -1.0), Unfit::Shape);
    assert_eq!(fit(&[x], &labels, f64::NAN), Unfit::Shape);
    assert_eq!(fit(&[x, &[f64::NAN; 4]], &labels, 1.0), Unfit::NotFinite);
    assert_eq!(fit(&[x], &[true; 4], 1.0), Unfit::OneClass);
    assert_eq!(fit(&[], &[], 1.0), Unfit::OneClass);
    assert_eq!(fit(&[x, x], &labels, 0.0), Unfit::Collinear);
    let both = Logistic::fit(&[x, x], &labels, 1.0, None).unwrap();
    close(both.weights[0], both.weights[1], 1e-6);
}

#[test]
fn scale_and_offset_of_a_column_do_not_change_the_likelihood_fit() {
    let (columns, labels) = drawn(500, 0.2, 1.0);
    let plain = Logistic::fit(&slices(&columns), &labels, 0.0, None).unwrap();
    let odds = plain.log_odds(&slices(&columns));
    for (scale, offset, bound) in [(1e300, 0.0, 1e-9), (1e-300, 0.0, 1e-9), (1e4, 1e12, 1e-6)] {
        let mut moved = columns.clone();
        moved[0].iter_mut().for_each(|x| *x = *x * scale + offset);
        let other = Logistic::fit(&slices(&moved), &labels, 0.0, None).unwrap();
        for (a, b) in other.log_odds(&slices(&moved)).iter().zip(&odds) {
            close(*a, *b, bound);
        }
    }
    let mut tiny = columns.clone();
    tiny[0].iter_mut().for_each(|x| *x *= 1e-300);
    let held = Logistic::fit(&slices(&tiny), &labels, 1.0, None).unwrap();
    assert!(held.weights[0].abs() < 1e-6 && held.weights[1].abs() > 0.1);
    let level = [columns[0].clone(), columns[1].clone(), vec![7.0; 500]];
    let other = Logistic::fit(&slices(&level), &labels, 0.0, None).unwrap();
    close(other.weights[0], plain.weights[0], 1e-9);
    assert!(other.weights[2].abs() < 1e-300 && other.errors.unwrap()[3].is_infinite());
}

#[test]
fn wide_models_are_those_of_narrow_ones() {
    let (mut columns, labels) = drawn(400, 0.1, 1.0);
    let mut random = Random::new(5, 0);
    while columns.len() < EXACT_MAX + 1 {
        columns.push((0..400).map(|_| random.unit()).collect());
    }
    let wide = Logistic::fit(&slices(&columns), &labels, 2.0, None).unwrap();
    columns.pop();
    // A constant column in the place of the last one would be too wide still, so weights are compared
    // by the gradient that both make nothing of.
    let narrow = Logistic::fit(&slices(&columns), &labels, 2.0, None).unwrap();
    assert!(wide.errors.is_none() && narrow.errors.is_some());
    columns.push(vec![0.0; 400]);
    let level = Logistic::fit(&slices(&columns), &labels, 2.0, None).unwrap();
    for (a, b) in level.weights.iter().zip(&narrow.weights) {
        close(*a, *b, 1e-6);
    }
}
