use super::*;
use crate::figure::Figure;
use crate::learn::{Feature, Settings};
use crate::random::Random;
use proptest::prelude::*;

mod shifts;

/// Scores, predicted classes and outcomes of rows.
struct Log {
    score: Vec<f64>,
    positive: Vec<bool>,
    outcome: Vec<Option<bool>>,
    window: Vec<u32>,
}

impl Log {
    /// Rows of uniform scores; `truth` is the probability of a score.
    fn new(rows: usize, stream: u64, truth: impl Fn(f64) -> f64) -> Self {
        let mut random = Random::new(21, stream);
        let score: Vec<f64> = (0..rows).map(|_| random.unit()).collect();
        Self {
            positive: score.iter().map(|s| *s > 0.5).collect(),
            outcome: score
                .iter()
                .map(|s| Some(random.unit() < truth(*s)))
                .collect(),
            window: vec![0; rows],
            score,
        }
    }

    fn predictions(&self) -> Predictions<'_> {
        Predictions {
            score: &self.score,
            positive: &self.positive,
            window: &self.window,
            windows: 1,
        }
    }

    fn fit(&self) -> Cbpe {
        Cbpe::fit(&self.predictions(), &self.outcome, &Options::default())
    }

    fn realised(&self) -> Estimate {
        realised(&self.predictions(), &self.outcome).remove(0)
    }

    /// Only the first `rows` outcomes are known.
    fn audited(&self, rows: usize) -> Vec<Option<bool>> {
        let known = |(at, y): (usize, &Option<bool>)| y.filter(|_| at < rows);
        self.outcome.iter().enumerate().map(known).collect()
    }
}

fn holds(figure: &Figure, truth: f64) -> bool {
    figure.low.is_some_and(|low| low <= truth) && figure.high.is_some_and(|high| truth <= high)
}

/// What uniform scores that are their own probability have in the whole population.
fn truth(measure: Measure) -> f64 {
    match measure {
        Measure::RocAuc | Measure::AveragePrecision => 5.0 / 6.0,
        _ => 0.75,
    }
}

#[test]
fn intervals_hold_the_truth_and_gaps_hold_nothing_where_scores_are_calibrated() {
    const RUNS: u64 = 200;
    let mut held = [[0_u64; 3]; 7];
    for run in 0..RUNS {
        let reference = Log::new(2_000, 2 * run, |s| s);
        let current = Log::new(1_000, 2 * run + 1, |s| s);
        let fit = reference.fit();
        let estimate = fit.estimate(&current.predictions()).remove(0);
        let real = current.realised();
        for measure in Measure::ALL {
            let gap = fit.gap(&estimate, &real, measure, None);
            let held = &mut held[measure as usize];
            held[0] += u64::from(holds(estimate.figure(measure), truth(measure)));
            held[1] += u64::from(holds(real.figure(measure), truth(measure)));
            held[2] += u64::from(holds(&gap, 0.0));
        }
    }
    for (measure, held) in Measure::ALL.into_iter().zip(held) {
        // 95 % of 200 runs, less four standard deviations; an estimate knows more than its interval says.
        assert!(
            held.iter().all(|h| *h >= 177),
            "{measure:?}: {held:?} of {RUNS}"
        );
        assert!(held[1] <= 199, "{measure:?}: {held:?} of {RUNS}");
    }
}

#[test]
fn scores_that_are_no_probabilities_are_calibrated_first() {
    let off = |s: f64| s * s;
    let fit = Log::new(20_000, 0, off).fit();
    assert!(fit.calibration().is_applied());
    assert!(fit.calibration().error_after < fit.calibration().error_before);
    assert!((fit.calibration().probability(0.5) - 0.25).abs() < 0.05);
    let current = Log::new(20_000, 1, off);
    let estimate = fit.estimate(&current.predictions()).remove(0);
    for measure in Measure::ALL {
        let gap = fit.gap(&estimate, &current.realised(), measure, None);
        assert!(gap.value.unwrap().abs() < 0.02, "{measure:?}: {gap:?}");
    }
    let mut beyond = Log::new(2_000, 2, |s| s);
    beyond.score.iter_mut().for_each(|s| *s = 8.0 * *s - 4.0);
    assert!(beyond.fit().calibration().is_applied());
}

#[test]
fn an_audit_sees_a_relation_that_turned_around() {
    let fit = Log::new(5_000, 0, |s| s).fit();
    let current = Log::new(5_000, 1, |s| 1.0 - s);
    let estimate = fit.estimate(&current.predictions()).remove(0);
    assert!(estimate.figure(Measure::RocAuc).value.unwrap() > 0.8);
    let audit = fit.audit(&current.predictions(), &current.audited(200));
    assert!(audit.shift.p < 1e-9 && audit.shift.slope_change.unwrap() < -1.0);
    for measure in [
        Measure::Accuracy,
        Measure::Precision,
        Measure::Recall,
        Measure::F1,
    ] {
        let figure = audit.figure(measure);
        assert!(holds(&figure, 0.25), "{measure:?}: {figure:?}");
    }
    assert_eq!(audit.figure(Measure::RocAuc).status.name(), "undefined");
    let [concept, _, region] =
        Assumption::CBPE.map(|a| a.checked(Some(&audit.shift), None).standing);
    assert_eq!((concept, region), (Standing::Broken, Standing::Unchecked));
}

#[test]
fn an_audit_without_shift_seldom_alarms_and_its_intervals_hold() {
    const RUNS: u64 = 300;
    let fit = Log::new(20_000, 0, |s| s).fit();
    let (mut alarms, mut held, mut shorter) = (0, [0; 5], 0);
    for run in 0..RUNS {
        let current = Log::new(2_000, run + 1, |s| s);
        let audit = fit.audit(&current.predictions(), &current.audited(200));
        alarms += u64::from(audit.shift.p < 0.05);
        for (held, measure) in held.iter_mut().zip(Measure::ALL) {
            *held += u64::from(holds(&audit.figure(measure), truth(measure)));
        }
        let figure = audit.figure(Measure::Recall);
        shorter += u64::from(figure.high.unwrap() - figure.low.unwrap() < 0.15);
    }
    assert!((3..=32).contains(&alarms), "{alarms} of {RUNS}");
    assert!(held.iter().all(|h| *h >= 270), "{held:?} of {RUNS}");
    // Alone, about 100 positives leave an interval of 0.17.
    assert!(shorter > 250, "{shorter} of {RUNS}");
}

/// Scores of a rare class, most of them low.
fn rare(rows: usize, stream: u64) -> Log {
    let mut log = Log::new(rows, stream, |_| 0.0);
    let mut random = Random::new(22, stream);
    for (score, outcome) in log.score.iter_mut().zip(&mut log.outcome) {
        let normal = random.unit() + random.unit() + random.unit() - 1.5;
        *score = (1.0 + f64::exp(1.7 + 2.4 * normal)).recip();
        *outcome = Some(random.unit() < *score);
    }
    log
}

#[test]
fn a_reference_of_a_week_does_not_pass_for_the_truth() {
    const RUNS: u64 = 400;
    let mut alarms = [0; 3];
    for run in 0..RUNS {
        let (reference, current) = (rare(4_900, 2 * run), rare(750, 2 * run + 1));
        let shift = reference
            .fit()
            .audit(&current.predictions(), &current.outcome)
            .shift;
        for (alarms, level) in alarms.iter_mut().zip([0.05, 0.01, 0.001]) {
            *alarms += u64::from(shift.p < level);
        }
    }
    // At 5 %, 1 % and 1 of 1,000, plus four standard deviations.
    assert!(
        alarms[0] <= 37 && alarms[1] <= 12 && alarms[2] <= 3,
        "{alarms:?} of {RUNS}"
    );
}

#[test]
fn without_rows_on_either_side_no_shift_is_claimed() {
    let pairs = [(0.2, 1.0), (0.4, 0.0)];
    for (rows, reference, status) in [
        (0, 4_900.0, "too_few"),
        (2, 0.0, "undefined"),
        (2, f64::INFINITY, "ok"),
    ] {
        let shift = ConceptShift::of(pairs.iter().copied().take(rows), reference);
        assert_eq!(shift.level.status.name(), status, "{rows} of {reference}");
        assert!(shift.p > 0.05 && shift.statistic.is_finite());
        assert_eq!(shift.freedom == 0, status != "ok");
    }
}

#[test]
fn powered_means_hold_the_truth_with_good_predictions_and_with_useless_ones() {
    const RUNS: u64 = 300;
    for (bias, noise) in [(0.0, 0.1), (2.0, 0.1), (0.0, 5.0)] {
        let (mut held, mut width) = (0_u64, 0.0);
        for run in 0..RUNS {
            let mut random = Random::new(4, run);
            let mut row = || {
                let y = random.unit() * 2.0;
                (y + bias + noise * (random.unit() - 0.5), y)
            };
            let pairs: Vec<(f64, f64)> = (0..60).map(|_| row()).collect();
            let rest: Vec<f64> = (0..2_000).map(|_| row().0).collect();
            let figure = powered_mean(&rest, &pairs);
            held += u64::from(holds(&figure, 1.0));
            width += (figure.high.unwrap() - figure.low.unwrap()) / RUNS as f64;
        }
        assert!(held >= 270, "bias {bias}, noise {noise}: {held} of {RUNS}");
        // Labels alone: 2 · 2 · 0.577 / √60 = 0.298.
        let most = if noise < 1.0 { 0.08 } else { 0.31 };
        assert!(width < most, "bias {bias}, noise {noise}: {width}");
    }
    assert_eq!(powered_mean(&[], &[(1.0, 1.0)]).status.name(), "too_few");
    let alone = powered_mean(&[], &vec![(1.0, 2.0); 30]);
    assert_eq!(alone.value, Some(2.0));
}

/// Two groups whose scores mean different things, told apart by a feature.
fn groups(rows: usize, stream: u64, second: f64) -> (Log, Vec<f64>) {
    let mut random = Random::new(5, stream);
    let group: Vec<f64> = (0..rows)
        .map(|_| f64::from(u8::from(random.unit() < second)))
        .collect();
    let mut log = Log::new(rows, stream, |s| s);
    for (row, group) in group.iter().enumerate() {
        let p = if *group > 0.5 {
            0.5 * log.score[row]
        } else {
            log.score[row]
        };
        log.outcome[row] = Some(random.unit() < p);
    }
    (log, group)
}

#[test]
fn weights_of_the_density_ratio_correct_a_mixture_that_moved() {
    let (reference, before) = groups(20_000, 0, 0.2);
    let (current, after) = groups(20_000, 1, 0.9);
    let ratio = DensityRatio::of(
        &[Feature::category(&before)],
        &[Feature::category(&after)],
        &DensityRatio::settings(),
    );
    let mean = |of: f64| {
        let rows = ratio
            .weights
            .iter()
            .zip(&before)
            .filter(|row| (row.1 - of).abs() < 0.5);
        let (sum, n) = rows.fold((0.0, 0.0), |s, row| (s.0 + row.0, s.1 + 1.0));
        sum / n
    };
    assert!((mean(1.0) - 4.5).abs() < 0.5 && (mean(0.0) - 0.125).abs() < 0.05);
    assert!(ratio.rows_effective < 10_000.0);
    let options = Options {
        weights: Some(&ratio.weights),
        ..Options::default()
    };
    let weighted = Cbpe::fit(&reference.predictions(), &reference.outcome, &options);
    let real = current.realised();
    let off = |fit: &Cbpe| {
        let estimate = fit.estimate(&current.predictions()).remove(0);
        fit.gap(&estimate, &real, Measure::Precision, None)
            .value
            .unwrap()
            .abs()
    };
    let (plain, corrected) = (off(&reference.fit()), off(&weighted));
    assert!(plain > 0.15 && corrected < 0.03, "{plain} {corrected}");
    let none = DensityRatio::of(&[], &[], &DensityRatio::settings());
    assert!(none.weights.is_empty());
}

#[test]
fn two_classes_are_the_binary_case() {
    let (reference, current) = (Log::new(4_000, 0, |s| s * s), Log::new(2_000, 1, |s| s * s));
    let columns = |log: &Log| {
        let no: Vec<f64> = log.score.iter().map(|s| 1.0 - s).collect();
        let class: Vec<u32> = log.positive.iter().map(|p| u32::from(*p)).collect();
        (no, class)
    };
    let ((no, class), (no_now, class_now)) = (columns(&reference), columns(&current));
    let scores = [&no[..], &reference.score[..]];
    let rows = ClassPredictions {
        scores: &scores,
        class: &class,
        window: &reference.window,
        windows: 1,
    };
    let outcome: Vec<Option<u32>> = reference.outcome.iter().map(|y| y.map(u32::from)).collect();
    let fit = ClassCbpe::fit(&rows, &outcome, &Options::default());
    let scores = [&no_now[..], &current.score[..]];
    let now = ClassPredictions {
        scores: &scores,
        class: &class_now,
        window: &current.window,
        windows: 1,
    };
    let got = fit.estimate(&now).remove(0);
    let want = reference.fit().estimate(&current.predictions()).remove(0);
    for measure in Measure::ALL {
        let (got, want) = (got.classes[1].figure(measure), want.figure(measure));
        let off = got.value.unwrap() - want.value.unwrap();
        assert!(off.abs() < 1e-9, "{measure:?}: {off}");
    }
    assert!((got.confusion[1][1] - want.cells.true_positive).abs() < 1e-6);
    let mean = got.mean(Measure::RocAuc);
    assert!(mean.is_ok() && mean.low < mean.value && mean.value < mean.high);
    assert_eq!(got.mean(Measure::Accuracy), got.accuracy);
}

#[test]
fn rows_beyond_the_reference_are_counted() {
    let (age, city) = ([20.0, 60.0, 30.0], [1.0, 2.0, 2.0]);
    let support = Support::of(&[Feature::number(&age), Feature::category(&city)]);
    let (age, city) = (
        [25.0, 61.0, f64::NAN, 40.0, 60.0],
        [1.0, 1.0, 2.0, 3.0, 2.0],
    );
    let outside = support.outside(&[Feature::number(&age), Feature::category(&city)]);
    assert_eq!((outside.value, outside.n), (Some(0.6), 5));
    assert_eq!(support.outside(&[]).status.name(), "undefined");
    let region = Assumption::CBPE[2].checked(None, Some(&outside));
    assert_eq!(region.standing, Standing::Broken);
    assert!((support.expected(3) - 0.5).abs() < 1e-12);
}

#[test]
fn errors_are_predicted_and_their_gap_is_nothing_until_the_relation_changes() {
    let make = |stream: u64, unit: f64| {
        let mut random = Random::new(9, stream);
        let x: Vec<f64> = (0..4_000).map(|_| random.unit()).collect();
        let y: Vec<f64> = x
            .iter()
            .map(|x| x + unit * x * (random.unit() - 0.5))
            .collect();
        (x, y, vec![0_u32; 4_000])
    };
    let ((x, y, window), now, later) = (make(0, 1.0), make(1, 1.0), make(2, 3.0));
    let features = [Feature::number(&x)];
    let reference = NumberPredictions {
        features: &features,
        prediction: &x,
        window: &window,
        windows: 1,
    };
    for measure in [ErrorMeasure::Mae, ErrorMeasure::Rmse] {
        let fit = Dle::fit(measure, &reference, &y, &Settings::default());
        for ((x, y, window), is_same) in [(&now, true), (&later, false)] {
            let features = [Feature::number(x)];
            let current = NumberPredictions {
                features: &features,
                prediction: x,
                window,
                windows: 1,
            };
            let estimate = fit.estimate(&current).remove(0);
            let real = realised_error(measure, &current, y).remove(0);
            assert_eq!(
                holds(&estimate, real.value.unwrap()),
                is_same,
                "{measure:?}"
            );
            assert_eq!(holds(&fit.gap(&current, y, 0), 0.0), is_same, "{measure:?}");
        }
    }
}

proptest! {
    #[test]
    fn every_figure_is_finite_whatever_the_rows(
        rows in prop::collection::vec(
            (any::<f64>(), any::<bool>(), any::<Option<bool>>(), 0_u32..4, any::<f64>()), 0..60,
        ),
        tame in any::<bool>(),
    ) {
        let score = rows.iter().map(|r| if tame { r.0.abs().min(1.0) } else { r.0 });
        let log = Log {
            score: score.collect(),
            positive: rows.iter().map(|r| r.1).collect(),
            outcome: rows.iter().map(|r| r.2).collect(),
            window: rows.iter().map(|r| r.3).collect(),
        };
        let weights: Vec<f64> = rows.iter().map(|r| r.4).collect();
        let predictions = Predictions { windows: 3, ..log.predictions() };
        for weights in [None, Some(&weights[..])] {
            let options = Options { weights, ..Options::default() };
            let fit = Cbpe::fit(&predictions, &log.outcome, &options);
            let all = fit.estimate(&predictions);
            let real = realised(&predictions, &log.outcome);
            prop_assert_eq!((all.len(), real.len()), (3, 3));
            for (estimate, real) in all.iter().zip(&real) {
                for measure in Measure::ALL {
                    let figure = estimate.figure(measure);
                    let value = figure.value.unwrap_or(0.5);
                    prop_assert!((0.0..=1.0).contains(&value), "{:?}", figure);
                    prop_assert!(figure.n > 0 || !figure.is_ok(), "{:?}", figure);
                    prop_assert!(!figure.is_ok() || figure.low.is_some(), "{:?}", figure);
                    let gap = fit.gap(estimate, real, measure, None);
                    prop_assert!(!gap.is_ok() || gap.low.is_some(), "{:?}", gap);
                }
            }
            let audit = fit.audit(&predictions, &log.outcome);
            prop_assert!((0.0..=1.0).contains(&audit.shift.p));
        }
    }
}
