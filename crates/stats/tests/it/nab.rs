//! Scores of anomaly detectors by the rules of the Numenta benchmark.

use crate::golden::{Suite, column, number, numbers, shared, texts};
use candor_stats::series::{ODD, Scorer};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a hit, a false alarm and a miss are worth.
#[derive(Clone, Copy)]
struct Profile {
    hit: f64,
    alarm: f64,
    miss: f64,
}

fn profile(name: &str) -> Profile {
    let (alarm, miss) = match name {
        "standard" => (0.11, 1.0),
        "reward_low_FP" => (0.22, 1.0),
        "reward_low_FN" => (0.11, 2.0),
        other => panic!("no profile {other}"),
    };
    Profile {
        hit: 1.0,
        alarm,
        miss,
    }
}

/// A scored series with its windows, as first and last row.
struct Series {
    scores: Vec<f64>,
    windows: Vec<(usize, usize)>,
}

#[derive(Default)]
struct Counts {
    raw: f64,
    /// Rows: true and false positives, true and false negatives.
    rows: [u64; 4],
    hit: u64,
    windows: u64,
}

fn sigmoid(y: f64) -> f64 {
    if y > 3.0 {
        -1.0
    } else {
        2.0 / (1.0 + (5.0 * y).exp()) - 1.0
    }
}

impl Series {
    fn count(&self, threshold: f64, profile: Profile) -> Counts {
        let n = self.scores.len();
        let probation = (0.15 * n as f64).floor().min(750.0) as usize;
        let mut counts = Counts::default();
        let mut best: Vec<Option<f64>> = vec![None; self.windows.len()];
        for (row, score) in self.scores.iter().enumerate().skip(probation) {
            let hit = *score >= threshold;
            let inside = self
                .windows
                .iter()
                .position(|(a, b)| (*a..=*b).contains(&row));
            let kind = match (inside.is_some(), hit) {
                (true, true) => 0,
                (false, true) => 1,
                (false, false) => 2,
                (true, false) => 3,
            };
            counts.rows[kind] += 1;
            if !hit {
                continue;
            }
            if let Some(at) = inside {
                let (a, b) = self.windows[at];
                let place = -((b - row + 1) as f64) / (b - a + 1) as f64;
                let worth = profile.hit * sigmoid(place) / sigmoid(-1.0);
                best[at] = Some(best[at].map_or(worth, |best| best.max(worth)));
            } else {
                let last = self.windows.iter().rfind(|(a, _)| *a <= row);
                let far = |(a, b): &(usize, usize)| sigmoid((row - b) as f64 / (b - a) as f64);
                counts.raw += profile.alarm * last.map_or(-1.0, far);
            }
        }
        for ((_, last), best) in self.windows.iter().zip(best) {
            if *last >= probation {
                counts.windows += 1;
                counts.hit += u64::from(best.is_some());
                counts.raw += best.unwrap_or(-profile.miss);
            }
        }
        counts
    }
}

/// Raw score, windows and normalised score over all series.
fn total<'a>(all: impl Iterator<Item = &'a Series>, threshold: f64, name: &str) -> (f64, u64, f64) {
    let profile = profile(name);
    let (mut raw, mut windows) = (0.0, 0);
    for series in all {
        let counts = series.count(threshold, profile);
        raw += counts.raw;
        windows += counts.windows;
    }
    let null = -profile.miss * windows as f64;
    let perfect = profile.hit * windows as f64;
    (raw, windows, 100.0 * (raw - null) / (perfect - null))
}

fn json(path: &str) -> Option<Value> {
    Some(serde_json::from_slice(&std::fs::read(shared(path)?).unwrap()).unwrap())
}

/// Windows of each file as rows among its times.
fn windows(of: &Value, times: &[String]) -> Vec<(usize, usize)> {
    let row = |time: &Value| {
        let time = &time.as_str().unwrap()[..19];
        times.iter().rposition(|t| t == time).unwrap()
    };
    let pairs = of.as_array().unwrap().iter();
    pairs.map(|pair| (row(&pair[0]), row(&pair[1]))).collect()
}

/// The published scores of a detector, by file.
fn published(path: &str, all: &Value) -> BTreeMap<String, Series> {
    let texts = |name| texts(&column(path, name).unwrap());
    let (files, times) = (texts("file"), texts("timestamp"));
    let scores = numbers(&column(path, "anomaly_score").unwrap());
    let mut by_file: BTreeMap<String, (Vec<String>, Vec<f64>)> = BTreeMap::new();
    for ((file, time), score) in files.into_iter().zip(times).zip(scores) {
        let (times, scores) = by_file.entry(file.unwrap()).or_default();
        times.push(time.unwrap()[..19].replace('T', " "));
        scores.push(score);
    }
    let each = by_file.into_iter().map(|(file, (times, scores))| {
        let windows = windows(&all[&file], &times);
        (file, Series { scores, windows })
    });
    each.collect()
}

#[test]
fn published_detectors_get_their_published_scores() {
    let (Some(suite), Some(all)) = (Suite::open("nab"), json("data/nab/windows.json")) else {
        return;
    };
    let mut read: BTreeMap<String, BTreeMap<String, Series>> = BTreeMap::new();
    for case in suite.cases("nab_score") {
        let path = case.inputs["scores"].as_str().unwrap().to_owned();
        let series = read
            .entry(path)
            .or_insert_with_key(|path| published(path, &all));
        let threshold = case.params["threshold"].as_f64().unwrap();
        let name = case.params["profile"].as_str().unwrap();
        let (raw, windows, normalised) = total(series.values(), threshold, name);
        case.holds("raw", raw);
        case.holds("windows", windows as f64);
        case.holds("normalised", normalised);
        let Some(files) = case.expected["per_file[raw,tp,fp,tn,fn,hit,windows]"].as_object() else {
            continue;
        };
        for (file, want) in files {
            let counts = series[file].count(threshold, profile(name));
            let [tp, fp, tn, r#fn] = counts.rows;
            let got = [tp, fp, tn, r#fn, counts.hit, counts.windows].map(|x| x as f64);
            let got = [vec![counts.raw], got.to_vec()].concat();
            for (want, got) in want.as_array().unwrap().iter().zip(got) {
                case.close(file, number(want), got);
            }
        }
    }
}

/// Microseconds since 1970 of a time like `2014-02-14 14:30:00`.
fn micros(time: &str) -> i64 {
    let part = |from: usize, to: usize| time[from..to].parse::<i64>().unwrap();
    let (year, month, day) = (part(0, 4), part(5, 7), part(8, 10));
    // Days from civil: March is the first month.
    let (y, m) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days =
        365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day
            - 719_469;
    (((days * 24 + part(11, 13)) * 60 + part(14, 16)) * 60 + part(17, 19)) * 1_000_000
}

/// Our scores of all series of the corpus.
fn ours(all: &Value) -> Vec<Series> {
    let each = all.as_object().unwrap().iter().map(|(file, of)| {
        let path = format!("nab/{file}.gz");
        let times = texts(&column(&path, "timestamp").unwrap());
        let times: Vec<String> = times.into_iter().map(Option::unwrap).collect();
        let values = numbers(&column(&path, "value").unwrap());
        let mut scorer = Scorer::default();
        let scored = times.iter().zip(&values);
        let scores = scored
            .map(|(time, x)| scorer.update(micros(time), *x).score)
            .collect();
        Series {
            scores,
            windows: windows(of, &times),
        }
    });
    each.collect()
}

/// The best score for `series`, with its threshold.
fn best(series: &[&Series]) -> (f64, f64) {
    let thresholds = (160..=220).map(|step| f64::from(step) / 20.0);
    let scored = thresholds.map(|t| (total(series.iter().copied(), t, "standard").2, t));
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap()
}

/// The best published detector that does not look ahead has 71.36 on these series, with a threshold that was
/// fitted to them and the other half of the corpus.
#[test]
fn our_scorer_beats_the_best_published_streaming_detector() {
    let Some(all) = json("data/nab/windows.json") else {
        return;
    };
    let series = ours(&all);
    let every: Vec<&Series> = series.iter().collect();
    let (fitted, threshold) = best(&every);
    let [fixed, low_fp, low_fn] = ["standard", "reward_low_FP", "reward_low_FN"]
        .map(|name| total(series.iter(), ODD, name).2);
    // A threshold learnt from one half of the series, told on the other.
    let learnt = [0, 1].map(|odd| {
        let half = |keep: usize| series.iter().skip(keep).step_by(2).collect::<Vec<_>>();
        let threshold = best(&half(odd)).1;
        total(half(1 - odd).into_iter(), threshold, "standard").2
    });
    eprintln!(
        "{fitted:.2} at {threshold}; {fixed:.2}, low FP {low_fp:.2}, low FN {low_fn:.2} at {ODD}; \
         learnt on the other half {learnt:.2?}"
    );
    assert!(fitted > 71.36, "{fitted}");
    assert!(fixed > 70.0, "{fixed}");
}
