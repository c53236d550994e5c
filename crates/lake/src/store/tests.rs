//! Both kinds of store, and what a store must not do.

use super::s3_server::{ACCESS_KEY_ID, BUCKET, Fault, Plan, S3Server, SECRET_ACCESS_KEY};
use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A store of one test, which goes with it.
pub(crate) enum Place {
    Folder(tempfile::TempDir),
    Server(S3Server),
}

impl Place {
    /// One of each kind.
    pub(crate) fn each() -> [Self; 2] {
        [
            Place::Folder(tempfile::tempdir().unwrap()),
            Place::Server(S3Server::start()),
        ]
    }

    pub(crate) async fn open(&self) -> Arc<Store> {
        Arc::new(match self {
            Place::Folder(folder) => Store::folder(folder.path()).unwrap(),
            Place::Server(server) => Store::bucket(&bucket(server)).await.unwrap(),
        })
    }

    /// The folder on this machine that holds the lake's files in the end.
    pub(crate) fn files(&self) -> std::path::PathBuf {
        match self {
            Place::Folder(folder) => folder.path().to_owned(),
            Place::Server(server) => server.folder().join(PREFIX),
        }
    }
}

const PREFIX: &str = "a/prefix";

pub(crate) fn bucket(server: &S3Server) -> Bucket {
    let mut bucket = Bucket::parse(&format!("s3://{BUCKET}/{PREFIX}")).unwrap();
    bucket.endpoint = Some(server.endpoint().to_owned());
    bucket.credentials = Credentials {
        access_key_id: ACCESS_KEY_ID.into(),
        secret_access_key: SECRET_ACCESS_KEY.into(),
        session_token: String::new(),
    };
    bucket
}

#[tokio::test]
async fn an_object_is_written_once_where_it_must_not_be_replaced() {
    for place in Place::each() {
        let store = place.open().await;
        let (path, create) = (Path::from("x/y"), PutMode::Create);
        let put = |text: &'static str| {
            store.files().put_opts(
                &path,
                PutPayload::from_static(text.as_bytes()),
                create.clone().into(),
            )
        };
        put("1").await.unwrap();
        let refused = put("2").await.unwrap_err();
        assert!(
            matches!(refused, object_store::Error::AlreadyExists { .. }),
            "{refused}"
        );
        let found = store.files().get(&path).await.unwrap();
        assert_eq!(found.bytes().await.unwrap().as_ref(), b"1");
        assert_eq!(store.folders("x").await.unwrap(), Vec::<String>::new());
        assert_eq!(store.folders("none").await.unwrap(), Vec::<String>::new());
        let deeper = Path::from("x/z/a");
        store
            .files()
            .put(&deeper, PutPayload::from_static(b"3"))
            .await
            .unwrap();
        assert_eq!(store.folders("x").await.unwrap(), ["z"]);
    }
}

#[tokio::test]
async fn a_store_that_lies_is_refused_with_what_it_did() {
    let server = S3Server::start();
    let is_put = |method: &hyper::Method| method.as_str() == "PUT";
    let cases: [(Box<Plan>, &str); 5] = [
        (
            Box::new(move |m, _| {
                if is_put(m) {
                    Fault::Unconditional
                } else {
                    Fault::None
                }
            }),
            "only if there is none",
        ),
        (
            Box::new(move |m, _| {
                if is_put(m) {
                    Fault::Forgotten
                } else {
                    Fault::None
                }
            }),
            "only if there is none",
        ),
        (
            Box::new(move |m, _| {
                if m.as_str() == "POST" {
                    Fault::Forgotten
                } else {
                    Fault::None
                }
            }),
            "still shows",
        ),
        (Box::new(move |_, _| Fault::Fails), "cannot be written"),
        (
            Box::new(move |m, _| {
                if m.as_str() == "GET" {
                    Fault::Fails
                } else {
                    Fault::None
                }
            }),
            "cannot be read",
        ),
    ];
    for (plan, what) in cases {
        server.plan(plan);
        let refused = Store::bucket(&bucket(&server))
            .await
            .unwrap_err()
            .to_string();
        assert!(refused.contains(what), "{refused}");
        assert!(
            refused.starts_with("the object store s3://lake/a/prefix "),
            "{refused}"
        );
    }
    let pause = std::time::Duration::from_millis(5);
    server.plan(move |_, _| Fault::Late(pause));
    Store::bucket(&bucket(&server)).await.unwrap();
}

#[tokio::test]
async fn wrong_keys_are_told_and_not_shown() {
    let server = S3Server::start();
    let mut wrong = bucket(&server);
    wrong.credentials.secret_access_key = "s3cr3t".into();
    let refused = Store::bucket(&wrong).await.unwrap_err().to_string();
    assert!(!refused.contains("s3cr3t"), "{refused}");
}

#[tokio::test]
async fn a_bucket_is_written_from_one_log() {
    let server = S3Server::start();
    let store = Store::bucket(&bucket(&server)).await.unwrap();
    // The answer of the first write is lost: what is there counts.
    let puts = AtomicUsize::new(0);
    server.plan(move |method, _| {
        let first = method.as_str() == "PUT" && puts.fetch_add(1, Ordering::Relaxed) == 0;
        if first {
            Fault::AnswerFalse
        } else {
            Fault::None
        }
    });
    store.claim([1; 16]).await.unwrap();
    store.claim([1; 16]).await.unwrap();
    let refused = store.claim([2; 16]).await.unwrap_err();
    assert!(matches!(refused, Error::Owned { .. }), "{refused}");
    let folder = tempfile::tempdir().unwrap();
    Store::folder(folder.path())
        .unwrap()
        .claim([2; 16])
        .await
        .unwrap();
}

#[tokio::test]
async fn what_a_bucket_keeps_of_old_objects_is_forgotten_on_demand() {
    let server = S3Server::versioned();
    let store = Store::bucket(&bucket(&server)).await.unwrap();
    let put = |path: &'static str, text: &'static str| {
        let (store, path) = (&store, Path::from(path));
        async move {
            let text = PutPayload::from_static(text.as_bytes());
            store.files().put(&path, text).await.unwrap();
        }
    };
    for path in ["t/day=1/a b", "t/day=1/b", "t/day=1/c", "other/d"] {
        for text in ["one", "two", "three"] {
            put(path, text).await;
        }
    }
    let gone = Path::from("t/day=1/b");
    store.files().delete(&gone).await.unwrap();
    let texts = || {
        let kept = server.kept().into_iter();
        let mut kept: Vec<_> = kept.map(|b| String::from_utf8(b).unwrap()).collect();
        kept.retain(|text| ["one", "two", "three"].contains(&text.as_str()));
        kept.len()
    };
    assert_eq!(texts(), 9);
    let folder = Path::from("t");
    assert_eq!(store.forget_versions(&folder).await.unwrap(), 7);
    assert_eq!(store.forget_versions(&folder).await.unwrap(), 0);
    assert_eq!(texts(), 2, "the rest is of another folder");
    let found = store.files().get(&Path::from("t/day=1/a b")).await.unwrap();
    assert_eq!(found.bytes().await.unwrap().as_ref(), b"three");
    assert!(store.files().get(&gone).await.is_err());
    for place in Place::each() {
        let store = place.open().await;
        assert_eq!(store.forget_versions(&folder).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn old_versions_that_cannot_be_listed_are_an_error_and_not_forgotten() {
    let server = S3Server::versioned();
    let store = Store::bucket(&bucket(&server)).await.unwrap();
    server.plan(|_, _| Fault::Fails);
    let refused = store.forget_versions(&Path::from("t")).await.unwrap_err();
    assert!(
        refused.to_string().contains("s3:ListBucketVersions"),
        "{refused}"
    );
}
