//! What profiles say of a day, and what SQL says of its rows.

use crate::problem::Problem;
use crate::runs::source::{COUNTED, DAY_ROWS_MAX, Source, literal, schema};
use crate::runs::subject::Subject;
use arrow::array::{Array, AsArray};
use arrow::datatypes::Float64Type;
use candor_contract::{Kind, TableId};
use candor_lake::{Grain, Profile, ProfileQuery, ProfileWindow, ValueType};
use candor_monitor::observer::{
    Compared, Comparison, Exact, OBSERVED_RANKS, ObservedColumn, Ranked, Summarised,
    compare_profiles,
};
use candor_monitor::{DAY_US, Window};
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

/// Columns that are compared in one run.
const COLUMNS_MAX: usize = 20;
/// Days so far back are looked for.
const LOOK_BACK_US: i64 = 90 * DAY_US;
/// How often it is tried again, should rows of the day come meanwhile.
const TRIES: usize = 3;
/// Longest wait for rows to come to the lake.
const FLUSH_MAX: Duration = Duration::from_secs(20);

/// Compares the newest whole day before `open_us` that has profiles and not too many rows. Columns of `again` come
/// first; of many columns others follow each day.
pub(super) async fn compared(
    source: &Source,
    subject: &Subject,
    again: &[&str],
    open_us: i64,
) -> Result<Compared, Problem> {
    let Some(mut day) = newest(source, subject, open_us).await? else {
        let why = "No whole day of the last ninety has profiles and at most 300,000 rows.";
        return Ok(Compared::unknown(Comparison::Profiles, why));
    };
    for _ in 0..TRIES {
        let told = profiles(source, subject, &day).await?;
        let mut observed = Vec::new();
        for (name, profile) in chosen(subject, told, again, day.window) {
            let exact = exact(source, subject, day.window, &name, &profile).await?;
            observed.push(ObservedColumn {
                name,
                profile: Summarised::from(&profile),
                exact,
            });
        }
        if observed.iter().all(|c| c.exact.rows == day.rows) {
            return Ok(compare_profiles(day.window, day.rows, &observed));
        }
        // Rows that are not in the lake yet have no profile; SQL sees them.
        let flushed = tokio::time::timeout(FLUSH_MAX, source.lake().flush()).await;
        flushed.map_err(|_| Problem::busy("Rows did not come to the lake in time."))?;
        let now = day_rows(source, subject, day.window.from_us..day.window.to_us).await?;
        let rows = now.get(&day.window.from_us).copied().unwrap_or(0);
        if rows == day.rows {
            return Ok(compare_profiles(day.window, day.rows, &observed));
        }
        day.rows = rows;
    }
    let why = "Rows of the day came while it was looked at.";
    Ok(Compared::unknown(Comparison::Profiles, why))
}

/// A day and its rows, as its profiles say.
struct Day {
    window: Window,
    rows: u64,
}

async fn newest(source: &Source, subject: &Subject, open_us: i64) -> Result<Option<Day>, Problem> {
    let table = TableId::of(&subject.model, Kind::Prediction);
    let volumes = source.lake().volumes();
    let own = volumes.iter().find(|(id, _)| *id == table);
    // Days whose rows have aged out keep their profiles.
    let Some((first_us, _)) = own.and_then(|(_, volume)| volume.time_us) else {
        return Ok(None);
    };
    let from_us = Window::around(first_us, DAY_US).from_us;
    let from_us = from_us.max(open_us - LOOK_BACK_US);
    let days = day_rows(source, subject, from_us..open_us).await?;
    let newest = days
        .into_iter()
        .rev()
        .find(|(_, rows)| (1..=DAY_ROWS_MAX).contains(rows));
    Ok(newest.map(|(us, rows)| Day {
        window: Window::around(us, DAY_US),
        rows,
    }))
}

/// Rows of days by where they begin, as profiles tell.
pub(super) async fn day_rows(
    source: &Source,
    subject: &Subject,
    range: Range<i64>,
) -> Result<BTreeMap<i64, u64>, Problem> {
    let query = subject.profiles(Kind::Prediction, Grain::Day, range);
    let found = read(
        source,
        ProfileQuery {
            column: Some(COUNTED.to_owned()),
            ..query
        },
    );
    let each = found.await?.into_iter();
    Ok(each.map(|f| (f.from_us, f.profile.rows())).collect())
}

/// Profiles are decompressed and decoded, which would hold up others.
async fn read(source: &Source, query: ProfileQuery) -> Result<Vec<ProfileWindow>, Problem> {
    let (lake, runtime) = (source.lake().clone(), tokio::runtime::Handle::current());
    let read = move || runtime.block_on(lake.profiles(&query));
    let found = tokio::task::spawn_blocking(read).await;
    let found = found.map_err(|e| Problem::internal(&e))?;
    found.map_err(|e| Problem::internal(&e))
}

/// The profiles of a day by column, merged from its hours; of rows that came in bulk, whose hours have none, those of
/// the day itself. Columns whose type changed that day are left out.
async fn profiles(
    source: &Source,
    subject: &Subject,
    day: &Day,
) -> Result<BTreeMap<String, Profile>, Problem> {
    let range = day.window.from_us..day.window.to_us;
    let of = |grain| subject.profiles(Kind::Prediction, grain, range.clone());
    let mut found = read(source, of(Grain::Hour)).await?;
    let counted = found.iter().filter(|f| f.column == COUNTED);
    if counted.map(|f| f.profile.rows()).sum::<u64>() < day.rows {
        found = read(source, of(Grain::Day)).await?;
    }
    let mut by_column: BTreeMap<String, Option<Profile>> = BTreeMap::new();
    for hour in found {
        match by_column.get_mut(&hour.column) {
            None => {
                by_column.insert(hour.column, Some(hour.profile));
            }
            Some(own) => {
                let merged = own.as_mut().map(|own| own.merge(&hour.profile));
                if merged.is_none_or(|merged| merged.is_err()) {
                    *own = None;
                }
            }
        }
    }
    let known = by_column.into_iter();
    Ok(known.filter_map(|(name, p)| Some((name, p?))).collect())
}

/// Columns that are compared this day.
fn chosen(
    subject: &Subject,
    mut told: BTreeMap<String, Profile>,
    again: &[&str],
    day: Window,
) -> Vec<(String, Profile)> {
    told.retain(|name, profile| {
        let known = subject.has(name) && !candor_monitor::is_name(name);
        known && profile.value_type() != ValueType::Opaque
    });
    let names: Vec<String> = told.keys().cloned().collect();
    let first = usize::try_from(day.from_us.div_euclid(DAY_US)).unwrap_or(0) * COLUMNS_MAX;
    let turn = (0..names.len()).map(|at| names[(first + at) % names.len()].as_str());
    let mut out = Vec::new();
    for name in again.iter().copied().chain(turn) {
        if out.len() == COLUMNS_MAX {
            break;
        }
        out.extend(told.remove_entry(name));
    }
    out
}

/// What the rows of a day say of a column.
async fn exact(
    source: &Source,
    subject: &Subject,
    day: Window,
    name: &str,
    profile: &Profile,
) -> Result<Exact, Problem> {
    let quantiles = profile.quantiles(&OBSERVED_RANKS);
    let statement = statement(
        subject,
        day,
        name,
        profile.value_type(),
        quantiles.as_deref(),
    );
    let answer = source.ask(&statement).await?;
    let number = |name: &str| -> Option<f64> {
        let array = answer.rows.first()?.column_by_name(name)?;
        let array = array.as_primitive_opt::<Float64Type>()?;
        (array.len() == 1 && array.is_valid(0)).then(|| array.value(0))
    };
    let count = |name: &str| number(name).unwrap_or(0.0) as u64;
    let ranked = |at: usize| Ranked {
        below: count(&format!("below_{at}")),
        up_to: count(&format!("up_to_{at}")),
    };
    Ok(Exact {
        rows: count("n"),
        values: count("known"),
        finite: count("finite"),
        min: number("low"),
        max: number("high"),
        mean: number("middle"),
        distinct: count("different"),
        ranks: quantiles.map(|_| std::array::from_fn(ranked)),
    })
}

/// The question for the figures of a column, all as floats. Values are spelt as profiles take them: booleans as 0 and
/// 1, times in microseconds, texts by their length.
fn statement(
    subject: &Subject,
    day: Window,
    name: &str,
    ty: ValueType,
    quantiles: Option<&[f64]>,
) -> String {
    let own = format!("\"{}\"", name.replace('"', "\"\""));
    let number = match ty {
        ValueType::Boolean => format!("CAST(CAST({own} AS INT) AS DOUBLE)"),
        ValueType::Time => format!("CAST(CAST({own} AS BIGINT) AS DOUBLE)"),
        ValueType::Text => format!("CAST(character_length({own}) AS DOUBLE)"),
        ValueType::Number | ValueType::Opaque => format!("CAST({own} AS DOUBLE)"),
    };
    // Neither NaN nor infinite; −0 is 0.
    let largest = f64::MAX;
    let finite =
        format!("CASE WHEN {number} BETWEEN -{largest:e} AND {largest:e} THEN {number} + 0.0 END");
    let (finite, different) = match ty {
        ValueType::Text => (number, own.clone()),
        _ => (finite.clone(), finite),
    };
    let mut ranks = String::new();
    for (at, value) in quantiles.into_iter().flatten().enumerate() {
        let value = format!("CAST('{value:e}' AS DOUBLE)");
        for (word, sign) in [("below", "<"), ("up_to", "<=")] {
            ranks.push_str(&format!(
                ", CAST(count(CASE WHEN x {sign} {value} THEN 1 END) AS DOUBLE) AS {word}_{at}"
            ));
        }
    }
    let count = |what: &str| format!("CAST(count({what}) AS DOUBLE)");
    format!(
        "SELECT {} AS n, {} AS known, {} AS finite, min(x) AS low, max(x) AS high, avg(x) AS middle, \
         {} AS different{ranks} FROM (SELECT {own} AS v, {finite} AS x, {different} AS d FROM {}.predictions \
         WHERE time >= {} AND time < {})",
        count("*"),
        count("v"),
        count("x"),
        count("DISTINCT d"),
        schema(&subject.model),
        literal(day.from_us),
        literal(day.to_us),
    )
}
