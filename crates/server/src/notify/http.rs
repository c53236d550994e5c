//! Requests to receivers: addresses are looked up and judged here, at each connection, and nothing is
//! followed elsewhere.

use super::address::Allow;
use super::schedule::Outcome;
use crate::clock;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Url, redirect};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use url::Host;

/// How long connecting may take, and a request from its beginning to its end.
const CONNECT: Duration = Duration::from_secs(5);
/// See [`CONNECT`].
pub(crate) const REQUEST: Duration = Duration::from_secs(10);
/// Bytes of an answer that are kept to tell what is wrong.
const SAID_BYTES_MAX: usize = 200;

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    /// Where; it may be a secret, so that it is never told.
    pub(crate) url: String,
    pub(crate) content_type: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether it may go only where the settings say so by name.
    pub(crate) named_only: bool,
}

/// Which addresses a client may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The public internet, and what the settings name.
    Wide,
    /// Only what the settings name.
    Named,
}

/// Sends requests to receivers.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    allow: Arc<Allow>,
    wide: Client,
    named: Client,
}

impl Http {
    /// Fails if the system gives no TLS.
    pub(crate) fn new(allow: Allow) -> Result<Self, String> {
        let allow = Arc::new(allow);
        Ok(Self {
            wide: client(&allow, Reach::Wide)?,
            named: client(&allow, Reach::Named)?,
            allow,
        })
    }

    /// Sends one request and tells how it went.
    pub(crate) async fn post(&self, post: Post) -> Outcome {
        let (url, reach) = match self.judge(&post) {
            Ok(judged) => judged,
            Err(why) => return Outcome::Never { why },
        };
        let client = match reach {
            Reach::Wide => &self.wide,
            Reach::Named => &self.named,
        };
        let Some(headers) = headers(&post) else {
            return Outcome::never("a header of the notice is none");
        };
        let request = client.post(url).headers(headers).body(post.body);
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return failure(error),
        };
        let status = response.status().as_u16();
        let after_s = response.headers().get(RETRY_AFTER);
        let after_s = after_s.and_then(|v| seconds_until(v.to_str().ok()?, clock::now_us()));
        let mut said = Vec::new();
        while said.len() < SAID_BYTES_MAX {
            match response.chunk().await {
                Ok(Some(chunk)) => said.extend_from_slice(&chunk),
                // The status counts.
                Ok(None) | Err(_) => break,
            }
        }
        said.truncate(SAID_BYTES_MAX);
        Outcome::of_status(status, after_s, &plain(&said))
    }

    /// Whether a request may go out at all, and by which client. Names are judged when they are looked up.
    fn judge(&self, post: &Post) -> Result<(Url, Reach), String> {
        let url = Url::parse(&post.url).map_err(|_| "the receiver's address is none".to_owned())?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the receiver's address holds a password; name a secret instead".into());
        }
        let reach = match (url.scheme(), post.named_only) {
            ("https", false) => Reach::Wide,
            ("https" | "http", _) => Reach::Named,
            _ => return Err("the receiver's address is not one of the web".into()),
        };
        // The system's own resolver is not asked for these.
        let ip: IpAddr = match url.host() {
            Some(Host::Ipv4(ip)) => ip.into(),
            Some(Host::Ipv6(ip)) => ip.into(),
            Some(Host::Domain(_)) => return Ok((url, reach)),
            None => return Err("the receiver's address names no host".into()),
        };
        let host = ip.to_string();
        may_reach(&self.allow, reach, &host, ip)?;
        Ok((url, reach))
    }
}

fn may_reach(allow: &Allow, reach: Reach, host: &str, ip: IpAddr) -> Result<(), String> {
    let may = match reach {
        Reach::Wide => allow.is_allowed(host, ip),
        Reach::Named => allow.names(host, ip),
    };
    if may {
        return Ok(());
    }
    Err(match reach {
        Reach::Wide => {
            format!("{ip} is not a public address; name it in notify.allow if it is meant")
        }
        Reach::Named => format!(
            "{host} is reached without encryption or by a key of another service, and notify.allow does not name it"
        ),
    })
}

fn client(allow: &Arc<Allow>, reach: Reach) -> Result<Client, String> {
    let allow = allow.clone();
    Client::builder()
        .user_agent(concat!("candor/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT)
        .timeout(REQUEST)
        // A kept connection would be as old as the judgement of its address.
        .pool_max_idle_per_host(0)
        .dns_resolver(Judging { allow, reach })
        .build()
        .map_err(|e| chain(&e))
}

/// Looks names up and lets only those through whose addresses may all be reached.
struct Judging {
    allow: Arc<Allow>,
    reach: Reach,
}

/// A name that leads where no notice may go.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Forbidden(String);

impl Resolve for Judging {
    fn resolve(&self, name: Name) -> Resolving {
        let (allow, reach) = (self.allow.clone(), self.reach);
        Box::pin(async move {
            let host = name.as_str();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await?.collect();
            for address in &found {
                may_reach(&allow, reach, host, address.ip()).map_err(Forbidden)?;
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

fn headers(post: &Post) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_str(&post.content_type).ok()?,
    );
    for (name, value) in &post.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.insert(name, HeaderValue::from_str(value).ok()?);
    }
    Some(headers)
}

/// A request that got no answer: for ever if its address is forbidden, else for now.
fn failure(error: reqwest::Error) -> Outcome {
    // Addresses may be secrets.
    let error = error.without_url();
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(at) = cause {
        if let Some(Forbidden(why)) = at.downcast_ref() {
            return Outcome::never(why.as_str());
        }
        cause = at.source();
    }
    if error.is_timeout() {
        return Outcome::later("the receiver did not answer in time");
    }
    Outcome::later(format!("the receiver cannot be reached: {}", chain(&error)))
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(at) = cause {
        text = format!("{text}: {at}");
        cause = at.source();
    }
    text
}

/// Seconds that a `Retry-After` asks for, as a number or as a date; 0 for a date that is over. `None` if it is
/// neither.
fn seconds_until(asked: &str, now_us: i64) -> Option<u64> {
    let asked = asked.trim();
    if let Ok(seconds) = asked.parse() {
        return Some(seconds);
    }
    let at = httpdate::parse_http_date(asked).ok()?;
    let now = UNIX_EPOCH + Duration::from_micros(u64::try_from(now_us).ok()?);
    let wait = at.duration_since(now).unwrap_or_default();
    // Not before that second has come.
    Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}

/// One line of what a receiver said.
fn plain(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty())
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests;
