//! The same telemetry gives the same alerts, byte for byte, however its rows were cut into batches, in whatever order
//! these came, and with restarts between; also where some of them came late.
//!
//! Profiles of batches are merged as a lake merges them. What they hold exactly, counts, texts and numbers of few
//! distinct values, is the same whatever the batches; so these are what the rows here are made of. Sketches of many
//! distinct numbers agree within their error, means to rounding.

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use candor_contract::spec::{DecisionRule, Measure, ModelSpec, MonitorSpec};
use candor_monitor::{HOUR_US, Reading, Setup, Transition, Watch, Window};
use candor_stats::{Profile, ValueType};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

const REFERENCE: i64 = 7 * 24;
const HOURS: i64 = REFERENCE + 60;
/// Predictions of an hour.
const HOURLY: i64 = 48;
/// From this hour on, for some hours, an input is missing and requests fail.
const FAULT: i64 = REFERENCE + 20;
/// Late rows are there, and windows revised, so many hours later.
const LATE_HOURS: i64 = 3;

/// A prediction, told by its place.
#[derive(Debug, Clone, Copy)]
struct Row(i64);

impl Row {
    fn hour(self) -> i64 {
        self.0 / HOURLY
    }

    fn noise(self) -> i64 {
        (self.0 * 7_919).rem_euclid(101)
    }

    fn is_faulty(self) -> bool {
        (FAULT..FAULT + 12).contains(&self.hour())
    }

    /// Every fifth row of every other hour comes late; of faulty ones those that failed.
    fn is_late(self) -> bool {
        self.hour() % 2 == 0 && (self.0 % 5 == 0 || (self.is_faulty() && self.fails()))
    }

    fn fails(self) -> bool {
        self.noise() < if self.is_faulty() { 60 } else { 2 }
    }

    fn income(self) -> Option<f64> {
        let missing = self.noise() % 20 == 7 || (self.is_faulty() && self.noise() % 2 == 0);
        (!missing).then_some((self.0 % 40) as f64)
    }
}

/// A small generator, so that a case is told by its seed.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// What one batch tells of an hour.
fn part(hour: i64, rows: &[Row]) -> Reading {
    let window = Window::around(hour * HOUR_US, HOUR_US);
    let words = |word: &dyn Fn(&Row) -> &'static str| -> ArrayRef {
        Arc::new(
            rows.iter()
                .map(|row| Some(word(row)))
                .collect::<StringArray>(),
        )
    };
    let status = words(&|row| if row.fails() { "error" } else { "ok" });
    let region = words(&|row| if row.0 % 3 == 0 { "north" } else { "south" });
    let class = words(&|row| if row.noise() < 40 { "1" } else { "0" });
    let numbers = |values: Vec<Option<f64>>| -> ArrayRef { Arc::new(Float64Array::from(values)) };
    let income = numbers(rows.iter().map(|row| row.income()).collect());
    let latency = numbers(
        rows.iter()
            .map(|row| Some((20 + row.0 % 31) as f64))
            .collect(),
    );
    let columns = [
        ("input_income", income, true),
        ("latency_ms", latency, true),
        ("output_class", class, true),
        ("segment_region", region, true),
        ("status", status, true),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let mut reading = Reading::of_rows(window, Some(&batch), None);
    // A column without any value in a batch is told by its rows all the same.
    let segments = reading.segments.values_mut();
    for columns in segments.chain([&mut reading.columns]) {
        let rows = columns.values().map(Profile::rows).max().unwrap_or(0);
        let missing = || Profile::missing(ValueType::Number, rows);
        columns
            .entry("input_income".to_owned())
            .or_insert_with(missing);
    }
    reading
}

/// All rows cut into batches by `seed`, as a lake reads them together: each hour's parts in the order in which they came.
fn telemetry(seed: u64, late: bool, range: Range<i64>) -> BTreeMap<i64, Vec<Reading>> {
    let mut dice = Dice(seed);
    let mut hours = BTreeMap::new();
    for hour in range {
        let rows = (hour * HOURLY..(hour + 1) * HOURLY).map(Row);
        let rows: Vec<Row> = rows.filter(|row| !late || !row.is_late()).collect();
        hours.insert(hour, parts(hour, rows, &mut dice));
    }
    hours
}

fn parts(hour: i64, mut rows: Vec<Row>, dice: &mut Dice) -> Vec<Reading> {
    if dice.0 == 0 {
        return vec![part(hour, &rows)];
    }
    for at in (1..rows.len()).rev() {
        rows.swap(at, dice.throw(at + 1));
    }
    let mut out = Vec::new();
    while !rows.is_empty() {
        let some = 1 + dice.throw(rows.len());
        out.push(part(hour, &rows.split_off(rows.len() - some)));
    }
    out
}

fn merged(parts: &[Reading]) -> Reading {
    let mut parts = parts.iter();
    let mut whole = parts.next().unwrap().clone();
    parts.for_each(|part| whole.absorb(part));
    whole
}

fn setup() -> Setup {
    let monitor = |measure: Measure, window: &str, decision: DecisionRule| MonitorSpec {
        window: Some(window.to_owned()),
        decision,
        ..MonitorSpec::of("m", measure)
    };
    let burn = DecisionRule::Burn {
        target: 0.9,
        over: "30d".to_owned(),
        above: None,
    };
    let missing = MonitorSpec {
        column: Some("input_income".to_owned()),
        ..monitor(
            Measure::Missing,
            "1h",
            DecisionRule::ChangePoint { threshold: 8.0 },
        )
    };
    let own = [
        missing,
        monitor(Measure::Errors, "6h", DecisionRule::Band),
        monitor(Measure::Errors, "1h", burn),
        monitor(
            Measure::Volume,
            "1h",
            DecisionRule::Sequential { alpha: 0.01 },
        ),
    ];
    let named = own.into_iter().enumerate();
    Setup {
        model: "m".to_owned(),
        spec: ModelSpec::default(),
        owner: None,
        monitors: named
            .map(|(at, spec)| (format!("own-{at}"), spec))
            .collect(),
        pack: true,
        maintenance: Vec::new(),
    }
}

/// Everything that is told with the windows as they stand in the end, of batches cut by `seed`; restarted after
/// the hours of `stops`.
fn play(seed: u64, late: bool, stops: &[i64]) -> (String, usize) {
    let reference = telemetry(seed, false, 0..REFERENCE);
    let reference: Vec<Reading> = reference.values().map(|parts| merged(parts)).collect();
    let full = telemetry(seed, false, REFERENCE..HOURS);
    let mut known = telemetry(seed.wrapping_mul(3), late, REFERENCE..HOURS);
    let mut watch = Watch::learn(setup(), &reference);
    let mut told: Vec<Transition> = Vec::new();
    let mut revised = 0;
    for hour in REFERENCE..HOURS {
        told.extend(watch.close(&merged(&known[&hour])));
        let before = hour - LATE_HOURS;
        if late && before >= REFERENCE {
            revised += revise(&mut watch, &mut known, (before, &full[&before]));
        }
        if stops.contains(&(hour - REFERENCE)) {
            let kept = serde_json::to_string(watch.state()).unwrap();
            watch = Watch::learn(setup(), &reference);
            watch.resume(serde_json::from_str(&kept).unwrap());
            let from = watch.reread_us() / HOUR_US;
            known
                .range(from..hour + 1)
                .for_each(|(_, p)| watch.warm(&merged(p)));
        }
    }
    let state = serde_json::to_string(watch.state()).unwrap();
    (serde_json::to_string(&told).unwrap() + &state, revised)
}

/// The late rows of an hour have come.
fn revise(
    watch: &mut Watch,
    known: &mut BTreeMap<i64, Vec<Reading>>,
    (hour, full): (i64, &Vec<Reading>),
) -> usize {
    let whole = merged(full);
    if !watch.is_outdated(whole.window, whole.rows()) {
        return 0;
    }
    known.insert(hour, full.clone());
    let mut changed = watch.revise(&whole);
    for (length_us, window) in watch.late() {
        let hours = window.from_us / HOUR_US..window.to_us / HOUR_US;
        let parts: Vec<Reading> = known.range(hours).map(|(_, p)| merged(p)).collect();
        changed += watch.revise_longer((length_us, window.from_us), &parts);
    }
    changed
}

fn check(late: bool, cases: u32) {
    let (whole, revised) = play(0, late, &[]);
    assert!(
        whole.contains("fired") && whole.contains("resolved"),
        "{whole}"
    );
    assert_eq!(revised > 0, late);
    let config = ProptestConfig {
        cases,
        ..ProptestConfig::default()
    };
    let stops = prop::collection::vec(0..HOURS - REFERENCE, 0..3);
    let outcome = TestRunner::new(config).run(&(1..u64::MAX, stops), |(seed, stops)| {
        let (told, _) = play(seed, late, &stops);
        prop_assert_eq!(&told, &whole);
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn batches_and_restarts_change_nothing() {
    check(false, 4);
}

#[test]
fn late_batches_and_restarts_change_nothing() {
    check(true, 4);
}
