//! Faults that are asked for while traffic is on its way: `candor drill inject` leaves them in a folder, and whoever
//! makes the traffic takes them from there and answers.

use super::write_truth;
use crate::clock;
use crate::failure::Failure;
use crate::terminal;
use candor_contract::spec::FaultSpec;
use candor_simulator::{Fleet, TruthFault};
use serde_json::{Value, json};
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where it lies in the folder that both sides name.
const FOLDER: &str = "inject";
const ASKED: &str = "asked";
const TOLD: &str = "told";
/// Most bytes of a file that are read.
const BYTES_MAX: u64 = 1 << 20;
/// How long somebody who asks waits, and how often they look.
const WAIT: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(100);

/// Where faults are taken from.
#[derive(Debug)]
pub(crate) struct Inbox {
    folder: PathBuf,
    truth: Option<PathBuf>,
}

impl Inbox {
    /// Opens it below `dir`. What is wrong is written to the file `truth` whenever that changes.
    pub(crate) fn open(dir: &Path, truth: Option<&Path>) -> Result<Self, Failure> {
        let folder = dir.join(FOLDER);
        let made = DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder);
        made.map_err(|e| Failure::file(&folder, &e))?;
        Ok(Self {
            folder,
            truth: truth.map(Path::to_owned),
        })
    }

    /// Lets happen what was asked for, and answers. Traffic goes on whatever is wrong with that.
    pub(crate) fn take(&self, fleet: &mut Fleet) {
        for asked in self.asked() {
            let answer = match faults(&asked) {
                Ok(faults) => self.inject(fleet, &faults),
                Err(error) => json!({"problem": format!("it cannot be read: {error}")}),
            };
            let told = write(&asked.with_extension(TOLD), &answer);
            if let Err(error) = told.and_then(|()| fs::remove_file(&asked)) {
                terminal::note(&format!("warning[inject]: cannot answer: {error}"));
                return;
            }
        }
    }

    fn inject(&self, fleet: &mut Fleet, faults: &[FaultSpec]) -> Value {
        let injected = match fleet.inject(faults) {
            Ok(injected) => injected,
            Err(problems) => return json!({"problem": problems.to_string()}),
        };
        for fault in &injected {
            terminal::say(&format!("from now on  {}", shown(fault)));
        }
        if let Some(path) = &self.truth
            && let Err(failure) = write_truth(path, &fleet.truth())
        {
            terminal::note(&failure.to_string());
        }
        json!({"faults": injected})
    }

    /// The files of what was asked for, in the order in which it was.
    fn asked(&self) -> Vec<PathBuf> {
        let all = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let all = all.map(|entry| entry.path());
        let is_asked = |path: &PathBuf| path.extension().is_some_and(|e| e == ASKED);
        let mut asked: Vec<PathBuf> = all.filter(is_asked).collect();
        asked.sort();
        asked
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A fault in a line.
fn shown(fault: &TruthFault) -> String {
    let to = fault.to.as_deref().map_or("on".to_owned(), to);
    let columns = match fault.columns.is_empty() {
        true => String::new(),
        false => format!(" of {}", fault.columns.join(", ")),
    };
    let (id, kind, model, from) = (&fault.id, fault.fault, &fault.model, &fault.from);
    format!("{id}  {model}  {kind}{columns}  {from} {to}")
}

fn to(time: &str) -> String {
    format!("to {time}")
}

/// Asks whoever makes traffic with an inbox below `dir` for faults; what it answers is wrong now.
pub(crate) fn ask(dir: &Path, faults: &[FaultSpec]) -> Result<Vec<Value>, Failure> {
    let folder = dir.join(FOLDER);
    if !folder.is_dir() {
        let sentence = "no live traffic takes faults from this folder";
        return Err(Failure::usage("no_traffic", sentence)
            .at(dir.display())
            .mend("name the data directory of a `candor demo` that runs, or the folder of `candor simulate --inject`"));
    }
    let name = format!("{}-{}", clock::now_us(), std::process::id());
    let asked = folder.join(name).with_extension(ASKED);
    write(&asked, &json!(faults)).map_err(|e| Failure::file(&asked, &e))?;
    let told = asked.with_extension(TOLD);
    let answer = await_answer(&told);
    let _ = fs::remove_file(&asked);
    let _ = fs::remove_file(&told);
    let Some(answer) = answer else {
        return Err(Failure::service("no_answer", "nobody took the faults")
            .at(dir.display())
            .mend("see whether the traffic still runs"));
    };
    if let Some(problem) = answer["problem"].as_str() {
        return Err(Failure::usage("invalid_spec", problem)
            .effect("nothing was injected, and the traffic goes on"));
    }
    Ok(answer["faults"].as_array().cloned().unwrap_or_default())
}

fn await_answer(told: &Path) -> Option<Value> {
    let mut waited = Duration::ZERO;
    while waited < WAIT {
        if let Some(answer) = fs::read(told)
            .ok()
            .and_then(|b| serde_json::from_slice(&b).ok())
        {
            return Some(answer);
        }
        clock::pause(LOOK);
        waited += LOOK;
    }
    None
}

fn faults(path: &Path) -> io::Result<Vec<FaultSpec>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(BYTES_MAX).read_to_end(&mut bytes)?;
    serde_json::from_slice(&bytes).map_err(io::Error::other)
}

/// Writes a file that is there whole or not at all.
fn write(path: &Path, value: &Value) -> io::Result<()> {
    let beside = path.with_extension("new");
    fs::write(&beside, value.to_string())?;
    fs::rename(&beside, path)
}
