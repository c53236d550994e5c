//! What each receiver gets, byte by byte.

mod alertmanager;
mod bounds;
mod templates;

use super::*;
use crate::alert::{NearChange, Point, State, Symptom};
use crate::window::{HOUR_US, MINUTE_US, Window};
use candor_contract::parse_us;
use candor_contract::spec::{Family, Measure};
use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::Value;

const URL: &str = "https://candor.example/";

fn at(time: &str) -> i64 {
    parse_us(&format!("2026-11-27T{time}:00Z")).unwrap()
}

fn symptom(measure: Measure, column: Option<&str>, sentence: &str) -> Symptom {
    let point = |hour: i64, value: f64, breach: bool| {
        let from_us = at("09:00") + hour * HOUR_US;
        Point {
            window: Window {
                from_us,
                to_us: from_us + HOUR_US,
            },
            value: Some(value),
            low: Some(value - 0.02),
            high: Some(value + 0.02),
            n: 1_234,
            band: Some((0.0, 0.04)),
            p_value: Some(0.000_001),
            breach,
            before: None,
            suppressed: false,
        }
    };
    Symptom {
        monitor: format!("credit-risk/{measure}"),
        measure,
        column: column.map(str::to_owned),
        metric: None,
        segment: BTreeMap::new(),
        onset_us: at("09:00"),
        sustained_us: at("12:00"),
        over_us: None,
        severity: Severity::Critical,
        size: 3.0,
        sentence: sentence.to_owned(),
        points: vec![
            point(0, 0.30, true),
            point(1, 0.31, true),
            point(2, 0.03, false),
        ],
    }
}

fn alert() -> Alert {
    let mut missing = symptom(
        Measure::Missing,
        Some("input_income"),
        "31 % of input_income are missing, 2 % were",
    );
    missing
        .segment
        .insert("region".to_owned(), "north".to_owned());
    Alert {
        id: "al-1".to_owned(),
        model: "credit-risk".to_owned(),
        family: Family::Quality,
        state: State::Firing,
        severity: Severity::Critical,
        onset_us: at("09:00"),
        fired_us: at("12:00"),
        changed_us: at("12:00"),
        resolved_us: None,
        drill: None,
        owner: None,
        pipeline_owner: None,
        reopened: 1,
        cause: "input_income arrives without values from region north".to_owned(),
        symptoms: vec![
            missing,
            symptom(Measure::Drift, Some("output_score"), "output_score drifted"),
        ],
        changes: vec![NearChange {
            at_us: at("09:00") - 10 * MINUTE_US,
            what: "deployment of version 5.3.0 by ci".to_owned(),
            until_us: None,
        }],
    }
}

fn told(alert: Alert) -> NoticeAlert {
    NoticeAlert {
        fingerprint: fingerprint(&alert),
        status: Status::Firing,
        starts_us: alert.onset_us,
        ends_us: None,
        silenced_by: Vec::new(),
        acknowledged: false,
        withdrawn: false,
        alert,
    }
}

fn over(alert: Alert) -> NoticeAlert {
    NoticeAlert {
        status: Status::Resolved,
        ends_us: Some(at("15:30")),
        ..told(alert)
    }
}

fn notice(receiver: Receiver, alerts: Vec<NoticeAlert>) -> Notice {
    let labels = BTreeMap::from([("model".to_owned(), "credit-risk".to_owned())]);
    let group_key = group_key("oncall", &labels);
    Notice {
        key: format!("{group_key}/{}-0/1795780830000000-7", receiver.kind()),
        thread: format!("{group_key}/{}-0/1795780830000000", receiver.kind()),
        route: "oncall".to_owned(),
        receiver,
        at_us: at("12:01"),
        reason: Reason::FirstNotification,
        group_key,
        group_labels: labels,
        common_labels: common_labels(&alerts),
        alerts,
        silence: None,
        escalation: false,
        resend_us: 30 * MINUTE_US,
        template: None,
    }
}

fn webhook() -> Receiver {
    Receiver::Webhook {
        url: "https://hooks.example/candor".to_owned(),
        secret: Some("hook".to_owned()),
    }
}

fn slack() -> Receiver {
    Receiver::Slack {
        secret: "slack".to_owned(),
    }
}

fn pager() -> Receiver {
    Receiver::Pagerduty {
        secret: "pager".to_owned(),
        url: None,
    }
}

fn mail() -> Receiver {
    Receiver::Email {
        to: vec!["risk@example.org".to_owned()],
    }
}

fn json(notice: &Notice) -> Value {
    serde_json::from_slice(&payload(notice, URL).body).unwrap()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, or what is sent, in full")]
fn a_webhook_gets_alertmanager_s_version_4() {
    assert_json_snapshot!(json(&notice(webhook(), vec![told(alert())])), @r#"
    {
      "alerts": [
        {
          "annotations": {
            "cause": "input_income arrives without values from region north",
            "changes": "deployment of version 5.3.0 by ci, 10 minutes before",
            "description": "31 % of input_income are missing, 2 % were",
            "evidence": "0.31 (95 % interval 0.29 to 0.33) of 1,234 rows from 2026-11-27 10:00 to 11:00 UTC; usual 0 to 0.04; p below 0.0001",
            "link": "https://candor.example/alerts/al-1",
            "other_symptoms": "drift of output_score",
            "summary": "credit-risk, missing values of input_income where region=north"
          },
          "endsAt": "0001-01-01T00:00:00Z",
          "fingerprint": "cd88e5a8eec72ac7",
          "generatorURL": "https://candor.example/alerts/al-1",
          "labels": {
            "alert": "al-1",
            "alertname": "missing",
            "column": "input_income",
            "family": "quality",
            "measure": "missing",
            "model": "credit-risk",
            "segment_region": "north",
            "severity": "critical"
          },
          "startsAt": "2026-11-27T09:00:00.000000Z",
          "status": "firing"
        }
      ],
      "candor": {
        "at": "2026-11-27T12:01:00.000000Z",
        "escalation": false,
        "key": "oncall:{model=\"credit-risk\"}/webhook-0/1795780830000000-7",
        "reason": "first_notification",
        "why": "Route oncall: first notice of this group."
      },
      "commonAnnotations": {
        "cause": "input_income arrives without values from region north",
        "changes": "deployment of version 5.3.0 by ci, 10 minutes before",
        "description": "31 % of input_income are missing, 2 % were",
        "evidence": "0.31 (95 % interval 0.29 to 0.33) of 1,234 rows from 2026-11-27 10:00 to 11:00 UTC; usual 0 to 0.04; p below 0.0001",
        "link": "https://candor.example/alerts/al-1",
        "other_symptoms": "drift of output_score",
        "summary": "credit-risk, missing values of input_income where region=north"
      },
      "commonLabels": {
        "alert": "al-1",
        "alertname": "missing",
        "column": "input_income",
        "family": "quality",
        "measure": "missing",
        "model": "credit-risk",
        "segment_region": "north",
        "severity": "critical"
      },
      "externalURL": "https://candor.example/",
      "groupKey": "oncall:{model=\"credit-risk\"}",
      "groupLabels": {
        "model": "credit-risk"
      },
      "notification_reason": "first notification",
      "receiver": "oncall",
      "routeLabels": {
        "route": "oncall"
      },
      "status": "firing",
      "truncatedAlerts": 0,
      "version": "4"
    }
    "#);
}

#[test]
fn a_webhook_s_headers_name_the_key() {
    let payload = payload(&notice(webhook(), vec![told(alert())]), URL);
    assert_eq!(payload.content_type, "application/json");
    assert_snapshot!(format!("{:?}", payload.headers), @r#"[("idempotency-key", "oncall:{model=\"credit-risk\"}/webhook-0/1795780830000000-7")]"#);
}

#[test]
fn an_alertmanager_gets_alerts_that_end_if_they_are_not_sent_again() {
    let url = "http://alertmanager:9093".to_owned();
    let mut second = alert();
    second.id = "al-2".to_owned();
    let notice = notice(
        Receiver::Alertmanager { url },
        vec![told(alert()), over(second)],
    );
    let mut body = json(&notice);
    for alert in body.as_array_mut().unwrap() {
        alert["annotations"] = "as in the webhook".into();
    }
    assert_json_snapshot!(body, @r#"
    [
      {
        "annotations": "as in the webhook",
        "endsAt": "2026-11-27T13:31:00.000000Z",
        "generatorURL": "https://candor.example/alerts/al-1",
        "labels": {
          "alert": "al-1",
          "alertname": "missing",
          "column": "input_income",
          "family": "quality",
          "measure": "missing",
          "model": "credit-risk",
          "segment_region": "north",
          "severity": "critical"
        },
        "startsAt": "2026-11-27T09:00:00.000000Z"
      },
      {
        "annotations": "as in the webhook",
        "endsAt": "2026-11-27T15:30:00.000000Z",
        "generatorURL": "https://candor.example/alerts/al-2",
        "labels": {
          "alert": "al-2",
          "alertname": "missing",
          "column": "input_income",
          "family": "quality",
          "measure": "missing",
          "model": "credit-risk",
          "segment_region": "north",
          "severity": "critical"
        },
        "startsAt": "2026-11-27T09:00:00.000000Z"
      }
    ]
    "#);
}

#[test]
fn slack_gets_a_header_the_answers_and_why() {
    assert_json_snapshot!(json(&notice(slack(), vec![told(alert())])), @r#"
    {
      "blocks": [
        {
          "text": {
            "emoji": false,
            "text": "critical: credit-risk, missing values of input_income where region=north",
            "type": "plain_text"
          },
          "type": "header"
        },
        {
          "fields": [
            {
              "text": "*What*\n31 % of input_income are missing, 2 % were",
              "type": "mrkdwn",
              "verbatim": true
            },
            {
              "text": "*Where*\nmodel credit-risk, column input_income, region north",
              "type": "mrkdwn",
              "verbatim": true
            },
            {
              "text": "*Since*\n2026-11-27 09:00 UTC, sustained by 2026-11-27 12:00 UTC; it came back once",
              "type": "mrkdwn",
              "verbatim": true
            },
            {
              "text": "*How sure*\n0.31 (95 % interval 0.29 to 0.33) of 1,234 rows from 2026-11-27 10:00 to 11:00 UTC; usual 0 to 0.04; p below 0.0001",
              "type": "mrkdwn",
              "verbatim": true
            },
            {
              "text": "*Likely cause*\ninput_income arrives without values from region north",
              "type": "mrkdwn",
              "verbatim": true
            },
            {
              "text": "*Changed nearby*\ndeployment of version 5.3.0 by ci, 10 minutes before",
              "type": "mrkdwn",
              "verbatim": true
            },
            {
              "text": "*Also*\ndrift of output_score",
              "type": "mrkdwn",
              "verbatim": true
            },
            {
              "text": "*Look*\nhttps://candor.example/alerts/al-1",
              "type": "mrkdwn",
              "verbatim": true
            }
          ],
          "type": "section"
        },
        {
          "elements": [
            {
              "emoji": false,
              "text": "Route oncall: first notice of this group.",
              "type": "plain_text"
            }
          ],
          "type": "context"
        }
      ],
      "text": "critical: credit-risk, missing values of input_income where region=north"
    }
    "#);
}

#[test]
fn pagerduty_gets_a_trigger_with_everything() {
    let payload = payload(&notice(pager(), vec![told(alert())]), URL).with_routing_key("R0");
    let body: Value = serde_json::from_slice(&payload.body).unwrap();
    assert_json_snapshot!(body, @r#"
    {
      "client": "Candor",
      "client_url": "https://candor.example/",
      "dedup_key": "candor/oncall:{model=\"credit-risk\"}",
      "event_action": "trigger",
      "links": [
        {
          "href": "https://candor.example/alerts/al-1",
          "text": "credit-risk, missing values of input_income where region=north"
        }
      ],
      "payload": {
        "class": "missing",
        "component": "input_income",
        "custom_details": {
          "alerts": [
            {
              "also": "drift of output_score",
              "changed_nearby": "deployment of version 5.3.0 by ci, 10 minutes before",
              "how_sure": "0.31 (95 % interval 0.29 to 0.33) of 1,234 rows from 2026-11-27 10:00 to 11:00 UTC; usual 0 to 0.04; p below 0.0001",
              "likely_cause": "input_income arrives without values from region north",
              "look": "https://candor.example/alerts/al-1",
              "since": "2026-11-27 09:00 UTC, sustained by 2026-11-27 12:00 UTC; it came back once",
              "status": "firing",
              "what": "31 % of input_income are missing, 2 % were",
              "where": "model credit-risk, column input_income, region north"
            }
          ],
          "firing": 1,
          "resolved": 0,
          "why": "Route oncall: first notice of this group."
        },
        "group": "oncall:{model=\"credit-risk\"}",
        "severity": "critical",
        "source": "credit-risk",
        "summary": "critical: credit-risk, missing values of input_income where region=north",
        "timestamp": "2026-11-27T12:01:00.000000Z"
      },
      "routing_key": "R0"
    }
    "#);
}

#[test]
fn pagerduty_is_told_of_acknowledgement_and_end_under_the_same_key() {
    let mut acknowledged = told(alert());
    acknowledged.acknowledged = true;
    let mut escalated = notice(pager(), vec![told(alert())]);
    escalated.escalation = true;
    let words = [
        notice(pager(), vec![told(alert())]),
        notice(pager(), vec![acknowledged]),
        notice(pager(), vec![over(alert())]),
        escalated,
    ]
    .map(|notice| {
        let body = json(&notice);
        format!("{} {}", body["event_action"], body["dedup_key"])
    });
    assert_snapshot!(words.join("\n"), @r#"
    "trigger" "candor/oncall:{model=\"credit-risk\"}"
    "acknowledge" "candor/oncall:{model=\"credit-risk\"}"
    "resolve" "candor/oncall:{model=\"credit-risk\"}"
    "trigger" "candor/oncall:{model=\"credit-risk\"}/escalation"
    "#);
}

#[test]
fn a_mail_says_all_in_text() {
    let email = email(&notice(mail(), vec![told(alert())]), URL);
    assert_snapshot!(format!("{}\n\n{}", email.subject, email.text), @r"
    [candor] critical: credit-risk, missing values of input_income where region=north

    critical: credit-risk, missing values of input_income where region=north

      What:           31 % of input_income are missing, 2 % were
      Where:          model credit-risk, column input_income, region north
      Since:          2026-11-27 09:00 UTC, sustained by 2026-11-27 12:00 UTC; it came back once
      How sure:       0.31 (95 % interval 0.29 to 0.33) of 1,234 rows from 2026-11-27 10:00 to 11:00 UTC; usual 0 to 0.04; p below 0.0001
      Likely cause:   input_income arrives without values from region north
      Changed nearby: deployment of version 5.3.0 by ci, 10 minutes before
      Also:           drift of output_score
      Look:           https://candor.example/alerts/al-1

    -- 
    Route oncall: first notice of this group.
    ");
}

#[test]
fn several_alerts_have_a_heading_each() {
    let mut second = alert();
    second.symptoms.remove(0);
    second.changes.clear();
    let alerts = vec![told(alert()), over(second)];
    let text = email(&notice(mail(), alerts.clone()), URL).text;
    let headings: Vec<_> = text
        .lines()
        .filter(|l| l.starts_with(|c: char| c.is_alphabetic()))
        .collect();
    assert_snapshot!(headings.join("\n"), @r"
    critical: credit-risk, missing values of input_income where region=north
    critical: credit-risk, missing values of input_income where region=north
    over: credit-risk, drift of output_score
    Route oncall: first notice of this group.
    ");
    let blocks = json(&notice(slack(), alerts));
    let kinds = blocks["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| b["type"].as_str().unwrap());
    assert_snapshot!(kinds.collect::<Vec<_>>().join(" "), @"header section section section section context");
}

#[test]
fn a_mail_says_the_same_in_html_and_belongs_to_its_thread() {
    let first = notice(mail(), vec![told(alert())]);
    let mut last = notice(mail(), vec![over(alert())]);
    last.key = first.key.replace("-7", "-9");
    let (first, last) = (email(&first, URL), email(&last, URL));
    assert_snapshot!(last.html, @r#"
    <!doctype html>
    <html lang="en"><body>
    <h1>over: credit-risk, missing values of input_income where region=north</h1>
    <table>
    <tr><th align="left" valign="top">What</th><td>31 % of input_income are missing, 2 % were</td></tr>
    <tr><th align="left" valign="top">Where</th><td>model credit-risk, column input_income, region north</td></tr>
    <tr><th align="left" valign="top">Since</th><td>2026-11-27 09:00 UTC until 2026-11-27 15:30 UTC (6 hours)</td></tr>
    <tr><th align="left" valign="top">How sure</th><td>0.31 (95 % interval 0.29 to 0.33) of 1,234 rows from 2026-11-27 10:00 to 11:00 UTC; usual 0 to 0.04; p below 0.0001</td></tr>
    <tr><th align="left" valign="top">Likely cause</th><td>input_income arrives without values from region north</td></tr>
    <tr><th align="left" valign="top">Changed nearby</th><td>deployment of version 5.3.0 by ci, 10 minutes before</td></tr>
    <tr><th align="left" valign="top">Also</th><td>drift of output_score</td></tr>
    <tr><th align="left" valign="top">Look</th><td><a href="https://candor.example/alerts/al-1">https://candor.example/alerts/al-1</a></td></tr>
    </table>
    <hr>
    <p>Route oncall: first notice of this group.</p>
    </body></html>
    "#);
    assert_ne!(
        first.headers[0], last.headers[0],
        "each has its own Message-ID"
    );
    assert_eq!(
        first.headers[1..],
        last.headers[1..],
        "and refers to the same thread"
    );
    let headers: Vec<_> = first
        .headers
        .iter()
        .map(|(n, v)| format!("{n}: {v}"))
        .collect();
    assert_snapshot!(headers.join("\n"), @r"
    Message-ID: <7676c5f00b33a3837760e42d5c6a1eaa@candor.example>
    In-Reply-To: <a4810f3c96f8dfaa6afa086937aab95b@candor.example>
    References: <a4810f3c96f8dfaa6afa086937aab95b@candor.example>
    Auto-Submitted: auto-generated
    X-Candor-Route: oncall
    ");
}

#[test]
fn a_mail_s_body_has_two_parts_in_ascii() {
    let payload = payload(&notice(mail(), vec![told(alert())]), URL);
    let body = String::from_utf8(payload.body).unwrap();
    let boundary = payload.content_type.split('"').nth(1).unwrap();
    assert!(body.is_ascii());
    assert_eq!(body.matches(&format!("--{boundary}\r\n")).count(), 2);
    assert!(body.ends_with(&format!("--{boundary}--\r\n")));
    assert!(
        body.split("\r\n")
            .all(|line| line.len() <= 76 && !line.contains('\n')),
        "{body}"
    );
}

#[test]
fn a_file_gets_the_notice_as_a_line() {
    let told = notice(
        Receiver::File {
            name: "all".to_owned(),
        },
        vec![told(alert())],
    );
    let body = payload(&told, URL).body;
    assert_eq!(body.iter().filter(|b| **b == b'\n').count(), 1);
    assert_eq!(serde_json::from_slice::<Notice>(&body).unwrap(), told);
}

#[test]
fn titles_say_what_is_wrong_in_a_line() {
    let mut second = alert();
    second.symptoms.remove(0);
    let both = || vec![told(alert()), told(second.clone())];
    let mut escalated = notice(slack(), both());
    escalated.reason = Reason::Escalated;
    let mut silenced = notice(slack(), both());
    silenced.reason = Reason::SilenceStarted;
    silenced.silence = Some(NoticeSilence {
        id: "backfill".to_owned(),
        by: Some("ana".to_owned()),
        why: "backfill of november".to_owned(),
        to_us: at("18:00"),
        hidden: 2,
    });
    let why = story::why(&silenced);
    let mut titles = vec![
        title(&notice(slack(), vec![told(alert())])),
        title(&notice(slack(), both())),
        title(&notice(slack(), vec![told(second.clone()), over(alert())])),
        title(&notice(slack(), vec![over(alert())])),
        title(&escalated),
        title(&silenced),
        why,
    ];
    silenced.reason = Reason::SilenceEnded;
    titles.push(title(&silenced));
    assert_snapshot!(titles.join("\n"), @r"
    critical: credit-risk, missing values of input_income where region=north
    critical: credit-risk, missing values of input_income where region=north and 1 more
    critical: credit-risk, drift of output_score
    over: credit-risk, missing values of input_income where region=north
    critical, not acknowledged: credit-risk, missing values of input_income where region=north and 1 more
    silenced until 2026-11-27 18:00 UTC: credit-risk, missing values of input_income where region=north and 1 more
    Route oncall: a silence hides alerts. Silence backfill by ana until 2026-11-27 18:00 UTC: backfill of november. Alerts hidden so far: 2.
    no longer silenced: credit-risk, missing values of input_income where region=north and 1 more
    ");
}

#[test]
fn a_band_without_an_end_says_so() {
    let usual = |band: (f64, f64)| {
        let mut told = told(alert());
        for point in &mut told.alert.symptoms[0].points {
            point.band = Some(band);
        }
        let answers = story::answers(&told, URL);
        let (_, text) = answers.iter().find(|(q, _)| *q == "How sure").unwrap();
        text.split("; ").nth(1).unwrap().to_owned()
    };
    assert_eq!(usual((0.8, f64::MAX)), "usual at least 0.8");
    assert_eq!(usual((f64::MIN, 0.05)), "usual at most 0.05");
    assert_eq!(usual((f64::NEG_INFINITY, f64::INFINITY)), "p below 0.0001");
}

#[test]
fn a_withdrawn_alert_is_not_said_to_be_fine() {
    let mut gone = over(alert());
    gone.withdrawn = true;
    let answers = story::answers(&gone, URL);
    let since = answers.iter().find(|(q, _)| *q == "Since").unwrap();
    assert_snapshot!(since.1, @"2026-11-27 09:00 UTC; no longer watched, so nobody knows whether it is over");
    let answers = story::answers(&over(alert()), URL);
    let since = answers.iter().find(|(q, _)| *q == "Since").unwrap();
    assert_snapshot!(since.1, @"2026-11-27 09:00 UTC until 2026-11-27 15:30 UTC (6 hours)");
}
