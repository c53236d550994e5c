//! What a bucket keeps of objects that were replaced or deleted, if its versioning is on or ever was.
//! `object_store` knows nothing of it, so these requests are made here, by S3's own API
//! (`ListObjectVersions`, `DeleteObject` with a version).

use super::bucket::Bucket;
use crate::error::{Error, Result};
use bytes::Bytes;
use object_store::ClientOptions;
use object_store::aws::{AmazonS3, AwsAuthorizer};
use object_store::client::{
    HttpClient, HttpConnector, HttpRequest, HttpRequestBody, ReqwestConnector,
};
use serde::Deserialize;
use std::sync::Arc;
use url::Url;

/// Pages of one list, of 1,000 versions each as a rule.
const PAGES_MAX: usize = 10_000;

/// Access to the versions of one bucket.
#[derive(Debug, Clone)]
pub(super) struct Versions {
    bucket: Arc<Bucket>,
    client: Arc<AmazonS3>,
    http: HttpClient,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listing {
    is_truncated: bool,
    next_key_marker: Option<String>,
    next_version_id_marker: Option<String>,
    #[serde(rename = "Version")]
    versions: Vec<Version>,
    #[serde(rename = "DeleteMarker")]
    markers: Vec<Version>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    key: String,
    version_id: String,
    is_latest: bool,
}

impl Versions {
    pub(super) fn new(
        bucket: &Arc<Bucket>,
        client: &Arc<AmazonS3>,
        options: &ClientOptions,
    ) -> Result<Self> {
        let http = ReqwestConnector::default().connect(options);
        Ok(Self {
            bucket: bucket.clone(),
            client: client.clone(),
            http: http.map_err(|e| Error::store(&bucket.url(), "cannot be set up", e))?,
        })
    }

    /// Deletes for good what is not the newest of the objects below `prefix`, a path in the bucket.
    /// Returns how many versions went.
    pub(super) async fn forget(&self, prefix: &str) -> Result<u64> {
        let (mut old, mut markers) = (Vec::new(), Vec::new());
        let mut after: Option<(String, String)> = None;
        for _ in 0..PAGES_MAX {
            let Some(page) = self.list(prefix, after.as_ref()).await? else {
                return Ok(0);
            };
            old.extend(page.versions.into_iter().filter(|v| !v.is_latest));
            markers.extend(page.markers);
            after = page.next_key_marker.zip(page.next_version_id_marker);
            if !page.is_truncated || after.is_none() {
                break;
            }
        }
        // A mark of deletion that went first would bring back what it hides.
        for version in old.iter().chain(&markers) {
            self.delete(version).await?;
        }
        Ok(old.len() as u64)
    }

    /// A page of versions; `None` if the store has none to tell of.
    async fn list(
        &self,
        prefix: &str,
        after: Option<&(String, String)>,
    ) -> Result<Option<Listing>> {
        let mut url = self.url("")?;
        let mut query = url.query_pairs_mut();
        query.append_pair("versions", "");
        query.append_pair("prefix", prefix);
        if let Some((key, version)) = after {
            query.append_pair("key-marker", key);
            query.append_pair("version-id-marker", version);
        }
        drop(query);
        match self.send("GET", &url).await? {
            (200, body) => {
                let text = String::from_utf8_lossy(&body);
                let listing = quick_xml::de::from_str(&text);
                Ok(Some(listing.map_err(|e| self.failed(e))?))
            }
            // Stores without versions do not know the request.
            (405 | 501, _) => Ok(None),
            (status, body) => Err(self.refused(status, &body)),
        }
    }

    async fn delete(&self, version: &Version) -> Result<()> {
        let mut url = self.url(&version.key)?;
        url.query_pairs_mut()
            .append_pair("versionId", &version.version_id);
        match self.send("DELETE", &url).await? {
            (200 | 204 | 404, _) => Ok(()),
            (status, body) => Err(self.refused(status, &body)),
        }
    }

    /// The URL of a key, or of the bucket itself.
    fn url(&self, key: &str) -> Result<Url> {
        let mut url = self.bucket.endpoint_url();
        for part in key.split('/').filter(|part| !part.is_empty()) {
            url.push('/');
            for byte in part.bytes() {
                // Signatures are over paths in which all else is escaped.
                match byte {
                    b'-' | b'.' | b'_' | b'~' => url.push(char::from(byte)),
                    _ if byte.is_ascii_alphanumeric() => url.push(char::from(byte)),
                    _ => url.push_str(&format!("%{byte:02X}")),
                }
            }
        }
        Url::parse(&url).map_err(|e| self.failed(e))
    }

    async fn send(&self, method: &str, url: &Url) -> Result<(u16, Bytes)> {
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.method_mut() = method.parse().map_err(|e| self.failed(e))?;
        *request.uri_mut() = url.as_str().parse().map_err(|e| self.failed(e))?;
        let credential = self.client.credentials().get_credential().await;
        let credential = credential.map_err(|e| self.failed(e))?;
        AwsAuthorizer::new(&credential, "s3", &self.bucket.region).authorize(&mut request, None);
        let response = self.http.execute(request).await;
        let response = response.map_err(|e| self.failed(e))?;
        let status = response.status().as_u16();
        let body = response.into_body().bytes().await;
        Ok((status, body.map_err(|e| self.failed(e))?))
    }

    fn failed<E: std::fmt::Display>(&self, error: E) -> Error {
        let what = "cannot be asked for old versions of objects";
        Error::store(&self.bucket.url(), what, error)
    }

    fn refused(&self, status: u16, body: &[u8]) -> Error {
        let said: String = String::from_utf8_lossy(body).chars().take(300).collect();
        self.failed(format!(
            "it answered {status} (the key needs s3:ListBucketVersions and s3:DeleteObjectVersion): {said}"
        ))
    }
}
