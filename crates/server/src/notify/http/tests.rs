//! Against real sockets on this machine.

use super::*;
use crate::notify::receiver::{Answer, Receiver};
use crate::notify::schedule::again_us;

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

#[test]
fn a_receiver_may_ask_for_time_in_seconds_or_until_a_date() {
    // Sun, 06 Nov 1994 08:49:37 GMT
    let at_us = 784_111_777_000_000;
    let second_us = 1_000_000;
    for (asked, now_us, seconds) in [
        ("120", at_us, Some(120)),
        (" 0 ", at_us, Some(0)),
        ("18446744073709551615", at_us, Some(u64::MAX)),
        // The three forms of RFC 9110, two of which are out of use.
        (
            "Sun, 06 Nov 1994 08:49:37 GMT",
            at_us - 90 * second_us,
            Some(90),
        ),
        (
            "Sunday, 06-Nov-94 08:49:37 GMT",
            at_us - 90 * second_us,
            Some(90),
        ),
        ("Sun Nov  6 08:49:37 1994", at_us - 90 * second_us, Some(90)),
        // Never a part of a second too early.
        (
            "Sun, 06 Nov 1994 08:49:37 GMT",
            at_us - second_us - 1,
            Some(2),
        ),
        ("Sun, 06 Nov 1994 08:49:37 GMT", at_us, Some(0)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", at_us + second_us, Some(0)),
        ("-5", at_us, None),
        ("1.5", at_us, None),
        ("soon", at_us, None),
        ("Sun, 31 Feb 1994 08:49:37 GMT", at_us, None),
        ("", at_us, None),
    ] {
        assert_eq!(seconds_until(asked, now_us), seconds, "{asked} at {now_us}");
    }
}

#[tokio::test]
async fn a_date_that_a_receiver_names_is_waited_for_within_bounds() {
    let answer = |date: &str| Answer {
        status: 503,
        headers: vec![("retry-after".into(), date.into())],
        ..Answer::default()
    };
    let far = "Fri, 31 Dec 9999 23:59:59 GMT";
    let receiver = Receiver::start(&[answer(far), answer("Thu, 01 Jan 1970 00:00:00 GMT")]).await;
    let http = http(&["127.0.0.1"]);
    let mut waits_s = Vec::new();
    for _ in 0..2 {
        let Outcome::Later { after_s, .. } = http.post(post(&receiver.url("/"))).await else {
            panic!("it asked for time");
        };
        assert!(after_s.is_some());
        waits_s.push(again_us(1, 0, 0, after_s).unwrap() / 1_000_000);
    }
    assert_eq!(
        waits_s,
        [3_600, 5],
        "an hour at most, and never sooner than by itself"
    );
}
