//! When a router has something to say.

use super::flush::refresh_us;
use super::group::{Rule, Standing, newcomers};
use super::scene::{Life, Scene};
use super::state::RouteState;
use super::{Inputs, RouterState, hush};

/// The first instant from `now_us` on at which a step may have something to say if inputs stay as they are;
/// `None` if there is none. After a step at `now_us` it lies later.
pub fn next_due_us(state: &RouterState, now_us: i64, inputs: Inputs<'_>) -> Option<i64> {
    let scene = Scene::new(now_us, inputs, &state.alerts);
    let none = RouteState::default();
    let routes = inputs.rules(now_us).filter_map(|rule| {
        let route = state.routes.get(rule.name).unwrap_or(&none);
        route_due_us(route, &rule, &scene)
    });
    let due_us = routes.chain(silence_us(&scene)).min()?;
    Some(due_us.max(now_us))
}

fn route_due_us(route: &RouteState, rule: &Rule<'_>, scene: &Scene<'_>) -> Option<i64> {
    if !newcomers(route, rule, scene).is_empty() {
        return Some(scene.now_us);
    }
    let silences_us = hush::due_us(route, rule, scene);
    let groups = route.groups.values().filter_map(|group| {
        let standing = Standing::new(group, rule, scene);
        let acknowledged = standing.all_acknowledged && !group.acknowledged;
        [
            standing.due_us(group, rule),
            standing.escalate_us,
            refresh_us(group, rule, &standing),
            acknowledged.then_some(scene.now_us),
            rule.quiet_until_us.filter(|_| standing.waits_for_quiet),
        ]
        .into_iter()
        .flatten()
        .min()
    });
    groups.chain(silences_us).min()
}

/// When the next silence begins or ends that is about an alert of now.
fn silence_us(scene: &Scene<'_>) -> Option<i64> {
    let silences = scene.silences.iter().filter(|silence| {
        let mut views = scene.views.values();
        views.any(|view| view.life == Life::Active && silence.selects(&view.labels))
    });
    silences
        .flat_map(|s| [s.from_us, s.to_us])
        .filter(|us| *us > scene.now_us)
        .min()
}
