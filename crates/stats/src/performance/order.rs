//! Rows in the order of a number, window by window.

/// A key that is smaller the larger `x` is; NaN has none of use. Both zeros have one key.
pub(super) fn descending(x: f64) -> u64 {
    let bits = (x + 0.0).to_bits();
    if bits >> 63 == 0 {
        !bits & (u64::MAX >> 1)
    } else {
        bits
    }
}

/// The number of a key.
pub(super) fn of_key(key: u64) -> f64 {
    let is_negative = key >> 63 == 1;
    f64::from_bits(if is_negative {
        key
    } else {
        !key & (u64::MAX >> 1)
    })
}

/// Items of rows, window by window, in the order of the rows.
#[derive(Debug, Clone)]
pub(super) struct Windows<T> {
    items: Vec<T>,
    starts: Vec<usize>,
}

impl<T: Copy + Default> Windows<T> {
    /// Of `rows` rows, of which each gives at most one item of a window below `windows`; others are left
    /// out. `item` is asked twice for each row.
    pub(super) fn new(
        rows: usize,
        windows: usize,
        item: impl Fn(usize) -> Option<(usize, T)>,
    ) -> Self {
        let mut starts = vec![0; windows + 1];
        for (window, _) in (0..rows).filter_map(&item) {
            if let Some(count) = starts.get_mut(window + 1) {
                *count += 1;
            }
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        // One window holds its rows in order as they come.
        if windows == 1 {
            let only = (0..rows).filter_map(&item);
            let mut items = Vec::with_capacity(total);
            items.extend(
                only.filter(|(window, _)| *window == 0)
                    .map(|(_, item)| item),
            );
            return Self { items, starts };
        }
        let mut next = starts.clone();
        let mut items = vec![T::default(); total];
        for (window, item) in (0..rows).filter_map(&item) {
            // The end beyond the last window is none of its places.
            if let Some(at) = next.get_mut(window).filter(|_| window < windows) {
                items[*at] = item;
                *at += 1;
            }
        }
        Self { items, starts }
    }

    /// Each window's items, to be sorted in place.
    pub(super) fn each_mut(&mut self) -> impl Iterator<Item = &mut [T]> {
        let mut rest = self.items.as_mut_slice();
        self.starts.windows(2).map(move |ends| {
            let (items, after) = std::mem::take(&mut rest).split_at_mut(ends[1] - ends[0]);
            rest = after;
            items
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_fall_as_numbers_rise() {
        let rising = [
            f64::NEG_INFINITY,
            -1.0,
            -1e-300,
            0.0,
            1e-300,
            1.0,
            f64::INFINITY,
        ];
        assert!(rising.is_sorted_by(|a, b| descending(*a) > descending(*b)));
        assert_eq!(descending(-0.0), descending(0.0));
        assert!(
            rising
                .iter()
                .all(|x| of_key(descending(*x)).total_cmp(x).is_eq())
        );
    }

    #[test]
    fn rows_find_their_windows() {
        let groups = [1_usize, 0, 9, 1, 0];
        let mut windows = Windows::new(5, 2, |row| Some((groups[row], row)));
        let each: Vec<Vec<usize>> = windows.each_mut().map(|w| w.to_vec()).collect();
        assert_eq!(each, [vec![1, 4], vec![0, 3]]);
        let mut none = Windows::new(0, 0, |row| Some((0, row)));
        assert_eq!(none.each_mut().count(), 0);
    }
}
