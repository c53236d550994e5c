//! Whatever names and texts hold: bounds of receivers hold, and nothing becomes markup, a header or a mention.

use super::*;

/// A group of many alerts with long and hostile names.
fn crowd(receiver: Receiver, count: usize) -> Notice {
    let alerts = (0..count).map(|at| {
        let mut hostile = alert();
        hostile.id = format!("al {at}/../<x>");
        hostile.model = format!("<!channel> \u{202e}m\r\nBcc: x@y.z\u{7}{}", "x".repeat(500));
        hostile.cause = "<script>alert(1)</script> & ".repeat(1_000);
        hostile.symptoms[0].sentence = "<b>\u{2028}é</b>".repeat(2_000);
        hostile.symptoms[0].column = Some("c\u{0}".repeat(300));
        for _ in 0..30 {
            hostile.symptoms.push(hostile.symptoms[1].clone());
            hostile.changes.push(hostile.changes[0].clone());
        }
        told(hostile)
    });
    let mut notice = notice(receiver, alerts.collect());
    notice
        .group_labels
        .insert("model".to_owned(), "é\r\n".repeat(500));
    notice.group_key = group_key("oncall", &notice.group_labels);
    notice
}

#[test]
fn subjects_are_one_short_line_without_marks_of_direction() {
    let subject = email(&crowd(mail(), 3), URL).subject;
    assert!(subject.chars().count() <= 130, "{subject}");
    assert!(
        !subject.contains(|c: char| c.is_control() || c == '\u{202e}'),
        "{subject:?}"
    );
    assert!(subject.ends_with(" and 2 more"), "{subject}");
}

#[test]
fn headers_of_mails_and_requests_cannot_be_injected() {
    for receiver in [webhook(), slack(), pager(), mail()] {
        let mut notice = crowd(receiver, 1);
        notice.key = "k\r\nX-Evil: 1".to_owned();
        notice.route = "r\r\nX-Evil: 1".to_owned();
        for (name, value) in payload(&notice, URL).headers {
            assert!(!value.contains(['\r', '\n']), "{name}: {value}");
        }
    }
}

#[test]
fn html_holds_no_foreign_markup() {
    let html = email(&crowd(mail(), 2), URL).html;
    assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
    assert!(!html.contains("<!channel"), "{html}");
}

#[test]
fn slack_s_bounds_hold() {
    let body = json(&crowd(slack(), 60));
    let blocks = body["blocks"].as_array().unwrap();
    assert!(blocks.len() <= 50);
    // Mentions are looked for in every text that is not plain.
    let text = body.to_string();
    assert_eq!(
        text.matches("<!channel>").count(),
        1,
        "in the header, which is plain text"
    );
    assert_eq!(blocks[0]["text"]["type"], "plain_text");
    for block in blocks {
        let chars = |value: &Value| value["text"].as_str().map_or(0, |t| t.chars().count());
        match block["type"].as_str().unwrap() {
            "header" => assert!(chars(&block["text"]) <= 150),
            "section" => {
                assert!(chars(&block["text"]) <= 3_000);
                let fields = block["fields"].as_array().map_or(&[][..], Vec::as_slice);
                assert!(fields.len() <= 10 && fields.iter().all(|f| chars(f) <= 2_000));
            }
            kind => assert_eq!(kind, "context"),
        }
    }
    assert!(text.contains("and 52 more alerts"));
}

#[test]
fn pagerduty_s_bounds_hold() {
    let payload = payload(&crowd(pager(), 2_000), URL).with_routing_key(&"k".repeat(32));
    assert!(payload.body.len() <= 512_000, "{}", payload.body.len());
    let body: Value = serde_json::from_slice(&payload.body).unwrap();
    let key = body["dedup_key"].as_str().unwrap();
    assert!(key.len() <= 255, "{key}");
    assert!(body["payload"]["summary"].as_str().unwrap().chars().count() <= 1_024);
    assert_eq!(body["payload"]["custom_details"]["firing"], 2_000);
}

#[test]
fn a_webhook_counts_what_it_leaves_out() {
    let body = json(&crowd(webhook(), 250));
    assert_eq!(body["truncatedAlerts"], 50);
    assert_eq!(body["alerts"].as_array().unwrap().len(), 200);
}

#[test]
fn an_alert_without_symptoms_can_be_told() {
    let mut bare = alert();
    bare.symptoms.clear();
    bare.changes.clear();
    for receiver in [webhook(), slack(), pager(), mail()] {
        assert!(
            !payload(&notice(receiver.clone(), vec![told(bare.clone())]), URL)
                .body
                .is_empty()
        );
        assert!(!payload(&notice(receiver, Vec::new()), "").body.is_empty());
    }
}

#[test]
fn fingerprints_stay_while_an_alert_changes_and_differ_between_alerts() {
    let mut later = alert();
    (later.severity, later.state) = (Severity::Info, State::Resolved);
    later.symptoms.clear();
    assert_eq!(fingerprint(&alert()), fingerprint(&later));
    later.id = "al-2".to_owned();
    assert_ne!(fingerprint(&alert()), fingerprint(&later));
}
