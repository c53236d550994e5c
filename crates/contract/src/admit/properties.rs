//! What holds for every body: nothing panics, every row is accounted for, bad rows harm nobody, and
//! the formats say the same.

use super::*;
use crate::fields::base_schema;
use crate::guard::numbers::is_card_number;
use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW_US: i64 = 1_767_225_600_000_000;
const FORMATS: [Format; 5] = [
    Format::Json,
    Format::Ndjson,
    Format::Csv,
    Format::Arrow,
    Format::Parquet,
];

struct Base;

impl Layouts for Base {
    fn layout(&self, table: &TableId) -> Arc<TableLayout> {
        TableLayout::new(base_schema(table))
    }
}

/// A prediction, whatever format it is written in.
#[derive(Debug, Clone)]
struct Sample {
    id: String,
    score: f64,
    count: i64,
    word: Option<String>,
    ok: Option<bool>,
    environment: Option<String>,
}

impl Sample {
    fn json(&self) -> Value {
        json!({
            "id": self.id,
            "environment": self.environment,
            "outputs": {"score": self.score},
            "inputs": {"count": self.count, "word": self.word, "ok": self.ok},
        })
    }
}

fn samples() -> impl Strategy<Value = Vec<Sample>> {
    let float = prop::num::f64::NORMAL | prop::num::f64::ZERO;
    let word = prop::option::of("w[a-z é,\"']{0,8}x");
    let place = prop::option::of("[st]aging");
    // Whether a card's number is masked depends on the numbers that come with it.
    let count = any::<i64>().prop_filter("no card", |n| *n < 0 || !is_card_number(*n));
    let sample = (float, count, word, any::<Option<bool>>(), place);
    prop::collection::vec(sample, 1..20).prop_map(|rows| {
        let number = |(at, (score, count, word, ok, environment)): (usize, _)| Sample {
            id: format!("p{at}"),
            score,
            count,
            word,
            ok,
            environment,
        };
        rows.into_iter().enumerate().map(number).collect()
    })
}

fn lines(samples: &[Sample]) -> Vec<Vec<u8>> {
    samples
        .iter()
        .map(|s| s.json().to_string().into_bytes())
        .collect()
}

fn columns(samples: &[Sample]) -> RecordBatch {
    let strings = |of: fn(&Sample) -> Option<&str>| -> ArrayRef {
        Arc::new(samples.iter().map(of).collect::<StringArray>())
    };
    let scores = samples.iter().map(|s| s.score);
    let counts = samples.iter().map(|s| s.count);
    let oks: BooleanArray = samples.iter().map(|s| s.ok).collect();
    RecordBatch::try_from_iter([
        ("id", strings(|s| Some(&s.id))),
        (
            "output_score",
            Arc::new(Float64Array::from_iter_values(scores)) as ArrayRef,
        ),
        (
            "input_count",
            Arc::new(Int64Array::from_iter_values(counts)),
        ),
        ("input_word", strings(|s| s.word.as_deref())),
        ("input_ok", Arc::new(oks)),
        ("environment", strings(|s| s.environment.as_deref())),
    ])
    .unwrap()
}

/// The same predictions as a body of `format`.
fn body(samples: &[Sample], format: Format) -> Vec<u8> {
    match format {
        Format::Ndjson => lines(samples).join(&b'\n'),
        Format::Json => {
            let rows: Vec<Value> = samples.iter().map(Sample::json).collect();
            serde_json::to_vec(&rows).unwrap()
        }
        Format::Csv => {
            let mut writer = ::csv::Writer::from_writer(Vec::new());
            writer
                .write_record([
                    "id",
                    "output_score",
                    "input_count",
                    "input_word",
                    "input_ok",
                    "environment",
                ])
                .unwrap();
            for s in samples {
                let ok = s.ok.map(|ok| ok.to_string()).unwrap_or_default();
                let (score, count) = (format!("{:?}", s.score), s.count.to_string());
                let word = s.word.as_deref().unwrap_or_default();
                let place = s.environment.as_deref().unwrap_or_default();
                writer
                    .write_record([s.id.as_str(), &score, &count, word, &ok, place])
                    .unwrap();
            }
            writer.into_inner().unwrap()
        }
        Format::Arrow => {
            let batch = columns(samples);
            let mut writer =
                arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
            writer.write(&batch).unwrap();
            writer.into_inner().unwrap()
        }
        Format::Parquet => {
            let batch = columns(samples);
            let mut writer =
                parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
            writer.write(&batch).unwrap();
            writer.into_inner().unwrap()
        }
    }
}

fn admit(door: &Door, format: Format, bodies: &[&[u8]]) -> Admitted {
    let limits = Limits::default();
    let keys = Keys::new([1; 32], [2; 32], 1);
    let privacy = Privacy::default();
    let mut admission = Admission::new(&limits, &keys, &privacy, &Base, NOW_US, 7);
    for body in bodies {
        admission.add(&Request {
            body: Bytes::copy_from_slice(body),
            format,
            door,
            mapping: None,
            trace: None,
        });
    }
    admission.finish()
}

fn loan() -> Door {
    Door::One {
        model: ModelName::new("loan").unwrap(),
        kind: Kind::Prediction,
    }
}

/// The rows that were taken, as JSON, nulls left out.
fn rows(admitted: &Admitted) -> Vec<Value> {
    let mut out = Vec::new();
    for part in &admitted.parts {
        if part.table != TableId::Quarantine {
            let mut writer = arrow::json::LineDelimitedWriter::new(&mut out);
            writer.write(&part.batch).unwrap();
        }
    }
    let lines = std::str::from_utf8(&out).unwrap().lines();
    lines.map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn ids(admitted: &Admitted) -> Vec<String> {
    let id = |row: &Value| row["id"].as_str().unwrap_or_default().to_owned();
    rows(admitted).iter().map(id).collect()
}

/// Every row of the request was either taken or rejected, and the parts hold what was taken.
fn accounted(admitted: &Admitted) -> Result<(), TestCaseError> {
    let tally = &admitted.tallies[0];
    let rejected = u32::try_from(admitted.rejected.len()).unwrap();
    if tally.unreadable.is_none() {
        prop_assert_eq!(tally.rows, tally.taken + rejected);
    }
    prop_assert_eq!(rows(admitted).len(), tally.taken as usize);
    for part in &admitted.parts {
        prop_assert_eq!(part.fingerprints.len(), part.batch.num_rows());
        prop_assert_eq!(part.origins.len(), part.batch.num_rows());
        prop_assert_eq!(part.columns.len(), part.batch.num_columns());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn the_formats_say_the_same(samples in samples()) {
        let expected = admit(&loan(), Format::Ndjson, &[&body(&samples, Format::Ndjson)]);
        prop_assert_eq!(expected.rejected.len(), 0);
        prop_assert_eq!(expected.tallies[0].taken as usize, samples.len());
        for format in FORMATS {
            let other = admit(&loan(), format, &[&body(&samples, format)]);
            prop_assert_eq!(rows(&other), rows(&expected), "{:?}", format);
            let keys = |a: &Admitted| -> Vec<u128> {
                a.parts.iter().flat_map(|p| p.fingerprints.clone()).collect()
            };
            prop_assert_eq!(keys(&other), keys(&expected), "{:?}", format);
        }
    }

    #[test]
    fn two_halves_are_the_whole(samples in samples(), at in any::<prop::sample::Index>()) {
        let at = at.index(samples.len());
        for format in FORMATS {
            let whole = admit(&loan(), format, &[&body(&samples, format)]);
            let halves = [&samples[..at], &samples[at..]].map(|half| body(half, format));
            let halves: Vec<&[u8]> = halves.iter().map(Vec::as_slice).collect();
            let together = admit(&loan(), format, &halves);
            prop_assert_eq!(rows(&together), rows(&whole), "{:?}", format);
        }
    }

    #[test]
    fn a_bad_line_harms_no_neighbour(
        samples in samples(),
        bad in prop::collection::vec(
            (any::<prop::sample::Index>(), prop_oneof![
                prop::collection::vec(any::<u8>(), 1..40),
                "[{\\[\"]{1,60}".prop_map(String::into_bytes),
            ]),
            0..8,
        ),
    ) {
        let mut all: Vec<(bool, Vec<u8>)> = lines(&samples).into_iter().map(|l| (true, l)).collect();
        for (at, bytes) in bad {
            let mut line: Vec<u8> = bytes.into_iter().filter(|b| *b != b'\n').collect();
            // Never blank, never JSON.
            line.insert(0, b'#');
            all.insert(at.index(all.len()), (false, line));
        }
        // A good line that was cut is bad too.
        let mut cut = all[0].1.clone();
        cut.pop();
        all.push((false, cut));
        let whole: Vec<&[u8]> = all.iter().map(|(_, line)| line.as_slice()).collect();
        let admitted = admit(&loan(), Format::Ndjson, &[&whole.join(&b'\n')]);
        accounted(&admitted)?;
        let good: Vec<String> = samples.iter().map(|s| s.id.clone()).collect();
        prop_assert_eq!(ids(&admitted), good);
        let places: Vec<u32> = admitted.rejected.iter().map(|r| r.rejection.row).collect();
        let expected: Vec<u32> = (0u32..).zip(&all).filter(|(_, (good, _))| !good).map(|(at, _)| at).collect();
        prop_assert_eq!(places, expected);
    }
}

/// How a body is damaged: some flipped bits, then a cut.
#[derive(Debug, Clone)]
struct Harm {
    flips: Vec<(prop::sample::Index, u8)>,
    cut: prop::sample::Index,
}

fn harm() -> impl Strategy<Value = Harm> {
    let flips = prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 0..4);
    (flips, any::<prop::sample::Index>()).prop_map(|(flips, cut)| Harm { flips, cut })
}

impl Harm {
    /// The body with flipped bits, and that cut.
    fn inflict(&self, mut bytes: Vec<u8>) -> [Vec<u8>; 2] {
        for (at, bits) in &self.flips {
            let at = at.index(bytes.len());
            bytes[at] ^= bits;
        }
        let cut = bytes[..self.cut.index(bytes.len())].to_vec();
        [bytes, cut]
    }
}

proptest! {
    // With all formats these are some ten thousand bodies.
    #![proptest_config(ProptestConfig::default())]

    #[test]
    fn any_bytes_are_survived(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        mixed in any::<bool>(),
    ) {
        let door = if mixed { Door::Mixed } else { loan() };
        for format in FORMATS {
            accounted(&admit(&door, format, &[&bytes]))?;
        }
    }

    #[test]
    fn damaged_bodies_are_survived(samples in samples(), harm in harm()) {
        for format in FORMATS {
            for bytes in harm.inflict(body(&samples, format)) {
                accounted(&admit(&loan(), format, &[&bytes]))?;
            }
        }
    }
}

/// A decoder that trusts its input: a value always follows the first colon.
fn trusting(bytes: &[u8]) -> u8 {
    let colon = bytes.iter().position(|&b| b == b':').unwrap();
    bytes[colon + 1]
}

#[test]
fn a_decoder_that_trusts_its_input_is_found() {
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let outcome = runner.run(&(samples(), harm()), |(samples, harm)| {
        for bytes in harm.inflict(body(&samples, Format::Ndjson)) {
            std::hint::black_box(trusting(&bytes));
        }
        Ok(())
    });
    assert!(outcome.is_err(), "the damage reached nothing");
}
