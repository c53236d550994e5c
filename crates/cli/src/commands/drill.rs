//! `candor drill`.

mod beside;
mod history;
mod inject;
mod library;
mod play;
mod receiver;
mod rehearse;
mod shadow;

use super::incidents::minute;
use crate::failure::{Failure, Outcome, Verdict};
use crate::terminal::{self, Output};
use beside::Beside;
use candor_contract::spec::{ScenarioPage, scenario_of_page};
use candor_monitor::drill::{DrillResult, MutationScore, mutation_score};
use clap::{Args, Subcommand};
use history::History;
use inject::Inject;
use rehearse::Rehearse;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const EXAMPLE: &str = "Examples:
  candor drill list
  candor drill run null-burst
  candor drill run docs/scenarios/null-burst.md my-drill.yaml
  candor drill run --all --output json
  candor drill run my-drill.yaml --with monitors.yaml
  candor drill inject --into demo-data --fault error_burst --model delivery-time --for 1h
  candor drill history --server http://candor.example
  candor drill rehearse null-burst

A drill plays a scenario's traffic through the doors of a server of its own, in a temporary folder, runs the
engine over it, lets its alerts go by the routes to a receiver on this machine, and holds what that one got against
what the scenario expects. The exit code is 1 if a drill
fails. A server rehearses scenarios with a `schedule` by itself; `history` shows how that
went, and `rehearse` asks for one now. `inject` lets
something go wrong in the live traffic of a demo.";

/// Rehearse: traffic whose faults are known must give the right alerts, and no others
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Drill {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the drills that Candor brings along
    List {
        /// Form of the result
        #[arg(long, value_enum, default_value_t)]
        output: Output,
    },
    /// Run drills
    Run(Run),
    /// Let something go wrong in live traffic, from now on
    Inject(Inject),
    /// List what a server rehearsed by itself, the newest first
    History(History),
    /// Let a server rehearse a drill of its schedule now
    Rehearse(Rehearse),
}

#[derive(Debug, Args)]
struct Run {
    /// Names of drills of the library, or files: pages in Markdown, or YAML
    #[arg(value_name = "DRILL", required_unless_present = "all")]
    drills: Vec<String>,
    /// All drills of the library
    #[arg(long)]
    all: bool,
    /// File of Monitor, Objective and Model objects that watch the drills' models, too (of a Model its
    /// objectives), and of Routes by which notices go. May be given several times
    #[arg(long, value_name = "FILE")]
    with: Vec<PathBuf>,
    /// At low priority, and only while standard input is open; servers ask for it
    #[arg(long, hide = true)]
    shadow: bool,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Drill {
    pub(crate) fn run(self) -> Outcome {
        match self.action {
            Action::List { output } => list(output),
            Action::Run(run) if run.shadow => shadow::within(move || run.run()),
            Action::Run(run) => run.run(),
            Action::Inject(inject) => inject.run(),
            Action::History(history) => history.run(),
            Action::Rehearse(rehearse) => rehearse.run(),
        }
    }
}

fn list(output: Output) -> Outcome {
    let mut rows = Vec::new();
    for (name, text) in library::ALL {
        let page = page(name, text)?;
        rows.push(vec![json!(name), json!(page.title)]);
    }
    match output {
        Output::Json => {
            let each = rows.iter().map(|r| json!({"name": r[0], "title": r[1]}));
            terminal::say_json(&each.collect::<Value>());
        }
        Output::Table => {
            let header = ["name", "what happens"].map(str::to_owned);
            terminal::say(&terminal::table(&header, &rows));
        }
    }
    Ok(Verdict::Good)
}

fn page(place: &str, text: &str) -> Result<ScenarioPage, Failure> {
    scenario_of_page(text).map_err(|problems| Failure::spec(Path::new(place), &problems))
}

/// The drills that were asked for.
fn chosen(drills: &[String], all: bool) -> Result<Vec<ScenarioPage>, Failure> {
    let mut pages = Vec::new();
    if all {
        for (name, text) in library::ALL {
            pages.push(page(name, text)?);
        }
    }
    for drill in drills {
        let known = library::ALL.iter().find(|(name, _)| name == drill);
        let text = match known {
            Some((_, text)) => (*text).to_owned(),
            None => std::fs::read_to_string(drill).map_err(|e| {
                Failure::file(Path::new(drill), &e)
                    .mend("`candor drill list` shows the drills that are known by name")
            })?,
        };
        pages.push(page(drill, &text)?);
    }
    Ok(pages)
}

impl Run {
    fn run(self) -> Outcome {
        let pages = chosen(&self.drills, self.all)?;
        let beside = Beside::read(&self.with)?;
        let bar = terminal::progress(pages.len() as u64);
        let mut results = Vec::new();
        for page in &pages {
            bar.set_message(page.title.clone());
            results.push(play::drill(page, &beside)?);
            bar.inc(1);
        }
        bar.finish_and_clear();
        let score = mutation_score(&results);
        match self.output {
            Output::Json => terminal::say_json(&json!({"drills": results, "score": score})),
            Output::Table => terminal::say(&shown(&results, &score)),
        }
        Ok(match score.passed == score.drills {
            true => Verdict::Good,
            false => Verdict::Bad,
        })
    }
}

fn shown(results: &[DrillResult], score: &MutationScore) -> String {
    let header = [
        "drill",
        "result",
        "caught",
        "delay",
        "delivery",
        "false alarms",
    ]
    .map(str::to_owned);
    let rows: Vec<Vec<Value>> = results.iter().map(row).collect();
    let mut out = terminal::table(&header, &rows);
    for result in results.iter().filter(|r| !r.passed) {
        out.push_str(&format!("\n\n{}", result.drill));
        for sentence in &result.sentences {
            out.push_str(&format!("\n  {sentence}"));
        }
        for alarm in &result.false_alarms {
            out.push_str(&format!("\n  {}  {}", minute(alarm.fired_us), alarm.alert));
        }
    }
    out.push_str(&format!(
        "\n\n{} of {} drills passed; {} of {} faults caught; {:.2} false alarms a model and 30 days",
        score.passed,
        score.drills,
        score.caught,
        score.seeded,
        score.false_alarms_per_30_days,
    ));
    out
}

fn row(result: &DrillResult) -> Vec<Value> {
    let expected = result.faults.iter().filter(|f| f.expected);
    let caught = result.faults.iter().filter(|f| f.expected && f.caught);
    let delays = result.expected.iter().filter_map(|e| e.delay_us);
    let delay = delays.max().map_or(Value::Null, |us| json!(hours(us)));
    let took = result.expected.iter().filter_map(|e| e.delivery_us);
    let delivery = took.max().map_or(Value::Null, |us| {
        json!(format!("{} ms", (us + 999) / 1_000))
    });
    vec![
        json!(result.drill),
        json!(if result.passed { "passed" } else { "failed" }),
        json!(format!("{}/{}", caught.count(), expected.count())),
        delay,
        delivery,
        json!(result.false_alarms.len()),
    ]
}

fn hours(us: i64) -> String {
    let hours = us / 3_600_000_000;
    if hours < 48 {
        return format!("{hours} h");
    }
    format!("{} d {} h", hours / 24, hours % 24)
}
