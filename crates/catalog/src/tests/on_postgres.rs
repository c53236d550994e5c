//! What holds for PostgreSQL alone, on a server that lives as long as this process.

use super::*;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};
use std::io::{BufRead, BufReader};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A PostgreSQL that ends when its input does.
struct Server {
    url: String,
    _input: ChildStdin,
}

fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(start).as_ref()
}

/// `None` where PostgreSQL is not installed, which is an error only in continuous integration.
#[expect(clippy::disallowed_methods, reason = "a test asks where it runs")]
fn start() -> Option<Server> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/postgres.sh");
    let mut child = Command::new(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let Some(url) = line.trim().strip_prefix("ready ") else {
        let status = child.wait().unwrap();
        let ci = std::env::var("CI").is_ok_and(|v| v == "true");
        assert!(status.code() == Some(77) && !ci, "no PostgreSQL: {status}");
        eprintln!("SKIPPED for want of PostgreSQL: run `make setup` once");
        return None;
    };
    let url = url.to_owned();
    let _input = child.stdin.take().unwrap();
    Some(Server { url, _input })
}

/// An empty schema of the server.
pub(super) struct Schema {
    url: String,
}

impl Schema {
    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

async fn connection(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.unwrap()
}

pub(super) async fn place() -> Option<Place> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let server = server()?;
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let mut admin = connection(&server.url).await;
    admin
        .execute(AssertSqlSafe(format!("CREATE SCHEMA {name}")))
        .await
        .unwrap();
    let url = format!("{}&options[search_path]={name}", server.url);
    Some(Place::Schema(Schema { url }))
}

#[tokio::test]
async fn a_commit_waits_for_the_disk_whatever_the_servers_default() {
    let Some(Place::Schema(schema)) = place().await else {
        return;
    };
    for (default, found) in [("off", "on"), ("on", "on"), ("local", "local")] {
        let url = format!("{}&options[synchronous_commit]={default}", schema.url());
        let catalog = Catalog::connect(&url).await.unwrap();
        let mut tx = catalog.write().await.unwrap();
        let now: String = sqlx::query_scalar("SELECT current_setting('synchronous_commit')")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        assert_eq!(now, found);
    }
}

#[tokio::test]
async fn a_writer_that_is_held_up_for_long_gives_up() {
    let Some(Place::Schema(schema)) = place().await else {
        return;
    };
    let (a, b) = (
        Catalog::connect(schema.url()).await.unwrap(),
        Catalog::connect(schema.url()).await.unwrap(),
    );
    let held = a.write().await.unwrap();
    let refused = b.set_setting("a", "b").await.unwrap_err();
    assert!(matches!(refused, Error::Unavailable { .. }), "{refused}");
    assert_eq!(b.setting("a").await.unwrap(), None, "readers do not wait");
    drop(held);
    b.set_setting("a", "b").await.unwrap();
}

#[tokio::test]
async fn connections_that_broke_are_made_again() {
    let Some(Place::Schema(schema)) = place().await else {
        return;
    };
    let catalog = Catalog::connect(schema.url()).await.unwrap();
    catalog.set_setting("a", "b").await.unwrap();
    let mut admin = connection(schema.url()).await;
    admin
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE application_name = 'candor' AND pid <> pg_backend_pid()",
        )
        .await
        .unwrap();
    catalog.set_setting("a", "c").await.unwrap();
    assert_eq!(catalog.setting("a").await.unwrap().as_deref(), Some("c"));
}

#[tokio::test]
async fn a_server_out_of_reach_is_told_at_once_and_without_secrets() {
    for url in [
        "postgres://ann:s3cr3t@127.0.0.1:1/candor",
        "postgres://ann:s3cr3t@localhost/candor?host=/nowhere/at/all",
    ] {
        let error = Catalog::connect(url).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }), "{error}");
        assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
    }
}
