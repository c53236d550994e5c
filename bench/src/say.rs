//! What the drivers print.

/// Prints a line on standard output.
#[expect(clippy::print_stdout, reason = "a command line tool speaks there")]
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// Prints a line of progress or failure on standard error.
#[expect(clippy::print_stderr, reason = "a command line tool speaks there")]
pub(crate) fn aside(text: &str) {
    eprintln!("{text}");
}
