//! Whether a classifier can tell two samples of texts apart, and by which words.

use super::ngrams::{NgramKind, hashed, ngrams};
use crate::drift::Comparison;
use crate::drift::multivariate::{DomainPlan, cross_fitted, dealt, drawn};
use crate::figure::Figure;
use crate::proportion::difference;
use crate::random::Random;
use hashbrown::HashMap;

/// Texts of a side above which so many are drawn.
pub const TEXT_ROWS_MAX: usize = 10_000;
/// Texts of a side and fold below which nothing is told.
const FOLD_ROWS_MIN: usize = 4;
/// Times that each text is learnt from.
const EPOCHS: usize = 3;
/// The first step of each weight; later ones shrink as AdaGrad says.
const STEP: f32 = 0.5;
/// Places that are spelled, and n-grams that are told of them.
const SPELLED: usize = 96;
const TOLD: usize = 20;
const METHOD: &str = "text_domain";

/// How the classifier of texts goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextPlan {
    /// Folds, rows of a side and seed. Rows are cut to [`TEXT_ROWS_MAX`].
    pub domain: DomainPlan,
    /// The table of n-grams has 2 to the power of `bits` places; within 14 to 18.
    pub bits: u32,
}

impl Default for TextPlan {
    fn default() -> Self {
        Self {
            domain: DomainPlan::default(),
            bits: 16,
        }
    }
}

/// What the classifier says of two samples of texts.
#[derive(Debug, Clone, PartialEq)]
pub struct TextDomain {
    /// The area under its curve with its interval; 0.5 if the samples cannot be told apart.
    pub comparison: Comparison,
    /// The n-grams that it tells them apart by, most telling first; 20 at most.
    pub ngrams: Vec<TellingNgram>,
}

/// An n-gram that is commoner on one side.
#[derive(Debug, Clone, PartialEq)]
pub struct TellingNgram {
    /// The n-gram, in lower case.
    pub text: String,
    /// What it is.
    pub kind: NgramKind,
    /// Sampled texts of the reference that have it.
    pub reference: u64,
    /// Sampled texts of the current side that have it.
    pub current: u64,
    /// The share of texts that have it, current minus reference. Its interval does not know that the n-gram
    /// was picked among many.
    pub difference: Figure,
}

/// The domain classifier of texts: a logistic model of hashed n-grams.
///
/// A text is the set of its words, pairs of neighbouring words, and parts of words of three and four
/// characters, hashed to a table (Weinberger et al. 2009) and scaled to length 1. The model is learnt by
/// stochastic gradients with AdaGrad's steps (Duchi, Hazan and Singer 2011), three times over in an order by
/// the seed. Folds, interval and p-value are as in [`crate::drift::domain_classifier_with`]. Missing texts
/// are left out.
pub fn text_domain(
    reference: &[Option<&str>],
    current: &[Option<&str>],
    plan: &TextPlan,
) -> TextDomain {
    let present = |texts: &[Option<&str>]| texts.iter().filter(|t| t.is_some()).count();
    let most = plan.domain.rows.min(TEXT_ROWS_MAX);
    let mut random = Random::new(plan.domain.seed, 0);
    let mut draw = |texts: &[Option<&str>]| drawn(present(texts), most, &mut random);
    let (first, second) = (draw(reference), draw(current));
    let (m, n) = (first.len(), second.len());
    let count = plan.domain.folds.max(2);
    let mut comparison = Comparison::undefined(
        METHOD,
        "the classifier gave no scores",
        (m as u64, n as u64),
    );
    let needed = FOLD_ROWS_MIN * count;
    if m.min(n) < needed {
        comparison.statistic = Figure::too_few(m.min(n) as u64, needed as u64, METHOD);
        return TextDomain {
            comparison,
            ngrams: Vec::new(),
        };
    }
    let texts: Vec<&str> = picked(reference, &first)
        .chain(picked(current, &second))
        .collect();
    let bags = Bags::of(&texts, plan.bits.clamp(14, 18));
    let mut random = Random::new(plan.domain.seed, 1);
    let (labels, folds) = dealt(m, n, count, &mut random);
    let mut scores = vec![0.0; texts.len()];
    let mut weights = vec![0.0; bags.places];
    for fold in 0..count {
        let (train, held): (Vec<usize>, Vec<usize>) =
            (0..texts.len()).partition(|row| folds[*row] != fold);
        let mut random = Random::new(plan.domain.seed, 2 + fold as u64);
        let model = Linear::learnt(&bags, &labels, train, &mut random);
        for row in held {
            scores[row] = f64::from(model.score(bags.of_row(row)));
        }
        for (sum, weight) in weights.iter_mut().zip(&model.weights) {
            *sum += f64::from(*weight);
        }
    }
    if let Some(area) = cross_fitted(&scores, &labels, &folds, count) {
        comparison.statistic = area.figure(METHOD);
        comparison.p_value = Some(area.p_value());
        comparison.effect = Some(area.value);
        comparison.effect_name = "auc";
    }
    TextDomain {
        comparison,
        ngrams: told(&texts, &bags, &weights, m),
    }
}

/// The present texts at the ascending places `rows` among those present.
fn picked<'t>(
    texts: &'t [Option<&'t str>],
    rows: &'t [usize],
) -> impl Iterator<Item = &'t str> + 't {
    let mut next = rows.iter().copied().peekable();
    let present = texts.iter().flatten().enumerate();
    present.filter_map(move |(at, text)| next.next_if(|row| *row == at).map(|_| *text))
}

/// The distinct places of each text's n-grams, one text after the other.
struct Bags {
    places: usize,
    entries: Vec<u32>,
    ends: Vec<usize>,
}

impl Bags {
    fn of(texts: &[&str], bits: u32) -> Self {
        let mut made = Self {
            places: 1 << bits,
            entries: Vec::new(),
            ends: Vec::with_capacity(texts.len()),
        };
        let mut bag: Vec<u32> = Vec::new();
        for text in texts {
            bag.clear();
            ngrams(text, |kind, text| bag.push(made.place(kind, text)));
            bag.sort_unstable();
            bag.dedup();
            made.entries.extend_from_slice(&bag);
            made.ends.push(made.entries.len());
        }
        made
    }

    fn place(&self, kind: NgramKind, text: &str) -> u32 {
        (hashed(kind, text) & (self.places as u64 - 1)) as u32
    }

    fn of_row(&self, row: usize) -> &[u32] {
        let from = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.entries[from..self.ends[row]]
    }
}

struct Linear {
    intercept: f32,
    weights: Vec<f32>,
}

impl Linear {
    fn learnt(bags: &Bags, labels: &[bool], mut rows: Vec<usize>, random: &mut Random) -> Self {
        let mut made = Self {
            intercept: 0.0,
            weights: vec![0.0; bags.places],
        };
        // Sums of squared gradients, the intercept's last.
        let mut squares = vec![1e-6_f32; bags.places + 1];
        for _ in 0..EPOCHS {
            random.shuffle(&mut rows);
            for row in &rows {
                let bag = bags.of_row(*row);
                let p = 1.0 / (1.0 + (-made.score(bag)).exp());
                let slope = p - f32::from(u8::from(labels[*row]));
                squares[bags.places] += slope * slope;
                made.intercept -= STEP * slope / squares[bags.places].sqrt();
                let part = slope / (bag.len().max(1) as f32).sqrt();
                for place in bag {
                    let place = *place as usize;
                    squares[place] += part * part;
                    made.weights[place] -= STEP * part / squares[place].sqrt();
                }
            }
        }
        made
    }

    fn score(&self, bag: &[u32]) -> f32 {
        let sum: f32 = bag.iter().map(|place| self.weights[*place as usize]).sum();
        self.intercept + sum / (bag.len().max(1) as f32).sqrt()
    }
}

/// The n-grams of the places that part the sides most: weight times difference of shares.
fn told(texts: &[&str], bags: &Bags, weights: &[f64], first: usize) -> Vec<TellingNgram> {
    let second = texts.len() - first;
    let mut parting = vec![0.0; bags.places];
    for row in 0..texts.len() {
        let by = if row < first {
            -1.0 / first as f64
        } else {
            1.0 / second as f64
        };
        for place in bags.of_row(row) {
            parting[*place as usize] += by;
        }
    }
    for (parting, weight) in parting.iter_mut().zip(weights) {
        *parting *= weight;
    }
    let mut order: Vec<u32> = (0..bags.places as u32).collect();
    order.sort_by(|a, b| parting[*b as usize].total_cmp(&parting[*a as usize]));
    order.retain(|place| parting[*place as usize] > 0.0);
    order.truncate(SPELLED);
    let mut made: Vec<TellingNgram> = Vec::new();
    for found in spelled(texts, bags, &order, first) {
        let Some((kind, text, [reference, current])) = found else {
            continue;
        };
        let shares = difference((reference, first as u64), (current, second as u64));
        let rises = current * first as u64 > reference * second as u64;
        // A part of a word that is told already says nothing new.
        let known = made.iter().any(|other| {
            let same = other.difference.value.is_some_and(|d| (d > 0.0) == rises);
            same && other.text.contains(text.trim())
        });
        if !known {
            made.push(TellingNgram {
                text,
                kind,
                reference,
                current,
                difference: shares,
            });
        }
    }
    made.truncate(TOLD);
    made
}

/// The n-grams of one place: texts of each side that have it, and the last such text.
type Spelling = HashMap<(NgramKind, String), ([u64; 2], usize)>;

/// For each of `places`, the n-gram whose share differs most, with the texts of each side that have it.
fn spelled(
    texts: &[&str],
    bags: &Bags,
    places: &[u32],
    first: usize,
) -> Vec<Option<(NgramKind, String, [u64; 2])>> {
    let mut rank = vec![u32::MAX; bags.places];
    for (at, place) in places.iter().enumerate() {
        rank[*place as usize] = at as u32;
    }
    let mut counts: Vec<Spelling> = vec![HashMap::new(); places.len()];
    for (row, text) in texts.iter().enumerate() {
        ngrams(text, |kind, gram| {
            let at = rank[bags.place(kind, gram) as usize];
            let Some(found) = counts.get_mut(at as usize) else {
                return;
            };
            let entry = found.entry((kind, gram.to_owned()));
            let (sides, last) = entry.or_insert(([0, 0], usize::MAX));
            if *last != row {
                *last = row;
                sides[usize::from(row >= first)] += 1;
            }
        });
    }
    let second = (texts.len() - first) as f64;
    let apart =
        |sides: &[u64; 2]| (sides[1] as f64 / second - sides[0] as f64 / first as f64).abs();
    counts
        .into_iter()
        .map(|found| {
            let found = found
                .into_iter()
                .map(|((kind, text), (sides, _))| (kind, text, sides));
            // Ties go to words before parts and then by spelling, whatever the table's order.
            found.max_by(|a, b| {
                let nearer = apart(&a.2).total_cmp(&apart(&b.2));
                nearer.then_with(|| (b.0, &b.1).cmp(&(a.0, &a.1)))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 8] = [
        "refund", "order", "late", "parcel", "thanks", "broken", "where", "is",
    ];

    fn texts(rows: usize, seed: u64, extra: &str) -> Vec<String> {
        let mut random = Random::new(seed, 3);
        (0..rows)
            .map(|row| {
                let mut words: Vec<&str> = (0..6).map(|_| WORDS[random.below(8)]).collect();
                if row % 3 == 0 && !extra.is_empty() {
                    words[2] = extra;
                }
                words.join(" ")
            })
            .collect()
    }

    fn test(a: &[String], b: &[String], seed: u64) -> TextDomain {
        let some =
            |texts: &[String]| -> Vec<Option<String>> { texts.iter().cloned().map(Some).collect() };
        let (a, b) = (some(a), some(b));
        let a: Vec<Option<&str>> = a.iter().map(Option::as_deref).collect();
        let b: Vec<Option<&str>> = b.iter().map(Option::as_deref).collect();
        let domain = DomainPlan {
            seed,
            ..DomainPlan::default()
        };
        text_domain(&a, &b, &TextPlan { domain, bits: 14 })
    }

    #[test]
    fn a_new_word_is_found_and_named() {
        // A third of the texts has it: the area is 2/3 at most.
        let (a, b) = (texts(300, 1, ""), texts(240, 2, "Crypto"));
        let made = test(&a, &b, 0);
        assert!(
            made.comparison.statistic.low.unwrap() > 0.5,
            "{:?}",
            made.comparison
        );
        let first = &made.ngrams[0];
        assert!(
            first.text.contains("crypt") || "crypto".contains(first.text.trim()),
            "{first:?}"
        );
        assert!(
            made.ngrams
                .iter()
                .any(|n| n.text == "crypto" && n.current == 80)
        );
        assert!(first.difference.low.unwrap() > 0.2);
        assert_eq!(made, test(&a, &b, 0));
    }

    #[test]
    fn without_change_alarms_are_rare() {
        let runs = 60;
        let alarms = (0..runs)
            .filter(|seed| {
                let (a, b) = (texts(60, 2 * seed + 10, ""), texts(50, 2 * seed + 11, ""));
                test(&a, &b, *seed).comparison.p_value.unwrap() <= 0.05
            })
            .count();
        assert!(alarms <= 7, "{alarms} of {runs}");
    }

    #[test]
    fn equal_samples_are_a_half_and_little_is_told_of_few_or_empty_texts() {
        let a = texts(101, 1, "");
        let made = test(&a, &a, 0).comparison.statistic;
        assert!(
            made.low.unwrap() <= 0.5 && 0.5 <= made.high.unwrap(),
            "{made:?}"
        );
        let few = text_domain(&[Some("a"); 9], &[None; 50], &TextPlan::default());
        assert_eq!(few.comparison.statistic.status.name(), "too_few");
        let empty = text_domain(&[Some(""); 30], &[Some("…"); 30], &TextPlan::default());
        assert_eq!(empty.comparison.effect, Some(0.5));
        assert!(empty.ngrams.is_empty());
    }
}
