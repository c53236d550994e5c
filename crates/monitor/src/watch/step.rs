//! How finely telemetry is read: as finely as the shortest windows need, and no finer.

use crate::window::{HOUR_US, MINUTE_US};
use candor_contract::spec::MonitorSpec;

/// The finest windows of profiles.
const PROFILES_US: i64 = 5 * MINUTE_US;

/// Whether windows of this length are shorter than all of profiles, so that they are read from rows.
pub const fn is_short(window_us: i64) -> bool {
    window_us < PROFILES_US
}

/// Length of the windows that profiles are read of, microseconds: an hour, or five minutes if a monitor asks for less
/// than one.
pub fn base_us<'a>(monitors: impl IntoIterator<Item = &'a MonitorSpec>) -> i64 {
    let mut lengths = monitors.into_iter().filter_map(MonitorSpec::window_us);
    match lengths.any(|us| us % HOUR_US != 0 && !is_short(us)) {
        true => PROFILES_US,
        false => HOUR_US,
    }
}

/// Length of the windows that the engine closes one after the other, microseconds: [`base_us`], or what that and all
/// shorter windows are whole multiples of, a minute at least.
pub fn step_us<'a>(monitors: impl IntoIterator<Item = &'a MonitorSpec> + Clone) -> i64 {
    let base_us = base_us(monitors.clone());
    let watching = monitors.into_iter().filter(|m| m.enabled);
    let lengths = watching.filter_map(MonitorSpec::window_us);
    let short = lengths.filter(|us| is_short(*us));
    short.fold(base_us, divisor).max(MINUTE_US)
}

/// The greatest common divisor.
const fn divisor(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a, b);
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_contract::spec::Measure;

    #[test]
    fn windows_are_read_as_finely_as_the_shortest_need() {
        for (windows, base, step) in [
            (&[][..], 60, 60),
            (&["1h", "6h", "30d"], 60, 60),
            (&["1h", "5m"], 5, 5),
            (&["90m"], 5, 5),
            (&["1m"], 60, 1),
            (&["4m", "2m"], 60, 2),
            (&["4m", "3m"], 60, 1),
            (&["2m", "15m"], 5, 1),
        ] {
            let monitor = |window: &&str| MonitorSpec {
                window: Some((*window).to_owned()),
                ..MonitorSpec::of("m", Measure::Errors)
            };
            let monitors: Vec<MonitorSpec> = windows.iter().map(monitor).collect();
            let told = (base_us(&monitors), step_us(&monitors));
            assert_eq!(told, (base * MINUTE_US, step * MINUTE_US), "{windows:?}");
        }
    }
}
