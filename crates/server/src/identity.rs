//! Who may do what. Open for a local administrator until the first token is made; from then on, though all may end, and
//! always on a foreign address, every request names one.

use crate::clock;
use crate::outage::Outage;
use crate::problem::Problem;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use candor_catalog::Catalog;
use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

/// Marks a token as one of ours, so that secret scanners find leaked ones.
pub(crate) const TOKEN_PREFIX: &str = "cdr_";
/// How a browser says from where a request comes.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// How long an answer of the catalog is trusted: a revoked token dies within this time.
const TRUST_US: i64 = 2_000_000;
/// How long it is trusted while the catalog is away, where only telemetry is taken in by it: nothing
/// can be revoked there meanwhile.
const GRACE_US: i64 = 900_000_000;
/// Tokens remembered; beyond this the memory starts anew.
const REMEMBERED_MAX: usize = 10_000;

/// What a token allows. Each includes the ones before it in no way: they are granted one by one,
/// but `admin` allows all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Send telemetry.
    Ingest,
    /// Read everything.
    Read,
    /// Change specs, tokens and storage.
    Admin,
}

impl Scope {
    pub(crate) const ALL: [&'static str; 3] = ["ingest", "read", "admin"];

    const fn name(self) -> &'static str {
        match self {
            Scope::Ingest => "ingest",
            Scope::Read => "read",
            Scope::Admin => "admin",
        }
    }
}

/// Hash of a token, as it is stored: the token holds 256 random bits, so a plain fast hash cannot be guessed back.
pub(crate) fn token_hash(token: &str) -> String {
    blake3::hash(token.as_bytes()).to_hex().to_string()
}

/// A fresh token.
pub(crate) fn fresh_token() -> Result<String, getrandom::Error> {
    let bytes: [u8; 32] = clock::random()?;
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    Ok(format!("{TOKEN_PREFIX}{hex}"))
}

#[derive(Default)]
struct Memory {
    open: Option<(bool, i64)>,
    tokens: HashMap<String, (Vec<String>, i64)>,
}

/// Decides.
pub(crate) struct Identity {
    catalog: Catalog,
    address: SocketAddr,
    hosts: Vec<String>,
    memory: Mutex<Memory>,
    outage: Outage,
}

impl Identity {
    pub(crate) fn new(catalog: Catalog, address: SocketAddr, hosts: &[String]) -> Self {
        let hosts = hosts.iter().map(|h| h.to_ascii_lowercase()).collect();
        Self {
            catalog,
            address,
            hosts,
            memory: Mutex::default(),
            outage: Outage::default(),
        }
    }

    /// Forgets what it remembers, after tokens changed here.
    pub(crate) fn forget(&self) {
        *self.memory() = Memory::default();
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether no identity is configured.
    pub(crate) async fn is_open(&self) -> Result<bool, Problem> {
        let now_us = clock::now_us();
        let known = self.memory().open;
        if let Some((open, at)) = known
            && now_us - at < TRUST_US
        {
            return Ok(open);
        }
        let found = self
            .ask(known.map(|(_, at)| at), self.catalog.any_token())
            .await;
        let Some(tokens) = found? else {
            return Ok(known.is_some_and(|(open, _)| open));
        };
        let open = self.address.ip().is_loopback() && !tokens;
        self.memory().open = Some((open, now_us));
        Ok(open)
    }

    /// Asks the catalog. `None`: it is away, and the answer known since `known_us` still holds.
    async fn ask<T>(
        &self,
        known_us: Option<i64>,
        call: impl Future<Output = candor_catalog::Result<T>>,
    ) -> Result<Option<T>, Problem> {
        let Some(known_us) = known_us else {
            return self.outage.ask(call).await.map(Some);
        };
        match self.outage.ask_briefly(call).await {
            Ok(answer) => Ok(Some(answer)),
            Err(away) if away.is_outage() && clock::now_us() - known_us < GRACE_US => Ok(None),
            Err(problem) => Err(problem),
        }
    }

    async fn scopes(&self, token: &str, wanted: Scope) -> Result<Option<Vec<String>>, Problem> {
        let now_us = clock::now_us();
        let hash = token_hash(token);
        let known = self.memory().tokens.get(&hash).cloned();
        if let Some((scopes, at)) = &known
            && now_us - at < TRUST_US
        {
            return Ok(Some(scopes.clone()));
        }
        let known = known.filter(|_| wanted == Scope::Ingest);
        let call = self.catalog.token_by_hash(&hash, now_us);
        let token = match self.ask(known.as_ref().map(|(_, at)| *at), call).await? {
            None => return Ok(known.map(|(scopes, _)| scopes)),
            Some(found) => found,
        };
        let mut memory = self.memory();
        let Some(token) = token else {
            memory.tokens.remove(&hash);
            return Ok(None);
        };
        if memory.tokens.len() >= REMEMBERED_MAX {
            memory.tokens.clear();
        }
        memory.tokens.insert(hash, (token.scopes.clone(), now_us));
        Ok(Some(token.scopes))
    }

    pub(crate) async fn allow(&self, headers: &HeaderMap, scope: Scope) -> Result<(), Problem> {
        let bearer = headers
            .get(header::AUTHORIZATION)
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.strip_prefix("Bearer "));
        let Some(token) = bearer.map(str::trim) else {
            if self.is_open().await? {
                return Ok(());
            }
            let detail = "This server needs a token.";
            return Err(
                Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
                    .hint(
                        "Send `Authorization: Bearer <token>`; `candor token create` makes one, and with `--data DIR` \
                         on the server's machine it needs none.",
                    ),
            );
        };
        let Some(scopes) = self.scopes(token, scope).await? else {
            let detail = "The token is unknown, expired or revoked.";
            return Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "unauthorized",
                detail,
            ));
        };
        if scopes.iter().any(|s| s == "admin" || s == scope.name()) {
            return Ok(());
        }
        let detail = format!("The token lacks the scope `{}`.", scope.name());
        Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail))
    }

    /// Refuses names that are not ours (DNS rebinding) and other sites' pages (CSRF). Only a server
    /// without tokens needs it: browsers do not add tokens by themselves.
    pub(crate) async fn check_site(
        &self,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<(), Problem> {
        if !self.is_open().await? {
            return Ok(());
        }
        let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
        if let Some(host) = text(header::HOST)
            && !self.is_ours(host)
        {
            let detail = "This name is not this server's.";
            return Err(Problem::new(StatusCode::FORBIDDEN, "foreign_host", detail)
                .hint("Add it to `hosts` in candor.toml if it is."));
        }
        if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return Ok(());
        }
        let foreign = match text(header::ORIGIN) {
            Some(origin) => {
                let host = origin.split_once("://").map_or(origin, |(_, host)| host);
                !self.is_ours(host)
            }
            // Browsers that leave out the origin still say this.
            None => text(SEC_FETCH_SITE) == Some("cross-site"),
        };
        if foreign {
            let detail = "Pages of other sites may not change anything here.";
            let status = StatusCode::FORBIDDEN;
            return Err(Problem::new(status, "foreign_origin", detail));
        }
        Ok(())
    }

    fn is_ours(&self, host: &str) -> bool {
        let name = host
            .rsplit_once(':')
            .filter(|(_, p)| p.bytes().all(|b| b.is_ascii_digit()));
        let name = name.map_or(host, |(name, _)| name).to_ascii_lowercase();
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        bare == "localhost"
            || bare
                .parse::<std::net::IpAddr>()
                .is_ok_and(|ip| ip.is_loopback() || ip == self.address.ip())
            || self.hosts.iter().any(|h| h == bare)
    }
}
