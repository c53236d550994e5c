//! Who may depend on whom. The list is here; the map must tell the same.

use super::report::Report;
use super::tree::{Tree, room};
use std::collections::BTreeSet;

/// Every allowed edge between rooms. Rooms that are not on the left know nobody.
const ALLOWED: &[(&str, &[&str])] = &[
    (
        "cli",
        &[
            "server",
            "report",
            "monitor",
            "sdk",
            "simulator",
            "contract",
        ],
    ),
    (
        "server",
        &[
            "lake", "catalog", "monitor", "stats", "otlp", "contract", "ui",
        ],
    ),
    ("otlp", &["contract"]),
    ("lake", &["log", "stats", "contract"]),
    ("report", &["stats", "contract"]),
    ("monitor", &["stats", "simulator", "contract"]),
    ("catalog", &["contract"]),
    ("sdk", &["contract"]),
    ("simulator", &["contract"]),
    ("bench", &["monitor", "stats", "simulator", "contract"]),
];
const MAP: &str = "ARCHITECTURE.md";

/// Reports edges that are not allowed, and a map that tells other edges.
pub(super) fn check(tree: &Tree, report: &mut Report) {
    let rooms: BTreeSet<&str> = tree.packages.iter().map(|p| p.room()).collect();
    for package in &tree.packages {
        for to in package
            .dependencies
            .iter()
            .map(|d| room(d))
            .filter(|to| rooms.contains(to))
        {
            if !is_allowed(package.room(), to) {
                report.error(
                    &format!("{}/Cargo.toml", package.folder),
                    1,
                    format!("the edge {} → {to} is not allowed", package.room()),
                    "move what both need into a room that both may know, or pass it as a value",
                );
            }
        }
    }
    let Some(map) = tree.file(MAP) else { return };
    let drawn = drawn(&map.text);
    let allowed: BTreeSet<_> = ALLOWED
        .iter()
        .flat_map(|(from, to)| to.iter().map(|to| (*from, *to)))
        .collect();
    for (from, to) in drawn.symmetric_difference(&allowed) {
        let where_not = if allowed.contains(&(*from, *to)) {
            "on the map"
        } else {
            "in the tidy test"
        };
        report.error(
            MAP,
            1,
            format!("the edge {from} → {to} is not {where_not}"),
            "make ARCHITECTURE.md and xtask/src/tidy/edges.rs agree",
        );
    }
}

fn is_allowed(from: &str, to: &str) -> bool {
    ALLOWED
        .iter()
        .any(|(room, allowed)| *room == from && allowed.contains(&to))
}

/// The edges that the map's backticked `a → b, c; d → e` tell.
fn drawn(map: &str) -> BTreeSet<(&str, &str)> {
    let told = map
        .split('`')
        .skip(1)
        .step_by(2)
        .flat_map(|span| span.split(';'));
    told.filter_map(|part| part.split_once('→'))
        .flat_map(|(from, to)| to.split(',').map(move |to| (from.trim(), to.trim())))
        .filter(|(from, _)| ALLOWED.iter().any(|(room, _)| room == from))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_upwards_is_found() {
        let mut tree = Tree::of(&[]);
        tree.package("lake", &["candor-log", "arrow"]);
        tree.package("log", &["candor-lake"]);
        let mut report = Report::new(0);
        check(&tree, &mut report);
        assert_eq!(report.findings.len(), 1, "{report}");
        assert_eq!(report.findings[0].path, "crates/log/Cargo.toml");
    }

    #[test]
    fn a_map_that_tells_other_edges_is_found() {
        let told = "`cli → server, report, monitor, sdk, simulator, contract`; \
                    `server → lake, catalog, monitor, stats, otlp, contract, ui`; `otlp → contract`; \
                    `monitor → stats, simulator, contract`; `catalog → contract`; `sdk → contract`; `simulator → contract`; \
                    `bench → monitor, stats, simulator, contract`; `report → stats, contract`";
        for (map, wrong) in [
            (format!("{told}; `lake → log, stats, contract`."), 0),
            (format!("{told}; `lake → log, stats`."), 1),
            (format!("{told}; `lake → log, stats, contract, sdk`."), 1),
        ] {
            let mut report = Report::new(0);
            check(&Tree::of(&[(MAP, &map)]), &mut report);
            assert_eq!(report.findings.len(), wrong, "{map}: {report}");
        }
    }
}
