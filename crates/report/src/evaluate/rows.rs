//! The rows as a whole: whether each comes once, how many came when, how old the newest is, and whether keys are
//! among those that are known.

use super::both::both;
use super::checks;
use super::column::Sides;
use crate::document::{Check as Told, Severity};
use crate::error::{Error, Result};
use crate::table::{Kind, Table, place};
use crate::values::{Values, Words};
use crate::windows::Windows;
use candor_contract::format_us;
use candor_stats::quality::{self, Check, Counted, Finding, Label, Repeats, Rule};
use candor_stats::series::hour_of_week;
use candor_stats::{Figure, Sorted};
use std::collections::HashMap;

/// Examples of a check.
const EXAMPLES: usize = 5;
/// Weeks from which on hours of the week are told apart.
const WEEKS_NEEDED: usize = 4;
/// The share of windows with an unusual number of rows that is borne.
const WINDOWS_TOLERATED: f64 = 0.05;

/// All checks of rows.
pub(super) fn look(sides: &Sides<'_>) -> Result<Vec<Told>> {
    let mut made = Vec::new();
    match &sides.roles.id {
        Some(id) if place(sides.request.current, id).is_some() => made.extend(ids(sides, id)?),
        _ => made.extend(duplicates(sides)?),
    }
    made.extend(volume(sides));
    made.extend(freshness(sides)?);
    for (column, keys) in &sides.request.keys {
        made.extend(among(sides, column, *keys)?);
    }
    Ok(made)
}

fn label(name: String) -> Label {
    Label {
        name,
        severity: quality::Severity::Warning,
    }
}

fn wrong(column: &str) -> impl Fn(candor_stats::Error) -> Error {
    let column = column.to_owned();
    move |error| Error::Read {
        column: column.clone(),
        what: error.to_string(),
    }
}

/// What repeated rows say; they may repeat as often as those of the reference.
fn of_repeats(name: String, before: Option<Counted>, now: &Counted, sentence: &str) -> Told {
    let check = Check {
        label: label(name.clone()),
        rule: Rule::Unique,
        tolerated: 0.0,
    };
    let finding = check.judge(now, before.as_ref());
    let repeated_before = before.is_some_and(|before| before.failed > 0);
    let breach = if repeated_before {
        finding.worse == Some(true)
    } else {
        finding.holds == Some(false)
    };
    let (column, kind) = name.rsplit_once('.').unwrap_or(("", &name));
    let column = Some(column).filter(|_| kind == "unique");
    checks::told(&finding, kind, column, sentence.to_owned(), breach)
}

/// Ids that come more than once.
fn ids(sides: &Sides<'_>, id: &str) -> Result<Option<Told>> {
    let of = |table: &dyn Table| -> Result<Option<Counted>> {
        let Some(at) = place(table, id) else {
            return Ok(None);
        };
        let parts = table.read(at)?;
        let repeats = Repeats::by(&parts, false).map_err(wrong(id))?;
        let again = repeats.repeated();
        let kind = table
            .fields()
            .get(at)
            .map_or(Kind::Other, |field| field.kind);
        let values = if again.is_empty() {
            Vec::new()
        } else {
            let words = Values::of(&parts, kind, id)?.into_words();
            named(&words, &again)
        };
        Ok(Some(Counted {
            failed: again.len() as u64,
            known: repeats.rows() - repeats.missing(),
            unknown: repeats.missing(),
            values,
        }))
    };
    let request = sides.request;
    let (before, now) = both(
        &request.options,
        || of(request.reference),
        || of(request.current),
    )?;
    let sentence = format!("Each {id} comes once");
    Ok(now.map(|now| of_repeats(format!("{id}.unique"), before, &now, &sentence)))
}

/// The words of some rows, each once.
fn named(words: &Words, rows: &[u32]) -> Vec<String> {
    let mut named: Vec<String> = Vec::new();
    for row in rows {
        let code = words.codes.get(*row as usize).copied();
        let word = code.and_then(|code| words.words.get(code as usize));
        if let Some(word) = word.filter(|word| !named.contains(word)) {
            named.push(word.clone());
        }
        if named.len() >= EXAMPLES {
            break;
        }
    }
    named
}

/// Rows that are equal in every column, where no id tells them apart.
fn duplicates(sides: &Sides<'_>) -> Result<Option<Told>> {
    let of = |table: &dyn Table| -> Result<Option<Counted>> {
        let mut repeats: Option<Repeats> = None;
        for at in telling(table) {
            let name = table.fields().get(at).map_or("", |field| &field.name);
            match &mut repeats {
                None => {
                    let parts = table.read(at)?;
                    repeats = Some(Repeats::by(&parts, true).map_err(wrong(name))?);
                }
                Some(made) if made.is_settled() => break,
                Some(made) => made.and(&table.read(at)?).map_err(wrong(name))?,
            }
        }
        Ok(repeats.map(|repeats| {
            let again = repeats.repeated();
            let rows = again.iter().take(EXAMPLES);
            Counted {
                failed: again.len() as u64,
                known: repeats.rows(),
                unknown: 0,
                values: rows.map(|row| format!("row {row}")).collect(),
            }
        }))
    };
    let request = sides.request;
    let (before, now) = both(
        &request.options,
        || of(request.reference),
        || of(request.current),
    )?;
    let told = now.map(|now| {
        let sentence = "No row is equal to another in every column";
        let mut told = of_repeats("rows.duplicates".to_owned(), before, &now, sentence);
        // Short rows of few categories are equal by chance.
        told.severity = Severity::Notice;
        told
    });
    Ok(told)
}

/// Columns whose values can be compared, those first that tell most rows apart.
fn telling(table: &dyn Table) -> Vec<usize> {
    let rank = |at: &usize| match table.fields().get(*at).map(|f| (f.kind, f.integer)) {
        Some((Kind::Time, _)) => Some(0),
        Some((Kind::Number, false)) => Some(1),
        Some((Kind::Number, true)) => Some(2),
        Some((Kind::Text, _)) => Some(3),
        Some((Kind::Boolean, _)) => Some(4),
        _ => None,
    };
    let mut places: Vec<usize> = (0..table.fields().len()).collect();
    places.retain(|at| rank(at).is_some());
    places.sort_by_key(rank);
    places
}

/// Windows with more or fewer rows than those of the reference had, in the same hour of the week where four weeks
/// tell what is usual then.
fn volume(sides: &Sides<'_>) -> Option<Told> {
    if !(sides.reference.timed && sides.current.timed) {
        return None;
    }
    let (usual, now) = (Usual::of(&full(sides.reference)), full(sides.current));
    let mut counted = Counted::default();
    let mut odd = Odd::default();
    for (from, rows) in &now {
        let level = quality::volume(label(String::new()), *rows, usual.then(*from));
        match level.holds {
            None => counted.unknown += 1,
            Some(holds) => {
                counted.known += 1;
                counted.failed += u64::from(!holds);
                if !holds {
                    odd.add(*rows, (level.low, level.high));
                    if counted.values.len() < EXAMPLES {
                        counted.values.push(format!("{rows} from {}", begin(*from)));
                    }
                }
            }
        }
    }
    if counted.known == 0 {
        return None;
    }
    let check = Check {
        label: Label {
            name: "rows.volume".to_owned(),
            severity: quality::Severity::Info,
        },
        rule: Rule::Holds,
        tolerated: WINDOWS_TOLERATED,
    };
    let finding = check.judge(&counted, None);
    let by = match usual.by_hour.is_empty() {
        true => "",
        false => " in the same hour of the week",
    };
    let breach = finding.holds == Some(false);
    let sentence = if breach {
        odd.sentence(counted.known) + by
    } else {
        format!("Windows have as many rows as those of the reference{by}")
    };
    Some(checks::told(&finding, "volume", None, sentence, breach))
}

/// Windows with an unusual number of rows.
#[derive(Default)]
struct Odd {
    fewer: Vec<u64>,
    more: Vec<u64>,
    /// What was expected of each of them.
    expected: Vec<(f64, f64)>,
}

impl Odd {
    fn add(&mut self, rows: u64, (low, high): (Option<f64>, Option<f64>)) {
        let (low, high) = (low.unwrap_or(0.0), high.unwrap_or(f64::INFINITY));
        if (rows as f64) < low {
            self.fewer.push(rows);
        } else {
            self.more.push(rows);
        }
        self.expected.push((low, high));
    }

    /// How many of `all` windows have fewer or more rows than expected.
    fn sentence(&self, all: u64) -> String {
        let (rows, word) = match (self.fewer.is_empty(), self.more.is_empty()) {
            (false, true) => (self.fewer.clone(), "fewer"),
            (true, _) => (self.more.clone(), "more"),
            _ => {
                let both: Vec<u64> = self.fewer.iter().chain(&self.more).copied().collect();
                (both, "fewer or more")
            }
        };
        let ends = rows.iter().min().zip(rows.iter().max());
        let found = match ends {
            Some((least, most)) if least == most => format!(": {least}"),
            Some((least, most)) => format!(": {least} to {most}"),
            None => String::new(),
        };
        // Where hours differ in what is expected, no one band can be named.
        let expected = match self.expected.as_slice() {
            [(low, high), rest @ ..] if rest.iter().all(|other| other == &(*low, *high)) => {
                format!(", expected {low:.0} to {high:.0}")
            }
            _ => String::new(),
        };
        let (have, windows) = match (rows.len(), all) {
            (1, 1) => ("has", "window"),
            (1, _) => ("has", "windows"),
            _ => ("have", "windows"),
        };
        format!(
            "{} of {all} {windows} {have} {word} rows than the reference leads to expect{found}{expected}",
            rows.len()
        )
    }
}

/// An instant for people, as fine as it is: `1997-05-07 00:00`.
fn begin(us: i64) -> String {
    let text = format_us(us).replace('T', " ");
    let whole = text.strip_suffix(".000000Z").unwrap_or(&text);
    whole.strip_suffix(":00").unwrap_or(whole).to_owned()
}

/// Rows of the reference's windows.
struct Usual {
    all: Vec<u64>,
    /// The same by the hour of the week in which they begin; empty without four weeks.
    by_hour: HashMap<usize, Vec<u64>>,
}

impl Usual {
    fn of(windows: &[(i64, u64)]) -> Self {
        let mut by_hour: HashMap<usize, Vec<u64>> = HashMap::new();
        for (from, rows) in windows {
            by_hour.entry(hour_of_week(*from)).or_default().push(*rows);
        }
        if by_hour.len() < 2 || by_hour.values().any(|rows| rows.len() < WEEKS_NEEDED) {
            by_hour.clear();
        }
        Self {
            all: windows.iter().map(|(_, rows)| *rows).collect(),
            by_hour,
        }
    }

    /// Those that a window that begins `from` is like.
    fn then(&self, from: i64) -> &[u64] {
        self.by_hour.get(&hour_of_week(from)).unwrap_or(&self.all)
    }
}

/// Windows that are over and had begun: all but the first and the last.
fn full(windows: &Windows) -> Vec<(i64, u64)> {
    let all = windows.bounds.iter().zip(windows.rows());
    let all: Vec<(i64, u64)> = all.map(|((from, _), rows)| (*from, rows)).collect();
    match all.as_slice() {
        [_, inner @ .., _] => inner.to_vec(),
        _ => Vec::new(),
    }
}

/// The age of the newest row, where it was said when data should be there.
fn freshness(sides: &Sides<'_>) -> Result<Option<Told>> {
    let request = sides.request;
    let (Some(now), Some(time)) = (request.options.as_of_us, sides.roles.time.as_deref()) else {
        return Ok(None);
    };
    let of = |table: &dyn Table| -> Result<Sorted> {
        let Some(at) = place(table, time) else {
            return Ok(Sorted::default());
        };
        match Values::of(&table.read(at)?, Kind::Time, time)? {
            Values::Numbers(times) => Ok(Sorted::new(times)),
            _ => Ok(Sorted::default()),
        }
    };
    let (before, times) = both(
        &request.options,
        || of(request.reference),
        || of(request.current),
    )?;
    let level = quality::freshness(
        label(format!("{time}.freshness")),
        &times,
        &before,
        now as f64,
    );
    let seconds = |us: Option<f64>| us.map_or_else(|| "unknown".to_owned(), long);
    let sentence = format!(
        "The newest row is {} old; between rows of the reference lie at most {}",
        seconds(level.value.value),
        seconds(level.high)
    );
    let (failed, known) = match level.holds {
        Some(holds) => (u64::from(!holds), 1),
        None => (0, 0),
    };
    let finding = Finding {
        failing: match level.holds {
            Some(_) => Figure::point(failed as f64, level.value.n, "freshness"),
            None => level.value.clone(),
        },
        label: level.label,
        failed,
        unknown: 1 - known,
        examples: Vec::new(),
        values: Vec::new(),
        holds: level.holds,
        reference: None,
        difference: None,
        worse: None,
    };
    let breach = level.holds == Some(false);
    let told = checks::told(&finding, "freshness", Some(time), sentence, breach);
    Ok(Some(told))
}

/// A length of time for people.
fn long(us: f64) -> String {
    let seconds = us / 1e6;
    let (value, unit) = match seconds.abs() {
        s if s >= 172_800.0 => (seconds / 86_400.0, "days"),
        s if s >= 7_200.0 => (seconds / 3_600.0, "hours"),
        s if s >= 120.0 => (seconds / 60.0, "minutes"),
        _ => (seconds, "seconds"),
    };
    format!("{value:.1} {unit}")
}

/// Keys of a column that a list of known ones does not have: the column of the same name, else its first one.
fn among(sides: &Sides<'_>, column: &str, keys: &dyn Table) -> Result<Option<Told>> {
    let words = |table: &dyn Table, at: usize| -> Result<Words> {
        let kind = table
            .fields()
            .get(at)
            .map_or(Kind::Other, |field| field.kind);
        Ok(Values::of(&table.read(at)?, kind, column)?.into_words())
    };
    let request = sides.request;
    let missing = || Error::Missing {
        column: column.to_owned(),
        role: "a column of keys".to_owned(),
        side: "current",
    };
    let at = place(request.current, column).ok_or_else(missing)?;
    let known = words(keys, place(keys, column).unwrap_or(0))?.tally();
    let check = Check {
        label: label(format!("{column}.known")),
        rule: Rule::Among(known),
        tolerated: 0.0,
    };
    let count = |words: Words| {
        let tally = words.tally();
        check.rule.counted(quality::Prepared::Words(&tally))
    };
    let before = match place(request.reference, column) {
        Some(at) => count(words(request.reference, at)?),
        None => None,
    };
    let Some(now) = count(words(request.current, at)?) else {
        return Ok(None);
    };
    let finding = check.judge(&now, before.as_ref());
    let sentence = format!("{column} is among the known keys");
    let breach = finding.holds == Some(false);
    Ok(Some(checks::told(
        &finding,
        "known",
        Some(column),
        sentence,
        breach,
    )))
}

#[cfg(test)]
mod tests {
    use super::{begin, long};

    #[test]
    fn instants_are_told_as_fine_as_they_are() {
        let told = [0, 90_000_000, 1_500_000].map(begin);
        assert_eq!(
            told,
            [
                "1970-01-01 00:00",
                "1970-01-01 00:01:30",
                "1970-01-01 00:00:01.500000Z"
            ]
        );
    }

    #[test]
    fn lengths_of_time_have_a_unit_that_suits_them() {
        let told = [5e6, 600e6, 3e10, 9e11, -5e6].map(long);
        assert_eq!(
            told,
            [
                "5.0 seconds",
                "10.0 minutes",
                "8.3 hours",
                "10.4 days",
                "-5.0 seconds"
            ]
        );
    }
}
