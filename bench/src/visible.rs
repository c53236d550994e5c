//! How long after its reply an event is visible in SQL.

use crate::bodies::{Body, Ids};
use crate::clock;
use crate::figure::percentile;
use crate::flood::{self, Flood, Plan};
use crate::http::Connection;
use crate::server::{self, Server};
use crate::{Result, single};
use serde::Serialize;
use std::time::Duration;

/// An event that is not visible after this long is lost.
const LOST: Duration = Duration::from_secs(10);

/// Times from a reply to the end of the first answer that counts the event, in milliseconds.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Visible {
    pub(crate) samples: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
    /// Answers that did not have the event yet.
    pub(crate) late_answers: u64,
}

/// Samples alone, and under the load of `plan`.
pub(crate) fn run(
    server: &Server,
    plan: &Plan,
    samples: usize,
) -> Result<(Visible, Visible, Flood)> {
    let lines = single::lines(&plan.folder)?;
    let idle = sample(server, plan, &lines, samples)?;
    let (loaded, flood) = std::thread::scope(|scope| {
        let load = scope.spawn(|| flood::load(server, plan));
        clock::pause(Duration::from_secs(2));
        let loaded = sample(server, plan, &lines, samples);
        (loaded, load.join())
    });
    let (loaded, flood) = (loaded?, flood.map_err(|_| "the load's thread panicked")??);
    server.check_count(plan.model, 2 * samples as u64 + flood.accepted)?;
    Ok((idle, loaded, flood))
}

fn sample(server: &Server, plan: &Plan, lines: &[Vec<u8>], samples: usize) -> Result<Visible> {
    let mut door = server.connect()?;
    let mut sql = server.connect()?;
    let mut ids = Ids::new(7_000);
    let path = format!("/v1/models/{}/predictions", plan.model);
    let (mut times, mut late) = (Vec::new(), 0);
    for line in lines.iter().cycle().take(samples) {
        let mut body = Body::new(line.clone(), 1)?;
        let now_us = clock::now_us();
        body.renew(&mut ids, now_us, 1);
        let reply = door.post(&path, "application/x-ndjson", &body.bytes)?;
        let replied = clock::start();
        if reply.status != 200 {
            let text = String::from_utf8_lossy(&reply.body).into_owned();
            return Err(format!("status {}: {text}", reply.status).into());
        }
        let question = format!(
            "SELECT count(*) FROM \"{}\".predictions WHERE time >= '{}' AND id = '{}'",
            plan.model,
            clock::rfc3339(now_us - 1_000_000),
            body.id(0)
        );
        while !is_there(&mut sql, &question)? {
            late += 1;
            if replied.elapsed() > LOST {
                return Err(format!("{} was not visible in time", body.id(0)).into());
            }
        }
        times.push(replied.elapsed().as_secs_f64() * 1e3);
        clock::pause(Duration::from_millis(10));
    }
    Ok(Visible {
        samples,
        p50_ms: percentile(&mut times, 50.0),
        p99_ms: percentile(&mut times, 99.0),
        max_ms: percentile(&mut times, 100.0),
        late_answers: late,
    })
}

fn is_there(sql: &mut Connection, question: &str) -> Result<bool> {
    let answer = server::ask(sql, question)?;
    Ok(answer["rows"][0][0].as_u64() == Some(1))
}
