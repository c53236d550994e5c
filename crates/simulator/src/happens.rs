//! What happens although nothing is wrong: less traffic, more of it, events that come late.
//!
//! Less traffic leaves requests out and more of it adds some, each from a stream of its own. So the
//! rows that are there with and without it are byte for byte the same.

use crate::calendar::Cell;
use crate::frame::{Frame, Values};
use crate::happening::STREAM;
use crate::member::Member;
use crate::random::Random;

/// Where the numbers of cells with added requests begin: beyond those of all others.
const ADDED: u32 = 48;

/// Which rows of a cell are there although there is less traffic; `None`: all.
pub(crate) fn kept(member: &Member, seed: u64, cell: Cell, times: &[i64]) -> Option<Vec<bool>> {
    let each = member.law().rows_per_request;
    let mut kept: Option<Vec<bool>> = None;
    for less in &member.happenings {
        let fewer = !less.is_late() && less.size < 1.0;
        if !fewer || !less.touches(cell.from_us, cell.to_us) {
            continue;
        }
        let mut random = Random::at(seed, [member.number, cell.number, STREAM + less.number]);
        let kept = kept.get_or_insert_with(|| vec![true; times.len()]);
        let mut stays = true;
        for (row, at) in times.iter().enumerate() {
            if row % each == 0 {
                stays = random.unit() < less.size;
            }
            kept[row] &= stays || !less.holds(*at);
        }
    }
    kept
}

/// The cells of requests that more traffic adds to a cell.
pub(crate) fn added(member: &Member, cell: Cell) -> Vec<Cell> {
    let more = member
        .happenings
        .iter()
        .filter(|h| !h.is_late() && h.size > 1.0 && h.touches(cell.from_us, cell.to_us));
    more.map(|more| Cell {
        number: cell.number | (more.number + 1) << ADDED,
        from_us: cell.from_us.max(more.from_us),
        to_us: more.to_us.map_or(cell.to_us, |to| cell.to_us.min(to)),
        share: more.size - 1.0,
    })
    .collect()
}

/// Takes the rows that come late out of `rows`, with the place of what makes them late.
pub(crate) fn take_late(member: &Member, seed: u64, rows: &mut Frame) -> Vec<(usize, Frame)> {
    let mut taken = Vec::new();
    for (place, happening) in member.happenings.iter().enumerate() {
        if !happening.is_late() {
            continue;
        }
        let Some(Values::Time(times)) = rows.column("time") else {
            break;
        };
        let ids = rows.words("id");
        let late: Vec<bool> = times
            .iter()
            .zip(ids)
            .map(|(at, id)| at.is_some_and(|at| happening.delays(member.number, seed, at, id)))
            .collect();
        if late.contains(&true) {
            taken.push((place, rows.only(|row| late[row])));
            *rows = rows.only(|row| !late[row]);
        }
    }
    taken
}

/// When late events come within a stretch of time, its ends aside.
pub(crate) fn arrivals(member: &Member, from_us: i64, to_us: i64) -> Vec<i64> {
    let within = |at: &i64| from_us < *at && *at < to_us;
    let late = member.happenings.iter().filter_map(|h| h.arrives_us);
    let mut arrivals: Vec<i64> = late.filter(within).collect();
    arrivals.sort_unstable();
    arrivals.dedup();
    arrivals
}

#[cfg(test)]
mod tests;
