//! The fleet on its way through event time.

use crate::calendar::{Cell, DAY_US, HOUR_US};
use crate::cell;
use crate::due::{self, Pending};
use crate::frame::Frame;
use crate::member::Member;
use crate::setting::Setting;
use crate::truth::{Truth, TruthFault};
use crate::{declare, happens, plan, schedule, truth};
use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use candor_contract::Kind;
use candor_contract::spec::{FaultSpec, Object, Problems, ScenarioSpec};
use std::collections::BTreeMap;

const MILLI_US: i64 = 1_000;
/// Events that a stretch is meant to have at most.
const STRETCH_EVENTS: f64 = 100_000.0;

/// Events of one kind of one model, by time. Late ones are in batches of their own.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The model.
    pub model: String,
    /// The kind of all rows.
    pub kind: Kind,
    /// The rows: columns by the flattened names of event fields. Stages and changes name their
    /// `kind` and `model` too, since they go through the door for mixed events.
    pub rows: RecordBatch,
}

/// A fleet of models that makes traffic.
#[derive(Debug)]
pub struct Fleet {
    setting: Setting,
    seed: u64,
    events: u64,
    end_us: i64,
    cell_us: i64,
    /// Event time up to which traffic was handed out.
    at_us: i64,
    members: Vec<Member>,
    tracks: Vec<Track>,
}

/// How far one model has come.
#[derive(Debug, Default)]
struct Track {
    next_cell: u64,
    predictions: Frame,
    pending: Pending,
    /// Events that come late, by the happening's place among the member's.
    late: BTreeMap<(usize, Kind), Frame>,
}

impl Track {
    /// Draws all cells that begin before `to_us`.
    fn draw(&mut self, member: &Member, seed: u64, start_us: i64, cell_us: i64, to_us: i64) {
        loop {
            let number = i64::try_from(self.next_cell).unwrap_or(i64::MAX);
            let from_us = start_us.saturating_add(number.saturating_mul(cell_us));
            if from_us >= to_us {
                break;
            }
            let cell = Cell {
                number: self.next_cell,
                from_us,
                to_us: from_us.saturating_add(cell_us),
                share: 1.0,
            };
            let rows = drawn(member, seed, cell, &mut self.pending);
            self.predictions.append(rows);
            self.next_cell += 1;
        }
    }

    /// Draws anew what lies from `from_ms` on in the last cell that was drawn: its member was changed. Nothing of it
    /// was handed out.
    fn redraw(&mut self, member: &Member, seed: u64, start_us: i64, cell_us: i64, from_ms: i64) {
        let Some(number) = self.next_cell.checked_sub(1) else {
            return;
        };
        let place = i64::try_from(number).unwrap_or(i64::MAX);
        let begin_us = start_us.saturating_add(place.saturating_mul(cell_us));
        let cell = Cell {
            number,
            from_us: begin_us,
            to_us: begin_us.saturating_add(cell_us),
            share: 1.0,
        };
        let mut anew = Pending::default();
        let mut rows = drawn(member, seed, cell, &mut anew);
        rows.take_before(from_ms.saturating_mul(MILLI_US));
        self.predictions = self
            .predictions
            .take_before(from_ms.saturating_mul(MILLI_US));
        self.predictions.append(rows);
        self.pending.replace_from(anew, from_ms.unsigned_abs());
    }

    /// What was late and comes in `[from_us, to_us)`, by happening and kind.
    fn arrived(&mut self, member: &Member, from_us: i64, to_us: i64) -> Vec<(Kind, Frame)> {
        let comes = |place: usize| {
            let arrives_us = member.happenings[place].arrives_us;
            arrives_us.is_some_and(|at| from_us <= at && at < to_us)
        };
        self.late
            .extract_if(.., |(place, _), _| comes(*place))
            .map(|((_, kind), frame)| (kind, frame))
            .collect()
    }

    /// What happens before `to_us`; what comes late of it is kept.
    fn happened(&mut self, member: &Member, seed: u64, to_us: i64) -> Vec<(Kind, Frame)> {
        let (column, pending) = (member.law().outcome, &mut self.pending);
        let mut frames = vec![
            (Kind::Prediction, self.predictions.take_before(to_us)),
            (
                Kind::Outcome,
                due::outcomes(&pending.outcomes.take_before(to_us), column),
            ),
            (
                Kind::Feedback,
                due::feedback(&pending.feedback.take_before(to_us)),
            ),
            (
                Kind::Effect,
                due::effects(&pending.effects.take_before(to_us)),
            ),
        ];
        for (kind, frame) in &mut frames {
            for (place, rows) in happens::take_late(member, seed, frame) {
                self.late.entry((place, *kind)).or_default().append(rows);
            }
        }
        frames
    }
}

/// The rows of a cell, with those that happenings add to it.
fn drawn(member: &Member, seed: u64, cell: Cell, pending: &mut Pending) -> Frame {
    let mut rows = cell::generate(member, seed, cell, pending);
    let added = happens::added(member, cell);
    for more in &added {
        rows.append(cell::generate(member, seed, *more, pending));
    }
    if added.is_empty() {
        return rows;
    }
    rows.by_time()
}

impl Fleet {
    /// Makes the fleet of a scenario, at its start.
    ///
    /// # Errors
    /// All that is wrong with the scenario, e.g. a column that its model does not have.
    pub fn new(spec: &ScenarioSpec, setting: Setting) -> Result<Self, Problems> {
        let members = plan::members(spec, &setting)?;
        let busiest = members.iter().map(Member::busiest_hour).fold(0.0, f64::max);
        let seconds = [3_600, 300, 60, 10, 1].into_iter();
        let fits = |s: &i64| busiest * (*s as f64) / 3_600.0 <= cell::CELL_ROWS_MAX;
        let tracks = members.iter().map(|_| Track::default()).collect();
        Ok(Self {
            seed: setting.seed.unwrap_or(spec.seed),
            events: setting.events.unwrap_or(spec.events),
            end_us: setting.start_us + i64::from(spec.days) * DAY_US,
            cell_us: 1_000_000 * { seconds }.find(fits).unwrap_or(1),
            at_us: setting.start_us,
            setting,
            members,
            tracks,
        })
    }

    /// The next traffic: all events that come before `to_us` and were not handed out yet. They come
    /// when they happen, unless the scenario says that they come late. It may go on after the
    /// scenario's end.
    ///
    /// # Errors
    /// Arrow could not make a batch.
    pub fn advance(&mut self, to_us: i64) -> Result<Vec<Batch>, ArrowError> {
        let (from_us, to_us) = (self.at_us, to_us.max(self.at_us));
        let mut batches = Vec::new();
        for (member, track) in self.members.iter().zip(&mut self.tracks) {
            track.draw(
                member,
                self.seed,
                self.setting.start_us,
                self.cell_us,
                to_us,
            );
            // Between two arrivals of late events the others come by time.
            let mut at_us = from_us;
            for cut_us in happens::arrivals(member, from_us, to_us)
                .into_iter()
                .chain([to_us])
            {
                let mut frames = track.arrived(member, at_us, cut_us);
                frames.extend(track.happened(member, self.seed, cut_us));
                frames.extend([
                    (
                        Kind::Stage,
                        schedule::builds(member, self.seed, at_us, cut_us),
                    ),
                    (Kind::Change, schedule::changes(member, at_us, cut_us)),
                ]);
                for (kind, frame) in frames.into_iter().filter(|(_, frame)| !frame.is_empty()) {
                    batches.push(Batch {
                        model: member.name.clone(),
                        kind,
                        rows: frame.batch()?,
                    });
                }
                at_us = cut_us;
            }
        }
        self.at_us = to_us;
        Ok(batches)
    }

    /// Lets further things go wrong in the traffic that is still to come; their times are counted from the next
    /// millisecond. Traffic that was handed out stays as it was, and so does all that no fault concerns. Gives what
    /// is wrong now, in the order of `faults`.
    ///
    /// # Errors
    /// All that is wrong with the faults; none of them happens then.
    pub fn inject(&mut self, faults: &[FaultSpec]) -> Result<Vec<TruthFault>, Problems> {
        let from_ms = self.at_us.div_euclid(MILLI_US) + i64::from(self.at_us % MILLI_US != 0);
        let known = self.members.iter().flat_map(|m| &m.faults);
        let next = known.map(|f| f.number + 1).max().unwrap_or(0);
        let injected = plan::inject(&self.members, faults, next, from_ms * MILLI_US)?;
        let mut told = Vec::with_capacity(injected.len());
        for (at, fault) in injected {
            let (member, track) = (&mut self.members[at], &mut self.tracks[at]);
            plan::add(member, fault);
            track.redraw(
                member,
                self.seed,
                self.setting.start_us,
                self.cell_us,
                from_ms,
            );
            told.extend(member.faults.last().map(|f| truth::fault(member, f)));
        }
        Ok(told)
    }

    /// Event time up to which traffic was handed out.
    pub fn at_us(&self) -> i64 {
        self.at_us
    }

    /// The scenario's end.
    pub fn end_us(&self) -> i64 {
        self.end_us
    }

    /// A stretch of event time, at most a day, with a handy number of events.
    pub fn stretch_us(&self) -> i64 {
        let busiest = self.members.iter().map(|m| m.busiest_hour() * m.most());
        let hourly: f64 = busiest.sum();
        // About as many other events follow the predictions.
        let hours = STRETCH_EVENTS / (2.0 * hourly).max(1e-9);
        ((hours * HOUR_US as f64) as i64).clamp(1_000_000, DAY_US)
    }

    /// What is wrong with the traffic, and with which models.
    pub fn truth(&self) -> Truth {
        let whole = truth::Whole {
            scenario: self.setting.scenario.clone(),
            seed: self.seed,
            events: self.events,
            start_us: self.setting.start_us,
            end_us: self.end_us,
        };
        truth::tell(&whole, &self.members)
    }

    /// The models as specs: task, features, protected attributes.
    pub fn specs(&self) -> Vec<Object> {
        self.members.iter().map(declare::object).collect()
    }
}

#[cfg(test)]
mod tests;
