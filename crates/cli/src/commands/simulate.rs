//! `candor simulate`.

use super::objects;
use crate::failure::{Failure, Outcome, Verdict};
use crate::play::files::FileForm;
use crate::play::{self, Inbox, Live, Tally};
use crate::target::Remote;
use crate::terminal::{self, Output};
use crate::{clock, play::files};
use candor_contract::parse_us;
use candor_contract::spec::{self, ScenarioSpec, span_us};
use candor_simulator::{Fleet, Setting, Truth};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};

const EXAMPLE: &str = "Examples:
  candor simulate examples/scenarios/faults.yaml --out traffic --truth traffic/truth.json
  candor simulate demo --server http://127.0.0.1:7411
  candor simulate examples/scenarios/drill.yaml --rate 200 --for 10m

The same scenario, seed and start give the same bytes. Without --rate everything is sent or written
as fast as it goes, from a start so that the scenario ends today; with --rate events come as the
clock goes, from now on.";

const DAY_US: i64 = 86_400_000_000;
/// The scenario of `candor demo`, which is also known by the name `demo`.
pub(crate) const DEMO: &str = include_str!("../../../../examples/scenarios/demo.yaml");

/// Synthetic traffic of a fleet whose truth is known, with scripted faults
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Simulate {
    /// File with an object of kind `Scenario`, or `demo`
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,
    #[command(flatten)]
    remote: Remote,
    /// Folder for files instead of a server
    #[arg(long, value_name = "DIR", conflicts_with = "rate")]
    out: Option<PathBuf>,
    /// Form of the files
    #[arg(long, value_enum, default_value_t, requires = "out")]
    format: FileForm,
    /// Live: events a second, with the times of the clock
    #[arg(long, value_name = "N", value_parser = rate)]
    rate: Option<f64>,
    /// How long, e.g. 10m or 2d; the whole scenario if absent
    #[arg(long = "for", value_name = "SPAN", value_parser = span)]
    length_us: Option<i64>,
    /// Another seed than the scenario's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Another number of events than the scenario's, about
    #[arg(long, value_name = "N", conflicts_with = "rate")]
    events: Option<u64>,
    /// Start of event time: a date or RFC 3339
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "rate")]
    start: Option<i64>,
    /// File for the truth: what is wrong, where, from when to when; `truth.json` in --out if absent
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Live: folder into which `candor drill inject --into DIR` leaves further faults
    #[arg(long, value_name = "DIR", requires = "rate")]
    inject: Option<PathBuf>,
    /// Form of the summary
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok();
    rate.filter(|r| *r > 0.0 && *r <= 1e6)
        .ok_or_else(|| "a number of events a second, at most 1000000".to_owned())
}

fn span(text: &str) -> Result<i64, String> {
    span_us(text)
        .filter(|us| *us > 0)
        .ok_or_else(|| "a span of time such as 10m or 2d12h".to_owned())
}

fn time(text: &str) -> Result<i64, String> {
    parse_us(text).ok_or_else(|| "a date such as 2026-09-01, or RFC 3339".to_owned())
}

impl Simulate {
    pub(crate) fn run(self) -> Outcome {
        let (name, spec) = read(&self.scenario)?;
        let length_us = i64::from(spec.days) * DAY_US;
        let now_us = clock::now_us();
        let start_us = match (self.start, self.rate) {
            (Some(start), _) => start,
            (None, Some(_)) => now_us,
            (None, None) => now_us.div_euclid(DAY_US) * DAY_US - length_us,
        };
        let setting = Setting {
            scenario: name,
            start_us,
            seed: self.seed,
            events: self.events,
            rate: self.rate,
        };
        let fleet = Fleet::new(&spec, setting)
            .map_err(|problems| Failure::spec(&self.scenario, &problems))?;
        let truth = fleet.truth();
        let path = self.truth_path();
        if let Some(path) = &path {
            play::write_truth(path, &truth)?;
        }
        let started = clock::start();
        let to_us = start_us.saturating_add(self.length_us.unwrap_or(length_us));
        let tally = self.play(fleet, to_us)?;
        let seconds = started.elapsed().as_secs_f64();
        self.tell(&truth, &tally, path.as_deref(), seconds);
        Ok(if tally.rejected() > 0 {
            Verdict::Bad
        } else {
            Verdict::Good
        })
    }

    fn truth_path(&self) -> Option<PathBuf> {
        let beside = || self.out.as_ref().map(|folder| folder.join("truth.json"));
        self.truth.clone().or_else(beside)
    }

    fn play(&self, mut fleet: Fleet, to_us: i64) -> Result<Tally, Failure> {
        let mut tally = Tally::default();
        if let Some(folder) = &self.out {
            files::write(folder, self.format, fleet, to_us, &mut tally)?;
            return Ok(tally);
        }
        let client = self.remote.client();
        objects::declare(&client, &fleet.specs())?;
        if self.rate.is_some() {
            let path = self.truth_path();
            let inbox = self.inject.as_deref();
            let inbox = inbox.map(|dir| Inbox::open(dir, path.as_deref()));
            let inbox = inbox.transpose()?;
            let going = play::until_told()?;
            let live = Live {
                until_us: to_us,
                going: &going,
                inbox: inbox.as_ref(),
            };
            play::live(&client, &mut fleet, &live, &mut tally)?;
        } else {
            play::load(&client, fleet, to_us, &mut tally)?;
        }
        Ok(tally)
    }

    fn tell(&self, truth: &Truth, tally: &Tally, path: Option<&Path>, seconds: f64) {
        let path = path.map(|path| path.display().to_string());
        if self.output == Output::Json {
            terminal::say_json(&json!({
                "scenario": truth.scenario, "seed": truth.seed, "start": truth.start,
                "events": tally.events(), "rejected": tally.rejected(), "tables": tally.json(),
                "faults": truth.faults.len(), "truth": path, "seconds": seconds,
            }));
            return;
        }
        terminal::say(&tally.table());
        terminal::say(&format!(
            "{} events from {} on in {seconds:.1} s ({} events/s), {} faults{}",
            terminal::count(tally.events()),
            truth.start,
            terminal::rate(tally.events(), seconds),
            truth.faults.len(),
            path.map_or_else(String::new, |path| format!(": {path}")),
        ));
    }
}

/// Name and spec of the scenario in a file.
fn read(path: &Path) -> Result<(String, ScenarioSpec), Failure> {
    let text;
    let text = if path == Path::new("demo") && !path.exists() {
        DEMO
    } else {
        text = std::fs::read_to_string(path).map_err(|e| Failure::file(path, &e))?;
        &text
    };
    scenario(path, text)
}

/// Name and spec of the only scenario in a text.
pub(crate) fn scenario(path: &Path, text: &str) -> Result<(String, ScenarioSpec), Failure> {
    let objects = spec::parse(text).map_err(|problems| Failure::spec(path, &problems))?;
    let mut found = objects
        .into_iter()
        .filter_map(|o| Some((o.metadata.name.clone(), o.scenario()?.clone())));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (first, _) => {
            let many = if first.is_some() { "several" } else { "no" };
            let sentence = format!("there are {many} objects of kind Scenario in it");
            Err(Failure::usage("no_scenario", sentence)
                .at(path.display())
                .mend("name a file with one of them; examples/scenarios has some"))
        }
    }
}

/// When the last day that is over ended, in microseconds.
pub(crate) fn today_us() -> i64 {
    clock::now_us().div_euclid(DAY_US) * DAY_US
}
