//! `candor serve`.

use crate::failure::{Outcome, Verdict};
use crate::local;
use crate::master::Master;
use clap::{Args, ValueEnum};
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use tracing_subscriber::EnvFilter;

const EXAMPLE: &str = "Example:
  candor serve --data /var/lib/candor --listen 127.0.0.1:7411
  curl http://127.0.0.1:7411/v1/models/loan/predictions --json '{\"inputs\":{\"age\":41},\"outputs\":{\"score\":0.27}}'";

/// Run the server
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Serve {
    /// Data directory; ./candor-data unless the configuration names another
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address and port of the HTTP door; port 0 takes a free one [default: 127.0.0.1:7411]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Settings; flags override them
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    master: Master,
    #[command(flatten)]
    logs: Logs,
}

/// What the server says of itself, on standard error.
#[derive(Debug, Clone, Args)]
pub(crate) struct Logs {
    /// What to log: a level, or filters such as `info,candor_lake=debug`
    #[arg(
        long,
        value_name = "FILTER",
        env = "CANDOR_LOG",
        default_value = "info"
    )]
    log: String,
    /// Form of log lines
    #[arg(long, value_name = "FORM", value_enum, default_value_t)]
    log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum LogFormat {
    /// For eyes.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Logs {
    /// Starts logging in this process.
    pub(crate) fn start(&self) {
        let builder = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(filter(&self.log)))
            .with_ansi(std::io::stderr().is_terminal())
            .with_writer(std::io::stderr);
        // A second start in one process keeps the first; there is nothing to mend.
        let _ = match self.log_format {
            LogFormat::Text => builder.try_init(),
            LogFormat::Json => builder.json().try_init(),
        };
    }
}

/// A bare level is meant for Candor; the libraries below it speak up at warnings only.
fn filter(text: &str) -> String {
    match text.contains(['=', ',']) {
        true => text.to_owned(),
        false => format!("warn,candor={text}"),
    }
}

impl Serve {
    pub(crate) fn run(self) -> Outcome {
        self.logs.start();
        let config = local::config(self.config.as_deref(), self.data, self.listen, &self.master)?;
        local::serve(config)?;
        Ok(Verdict::Good)
    }
}
