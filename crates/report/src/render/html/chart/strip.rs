//! A measure over the windows as a row of cells.

use super::super::markup::Markup;
use super::boxed;
use crate::document::Reading;

/// Darkest of the calm cells.
const LEVELS: usize = 4;

/// A cell a window: darker where the value is nearer to `limit`, full height and vermilion where it is a
/// breach, none where it cannot be told.
pub(in super::super) fn strip(
    m: &mut Markup,
    readings: &[Option<&Reading>],
    limit: Option<f64>,
    title: &str,
) {
    let count = u32::try_from(readings.len()).unwrap_or(u32::MAX);
    if count == 0 || count > 2000 {
        return;
    }
    let step = (160 / count).clamp(1, 10);
    let largest = readings
        .iter()
        .filter_map(|reading| reading.and_then(|r| r.value))
        .fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let limit = limit.filter(|limit| *limit > 0.0).unwrap_or(largest);
    let mut cells: [String; LEVELS] = Default::default();
    let mut breaches = String::new();
    for (at, reading) in (0_u32..).zip(readings) {
        let Some((reading, value)) = reading.and_then(|r| Some((r, r.value?))) else {
            continue;
        };
        let (left, wide) = (at * step, step.saturating_sub(1).max(1));
        if reading.breach {
            breaches += &format!("M{left} 0h{wide}v16h-{wide}z");
        } else {
            let part = if limit > 0.0 {
                value.abs() / limit
            } else {
                0.0
            };
            let level = ((part * LEVELS as f64) as usize).min(LEVELS - 1);
            if let Some(cells) = cells.get_mut(level) {
                *cells += &format!("M{left} 4h{wide}v8h-{wide}z");
            }
        }
    }
    boxed(m, "strip", (count * step, 16), title, |m| {
        for (class, path) in ["l0", "l1", "l2", "l3"].into_iter().zip(&cells) {
            if !path.is_empty() {
                m.empty("path", &[("class", &class), ("d", path)]);
            }
        }
        if !breaches.is_empty() {
            m.empty("path", &[("class", &"over"), ("d", &breaches)]);
        }
    });
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
        strip(
            &mut m,
            &readings.iter().map(Some).collect::<Vec<_>>(),
            limit,
            "t",
        );
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
    fn any_windows_fit() {
        assert_eq!(drawn(&[], None), "");
        let many = vec![(Some(f64::MAX), false); 700];
        assert!(drawn(&many, Some(0.0)).contains("width=\"700\""));
    }
}
