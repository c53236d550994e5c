//! A bucket of an S3-compatible store, and how to reach it.

use crate::error::{Error, Result};
use object_store::aws::{AmazonS3, AmazonS3Builder, S3ConditionalPut};
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// How long one request may take, its body included: 64 MiB at about 1 MiB a second.
const REQUEST: Duration = Duration::from_secs(60);
/// Retries of a request that failed; whoever sent it tries again later by itself.
const RETRIES_MAX: usize = 2;
/// No retry is begun after this time.
const RETRYING: Duration = Duration::from_secs(15);

/// A bucket, a place in it, and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    name: String,
    prefix: String,
    /// URL of the store; `None` for Amazon's own.
    pub endpoint: Option<String>,
    /// Region that requests are signed for.
    pub region: String,
    /// Who asks.
    pub credentials: Credentials,
}

/// Keys of a bucket. Without them the store's own service for machines is asked (Amazon's instance
/// metadata).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// Its public part; empty for none.
    pub access_key_id: String,
    /// Its secret part.
    pub secret_access_key: String,
    /// Third part of temporary keys; empty for none.
    pub session_token: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.access_key_id;
        f.write_str(if key.is_empty() { "none" } else { "hidden" })
    }
}

impl Bucket {
    /// The bucket of a URL such as `s3://bucket/a/prefix`. `None`: it is no such URL, or has
    /// characters that would have to be escaped somewhere.
    pub fn parse(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("s3://")?.trim_end_matches('/');
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |text: &str| {
            text.bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
        };
        let parts: Vec<&str> = prefix.split('/').filter(|_| !prefix.is_empty()).collect();
        let sound =
            |part: &&str| !part.is_empty() && plain(part) && **part != *"." && **part != *"..";
        let named = (3..=63).contains(&name.len()) && plain(name);
        (named && parts.iter().all(sound)).then(|| Self {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
            endpoint: None,
            region: "us-east-1".to_owned(),
            credentials: Credentials::default(),
        })
    }

    /// Its URL, without a slash at the end.
    pub fn url(&self) -> String {
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        format!("s3://{}{slash}{}", self.name, self.prefix)
    }

    /// Where the lake lies in the bucket.
    pub(super) fn prefix(&self) -> Path {
        Path::from(self.prefix.as_str())
    }

    /// The place in the bucket that `url` names, for instance a table's folder.
    pub(crate) fn path(&self, url: &str) -> Option<Path> {
        let rest = url.strip_prefix("s3://")?.strip_prefix(&self.name)?;
        Path::parse(rest.strip_prefix('/')?).ok()
    }

    /// How its store is spoken to.
    pub(super) fn options(&self) -> ClientOptions {
        let endpoint = self.endpoint.as_deref().unwrap_or_default();
        ClientOptions::new()
            .with_connect_timeout(CONNECT)
            .with_timeout(REQUEST)
            .with_allow_http(endpoint.starts_with("http://"))
    }

    /// The bucket's own URL at its store, without a slash at the end.
    pub(super) fn endpoint_url(&self) -> String {
        match self.endpoint.as_deref().filter(|url| !url.is_empty()) {
            Some(url) => format!("{}/{}", url.trim_end_matches('/'), self.name),
            None => format!("https://s3.{}.amazonaws.com/{}", self.region, self.name),
        }
    }

    /// A client of the bucket. Nothing is asked yet.
    pub(crate) fn client(&self) -> Result<AmazonS3> {
        let endpoint = self.endpoint.as_deref().unwrap_or_default();
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&self.name)
            .with_region(&self.region)
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            .with_client_options(self.options())
            .with_retry(RetryConfig {
                backoff: BackoffConfig::default(),
                max_retries: RETRIES_MAX,
                retry_timeout: RETRYING,
            });
        if !endpoint.is_empty() {
            builder = builder.with_endpoint(endpoint);
        }
        let keys = &self.credentials;
        if !keys.access_key_id.is_empty() {
            builder = builder
                .with_access_key_id(&keys.access_key_id)
                .with_secret_access_key(&keys.secret_access_key);
        }
        if !keys.session_token.is_empty() {
            builder = builder.with_token(&keys.session_token);
        }
        let built = builder.build();
        built.map_err(|e| Error::store(&self.url(), "cannot be set up", e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_a_bucket_and_a_place_in_it() {
        for (url, shown) in [
            ("s3://lake", "s3://lake"),
            ("s3://lake/", "s3://lake"),
            ("s3://lake/a/b_1.x/", "s3://lake/a/b_1.x"),
        ] {
            assert_eq!(Bucket::parse(url).unwrap().url(), shown);
        }
        for bad in [
            "",
            "lake",
            "http://lake",
            "s3://",
            "s3:///a",
            "s3://ab",
            "s3://lake/../x",
            "s3://lake/a//b",
            "s3://lake/a b",
            "s3://lake/a?b",
            "s3://lake/%2e%2e",
            "s3://la ke",
            "s3://ann:s3cr3t@lake",
        ] {
            assert_eq!(Bucket::parse(bad), None, "{bad}");
        }
        let bucket = Bucket::parse("s3://lake/a").unwrap();
        let table = bucket.path("s3://lake/a/models/m/predictions").unwrap();
        assert_eq!(table.as_ref(), "a/models/m/predictions");
        assert_eq!(bucket.path("s3://other/a"), None);
    }

    #[test]
    fn keys_are_not_shown() {
        let mut bucket = Bucket::parse("s3://lake").unwrap();
        bucket.credentials = Credentials {
            access_key_id: "k3y".into(),
            secret_access_key: "s3cr3t".into(),
            session_token: "t0ken".into(),
        };
        let client = bucket.client().unwrap();
        for shown in [format!("{bucket:?}"), format!("{client}")] {
            for secret in ["k3y", "s3cr3t", "t0ken"] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
    }
}
