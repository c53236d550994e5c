//! One tree, leaf by leaf.

use super::Settings;

/// Smallest sum of second derivatives on a side of a split.
const HESSIAN_MIN: f64 = 1e-3;

/// Rows that go down a tree together.
const LANES: usize = 16;

/// What falls into a bin: sums of derivatives, and rows.
#[derive(Debug, Clone, Copy, Default)]
struct Bin {
    first: f64,
    second: f64,
    rows: u32,
}

impl Bin {
    fn plus(self, other: Self) -> Self {
        Self {
            first: self.first + other.first,
            second: self.second + other.second,
            rows: self.rows + other.rows,
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            first: self.first - other.first,
            second: self.second - other.second,
            rows: self.rows - other.rows,
        }
    }
}

/// A question about a bin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Question {
    pub(super) feature: u32,
    bin: u8,
    /// 1 puts bin 0, the missing, above all others; 0 leaves it below.
    turn: u8,
    /// Whether the bin alone goes left.
    one: bool,
}

impl Question {
    #[inline]
    fn is_right(self, bin: u8) -> bool {
        let above = bin.wrapping_sub(self.turn) > self.bin.wrapping_sub(self.turn);
        let other = bin != self.bin;
        (self.one & other) | (!self.one & above)
    }
}

/// A node: a question with where it leads, or a leaf, which leads to itself.
#[derive(Debug, Clone, PartialEq)]
struct Node {
    question: Question,
    next: [u32; 2],
    value: f64,
}

/// A tree over bins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    depth: u32,
}

impl Tree {
    /// Its value for a row of bins.
    #[inline]
    pub(super) fn value(&self, bins: &[u8]) -> f64 {
        let mut at = 0;
        loop {
            let node = &self.nodes[at];
            let bin = bins[node.question.feature as usize];
            let next = node.next[usize::from(node.question.is_right(bin))] as usize;
            if next == at {
                return node.value;
            }
            at = next;
        }
    }

    /// Adds its values for rows of `width` bins to `sums`. Rows go down side by side, because each step of
    /// one waits for the step before.
    pub(super) fn add(&self, bytes: &[u8], width: usize, sums: &mut [f64]) {
        for (rows, sums) in bytes.chunks(width * LANES).zip(sums.chunks_mut(LANES)) {
            let mut at = [0_usize; LANES];
            for _ in 0..self.depth {
                for (at, row) in at.iter_mut().zip(rows.chunks_exact(width)) {
                    let node = &self.nodes[*at];
                    let bin = row[node.question.feature as usize];
                    *at = node.next[usize::from(node.question.is_right(bin))] as usize;
                }
            }
            for (sum, at) in sums.iter_mut().zip(at) {
                *sum += self.nodes[at].value;
            }
        }
    }

    /// Whether it asks nothing.
    pub(super) fn is_stump(&self) -> bool {
        self.nodes.len() <= 1
    }

    pub(super) fn leaf_value(&self, leaf: usize) -> f64 {
        self.nodes[leaf].value
    }

    pub(super) fn set(&mut self, leaf: usize, value: f64) {
        self.nodes[leaf].value = value;
    }
}

/// A leaf while the tree grows: its rows, what falls into its bins, and the best question to ask.
struct Leaf {
    node: usize,
    from: usize,
    to: usize,
    depth: u32,
    sum: Bin,
    bins: Vec<Bin>,
    best: Option<(f64, Question)>,
}

/// What trees grow from.
pub(super) struct Ground<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) width: usize,
    pub(super) offsets: &'a [usize],
    pub(super) categories: &'a [bool],
    /// Features that this tree may ask about.
    pub(super) asked: &'a [bool],
    pub(super) first: &'a [f64],
    pub(super) second: &'a [f64],
    /// Whether the second derivative of each row is 1.
    pub(super) flat: bool,
    pub(super) settings: &'a Settings,
}

/// A grown tree, which rows are in which leaf (its node, and a range of the rows), and what each question
/// gained.
pub(super) struct Grown {
    pub(super) tree: Tree,
    pub(super) leaves: Vec<(usize, usize, usize)>,
    pub(super) gains: Vec<(u32, f64)>,
}

impl Ground<'_> {
    /// A tree over `rows`, which it puts into the order of its leaves. Leaves are split best first.
    pub(super) fn grow(&self, rows: &mut [u32]) -> Grown {
        let mut grown = Grown {
            tree: Tree {
                nodes: Vec::new(),
                depth: 0,
            },
            leaves: Vec::new(),
            gains: Vec::new(),
        };
        let mut spare = vec![0_u32; rows.len()];
        let bins = self.counted(rows);
        let mut leaves = vec![self.leaf(&mut grown.tree, (0, rows.len(), 0), bins)];
        while leaves.len() < self.settings.leaves.max(1) {
            let gain = |leaf: &Leaf| leaf.best.map_or(0.0, |(gain, _)| gain);
            // The first of equals, so that the tree is the same in every run.
            let best = leaves
                .iter()
                .enumerate()
                .rev()
                .max_by(|a, b| gain(a.1).total_cmp(&gain(b.1)));
            let Some((at, (gain, question))) = best.and_then(|(at, l)| Some((at, l.best?))) else {
                break;
            };
            let leaf = leaves.swap_remove(at);
            grown.gains.push((question.feature, gain));
            let [left, right] = self.split(&mut grown.tree, leaf, question, rows, &mut spare);
            leaves.push(left);
            leaves.push(right);
        }
        grown.leaves = leaves.iter().map(|l| (l.node, l.from, l.to)).collect();
        grown
    }

    fn leaf(
        &self,
        tree: &mut Tree,
        (from, to, depth): (usize, usize, u32),
        bins: Vec<Bin>,
    ) -> Leaf {
        let of_first = self.offsets.get(1).map_or(0, |end| *end);
        let sum = bins[..of_first]
            .iter()
            .fold(Bin::default(), |sum, bin| sum.plus(*bin));
        let node = tree.nodes.len();
        tree.depth = tree.depth.max(depth);
        let l2 = self.settings.l2.max(0.0);
        tree.nodes.push(Node {
            question: Question {
                feature: 0,
                bin: 0,
                turn: 0,
                one: false,
            },
            next: [node as u32; 2],
            value: -sum.first / (sum.second + l2).max(HESSIAN_MIN),
        });
        let mut leaf = Leaf {
            node,
            from,
            to,
            depth,
            sum,
            bins,
            best: None,
        };
        if self.settings.depth.is_none_or(|most| depth < most) {
            leaf.best = self.best(&leaf);
        }
        leaf
    }

    fn split(
        &self,
        tree: &mut Tree,
        leaf: Leaf,
        question: Question,
        rows: &mut [u32],
        spare: &mut [u32],
    ) -> [Leaf; 2] {
        let (from, to, depth) = (leaf.from, leaf.to, leaf.depth + 1);
        let left = self.part(question, &mut rows[from..to], &mut spare[from..to]);
        let middle = from + left;
        // The smaller side is counted, the other is what remains.
        let small_is_left = left * 2 <= to - from;
        let small = if small_is_left {
            from..middle
        } else {
            middle..to
        };
        let small = self.counted(&rows[small]);
        let mut large = leaf.bins;
        for (all, part) in large.iter_mut().zip(&small) {
            *all = all.minus(*part);
        }
        let (left, right) = if small_is_left {
            (small, large)
        } else {
            (large, small)
        };
        let left = self.leaf(tree, (from, middle, depth), left);
        let right = self.leaf(tree, (middle, to, depth), right);
        let node = &mut tree.nodes[leaf.node];
        node.question = question;
        node.next = [left.node as u32, right.node as u32];
        [left, right]
    }

    /// Puts the rows that go left first, in their order, and tells how many these are.
    fn part(&self, question: Question, rows: &mut [u32], spare: &mut [u32]) -> usize {
        let (mut left, mut right) = (0, 0);
        let feature = question.feature as usize;
        for at in 0..rows.len() {
            let row = rows[at];
            let is_right = question.is_right(self.bytes[row as usize * self.width + feature]);
            // Both are written, and only one of them kept, which saves a branch.
            rows[left] = row;
            spare[right] = row;
            left += usize::from(!is_right);
            right += usize::from(is_right);
        }
        rows[left..].copy_from_slice(&spare[..right]);
        left
    }

    /// What falls into each bin of each feature.
    fn counted(&self, rows: &[u32]) -> Vec<Bin> {
        let mut bins = vec![Bin::default(); self.offsets.last().map_or(0, |end| *end)];
        if self.flat {
            self.count::<true>(rows, &mut bins);
            bins.iter_mut()
                .for_each(|bin| bin.second = f64::from(bin.rows));
        } else {
            self.count::<false>(rows, &mut bins);
        }
        bins
    }

    fn count<const FLAT: bool>(&self, rows: &[u32], bins: &mut [Bin]) {
        for &row in rows {
            let row = row as usize;
            let (first, second) = (self.first[row], self.second[row]);
            let bytes = &self.bytes[row * self.width..][..self.width];
            for (&byte, &offset) in bytes.iter().zip(self.offsets) {
                let bin = &mut bins[offset + usize::from(byte)];
                bin.first += first;
                bin.rows += 1;
                if !FLAT {
                    bin.second += second;
                }
            }
        }
    }

    /// The question that gains most at a leaf.
    fn best(&self, leaf: &Leaf) -> Option<(f64, Question)> {
        let mut search = Search {
            sum: leaf.sum,
            rows_min: self.settings.leaf_rows_min.max(1),
            l2: self.settings.l2.max(0.0),
            best: None,
        };
        // What rounding alone could gain is none.
        let own = search.score(leaf.sum);
        let mut least = own + 1e-12 * own.abs() + 1e-14;
        for (at, ends) in self.offsets.windows(2).enumerate() {
            if !self.asked[at] {
                continue;
            }
            let bins = &leaf.bins[ends[0]..ends[1]];
            if self.categories[at] {
                search.one(at as u32, bins, &mut least);
            } else {
                search.ordered(at as u32, bins, false, &mut least);
                if bins.first().is_some_and(|missing| missing.rows > 0) {
                    search.ordered(at as u32, bins, true, &mut least);
                }
            }
        }
        search.best.map(|question| (least - own, question))
    }
}

/// Looks for the question that gains most.
struct Search {
    sum: Bin,
    rows_min: u32,
    l2: f64,
    best: Option<Question>,
}

impl Search {
    fn score(&self, side: Bin) -> f64 {
        side.first * side.first / (side.second + self.l2).max(HESSIAN_MIN)
    }

    fn holds(&self, side: Bin) -> bool {
        side.rows >= self.rows_min && side.second >= HESSIAN_MIN
    }

    /// Each bin against all others.
    fn one(&mut self, feature: u32, bins: &[Bin], least: &mut f64) {
        for (at, &left) in bins.iter().enumerate() {
            let right = self.sum.minus(left);
            let score = self.score(left) + self.score(right);
            if score > *least && self.holds(left) && self.holds(right) {
                *least = score;
                self.best = Some(Question {
                    feature,
                    bin: at as u8,
                    turn: 0,
                    one: true,
                });
            }
        }
    }

    /// Each cut of the ordered bins, with the missing ones below all or above all.
    fn ordered(&mut self, feature: u32, bins: &[Bin], missing_above: bool, least: &mut f64) {
        let Some((&missing, present)) = bins.split_first() else {
            return;
        };
        let mut left = if missing_above {
            Bin::default()
        } else {
            missing
        };
        for (at, &bin) in present.iter().enumerate() {
            left = left.plus(bin);
            if left.rows < self.rows_min || bin.rows == 0 {
                continue;
            }
            let right = self.sum.minus(left);
            if right.rows < self.rows_min {
                break;
            }
            let score = self.score(left) + self.score(right);
            if score > *least && self.holds(left) && self.holds(right) {
                *least = score;
                // Where training misses nothing, what is missing later goes with the larger side.
                let above = if missing.rows == 0 {
                    right.rows > left.rows
                } else {
                    missing_above
                };
                self.best = Some(Question {
                    feature,
                    bin: (at + 1) as u8,
                    turn: u8::from(above),
                    one: false,
                });
            }
        }
    }
}
