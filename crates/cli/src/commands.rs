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
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn help_is_complete_and_every_command_has_an_example() {
        let mut command = Candor::command();
        command.build();
        command.clone().debug_assert();
        let names: Vec<&str> = command
            .get_subcommands()
            .filter(|c| !c.is_hide_set())
            .map(|c| c.get_name())
            .collect();
        for name in [
            "serve", "demo", "simulate", "import", "check", "sql", "apply", "diff", "get",
            "delete", "export", "profiles", "report", "alert", "silence", "token", "keys", "erase",
            "doctor",
        ] {
            assert!(names.contains(&name), "{name} is not in the help");
        }
        for sub in command
            .get_subcommands()
            .filter(|c| !c.is_hide_set() && c.get_name() != "help")
        {
            let after = sub
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(
                after.contains("Example"),
                "{} has no example",
                sub.get_name()
            );
        }
    }

    #[test]
    fn import_names_its_flags() {
        let mut command = Candor::command();
        command.build();
        let import = command.find_subcommand_mut("import").unwrap();
        let help = import.render_help().to_string();
        for flag in [
            "--model",
            "--spec",
            "--server",
            "--data",
            "--resume-file",
            "--output",
        ] {
            assert!(help.contains(flag), "{flag} is not in {help}");
        }
    }

    #[test]
    fn wrong_use_is_told_apart_from_help() {
        let code = |args: &[&str]| Candor::try_parse_from(args).unwrap_err().exit_code();
        assert_eq!(code(&["candor", "sql"]), 2);
        assert_eq!(code(&["candor", "frobnicate"]), 2);
        assert_eq!(code(&["candor", "import", "x.csv"]), 2);
        assert_eq!(code(&["candor", "--help"]), 0);
    }
}
