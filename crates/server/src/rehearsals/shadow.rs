//! Where drills are rehearsed: a process of its own, with a server and a lake of its own, which is removed
//! afterwards. Nothing of it reaches this server's lake.

use crate::config::Monitoring;
use candor_contract::spec::Object;
use candor_monitor::drill::{DrillResult, RehearsalOutcome};
use serde::Deserialize;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::sync::watch;

/// Most bytes of a result that are read.
const RESULT_BYTES_MAX: u64 = 64 << 20;
/// Most bytes of what it said that are read, from the beginning: the first error explains the others.
const SAID_BYTES_MAX: u64 = 2_000;

/// Rehearses drills, one at a time.
#[derive(Debug)]
pub(crate) struct Shadow {
    /// This very binary.
    program: PathBuf,
    /// A folder of its own in the data directory, there only while a drill is rehearsed.
    folder: PathBuf,
    /// What takes longer is given up.
    longest: Duration,
}

/// What `candor drill run` prints; the rest is not read.
#[derive(Debug, Deserialize)]
struct Printed {
    drills: Vec<DrillResult>,
}

impl Shadow {
    pub(crate) fn new(program: PathBuf, data: &Path, settings: &Monitoring) -> Self {
        let folder = data.join("drills");
        Self {
            program,
            folder,
            longest: Duration::from_secs(settings.drill_seconds_max),
        }
    }

    /// Removes what a rehearsal left, also one that a crash cut off.
    pub(crate) async fn clear(&self) {
        let folder = self.folder.clone();
        let removed = tokio::task::spawn_blocking(move || fs::remove_dir_all(folder)).await;
        if let Ok(Err(error)) = removed
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "what a drill left cannot be removed");
        }
    }

    /// Rehearses a drill with the objects that watch its models beside those that the simulator declares. `None` if
    /// the server stops meanwhile.
    pub(crate) async fn play(
        &self,
        drill: &Object,
        beside: &[Object],
        stopping: &mut watch::Receiver<bool>,
    ) -> Option<RehearsalOutcome> {
        self.clear().await;
        let outcome = match self.start(drill, beside) {
            Ok(child) => self.follow(child, stopping).await,
            Err(error) => Some(not_run(format!("it cannot be started: {error}"))),
        };
        self.clear().await;
        outcome
    }

    fn start(&self, drill: &Object, beside: &[Object]) -> io::Result<Child> {
        let temporary = self.folder.join("tmp");
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&temporary)?;
        let file = self.write("drill.yaml", std::slice::from_ref(drill))?;
        let mut command = Command::new(&self.program);
        command.args(["drill", "run", "--shadow", "--output", "json"]);
        if !beside.is_empty() {
            command
                .arg("--with")
                .arg(self.write("objects.yaml", beside)?);
        }
        command
            .arg("--")
            .arg(file)
            // It ends when its standard input does, so that it never outlives this server.
            .stdin(Stdio::piped())
            .stdout(File::create(self.folder.join("told"))?)
            .stderr(File::create(self.folder.join("said"))?)
            .env_clear()
            .env("TMPDIR", temporary)
            .kill_on_drop(true)
            .spawn()
    }

    fn write(&self, name: &str, objects: &[Object]) -> io::Result<PathBuf> {
        let path = self.folder.join(name);
        let mut text = String::new();
        for object in objects {
            text.push_str("---\n");
            text.push_str(&object.to_yaml().map_err(io::Error::other)?);
        }
        fs::write(&path, text)?;
        Ok(path)
    }

    async fn follow(
        &self,
        mut child: Child,
        stopping: &mut watch::Receiver<bool>,
    ) -> Option<RehearsalOutcome> {
        // Waiting would close it.
        let _open = child.stdin.take();
        let ended = tokio::select! {
            ended = tokio::time::timeout(self.longest, child.wait()) => Some(ended),
            _ = stopping.wait_for(|stop| *stop) => None,
        };
        match ended {
            Some(Ok(Ok(status))) => Some(self.read(status)),
            Some(Ok(Err(error))) => Some(not_run(format!("it cannot be followed: {error}"))),
            Some(Err(_)) => {
                let _ = child.kill().await;
                let longest = span(self.longest);
                Some(not_run(format!(
                    "it took longer than {longest}; give the scenario fewer events or models"
                )))
            }
            None => {
                let _ = child.kill().await;
                None
            }
        }
    }

    fn read(&self, status: ExitStatus) -> RehearsalOutcome {
        let told = self.text("told", RESULT_BYTES_MAX);
        match serde_json::from_str::<Printed>(&told) {
            // 1 is a drill that failed.
            Ok(mut printed)
                if matches!(status.code(), Some(0 | 1)) && printed.drills.len() == 1 =>
            {
                RehearsalOutcome::judged(printed.drills.remove(0))
            }
            _ => {
                let said = self.text("said", SAID_BYTES_MAX);
                let said: Vec<&str> = said.split_whitespace().collect();
                not_run(format!("it ended with {status}: {}", said.join(" ")))
            }
        }
    }

    fn text(&self, name: &str, bytes_max: u64) -> String {
        let mut bytes = Vec::new();
        let read = File::open(self.folder.join(name))
            .and_then(|file| file.take(bytes_max).read_to_end(&mut bytes));
        if let Err(error) = read {
            tracing::warn!(%error, name, "what a drill told cannot be read");
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// A time in words.
fn span(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds % 60 == 0 => format!("{} minutes", seconds / 60),
        seconds => format!("{seconds} seconds"),
    }
}

fn not_run(why: String) -> RehearsalOutcome {
    let why = why.trim_end_matches([':', ' ', '.']);
    RehearsalOutcome::NotRun(format!("{why}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_contract::spec::parse;
    use std::os::unix::fs::PermissionsExt;

    /// A program in place of the binary, which does what `lines` say.
    fn shadow(data: &Path, lines: &str) -> Shadow {
        let program = data.join("program");
        fs::write(&program, format!("#!/bin/sh\n{lines}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        Shadow::new(program, data, &Monitoring::default())
    }

    async fn play(lines: &str, stop: bool) -> Option<RehearsalOutcome> {
        let data = tempfile::tempdir().unwrap();
        let shadow = shadow(data.path(), lines);
        let text = "apiVersion: candor/v1\nkind: Scenario\nmetadata: {name: s}\nspec: {}\n";
        let object = parse(text).unwrap().remove(0);
        let (stopping, mut stopped) = watch::channel(stop);
        let outcome = shadow.play(&object, &[], &mut stopped).await;
        drop(stopping);
        assert!(!data.path().join("drills").exists(), "nothing is left");
        outcome
    }

    fn reason(outcome: Option<RehearsalOutcome>) -> String {
        match outcome {
            Some(RehearsalOutcome::NotRun(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_child_that_says_nothing_fit_is_a_drill_that_could_not_be_run() {
        for (lines, told) in [
            (
                "echo 'no room' >&2; exit 3",
                "it ended with exit status: 3: no room.",
            ),
            ("echo '{}'", "it ended with exit status: 0."),
            (
                "echo '{\"drills\": []}'; exit 1",
                "it ended with exit status: 1.",
            ),
            ("kill -9 $$", "it ended with signal: 9 (SIGKILL)."),
        ] {
            assert_eq!(reason(play(lines, false).await), told, "{lines}");
        }
        let data = tempfile::tempdir().unwrap();
        let absent = Shadow::new(
            data.path().join("absent"),
            data.path(),
            &Monitoring::default(),
        );
        let object = Object::of_model("m", candor_contract::spec::ModelSpec::default());
        let (_stopping, mut stopped) = watch::channel(false);
        let told = reason(absent.play(&object, &[], &mut stopped).await);
        assert!(told.starts_with("it cannot be started: "), "{told}");
    }

    #[tokio::test]
    async fn a_drill_that_takes_too_long_is_given_up_and_nothing_of_it_is_left() {
        let data = tempfile::tempdir().unwrap();
        let mut slow = shadow(data.path(), "echo $$ > \"$TMPDIR/../../pid\"; exec cat");
        slow.longest = Duration::from_secs(2);
        let object = Object::of_model("m", candor_contract::spec::ModelSpec::default());
        let (_stopping, mut stopped) = watch::channel(false);
        let told = reason(slow.play(&object, &[], &mut stopped).await);
        let expected = "it took longer than 2 seconds; give the scenario fewer events or models.";
        assert_eq!(told, expected);
        let pid = fs::read_to_string(data.path().join("pid")).unwrap();
        assert!(!Path::new("/proc").join(pid.trim()).exists(), "it is gone");
        assert!(!data.path().join("drills").exists());
    }

    #[tokio::test]
    async fn a_server_that_stops_does_not_wait_for_a_drill() {
        // Without the kill it would wait for an input that never ends.
        assert_eq!(play("exec cat", true).await, None);
    }
}
