//! Numbers drawn from a seed, the same in every run.

/// Xoshiro256++ (Blackman and Vigna), seeded by `SplitMix64`.
#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: [u64; 4],
    spare: Option<f64>,
}

impl Random {
    /// The stream number `stream` of `seed`.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut x = seed ^ stream.wrapping_mul(0xd1b5_4a32_d192_ed03);
        let state = std::array::from_fn(|_| {
            x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        });
        Self { state, spare: None }
    }

    /// The stream that belongs to a path of numbers, e.g. model, cell and fault, of `seed`.
    pub(crate) fn at(seed: u64, path: [u64; 3]) -> Self {
        let mixed = path.into_iter().fold(seed, |sum, step| {
            let z = (sum ^ step.wrapping_mul(0xff51_afd7_ed55_8ccd)).rotate_left(31);
            (z ^ (z >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53)
        });
        Self::new(mixed, path[1])
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let out = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c1, d1) = (c ^ a, d ^ b);
        self.state = [a ^ d1, b ^ c1, c1 ^ (b << 17), d1.rotate_left(45)];
        out
    }

    /// Uniform in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let x = (self.bits() >> 11) as f64;
        x / 9_007_199_254_740_992.0
    }

    /// Whether something of probability `p` happens.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Standard normal (polar method).
    pub(crate) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.unit() - 1.0, 2.0 * self.unit() - 1.0);
            let r = x * x + y * y;
            if r > 0.0 && r < 1.0 {
                let scale = (-2.0 * r.ln() / r).sqrt();
                self.spare = Some(y * scale);
                return x * scale;
            }
        }
    }

    /// Lognormal with this median.
    pub(crate) fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * (sigma * self.normal()).exp()
    }

    /// A count with this mean (Poisson; from 30 on by the normal law).
    pub(crate) fn count(&mut self, mean: f64) -> usize {
        if mean >= 30.0 {
            return (mean + mean.sqrt() * self.normal()).max(0.0).round() as usize;
        }
        let (floor, mut product, mut n) = ((-mean).exp(), self.unit(), 0);
        while product > floor {
            product *= self.unit();
            n += 1;
        }
        n
    }

    /// One of `choices` by its weight; weights add up to 1.
    pub(crate) fn pick(&mut self, choices: &[(&'static str, f64)]) -> &'static str {
        chosen(choices, self.unit())
    }
}

/// The choice at `unit` in `[0, 1)` by the choices' weights.
pub(crate) fn chosen(choices: &[(&'static str, f64)], unit: f64) -> &'static str {
    let mut left = unit;
    for (choice, weight) in choices {
        left -= weight;
        if left < 0.0 {
            return choice;
        }
    }
    choices.last().map_or("", |(choice, _)| choice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_fixed_and_differ() {
        let draw = |seed, stream| Random::new(seed, stream).bits();
        assert_eq!(draw(7, 1), draw(7, 1));
        assert_ne!(draw(7, 1), draw(7, 2));
        assert_ne!(draw(7, 1), draw(8, 1));
        let at = |path| Random::at(7, path).bits();
        assert_eq!(at([1, 2, 3]), at([1, 2, 3]));
        let paths = [[1, 2, 3], [3, 2, 1], [1, 3, 2], [0, 2, 3], [1, 2, 0]];
        for (i, one) in paths.iter().enumerate() {
            for other in &paths[..i] {
                assert_ne!(at(*one), at(*other), "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn moments_are_those_of_the_law() {
        let mut random = Random::new(1, 0);
        let n = 100_000;
        let draws: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n);
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n);
        assert!(
            mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03,
            "{mean} {variance}"
        );
        let hits = (0..n).filter(|_| random.chance(0.25)).count();
        assert!((24_000..26_000).contains(&hits), "{hits}");
        for mean in [0.0, 0.3, 8.0, 200.0] {
            let counts: usize = (0..20_000).map(|_| random.count(mean)).sum();
            let seen = counts as f64 / 20_000.0;
            assert!((seen - mean).abs() <= 0.02 * (mean + 1.0), "{seen} {mean}");
        }
    }
}
