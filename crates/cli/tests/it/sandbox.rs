//! The real binary with a data directory of its own.

use crate::http::Reply;
use crate::small_disk::SmallDisk;
use candor_sdk::{Client, Endpoint, Retry};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The binary.
pub const CANDOR: &str = env!("CARGO_BIN_EXE_candor");

/// How long a start may take on a slow machine.
const START: Duration = Duration::from_secs(60);

/// A server that lives as long as this value.
pub struct Sandbox {
    dir: tempfile::TempDir,
    listen: &'static str,
    flags: Vec<String>,
    environment: Vec<(String, String)>,
    disk: Option<SmallDisk>,
    server: Option<Child>,
    url: String,
}

impl Sandbox {
    /// Starts a server on a free port.
    pub fn start() -> Self {
        Self::with_flags(&[])
    }

    /// The same with further flags of `candor serve`.
    pub fn with_flags(flags: &[&str]) -> Self {
        let mut sandbox = Self::prepare("");
        sandbox.flags.extend(flags.iter().map(ToString::to_string));
        sandbox.launch();
        sandbox
    }

    /// The same with a configuration.
    pub fn with_config(toml: &str) -> Self {
        let mut sandbox = Self::prepare(toml);
        sandbox.launch();
        sandbox
    }

    /// A configuration whose server is yet to be launched.
    pub fn prepare(toml: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("candor.toml");
        std::fs::write(&file, toml).unwrap();
        Self {
            flags: vec!["--config".to_owned(), file.display().to_string()],
            dir,
            listen: "127.0.0.1:0",
            environment: Vec::new(),
            disk: None,
            server: None,
            url: String::new(),
        }
    }

    /// Reachable at this address.
    pub fn listening_on(mut self, address: &'static str) -> Self {
        self.listen = address;
        self
    }

    /// Takes over the data that another sandbox's server left.
    pub fn copy_data_of(&self, other: &Self) {
        let copied = Command::new("cp")
            .args(["-a", "--sparse=always"])
            .args([other.data(), self.data()])
            .status()
            .unwrap();
        assert!(copied.success());
    }

    /// With this in the servers' environment.
    pub fn environment(mut self, more: Vec<(String, String)>) -> Self {
        self.environment.extend(more);
        self
    }

    /// With the data on a disk of its own.
    pub fn on(mut self, disk: SmallDisk) -> Self {
        self.disk = Some(disk);
        self
    }

    /// The disk that the data have for themselves.
    pub fn disk(&self) -> &SmallDisk {
        self.disk.as_ref().unwrap()
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        match &self.disk {
            Some(disk) => disk.seen_from_here().join("data"),
            None => self.dir.path().join("data"),
        }
    }

    /// A folder for files of the test.
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// The server's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A client of the server.
    pub fn client(&self) -> Client {
        Client::new(
            Endpoint::new(&self.url),
            Retry::new(10, || 0.0, std::thread::sleep),
        )
    }

    /// One HTTP request, sent as it is.
    pub fn http(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        crate::http::call(&self.url, method, path, headers, body)
    }

    /// The rows of a statement's answer.
    pub fn sql(&self, statement: &str) -> Value {
        let headers = [("content-type", "text/plain")];
        let reply = self.http("POST", "/v1/sql", &headers, statement.as_bytes());
        assert_eq!(reply.status, 200, "{statement}: {}", reply.text());
        reply.json()["rows"].clone()
    }

    /// The machine's time, in microseconds.
    pub fn now_us(&self) -> i64 {
        let since = std::time::UNIX_EPOCH.elapsed().unwrap();
        i64::try_from(since.as_micros()).unwrap()
    }

    /// Runs `candor` with arguments, to its end, against this server.
    pub fn candor(&self, args: &[&str]) -> Output {
        let mut command = candor();
        command
            .env("CANDOR_SERVER", &self.url)
            .env("XDG_STATE_HOME", self.dir.path());
        command.args(args).stdin(Stdio::null()).output().unwrap()
    }

    /// Ends the server without any warning (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    /// Asks the server to end (SIGTERM) and waits; its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        let mut server = self.server.take()?;
        let pid = server.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        server.wait().unwrap().code()
    }

    /// Waits for a server that ends by itself; its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        let until = Instant::now() + START;
        while self.is_running() {
            assert!(
                Instant::now() < until,
                "the server did not end:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        self.server.take()?.wait().unwrap().code()
    }

    /// The most memory that the server ever had, in KiB, by its own account to the system.
    pub fn most_resident_kib(&self) -> u64 {
        let id = self.server.as_ref().unwrap().id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.unwrap()
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .unwrap()
    }

    /// Whether the server runs, without having been started again.
    pub fn is_running(&mut self) -> bool {
        let server = self.server.as_mut();
        server.is_some_and(|server| server.try_wait().unwrap().is_none())
    }

    /// Starts the server again over the same data.
    pub fn launch(&mut self) {
        assert!(self.server.is_none(), "it runs already");
        let _ = std::fs::remove_file(self.data().join("server.json"));
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.dir.path().join("server.log"))
            .unwrap();
        let (mut command, data) = match &self.disk {
            Some(disk) => (disk.candor(), disk.seen_from_inside().join("data")),
            None => (candor(), self.data()),
        };
        let child = command
            .arg("serve")
            .args(["--listen", self.listen, "--data"])
            .arg(data)
            .args(&self.flags)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.server = Some(child);
        self.await_ready();
    }

    /// Changes the configuration for the next launch.
    pub fn configure(&self, toml: &str) {
        std::fs::write(self.dir.path().join("candor.toml"), toml).unwrap();
    }

    /// What the servers of this sandbox said.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("server.log")).unwrap_or_default()
    }

    fn await_ready(&mut self) {
        let until = Instant::now() + START;
        while Instant::now() < until {
            if let Some(status) = self.server.as_mut().and_then(|s| s.try_wait().unwrap()) {
                panic!("the server ended with {status}:\n{}", self.log());
            }
            let told = std::fs::read(self.data().join("server.json")).unwrap_or_default();
            let told: Value = serde_json::from_slice(&told).unwrap_or_default();
            if let Some(url) = told["url"].as_str() {
                url.clone_into(&mut self.url);
                if self.client().is_ready() {
                    return;
                }
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the server was not ready in time:\n{}", self.log());
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The binary, without settings of the machine that runs the tests.
pub fn candor() -> Command {
    let mut command = Command::new(CANDOR);
    for name in [
        "CANDOR_SERVER",
        "CANDOR_TOKEN",
        "CANDOR_LOG",
        "CANDOR_MASTER_KEY",
        "CANDOR_MASTER_KEY_FILE",
        "CANDOR_CONFIG",
    ] {
        command.env_remove(name);
    }
    command
}

#[test]
fn a_server_starts_takes_an_event_and_keeps_it_through_a_kill() {
    let mut sandbox = Sandbox::start();
    let event = br#"{"model":"m","id":"a","inputs":{"x":1},"outputs":{"score":0.5}}"#;
    assert_eq!(sandbox.client().events(event).unwrap().accepted, 1);
    sandbox.kill();
    sandbox.launch();
    let reply = sandbox.client().events(event).unwrap();
    assert_eq!((reply.accepted, reply.duplicates), (0, 1));
    let out = sandbox.candor(&[
        "sql",
        "--output",
        "csv",
        "SELECT count(*) AS n FROM predictions",
    ]);
    assert_eq!(
        String::from_utf8_lossy(&out.stdout).trim(),
        "n\n1",
        "{out:?}"
    );
    assert_eq!(sandbox.stop(), Some(0), "{}", sandbox.log());
}
