use super::*;
use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::path::{Path, PathBuf};

/// The command line, complete.
fn built() -> clap::Command {
    let mut command = Candor::command();
    command.build();
    command
}

fn example(command: &clap::Command) -> String {
    command
        .get_after_help()
        .map(ToString::to_string)
        .unwrap_or_default()
}

#[test]
fn help_is_complete_and_every_command_has_an_example() {
    let command = built();
    command.clone().debug_assert();
    let hidden: Vec<&str> = command
        .get_subcommands()
        .filter(|c| c.is_hide_set())
        .map(clap::Command::get_name)
        .collect();
    assert_eq!(hidden, ["sql-worker"], "people look into the help");
    let shown = command.get_subcommands().filter(|c| !c.is_hide_set());
    for sub in shown.filter(|c| c.get_name() != "help") {
        let (name, after) = (sub.get_name(), example(sub));
        assert!(after.contains("Example"), "{name} has no example");
        let own = format!("candor {name}");
        assert!(after.contains(&own), "the example of {name}: {after}");
    }
}

#[test]
fn import_names_its_flags() {
    let mut command = built();
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

/// A command line that a page shows.
#[derive(Debug, PartialEq)]
struct Shown {
    line: String,
    /// To be typed as it stands; one amid a sentence may leave out what it is not about.
    whole: bool,
}

/// Texts that begin like a command line and are none.
const NO_COMMANDS: [&str; 1] = ["candor key 1 <purpose> <id>"];

/// The lines of a page that call the program: whole ones in blocks of code, others in backticks.
fn shown(page: &str) -> Vec<Shown> {
    let mut all = Vec::new();
    let mut add = |text: &str, whole| {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let names_one = line
            .strip_prefix("candor ")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
        if names_one && !NO_COMMANDS.contains(&line.as_str()) {
            all.push(Shown { line, whole });
        }
    };
    for (n, part) in page.split("\n```").enumerate() {
        if n % 2 == 1 {
            let part = part.replace("\\\n", " ").replace(" && ", "\n");
            for line in part.lines() {
                add(line.trim().trim_start_matches("$ "), true);
            }
        } else {
            part.split('`')
                .skip(1)
                .step_by(2)
                .for_each(|s| add(s, false));
        }
    }
    all
}

/// The words of a line as a shell makes them, without a comment and without what becomes of its output.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (quote, c) {
            (Some(q), _) if q == c => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#' | '>' | '|') if word.is_none() => break,
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// Why a line cannot be typed, if it cannot.
fn fault(shown: &Shown) -> Option<String> {
    let mut words = words(&shown.line);
    if !shown.whole {
        // `[--model MODEL]` may be left out; `…` stands for more; names in capitals for values.
        let plain = |w: &String| w.trim_matches(['[', ']']).to_owned();
        words = words.iter().map(plain).filter(|w| w != "…").collect();
        for word in &mut words {
            match word.as_str() {
                "N" => "1".clone_into(word),
                "TIME" => "2026-11-10T09:00:00Z".clone_into(word),
                _ => {}
            }
        }
    }
    let error = Candor::try_parse_from(&words).err()?;
    let no_value =
        || error.get(ContextKind::InvalidValue) == Some(&ContextValue::String("".into()));
    // Who says it is taken from `USER`, which not every machine that runs tests sets.
    let somebody = ContextValue::Strings(vec!["--by <BY>".into()]);
    let no_user = || error.get(ContextKind::InvalidArg) == Some(&somebody);
    let fine = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => true,
        ErrorKind::MissingRequiredArgument if no_user() => true,
        _ if shown.whole => false,
        ErrorKind::MissingRequiredArgument
        | ErrorKind::MissingSubcommand
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => true,
        ErrorKind::InvalidValue => no_value(),
        _ => false,
    };
    (!fine).then(|| format!("`{}`: {error}", shown.line))
}

/// The pages of a folder and of those in it.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(pages(&path));
        } else if path.extension().is_some_and(|end| end == "md") {
            all.push(path);
        }
    }
    all
}

#[test]
fn every_command_line_of_the_pages_and_of_the_help_can_be_typed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut all = Vec::new();
    for name in [
        "README.md",
        "CONTRIBUTING.md",
        "ARCHITECTURE.md",
        "ui/README.md",
    ] {
        all.push(root.join(name));
    }
    all.extend(pages(&root.join("docs")));
    all.extend(pages(&root.join("examples")));
    let (mut faults, mut count) = (Vec::new(), 0);
    for path in all {
        let lines = shown(&std::fs::read_to_string(&path).unwrap());
        count += lines.len();
        let wrong = lines.iter().filter_map(fault);
        faults.extend(wrong.map(|why| format!("{}: {why}", path.display())));
    }
    let mut commands: Vec<clap::Command> = built().get_subcommands().cloned().collect();
    while let Some(command) = commands.pop() {
        commands.extend(command.get_subcommands().cloned());
        let block = format!("\n```{}\n```", example(&command));
        let lines = shown(&block);
        count += lines.len();
        let wrong = lines.iter().filter_map(fault);
        faults.extend(wrong.map(|why| format!("help of {}: {why}", command.get_name())));
    }
    assert!(count > 120, "only {count} lines were seen");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn lines_that_cannot_be_typed_are_found() {
    let page = "`candor sql --purpose` `candor alert why <id> --at TIME` `candor token create …`\n\
                `candor tune [--monitor X]` `candor fly` `candor sql --fast` `candord x`\n\
                ```sh\ncandor token create --name ingest   # no scope\n$ candor sql \"SELECT 1 # 2\"\n\
                candor report 'days/*.csv' \\\n  --reference a.csv --out r.md\ncandor drill run x && candor drill run --rate N\n```\n";
    let lines = shown(page);
    assert_eq!(lines.len(), 11, "{lines:?}");
    let faults: Vec<String> = lines.iter().filter_map(fault).collect();
    let begun = [
        "`candor tune [--monitor X]`",
        "`candor fly`",
        "`candor sql --fast`",
        "`candor token create --name ingest # no scope`",
        "`candor drill run --rate N`",
    ];
    assert_eq!(faults.len(), begun.len(), "{faults:#?}");
    for (fault, begins) in faults.iter().zip(begun) {
        assert!(fault.starts_with(begins), "{fault}");
    }
    assert_eq!(
        words("candor sql \"SELECT 'a' # b > c\" '' x#y > z"),
        ["candor", "sql", "SELECT 'a' # b > c", "", "x#y"]
    );
}
