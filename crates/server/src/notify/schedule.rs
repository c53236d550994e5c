//! When a notice that was not taken is sent again.

/// Waits after the first tries, in seconds; later ones wait as long as the last.
const WAITS_S: [i64; 7] = [5, 15, 60, 300, 900, 1_800, 3_600];
/// How long a notice is tried; then it is given up.
pub(crate) const TRIED_US: i64 = 24 * 3_600 * SECOND_US;
/// The longest time that a receiver may ask for.
const ASKED_S_MAX: i64 = 3_600;
const SECOND_US: i64 = 1_000_000;

/// How a try went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The receiver took it.
    Taken,
    /// It may work later; the receiver may have said when.
    Later {
        /// Why, in a sentence.
        why: String,
        /// Seconds that the receiver asked for.
        after_s: Option<u64>,
    },
    /// It will not work.
    Never {
        /// Why, in a sentence.
        why: String,
    },
}

impl Outcome {
    pub(crate) fn later(why: impl Into<String>) -> Self {
        let why = why.into();
        Outcome::Later { why, after_s: None }
    }

    pub(crate) fn never(why: impl Into<String>) -> Self {
        Outcome::Never { why: why.into() }
    }

    /// What an answer by HTTP means: 2xx is taken; 408, 429 and 5xx may pass; all else stays so.
    pub(crate) fn of_status(status: u16, after_s: Option<u64>, said: &str) -> Self {
        let said = said.trim();
        let why = match said {
            "" => format!("the receiver answered {status}"),
            said => format!("the receiver answered {status}: {said}"),
        };
        match status {
            200..=299 => Outcome::Taken,
            408 | 429 | 500..=599 => Outcome::Later { why, after_s },
            300..=399 => Outcome::never(format!("{why}; redirects are not followed")),
            _ => Outcome::Never { why },
        }
    }
}

/// When the next try is due after `attempts` of them; `None` gives the notice up.
pub(crate) fn again_us(
    attempts: u32,
    decided_us: i64,
    now_us: i64,
    after_s: Option<u64>,
) -> Option<i64> {
    let at = (attempts.max(1) as usize - 1).min(WAITS_S.len() - 1);
    let asked = after_s.map_or(0, |s| i64::try_from(s).unwrap_or(ASKED_S_MAX));
    let wait_s = WAITS_S[at].max(asked.min(ASKED_S_MAX));
    let due_us = now_us.saturating_add(wait_s * SECOND_US);
    (due_us.saturating_sub(decided_us) <= TRIED_US).then_some(due_us)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_an_hour_and_end_after_a_day() {
        let (mut now_us, mut waits, mut attempts) = (0, Vec::new(), 1);
        while let Some(due_us) = again_us(attempts, 0, now_us, None) {
            waits.push((due_us - now_us) / SECOND_US);
            (now_us, attempts) = (due_us, attempts + 1);
        }
        assert_eq!(waits[..8], [5, 15, 60, 300, 900, 1_800, 3_600, 3_600]);
        assert_eq!(waits.len(), 29);
        assert!(now_us <= TRIED_US && now_us > TRIED_US - 3_600 * SECOND_US);
    }

    #[test]
    fn a_receiver_may_ask_for_more_time_within_bounds() {
        let wait_s = |attempts, after_s| again_us(attempts, 0, 0, after_s).unwrap() / SECOND_US;
        assert_eq!(wait_s(1, Some(120)), 120);
        assert_eq!(wait_s(4, Some(120)), 300);
        assert_eq!(wait_s(1, Some(u64::MAX)), 3_600);
        assert_eq!(wait_s(u32::MAX, None), 3_600);
        assert_eq!(wait_s(0, None), 5);
    }

    #[test]
    fn answers_are_taken_later_or_never() {
        for (status, word) in [
            (200, "taken"),
            (202, "taken"),
            (204, "taken"),
            (301, "never"),
            (307, "never"),
            (400, "never"),
            (401, "never"),
            (404, "never"),
            (408, "later"),
            (410, "never"),
            (429, "later"),
            (500, "later"),
            (503, "later"),
            (199, "never"),
            (600, "never"),
        ] {
            let told = match Outcome::of_status(status, Some(7), " no ") {
                Outcome::Taken => "taken",
                Outcome::Later { why, after_s } => {
                    assert_eq!(why, format!("the receiver answered {status}: no"));
                    assert_eq!(after_s, Some(7));
                    "later"
                }
                Outcome::Never { .. } => "never",
            };
            assert_eq!(told, word, "{status}");
        }
    }
}
