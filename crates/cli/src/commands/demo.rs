//! `candor demo`.

use super::{objects, simulate};
use crate::failure::{Failure, Outcome, Verdict};
use crate::master::Master;
use crate::play::{self, Inbox, Live, Tally};
use crate::{clock, local, target, terminal};
use candor_contract::spec::{Object, parse};
use candor_simulator::{Fleet, Setting, TruthFault};
use clap::Args;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

const EXAMPLE: &str = "Example:
  candor demo
  candor demo --data ./demo-data --rows 100000 --no-live

While live traffic goes on, `candor drill inject` lets something go wrong in it.";

/// What the owners of the demo's models have promised.
const OBJECTIVES: &str = include_str!("../../../../examples/demo/objectives.yaml");
const DAY_US: i64 = 86_400_000_000;

/// Show a server with a month of a simulated fleet's traffic, then live traffic
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Demo {
    /// Data directory; a temporary one if absent
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address and port of the server
    #[arg(long, value_name = "ADDR", default_value = local::DEFAULT_LISTEN)]
    listen: SocketAddr,
    /// Settings of the server, e.g. whom it may notify
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Events of the month, about
    #[arg(long, value_name = "N", default_value_t = 2_000_000)]
    rows: u64,
    /// Seed of the traffic; the same seed gives the same month
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// End after the month is loaded
    #[arg(long)]
    no_live: bool,
    #[command(flatten)]
    logs: super::serve::Logs,
}

impl Demo {
    pub(crate) fn run(self) -> Outcome {
        self.logs.start();
        let temporary;
        let data = if let Some(data) = &self.data {
            data.clone()
        } else {
            temporary = tempfile::tempdir()
                .map_err(|e| Failure::service("start", format!("cannot make a folder: {e}")))?;
            temporary.path().join("data")
        };
        let mut fleet = self.fleet()?;
        let settings = local::config(
            self.config.as_deref(),
            Some(data.clone()),
            Some(self.listen),
            &Master::default(),
        );
        let server = local::Own::over(settings?)?;
        let client = target::client(server.url(), server.token());
        terminal::say(&format!("listening on {}", server.url()));
        let truth = fleet.truth();
        let path = data.join("truth.json");
        play::write_truth(&path, &truth)?;
        objects::declare(&client, &fleet.specs())?;
        objects::declare(&client, &objectives()?)?;
        let started = clock::start();
        let mut tally = Tally::default();
        // Today so far belongs to what has happened already.
        let to_us = if self.no_live {
            fleet.end_us()
        } else {
            clock::now_us()
        };
        fleet = play::load(&client, fleet, to_us, &mut tally)?;
        let seconds = started.elapsed().as_secs_f64();
        terminal::say(&format!(
            "loaded {} events of 30 days and {} models in {seconds:.1} s: {} events/s, each durable when acknowledged\n\n{}\n\n{}",
            terminal::count(tally.events()),
            truth.models.len(),
            terminal::rate(tally.events(), seconds),
            told(&truth.faults, &path),
            guide(server.url()),
        ));
        if !self.no_live {
            let inbox = Inbox::open(&data, Some(&path))?;
            terminal::say(&wrong(&data));
            let going = play::until_told()?;
            let live = Live {
                until_us: i64::MAX,
                going: &going,
                inbox: Some(&inbox),
            };
            play::live(&client, &mut fleet, &live, &mut tally)?;
        }
        server.stop()?;
        Ok(Verdict::Good)
    }

    fn fleet(&self) -> Result<Fleet, Failure> {
        let path = Path::new("demo");
        let (scenario, spec) = simulate::scenario(path, simulate::DEMO)?;
        let setting = Setting {
            scenario,
            start_us: simulate::today_us() - i64::from(spec.days) * DAY_US,
            seed: Some(self.seed),
            events: Some(self.rows),
            rate: None,
        };
        Fleet::new(&spec, setting).map_err(|problems| Failure::spec(path, &problems))
    }
}

fn objectives() -> Result<Vec<Object>, Failure> {
    parse(OBJECTIVES)
        .map_err(|problems| Failure::spec(Path::new("examples/demo/objectives.yaml"), &problems))
}

/// What is wrong with the traffic, in a line each.
fn told(faults: &[TruthFault], path: &Path) -> String {
    let mut out = String::from("what goes wrong in it, to be found:");
    for fault in faults {
        let day = |time: &str| time.chars().take(16).collect::<String>().replace('T', " ");
        let to = fault
            .to
            .as_deref()
            .map_or("on".to_owned(), |to| format!("to {}", day(to)));
        out.push_str(&format!(
            "\n  {:<18} {:<16} {} {to}",
            fault.model,
            fault.fault,
            day(&fault.from)
        ));
    }
    out.push_str(&format!("\n  all of it: {}", path.display()));
    out
}

/// How to let something go wrong.
fn wrong(data: &Path) -> String {
    format!(
        "spoil  candor drill inject --into {} --fault error_burst --model delivery-time --magnitude 0.5 --for 2h",
        data.display()
    )
}

fn guide(url: &str) -> String {
    format!(
        "look   {url}/                   the fleet, its alerts, every prediction
       {url}/api/docs           every door, to try in the browser
try    candor sql --server {url} \"SELECT model, version, count(*), avg(latency_ms) FROM predictions GROUP BY model, version ORDER BY model, version\"
       candor sql --server {url} \"SELECT date_trunc('day', p.time) AS day, avg(output_score) AS expected, avg(CAST(o.class AS double)) AS defaulted FROM \\\"credit-risk\\\".predictions p JOIN \\\"credit-risk\\\".outcomes o ON o.prediction_id = p.id GROUP BY 1 ORDER BY 1\"
       curl {url}/v1/models/loan/predictions --json '{{\"inputs\":{{\"age\":41}},\"outputs\":{{\"score\":0.27}}}}'
       curl -N {url}/v1/stream
stop   Ctrl-C"
    )
}
