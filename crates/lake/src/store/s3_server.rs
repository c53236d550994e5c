//! An S3 server for tests: s3s-fs over HTTP on a port of this machine, with faults as planned.
//! The black-box tests have it too.

use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
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

type Plan = dyn Fn(&Method, &str) -> Fault + Send + Sync;

/// A server that lives as long as this value.
pub(crate) struct S3Server {
    folder: tempfile::TempDir,
    endpoint: String,
    plan: Arc<Mutex<Arc<Plan>>>,
    stop: Option<oneshot::Sender<()>>,
}

impl S3Server {
    pub(crate) fn start() -> Self {
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
        let shared = plan.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = listen(listener, (service, root), shared) => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        });
        Self {
            folder,
            endpoint,
            plan,
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
    (service, root): (S3Service, PathBuf),
    plan: Arc<Mutex<Arc<Plan>>>,
) {
    let listener = TcpListener::from_std(listener).unwrap();
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (service, root, plan) = (service.clone(), root.clone(), plan.clone());
        let handle = hyper::service::service_fn(move |request| {
            let plan = plan.lock().unwrap_or_else(PoisonError::into_inner).clone();
            answer(service.clone(), root.clone(), plan, request)
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
    service: S3Service,
    root: PathBuf,
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
            let mut response = Response::new(s3s::Body::from("<DeleteResult/>".to_owned()));
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
    let done = service.call(request.map(s3s::Body::from)).await;
    match fault {
        Fault::AnswerLost => Err(cut()),
        Fault::AnswerFalse => Ok(empty(StatusCode::INTERNAL_SERVER_ERROR)),
        _ => done.map_err(|e| std::io::Error::other(format!("{e:?}"))),
    }
}
