//! The only door to the server's crate: a server in this process, and work on a data directory.

use crate::failure::Failure;
use crate::master::Master;
use crate::terminal;
use candor_monitor::Transition;
pub(crate) use candor_server::Config;
use candor_server::{ConfigError, Error, Problem, S3, SECRET_PREFIX, Secret, Server, offline};
use serde_json::Value;
use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::JoinHandle;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// Where a server listens by default.
pub(crate) const DEFAULT_LISTEN: &str = candor_server::DEFAULT_LISTEN;

/// A free port of this machine only.
pub(crate) fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// Settings of `serve`: the file, then what flags say.
pub(crate) fn config(
    file: Option<&Path>,
    data: Option<PathBuf>,
    listen: Option<SocketAddr>,
    master: &Master,
) -> Result<Config, Failure> {
    let mut config = match file {
        Some(path) => Config::read(path).map_err(|e| config_failure(&e))?,
        None => Config::default(),
    };
    config.data = data.unwrap_or(config.data);
    config.listen = listen.unwrap_or(config.listen);
    config.master_key = master.given()?;
    config.master_key_file = master.master_key_file.clone().or(config.master_key_file);
    if !config.storage.lake.is_empty() {
        fill_s3(&mut config.s3);
    }
    config.notify.secrets = secrets();
    Ok(config)
}

/// Secrets that routes may name: variables of the environment that are meant for it.
fn secrets() -> BTreeMap<String, Secret> {
    let named = std::env::vars_os().filter_map(|(name, value)| {
        let name = name.to_str()?.strip_prefix(SECRET_PREFIX)?.to_owned();
        Some((name, Secret::new(value.into_string().ok()?)))
    });
    named.collect()
}

/// Takes from the environment what the file leaves out, by the names that all tools of S3 know. A
/// key is taken whole or not at all.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line reads the environment"
)]
fn fill_s3(s3: &mut S3) {
    let from = |name: &str| std::env::var(name).unwrap_or_default();
    if s3.endpoint.is_empty() {
        s3.endpoint = from("AWS_ENDPOINT_URL");
    }
    if s3.region.is_empty() {
        s3.region = from("AWS_REGION");
    }
    if s3.access_key_id.is_empty() {
        s3.access_key_id = from("AWS_ACCESS_KEY_ID");
        s3.secret_access_key = Secret::new(from("AWS_SECRET_ACCESS_KEY"));
        s3.session_token = Secret::new(from("AWS_SESSION_TOKEN"));
    }
}

fn config_failure(error: &ConfigError) -> Failure {
    Failure::usage("invalid_config", error.to_string())
        .mend("docs/reference/settings.md tells every key with its default and bounds")
}

/// Serves until the process is told to stop.
pub(crate) fn serve(config: Config) -> Result<(), Failure> {
    let worker = worker()?;
    runtime()?.block_on(async move {
        let server = Server::start(config, worker)
            .await
            .map_err(|e| failure(&e))?;
        // Before anyone can know that it listens.
        let told = told_to_stop();
        // Programs wait for this line; the address matters when port 0 was asked for.
        terminal::say(&format!("listening on http://{}", server.address()));
        for (speech, address) in server.otlp_addresses() {
            terminal::note(&format!(
                "listening on {speech}://{address} for OpenTelemetry"
            ));
        }
        if server.is_open().await {
            terminal::note(
                "open to everyone on this machine; `candor token create` turns tokens on",
            );
        }
        server.run_until(told).await.map_err(|e| failure(&e))
    })
}

/// A server in this process, of this command alone.
pub(crate) struct Own {
    url: String,
    token: Option<(String, String)>,
    config: Config,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Result<(), Failure>>,
}

impl Own {
    /// Starts a server by these settings and waits until it listens.
    pub(crate) fn over(config: Config) -> Result<Self, Failure> {
        let kept = config.clone();
        let worker = worker()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let (told, heard) = std::sync::mpsc::sync_channel(1);
        let run = move || -> Result<(), Failure> {
            let runtime = runtime()?;
            let server = match runtime.block_on(Server::start(config, worker)) {
                Ok(server) => server,
                Err(error) => return Err(failure(&error)),
            };
            let open = runtime.block_on(server.is_open());
            let _ = told.send((format!("http://{}", server.address()), open));
            let until = async move {
                let _ = stopped.await;
            };
            runtime
                .block_on(server.run_until(until))
                .map_err(|e| failure(&e))
        };
        let thread = std::thread::Builder::new()
            .name("server".into())
            .spawn(run)
            .map_err(|e| Failure::service("start", format!("cannot start a thread: {e}")))?;
        let Ok((url, open)) = heard.recv() else {
            return Err(thread
                .join()
                .map_or_else(|_| died(), |end| end.err().unwrap_or_else(died)));
        };
        let mut own = Self {
            url,
            token: None,
            config: kept,
            stop,
            thread,
        };
        if !open {
            own.token = Some(own.mint()?);
        }
        Ok(own)
    }

    /// Whoever can read the directory may do everything with it, so it gets a token for as long as
    /// the command runs.
    fn mint(&self) -> Result<(String, String), Failure> {
        let scopes = ["admin".to_owned()];
        let made = offline::create_token(&self.config, "candor command", &scopes, None);
        let made = runtime()?.block_on(made).map_err(|p| problem(&p))?;
        Ok((made.id, made.token.unwrap_or_default()))
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A token for it, if it wants one.
    pub(crate) fn token(&self) -> Option<String> {
        self.token.as_ref().map(|(_, token)| token.clone())
    }

    /// Stops it in order.
    pub(crate) fn stop(self) -> Result<(), Failure> {
        if let Some((id, _)) = &self.token {
            runtime()?
                .block_on(offline::revoke_token(&self.config, id))
                .map_err(|p| problem(&p))?;
        }
        let _ = self.stop.send(());
        self.thread.join().unwrap_or_else(|_| Err(died()))
    }
}

/// Waits for SIGINT or SIGTERM.
pub(crate) fn wait_until_told_to_stop() -> Result<(), Failure> {
    // Signals need the runtime that waits for them.
    runtime()?.block_on(async { told_to_stop().await });
    Ok(())
}

/// Makes a token in a data directory.
pub(crate) fn create_token(
    config: &Config,
    name: &str,
    scopes: &[String],
    expires_at: Option<&str>,
) -> Result<Value, Failure> {
    let made = offline::create_token(config, name, scopes, expires_at);
    json(&runtime()?.block_on(made).map_err(|p| problem(&p))?)
}

/// All tokens of a data directory.
pub(crate) fn list_tokens(config: &Config) -> Result<Vec<Value>, Failure> {
    let all = runtime()?
        .block_on(offline::list_tokens(config))
        .map_err(|p| problem(&p))?;
    all.iter().map(json).collect()
}

/// Revokes a token of a data directory.
pub(crate) fn revoke_token(config: &Config, id: &str) -> Result<(), Failure> {
    runtime()?
        .block_on(offline::revoke_token(config, id))
        .map_err(|p| problem(&p))
}

/// Tells on what an engine told, by the routes of a data directory; how long each notice took that was taken, in
/// microseconds by its key.
pub(crate) fn retell(
    config: &Config,
    transitions: &[Transition],
    until_us: i64,
) -> Result<BTreeMap<String, i64>, Failure> {
    let told = offline::retell(config, transitions, until_us);
    let told = runtime()?.block_on(told).map_err(|p| problem(&p))?;
    Ok(told.into_iter().map(|d| (d.key, d.took_us)).collect())
}

/// Checks a data directory: each finding with `level`, `subject` and `message`.
pub(crate) fn doctor(config: &Config) -> Result<Vec<Value>, Failure> {
    runtime()?
        .block_on(offline::doctor(config))
        .iter()
        .map(json)
        .collect()
}

/// The live files of a Delta table.
pub(crate) fn delta_files(folder: &Path) -> Result<Vec<offline::DeltaFile>, Failure> {
    runtime()?
        .block_on(offline::delta_files(folder))
        .map_err(|p| problem(&p))
}

/// The life of a SQL child.
pub(crate) fn sql_worker() -> ExitCode {
    candor_server::sql_worker()
}

fn json(value: &impl serde::Serialize) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(|e| Failure::service("internal", e.to_string()))
}

fn worker() -> Result<PathBuf, Failure> {
    std::env::current_exe()
        .map_err(|e| Failure::service("start", format!("cannot find this program's own file: {e}")))
}

fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::service("start", format!("cannot start the runtime: {e}")))
}

/// Resolves at SIGINT or SIGTERM, also at one that comes before it is waited for.
fn told_to_stop() -> impl Future<Output = ()> + Send + 'static {
    use tokio::signal::unix::{SignalKind, signal};
    let [interrupted, terminated] =
        [SignalKind::interrupt(), SignalKind::terminate()].map(|kind| {
            let signals = signal(kind);
            async move {
                match signals {
                    Ok(mut signals) => signals.recv().await,
                    Err(_) => std::future::pending().await,
                }
            }
        });
    async move {
        tokio::select! {
            _ = interrupted => {}
            _ = terminated => {}
        }
    }
}

fn died() -> Failure {
    Failure::service("internal", "the server ended unexpectedly")
}

fn failure(error: &Error) -> Failure {
    match error {
        Error::Unprotected { .. } => Failure::usage("unprotected", error.to_string()),
        Error::Config(_) => Failure::usage("invalid_config", error.to_string()),
        Error::OtherBackend { .. } => Failure::usage("other_backend", error.to_string()),
        Error::Locked { .. } => Failure::service("locked", error.to_string()),
        _ => Failure::service("storage", error.to_string()),
    }
}

fn problem(problem: &Problem) -> Failure {
    let failure = if problem.status < 500 {
        Failure::usage
    } else {
        Failure::service
    };
    failure(problem.code, problem.detail.clone()).mend(problem.hint.clone())
}
