//! The bytes for each kind of receiver.

use super::email::email;
use super::{Notice, alertmanager, pagerduty, slack, webhook};
use candor_contract::spec::Receiver;
use serde_json::Value;

const JSON: &str = "application/json";

/// What is sent. Where to, and with which secrets, the caller knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// Type of the body.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
    /// Headers of the request or mail, apart from the content type.
    pub headers: Vec<(String, String)>,
}

impl Payload {
    fn json(body: &Value) -> Self {
        Self {
            content_type: JSON.to_owned(),
            body: body.to_string().into_bytes(),
            headers: Vec::new(),
        }
    }

    /// The same with PagerDuty's routing key, which is a secret and therefore not in the notice.
    #[must_use]
    pub fn with_routing_key(mut self, key: &str) -> Self {
        if let Ok(Value::Object(mut body)) = serde_json::from_slice(&self.body) {
            body.insert("routing_key".to_owned(), Value::from(key));
            self.body = Value::Object(body).to_string().into_bytes();
        }
        self
    }
}

/// The body and headers of a notice. `external_url` is the address under which people reach Candor.
///
/// - Webhook: POST to its address; with a secret add [`super::sign`] under [`super::SIGNATURE_HEADER`].
/// - Alertmanager: POST to `<url>/api/v2/alerts`, to each peer of a cluster.
/// - Slack: POST to the address in the secret.
/// - PagerDuty: POST to `https://events.pagerduty.com/v2/enqueue` or `<url>`, after
///   [`Payload::with_routing_key`].
/// - E-mail: the body is `multipart/alternative`; a mailer that builds its own takes [`super::email`].
/// - File: append the body, a line.
///
/// All of them carry the notice's key as `idempotency-key`, except mails, whose `Message-ID` comes from it, and files.
pub fn payload(notice: &Notice, external_url: &str) -> Payload {
    let mut payload = match &notice.receiver {
        Receiver::Webhook { .. } => Payload::json(&webhook::body(notice, external_url)),
        Receiver::Alertmanager { .. } => {
            Payload::json(&alertmanager::postable(notice, external_url))
        }
        Receiver::Slack { .. } => Payload::json(&slack::body(notice, external_url)),
        Receiver::Pagerduty { .. } => Payload::json(&pagerduty::body(notice, external_url)),
        Receiver::Email { to } => return mail(notice, to, external_url),
        Receiver::File { .. } => return file(notice),
    };
    let key = super::clean::line(&notice.key, 1_024);
    if key.is_ascii() {
        payload.headers.push(("idempotency-key".to_owned(), key));
    }
    payload
}

fn mail(notice: &Notice, to: &[String], external_url: &str) -> Payload {
    let email = email(notice, external_url);
    let mut headers = vec![
        ("To".to_owned(), super::clean::line(&to.join(", "), 4_096)),
        ("Subject".to_owned(), email.subject.clone()),
        ("MIME-Version".to_owned(), "1.0".to_owned()),
    ];
    headers.extend(email.headers.iter().cloned());
    Payload {
        content_type: format!("multipart/alternative; boundary=\"{}\"", email.boundary()),
        body: email.body().into_bytes(),
        headers,
    }
}

/// The notice itself: its line in a file says everything that was told.
fn file(notice: &Notice) -> Payload {
    let mut body = serde_json::to_vec(notice).unwrap_or_default();
    body.push(b'\n');
    Payload {
        content_type: "application/x-ndjson".to_owned(),
        body,
        headers: Vec::new(),
    }
}
