//! The `candor` binary: one file per command below [`commands`], and what they share beside it.
//!
//! It reads the arguments, the environment and the clock, and prints; everything else is the
//! server's, the client's or the contract's. [`local`] is the only door to the server's crate.

mod clock;
mod commands;
mod failure;
mod import;
mod local;
mod master;
mod memory;
mod play;
mod source;
mod table;
mod target;
mod terminal;
mod wire;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let asked = commands::Candor::parse();
    failure::exit_code(asked.run())
}
