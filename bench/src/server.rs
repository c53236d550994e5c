//! The binary under measurement: a child process over a data directory of its own.

use crate::Result;
use crate::clock;
use crate::http::{Connection, Reply};
use serde_json::Value;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Longest a start may take.
const START: Duration = Duration::from_secs(300);
/// Longest that waiting for maintenance may take.
const SETTLE: Duration = Duration::from_secs(240);
const SQL_PATH: &str = "/v1/sql";

/// A running server.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    folder: PathBuf,
    /// Seconds from the start of the process until it said that it was ready.
    pub(crate) ready_s: f64,
}

/// What `/metrics` tells of log and lake.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Gauges {
    pub(crate) log_bytes: f64,
    pub(crate) hot_bytes: f64,
    pub(crate) lake_rows: f64,
    pub(crate) lake_bytes: f64,
    pub(crate) lake_files: f64,
    pub(crate) compacted_files: f64,
    pub(crate) refused: f64,
    /// Bytes of the filters of seen keys.
    pub(crate) filter_bytes: f64,
}

/// Starts `candor serve` over `folder/data` with the settings `config` (TOML; empty: the defaults)
/// and waits until it is ready.
pub(crate) fn start(binary: &Path, folder: &Path, config: &str) -> Result<Server> {
    fs::create_dir_all(folder)?;
    let data = folder.join("data");
    let told = data.join("server.json");
    let _ = fs::remove_file(&told);
    let log = File::options()
        .create(true)
        .append(true)
        .open(folder.join("server.log"))?;
    let mut command = Command::new(binary);
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
    command.arg(&data);
    if !config.is_empty() {
        let path = folder.join("candor.toml");
        fs::write(&path, config)?;
        command.arg("--config").arg(path);
    }
    command.env_remove("CANDOR_LOG").stdin(Stdio::null());
    let began = clock::start();
    let mut child = command.stdout(log.try_clone()?).stderr(log).spawn()?;
    loop {
        if let Some(status) = child.try_wait()? {
            let log = fs::read_to_string(folder.join("server.log")).unwrap_or_default();
            return Err(format!("the server ended with {status}:\n{log}").into());
        }
        if let Some(address) = address(&told).filter(|&a| is_ready(a)) {
            return Ok(Server {
                child,
                address,
                folder: folder.to_owned(),
                ready_s: began.elapsed().as_secs_f64(),
            });
        }
        if began.elapsed() > START {
            let _ = child.kill();
            return Err("the server was not ready in time".into());
        }
        clock::pause(Duration::from_millis(5));
    }
}

fn address(told: &Path) -> Option<SocketAddr> {
    let told: Value = serde_json::from_slice(&fs::read(told).ok()?).ok()?;
    told["url"].as_str()?.strip_prefix("http://")?.parse().ok()
}

fn is_ready(address: SocketAddr) -> bool {
    let reply = Connection::open(address).and_then(|mut c| c.get("/health/ready"));
    reply.is_ok_and(|r| r.status == 200)
}

impl Server {
    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A new connection.
    pub(crate) fn connect(&self) -> Result<Connection> {
        Connection::open(self.address)
    }

    /// The rows of a statement's answer.
    pub(crate) fn sql(&self, statement: &str) -> Result<Vec<Vec<Value>>> {
        rows(&ask(&mut self.connect()?, statement)?)
    }

    /// The one number that a statement answers.
    pub(crate) fn number(&self, statement: &str) -> Result<u64> {
        let rows = self.sql(statement)?;
        let first = rows.first().and_then(|r| r.first());
        let number = first.and_then(Value::as_u64);
        number.ok_or_else(|| format!("`{statement}` answered {rows:?}").into())
    }

    /// Fails unless exactly `expected` rows of `model` are queryable.
    pub(crate) fn check_count(&self, model: &str, expected: u64) -> Result<()> {
        let found = self.number(&format!("SELECT count(*) FROM \"{model}\".predictions"))?;
        if found == expected {
            return Ok(());
        }
        Err(format!("{expected} events of {model} were accepted but {found} are queryable").into())
    }

    /// Brings all hot rows to the lake.
    pub(crate) fn flush(&self) -> Result<()> {
        let reply = self.connect()?.post("/v1/flush", "application/json", b"")?;
        expect_ok(&reply).map(drop)
    }

    /// Declares the object `kind/name`, written in YAML.
    pub(crate) fn apply(&self, kind_and_name: &str, object: &str) -> Result<()> {
        let path = format!("/v1/specs/{kind_and_name}");
        let reply = self
            .connect()?
            .put(&path, "application/yaml", object.as_bytes())?;
        expect_ok(&reply).map(drop)
    }

    /// The figures of `/metrics`.
    pub(crate) fn gauges(&self) -> Result<Gauges> {
        let reply = self.connect()?.get("/metrics")?;
        let text = expect_ok(&reply)?;
        let value = |name: &str| {
            let line = text
                .lines()
                .find_map(|l| l.strip_prefix(name)?.strip_prefix(' '));
            line.and_then(|v| v.trim().parse().ok()).unwrap_or(f64::NAN)
        };
        Ok(Gauges {
            log_bytes: value("candor_log_bytes"),
            hot_bytes: value("candor_hot_bytes"),
            lake_rows: value("candor_lake_rows"),
            lake_bytes: value("candor_lake_bytes"),
            lake_files: value("candor_lake_files"),
            compacted_files: value("candor_compacted_files_total"),
            refused: value("candor_requests_refused_total"),
            filter_bytes: value("candor_dedup_filter_bytes"),
        })
    }

    /// Bytes of one table of a model in the lake.
    pub(crate) fn bytes_of(&self, model: &str, table: &str) -> Result<f64> {
        let reply = self
            .connect()?
            .get(&format!("/v1/models/{model}/volumes"))?;
        let volumes: Vec<Value> = serde_json::from_str(&expect_ok(&reply)?)?;
        let own = volumes.iter().find(|v| v["table"] == table);
        let bytes = own.and_then(|v| v["lake_bytes"].as_f64());
        bytes.ok_or_else(|| format!("{model} has no table {table}: {volumes:?}").into())
    }

    /// Waits until `quiet` passes in which maintenance changes no file.
    pub(crate) fn settle(&self, quiet: Duration) -> Result<Gauges> {
        let began = clock::start();
        let mut before = self.gauges()?;
        let mut since = clock::start();
        while since.elapsed() < quiet && began.elapsed() < SETTLE {
            clock::pause(Duration::from_millis(500));
            let now = self.gauges()?;
            if (now.lake_files, now.lake_bytes) != (before.lake_files, before.lake_bytes) {
                before = now;
                since = clock::start();
            }
        }
        Ok(before)
    }

    /// Ends it without any warning (SIGKILL).
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end (SIGTERM) and waits. Fails unless it ends well.
    pub(crate) fn stop(mut self) -> Result<()> {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status()?;
        let status = self.child.wait()?;
        if status.success() {
            return Ok(());
        }
        let log = fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
        Err(format!("the server ended with {status}:\n{log}").into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks a statement over a kept connection; the JSON answer.
pub(crate) fn ask(connection: &mut Connection, statement: &str) -> Result<Value> {
    let question = serde_json::json!({ "sql": statement, "timeout_ms": 30_000 });
    let body = serde_json::to_vec(&question)?;
    let reply = connection.post(SQL_PATH, "application/json", &body)?;
    Ok(serde_json::from_str(&expect_ok(&reply)?)?)
}

fn rows(answer: &Value) -> Result<Vec<Vec<Value>>> {
    Ok(serde_json::from_value(answer["rows"].clone())?)
}

fn expect_ok(reply: &Reply) -> Result<String> {
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    match reply.status {
        200 => Ok(text),
        status => Err(format!("status {status}: {text}").into()),
    }
}
