//! An S3 server for tests: s3s-fs over HTTP on a port of this machine, with faults as planned.
//! The black-box tests have it too.

use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// Who may ask it.
pub(crate) const ACCESS_KEY_ID: &str = "candor-test";
pub(crate) const SECRET_ACCESS_KEY: &str = "not-a-secret-0123456789";
/// The bucket that it has.
pub(crate) const BUCKET: &str = "lake";

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is done and answered.
    None,
    /// It is answered with 500 and not done.
    Fails,
    /// The connection is cut before it is done.
    Cut,
    /// It is done, and the connection cut before the answer.
    AnswerLost,
    /// It is done and answered with 500.
    AnswerFalse,
    /// It is answered with 200 and not done.
    Forgotten,
    /// What was there goes before it is done, so that `If-None-Match` is of no effect.
    Unconditional,
    /// It is done after this time.
    Late(Duration),
}

pub(crate) type Plan = dyn Fn(&Method, &str) -> Fault + Send + Sync;

/// A server that lives as long as this value.
pub(crate) struct S3Server {
    folder: tempfile::TempDir,
    endpoint: String,
    plan: Arc<Mutex<Arc<Plan>>>,
    shelf: Shelf,
    stop: Option<oneshot::Sender<()>>,
}

impl S3Server {
    pub(crate) fn start() -> Self {
        Self::with(Shelf::default())
    }

    /// A server whose bucket keeps what was replaced or deleted.
    pub(crate) fn versioned() -> Self {
        Self::with(Shelf(Some(Arc::default())))
    }

    fn with(shelf: Shelf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let calm: Arc<Plan> = Arc::new(|_, _| Fault::None);
        let plan = Arc::new(Mutex::new(calm));
        let (stop, stopped) = oneshot::channel();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let service = service(folder.path());
        let root = folder.path().to_owned();
        let (shared, kept) = (plan.clone(), shelf.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = listen(listener, (service, root, kept), shared) => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        });
        Self {
            folder,
            endpoint,
            plan,
            shelf,
            stop: Some(stop),
        }
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The folder of the bucket's objects.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().join(BUCKET)
    }

    /// What the bucket keeps besides its objects.
    pub(crate) fn kept(&self) -> Vec<Vec<u8>> {
        let kept = self.shelf.kept();
        kept.into_iter().filter_map(|k| k.bytes).collect()
    }

    /// From now on `plan` decides, by method and path, what becomes of requests.
    pub(crate) fn plan(&self, plan: impl Fn(&Method, &str) -> Fault + Send + Sync + 'static) {
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(plan);
    }

    /// From now on everything is done.
    pub(crate) fn heal(&self) {
        self.plan(|_, _| Fault::None);
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
    }
}

fn service(folder: &Path) -> S3Service {
    let mut builder = S3ServiceBuilder::new(FileSystem::new(folder).unwrap());
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET_ACCESS_KEY));
    builder.build()
}

async fn listen(
    listener: std::net::TcpListener,
    (service, root, shelf): (S3Service, PathBuf, Shelf),
    plan: Arc<Mutex<Arc<Plan>>>,
) {
    let listener = TcpListener::from_std(listener).unwrap();
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (service, plan) = (service.clone(), plan.clone());
        let (root, shelf) = (root.clone(), shelf.clone());
        let handle = hyper::service::service_fn(move |request| {
            let plan = plan.lock().unwrap_or_else(PoisonError::into_inner).clone();
            answer(
                (service.clone(), root.clone(), shelf.clone()),
                plan,
                request,
            )
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), handle);
        connections.spawn(async move {
            // A client may hang up when it likes.
            let _ = connection.await;
        });
    }
}

async fn answer(
    (service, root, shelf): (S3Service, PathBuf, Shelf),
    plan: Arc<Plan>,
    request: Request<Incoming>,
) -> Result<Response<s3s::Body>, std::io::Error> {
    let fault = plan(request.method(), request.uri().path());
    let empty = |status| {
        let mut response = Response::new(s3s::Body::empty());
        *response.status_mut() = status;
        response
    };
    let cut = || std::io::Error::other("cut as planned");
    match fault {
        Fault::Fails => return Ok(empty(StatusCode::INTERNAL_SERVER_ERROR)),
        Fault::Cut => return Err(cut()),
        Fault::Forgotten => {
            // Objects are deleted by a list, and who sent it reads which were not.
            let mut response = Response::new(s3s::Body::from(
                "<DeleteResult><Deleted><Key>k</Key></Deleted></DeleteResult>".to_owned(),
            ));
            let tag = hyper::header::HeaderValue::from_static("\"0\"");
            response.headers_mut().insert("etag", tag);
            return Ok(response);
        }
        Fault::Unconditional => {
            let object = root.join(request.uri().path().trim_start_matches('/'));
            // There may be none.
            let _ = std::fs::remove_file(object);
        }
        Fault::Late(wait) => tokio::time::sleep(wait).await,
        Fault::None | Fault::AnswerLost | Fault::AnswerFalse => {}
    }
    let query = request.uri().query().unwrap_or_default().to_owned();
    if let Some(version) = query.strip_prefix("versionId=") {
        shelf.drop_version(version);
        return Ok(empty(StatusCode::NO_CONTENT));
    }
    let changes = request.method() != Method::GET && request.method() != Method::HEAD;
    let before = shelf.see(&root, changes);
    let done = service.call(request.map(s3s::Body::from)).await;
    shelf.keep(before, &root);
    if let (true, Ok(answer)) = (query.starts_with("versions="), &done) {
        // s3s-fs has no versions, but who asks was known by then.
        if answer.status() == StatusCode::NOT_IMPLEMENTED && shelf.0.is_some() {
            return Ok(Response::new(s3s::Body::from(shelf.listing(&query))));
        }
    }
    match fault {
        Fault::AnswerLost => Err(cut()),
        Fault::AnswerFalse => Ok(empty(StatusCode::INTERNAL_SERVER_ERROR)),
        _ => done.map_err(|e| std::io::Error::other(format!("{e:?}"))),
    }
}

/// What a bucket with versioning keeps; `None` in one without.
#[derive(Clone, Default)]
struct Shelf(Option<Arc<Mutex<Vec<Kept>>>>);

/// A version, or without bytes a mark of deletion.
#[derive(Clone)]
struct Kept {
    key: String,
    id: usize,
    bytes: Option<Vec<u8>>,
}

type Objects = BTreeMap<String, Vec<u8>>;

impl Shelf {
    fn kept(&self) -> Vec<Kept> {
        let kept = self.0.as_ref();
        kept.map(|kept| kept.lock().unwrap().clone())
            .unwrap_or_default()
    }

    /// All objects, if the request changes any.
    fn see(&self, root: &Path, changes: bool) -> Option<Objects> {
        (changes && self.0.is_some()).then(|| {
            let mut objects = Objects::new();
            collect(&root.join(BUCKET), "", &mut objects);
            objects
        })
    }

    /// Keeps what is not there as it was before.
    fn keep(&self, before: Option<Objects>, root: &Path) {
        let (Some(before), Some(kept)) = (before, &self.0) else {
            return;
        };
        let mut now = Objects::new();
        collect(&root.join(BUCKET), "", &mut now);
        let mut kept = kept.lock().unwrap();
        for (key, bytes) in before {
            let there = now.get(&key);
            if there == Some(&bytes) {
                continue;
            }
            let mark = there.is_none().then_some(None);
            for bytes in mark.into_iter().chain([Some(bytes)]) {
                let id = kept.last().map_or(0, |k| k.id + 1);
                let key = key.clone();
                kept.push(Kept { key, id, bytes });
            }
        }
    }

    fn drop_version(&self, version: &str) {
        if let Some(kept) = &self.0 {
            let is = |k: &Kept| format!("v{}", k.id) == version;
            kept.lock().unwrap().retain(|k| !is(k));
        }
    }

    /// A page of three.
    fn listing(&self, query: &str) -> String {
        let value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(n, _)| *n == name).map(|(_, v)| v)
        };
        let prefix = value("prefix").unwrap_or_default().replace("%2F", "/");
        let after = value("version-id-marker").and_then(|v| v[1..].parse::<usize>().ok());
        let mut found = self.kept();
        found.retain(|k| k.key.starts_with(&prefix) && after.is_none_or(|id| k.id > id));
        let more = found.len() > 3;
        found.truncate(3);
        let mut out = format!("<ListVersionsResult><IsTruncated>{more}</IsTruncated>");
        for Kept { key, id, bytes } in &found {
            let word = if bytes.is_some() {
                "Version"
            } else {
                "DeleteMarker"
            };
            out.push_str(&format!(
                "<{word}><Key>{key}</Key><VersionId>v{id}</VersionId><IsLatest>{}</IsLatest></{word}>",
                bytes.is_none()
            ));
        }
        if let Some(last) = found.last() {
            out.push_str(&format!(
                "<NextKeyMarker>{}</NextKeyMarker><NextVersionIdMarker>v{}</NextVersionIdMarker>",
                last.key, last.id
            ));
        }
        out + "</ListVersionsResult>"
    }
}

fn collect(folder: &Path, key: &str, into: &mut Objects) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let key = if key.is_empty() {
            name
        } else {
            format!("{key}/{name}")
        };
        if path.is_dir() {
            collect(&path, &key, into);
        } else if let Ok(bytes) = std::fs::read(&path) {
            into.insert(key, bytes);
        }
    }
}
