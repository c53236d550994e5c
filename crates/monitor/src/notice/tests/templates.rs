//! Messages that read as their route says.

use super::*;
use candor_contract::spec::Template;

fn reads(title: Option<&str>, text: Option<&str>, notice: Notice) -> Notice {
    Notice {
        template: Some(Template {
            title: title.map(str::to_owned),
            text: text.map(str::to_owned),
        }),
        ..notice
    }
}

fn owned() -> Alert {
    Alert {
        owner: Some("team-credit".to_owned()),
        ..alert()
    }
}

#[test]
fn each_placeholder_is_filled_in() {
    for (template, expected) in [
        (
            "{{title}}",
            "critical: credit-risk, missing values of input_income where region=north",
        ),
        (
            "{{status}} {{severity}} {{family}}",
            "firing critical quality",
        ),
        ("{{model}} of {{owner}}", "credit-risk of team-credit"),
        (
            "{{measure}} {{column}} {{segment}}",
            "missing input_income region=north",
        ),
        (
            "{{headline}}",
            "credit-risk, missing values of input_income where region=north",
        ),
        ("{{what}}", "31 % of input_income are missing, 2 % were"),
        (
            "{{since}}",
            "2026-11-27 09:00 UTC, sustained by 2026-11-27 12:00 UTC; it came back once",
        ),
        (
            "{{cause}}",
            "input_income arrives without values from region north",
        ),
        (
            "{{changes}}",
            "deployment of version 5.3.0 by ci, 10 minutes before",
        ),
        ("{{also}}", "drift of output_score"),
        (
            "{{alerts}} by {{route}}: {{reason}}",
            "1 by oncall: first notice of this group",
        ),
        (
            "{{alert}} {{link}}",
            "al-1 https://candor.example/alerts/al-1",
        ),
        ("a {{ model }} b }} {", "a credit-risk b }} {"),
    ] {
        let notice = reads(None, Some(template), notice(slack(), vec![told(owned())]));
        assert_eq!(
            template::text(&notice, URL).as_deref(),
            Some(expected),
            "{template}"
        );
    }
    let evidence = reads(
        None,
        Some("{{evidence}}"),
        notice(slack(), vec![told(alert())]),
    );
    let evidence = template::text(&evidence, URL).unwrap();
    assert!(
        evidence.starts_with("0.31 (95 % interval 0.29 to 0.33) of 1,234 rows"),
        "{evidence}"
    );
}

#[test]
fn what_an_alert_has_not_is_empty_and_an_empty_title_is_candor_s() {
    let mut drill = alert();
    drill.symptoms.clear();
    drill.drill = Some("null-burst".to_owned());
    let bare = notice(slack(), vec![told(drill)]);
    let text = reads(
        None,
        Some("[{{column}}{{segment}}{{measure}}{{owner}}]"),
        bare.clone(),
    );
    assert_eq!(template::text(&text, URL).as_deref(), Some("[]"));
    let title = reads(Some("{{column}} "), None, bare.clone());
    assert_eq!(template::title(&title, URL), story::title(&bare));
    assert_eq!(template::text(&title, URL), None);
}

#[test]
fn several_alerts_are_told_by_the_worst_and_annotations_by_each() {
    let mut second = alert();
    second.id = "al-2".to_owned();
    second.severity = Severity::Warning;
    let many = notice(webhook(), vec![told(alert()), told(second), over(alert())]);
    let many = reads(
        Some("{{severity}} {{alert}} of {{alerts}}"),
        Some("{{status}}"),
        many,
    );
    assert_eq!(template::title(&many, URL), "critical al-1 of 3");
    let body = json(&many);
    let annotation = |at: usize, name: &str| body["alerts"][at]["annotations"][name].clone();
    assert_eq!(annotation(0, "summary"), "critical al-1 of 3");
    assert_eq!(annotation(1, "summary"), "warning al-2 of 3");
    assert_eq!(annotation(1, "description"), "firing");
    assert_eq!(annotation(2, "description"), "resolved");
    assert!(annotation(0, "evidence").is_string(), "others stay");
}

#[test]
fn every_receiver_that_people_read_gets_the_route_s_words() {
    let of = |receiver| {
        let notice = notice(receiver, vec![told(alert())]);
        reads(
            Some("Look at {{model}} <now>"),
            Some("{{what}}\n\nRunbook: https://wiki/x"),
            notice,
        )
    };
    let body = json(&of(slack()));
    assert_eq!(body["text"], "Look at credit-risk &lt;now&gt;");
    assert_eq!(
        body["blocks"][0]["text"]["text"],
        "Look at credit-risk <now>"
    );
    assert_eq!(
        body["blocks"][1]["text"]["text"],
        "31 % of input_income are missing, 2 % were\n\nRunbook: https://wiki/x"
    );
    assert_eq!(body["blocks"].as_array().unwrap().len(), 3);
    let body = json(&of(pager()));
    assert_eq!(body["payload"]["summary"], "Look at credit-risk <now>");
    assert!(
        body["payload"]["custom_details"]["text"]
            .as_str()
            .unwrap()
            .contains("Runbook")
    );
    let url = "http://alertmanager:9093".to_owned();
    let body = json(&of(Receiver::Alertmanager { url }));
    assert_eq!(
        body[0]["annotations"]["summary"],
        "Look at credit-risk <now>"
    );
    let mail = email(&of(mail()), URL);
    assert_eq!(mail.subject, "[candor] Look at credit-risk <now>");
    assert!(
        mail.text.contains("\n\nRunbook: https://wiki/x\n"),
        "{}",
        mail.text
    );
    assert!(
        mail.text
            .ends_with("\n-- \nRoute oncall: first notice of this group.\n"),
        "{}",
        mail.text
    );
    assert!(
        mail.html
            .contains("<h1>Look at credit-risk &lt;now&gt;</h1>"),
        "{}",
        mail.html
    );
    assert!(mail.html.contains("<br>\nRunbook"), "{}", mail.html);
}

#[test]
fn what_is_filled_in_breaks_no_line_and_nothing_grows_without_bound() {
    let mut hostile = alert();
    hostile.model = "m\r\nBcc: x@y".to_owned();
    hostile.cause = "\u{202e}\u{7}x".repeat(5_000);
    let notice = notice(mail(), vec![told(hostile)]);
    let notice = reads(
        Some("{{model}}\r\nX: y"),
        Some(&"{{cause}} ".repeat(300)),
        notice,
    );
    let mail = email(&notice, URL);
    assert_eq!(mail.subject, "[candor] m Bcc: x@y X: y");
    let text = template::text(&notice, URL).unwrap();
    // The last word may end before the bound.
    assert!((5_990..=6_000).contains(&text.chars().count()));
    assert!(
        text.chars()
            .all(|c| c.is_ascii_graphic() || c == ' ' || c == '…')
    );
}
