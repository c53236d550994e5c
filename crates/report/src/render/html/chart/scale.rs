//! From values to places along an axis.

/// A linear axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// From `low` to `high`; ends that are equal, crossed or no numbers are moved apart.
    pub(in super::super) fn new(low: f64, high: f64) -> Self {
        let low = if low.is_finite() { low } else { 0.0 };
        let high = if high.is_finite() { high } else { low };
        if high > low && (high - low).is_finite() {
            return Self { low, high };
        }
        let room = if low == 0.0 {
            1.0
        } else {
            (low.abs() * 0.1).max(f64::MIN_POSITIVE)
        };
        Self {
            low: low - room,
            high: low + room,
        }
    }

    /// Around all values that are numbers, with a little room, and inside `within` if given.
    pub(in super::super) fn around(
        values: impl Iterator<Item = f64>,
        within: Option<(f64, f64)>,
    ) -> Self {
        let finite = values.filter(|value| value.is_finite());
        let ends = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let Self { low, high } = Self::new(ends.0, ends.1);
        let room = (high - low) * 0.08;
        let (floor, ceiling) = within.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        Self::new((low - room).max(floor), (high + room).min(ceiling))
    }

    /// The place of a value in [0, 1]; what lies outside is at the end.
    pub(in super::super) fn place(self, value: f64) -> f64 {
        let place = (value - self.low) / (self.high - self.low);
        if place.is_nan() {
            0.0
        } else {
            place.clamp(0.0, 1.0)
        }
    }

    /// About `count` round values inside, two or more where there is room between the ends.
    pub(in super::super) fn ticks(self, count: u32) -> Vec<f64> {
        let rough = (self.high - self.low) / f64::from(count.max(1));
        let power = 10_f64.powf(rough.log10().floor());
        let steps = [10.0, 5.0, 2.5, 2.0, 1.0, 0.5, 0.2, 0.1].map(|factor| factor * power);
        let wide = |step: &f64| *step < rough * 0.999;
        let own = steps
            .iter()
            .position(wide)
            .map_or(0, |at| at.saturating_sub(1));
        let ticks = steps[own..].iter().map(|step| self.multiples(*step));
        ticks
            .clone()
            .find(|ticks| ticks.len() > 1)
            .or_else(|| ticks.clone().next())
            .unwrap_or_default()
    }

    /// Multiples of `step` inside; none if there would be very many.
    fn multiples(self, step: f64) -> Vec<f64> {
        let first = (self.low / step - 1e-9).ceil();
        let last = (self.high / step + 1e-9).floor();
        if !step.is_finite() || step <= 0.0 || !(0.0..=50.0).contains(&(last - first)) {
            return Vec::new();
        }
        let mut ticks = Vec::new();
        let mut at = first;
        while at <= last {
            ticks.push(at * step);
            at += 1.0;
        }
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_are_round_and_inside() {
        for (low, high, count, expect) in [
            (0.0, 1.0, 4, &[0.0, 0.25, 0.5, 0.75, 1.0][..]),
            (0.71, 0.83, 3, &[0.75, 0.8]),
            (0.0, 100.0, 5, &[0.0, 20.0, 40.0, 60.0, 80.0, 100.0]),
            (-3.0, 3.0, 3, &[-2.0, 0.0, 2.0]),
            (610.0, 690.0, 3, &[625.0, 650.0, 675.0]),
        ] {
            let ticks = Scale::new(low, high).ticks(count);
            let close = ticks.iter().zip(expect).all(|(a, b)| (a - b).abs() < 1e-9);
            assert!(close && ticks.len() == expect.len(), "{ticks:?}");
        }
    }

    #[test]
    fn places_lie_between_the_ends() {
        let scale = Scale::new(10.0, 20.0);
        for (value, place) in [(10.0, 0.0), (15.0, 0.5), (99.0, 1.0), (f64::NAN, 0.0)] {
            assert!((scale.place(value) - place).abs() < 1e-12);
        }
    }

    proptest! {
        #[test]
        fn any_ends_make_an_axis(low in proptest::num::f64::ANY, high in proptest::num::f64::ANY, count in 0_u32..9) {
            for scale in [Scale::new(low, high), Scale::around([low, high].into_iter(), Some((0.0, 1.0)))] {
                prop_assert!((0.0..=1.0).contains(&scale.place(low)));
                prop_assert!(scale.ticks(count).len() <= 51);
            }
        }
    }
}
