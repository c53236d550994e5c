//! A measure over the windows as a row of cells.

use super::super::super::moment;
use super::super::markup::Markup;
use crate::document::{Reading, Window};

/// Darkest of the calm cells.
const LEVELS: usize = 4;
/// More windows than this share cells.
const CELLS_MAX: usize = 60;
/// Pixels of a cell, and of the whole strip, at most.
const CELL: usize = 10;
const WIDTH: usize = 160;

/// Windows that share a cell.
struct Cell {
    from: usize,
    to: usize,
    /// The largest value; `None` where none can be told.
    value: Option<f64>,
    breaches: usize,
}

/// Cells of windows: darker where a value is nearer to `limit`, the value that makes a breach; full height and
/// vermilion where one is a breach, none where it cannot be told.
pub(in super::super) fn strip(
    m: &mut Markup,
    windows: &[Window],
    readings: &[Option<&Reading>],
    limit: Option<f64>,
) {
    if readings.is_empty() {
        return;
    }
    let cells = cells(readings);
    let largest = cells.iter().filter_map(|cell| cell.value);
    let largest = largest.fold(0.0, f64::max);
    let limit = limit.filter(|limit| *limit > 0.0).unwrap_or(largest);
    let mut calm: [String; LEVELS] = Default::default();
    for (at, cell) in cells.iter().enumerate() {
        let Some(value) = cell.value.filter(|_| cell.breaches == 0) else {
            continue;
        };
        let part = if limit > 0.0 { value / limit } else { 0.0 };
        let level = ((part * LEVELS as f64) as usize).min(LEVELS - 1);
        if let Some(path) = calm.get_mut(level) {
            *path += &format!("M{} 4h9v8h-9z", at * CELL);
        }
    }
    let view = format!("0 0 {} 16", cells.len() * CELL);
    let attributes: super::super::markup::Attributes<'_> = &[
        ("class", &"strip"),
        ("role", &"img"),
        ("width", &(cells.len() * CELL).min(WIDTH)),
        ("height", &"16"),
        ("viewBox", &view),
        ("preserveAspectRatio", &"none"),
    ];
    m.inside("svg", attributes, |m| {
        m.leaf("title", &[], title(readings, &cells));
        for (class, path) in ["l0", "l1", "l2", "l3"].into_iter().zip(&calm) {
            if !path.is_empty() {
                m.empty("path", &[("class", &class), ("d", path)]);
            }
        }
        breaches(m, &cells, windows);
    });
}

fn cells(readings: &[Option<&Reading>]) -> Vec<Cell> {
    let size = readings.len().div_ceil(CELLS_MAX);
    let cell = |(at, part): (usize, &[Option<&Reading>])| {
        let values = part.iter().flatten().filter_map(|reading| reading.value);
        let values = values.filter(|value| value.is_finite()).map(f64::abs);
        Cell {
            from: at * size,
            to: at * size + part.len() - 1,
            value: values.reduce(f64::max),
            breaches: part.iter().flatten().filter(|r| r.breach).count(),
        }
    };
    readings.chunks(size).enumerate().map(cell).collect()
}

fn title(readings: &[Option<&Reading>], cells: &[Cell]) -> String {
    let breaches: usize = cells.iter().map(|cell| cell.breaches).sum();
    let size = readings.len().div_ceil(CELLS_MAX);
    let shared = match size {
        0 | 1 => String::new(),
        n => format!("; a cell is {n} windows"),
    };
    format!(
        "{breaches} of {} windows out of bounds{shared}",
        readings.len()
    )
}

/// Cells with a breach; those of several windows say which these are.
fn breaches(m: &mut Markup, cells: &[Cell], windows: &[Window]) {
    let mut alone = String::new();
    for (at, cell) in cells.iter().enumerate().filter(|(_, c)| c.breaches > 0) {
        let path = format!("M{} 0h9v16h-9z", at * CELL);
        if cell.from == cell.to {
            alone += &path;
            continue;
        }
        m.inside("path", &[("class", &"over"), ("d", &path)], |m| {
            m.leaf("title", &[], told(cell, windows));
        });
    }
    if !alone.is_empty() {
        m.empty("path", &[("class", &"over"), ("d", &alone)]);
    }
}

/// Which windows a cell is of, and how many of them are a breach.
fn told(cell: &Cell, windows: &[Window]) -> String {
    let name = |at: usize| {
        let from = windows.get(at).and_then(|window| window.from.as_deref());
        from.map_or_else(|| format!("window {}", at + 1), moment::full)
    };
    format!(
        "{} to {}: {} of {} windows out of bounds",
        name(cell.from),
        name(cell.to),
        cell.breaches,
        cell.to - cell.from + 1
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(values: &[(Option<f64>, bool)], limit: Option<f64>) -> String {
        let readings: Vec<Reading> = values
            .iter()
            .map(|(value, breach)| Reading {
                value: *value,
                breach: *breach,
                ..Reading::default()
            })
            .collect();
        let mut m = Markup::default();
        let readings = readings.iter().map(Some).collect::<Vec<_>>();
        strip(&mut m, &[], &readings, limit);
        m.into_text()
    }

    #[test]
    fn breaches_are_tall_and_gaps_stay_empty() {
        let drawn = drawn(
            &[(Some(0.0), false), (None, false), (Some(9.0), true)],
            Some(1.0),
        );
        assert!(drawn.contains("class=\"l0\" d=\"M0 4h9v8h-9z\""), "{drawn}");
        assert!(
            drawn.contains("class=\"over\" d=\"M20 0h9v16h-9z\""),
            "{drawn}"
        );
        assert_eq!(drawn.matches("<path").count(), 2);
    }

    #[test]
    fn any_windows_fit_and_no_breach_is_lost() {
        assert_eq!(drawn(&[], None), "");
        let mut many = vec![(Some(f64::MAX), false); 700];
        many[13].1 = true;
        let drawn = drawn(&many, Some(0.0));
        assert!(drawn.contains("width=\"160\"") && drawn.contains("viewBox=\"0 0 590 16\""));
        assert!(drawn.contains("1 of 700 windows out of bounds; a cell is 12 windows"));
        assert!(drawn.contains("window 13 to window 24: 1 of 12 windows out of bounds"));
    }
}
