//! The commands: flags, help with an example, and what each does.

mod alert;
mod apply;
mod backtest;
mod check;
mod completions;
mod delete;
mod demo;
mod diff;
mod doctor;
mod drill;
mod erase;
mod export;
mod get;
mod import;
mod incidents;
mod keys;
mod objects;
mod observer;
mod profiles;
mod report;
mod serve;
mod silence;
mod simulate;
mod sql;
mod token;
mod tune;

use crate::failure::Outcome;
use clap::{Parser, Subcommand};

/// Records what deployed models do, and answers questions about it.
#[derive(Debug, Parser)]
#[command(name = "candor", version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 ok, 1 the answer is bad, 2 wrong use, 3 server or storage failure."
)]
pub(crate) struct Candor {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    Simulate(simulate::Simulate),
    Import(import::Import),
    Check(check::Check),
    Sql(sql::Sql),
    Apply(apply::Apply),
    Diff(diff::Diff),
    Get(get::Get),
    Delete(delete::Delete),
    Export(export::Export),
    Profiles(profiles::Profiles),
    Report(report::Report),
    Alert(alert::AlertCommand),
    Silence(silence::SilenceCommand),
    Backtest(backtest::Backtest),
    Tune(tune::Tune),
    Observer(observer::Observer),
    Drill(drill::Drill),
    Token(token::Token),
    Keys(keys::Keys),
    Erase(erase::Erase),
    Doctor(doctor::Doctor),
    Completions(completions::Completions),
    /// The life of a SQL child; the server starts it
    #[command(hide = true)]
    SqlWorker,
}

impl Candor {
    /// Does what was asked.
    pub(crate) fn run(self) -> Outcome {
        match self.command {
            Command::Serve(command) => command.run(),
            Command::Demo(command) => command.run(),
            Command::Simulate(command) => command.run(),
            Command::Import(command) => command.run(),
            Command::Check(command) => command.run(),
            Command::Sql(command) => command.run(),
            Command::Apply(command) => command.run(),
            Command::Diff(command) => command.run(),
            Command::Get(command) => command.run(),
            Command::Delete(command) => command.run(),
            Command::Export(command) => command.run(),
            Command::Profiles(command) => command.run(),
            Command::Report(command) => command.run(),
            Command::Alert(command) => command.run(),
            Command::Silence(command) => command.run(),
            Command::Backtest(command) => command.run(),
            Command::Tune(command) => command.run(),
            Command::Observer(command) => command.run(),
            Command::Drill(command) => command.run(),
            Command::Token(command) => command.run(),
            Command::Keys(command) => command.run(),
            Command::Erase(command) => command.run(),
            Command::Doctor(command) => command.run(),
            Command::Completions(command) => command.run(),
            Command::SqlWorker => sql_worker(),
        }
    }
}

fn sql_worker() -> Outcome {
    if crate::local::sql_worker() == std::process::ExitCode::SUCCESS {
        return Ok(crate::failure::Verdict::Good);
    }
    Err(crate::failure::Failure::service(
        "sql_worker",
        "the SQL child ended early",
    ))
}

#[cfg(test)]
mod tests;
