//! Measures the real binary against the bars of speed and memory, and the engine of monitors against what it must
//! find: `make bench` runs all of it.
//!
//! Each measurement starts `candor serve` over a fresh data directory, drives it over HTTP on
//! loopback from this process, and fails unless SQL finds exactly the events that were accepted.

mod bars;
mod bodies;
mod checkout;
mod clock;
mod cold;
mod corpus;
mod detect;
mod disk;
mod figure;
mod flood;
mod http;
mod machine;
mod monitors;
mod reports;
mod results;
mod say;
mod server;
mod single;
mod trust;
mod visible;
mod watch;

use bars::Bench;
use clap::{Args, Parser, Subcommand};
use figure::Figure;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Whatever went wrong, told to a person.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Load drivers for Candor
#[derive(Debug, Parser)]
#[command(name = "candor-bench")]
struct Cli {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    size: Size,
}

/// Where to measure.
#[derive(Debug, Clone, Args)]
struct Place {
    /// The binary to measure
    #[arg(long, global = true, default_value = "target/release/candor")]
    candor: PathBuf,
    /// Folder for data, on the disk to measure; what is in it is deleted
    #[arg(long, global = true, default_value = "target/bench")]
    dir: PathBuf,
    /// Request bodies made by bench/rows.py
    #[arg(long, global = true, default_value = ".peers/rows")]
    rows: PathBuf,
    /// File to which results are appended, one JSON object a line
    #[arg(long, global = true, default_value = "bench/measured/figures.jsonl")]
    results: PathBuf,
    /// A Python with DuckDB, to scan the same files; none: that peer is skipped
    #[arg(long, global = true)]
    python: Option<PathBuf>,
    /// The peers' table of a million rows, to profile
    #[arg(
        long,
        global = true,
        default_value = ".peers/data/wide_cur_1000000.parquet"
    )]
    table: PathBuf,
    /// Folder of shared data; none: the one beside the repository
    #[arg(long, global = true, env = "CANDOR_SHARED")]
    shared: Option<PathBuf>,
    /// Pages of drills
    #[arg(long, global = true, default_value = "docs/scenarios")]
    scenarios: PathBuf,
    /// Length of a sustained run, in seconds
    #[arg(long, global = true, default_value_t = 60)]
    seconds: u64,
    /// Connections, if other than the measurement's own
    #[arg(long, global = true)]
    connections: Option<usize>,
}

/// How much to measure.
#[derive(Debug, Clone, Args)]
struct Size {
    /// Length of the long run that watches memory, in seconds
    #[arg(long, global = true, default_value_t = 600)]
    memory_seconds: u64,
    /// Events of which the way to SQL is timed, alone and under load
    #[arg(long, global = true, default_value_t = 300)]
    samples: usize,
    /// Load while that is timed, in events a second
    #[arg(long, global = true, default_value_t = 20_000)]
    rate: u64,
    /// Rows of the table that is scanned
    #[arg(long, global = true, default_value_t = 100_000_000)]
    scan_rows: u64,
    /// Rows in the lake before the start that is timed
    #[arg(long, global = true, default_value_t = 10_000_000)]
    start_rows: u64,
    /// MiB in the log before that start
    #[arg(long, global = true, default_value_t = 1_024)]
    start_log_mib: u64,
    /// How often each drill is played, each time with another seed
    #[arg(long, global = true, default_value_t = 5)]
    seeds: u64,
}

#[derive(Debug, Clone, Subcommand)]
enum What {
    /// NDJSON batches as fast as they are taken
    Ndjson,
    /// Arrow IPC streams as fast as they are taken
    Arrow,
    /// Parquet files as fast as they are taken
    Parquet,
    /// One event a request over 64 connections
    Single,
    /// From the reply to an event until SQL counts it
    Visible,
    /// NDJSON for ten minutes: memory over time
    Memory,
    /// Bytes at rest
    Disk,
    /// A day of a large table after a restart
    Scan,
    /// Getting ready after a kill
    Start,
    /// What profiles cost ingestion
    ProfilesCost,
    /// What the search for personal data costs ingestion
    GuardCost,
    /// Five times the load that the server can take
    Overload,
    /// Reading thirty days of profiles
    ProfilesRead,
    /// A million rows summarised
    ProfileSpeed,
    /// Text through the detector
    GuardSpeed,
    /// What watching costs: a backtest of ninety days, a thousand monitors live
    Monitors,
    /// What monitors find: faults of simulated fleets, labelled series, streams that drift
    Detect,
    /// `candor report` beside the peers' packages
    Reports {
        /// What the peers' runner wrote
        #[arg(long)]
        peers: Option<PathBuf>,
    },
    /// The page of results from what was recorded, e.g. after one of them was measured again
    Page {
        /// The page
        #[arg(long)]
        out: PathBuf,
        /// What the peers' runner wrote
        #[arg(long)]
        peers: Option<PathBuf>,
    },
    /// All of them, and the page of results
    All {
        /// The page to write
        #[arg(long, default_value = "bench/RESULTS.md")]
        out: PathBuf,
        /// What the peers' runner wrote
        #[arg(long)]
        peers: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let outcome = Cli::parse().run();
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say::aside(&format!("failed: {error}"));
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    /// Measures; whether all could be measured.
    fn run(self) -> Result<bool> {
        // What monitors find is asked of the engine, not of the binary.
        let bench = match self.what {
            What::Detect => Bench { place: self.place },
            _ => Bench::new(self.place)?,
        };
        if let What::Page { out, peers } = &self.what {
            let mut machine = machine::describe(&bench.place.dir, &bench.place.candor)?;
            let recorded = figure::recorded(&bench.place.results)?;
            machine.push_str(&results::of_other_commits(&recorded, &checkout::commit()));
            let figures: Vec<Figure> = recorded.into_iter().map(|(figure, _)| figure).collect();
            results::write(out, &machine, &figures, &[], peers.as_deref())?;
            return Ok(true);
        }
        let What::All { out, peers } = self.what else {
            measure(&bench, &self.what, &self.size, None)?;
            return Ok(true);
        };
        let machine = machine::describe(&bench.place.dir, &bench.place.candor)?;
        let all = [
            ("memory", What::Memory),
            ("arrow", What::Arrow),
            ("parquet", What::Parquet),
            ("single", What::Single),
            ("visible", What::Visible),
            ("disk", What::Disk),
            ("start", What::Start),
            ("scan", What::Scan),
            ("cost of profiles", What::ProfilesCost),
            ("cost of the guard", What::GuardCost),
            ("overload", What::Overload),
            ("reading profiles", What::ProfilesRead),
            ("speed of profiles", What::ProfileSpeed),
            ("speed of the guard", What::GuardSpeed),
            ("monitors", What::Monitors),
            ("detection", What::Detect),
            (
                "reports",
                What::Reports {
                    peers: peers.clone(),
                },
            ),
        ];
        let peers = peers.as_deref();
        let mut failures = Vec::new();
        for (name, what) in all {
            if let Err(error) = measure(&bench, &what, &self.size, peers) {
                failures.push(format!("{name}: {error}"));
            }
        }
        for failure in &failures {
            say::aside(&format!("failed: {failure}"));
        }
        // The interface's are recorded by its own tests.
        let recorded = figure::recorded(&bench.place.results)?.into_iter();
        let figures: Vec<Figure> = recorded.map(|(figure, _)| figure).collect();
        results::write(&out, &machine, &figures, &failures, peers)?;
        say::aside(&format!("{} tells it all", out.display()));
        Ok(failures.is_empty())
    }
}

fn measure(bench: &Bench, what: &What, size: &Size, peers: Option<&Path>) -> Result<()> {
    let figures = match what {
        What::Ndjson => bench.ndjson(),
        What::Arrow => bench.arrow(),
        What::Parquet => bench.parquet(),
        What::Single => bench.single(),
        What::Visible => bench.visible(size.samples, size.rate),
        What::Memory => bench.memory(Duration::from_secs(size.memory_seconds)),
        What::Disk => bench.disk(),
        What::Scan => bench.scan(size.scan_rows),
        What::Start => bench.start(size.start_rows, size.start_log_mib),
        What::ProfilesCost => bench.profiles_cost(),
        What::GuardCost => bench.guard_cost(),
        What::Overload => bench.overload(),
        What::ProfilesRead => bench.profiles_read(),
        What::ProfileSpeed => bench.profile_speed(results::whylogs_s(peers)?),
        What::GuardSpeed => bench.guard_speed(),
        What::Monitors => bench.monitors(),
        What::Detect => bench.detect(size.seeds),
        What::Reports { peers } => bench.reports(peers.as_deref()),
        What::All { .. } | What::Page { .. } => Ok(Vec::new()),
    }?;
    for figure in &figures {
        figure.record(&bench.place.results)?;
    }
    Ok(())
}
