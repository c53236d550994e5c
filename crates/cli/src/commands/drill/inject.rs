//! `candor drill inject`.

use crate::commands::simulate;
use crate::failure::{Failure, Outcome, Verdict};
use crate::play::inbox;
use crate::terminal::{self, Output};
use candor_contract::spec::{
    Archetype, Body, FaultKind, FaultSpec, Metadata, Object, ScenarioModel, ScenarioSpec, SpecKind,
    parse,
};
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const EXAMPLE: &str = "Examples:
  candor drill inject --into demo-data --fault null_burst --model credit-risk --column debt_ratio --magnitude 0.6 --for 2h
  candor drill inject --into demo-data --fault latency_spike --model support-assistant --segment region=north --for 30m
  candor drill inject --into demo-data my-scenario.yaml

Times of a scenario are counted from now. Its faults go into the traffic that `candor demo --data demo-data`, or
`candor simulate --rate N --inject demo-data`, is making; the truth there tells them.";

/// What is to go wrong in live traffic.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Inject {
    /// File with a Scenario, of which the faults are taken
    #[arg(
        value_name = "SCENARIO",
        required_unless_present = "fault",
        conflicts_with = "fault"
    )]
    scenario: Option<PathBuf>,
    /// Data directory of the demo whose traffic it is, or the folder of `candor simulate --inject`
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    #[command(flatten)]
    one: One,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

/// One fault by itself.
#[derive(Debug, Args)]
struct One {
    /// What goes wrong, e.g. `null_burst`
    #[arg(long, value_name = "FAULT", value_parser = kind, requires = "model")]
    fault: Option<FaultKind>,
    /// In which model
    #[arg(long, value_name = "MODEL", requires = "fault")]
    model: Option<String>,
    /// In which input. May be given several times
    #[arg(long = "column", value_name = "NAME", requires = "fault")]
    columns: Vec<String>,
    /// Only where a dimension has a value, e.g. `region=north`. May be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, requires = "fault")]
    segment: Vec<(String, String)>,
    /// How much; its meaning depends on the fault
    #[arg(long, value_name = "N", requires = "fault")]
    magnitude: Option<f64>,
    /// The category that comes
    #[arg(long, value_name = "WORD", requires = "fault")]
    value: Option<String>,
    /// How long, e.g. 30m; for good if absent
    #[arg(long = "for", value_name = "SPAN", requires = "fault")]
    length: Option<String>,
}

fn kind(word: &str) -> Result<FaultKind, String> {
    serde_json::from_value(json!(word)).map_err(|_| {
        "no fault that the simulator knows; docs/formats/truth.md lists them".to_owned()
    })
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| "a dimension and its value, such as region=north".to_owned())?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Inject {
    pub(super) fn run(self) -> Outcome {
        let faults = match &self.scenario {
            Some(path) => of_file(path)?,
            None => self.one.faults()?,
        };
        if faults.is_empty() {
            let sentence = "the scenario has no faults";
            return Err(Failure::usage("no_fault", sentence).mend("add `faults` to it"));
        }
        let told = inbox::ask(&self.into, &faults)?;
        match self.output {
            Output::Json => terminal::say_json(&json!({"faults": told})),
            Output::Table => {
                let header = ["id", "fault", "model", "from", "to"].map(str::to_owned);
                let row = |fault: &Value| header.iter().map(|h| fault[h].clone()).collect();
                let rows: Vec<Vec<Value>> = told.iter().map(row).collect();
                terminal::say(&terminal::table(&header, &rows));
            }
        }
        Ok(Verdict::Good)
    }
}

fn of_file(path: &Path) -> Result<Vec<FaultSpec>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| Failure::file(path, &e))?;
    Ok(simulate::scenario(path, &text)?.1.faults)
}

impl One {
    /// The fault as a scenario would have it, checked like one.
    fn faults(&self) -> Result<Vec<FaultSpec>, Failure> {
        let (Some(fault), Some(model)) = (self.fault, &self.model) else {
            return Ok(Vec::new());
        };
        let spec = ScenarioSpec {
            // What the model is like is known where its traffic is made.
            models: vec![ScenarioModel {
                name: model.clone(),
                like: Some(Archetype::CreditRisk),
                ..ScenarioModel::of(Archetype::CreditRisk)
            }],
            faults: vec![FaultSpec {
                fault,
                model: model.clone(),
                columns: self.columns.clone(),
                segment: self.segment.iter().cloned().collect::<BTreeMap<_, _>>(),
                from: "0m".to_owned(),
                to: self.length.clone(),
                magnitude: self.magnitude,
                shape: None,
                period: None,
                value: self.value.clone(),
                version: None,
                story: None,
            }],
            ..ScenarioSpec::default()
        };
        let place = Path::new("--fault");
        let object = Object {
            kind: SpecKind::Scenario,
            metadata: Metadata {
                name: "injected".to_owned(),
                ..Metadata::default()
            },
            spec: Body::Scenario(Box::new(spec)),
        };
        let checked = object
            .to_yaml()
            .map_err(|e| Failure::service("internal", e.to_string()))
            .and_then(|text| parse(&text).map_err(|problems| Failure::spec(place, &problems)))?;
        let specs = checked.iter().filter_map(Object::scenario);
        Ok(specs.flat_map(|s| s.faults.clone()).collect())
    }
}
