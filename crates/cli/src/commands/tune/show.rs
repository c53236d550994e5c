//! What tuning tells, for eyes and for programs.

use super::Tuned;
use crate::commands::incidents::{self, hours};
use crate::terminal;
use candor_contract::format_us;
use candor_monitor::hindsight::{Reason, Told};
use candor_monitor::tuning::{Count, Proposal, counted, counted_of};
use serde_json::{Value, json};

impl Tuned {
    /// The run as it is now.
    fn now(&self) -> &[Told] {
        let now = self.tried.iter().find(|t| (t.factor - 1.0).abs() < 1e-9);
        now.map(|t| t.told.as_slice()).unwrap_or_default()
    }

    fn a_month(&self, n: usize) -> f64 {
        Count::a_month(n, self.watched)
    }

    fn count_json(&self, count: &Count) -> Value {
        json!({
            "alerts": count.alerts,
            "found": count.found.len(),
            "mean_delay_s": count.delay_us.map(|us| us / 1_000_000),
            "false_alarms": count.false_alarms,
            "false_alarms_a_month": self.a_month(count.false_alarms),
            "not_judged": count.not_judged,
            "not_judged_a_month": self.a_month(count.not_judged),
        })
    }

    /// What a monitor has a part in now, and with all proposals.
    fn before_after(&self, proposal: &Proposal) -> (Count, Count) {
        let count =
            |told: &[Told]| counted_of(&proposal.monitor, &proposal.incidents, told, &self.known);
        (count(self.now()), count(&self.together))
    }

    fn materials(&self, proposal: &Proposal) -> Option<(f64, f64)> {
        let own = self.monitors.get(&proposal.monitor)?;
        Some((own.material, own.material_at(proposal.factor)))
    }

    /// Whether anything is known by which alerts could be told right or false.
    fn knows_anything(&self) -> bool {
        let is_false = |told: &Told| self.known.reason(told) == Reason::None;
        !self.known.incidents.is_empty() || self.known.live.iter().any(is_false)
    }
}

pub(super) fn as_json(tuned: &Tuned) -> Value {
    let tried = |t: &candor_monitor::tuning::Tried| {
        let mut out = tuned.count_json(&counted(&t.told, &tuned.known));
        out["factor"] = json!(t.factor);
        out
    };
    let proposal = |p: &Proposal| {
        let (now, then) = tuned.before_after(p);
        let (material, proposed) = tuned.materials(p).unzip();
        json!({
            "monitor": p.monitor,
            "object": tuned.monitors.get(&p.monitor).map(|own| &own.object_name),
            "factor": p.factor,
            "material": material,
            "proposed": proposed,
            "incidents": p.incidents.len(),
            "now": tuned.count_json(&now),
            "then": tuned.count_json(&then),
        })
    };
    let is_any = !tuned.proposals.is_empty();
    json!({
        "from": format_us(tuned.watched.from_us),
        "to": format_us(tuned.watched.to_us),
        "incidents": tuned.known.incidents.iter().map(incidents::as_json).collect::<Vec<_>>(),
        "tried": tuned.tried.iter().map(tried).collect::<Vec<_>>(),
        "now": tuned.count_json(&counted(tuned.now(), &tuned.known)),
        "proposed": tuned.proposals.iter().map(proposal).collect::<Vec<_>>(),
        "together": is_any.then(|| tuned.count_json(&counted(&tuned.together, &tuned.known))),
        "dropped": tuned.dropped,
    })
}

pub(super) fn page(tuned: &Tuned) -> String {
    let mut parts = vec![tried(tuned)];
    if !tuned.proposals.is_empty() {
        parts.push(proposals(tuned));
    }
    parts.push(notes(tuned).join("\n"));
    parts.join("\n\n")
}

/// All monitors together at each sensitivity.
fn tried(tuned: &Tuned) -> String {
    let header = [
        "what matters",
        "alerts",
        "found",
        "delay",
        "false a month",
        "not judged",
    ];
    let row = |t: &candor_monitor::tuning::Tried| {
        let count = counted(&t.told, &tuned.known);
        vec![
            json!(format!("× {}", t.factor)),
            json!(count.alerts),
            json!(format!(
                "{}/{}",
                count.found.len(),
                tuned.known.incidents.len()
            )),
            json!(count.delay_us.map(hours)),
            json!(format!("{:.2}", tuned.a_month(count.false_alarms))),
            json!(count.not_judged),
        ]
    };
    let rows: Vec<Vec<Value>> = tuned.tried.iter().map(row).collect();
    terminal::table(&header.map(str::to_owned), &rows)
}

/// Each monitor that should be changed, then all together.
fn proposals(tuned: &Tuned) -> String {
    let header = [
        "monitor",
        "matters now",
        "proposed",
        "found",
        "delay",
        "false a month",
        "not judged",
    ];
    let row = |name: &str, materials: Option<(f64, f64)>, of: usize, now: &Count, then: &Count| {
        let both = |a: String, b: String| if a == b { a } else { format!("{a} → {b}") };
        let delay = |c: &Count| c.delay_us.map_or_else(|| "·".to_owned(), hours);
        let found = |c: &Count| format!("{}/{of}", c.found.len());
        let false_alarms = |c: &Count| format!("{:.2}", tuned.a_month(c.false_alarms));
        let not_judged = |c: &Count| c.not_judged.to_string();
        let (material, proposed) = materials.unzip();
        vec![
            json!(name),
            json!(material),
            json!(proposed),
            json!(both(found(now), found(then))),
            json!(both(delay(now), delay(then))),
            json!(both(false_alarms(now), false_alarms(then))),
            json!(both(not_judged(now), not_judged(then))),
        ]
    };
    let mut rows: Vec<Vec<Value>> = tuned
        .proposals
        .iter()
        .map(|p| {
            let (now, then) = tuned.before_after(p);
            row(
                &p.monitor,
                tuned.materials(p),
                p.incidents.len(),
                &now,
                &then,
            )
        })
        .collect();
    let all = counted(tuned.now(), &tuned.known);
    let together = counted(&tuned.together, &tuned.known);
    let incidents = tuned.known.incidents.len();
    rows.push(row("all together", None, incidents, &all, &together));
    terminal::table(&header.map(str::to_owned), &rows)
}

fn notes(tuned: &Tuned) -> Vec<String> {
    let mut out = Vec::new();
    for incident in &tuned.known.incidents {
        let alert = incident.alert.as_deref().map(terminal::clean);
        let alert = alert.map(|id| format!(" ({id})")).unwrap_or_default();
        out.push(format!("incident {}{alert}", incidents::span(incident)));
    }
    if !tuned.knows_anything() {
        out.push(
            "nothing is known of its alerts, so nothing is proposed: say what they were by `candor alert verdict`, \
             or name incidents by --incident"
                .to_owned(),
        );
    } else if tuned.proposals.is_empty() && tuned.dropped == 0 {
        out.push("no other sensitivity of a monitor finds more or tells fewer false alarms: nothing is proposed".to_owned());
    }
    if tuned.dropped > 0 {
        out.push(format!(
            "left out, since they did not hold together in one run: {}",
            tuned.dropped
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::tune::Own;
    use candor_contract::spec::{Measure, MonitorSpec};
    use candor_monitor::hindsight::{Incident, Known, Sign};
    use candor_monitor::tuning::Tried;
    use candor_monitor::{Family, Judgement, Window};
    use std::collections::{BTreeMap, BTreeSet};

    const HOUR_US: i64 = 3_600_000_000;

    fn told(hour: i64) -> Told {
        let at = |h: i64| (hour + h) * HOUR_US;
        Told {
            id: format!("at {hour}"),
            family: Family::Quality,
            cause: String::new(),
            signs: vec![Sign {
                monitor: "m/missing/x".to_owned(),
                onset_us: at(0),
                sustained_us: at(3),
                over_us: Some(at(12)),
            }],
            onset_us: at(0),
            fired_us: at(3),
            again_us: Vec::new(),
            over_us: Some(at(12)),
            window_us: HOUR_US,
            verdict: None,
        }
    }

    fn tuned() -> Tuned {
        let live = Told {
            verdict: Some(Judgement::FalsePositive),
            ..told(300)
        };
        let named = Incident {
            from_us: 100 * HOUR_US,
            to_us: Some(110 * HOUR_US),
            alert: None,
        };
        let own = Own {
            name: "m/missing/x".to_owned(),
            object_name: "m-missing-x".to_owned(),
            spec: MonitorSpec::of("m", Measure::Missing),
            material: 0.05,
        };
        let run = |factor: f64, hours: &[i64]| Tried {
            factor,
            told: hours.iter().map(|h| told(*h)).collect(),
        };
        Tuned {
            known: Known::new(vec![named], vec![live]),
            watched: Window {
                from_us: 0,
                to_us: 720 * HOUR_US,
            },
            monitors: BTreeMap::from([(own.name.clone(), own)]),
            tried: vec![run(1.0, &[100, 300, 500]), run(2.0, &[100])],
            proposals: vec![Proposal {
                monitor: "m/missing/x".to_owned(),
                factor: 2.0,
                incidents: BTreeSet::from([0]),
            }],
            together: vec![told(100)],
            dropped: 0,
        }
    }

    #[test]
    fn a_proposal_tells_what_changes_and_what_nobody_judged() {
        let page = page(&tuned());
        for line in [
            "incident 1970-01-05 04:00 to 1970-01-05 14:00",
            "m/missing/x",
            "0.05",
            "0.1",
            "1.00 → 0.00",
            "1 → 0",
            "all together",
        ] {
            assert!(page.contains(line), "{line}: {page}");
        }
        assert!(!page.contains("left out"), "{page}");
        let told = as_json(&tuned());
        let own = &told["proposed"][0];
        assert_eq!(
            (&own["object"], &own["proposed"]),
            (&json!("m-missing-x"), &json!(0.1))
        );
        assert_eq!(
            (&own["now"]["found"], &own["then"]["found"]),
            (&json!(1), &json!(1))
        );
        assert_eq!(own["now"]["mean_delay_s"], 3 * 3_600);
        assert_eq!(told["now"]["not_judged"], 1);
        assert_eq!(told["together"]["false_alarms"], 0);
    }

    #[test]
    fn without_anything_known_nothing_is_proposed() {
        let bare = Tuned {
            known: Known::default(),
            proposals: Vec::new(),
            ..tuned()
        };
        assert!(page(&bare).contains("nothing is known"), "{}", page(&bare));
        assert_eq!(as_json(&bare)["together"], Value::Null);
    }
}
