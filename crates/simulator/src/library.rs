//! The pages of `docs/scenarios`: what they say is in the fleet, and together they cover it.

use crate::calendar::{DAY_US, HOUR_US};
use crate::trial::setting;
use crate::{Fleet, Setting};
use candor_contract::Kind;
use candor_contract::spec::{
    AllowSpec, Archetype, ExpectSpec, FaultKind, HappeningKind, Measure, OneOf, ScenarioPage,
    ScenarioSpec, scenario_of_page,
};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Events that a test can play in a few seconds.
const EVENTS_MAX: u64 = 80_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/scenarios")
}

/// All pages with the names of their files.
fn pages() -> Vec<(String, ScenarioPage)> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if name != "README" && path.extension().is_some_and(|e| e == "md") {
            let text = fs::read_to_string(&path).unwrap();
            let page = scenario_of_page(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            pages.push((name, page));
        }
    }
    pages.sort_by(|a, b| a.0.cmp(&b.0));
    pages
}

fn spec(page: &ScenarioPage) -> &ScenarioSpec {
    page.object.scenario().unwrap()
}

#[test]
fn a_page_has_a_title_a_few_sentences_and_its_own_name() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    for (name, page) in pages() {
        assert_eq!(page.object.metadata.name, name);
        assert!(!page.title.is_empty() && page.title != name, "{name}");
        assert!((20..600).contains(&page.about.len()), "{name}");
        let line = format!("- [{name}]({name}.md): ");
        assert_eq!(readme.matches(&line).count(), 1, "README: {line}");
    }
}

#[test]
fn the_first_week_is_clean_and_a_test_can_play_all() {
    for (name, page) in pages() {
        let spec = spec(&page);
        assert!((10..=16).contains(&spec.days), "{name}");
        assert!(spec.events <= EVENTS_MAX, "{name}");
        let faults = spec.faults.iter().map(|f| f.from_us());
        let happenings = spec.happenings.iter().map(|h| h.from_us());
        for from_us in faults.chain(happenings) {
            assert!(from_us.unwrap() >= 7 * DAY_US, "{name}");
        }
    }
}

#[test]
fn the_library_covers_all_that_the_simulator_can_do() {
    let pages = pages();
    let specs: Vec<&ScenarioSpec> = pages.iter().map(|(_, page)| spec(page)).collect();
    assert!(specs.len() >= 20);
    for kind in FaultKind::ALL {
        let is_expected = |s: &ScenarioSpec| {
            let reasons = s.expect.iter().filter_map(|e| e.reason_in(s));
            reasons.into_iter().any(|r| r.kind() == kind.name())
        };
        assert!(specs.iter().any(|s| is_expected(s)), "{}", kind.name());
    }
    let silent = |s: &&&ScenarioSpec| s.expect.is_empty();
    for kind in HappeningKind::ALL {
        let mut happenings = specs.iter().filter(silent).flat_map(|s| &s.happenings);
        assert!(happenings.any(|h| h.kind == kind), "{}", kind.name());
    }
    let mut deployed = specs.iter().filter(silent).flat_map(|s| &s.models);
    assert!(deployed.any(|m| !m.deployments.is_empty()));
    for archetype in Archetype::ALL {
        let has = |s: &&&ScenarioSpec| s.models.iter().any(|m| m.archetype() == Some(archetype));
        let clean = |s: &&&ScenarioSpec| {
            s.expect.is_empty() && s.faults.is_empty() && s.happenings.is_empty()
        };
        let name = archetype.name();
        assert!(specs.iter().filter(clean).any(|s| has(&s)), "{name}");
        assert!(
            specs.iter().filter(|s| !clean(s)).any(|s| has(&s)),
            "{name}"
        );
    }
    let seeds: BTreeSet<u64> = specs.iter().map(|s| s.seed).collect();
    assert_eq!(seeds.len(), specs.len(), "two pages have one seed");
}

#[test]
fn pages_name_columns_that_the_traffic_has() {
    for (name, page) in pages() {
        let spec = spec(&page);
        let few = Setting {
            events: Some(4_000),
            ..setting()
        };
        let mut fleet = Fleet::new(spec, few).unwrap_or_else(|e| panic!("{name}: {e}"));
        let mut known = BTreeSet::new();
        for batch in fleet.advance(fleet.at_us() + 12 * HOUR_US).unwrap() {
            if batch.kind == Kind::Prediction {
                let schema = batch.rows.schema();
                let columns = schema.fields().iter().map(|f| f.name().clone());
                known.extend(columns.map(|column| (batch.model.clone(), column)));
            }
        }
        let expected = spec
            .expect
            .iter()
            .map(|e: &ExpectSpec| (&e.model, &e.column, &e.measure));
        let named = expected.flat_map(|(model, column, measure)| {
            // Differences between groups are of a segment, by its bare name.
            let fairness = measure.values() == [Measure::Fairness];
            columns(column.as_ref())
                .map(move |c| (model, if fairness { format!("segment_{c}") } else { c }))
        });
        let allowed = spec
            .allow
            .iter()
            .flat_map(|a: &AllowSpec| columns(a.column.as_ref()).map(|column| (&a.model, column)));
        for (model, column) in named.chain(allowed) {
            let there = known.contains(&(model.clone(), column.clone()));
            assert!(there, "{name}: {model} has no column {column}");
        }
    }
}

fn columns(one_of: Option<&OneOf<String>>) -> impl Iterator<Item = String> {
    one_of
        .map_or_else(Vec::new, |c| c.values().to_vec())
        .into_iter()
}
