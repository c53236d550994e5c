//! A cell: one model for a short stretch of time, drawn from one stream.
//!
//! The world is drawn first, whole; then faults change it, the model sees it, answers, and what
//! follows is noted with its time.

use crate::calendar::{Cell, HOUR_US};
use crate::due::{Due, Pending, Said, uuid, uuid_v7};
use crate::frame::{Frame, Values};
use crate::happens;
use crate::member::Member;
use crate::model::{Answers, Feedback, Law, Luck, Sequel, round};
use crate::random::{Random, chosen};
use candor_contract::spec::FaultKind;

/// Most rows that a cell is meant to have.
pub(crate) const CELL_ROWS_MAX: f64 = 20_000.0;
/// Shortest wait until somebody says something.
const WAIT_MIN_US: i64 = 60_000_000;
/// What a timeout of the first stage makes of its time.
const TIMEOUT: f64 = 14.0;

const WORLD: &[FaultKind] = &[FaultKind::CovariateDrift];
const CONCEPT: &[FaultKind] = &[FaultKind::ConceptDrift];
const SEEN: &[FaultKind] = &[
    FaultKind::NullBurst,
    FaultKind::UnitChange,
    FaultKind::NewCategories,
    FaultKind::FrozenFeature,
    FaultKind::StaleData,
];
const STALE: &[FaultKind] = &[FaultKind::StaleData];
const SKILL: &[FaultKind] = &[FaultKind::BadDeployment, FaultKind::BiasedGroup];
const LATENCY: &[FaultKind] = &[FaultKind::LatencySpike];
const ERRORS: &[FaultKind] = &[FaultKind::ErrorBurst];
const STORMS: &[FaultKind] = &[FaultKind::FeedbackStorm];

/// Draws a cell: its predictions by time; what follows them goes to `pending`.
pub(crate) fn generate(member: &Member, seed: u64, cell: Cell, pending: &mut Pending) -> Frame {
    let mut drawing = Drawing::start(member, seed, cell);
    drawing.change_world();
    let known = member.model.relation(&drawing.rows);
    let stake = member.model.stake(&drawing.rows);
    drawing.spoil();
    let answers = drawing.answers(known, stake);
    member.model.answer(&mut drawing.rows, &answers);
    drawing.name_versions(&answers);
    let failed = drawing.run_requests();
    let sequels = member.model.follow(&drawing.rows, &answers, &drawing.luck);
    let Some(kept) = happens::kept(member, seed, cell, &drawing.times) else {
        drawing.note_sequels(&sequels, |row| !failed[row], pending);
        return drawing.rows;
    };
    drawing.note_sequels(&sequels, |row| !failed[row] && kept[row], pending);
    drawing.rows.only(|row| kept[row])
}

struct Drawing<'a> {
    member: &'a Member,
    law: &'static Law,
    seed: u64,
    cell: Cell,
    times: Vec<i64>,
    ids: Vec<u128>,
    luck: Luck,
    /// Inputs that are missing on an ordinary day.
    gaps: Vec<(&'static str, Vec<usize>)>,
    rows: Frame,
}

impl<'a> Drawing<'a> {
    /// Draws the world as it is without faults.
    fn start(member: &'a Member, seed: u64, cell: Cell) -> Self {
        let law = member.law();
        let mut random = Random::at(seed, [member.number, cell.number, 0]);
        let each = law.rows_per_request;
        let mean = cell.share * member.expected_rows(cell.from_us, cell.to_us) / each as f64;
        let requests = random.count(mean);
        let times = instants(&mut random, cell, requests, each);
        let ids: Vec<u128> = times
            .iter()
            .map(|t| uuid_v7(*t, (random.bits(), random.bits())))
            .collect();
        let mut rows = Frame::default();
        rows.set("time", Values::times(times.iter().copied()));
        rows.set("id", Values::words(ids.iter().map(|id| uuid(*id))));
        rows.set("version", Values::Word(Vec::new()));
        let mut named = |shift: u32, prefix: &str, people: u64| {
            let mut last = String::new();
            let names = (0..times.len()).map(|i| {
                if i % each == 0 {
                    last = format!("{prefix}-{:06x}", (random.bits() >> shift) % people);
                }
                last.clone()
            });
            Values::words(names.collect::<Vec<_>>())
        };
        rows.set("request_id", named(8, "req", 1 << 40));
        rows.set("subject", named(20, "customer", 400_000));
        for segment in law.segments {
            let mut last = "";
            let words = (0..times.len()).map(|i| {
                if segment.by_row || i % each == 0 {
                    last = random.pick(segment.choices);
                }
                last
            });
            rows.set(segment.column, Values::words(words.collect::<Vec<_>>()));
        }
        let luck = luck(&mut random, times.len(), each);
        member.model.draw(&mut random, &times, &mut rows);
        let gaps = law.inputs.iter().filter(|input| input.gaps > 0.0);
        let gaps = gaps
            .map(|input| {
                let missing = (0..times.len()).filter(|_| random.chance(input.gaps));
                (input.column, missing.collect())
            })
            .collect();
        Self {
            member,
            law,
            seed,
            cell,
            times,
            ids,
            luck,
            gaps,
            rows,
        }
    }

    /// The stream of a fault in this cell.
    fn stream(&self, fault: u64) -> Random {
        Random::at(self.seed, [self.member.number, self.cell.number, fault + 1])
    }

    /// Faults of some kinds that concern rows here, with how strongly and their stream.
    fn active(
        &self,
        kinds: &'static [FaultKind],
    ) -> Vec<(&'a crate::fault::Fault, Vec<f64>, Random)> {
        self.member
            .faults_in(kinds, self.cell.from_us, self.cell.to_us)
            .map(|fault| {
                let strengths = fault.strengths(&self.rows, &self.times);
                (fault, strengths, self.stream(fault.number))
            })
            .collect()
    }

    fn change_world(&mut self) {
        for (fault, strengths, mut random) in self.active(WORLD) {
            fault.shift(&mut self.rows, &strengths, &mut random);
        }
    }

    /// From the world to what the model sees of it.
    fn spoil(&mut self) {
        for (column, missing) in &self.gaps {
            if let Some(values) = self.rows.column_mut(column) {
                missing.iter().for_each(|row| values.clear(*row));
            }
        }
        let refresh = self.law.refresh_us;
        let built = |at: i64| at.div_euclid(refresh) * refresh;
        let mut built_at: Vec<i64> = self.times.iter().map(|t| built(*t)).collect();
        for (fault, strengths, mut random) in self.active(SEEN) {
            fault.spoil(self.member.model, &mut self.rows, &strengths, &mut random);
            if STALE.contains(&fault.kind) {
                let rows = built_at.iter_mut().zip(&strengths);
                rows.filter(|(_, s)| **s > 0.0)
                    .for_each(|(at, _)| *at = built(fault.from_us));
            }
        }
        self.rows
            .set("derived_features_at", Values::times(built_at));
    }

    /// What the model thinks, and what is true. `known` is what the world's inputs
    /// tell.
    fn answers(&self, mut known: Vec<f64>, stake: Vec<f64>) -> Answers {
        let Law {
            center,
            spread,
            learnable,
            hidden,
            adverse,
            ..
        } = *self.law;
        for (fault, strengths, mut random) in self.active(CONCEPT) {
            for (x, strength) in known.iter_mut().zip(strengths) {
                let lost = fault.size * strength;
                *x = center + (1.0 - lost) * (*x - center) + lost * spread * random.normal();
            }
        }
        let rank: Vec<usize> = self.times.iter().map(|t| self.member.rank_at(*t)).collect();
        let learned = |rank: usize| 1.0 - 0.5f64.powi(rank.min(30) as i32);
        let mut signal = self.member.model.relation(&self.rows);
        let mut truth = known;
        let mut doubt = Vec::with_capacity(rank.len());
        for i in 0..rank.len() {
            let news = learnable * self.luck.learnable[i];
            signal[i] += learned(rank[i]) * news;
            truth[i] += news + hidden * self.luck.hidden[i];
            doubt.push((learnable * (1.0 - learned(rank[i]))).hypot(hidden));
        }
        let mut harm = vec![0.0; rank.len()];
        for (fault, strengths, _) in self.active(SKILL) {
            for (i, strength) in strengths.into_iter().enumerate() {
                let by = fault.size * strength;
                if fault.kind == FaultKind::BiasedGroup {
                    signal[i] += adverse * by * spread;
                    harm[i] += 0.4 * by;
                } else {
                    let noise = self.luck.blur[i] + 0.5 * adverse;
                    signal[i] = center + (1.0 - by) * (signal[i] - center) + by * spread * noise;
                    harm[i] += by;
                }
            }
        }
        Answers {
            signal,
            truth,
            doubt,
            harm,
            rank,
            stake,
        }
    }

    fn name_versions(&mut self, answers: &Answers) {
        let versions = &self.member.versions;
        let mut names: Vec<String> = answers
            .rank
            .iter()
            .map(|rank| versions[*rank].name.clone())
            .collect();
        let bad = self.active(SKILL).into_iter();
        for (fault, strengths, _) in bad.filter(|(f, ..)| f.kind == FaultKind::BadDeployment) {
            let version = self.member.bad_version(fault);
            for (name, strength) in names.iter_mut().zip(strengths) {
                if strength > 0.0 {
                    name.clone_from(&version);
                }
            }
        }
        self.rows.set("version", Values::words(names));
    }

    /// Times and failures of the requests; which rows have failed.
    fn run_requests(&mut self) -> Vec<bool> {
        let n = self.times.len();
        let mut slower = vec![1.0; n];
        for (fault, strengths, _) in self.active(LATENCY) {
            for (factor, strength) in slower.iter_mut().zip(strengths) {
                *factor *= 1.0 + (fault.size - 1.0) * strength;
            }
        }
        let mut failed: Vec<bool> = self
            .luck
            .error
            .iter()
            .map(|unit| *unit < self.law.error_rate)
            .collect();
        for (fault, strengths, mut random) in self.active(ERRORS) {
            let mut unit = 0.0;
            for (row, strength) in strengths.into_iter().enumerate() {
                // Rows of one request fail together.
                if row % self.law.rows_per_request == 0 {
                    unit = random.unit();
                }
                failed[row] |= unit < fault.size * strength;
            }
        }
        self.time_stages(&slower, &failed);
        self.tell_status(&failed);
        failed
    }

    fn time_stages(&mut self, slower: &[f64], failed: &[bool]) {
        let work = self.member.model.work(&self.rows);
        let mut total: Vec<f64> = self.luck.stages[3]
            .iter()
            .map(|z| 0.8 * (0.5 * z).exp())
            .collect();
        let timed_out = |i: usize| failed[i] && self.luck.error_kind[i] < self.law.errors[0].2;
        for (at, (column, median, sigma)) in self.law.stages.iter().enumerate() {
            let mut times = Vec::with_capacity(total.len());
            for (i, sum) in total.iter_mut().enumerate() {
                let mut ms = median * slower[i] * (sigma * self.luck.stages[at][i]).exp();
                if *median > 100.0 {
                    // The long stage is the one whose time follows the work.
                    ms *= work.get(i).copied().unwrap_or(1.0);
                }
                if at == 0 && timed_out(i) {
                    ms *= TIMEOUT;
                }
                times.push(round(ms, 3));
                *sum += ms;
            }
            self.rows.set(column, Values::numbers(times));
        }
        let total = total.into_iter().map(|ms| round(ms, 3));
        self.rows.set("latency_ms", Values::numbers(total));
    }

    fn tell_status(&mut self, failed: &[bool]) {
        let kinds: Vec<(&'static str, f64)> = self
            .law
            .errors
            .iter()
            .map(|(kind, _, p)| (*kind, *p))
            .collect();
        let kind = |i: usize| failed[i].then(|| chosen(&kinds, self.luck.error_kind[i]));
        let message = |kind: &str| {
            let told = self.law.errors.iter().find(|(k, ..)| *k == kind);
            told.map(|(_, message, _)| (*message).into())
        };
        let kinds: Vec<Option<&'static str>> = (0..failed.len()).map(kind).collect();
        let messages = kinds.iter().map(|k| k.and_then(message)).collect();
        let status = failed.iter().map(|f| if *f { "error" } else { "ok" });
        self.rows.set("status", Values::words(status));
        let kinds = kinds.into_iter().map(|k| k.map(Into::into)).collect();
        self.rows.set("error_type", Values::Word(kinds));
        self.rows.set("error_message", Values::Word(messages));
        let answered = ["output_", "attribution_", "usage_"];
        for (name, values) in self.rows.columns_mut() {
            if !answered.iter().any(|prefix| name.starts_with(prefix)) {
                continue;
            }
            for (row, _) in failed.iter().enumerate().filter(|(_, failed)| **failed) {
                values.clear(row);
            }
        }
    }

    /// What comes of each answered prediction, and when.
    fn note_sequels(
        &self,
        sequels: &[Sequel],
        answered: impl Fn(usize) -> bool,
        pending: &mut Pending,
    ) {
        let mut complaints = vec![false; self.times.len()];
        for (fault, strengths, mut random) in self.active(STORMS) {
            for (complains, strength) in complaints.iter_mut().zip(strengths) {
                *complains |= random.unit() < fault.size * strength;
            }
        }
        for (i, sequel) in sequels.iter().enumerate().filter(|(i, _)| answered(*i)) {
            let id = self.ids[i];
            let time_us = self.times[i] + sequel.delay_us.max(1);
            pending.outcomes.push(Due {
                time_us,
                id,
                what: sequel.outcome,
            });
            if let Some(what) = sequel.effect {
                pending.effects.push(Due { time_us, id, what });
            }
            let law = &self.law.feedback;
            let what = if complaints[i] {
                storm(law, &self.luck, i)
            } else if self.luck.feedback[i] < law.share {
                said(law, &self.luck, i, sequel.pleased)
            } else {
                continue;
            };
            let wait = (law.within_hours * HOUR_US as f64 * self.luck.wait[i]) as i64;
            let after = sequel.delay_us.clamp(WAIT_MIN_US, HOUR_US);
            pending.feedback.push(Due {
                time_us: self.times[i] + after + wait,
                id,
                what,
            });
        }
    }
}

fn storm(law: &Feedback, luck: &Luck, i: usize) -> Said {
    let (verdict, comment) = law.storm;
    Said {
        verdict,
        stars: law.stars.then_some(1.0),
        comment: Some(comment),
        by: chosen(law.by, luck.by[i]),
    }
}

/// What somebody says who is satisfied with a probability.
fn said(law: &Feedback, luck: &Luck, i: usize, pleased: f64) -> Said {
    let unit = luck.verdict[i];
    let (verdict, stars) = if unit < pleased {
        let rest = unit / pleased;
        (
            chosen(law.pleased, rest),
            if rest < 0.4 { 4.0 } else { 5.0 },
        )
    } else {
        let rest = (unit - pleased) / (1.0 - pleased).max(1e-9);
        (
            chosen(law.annoyed, rest),
            (1.0 + 3.0 * rest).floor().min(3.0),
        )
    };
    Said {
        verdict,
        stars: law.stars.then_some(stars),
        comment: None,
        by: chosen(law.by, luck.by[i]),
    }
}

/// Rising instants of requests, `each` rows at every one.
fn instants(random: &mut Random, cell: Cell, requests: usize, each: usize) -> Vec<i64> {
    let step = (cell.to_us - cell.from_us) as f64 / requests.max(1) as f64;
    let mut times = Vec::with_capacity(requests * each);
    for i in 0..requests {
        let at = cell.from_us + ((i as f64 + random.unit()) * step) as i64;
        let at = at.min(cell.to_us - 1);
        times.extend(std::iter::repeat_n(at, each));
    }
    times
}

/// Draws the luck of all rows; rows of one request share what befalls the request.
fn luck(random: &mut Random, rows: usize, each: usize) -> Luck {
    let mut luck = Luck::default();
    let mut request = (0.0, 0.0, [0.0; 4]);
    for row in 0..rows {
        luck.learnable.push(random.normal());
        luck.hidden.push(random.normal());
        luck.blur.push(random.normal());
        let units = [
            &mut luck.outcome,
            &mut luck.delay,
            &mut luck.feedback,
            &mut luck.verdict,
            &mut luck.by,
            &mut luck.wait,
            &mut luck.effect,
        ];
        for unit in units {
            unit.push(random.unit());
        }
        if row % each == 0 {
            let stages = std::array::from_fn(|_| random.normal());
            request = (random.unit(), random.unit(), stages);
        }
        luck.error.push(request.0);
        luck.error_kind.push(request.1);
        for (stage, z) in luck.stages.iter_mut().zip(request.2) {
            stage.push(z);
        }
    }
    luck
}
