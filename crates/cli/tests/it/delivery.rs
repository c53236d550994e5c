//! Nothing that was decided is lost on its way to a receiver by HTTP or by mail, whenever the server dies; what comes
//! twice comes under the same key.

use crate::receivers::{Got, Manner, Receiver};
use crate::sandbox::Sandbox;
use crate::shim::Shim;
use crate::story::{apply, play, wait_for};
use ring::hmac;
use serde_json::Value;
use std::collections::BTreeMap;

const SECOND_US: i64 = 1_000_000;
const MINUTE_US: i64 = 60 * SECOND_US;
const HOUR_US: i64 = 60 * MINUTE_US;
/// Servers live so long ago at first: the fault goes on, and all that comes after is played already.
const BEHIND_US: i64 = 10 * HOUR_US;
/// Inputs are missing for a day and more, until soon after that: at night too few rows tell anything.
const FAULT: &str = "    - {fault: null_burst, model: credit-risk, columns: [debt_ratio], from: 7d8h, to: 8d15h, magnitude: 0.6}\n";
const SECRET: &str = "a secret of two";

/// A server whose clock is the test's, a hook and a relay.
struct Stage {
    shim: Shim,
    sandbox: Sandbox,
    hook: Receiver,
    mail: Receiver,
    off_us: i64,
}

impl Stage {
    /// Traffic is there, nothing was judged yet, and no receiver listens.
    fn new(more: &str) -> Self {
        let (hook, mail) = (Receiver::http(), Receiver::smtp());
        let shim = Shim::compile();
        let mut environment = shim.environment();
        environment.push(("CANDOR_SECRET_HOOK".to_owned(), SECRET.to_owned()));
        let settings = format!(
            "[notify]\nallow = [\"127.0.0.0/8\"]\n[notify.smtp]\nhost = \"{}\"\nport = {}\n\
             from = \"Candor <candor@relay.test>\"\ntls = \"none\"\n",
            mail.address().ip(),
            mail.address().port(),
        );
        let quiet = format!("{settings}[monitoring]\nlive = false\n");
        let mut sandbox = Sandbox::prepare(&quiet).environment(environment);
        let mut stage = Self {
            off_us: -BEHIND_US,
            shim,
            sandbox: {
                sandbox.launch();
                sandbox
            },
            hook,
            mail,
        };
        stage.shim.set_clock_off_by_us(stage.off_us);
        play(&stage.sandbox, FAULT);
        let route = format!(
            "apiVersion: candor/v1\nkind: Route\nmetadata: {{name: on-call}}\nspec:\n  group_wait: 0s\n  \
             repeat_interval: 7d\n  receivers:\n    - webhook: {{url: 'http://{}/hook', secret: hook}}\n    \
             - email: {{to: [oncall@relay.test, second@relay.test]}}\n{more}",
            stage.hook.address(),
        );
        apply(&stage.sandbox, &route);
        stage.sandbox.kill();
        stage.sandbox.configure(&settings);
        stage
    }

    fn open(&self, manner: Manner) {
        for receiver in [&self.hook, &self.mail] {
            receiver.be(manner);
            receiver.open();
        }
    }

    fn be(&self, manner: Manner) {
        self.hook.be(manner);
        self.mail.be(manner);
    }

    /// Lets time go on, for the server that runs and the next ones.
    fn pass(&mut self, us: i64) {
        self.off_us += us;
        self.shim.set_clock_off_by_us(self.off_us);
    }

    fn get(&self, path: &str) -> Value {
        let reply = self.sandbox.http("GET", path, &[], b"");
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.json()
    }

    /// The one alert, once it is known.
    fn alert(&self) -> String {
        wait_for("an alert", &self.sandbox, || {
            let alerts = self.get("/v1/alerts")["items"].as_array().cloned()?;
            assert!(alerts.len() < 2, "{alerts:?}");
            Some(alerts.first()?["id"].as_str()?.to_owned())
        })
    }

    /// Waits until all deliveries about the alert are as `wanted` says.
    fn deliveries(&self, what: &str, id: &str, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        wait_for(what, &self.sandbox, || {
            let page = self.get(&format!("/v1/alerts/{id}"));
            let all = page["deliveries"].as_array().cloned()?;
            (!all.is_empty() && all.iter().all(&wanted)).then_some(all)
        })
    }

    /// Waits until nothing is on its way.
    fn settled(&self, id: &str) -> Vec<Value> {
        self.deliveries("the end of deliveries", id, |d| d["state"] != "waiting")
    }

    /// The server's time, RFC 3339.
    fn now(&self) -> String {
        candor_contract::format_us(self.sandbox.now_us() + self.off_us)
    }

    fn candor(&self, args: &[&str]) -> String {
        let out = self.sandbox.candor(args);
        assert_eq!(out.status.code(), Some(0), "{out:?}");
        String::from_utf8(out.stdout).unwrap()
    }
}

/// How often each key was taken, in the order of their first coming.
fn times(got: &[Got]) -> Vec<usize> {
    let mut firsts = BTreeMap::new();
    for (at, got) in got.iter().enumerate() {
        firsts.entry(&got.key).or_insert((at, 0)).1 += 1;
    }
    let mut all: Vec<(usize, usize)> = firsts.into_values().collect();
    all.sort_unstable();
    all.into_iter().map(|(_, n)| n).collect()
}

/// What a hook was told: `firing` or `resolved`.
fn status(got: &Got) -> String {
    let body: Value = serde_json::from_slice(&got.body).unwrap();
    assert_eq!(body["candor"]["key"], got.key, "{body}");
    body["status"].as_str().unwrap().to_owned()
}

#[test]
fn what_was_decided_while_nobody_listened_comes_after_a_kill_and_so_does_the_end() {
    let mut stage = Stage::new("");
    stage.sandbox.launch();
    let id = stage.alert();
    let told = stage.deliveries("refused connections", &id, |d| d["last_error"].is_string());
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|d| d["state"] == "waiting"), "{told:?}");
    // They are there and have no time.
    stage.open(Manner::Busy);
    stage.pass(MINUTE_US);
    let busy = |d: &Value| {
        let error = d["last_error"].as_str().unwrap_or_default();
        error.contains("503") || error.contains("451")
    };
    stage.deliveries("answers of busy receivers", &id, busy);
    stage.sandbox.kill();
    assert!(stage.hook.taken().is_empty() && stage.mail.taken().is_empty());
    stage.be(Manner::Takes);
    stage.pass(10 * MINUTE_US);
    stage.sandbox.launch();
    let told = stage.settled(&id);
    assert!(told.iter().all(|d| d["state"] == "delivered"), "{told:?}");
    for receiver in [&stage.hook, &stage.mail] {
        assert_eq!(times(&receiver.taken()), [1], "{:?}", receiver.taken());
        assert_eq!(times(&receiver.got()).len(), 1, "the key stays");
    }
    let (hooked, mailed) = (&stage.hook.taken()[0], &stage.mail.taken()[0]);
    assert_eq!(status(hooked), "firing");
    assert!(mailed.header("subject").starts_with("[candor] "));
    assert_eq!(mailed.header("message-id"), mailed.key);
    assert_eq!(mailed.header("to"), "oncall@relay.test, second@relay.test");

    // The fault is over, while nobody is there to see it.
    stage.sandbox.kill();
    stage.pass(BEHIND_US);
    stage.sandbox.launch();
    wait_for("the end", &stage.sandbox, || {
        (stage.get(&format!("/v1/alerts/{id}"))["state"] == "resolved").then_some(())
    });
    wait_for("the end's notices", &stage.sandbox, || {
        (stage.settled(&id).len() == 4).then_some(())
    });
    for receiver in [&stage.hook, &stage.mail] {
        assert_eq!(times(&receiver.taken()), [1, 1], "{:?}", receiver.taken());
    }
    assert_eq!(status(&stage.hook.taken()[1]), "resolved");
    let ends = &stage.mail.taken()[1];
    assert_eq!(ends.header("references"), mailed.header("references"));
    assert!(stage.candor(&["alert", "why", &id]).contains("end_told"));
}

#[test]
fn what_was_taken_and_not_answered_before_a_kill_comes_once_more_under_the_same_key() {
    let mut stage = Stage::new("");
    stage.open(Manner::Takes);
    stage.hook.be(Manner::KeepsSilent);
    stage.sandbox.launch();
    let id = stage.alert();
    let hooked = kill_amid(&mut stage, &id, |stage| &stage.hook, "email", 1);
    assert_eq!(times(&stage.hook.taken()), [hooked + 1]);
    assert_eq!(times(&stage.mail.taken()), [1], "it was noted");

    // The same with the end and the relay.
    stage.sandbox.kill();
    stage.mail.be(Manner::KeepsSilent);
    stage.pass(BEHIND_US);
    stage.sandbox.launch();
    let mailed = kill_amid(&mut stage, &id, |stage| &stage.mail, "webhook", 2);
    assert_eq!(times(&stage.mail.taken()), [1, mailed + 1]);
    assert_eq!(times(&stage.hook.taken()), [hooked + 1, 1]);
    let taken = stage.mail.taken();
    let subject = |at: usize| taken[at].header("subject");
    assert_eq!(subject(1), subject(mailed + 1));
    assert_ne!(subject(0), subject(1));
}

/// Kills the server while `silent` has the last of `notices` and has not answered, and the other receiver's
/// delivery was noted; then lets all be delivered. How often `silent` had taken that last one.
fn kill_amid(
    stage: &mut Stage,
    id: &str,
    silent: impl Fn(&Stage) -> &Receiver,
    other: &str,
    notices: usize,
) -> usize {
    let last = |stage: &Stage| times(&silent(stage).taken()).get(notices - 1).copied();
    wait_for("a request", &stage.sandbox, || last(stage));
    wait_for("the other's delivery", &stage.sandbox, || {
        let page = stage.get(&format!("/v1/alerts/{id}"));
        let all = page["deliveries"].as_array()?;
        let to_other = all.iter().filter(|d| {
            let receiver = d["receiver"].as_str().unwrap_or_default();
            receiver.starts_with(other) && d["state"] == "delivered"
        });
        (to_other.count() == notices).then_some(())
    });
    stage.sandbox.kill();
    let before = last(stage).unwrap();
    stage.be(Manner::Takes);
    // The claim of the dead is over.
    stage.pass(MINUTE_US);
    stage.sandbox.launch();
    let told = stage.settled(id);
    assert_eq!(told.len(), 2 * notices, "{told:?}");
    assert!(told.iter().all(|d| d["state"] == "delivered"), "{told:?}");
    before
}

#[test]
fn a_route_s_own_words_reach_its_receivers() {
    let mut stage = Stage::new(
        "  template:\n    title: '{{severity}}, {{ model }}: {{measure}} {{column}}'\n    \
         text: \"{{what}}\\nRunbook for {{model}}, by {{route}}\"\n",
    );
    stage.open(Manner::Takes);
    stage.sandbox.launch();
    let id = stage.alert();
    stage.settled(&id);
    let hooked: Value = serde_json::from_slice(&stage.hook.taken()[0].body).unwrap();
    let alert = &hooked["alerts"][0];
    let severity = alert["labels"]["severity"].as_str().unwrap();
    let title = format!("{severity}, credit-risk: missing input_debt_ratio");
    assert_eq!(alert["annotations"]["summary"], title.as_str(), "{hooked}");
    let text = alert["annotations"]["description"].as_str().unwrap();
    assert!(
        text.ends_with("\nRunbook for credit-risk, by on-call"),
        "{text}"
    );
    let mailed = &stage.mail.taken()[0];
    assert_eq!(mailed.header("subject"), format!("[candor] {title}"));
    let body = String::from_utf8_lossy(&mailed.body).into_owned();
    assert!(
        body.contains("Runbook for credit-risk, by on-call"),
        "{body}"
    );

    // What is no placeholder is refused before it is in force.
    let file = stage.sandbox.folder().join("wrong.yaml");
    let wrong = "apiVersion: candor/v1\nkind: Route\nmetadata: {name: wrong}\nspec:\n  \
        receivers: [{file: {name: a}}]\n  template: {title: 'on {{modle}}'}\n";
    std::fs::write(&file, wrong).unwrap();
    let path = file.display().to_string();
    let out = stage.sandbox.candor(&["apply", "-f", &path]);
    let error = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(2), "{error}");
    assert!(
        error.contains("`{{modle}}` is no placeholder") && error.contains("{{model}}"),
        "{error}"
    );
}

#[test]
fn why_is_told_of_any_instant_also_of_what_is_gone_since() {
    let mut stage = Stage::new("");
    let before = stage.now();
    stage.open(Manner::Takes);
    stage.sandbox.launch();
    let id = stage.alert();
    stage.settled(&id);
    let told = stage.now();
    let silence = serde_json::json!({
        "name": "moves", "matchers": [{"name": "model", "value": "credit-risk"}],
        "to": "2100-01-01T00:00:00Z", "by": "ann", "why": "the bureau moves",
    });
    let json = [("content-type", "application/json")];
    let body = silence.to_string();
    let made = stage
        .sandbox
        .http("POST", "/v1/silences", &json, body.as_bytes());
    assert_eq!(made.status, 201, "{}", made.text());
    stage.pass(MINUTE_US);
    let silenced = stage.now();
    let args = ["alert", "ack", &id, "--by", "ann", "--why", "looking"];
    assert_eq!(stage.sandbox.candor(&args).status.code(), Some(0));
    stage.pass(MINUTE_US);
    let acknowledged = stage.now();
    for path in ["/v1/silences/moves", "/v1/specs/Route/on-call"] {
        let gone = stage.sandbox.http("DELETE", path, &[], b"");
        assert_eq!(gone.status, 204, "{path}: {}", gone.text());
    }
    stage.pass(MINUTE_US);

    let at = |at: &str| stage.get(&format!("/v1/alerts/{id}/why?at={at}"));
    let answer = |why: &Value| {
        let items = why["items"].as_array().unwrap();
        assert_eq!(items.len(), 1, "{why}");
        assert_eq!(items[0]["route"], "on-call");
        let word = |name: &str| items[0][name].as_str().unwrap().to_owned();
        (word("verdict"), word("sentence"))
    };
    let (verdict, sentence) = answer(&at(&before));
    assert_eq!(verdict, "not_known", "{sentence}");
    let (verdict, sentence) = answer(&at(&told));
    assert_eq!(verdict, "told");
    assert!(
        !sentence.contains("silenced") && !sentence.contains("Not delivered"),
        "{sentence}"
    );
    let (verdict, sentence) = answer(&at(&silenced));
    assert_eq!(verdict, "told");
    assert!(
        sentence.contains("now silenced by moves (ann)"),
        "{sentence}"
    );
    let (_, sentence) = answer(&at(&acknowledged));
    assert!(sentence.contains("silenced by moves"), "{sentence}");
    let now = stage.get(&format!("/v1/alerts/{id}/why"));
    assert_eq!(now["items"], serde_json::json!([]), "the route is gone");
    assert_eq!(at(&stage.now())["items"], serde_json::json!([]));
    assert!(at(&told).get("not_recorded").is_none(), "{}", at(&told));

    let shown = stage.candor(&["alert", "why", &id, "--at", &silenced]);
    assert!(
        shown.contains("on-call") && shown.contains("silenced by moves"),
        "{shown}"
    );
    for wrong in ["soon", "2100-01-01T00:00:00Z"] {
        let path = format!("/v1/alerts/{id}/why?at={wrong}");
        let refused = stage.sandbox.http("GET", &path, &[], b"");
        assert_eq!(refused.verdict(), "400 invalid_query", "{wrong}");
    }
    let unknown = stage.sandbox.http(
        "GET",
        "/v1/alerts/none/why?at=2026-01-01T00:00:00Z",
        &[],
        b"",
    );
    assert_eq!(unknown.verdict(), "404 not_found");
}

/// As a receiver finds out, by the words of the guide to routes.
fn is_ours(secret: &str, header: &str, body: &[u8], now_s: i64) -> bool {
    let (seconds, signature) = header.split_once(',').unwrap();
    let seconds = seconds.strip_prefix("t=").unwrap();
    let signature = signature.strip_prefix("v1=").unwrap();
    let signature: Vec<u8> = (0..signature.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&signature[at..at + 2], 16).unwrap())
        .collect();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signed = [seconds.as_bytes(), b".", body].concat();
    let age_s = now_s - seconds.parse::<i64>().unwrap();
    hmac::verify(&key, &signed, &signature).is_ok() && age_s.abs() < 300
}

#[test]
fn who_refuses_is_given_up_in_sight_of_people_and_others_get_theirs_signed() {
    let refusing = Receiver::http();
    refusing.be(Manner::Refuses);
    refusing.open();
    let mut stage = Stage::new(&format!(
        "    - webhook: {{url: 'http://{}/'}}\n    - file: {{name: told.ndjson}}\n",
        refusing.address()
    ));
    stage.open(Manner::Takes);
    stage.mail.be(Manner::Refuses);
    stage.sandbox.launch();
    let id = stage.alert();
    let told = stage.settled(&id);
    let failed = |told: &[Value]| -> Vec<String> {
        let failed = told.iter().filter(|d| d["state"] == "failed");
        let mut errors: Vec<String> = failed.map(|d| d["last_error"].to_string()).collect();
        errors.sort();
        errors
    };
    let errors = failed(&told);
    assert_eq!((told.len(), errors.len()), (4, 2), "{told:?}");
    assert!(errors[0].contains("refused it") && errors[0].contains("550"));
    assert!(errors[1].contains("the receiver answered 400"));
    let host = refusing.address().ip();
    let page = stage.candor(&["alert", "show", &id]);
    let line = format!("failed by on-call to webhook {host}: the receiver answered 400");
    assert!(page.contains(&line), "{page}");
    let whys = stage.get(&format!("/v1/alerts/{id}/why"));
    let why = whys["items"][0]["sentence"].as_str().unwrap();
    for said in [
        "Told at ".to_owned(),
        format!("Given up for webhook {host} at "),
        "Given up for email oncall@relay.test, second@relay.test at ".to_owned(),
        "the receiver answered 400".to_owned(),
    ] {
        assert!(why.contains(&said), "{said}: {why}");
    }
    assert!(!why.contains("file"), "it was told: {why}");
    let metrics = stage.sandbox.http("GET", "/metrics", &[], b"").text();
    assert!(metrics.contains("candor_notices_failed_total 2\n"));
    assert!(metrics.contains("candor_notices_delivered_total 2\n"));

    // Ten hours later nothing that was given up was tried again, and the end goes its own way.
    stage.sandbox.kill();
    stage.pass(BEHIND_US);
    stage.sandbox.launch();
    wait_for("the end's notices", &stage.sandbox, || {
        (stage.settled(&id).len() == 8).then_some(())
    });
    assert_eq!(times(&refusing.got()), [1, 1]);
    assert_eq!(times(&stage.mail.got()), [1, 1]);
    let lines = std::fs::read_to_string(stage.sandbox.data().join("notices/told.ndjson")).unwrap();
    assert_eq!(lines.lines().count(), 2, "{lines}");
    let taken = stage.hook.taken();
    assert_eq!(times(&taken), [1, 1]);
    let now_s = (stage.sandbox.now_us() + stage.off_us) / SECOND_US;
    for (got, ago_s) in taken.iter().zip([BEHIND_US / SECOND_US, 0]) {
        let signature = got.header("x-candor-signature");
        assert_eq!(got.header("idempotency-key"), got.key);
        let at_s = now_s - ago_s;
        assert!(is_ours(SECRET, signature, &got.body, at_s), "{got:?}");
        assert!(!is_ours("another", signature, &got.body, at_s));
        assert!(!is_ours(SECRET, signature, b"{}", at_s));
        assert!(!is_ours(SECRET, signature, &got.body, at_s + 600));
    }
}

#[test]
fn a_sign_of_life_comes_each_minute_while_models_are_watched_and_then_only() {
    let beats = Receiver::http();
    beats.open();
    let shim = Shim::compile();
    let watched = format!(
        "[notify]\nallow = [\"127.0.0.0/8\"]\nwatchdog_url = \"http://{}/beat\"\n",
        beats.address()
    );
    let mut sandbox = Sandbox::prepare(&watched).environment(shim.environment());
    let mut off_us = 0;
    let mut pass = |us: i64| {
        off_us += us;
        shim.set_clock_off_by_us(off_us);
    };
    let come = |n: usize, sandbox: &Sandbox| {
        wait_for("a sign of life", sandbox, || {
            (beats.taken().len() >= n).then_some(())
        });
    };
    sandbox.launch();
    for n in 1..=3 {
        come(n, &sandbox);
        pass(MINUTE_US);
    }
    let alive_us: Vec<i64> = beats.taken().iter().map(alive_us).collect();
    let apart = alive_us.windows(2).map(|pair| pair[1] - pair[0]);
    assert!(apart.clone().all(|us| us >= MINUTE_US), "{alive_us:?}");

    // A server that listens and delivers, and watches no models.
    sandbox.kill();
    let before = beats.taken().len();
    sandbox.configure(&format!("{watched}[monitoring]\nlive = false\n"));
    sandbox.launch();
    for n in 1..=3 {
        pass(3 * MINUTE_US);
        wait_for("a word of why not", &sandbox, || {
            let said = sandbox.log().matches("alerts were not evaluated").count();
            (said >= n).then_some(())
        });
    }
    assert_eq!(beats.taken().len(), before, "{}", sandbox.log());

    // It was not the receiver.
    sandbox.kill();
    sandbox.configure(&watched);
    sandbox.launch();
    come(before + 1, &sandbox);
}

fn alive_us(beat: &Got) -> i64 {
    let body: Value = serde_json::from_slice(&beat.body).unwrap();
    candor_contract::parse_us(body["alive_at"].as_str().unwrap()).unwrap()
}
