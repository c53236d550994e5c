use super::*;
use datasketches::common::SearchCriteria;
use datasketches::kll::{KllFloat, KllSketch};
use proptest::prelude::*;

fn of(values: &[f64]) -> Quantiles {
    let mut out = Quantiles::default();
    out.insert(values, 32_768);
    out
}

/// Numbers in no order, the same each time.
fn scattered(n: u64, seed: u64) -> Vec<f64> {
    let mix = |i: u64| (i + seed * 1_000_003).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11;
    (0..n)
        .map(|i| mix(i) as f64 / (1_u64 << 53) as f64)
        .collect()
}

/// Largest error of a rank, over all ranks.
fn worst(sketch: &Quantiles, values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let steps = (0..=200).map(|i| f64::from(i) / 200.0);
    let error = |rank: f64| {
        let found = sketch.quantile(rank).unwrap();
        let low = sorted.partition_point(|x| *x < found) as f64 / n;
        let high = sorted.partition_point(|x| *x <= found) as f64 / n;
        (low - rank).max(rank - high).max(0.0)
    };
    steps.map(error).fold(0.0, f64::max)
}

#[test]
fn few_values_are_exact() {
    let sketch = of(&[5.0, 1.0, 3.0, 2.0, 4.0]);
    let found = sketch.quantiles(&[0.0, 0.2, 0.21, 0.5, 1.0]).unwrap();
    assert_eq!(found, [1.0, 1.0, 2.0, 3.0, 5.0]);
    assert_eq!(sketch.rank(3.0, false), Some(0.4));
    assert_eq!(sketch.rank(3.0, true), Some(0.6));
    assert_eq!(Quantiles::default().quantile(0.5), None);
}

#[test]
fn ranks_are_within_their_error_however_values_come() {
    let values = scattered(100_000, 1);
    for piece in [100_000, 4096, 230, 7] {
        let mut sketch = Quantiles::default();
        for part in values.chunks(piece) {
            sketch.merge(&of(part));
        }
        assert_eq!(sketch.n(), 100_000);
        let error = worst(&sketch, &values);
        assert!(error <= sketch.rank_error(), "pieces of {piece}: {error}");
    }
}

#[test]
fn a_column_inserted_whole_errs_less_than_its_bound() {
    for (seed, exact_max, most) in [(2, 200_000, 0.006), (3, 32_768, 0.01), (4, 8_192, 0.0133)] {
        let values = scattered(200_000, seed);
        let mut sketch = Quantiles::default();
        sketch.insert(&values, exact_max);
        let weights = sketch.weighed().iter().map(|(_, n)| n).sum::<u64>();
        assert_eq!((sketch.n(), weights), (200_000, 200_000));
        let error = worst(&sketch, &values);
        assert!(error < most, "{exact_max}: {error}");
    }
}

#[test]
fn ends_are_exact_and_items_bounded() {
    let values = scattered(50_000, 3);
    let sketch = of(&values);
    let (low, high) = values
        .iter()
        .fold((1.0_f64, 0.0_f64), |(l, h), x| (l.min(*x), h.max(*x)));
    assert_eq!(sketch.quantiles(&[0.0, 1.0]).unwrap(), [low, high]);
    let mut bytes = Vec::new();
    sketch.write(&mut bytes);
    assert!(bytes.len() < 6_000, "{}", bytes.len());
}

#[test]
fn counted_values_weigh_what_they_count() {
    let mut counted = Quantiles::default();
    counted.insert_counted(&[(1.0, 700), (2.0, 200), (3.0, 100)]);
    let found = counted.quantiles(&[0.5, 0.7, 0.71, 0.9, 0.95]).unwrap();
    assert_eq!(found, [1.0, 1.0, 2.0, 2.0, 3.0]);
}

#[test]
fn apaches_library_reads_our_bytes_and_we_read_its() {
    for n in [2, 600, 5_000, 80_000] {
        let values = scattered(n, n);
        let ours = of(&values);
        let mut bytes = Vec::new();
        ours.write(&mut bytes);
        let theirs = KllSketch::<KllFloat<f64>>::deserialize(&bytes).unwrap();
        assert_eq!(theirs.n(), n);
        for rank in [0.01, 0.25, 0.5, 0.9, 0.999] {
            let other = theirs.quantile(rank, SearchCriteria::Inclusive).unwrap();
            assert_eq!(
                ours.quantile(rank),
                other.map(KllFloat::into_inner),
                "{n} {rank}"
            );
        }
        assert!((theirs.normalized_rank_error() - ours.rank_error()).abs() < 1e-12);

        let mut theirs = KllSketch::<KllFloat<f64>>::new(K).unwrap();
        values
            .iter()
            .for_each(|x| theirs.update(KllFloat::<f64>::new(*x).unwrap()));
        let read = Quantiles::read(&theirs.serialize()).unwrap();
        assert!(worst(&read, &values) <= read.rank_error());
    }
}

#[test]
fn damaged_bytes_are_errors() {
    let mut bytes = Vec::new();
    of(&scattered(1_000, 4)).write(&mut bytes);
    for cut in 0..bytes.len() {
        assert!(Quantiles::read(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 0x55;
        // Some bits of an item may change without contradiction; nothing may panic.
        let _ = Quantiles::read(&other);
    }
}

proptest! {
    #[test]
    fn merging_keeps_every_row_and_both_ends(
        parts in prop::collection::vec(prop::collection::vec(-1e3..1e3_f64, 0..900), 1..6),
    ) {
        let mut sketch = Quantiles::default();
        parts.iter().for_each(|part| sketch.merge(&of(part)));
        let all: Vec<f64> = parts.concat();
        prop_assert_eq!(sketch.n(), all.len() as u64);
        prop_assert_eq!(sketch.weighed().iter().map(|(_, n)| n).sum::<u64>(), sketch.n());
        if !all.is_empty() {
            prop_assert!(worst(&sketch, &all) <= sketch.rank_error());
        }
    }
}
