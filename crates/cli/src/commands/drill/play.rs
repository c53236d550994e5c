//! One drill: traffic through the doors, the engine over the lake, its alerts by the routes to a receiver, and what that
//! one got held against the script.

use super::beside::Beside;
use super::receiver::{self, Receiver};
use crate::commands::backtest::transitions;
use crate::commands::objects;
use crate::failure::Failure;
use crate::local::{self, Own};
use crate::master::Master;
use crate::play::{self, Tally};
use crate::target;
use candor_contract::format_us;
use candor_contract::spec::ScenarioPage;
use candor_monitor::drill::{DrillResult, START_US, Script, judge_received};
use candor_simulator::{Fleet, Setting};
use serde_json::json;
use std::path::Path;

/// Plays a drill on a server of its own, in a temporary folder, with what watches its models `beside` what the
/// simulator declares.
pub(super) fn drill(page: &ScenarioPage, beside: &Beside) -> Result<DrillResult, Failure> {
    let name = &page.object.metadata.name;
    let Some(scenario) = page.object.scenario() else {
        return Err(Failure::usage(
            "no_scenario",
            format!("{name} is no Scenario"),
        ));
    };
    let folder = tempfile::tempdir()
        .map_err(|e| Failure::service("start", format!("cannot make a folder: {e}")))?;
    let data = folder.path().join("data");
    let master = Master::default();
    let mut config = local::config(None, Some(data), Some(local::any_port()), &master)?;
    // The engine is run over the whole history, below.
    config.monitoring.live = false;
    config.notify.allow = vec![receiver::HOST.to_owned()];
    let receiver = Receiver::open()?;
    let server = Own::over(config.clone())?;
    let client = target::client(server.url(), server.token());
    let setting = Setting {
        scenario: name.clone(),
        start_us: START_US,
        seed: None,
        events: None,
        rate: None,
    };
    let fleet = Fleet::new(scenario, setting)
        .map_err(|problems| Failure::spec(Path::new(name), &problems))?;
    let end_us = fleet.end_us();
    objects::declare(&client, &fleet.specs())?;
    let script = Script::of(name, scenario, START_US);
    beside.declare(&client, &script.models, receiver.url())?;
    let mut tally = Tally::default();
    play::load(&client, fleet, end_us, &mut tally)?;
    client.flush()?;
    let mut told = Vec::new();
    for model in &script.models {
        let asked = json!({"model": model, "to": format_us(end_us)});
        told.extend(transitions(&client.backtest(&asked)?)?);
    }
    server.stop()?;
    told.sort_by_key(|t| t.at_us);
    let took_us = local::retell(&config, &told, end_us)?;
    let receipts = receiver.receipts(&took_us);
    Ok(judge_received(&script, &told, &receipts))
}
