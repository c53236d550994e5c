use super::*;
use proptest::prelude::*;

fn of(values: &[f64]) -> Moments {
    Moments::of(values)
}

fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-9 * scale.max(f64::MIN_POSITIVE)
}

fn agree(a: &Moments, b: &Moments) -> bool {
    let spread = (a.max - a.min).max(0.0);
    let n = a.n as f64;
    a.n == b.n
        && a.min.to_bits() == b.min.to_bits()
        && a.max.to_bits() == b.max.to_bits()
        && close(a.mean, b.mean, a.max.abs() + a.min.abs())
        && close(a.m2, b.m2, n * spread.powi(2))
        && close(a.m3, b.m3, n * spread.powi(3))
        && close(a.m4, b.m4, n * spread.powi(4))
}

#[test]
fn known_samples_have_known_moments() {
    let m = of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
    assert!(close(m.mean, 5.0, 1.0) && close(m.m2, 32.0, 32.0));
    assert!(close(m.variance().unwrap(), 32.0 / 7.0, 5.0));
    // scipy.stats.skew and kurtosis of the same sample.
    assert!(close(m.skewness().unwrap(), 0.656_25, 1.0));
    assert!(close(m.kurtosis().unwrap(), -0.218_75, 1.0));
}

#[test]
fn what_is_not_defined_is_none() {
    for (values, variance) in [(vec![], false), (vec![3.0], false), (vec![3.0, 3.0], true)] {
        let m = of(&values);
        assert_eq!(m.variance().is_some(), variance, "{values:?}");
        assert_eq!((m.skewness(), m.kurtosis()), (None, None), "{values:?}");
    }
    assert_eq!(of(&[-1e308, 1e308]).variance(), None);
}

#[test]
fn a_large_constant_has_no_spread() {
    let m = of(&vec![1e15 + 0.125; 1000]);
    assert_eq!((m.mean, m.m2), (1e15 + 0.125, 0.0));
}

proptest! {
    #[test]
    fn the_whole_is_the_merge_of_its_parts(
        values in prop::collection::vec(-1e6..1e6_f64, 0..200),
        cuts in (0_usize..200, 0_usize..200),
    ) {
        let cut = |c: usize| c.min(values.len());
        let (low, high) = (cut(cuts.0.min(cuts.1)), cut(cuts.0.max(cuts.1)));
        let parts = [of(&values[..low]), of(&values[low..high]), of(&values[high..])];
        let merge = |a: &Moments, b: &Moments| { let mut out = *a; out.merge(b); out };
        let whole = of(&values);
        let left = merge(&merge(&parts[0], &parts[1]), &parts[2]);
        let right = merge(&parts[0], &merge(&parts[1], &parts[2]));
        let turned = merge(&merge(&parts[2], &parts[0]), &parts[1]);
        for other in [left, right, turned] {
            prop_assert!(agree(&whole, &other), "{:?} {:?}", whole, other);
        }
    }

    #[test]
    fn a_repeated_value_is_that_value_often(value in -1e9..1e9_f64, n in 0_u64..50) {
        let often = vec![value; n as usize];
        prop_assert!(agree(&of(&often), &Moments::repeated(value, n)));
    }
}
