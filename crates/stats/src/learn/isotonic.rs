//! Isotonic regression.

/// Beyond it or its inverse, products of sums may not fit into a float; such values are scaled first.
const LARGE: f64 = 1e60;

/// Least weight, in units of a weight that is beyond these bounds, or of 1.
const WEIGHT_MIN: f64 = 1e-60;

/// A rising function of one variable: the weighted least-squares fit among all that never fall.
///
/// Pool adjacent violators (Ayer et al. 1955; Robertson, Wright and Dykstra 1988). Equal `x` are averaged
/// first. Between knots it is linear, outside it keeps the value of the nearest knot.
#[derive(Debug, Clone, PartialEq)]
pub struct Isotonic {
    x: Vec<f64>,
    y: Vec<f64>,
}

/// One row: where it lies, its value and its weight.
pub(crate) type Point = (f64, f64, f64);

/// Neighbouring points with one value.
#[derive(Clone, Copy)]
struct Block {
    first: f64,
    last: f64,
    sum: f64,
    weight: f64,
}

impl Block {
    fn of((x, y, w): Point) -> Self {
        Self {
            first: x,
            last: x,
            sum: w * y,
            weight: w,
        }
    }

    fn take(&mut self, next: &Self) {
        self.last = next.last;
        self.sum += next.sum;
        self.weight += next.weight;
    }

    /// Whether its mean is not below that of `other`; without a division, which takes most of the time.
    fn reaches(&self, other: &Self) -> bool {
        self.sum * other.weight >= other.sum * self.weight
    }
}

impl Isotonic {
    /// The fit to the points (`x`, `y`), in any order, weighted by `weights` or equally. Points are left out
    /// that have a coordinate that is not finite or a weight that is not finite and positive; `None` if none
    /// remain. Weights below 1e-60 count as that. Slices of different lengths are read up to the shortest.
    pub fn fit(x: &[f64], y: &[f64], weights: Option<&[f64]>) -> Option<Self> {
        let weight = |at: usize| weights.map_or(Some(1.0), |w| w.get(at).copied());
        let mut points: Vec<Point> = x
            .iter()
            .zip(y)
            .enumerate()
            .filter_map(|(at, (&x, &y))| Some((x + 0.0, y, weight(at)?)))
            .filter(|&(x, y, w)| x.is_finite() && y.is_finite() && w.is_finite() && w > 0.0)
            .collect();
        points.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let scale = |of: fn(&Point) -> f64| {
            let most = points.iter().map(|p| of(p).abs()).fold(0.0, f64::max);
            let plain = 1.0 / LARGE..LARGE;
            if most <= 0.0 || plain.contains(&most) {
                1.0
            } else {
                most
            }
        };
        let (unit, heavy) = (scale(|p| p.1), scale(|p| p.2));
        let points = points
            .iter()
            .map(|&(x, y, w)| (x, y / unit, (w / heavy).max(WEIGHT_MIN)));
        let mut made = Self::of_ascending(points)?;
        made.y.iter_mut().for_each(|y| *y *= unit);
        Some(made)
    }

    /// The fit to points that ascend in `x`, all finite and of positive weight; `None` without any.
    pub(crate) fn of_ascending(points: impl Iterator<Item = Point>) -> Option<Self> {
        let mut points = points.peekable();
        let mut blocks: Vec<Block> = Vec::new();
        while let Some(point) = points.next() {
            let mut block = Block::of(point);
            while let Some(same) = points.next_if(|next| next.0 <= block.first) {
                block.take(&Block::of(same));
            }
            // Blocks below that are not lower join this one.
            while let Some(mut below) = blocks.pop_if(|below| below.reaches(&block)) {
                below.take(&block);
                block = below;
            }
            blocks.push(block);
        }
        let mut made = Self {
            x: Vec::with_capacity(2 * blocks.len()),
            y: Vec::with_capacity(2 * blocks.len()),
        };
        for block in &blocks {
            let mean = block.sum / block.weight;
            made.x.push(block.first);
            made.y.push(mean);
            if block.first < block.last {
                made.x.push(block.last);
                made.y.push(mean);
            }
        }
        (!blocks.is_empty()).then_some(made)
    }

    /// Where its slope changes, ascending, and its values there.
    pub fn knots(&self) -> (&[f64], &[f64]) {
        (&self.x, &self.y)
    }

    /// Its value at `x`; NaN at NaN.
    pub fn at(&self, x: f64) -> f64 {
        if x.is_nan() {
            return f64::NAN;
        }
        self.between(x, self.x.partition_point(|knot| *knot < x))
    }

    /// Its values at each of `x`.
    pub fn predict(&self, x: &[f64]) -> Vec<f64> {
        x.iter().map(|&x| self.at(x)).collect()
    }

    /// Its values at ascending points, in one pass over the knots.
    pub(crate) fn ascending(&self) -> Ascending<'_> {
        Ascending { of: self, next: 0 }
    }

    /// Its value at `x`, where `next` is the first knot that is not below `x`.
    fn between(&self, x: f64, next: usize) -> f64 {
        let Some(before) = next.checked_sub(1) else {
            return self.y.first().copied().unwrap_or(f64::NAN);
        };
        let (x0, y0) = (self.x[before], self.y[before]);
        let (Some(&x1), Some(&y1)) = (self.x.get(next), self.y.get(next)) else {
            return y0;
        };
        let mut part = (x - x0) / (x1 - x0);
        if !(x1 - x0).is_finite() {
            part = (x / 2.0 - x0 / 2.0) / (x1 / 2.0 - x0 / 2.0);
        }
        (y0 * (1.0 - part) + y1 * part).clamp(y0, y1)
    }
}

/// See [`Isotonic::ascending`].
pub(crate) struct Ascending<'a> {
    of: &'a Isotonic,
    next: usize,
}

impl Ascending<'_> {
    /// The value at `x`, which is not below the one before.
    pub(crate) fn at(&mut self, x: f64) -> f64 {
        while self.of.x.get(self.next).is_some_and(|knot| *knot < x) {
            self.next += 1;
        }
        self.of.between(x, self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_point_is_left_out() {
        let x = [f64::NAN, 1.0, 2.0, f64::INFINITY, 3.0];
        let y = [5.0, 1.0, f64::NAN, 9.0, 0.0];
        let fit = Isotonic::fit(&x, &y, None).unwrap();
        assert_eq!(fit.knots(), (&[1.0, 3.0][..], &[0.5, 0.5][..]));
        assert!(fit.at(f64::NAN).is_nan());
        assert_eq!(fit.predict(&[f64::NEG_INFINITY, f64::INFINITY]), [0.5, 0.5]);
        assert_eq!(Isotonic::fit(&[], &[], None), None);
        assert_eq!(Isotonic::fit(&[1.0], &[1.0], Some(&[0.0])), None);
    }

    #[test]
    fn weights_count_as_repeated_rows() {
        let heavy = Isotonic::fit(&[1.0, 2.0], &[1.0, 0.0], Some(&[3.0, 1.0])).unwrap();
        let rows = Isotonic::fit(&[1.0, 1.0, 1.0, 2.0], &[1.0, 1.0, 1.0, 0.0], None).unwrap();
        assert_eq!((heavy.at(1.5), rows.at(1.5)), (0.75, 0.75));
    }

    #[test]
    fn tiny_weights_and_values_are_told_apart() {
        let (x, y, w) = ([1.0, 2.0, 3.0], [1e-300, 3e-300, 2e-300], [1e-300; 3]);
        let fit = Isotonic::fit(&x, &y, Some(&w)).unwrap();
        assert_eq!(fit.predict(&x), [1e-300, 2.5e-300, 2.5e-300]);
    }

    #[test]
    fn the_largest_floats_do_not_overflow() {
        let fit = Isotonic::fit(
            &[-1.7e308, 0.0, 1.7e308],
            &[-1.7e308, 1.7e308, 1.7e308],
            None,
        );
        let fit = fit.unwrap();
        assert!(
            fit.predict(&[-1e308, 0.0, 1e308])
                .iter()
                .all(|y| y.is_finite())
        );
    }

    proptest! {
        #[test]
        fn it_never_falls_and_a_second_fit_changes_nothing(
            points in prop::collection::vec((0_u8..40, -5.0_f64..5.0, 0.1_f64..3.0), 1..120),
        ) {
            let x: Vec<f64> = points.iter().map(|p| f64::from(p.0) / 7.0).collect();
            let y: Vec<f64> = points.iter().map(|p| p.1).collect();
            let w: Vec<f64> = points.iter().map(|p| p.2).collect();
            let fit = Isotonic::fit(&x, &y, Some(&w)).unwrap();
            let grid: Vec<f64> = (-10..80).map(|x| f64::from(x) / 11.0).collect();
            let values = fit.predict(&grid);
            prop_assert!(values.windows(2).all(|pair| pair[0] <= pair[1]));
            let mut walk = fit.ascending();
            for (x, y) in grid.iter().zip(&values) {
                prop_assert_eq!(walk.at(*x).to_bits(), y.to_bits());
            }
            let fitted = fit.predict(&x);
            let again = Isotonic::fit(&x, &fitted, Some(&w)).unwrap().predict(&x);
            for (a, b) in fitted.iter().zip(&again) {
                prop_assert!((a - b).abs() < 1e-12);
            }
            // The weighted mean is kept.
            let mean = |v: &[f64]| v.iter().zip(&w).map(|(v, w)| v * w).sum::<f64>();
            prop_assert!((mean(&y) - mean(&fitted)).abs() < 1e-9);
        }
    }
}
