//! Delivery: notices leave the outbox for their receivers, once for each key unless a receiver stays silent.
//!
//! [`Notifier::run`] claims what is due, sends it, and notes how it went. What a crash cut off is sent again
//! when its claim ends, under the same key. Notices of one lane go in order; different receivers do not wait
//! for one another beyond the bound of one request.

mod address;
mod files;
mod http;
mod mail;
#[cfg(test)]
mod receiver;
mod schedule;
mod secrets;
#[cfg(test)]
mod tests;
mod watchdog;

use crate::config::{Config, ConfigError};
use crate::{clock, routing};
use address::Allow;
use candor_catalog::{Catalog, OutboxFigures, StoredNotice};
use candor_contract::spec::Receiver;
use candor_monitor::notice::{self, Notice};
use files::Files;
use futures::future::join_all;
use http::{Http, Post};
use mail::Mailer;
use schedule::{Outcome, again_us};
use secrets::Secrets;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify as Wake, watch};
use watchdog::Watchdog;

/// Most notices on their way at once.
const AT_ONCE: u32 = 16;
/// How long a claim lasts: longer than any try.
const CLAIM_US: i64 = 30_000_000;
/// How often it looks when nobody wakes it.
const TICK: Duration = Duration::from_secs(5);
/// How long tries that are under way may take when the server stops.
const STOP: Duration = Duration::from_secs(3);
/// How often old deliveries are dropped.
const TRIM_EVERY_US: i64 = 3_600_000_000;
/// Where PagerDuty takes events.
const PAGERDUTY: &str = "https://events.pagerduty.com/v2/enqueue";
/// Headers that carry a notice's key, for receivers that drop what they know.
const KEY_HEADERS: [&str; 2] = ["x-candor-key", "idempotency-key"];

const _: () = assert!(CLAIM_US > 2 * http::REQUEST.as_micros() as i64);

/// What delivery did since the start.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Notices that their receivers took.
    pub(crate) delivered: AtomicU64,
    /// Tries that failed and are made again.
    pub(crate) retried: AtomicU64,
    /// Notices that were given up.
    pub(crate) failed: AtomicU64,
    /// When alerts were last evaluated with success, in microseconds; 0 for never.
    pub(crate) evaluated_us: AtomicI64,
    /// POSTs to the watchdog that it took.
    pub(crate) heartbeats: AtomicU64,
}

/// Delivers notices.
pub(crate) struct Notifier {
    catalog: Catalog,
    external_url: String,
    http: Http,
    mailer: Option<Mailer>,
    secrets: Secrets,
    files: Files,
    watchdog: Option<Watchdog>,
    wake: Wake,
    started_us: i64,
    pub(crate) figures: Figures,
}

impl Notifier {
    /// A notifier by the settings; `address` is where the server listens.
    pub(crate) fn new(
        config: &Config,
        data: &Path,
        address: SocketAddr,
        catalog: &Catalog,
    ) -> Result<Self, ConfigError> {
        let settings = &config.notify;
        let wrong = |why: String| ConfigError::Notify { why };
        let allow = Allow::parse(&settings.allow).map_err(|entry| {
            wrong(format!(
                "notify.allow takes addresses, networks and hosts, not `{entry}`"
            ))
        })?;
        let own = format!("http://{address}");
        let external_url = match settings.external_url.trim_end_matches('/') {
            "" => own,
            url => url.to_owned(),
        };
        let watchdog = settings.watchdog_url.reveal();
        Ok(Self {
            catalog: catalog.clone(),
            external_url,
            http: Http::new(allow).map_err(wrong)?,
            mailer: Mailer::new(&settings.smtp, http::REQUEST).map_err(wrong)?,
            secrets: Secrets::new(settings.secrets_dir.clone(), settings.secrets.clone()),
            files: Files::new(data),
            watchdog: (!watchdog.is_empty()).then(|| Watchdog::new(watchdog)),
            wake: Wake::new(),
            started_us: clock::now_us(),
            figures: Figures::default(),
        })
    }

    /// The address under which people reach this server, without a slash at its end.
    pub(crate) fn external_url(&self) -> &str {
        &self.external_url
    }

    /// When it was made, which is when the server started.
    pub(crate) const fn started_us(&self) -> i64 {
        self.started_us
    }

    /// Looks at the outbox now: something was put there.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Notes that alerts were evaluated with success: the watchdog hears of it while this goes on.
    pub(crate) fn evaluated(&self, now_us: i64) {
        self.figures.evaluated_us.store(now_us, Ordering::Relaxed);
    }

    /// The outbox in figures.
    pub(crate) async fn outbox(&self) -> candor_catalog::Result<OutboxFigures> {
        self.catalog.outbox_figures().await
    }

    /// Delivers until `stopping` says so. Tries that are under way then get a moment to end.
    pub(crate) async fn run(self: Arc<Self>, mut stopping: watch::Receiver<bool>) {
        let mut told = stopping.clone();
        let late = async {
            let _ = told.wait_for(|stop| *stop).await;
            tokio::time::sleep(STOP).await;
        };
        let work = async {
            let mut trimmed_us = 0;
            while !*stopping.borrow() {
                let now_us = clock::now_us();
                let sent = self.deliver(now_us).await;
                self.trim(now_us, &mut trimmed_us).await;
                self.beat(now_us).await;
                if sent > 0 {
                    continue;
                }
                tokio::select! {
                    () = self.wake.notified() => {}
                    told = stopping.changed() => if told.is_err() { break },
                    () = tokio::time::sleep(TICK) => {}
                }
            }
        };
        tokio::select! {
            () = work => {}
            () = late => tracing::warn!("some notices did not get an answer in time; they are sent again"),
        }
    }

    /// Sends what is due; returns how many notices were tried.
    pub(crate) async fn deliver(&self, now_us: i64) -> usize {
        let claimed = self
            .catalog
            .claim_notices(now_us, now_us + CLAIM_US, AT_ONCE);
        let claimed = match claimed.await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(%error, "notices cannot be read; trying again");
                return 0;
            }
        };
        join_all(claimed.iter().map(|stored| self.send(stored)))
            .await
            .len()
    }

    async fn send(&self, stored: &StoredNotice) {
        let outcome = match serde_json::from_value::<Notice>(stored.body.clone()) {
            Ok(notice) => self.try_once(notice, clock::now_us()).await,
            Err(error) => Outcome::never(format!("the stored notice cannot be read: {error}")),
        };
        let now_us = clock::now_us();
        let (why, again_us) = match outcome {
            Outcome::Taken => return self.delivered(stored, now_us).await,
            Outcome::Never { why } => (why, None),
            Outcome::Later { why, after_s } => {
                let again = again_us(stored.attempts, stored.decided_us, now_us, after_s);
                (why, again)
            }
        };
        let count = match again_us {
            Some(_) => &self.figures.retried,
            None => &self.figures.failed,
        };
        count.fetch_add(1, Ordering::Relaxed);
        if again_us.is_none() {
            tracing::error!(
                key = stored.key,
                route = stored.route,
                why,
                "a notice was given up"
            );
        } else {
            tracing::warn!(
                key = stored.key,
                route = stored.route,
                why,
                "a notice is sent again later"
            );
        }
        let noted = self
            .catalog
            .note_failure(&stored.key, &why, again_us, now_us);
        if let Err(error) = noted.await {
            tracing::warn!(%error, "a failed delivery could not be noted; its claim ends soon");
        }
    }

    async fn delivered(&self, stored: &StoredNotice, now_us: i64) {
        self.figures.delivered.fetch_add(1, Ordering::Relaxed);
        if let Err(error) = self.catalog.note_delivered(&stored.key, now_us).await {
            tracing::warn!(%error, key = stored.key, "a delivery could not be noted; it is made again under the same key");
        }
    }

    /// One try, within the bound of a request.
    async fn try_once(&self, notice: Notice, now_us: i64) -> Outcome {
        let limit = http::REQUEST + Duration::from_secs(2);
        let tried = tokio::time::timeout(limit, self.hand_over(notice, now_us)).await;
        tried.unwrap_or_else(|_| Outcome::later("the receiver did not answer in time"))
    }

    async fn hand_over(&self, mut notice: Notice, now_us: i64) -> Outcome {
        let receiver = notice.receiver.clone();
        if matches!(receiver, Receiver::Alertmanager { .. }) {
            // What goes on ends some time after it is sent: a late notice must not end at once.
            notice.at_us = now_us;
        }
        match &receiver {
            Receiver::Email { to } => {
                let Some(mailer) = &self.mailer else {
                    return Outcome::later("there is no mail relay: set notify.smtp.host");
                };
                let email = notice::email(&notice, &self.external_url);
                mailer.send(&email, to, now_us).await
            }
            Receiver::File { name } => {
                let line = notice::payload(&notice, &self.external_url).body;
                let (files, name) = (self.files.clone(), name.clone());
                let written = tokio::task::spawn_blocking(move || files.append(&name, &line));
                let died = |_| Outcome::later("the file could not be written");
                written.await.unwrap_or_else(died)
            }
            _ => match self.post(&notice, &receiver, now_us) {
                Ok(post) => self.http.post(post).await,
                // A secret can be put in its place while the server runs.
                Err(why) => Outcome::later(why),
            },
        }
    }

    /// The request for a receiver of the web.
    fn post(&self, notice: &Notice, receiver: &Receiver, now_us: i64) -> Result<Post, String> {
        let mut payload = notice::payload(notice, &self.external_url);
        let is_key = |name: &str| KEY_HEADERS.iter().any(|key| name.eq_ignore_ascii_case(key));
        payload.headers.retain(|(name, _)| !is_key(name));
        let key: String = notice
            .key
            .chars()
            .map(|c| if c.is_ascii_graphic() { c } else { '_' })
            .collect();
        for name in KEY_HEADERS {
            payload.headers.push((name.to_owned(), key.clone()));
        }
        let mut named_only = false;
        let url = match receiver {
            Receiver::Webhook { url, secret } => {
                if let Some(name) = secret {
                    let secret = self.secrets.find(name)?;
                    let signature = notice::sign(secret.reveal().as_bytes(), &payload.body, now_us);
                    payload
                        .headers
                        .push((notice::SIGNATURE_HEADER.to_owned(), signature));
                }
                url.clone()
            }
            Receiver::Alertmanager { url } => {
                format!("{}/api/v2/alerts", url.trim_end_matches('/'))
            }
            Receiver::Slack { secret } => self.secrets.find(secret)?.reveal().to_owned(),
            Receiver::Pagerduty { secret, url } => {
                let routing_key = self.secrets.find(secret)?;
                payload = payload.with_routing_key(routing_key.reveal());
                // The key is a secret of PagerDuty's: a route cannot send it wherever it likes.
                named_only = url.as_deref().is_some_and(|url| !is_pagerduty(url));
                url.clone().unwrap_or_else(|| PAGERDUTY.to_owned())
            }
            Receiver::Email { .. } | Receiver::File { .. } => {
                return Err("this receiver is none of the web".into());
            }
        };
        Ok(Post {
            url,
            content_type: payload.content_type,
            headers: payload.headers,
            body: payload.body,
            named_only,
        })
    }

    async fn trim(&self, now_us: i64, trimmed_us: &mut i64) {
        if now_us - *trimmed_us < TRIM_EVERY_US {
            return;
        }
        match self
            .catalog
            .trim_notices(now_us - routing::NOTICES_KEPT_US)
            .await
        {
            // There may be more.
            Ok(dropped) if dropped > 0 => {}
            Ok(_) => *trimmed_us = now_us,
            Err(error) => tracing::warn!(%error, "old deliveries could not be dropped"),
        }
        if let Err(problem) = routing::forget_silences(&self.catalog, now_us).await {
            tracing::warn!(why = problem.detail, "old silences could not be dropped");
        }
    }

    /// Tells the watchdog that all is well, if it is and if it is time for that.
    async fn beat(&self, now_us: i64) {
        let Some(watchdog) = &self.watchdog else {
            return;
        };
        let evaluated_us = self.figures.evaluated_us.load(Ordering::Relaxed);
        // After a start the first sign comes with the first evaluation, not a minute later.
        let begins = evaluated_us == 0 && watchdog::is_patient(now_us, self.started_us);
        if begins || !watchdog.is_time(now_us) {
            return;
        }
        let oldest_us = match self.outbox().await {
            Ok(figures) => figures.oldest_us,
            Err(error) => {
                tracing::warn!(%error, "the watchdog is not told: the catalog is away");
                return;
            }
        };
        if let Some(why) = watchdog::withheld(now_us, evaluated_us, oldest_us) {
            tracing::warn!(why, "the watchdog is not told");
            return;
        }
        match self.http.post(watchdog.post(now_us)).await {
            Outcome::Taken => {
                self.figures.heartbeats.fetch_add(1, Ordering::Relaxed);
            }
            Outcome::Later { why, .. } | Outcome::Never { why } => {
                tracing::warn!(why, "the watchdog could not be told");
            }
        }
    }
}

fn is_pagerduty(url: &str) -> bool {
    let parsed = url::Url::parse(url);
    parsed.is_ok_and(|url| {
        let host = url.host_str().unwrap_or_default();
        url.scheme() == "https" && (host == "pagerduty.com" || host.ends_with(".pagerduty.com"))
    })
}

/// How a receiver is called in lists: its kind and where it is, without what may be a secret.
pub(crate) fn receiver_name(receiver: &Receiver) -> String {
    let place = |url: &str| {
        let parsed = url::Url::parse(url).ok();
        parsed
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default()
    };
    let kind = receiver.kind();
    match receiver {
        Receiver::Webhook { url, .. } | Receiver::Alertmanager { url } => {
            format!("{kind} {}", place(url))
        }
        Receiver::Slack { secret } | Receiver::Pagerduty { secret, .. } => {
            format!("{kind} {secret}")
        }
        Receiver::Email { to } => format!("{kind} {}", to.join(", ")),
        Receiver::File { name } => format!("{kind} {name}"),
    }
}
