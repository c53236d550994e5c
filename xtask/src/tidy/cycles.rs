//! Modules of a crate form no cycle: siblings may know each other one way only.

use super::report::Report;
use super::tree::Tree;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A module's path inside its crate, e.g. `["decode", "json"]`; empty at the root.
type Module = Vec<String>;
/// From sibling to sibling, with the first place that shows it.
type Edges = BTreeMap<(Module, Module), (String, usize)>;

/// Reports every shortest cycle among sibling modules.
pub(super) fn check(tree: &Tree, report: &mut Report) {
    for package in &tree.packages {
        let edges = edges(tree, &format!("{}/src", package.folder));
        let mut told: BTreeSet<Module> = BTreeSet::new();
        for (from, to) in edges.keys() {
            if told.contains(from) || told.contains(to) {
                continue;
            }
            let Some(back) = way(&edges, to, from) else {
                continue;
            };
            let cycle: Vec<&Module> = std::iter::once(from).chain(back).collect();
            let mut what = format!("modules of {} form a cycle:", package.name);
            for pair in cycle.windows(2) {
                let (path, line) = &edges[&(pair[0].clone(), pair[1].clone())];
                what += &format!(
                    "\n    {} → {} ({path}:{line})",
                    pair[0].join("::"),
                    pair[1].join("::")
                );
            }
            told.extend(cycle.into_iter().cloned());
            let (path, line) = &edges[&(from.clone(), to.clone())];
            report.error(
                path,
                *line,
                what,
                "move what both need a level up or into a third module",
            );
        }
    }
}

/// The shortest way from `from` to `to`, both included.
fn way<'a>(edges: &'a Edges, from: &'a Module, to: &'a Module) -> Option<Vec<&'a Module>> {
    let mut before: BTreeMap<&Module, &Module> = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        if at == to {
            let mut way = vec![at];
            while let Some(previous) = before.get(way[way.len() - 1]) {
                way.push(previous);
            }
            way.reverse();
            return Some(way);
        }
        for (_, next) in edges.keys().filter(|(a, _)| a == at) {
            if next != from && !before.contains_key(next) {
                before.insert(next, at);
                queue.push_back(next);
            }
        }
    }
    None
}

/// All edges between sibling modules of the crate with its sources at `folder`.
fn edges(tree: &Tree, folder: &str) -> Edges {
    let modules: BTreeMap<Module, _> = tree
        .sources(folder)
        .filter(|(_, outline)| !outline.test_file)
        .map(|(file, outline)| (module(&file.path[folder.len() + 1..]), (file, outline)))
        .collect();
    // What a module binds by `use`, so that `crate::Kind` leads to `kind`.
    let mut binds: BTreeMap<(&Module, &str), Module> = BTreeMap::new();
    for (at, (_, outline)) in &modules {
        for mention in &outline.mentions {
            let Some(name) = &mention.binds else { continue };
            let below = [at.as_slice(), &mention.segments[..1]].concat();
            let absolute = absolute(at, &mention.segments).unwrap_or_else(|| {
                if modules.contains_key(&below) {
                    [at.as_slice(), &mention.segments].concat()
                } else {
                    Vec::new()
                }
            });
            if let Some(target) = known(&modules, &absolute).filter(|m| !m.is_empty() && m != at) {
                binds.insert((at, name), target);
            }
        }
    }
    let mut edges = Edges::new();
    for (at, (file, outline)) in &modules {
        for mention in &outline.mentions {
            let Some(absolute) = absolute(at, &mention.segments) else {
                continue;
            };
            let Some(module) = known(&modules, &absolute) else {
                continue;
            };
            let through = absolute
                .get(module.len())
                .and_then(|name| binds.get(&(&module, name.as_str())));
            let target = through.unwrap_or(&module);
            let shared = at.iter().zip(target).take_while(|(a, b)| a == b).count();
            if shared < at.len() && shared < target.len() {
                let edge = (at[..=shared].to_vec(), target[..=shared].to_vec());
                edges
                    .entry(edge)
                    .or_insert((file.path.clone(), mention.line));
            }
        }
    }
    edges
}

/// The module that the file at `path`, from the sources' folder, holds.
fn module(path: &str) -> Module {
    let stem = path.trim_end_matches(".rs").trim_end_matches("/mod");
    if matches!(stem, "lib" | "main") {
        Vec::new()
    } else {
        stem.split('/').map(Into::into).collect()
    }
}

/// A path from the crate's root; `None` if it is relative or foreign.
fn absolute(at: &Module, segments: &[String]) -> Option<Module> {
    let mut base = at.clone();
    match segments.first()?.as_str() {
        "crate" => base.clear(),
        "self" => {}
        "super" => base.truncate(at.len().checked_sub(1)?),
        _ => return None,
    }
    let mut rest = &segments[1..];
    while rest.first().is_some_and(|s| s == "super") {
        base.pop();
        rest = &rest[1..];
    }
    base.extend_from_slice(rest);
    Some(base)
}

/// The longest prefix of `path` that is a module.
fn known<T>(modules: &BTreeMap<Module, T>, path: &[String]) -> Option<Module> {
    (0..=path.len())
        .rev()
        .map(|n| path[..n].to_vec())
        .find(|m| modules.contains_key(m))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cycles(files: &[(&str, &str)]) -> Vec<String> {
        let mut report = Report::new(0);
        check(&Tree::of(files), &mut report);
        report.findings.into_iter().map(|f| f.what).collect()
    }

    #[test]
    fn a_cycle_of_three_is_found_once() {
        let found = cycles(&[
            ("crates/x/src/lib.rs", "//! X.\nmod a;\nmod b;\nmod c;\n"),
            ("crates/x/src/a.rs", "use crate::b::B;\n"),
            ("crates/x/src/b.rs", "fn f() { super::c::deep() }\n"),
            ("crates/x/src/c.rs", "use crate::{a};\n"),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("b → c (crates/x/src/b.rs:1)"),
            "{}",
            found[0]
        );
    }

    #[test]
    fn re_exports_are_followed() {
        let found = cycles(&[
            (
                "crates/x/src/lib.rs",
                "//! X.\nmod a;\nmod b;\npub use b::B;\n",
            ),
            ("crates/x/src/a.rs", "use crate::B;\n"),
            ("crates/x/src/b.rs", "use crate::a::A;\n"),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn ways_down_up_and_in_tests_are_no_cycle() {
        let found = cycles(&[
            (
                "crates/x/src/lib.rs",
                "//! X.\nmod a;\npub use a::A;\npub struct Root;\n",
            ),
            (
                "crates/x/src/a.rs",
                "mod deep;\nuse self::deep::D;\nuse crate::Root;\n",
            ),
            (
                "crates/x/src/a/deep.rs",
                "use super::A;\n#[cfg(test)]\nmod tests { use crate::b; }\n",
            ),
            ("crates/x/src/b.rs", "use crate::a::deep::D;\n"),
        ]);
        assert_eq!(found, Vec::<String>::new());
    }
}
