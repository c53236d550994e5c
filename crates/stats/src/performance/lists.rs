//! One ranked list and how good its order is. Ties count as the mean over their orders (McSherry and
//! Najork 2008).

/// A figure of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ListFormula {
    Ndcg,
    NdcgLinear,
    /// Average precision over the lesser of `k` and the relevant items.
    Ap,
    /// Average precision over all relevant items.
    ApRelevant,
    ReciprocalRank,
    Precision,
    Recall,
    Hit,
}

/// Items of one score.
#[derive(Debug, Clone, Copy, Default)]
struct Tie {
    items: usize,
    relevant: usize,
    /// Sum of relevance, and of 2^relevance − 1.
    linear: f64,
    powers: f64,
}

/// A list of items, best score first.
#[derive(Debug, Clone, Default)]
pub(super) struct List {
    ties: Vec<Tie>,
    /// Relevance, highest first.
    ideal: Vec<f64>,
    relevant: usize,
    /// `1 / log2(place + 1)` of places from 1 on.
    discounts: Vec<f64>,
}

fn power(relevance: f64) -> f64 {
    relevance.exp2() - 1.0
}

impl List {
    /// Takes in items in descending order of score, as `(key of the score, relevance)`.
    pub(super) fn fill(&mut self, items: impl Iterator<Item = (u64, f64)>) {
        self.ties.clear();
        self.ideal.clear();
        self.relevant = 0;
        let mut last = None;
        for (key, relevance) in items {
            if last != Some(key) {
                self.ties.push(Tie::default());
                last = Some(key);
            }
            let is_relevant = usize::from(relevance > 0.0);
            if let Some(tie) = self.ties.last_mut() {
                tie.items += 1;
                tie.relevant += is_relevant;
                tie.linear += relevance;
                tie.powers += power(relevance);
            }
            self.relevant += is_relevant;
            self.ideal.push(relevance);
        }
        self.ideal.sort_unstable_by(|a, b| b.total_cmp(a));
        for place in self.discounts.len() + 1..=self.ideal.len() {
            self.discounts.push(1.0 / (place as f64 + 1.0).log2());
        }
    }

    pub(super) fn has_relevant(&self) -> bool {
        self.relevant > 0
    }

    /// The figure of the first `k`; `None` where it needs a relevant item and there is none.
    pub(super) fn value(&self, formula: ListFormula, k: usize) -> Option<f64> {
        if k == 0 {
            return None;
        }
        let relevant = self.relevant as f64;
        let needs = |x: f64, of: f64| (of > 0.0).then(|| x / of);
        match formula {
            ListFormula::Ndcg => self.ndcg(k, |tie| tie.powers, power),
            ListFormula::NdcgLinear => self.ndcg(k, |tie| tie.linear, |x| x),
            ListFormula::Ap => needs(self.precisions(k), relevant.min(k as f64)),
            ListFormula::ApRelevant => needs(self.precisions(k), relevant),
            ListFormula::ReciprocalRank => Some(self.first(k).0),
            ListFormula::Precision => Some(self.hits(k) / k as f64),
            ListFormula::Recall => needs(self.hits(k), relevant),
            ListFormula::Hit => Some(self.first(k).1),
        }
    }

    /// Each tie with the items before it, as far as `k`.
    fn before(&self, k: usize) -> impl Iterator<Item = (usize, &Tie)> {
        let mut before = 0;
        let ties = self.ties.iter().map(move |tie| {
            let at = before;
            before += tie.items;
            (at, tie)
        });
        ties.take_while(move |(at, _)| *at < k)
    }

    fn ndcg(&self, k: usize, of: fn(&Tie) -> f64, gain: fn(f64) -> f64) -> Option<f64> {
        let discounts = |from: usize, items: usize| -> f64 {
            let until = (from + items).min(k);
            self.discounts
                .get(from..until)
                .map_or(0.0, |d| d.iter().sum())
        };
        let got: f64 = self
            .before(k)
            .map(|(at, tie)| of(tie) / tie.items as f64 * discounts(at, tie.items))
            .sum();
        let best = self.ideal.iter().zip(&self.discounts).take(k);
        let best: f64 = best.map(|(r, d)| gain(*r) * d).sum();
        (best > 0.0).then(|| got / best)
    }

    /// Expected relevant items among the first `k`.
    fn hits(&self, k: usize) -> f64 {
        self.before(k)
            .map(|(at, tie)| {
                let part = (k - at).min(tie.items) as f64 / tie.items as f64;
                tie.relevant as f64 * part
            })
            .sum()
    }

    /// Expected sum of precision at each relevant item among the first `k`.
    fn precisions(&self, k: usize) -> f64 {
        let (mut sum, mut above) = (0.0, 0.0);
        for (at, tie) in self.before(k) {
            let (n, r) = (tie.items as f64, tie.relevant as f64);
            // Given a relevant item, each place before it in the tie holds one of the others so often.
            let others = if tie.items > 1 {
                (r - 1.0) / (n - 1.0)
            } else {
                0.0
            };
            if tie.relevant > 0 {
                for place in at..(at + tie.items).min(k) {
                    let until = above + (place - at) as f64 * others + 1.0;
                    sum += r / n * until / (place as f64 + 1.0);
                }
            }
            above += r;
        }
        sum
    }

    /// Expected reciprocal of the first relevant item's place, and the chance that it is among the first
    /// `k`.
    fn first(&self, k: usize) -> (f64, f64) {
        let Some((at, tie)) = self.before(k).find(|(_, tie)| tie.relevant > 0) else {
            return (0.0, 0.0);
        };
        let (mut sum, mut none) = (0.0, 1.0);
        for place in at..(at + tie.items).min(k) {
            let left = (at + tie.items - place) as f64;
            let chance = (tie.relevant as f64 / left).min(1.0);
            sum += none * chance / (place as f64 + 1.0);
            none *= 1.0 - chance;
        }
        (sum, 1.0 - none)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every order of tied items, as lists without ties.
    fn orders(items: &[(u64, f64)]) -> Vec<Vec<(u64, f64)>> {
        let mut found = Vec::new();
        for first in 0..items.len() {
            let (mut rest, head) = (items.to_vec(), items[first]);
            if items.iter().any(|(key, _)| *key < head.0) {
                continue;
            }
            rest.remove(first);
            if rest.is_empty() {
                return vec![vec![head]];
            }
            for mut tail in orders(&rest) {
                tail.insert(0, head);
                found.push(tail);
            }
        }
        found
    }

    #[test]
    fn ties_are_the_mean_over_all_their_orders() {
        let items = [
            (1, 0.0),
            (1, 2.0),
            (2, 0.0),
            (2, 1.0),
            (2, 3.0),
            (2, 0.0),
            (3, 1.0),
        ];
        let all = orders(&items);
        assert_eq!(all.len(), 48);
        let mut list = List::default();
        for formula in [
            ListFormula::Ndcg,
            ListFormula::NdcgLinear,
            ListFormula::Ap,
            ListFormula::ApRelevant,
            ListFormula::ReciprocalRank,
            ListFormula::Precision,
            ListFormula::Recall,
            ListFormula::Hit,
        ] {
            for k in 1..9 {
                let mut sum = 0.0;
                for order in &all {
                    list.fill(order.iter().enumerate().map(|(at, (_, r))| (at as u64, *r)));
                    sum += list.value(formula, k).unwrap();
                }
                list.fill(items.into_iter());
                let got = list.value(formula, k).unwrap();
                let want = sum / all.len() as f64;
                assert!((got - want).abs() < 1e-12, "{formula:?} {k}: {got} {want}");
            }
        }
    }

    #[test]
    fn without_relevant_items_only_what_needs_none_is_told() {
        let mut list = List::default();
        list.fill([(1, 0.0), (2, 0.0)].into_iter());
        assert_eq!(list.value(ListFormula::Ndcg, 2), None);
        assert_eq!(list.value(ListFormula::Ap, 2), None);
        assert_eq!(list.value(ListFormula::ReciprocalRank, 2), Some(0.0));
        assert_eq!(list.value(ListFormula::Hit, 0), None);
    }
}
