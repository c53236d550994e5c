//! From the outbox to a receiver, over a real catalog and real sockets.

use super::receiver::{Answer, Receiver as Hook};
use super::*;
use crate::routing::new_notice;
use crate::secret::Secret;
use candor_catalog::{Delivery, RunStep, StoredNotice};
use candor_contract::spec::{Family, Measure, Severity};
use candor_monitor::notice::{NoticeAlert, Reason, SIGNATURE_HEADER, Status, fingerprint, sign};
use candor_monitor::{Alert, State, Symptom};
use std::collections::BTreeMap;
use tempfile::TempDir;

/// Long ago, so that everything is due.
const NOW_US: i64 = 1_700_000_000_000_000;

struct Home {
    data: TempDir,
    catalog: Catalog,
    notifier: Notifier,
}

async fn home(settings: &str) -> Home {
    let data = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(&data.path().join("catalog")).await.unwrap();
    let mut config: Config = toml::from_str(settings).unwrap();
    config.notify.secrets = BTreeMap::from([("HOOK".to_owned(), Secret::new("s3cr3t"))]);
    let address = config.listen;
    let notifier = Notifier::new(&config, data.path(), address, &catalog).unwrap();
    Home {
        data,
        catalog,
        notifier,
    }
}

fn alert() -> Alert {
    Alert {
        id: "al_1".into(),
        model: "loan".into(),
        family: Family::Quality,
        state: State::Firing,
        severity: Severity::Critical,
        onset_us: NOW_US - 7_200_000_000,
        fired_us: NOW_US,
        changed_us: NOW_US,
        resolved_us: None,
        drill: None,
        owner: None,
        pipeline_owner: None,
        reopened: 0,
        cause: "income is missing".into(),
        symptoms: vec![Symptom {
            monitor: "loan/missing/input_income".into(),
            measure: Measure::Missing,
            column: Some("input_income".into()),
            metric: None,
            segment: BTreeMap::new(),
            onset_us: NOW_US - 7_200_000_000,
            sustained_us: NOW_US,
            over_us: None,
            severity: Severity::Critical,
            size: 6.0,
            sentence: "missing values of input_income: 0.31".into(),
            points: Vec::new(),
        }],
        changes: Vec::new(),
    }
}

fn notice(key: &str, receiver: Receiver) -> Notice {
    let alert = alert();
    Notice {
        key: key.into(),
        thread: "t".into(),
        route: "oncall".into(),
        receiver,
        at_us: NOW_US,
        reason: Reason::FirstNotification,
        group_key: "oncall:{model=\"loan\"}".into(),
        group_labels: BTreeMap::from([("model".into(), "loan".into())]),
        common_labels: alert.labels(),
        alerts: vec![NoticeAlert {
            fingerprint: fingerprint(&alert),
            status: Status::Firing,
            starts_us: alert.onset_us,
            ends_us: None,
            silenced_by: Vec::new(),
            acknowledged: false,
            withdrawn: false,
            alert,
        }],
        silence: None,
        escalation: false,
        resend_us: 1_800_000_000,
        template: None,
    }
}

fn webhook(url: &str, secret: Option<&str>) -> Receiver {
    Receiver::Webhook {
        url: url.into(),
        secret: secret.map(Into::into),
    }
}

impl Home {
    async fn decide(&self, notices: &[Notice]) {
        let notices = notices.iter().map(|n| new_notice(n).unwrap()).collect();
        let step = RunStep {
            notices,
            ..RunStep::default()
        };
        self.catalog
            .store_step(&step, clock::now_us())
            .await
            .unwrap();
    }

    async fn told(&self) -> Vec<StoredNotice> {
        self.catalog.notices_of("al_1", 10).await.unwrap()
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (n, value) = line.split_once(": ")?;
        n.eq_ignore_ascii_case(name).then_some(value)
    })
}

#[tokio::test]
async fn a_webhook_gets_a_signed_payload_under_its_key_once() {
    let home =
        home("[notify]\nallow = [\"127.0.0.1\"]\nexternal_url = \"https://candor.example/\"").await;
    let hook = Hook::start(&[]).await;
    let notice = notice("k1", webhook(&hook.url("/alerts"), Some("hook")));
    home.decide(&[notice.clone(), notice]).await;
    assert_eq!(home.notifier.deliver(clock::now_us()).await, 1);
    assert_eq!(home.notifier.deliver(clock::now_us()).await, 0);
    let got = hook.requests();
    assert_eq!(got.len(), 1);
    let head = &got[0].head;
    assert!(head.starts_with("POST /alerts HTTP/1.1"), "{head}");
    assert_eq!(header(head, "x-candor-key"), Some("k1"));
    assert_eq!(header(head, "idempotency-key"), Some("k1"));
    let signature = header(head, SIGNATURE_HEADER).unwrap();
    let seconds = signature.split([',', '=']).nth(1).unwrap();
    let at_us = seconds.parse::<i64>().unwrap() * 1_000_000;
    assert_eq!(signature, sign(b"s3cr3t", &got[0].body, at_us));
    let body: serde_json::Value = serde_json::from_slice(&got[0].body).unwrap();
    assert_eq!(body["version"], "4");
    assert_eq!(body["externalURL"], "https://candor.example");
    let told = home.told().await;
    assert!(
        matches!(told[0].delivery, Delivery::Delivered(_)),
        "{told:?}"
    );
    assert_eq!(home.notifier.figures.delivered.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_receiver_that_is_busy_is_tried_again_and_one_that_refuses_is_not() {
    let home = home("[notify]\nallow = [\"127.0.0.1\"]").await;
    let answer = |status| Answer {
        status,
        ..Answer::default()
    };
    let (busy, gone) = (
        Hook::start(&[answer(503)]).await,
        Hook::start(&[answer(410)]).await,
    );
    let [first, second] = [&busy, &gone].map(|hook| webhook(&hook.url("/"), None));
    home.decide(&[notice("busy", first), notice("gone", second)])
        .await;
    assert_eq!(home.notifier.deliver(clock::now_us()).await, 2);
    let told = home.told().await;
    let (gone, waits) = (&told[0], &told[1]);
    assert!(matches!(gone.delivery, Delivery::Failed(_)));
    assert_eq!(
        gone.last_error.as_deref(),
        Some("the receiver answered 410")
    );
    assert_eq!(waits.delivery, Delivery::Waiting);
    assert_eq!(home.notifier.deliver(clock::now_us()).await, 0);
    assert_eq!(home.notifier.deliver(waits.due_us).await, 1);
    assert_eq!(busy.requests().len(), 2);
    let keys: Vec<_> = busy
        .requests()
        .iter()
        .map(|g| header(&g.head, "x-candor-key").unwrap().to_owned())
        .collect();
    assert_eq!(keys, ["busy", "busy"], "the key stays");
    assert!(matches!(
        home.told().await[1].delivery,
        Delivery::Delivered(_)
    ));
}

#[tokio::test]
async fn without_the_settings_nothing_reaches_this_machine() {
    let home = home("").await;
    let hook = Hook::start(&[]).await;
    home.decide(&[notice("k1", webhook(&hook.url("/"), None))])
        .await;
    home.notifier.deliver(clock::now_us()).await;
    assert!(hook.requests().is_empty());
    let told = home.told().await;
    assert!(matches!(told[0].delivery, Delivery::Failed(_)));
    assert!(
        told[0]
            .last_error
            .as_ref()
            .unwrap()
            .contains("notify.allow")
    );
    assert_eq!(home.notifier.figures.failed.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_file_gets_a_line_and_a_missing_secret_waits_for_it() {
    let home = home("").await;
    let file = Receiver::File {
        name: "oncall.ndjson".into(),
    };
    let slack = Receiver::Slack {
        secret: "chat".into(),
    };
    home.decide(&[notice("line", file), notice("chat", slack)])
        .await;
    home.notifier.deliver(clock::now_us()).await;
    let path = home.data.path().join("notices/oncall.ndjson");
    let text = std::fs::read_to_string(path).unwrap();
    let told: Notice = serde_json::from_str(text.trim_end()).unwrap();
    assert_eq!((told.key.as_str(), text.lines().count()), ("line", 1));
    let chat = &home.told().await[0];
    assert_eq!(chat.delivery, Delivery::Waiting);
    assert!(
        chat.last_error
            .as_ref()
            .unwrap()
            .contains("CANDOR_SECRET_CHAT")
    );
}

#[tokio::test]
async fn an_alertmanager_is_told_of_what_goes_on_from_now_on() {
    let home = home("[notify]\nallow = [\"127.0.0.1\"]").await;
    let hook = Hook::start(&[]).await;
    let url = hook.url("/");
    home.decide(&[notice("k1", Receiver::Alertmanager { url })])
        .await;
    let before_us = clock::now_us();
    home.notifier.deliver(before_us).await;
    let got = hook.requests();
    assert!(
        got[0].head.starts_with("POST /api/v2/alerts "),
        "{}",
        got[0].head
    );
    let body: serde_json::Value = serde_json::from_slice(&got[0].body).unwrap();
    let ends_us = candor_contract::parse_us(body[0]["endsAt"].as_str().unwrap()).unwrap();
    assert!(
        ends_us > before_us,
        "late as it is, it does not end at once"
    );
}

#[tokio::test]
async fn a_key_of_pagerduty_goes_nowhere_else_unless_the_settings_say_so() {
    let hook = Hook::start(&[]).await;
    let pager = || Receiver::Pagerduty {
        secret: "hook".into(),
        url: Some(hook.url("/v2/enqueue")),
    };
    let strict = home("").await;
    strict.decide(&[notice("k1", pager())]).await;
    strict.notifier.deliver(clock::now_us()).await;
    assert!(hook.requests().is_empty());
    let open = home("[notify]\nallow = [\"127.0.0.1\"]").await;
    open.decide(&[notice("k1", pager())]).await;
    open.notifier.deliver(clock::now_us()).await;
    let body: serde_json::Value = serde_json::from_slice(&hook.requests()[0].body).unwrap();
    assert_eq!(body["routing_key"], "s3cr3t");
    for (url, ours) in [
        ("https://events.pagerduty.com/v2/enqueue", true),
        ("https://events.eu.pagerduty.com/v2/enqueue", true),
        ("http://events.pagerduty.com/v2/enqueue", false),
        ("https://pagerduty.com.evil.example/", false),
        ("https://evilpagerduty.com/", false),
        ("https://evil.example/#.pagerduty.com", false),
        ("https://events.pagerduty.com@evil.example/", false),
    ] {
        assert_eq!(is_pagerduty(url), ours, "{url}");
    }
}

#[tokio::test]
async fn the_watchdog_hears_of_a_server_that_evaluates_and_of_no_other() {
    let watched = Hook::start(&[]).await;
    let settings = format!(
        "[notify]\nallow = [\"127.0.0.1\"]\nwatchdog_url = \"{}\"",
        watched.url("/beat")
    );
    let home = home(&settings).await;
    let now_us = clock::now_us();
    home.notifier.beat(now_us).await;
    assert!(watched.requests().is_empty(), "nothing was evaluated yet");
    home.notifier.evaluated(now_us);
    home.notifier.beat(now_us + 1).await;
    assert_eq!(watched.requests().len(), 1, "with the first evaluation");
    home.notifier.beat(now_us + 2).await;
    assert_eq!(watched.requests().len(), 1, "once a minute");
    home.notifier.beat(now_us + 60_000_001).await;
    assert_eq!(watched.requests().len(), 2);
    home.notifier.beat(now_us + 120_000_001).await;
    assert_eq!(watched.requests().len(), 2, "nothing was evaluated since");
}

#[tokio::test]
async fn it_stops_when_it_is_told_and_delivers_until_then() {
    let home = home("[notify]\nallow = [\"127.0.0.1\"]").await;
    let hook = Hook::start(&[]).await;
    home.decide(&[notice("k1", webhook(&hook.url("/"), None))])
        .await;
    let catalog = home.catalog.clone();
    let notifier = Arc::new(home.notifier);
    let (stop, stopping) = watch::channel(false);
    let ended = async {
        while catalog.next_notice_us().await.unwrap().is_some() {
            tokio::task::yield_now().await;
        }
        stop.send(true).unwrap();
    };
    tokio::join!(notifier.run(stopping), ended);
    assert_eq!(hook.requests().len(), 1);
}

#[test]
fn lists_name_receivers_without_what_may_be_a_secret() {
    for (receiver, name) in [
        (
            webhook("https://hooks.example/T0/B1/token", None),
            "webhook hooks.example",
        ),
        (webhook("nonsense", None), "webhook "),
        (
            Receiver::Slack {
                secret: "chat".into(),
            },
            "slack chat",
        ),
        (
            Receiver::Email {
                to: vec!["a@b.c".into()],
            },
            "email a@b.c",
        ),
    ] {
        assert_eq!(receiver_name(&receiver), name);
    }
}
