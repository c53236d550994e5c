//! What the engine says of faults, and that it says nothing without any.

use crate::fleet::{line, play, scenario};

#[test]
fn explore() {
    let text = std::env::var("STORY").unwrap_or_else(|_| "{days: 21, events: 400000}".into());
    for telemetry in play(&scenario(&text)) {
        let (watch, told) = telemetry.watch();
        println!("== {} {} monitors", telemetry.model, watch.monitors().len());
        if std::env::var("VIEWS").is_ok() {
            for view in watch.monitors() {
                println!(
                    "{} {}h needed {:?} phi {:.2} windows {} {:?}",
                    view.name, view.window_us / 3_600_000_000, view.needed, view.correlation,
                    view.reference_windows, view.points.last().map(|p| (p.value, p.band))
                );
            }
        }
        told.iter().for_each(|t| println!("{}", line(t)));
    }
}
