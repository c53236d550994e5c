//! One event a request over many connections, all driven by one thread.

use crate::bodies::{self, Body, Ids};
use crate::clock;
use crate::figure::percentile;
use crate::http;
use crate::server::Server;
use crate::watch::{self, Memory, Watch};
use crate::{Result, say};
use serde::Serialize;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Single {
    pub(crate) requests: usize,
    pub(crate) connections: usize,
    pub(crate) seconds: f64,
    pub(crate) requests_per_s: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
    pub(crate) refused: u64,
    pub(crate) server_cpu_s: f64,
    pub(crate) client_cpu_s: f64,
    pub(crate) foreign_cpu_s: f64,
    pub(crate) memory: Memory,
}

const MODEL: &str = "single";
const PATH: &str = "/v1/models/single/predictions";

/// Sends for `length` and checks by SQL that every accepted event is queryable.
pub(crate) fn run(
    server: &Server,
    ndjson: &Path,
    connections: usize,
    length: Duration,
) -> Result<Single> {
    let lines = Rc::new(lines(ndjson)?);
    let watch = Watch::start(server.pid());
    let own = std::process::id();
    let cpu = (
        watch::cpu_s(server.pid()),
        watch::cpu_s(own),
        watch::machine_cpu_s(),
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let set = LocalSet::new();
    let began = clock::start();
    let handles: Vec<_> = (0..connections)
        .map(|lane| {
            let lines = lines.clone();
            set.spawn_local(drive(server.address, lines, lane, length, began))
        })
        .collect();
    runtime.block_on(set);
    let seconds = began.elapsed().as_secs_f64();
    let used = (
        watch::cpu_s(server.pid()) - cpu.0,
        watch::cpu_s(own) - cpu.1,
        watch::machine_cpu_s() - cpu.2,
    );
    let memory = watch.finish();
    let (mut latencies, mut refused) = (Vec::new(), 0);
    for handle in handles {
        let (lane, busy) = runtime.block_on(handle)??;
        latencies.extend(lane);
        refused += busy;
    }
    say::aside(&format!("  {} requests in {seconds:.1} s", latencies.len()));
    server.check_count(MODEL, latencies.len() as u64)?;
    Ok(Single {
        requests: latencies.len(),
        connections,
        seconds,
        requests_per_s: latencies.len() as f64 / seconds,
        p50_ms: percentile(&mut latencies, 50.0),
        p99_ms: percentile(&mut latencies, 99.0),
        max_ms: percentile(&mut latencies, 100.0),
        refused,
        server_cpu_s: used.0,
        client_cpu_s: used.1,
        foreign_cpu_s: (used.2 - used.0 - used.1).max(0.0),
        memory,
    })
}

/// Single events, as bodies of one line.
pub(crate) fn lines(ndjson: &Path) -> Result<Vec<Vec<u8>>> {
    let mut lines = Vec::new();
    for body in bodies::templates(ndjson, 16)? {
        let split = body.bytes.split_inclusive(|&b| b == b'\n');
        lines.extend(split.map(<[u8]>::to_vec));
    }
    Ok(lines)
}

async fn drive(
    address: std::net::SocketAddr,
    lines: Rc<Vec<Vec<u8>>>,
    lane: usize,
    length: Duration,
    began: Instant,
) -> Result<(Vec<f64>, u64)> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut ids = Ids::new(1_000 + lane as u64);
    let (mut latencies, mut refused) = (Vec::new(), 0);
    let mut inbox = Vec::with_capacity(4_096);
    let mut wire = Vec::with_capacity(4_096);
    let mut at = lane * 97;
    while began.elapsed() < length {
        let line = &lines[at % lines.len()];
        at += 1;
        let mut body = Body::new(line.clone(), 1)?;
        body.renew(&mut ids, clock::now_us(), 1);
        wire.clear();
        wire.extend_from_slice(
            http::head("POST", PATH, "application/x-ndjson", line.len()).as_bytes(),
        );
        wire.extend_from_slice(&body.bytes);
        let sent = clock::start();
        loop {
            stream.write_all(&wire).await?;
            let reply = read(&mut stream, &mut inbox).await?;
            match reply.status {
                200 if reply.body.starts_with(b"{\"accepted\":1,") => break,
                503 => {
                    refused += 1;
                    tokio::time::sleep(Duration::from_secs(reply.retry_after_s.max(1))).await;
                }
                status => {
                    let text = String::from_utf8_lossy(&reply.body).into_owned();
                    return Err(format!("status {status}: {text}").into());
                }
            }
        }
        latencies.push(sent.elapsed().as_secs_f64() * 1e3);
    }
    Ok((latencies, refused))
}

async fn read(stream: &mut TcpStream, inbox: &mut Vec<u8>) -> Result<http::Reply> {
    inbox.clear();
    loop {
        if stream.read_buf(inbox).await? == 0 {
            return Err("the server closed the connection".into());
        }
        if let Some((reply, _)) = http::parse(inbox)? {
            return Ok(reply);
        }
    }
}
