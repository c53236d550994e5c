//! Repository chores: `cargo xtask tidy` holds the house rules that no compiler knows.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks there"
)]

mod tidy;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask tidy    check the house rules, under 2 s";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tidy"] => tidy(),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// Prints what is untidy; fails if anything but warnings was found.
fn tidy() -> ExitCode {
    let report = match tidy::run(repository()) {
        Ok(report) => report,
        Err(why) => {
            eprintln!("tidy could not look: {why}");
            return ExitCode::from(3);
        }
    };
    print!("{report}");
    if report.is_tidy() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The repository that this binary was built in.
fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
}
