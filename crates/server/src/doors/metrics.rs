//! `GET /metrics`: Candor itself, for Prometheus. Every bounded thing is shown with its bound.

use crate::exposition::{expose_alerts, expose_measures};
use crate::problem::Problem;
use crate::state::State;
use axum::extract::State as Extract;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use candor_catalog::WAITING_MAX;
use candor_contract::TableId;
use candor_lake::ProfileLimits;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use std::sync::atomic::{AtomicU64, Ordering};

fn gauge(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    registry.register(name, help, ConstGauge::new(value));
}

fn counter(registry: &mut Registry, name: &str, help: &str, value: &AtomicU64) {
    registry.register(name, help, ConstCounter::new(value.load(Ordering::Relaxed)));
}

/// Candor's own figures
#[utoipa::path(get, path = "/metrics", tag = "operation",
    responses((status = 200, content_type = "application/openmetrics-text", body = String)))]
pub(crate) async fn metrics(Extract(state): Extract<State>) -> Result<Response, Problem> {
    let mut registry = Registry::with_prefix("candor");
    intake(&mut registry, &state);
    storage(&mut registry, &state);
    lake(&mut registry, &state);
    profiles(&mut registry, &state);
    clock(&mut registry, &state);
    notices(&mut registry, &state).await;
    let (measures, left_out) = state.exposed.measures();
    gauge(
        &mut registry,
        "measures_left_out",
        "Monitored figures beyond the bound on those that are exposed",
        left_out as u64,
    );
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|e| Problem::internal(&e))?;
    expose_measures(&mut text, &measures);
    state.exposed.expose_observed(&mut text);
    // Candor's own figures are told even while the catalog is away.
    if let Ok(alerts) = state.catalog.open_alerts().await {
        expose_alerts(&mut text, &alerts);
    }
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, content_type)], text).into_response())
}

fn intake(registry: &mut Registry, state: &State) {
    let f = &state.intake.figures;
    counter(registry, "requests", "Telemetry requests", &f.requests);
    counter(
        registry,
        "request_bytes",
        "Bytes of telemetry requests as sent",
        &f.bytes,
    );
    counter(registry, "rows_accepted", "Rows stored", &f.accepted);
    counter(
        registry,
        "rows_duplicate",
        "Rows whose id was stored before",
        &f.duplicates,
    );
    counter(
        registry,
        "rows_rejected",
        "Rows in the quarantine",
        &f.rejected,
    );
    counter(
        registry,
        "content_dropped",
        "Attributes of spans left out as content",
        &f.content_dropped,
    );
    counter(
        registry,
        "requests_refused",
        "Requests answered with 503",
        &f.refused,
    );
    for (kind, masked) in state.findings.masked() {
        let name = format!("masked_{}", kind.name());
        counter(
            registry,
            &name,
            "Likely personal data masked, by kind",
            masked,
        );
    }
    let sql = &state.sql;
    counter(
        registry,
        "sql_statements",
        "SQL statements",
        &sql.statements,
    );
    counter(
        registry,
        "sql_failures",
        "SQL statements that failed",
        &sql.failures,
    );
    counter(
        registry,
        "sql_workers_started",
        "SQL worker processes started",
        &sql.workers_started,
    );
}

fn storage(registry: &mut Registry, state: &State) {
    let log = &state.lake.log_figures;
    let load = |v: &AtomicU64| v.load(Ordering::Relaxed);
    gauge(registry, "log_bytes", "Bytes of the log", load(&log.bytes));
    gauge(
        registry,
        "log_bytes_max",
        "Bound on the bytes of the log",
        load(&log.bytes_max),
    );
    gauge(
        registry,
        "dedup_keys",
        "Ids remembered for deduplication",
        load(&log.keys),
    );
    gauge(
        registry,
        "dedup_filter_bytes",
        "Memory by which new ids are told without reading",
        load(&log.filter_bytes),
    );
    gauge(
        registry,
        "dedup_filter_bytes_max",
        "Bound on that memory; beyond it the oldest ids are looked up on disk",
        load(&log.filter_bytes_max),
    );
    counter(
        registry,
        "log_commits",
        "Requests committed to the log",
        &log.commits,
    );
    counter(registry, "log_syncs", "Syncs of the log", &log.syncs);
    counter(
        registry,
        "log_chore_failures",
        "Trims and merges of the log that failed and are tried again",
        &log.failures,
    );
    gauge(
        registry,
        "erasures_waiting",
        "Erasures that were asked for and are not done",
        state.erasures.waiting(),
    );
    let (hot, hot_max) = state.lake.hot_bytes();
    gauge(
        registry,
        "hot_bytes",
        "Bytes of rows not in the lake yet",
        hot,
    );
    gauge(
        registry,
        "hot_bytes_max",
        "Bound on the bytes of rows not in the lake yet",
        hot_max,
    );
}

fn profiles(registry: &mut Registry, state: &State) {
    let figures = &state.lake.profile_figures;
    let counters = [
        (
            "profile_rows",
            "Rows written to tables of profiles",
            &figures.rows,
        ),
        (
            "profile_flushes_coarse",
            "Flushes without their finest windows, or without segments in them: too many",
            &figures.coarse,
        ),
        (
            "profile_columns_left_out",
            "Columns without profiles, each flush for itself",
            &figures.columns_left_out,
        ),
        (
            "profile_rows_other",
            "Rows of segment values that have no profiles of their own",
            &figures.other_rows,
        ),
    ];
    for (name, help, value) in counters {
        counter(registry, name, help, value);
    }
    let bounds = [
        (
            "profile_columns_max",
            "Bound on columns with profiles",
            ProfileLimits::COLUMNS,
        ),
        (
            "profile_segments_max",
            "Bound on segments with profiles",
            ProfileLimits::SEGMENTS,
        ),
        (
            "profile_segment_values_max",
            "Bound on values of a segment with profiles of their own",
            ProfileLimits::SEGMENT_VALUES,
        ),
        (
            "profile_flush_rows_max",
            "Bound on rows of profiles that a flush writes of five minutes, and of days",
            ProfileLimits::ROWS,
        ),
        (
            "profile_flush_hour_rows_max",
            "Bound on rows of profiles that a flush writes of hours",
            ProfileLimits::HOUR_ROWS,
        ),
    ];
    for (name, help, value) in bounds {
        gauge(registry, name, help, value as u64);
    }
}

fn lake(registry: &mut Registry, state: &State) {
    let flush = &state.lake.flush_figures;
    counter(
        registry,
        "flushes",
        "Flushes of a table to the lake",
        &flush.flushes,
    );
    counter(
        registry,
        "flush_rows",
        "Rows brought to the lake",
        &flush.rows,
    );
    counter(
        registry,
        "flush_failures",
        "Flushes that failed and are tried again",
        &flush.failures,
    );
    counter(
        registry,
        "compacted_files",
        "Small files merged away",
        &flush.compacted_files,
    );
    let volumes = state.lake.volumes();
    gauge(registry, "tables", "Tables", volumes.len() as u64);
    let events = volumes
        .iter()
        .filter(|(id, _)| !matches!(id, TableId::Profiles(_)));
    let rows = events.map(|(_, v)| v.lake_rows).sum();
    let sum = |f: fn(&candor_lake::Volume) -> u64| volumes.iter().map(|(_, v)| f(v)).sum();
    gauge(registry, "lake_rows", "Rows of events in the lake", rows);
    gauge(
        registry,
        "lake_bytes",
        "Bytes of the lake's live files",
        sum(|v| v.lake_bytes),
    );
    gauge(
        registry,
        "lake_files",
        "Live files of the lake",
        sum(|v| v.files),
    );
}

async fn notices(registry: &mut Registry, state: &State) {
    let figures = &state.notifier.figures;
    let counters = [
        (
            "notices_delivered",
            "Notices that their receivers took",
            &figures.delivered,
        ),
        (
            "notices_retried",
            "Tries to deliver a notice that failed and are made again",
            &figures.retried,
        ),
        (
            "notices_failed",
            "Notices that were given up",
            &figures.failed,
        ),
        (
            "watchdog_beats",
            "Signs of life that the watchdog took",
            &figures.heartbeats,
        ),
    ];
    for (name, help, value) in counters {
        counter(registry, name, help, value);
    }
    let seconds = |us: i64| us.div_euclid(1_000_000);
    registry.register(
        "evaluated_timestamp_seconds",
        "When alerts were last evaluated with success; 0 for never",
        ConstGauge::new(seconds(figures.evaluated_us.load(Ordering::Relaxed))),
    );
    let Ok(outbox) = state.notifier.outbox().await else {
        return;
    };
    gauge(
        registry,
        "notices_waiting",
        "Notices that wait",
        outbox.waiting,
    );
    gauge(
        registry,
        "notices_waiting_max",
        "Bound on notices that wait",
        WAITING_MAX,
    );
    let now_us = crate::clock::now_us();
    let oldest_us = outbox.oldest_us.map_or(0, |us| now_us.saturating_sub(us));
    registry.register(
        "notices_oldest_seconds",
        "Age of the oldest notice that waits",
        ConstGauge::new(seconds(oldest_us).max(0)),
    );
}

fn clock(registry: &mut Registry, state: &State) {
    let doubt_us = state.clock.doubt_us();
    gauge(
        registry,
        "clock_doubted",
        "1 while nothing is deleted by age, since the clock jumped and nothing explains it",
        u64::from(doubt_us.is_some()),
    );
    registry.register(
        "clock_ahead_seconds",
        "By how much the clock is ahead of the time that is believed",
        ConstGauge::new(doubt_us.unwrap_or(0) / 1_000_000),
    );
}
