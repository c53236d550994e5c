//! Against real sockets on this machine.

use super::*;
use crate::notify::receiver::{Answer, Receiver};

fn http(allow: &[&str]) -> Http {
    let allow: Vec<String> = allow.iter().map(ToString::to_string).collect();
    Http::new(Allow::parse(&allow).unwrap()).unwrap()
}

fn post(url: &str) -> Post {
    Post {
        url: url.to_owned(),
        content_type: "application/json".into(),
        headers: vec![("idempotency-key".into(), "k1".into())],
        body: b"{}".to_vec(),
        named_only: false,
    }
}

fn never(outcome: Outcome) -> String {
    match outcome {
        Outcome::Never { why } => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_receiver_on_this_machine_needs_the_settings() {
    let receiver = Receiver::start(&[]).await;
    let url = receiver.url("/hook");
    let why = never(http(&[]).post(post(&url)).await);
    assert!(why.contains("notify.allow"), "{why}");
    assert_eq!(http(&["127.0.0.1"]).post(post(&url)).await, Outcome::Taken);
    let got = receiver.requests();
    assert_eq!(got.len(), 1, "the first one never came");
    assert!(
        got[0].head.contains("idempotency-key: k1"),
        "{}",
        got[0].head
    );
    assert_eq!(got[0].body, b"{}");
}

#[tokio::test]
async fn a_name_is_judged_by_where_it_leads() {
    let receiver = Receiver::start(&[]).await;
    let url = receiver.url("/hook").replace("127.0.0.1", "localhost");
    let why = never(http(&["10.0.0.0/8"]).post(post(&url)).await);
    assert!(why.contains("localhost"), "{why}");
    let by_name = http(&["localhost"]).post(post(&url)).await;
    let by_address = http(&["127.0.0.1", "::1"]).post(post(&url)).await;
    assert_eq!((by_name, by_address), (Outcome::Taken, Outcome::Taken));
}

#[tokio::test]
async fn no_spelling_of_an_inner_address_gets_out() {
    let http = http(&["192.0.2.7"]);
    for url in [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://0.0.0.0/",
        "https://[::]/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[fe80::1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[fd00:ec2::254]/",
        "https://１２７.０.０.１/",
        "https://10.0.0.1:8443/",
        "https://localhost/",
        "https://user:pass@8.8.8.8/",
        "http://8.8.8.8/",
        "ftp://8.8.8.8/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_x",
        "//127.0.0.1/",
        "",
    ] {
        never(http.post(post(url)).await);
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let inner = Receiver::start(&[]).await;
    let answer = Answer {
        status: 307,
        headers: vec![("location".into(), inner.url("/secret"))],
        ..Answer::default()
    };
    let outer = Receiver::start(&[answer]).await;
    let why = never(http(&["127.0.0.1"]).post(post(&outer.url("/"))).await);
    assert!(why.contains("not followed"), "{why}");
    assert!(inner.requests().is_empty());
}

#[tokio::test]
async fn a_receiver_that_is_busy_or_away_is_asked_later() {
    let busy = Answer {
        status: 429,
        headers: vec![("retry-after".into(), "120".into())],
        body: "slow\n down".into(),
    };
    let receiver = Receiver::start(&[busy]).await;
    let http = http(&["127.0.0.1"]);
    let outcome = http.post(post(&receiver.url("/"))).await;
    let why = "the receiver answered 429: slow down".to_owned();
    let after_s = Some(120);
    assert_eq!(outcome, Outcome::Later { why, after_s });
    let gone = receiver.url("/token-in-the-path");
    receiver.stop();
    let Outcome::Later { why, .. } = http.post(post(&gone)).await else {
        panic!("it may come back");
    };
    assert!(!why.contains("token-in-the-path"), "{why}");
}

#[tokio::test]
async fn keys_of_other_services_go_only_where_the_settings_say() {
    let http = http(&[]);
    let outcome = http.post(Post {
        named_only: true,
        ..post("https://8.8.8.8/")
    });
    assert!(never(outcome.await).contains("notify.allow"));
}
