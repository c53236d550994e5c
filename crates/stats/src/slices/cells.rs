//! Tables of cells: rows, sums and squares of the target by the codes of columns.

use std::ops::{Add, AddAssign, Sub};

/// Rows whose keys are made in one go.
const BLOCK: usize = 1_024;
/// Tables that rows take turns in.
const LANES: usize = 4;

/// Rows with the sum and the squares of their targets.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Sums {
    pub(super) n: f64,
    pub(super) sum: f64,
    pub(super) squares: f64,
}

impl Add for Sums {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            n: self.n + other.n,
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
        }
    }
}

impl Sub for Sums {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            n: self.n - other.n,
            sum: self.sum - other.sum,
            squares: self.squares - other.squares,
        }
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Sums {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::default(), Add::add)
    }
}

/// The target of each row.
pub(super) enum Values {
    /// 0 or 1, by row and as the set of those that are 1.
    Flags(Vec<u8>, Bits),
    /// Numbers of mean 0 and variance 1, with the mean and the deviation that were taken out.
    Numbers(Vec<f64>, f64, f64),
}

impl Values {
    pub(super) fn flags(flags: impl Iterator<Item = bool>) -> Self {
        let flags: Vec<u8> = flags.map(u8::from).collect();
        let set = Bits::of(&flags, (1, 1));
        Values::Flags(flags, set)
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Values::Flags(flags, _) => flags.len(),
            Values::Numbers(numbers, ..) => numbers.len(),
        }
    }

    pub(super) fn total(&self) -> Sums {
        match self {
            Values::Flags(flags, _) => {
                let ones = flags.iter().map(|y| u64::from(*y)).sum::<u64>() as f64;
                Sums {
                    n: flags.len() as f64,
                    sum: ones,
                    squares: ones,
                }
            }
            Values::Numbers(numbers, ..) => numbers.iter().map(|x| one(*x)).sum(),
        }
    }

    /// The table over `cells` cells (at most 2¹⁵) of the keys `high · size + low` of each row.
    pub(super) fn table(&self, high: &[u16], low: &[u8], size: usize, cells: usize) -> Vec<Sums> {
        let mut keys = [0_u16; BLOCK];
        let blocks = high.chunks(BLOCK).zip(low.chunks(BLOCK));
        let mut fill = |(high, low): (&[u16], &[u8])| {
            let pairs = keys.iter_mut().zip(high).zip(low);
            pairs.for_each(|((key, high), low)| {
                *key = high.wrapping_mul(size as u16).wrapping_add(u16::from(*low));
            });
            keys
        };
        match self {
            Values::Flags(flags, _) => {
                let mut tables = [const { Vec::new() }; LANES];
                tables.fill(vec![0_u32; 2 * cells]);
                for (block, flags) in blocks.zip(flags.chunks(BLOCK)) {
                    let mut keys = fill(block);
                    // A cell has one count for each target.
                    let pairs = keys.iter_mut().zip(flags);
                    pairs.for_each(|(key, y)| {
                        *key = key.wrapping_mul(2).wrapping_add(u16::from(*y))
                    });
                    count(keys.get(..flags.len()).unwrap_or_default(), &mut tables);
                }
                (0..cells).map(|cell| of_flags(&tables, cell)).collect()
            }
            Values::Numbers(numbers, ..) => {
                let mut tables = [const { Vec::new() }; LANES];
                tables.fill(vec![[0.0_f64; 4]; cells]);
                for (block, numbers) in blocks.zip(numbers.chunks(BLOCK)) {
                    add(&fill(block), numbers, &mut tables);
                }
                (0..cells).map(|cell| of_numbers(&tables, cell)).collect()
            }
        }
    }
}

/// Counts each key. Neighbouring rows go to tables of their own, so that none need wait for the one before
/// it if both fall into one cell.
fn count(keys: &[u16], [a, b, c, d]: &mut [Vec<u32>; LANES]) {
    let one = |table: &mut Vec<u32>, key: u16| {
        if let Some(n) = table.get_mut(usize::from(key)) {
            *n = n.wrapping_add(1);
        }
    };
    let (fours, rest) = keys.as_chunks::<LANES>();
    for [i, j, k, l] in fours {
        one(a, *i);
        one(b, *j);
        one(c, *k);
        one(d, *l);
    }
    rest.iter().for_each(|key| one(a, *key));
}

/// Adds one row, its target and the target's square at each key.
fn add(keys: &[u16], numbers: &[f64], [a, b, c, d]: &mut [Vec<[f64; 4]>; LANES]) {
    let one = |table: &mut Vec<[f64; 4]>, key: u16, x: f64| {
        if let Some(cell) = table.get_mut(usize::from(key)) {
            let row = [1.0, x, x * x, 0.0];
            cell.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
    };
    let (fours, rest) = numbers.as_chunks::<LANES>();
    let (keys_of_fours, keys_of_rest) = keys.split_at(LANES * fours.len());
    let (keys_of_fours, _) = keys_of_fours.as_chunks::<LANES>();
    for ([i, j, k, l], [w, x, y, z]) in keys_of_fours.iter().zip(fours) {
        one(a, *i, *w);
        one(b, *j, *x);
        one(c, *k, *y);
        one(d, *l, *z);
    }
    keys_of_rest
        .iter()
        .zip(rest)
        .for_each(|(key, x)| one(a, *key, *x));
}

fn of_flags(tables: &[Vec<u32>; LANES], cell: usize) -> Sums {
    let all = |at: usize| -> f64 {
        let counts = tables.iter().filter_map(|table| table.get(at));
        counts.map(|n| f64::from(*n)).sum()
    };
    let (no, yes) = (all(2 * cell), all(2 * cell + 1));
    Sums {
        n: no + yes,
        sum: yes,
        squares: yes,
    }
}

fn of_numbers(tables: &[Vec<[f64; 4]>; LANES], cell: usize) -> Sums {
    let cells = tables.iter().filter_map(|table| table.get(cell));
    cells
        .map(|[n, sum, squares, _]| Sums {
            n: *n,
            sum: *sum,
            squares: *squares,
        })
        .sum()
}

fn one(x: f64) -> Sums {
    Sums {
        n: 1.0,
        sum: x,
        squares: x * x,
    }
}

/// A set of rows, one bit each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn none(rows: usize) -> Self {
        Self(vec![0; rows.div_ceil(64)])
    }

    /// The rows whose code lies between `low` and `high`, both included.
    pub(super) fn of(codes: &[u8], (low, high): (u8, u8)) -> Self {
        let word = |codes: &[u8]| {
            let bits = codes.iter().enumerate();
            bits.fold(0, |word, (at, code)| {
                word | u64::from(low <= *code && *code <= high) << at
            })
        };
        Self(codes.chunks(64).map(word).collect())
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }

    pub(super) fn without(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & !b).collect())
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }

    pub(super) fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Rows in both over rows in either.
    pub(super) fn jaccard(&self, other: &Self) -> f64 {
        let pairs = self.0.iter().zip(&other.0);
        let (both, either) = pairs.fold((0_u64, 0_u64), |(both, either), (a, b)| {
            let (and, or) = ((a & b).count_ones(), (a | b).count_ones());
            (both + u64::from(and), either + u64::from(or))
        });
        both as f64 / either.max(1) as f64
    }

    /// Sums of the targets of its rows.
    pub(super) fn sums(&self, values: &Values) -> Sums {
        match values {
            Values::Flags(_, set) => {
                let ones = self.and(set).count() as f64;
                Sums {
                    n: self.count() as f64,
                    sum: ones,
                    squares: ones,
                }
            }
            Values::Numbers(numbers, ..) => {
                let mut sums = Sums::default();
                for (word, numbers) in self.0.iter().zip(numbers.chunks(64)) {
                    let mut left = *word;
                    while left != 0 {
                        let at = left.trailing_zeros() as usize;
                        left &= left - 1;
                        sums += numbers.get(at).map_or_else(Sums::default, |x| one(*x));
                    }
                }
                sums
            }
        }
    }
}
