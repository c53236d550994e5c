//! Receivers that read mail, by the relay that the settings name.

use super::schedule::Outcome;
use crate::config::{Smtp, SmtpTls};
use crate::secret::Secret;
use candor_monitor::notice::Email;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::AsyncSmtpTransportBuilder;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::time::{Duration, UNIX_EPOCH};

type Relay = AsyncSmtpTransport<Tokio1Executor>;

/// Sends mails.
#[derive(Debug)]
pub(crate) struct Mailer {
    relay: Relay,
    from: Mailbox,
}

impl Mailer {
    /// `None` without a relay in the settings. Fails with a sentence if they contradict themselves.
    pub(crate) fn new(smtp: &Smtp, timeout: Duration) -> Result<Option<Self>, String> {
        if smtp.host.is_empty() {
            return Ok(None);
        }
        let from = smtp
            .from
            .parse::<Mailbox>()
            .map_err(|e| format!("notify.smtp.from is no address of a mailbox: {e}"))?;
        let tls = |e| format!("the mail relay's TLS cannot be set up: {e}");
        let mut relay: AsyncSmtpTransportBuilder = match smtp.tls {
            SmtpTls::Implicit => Relay::relay(&smtp.host).map_err(tls)?,
            SmtpTls::Starttls => Relay::starttls_relay(&smtp.host).map_err(tls)?,
            SmtpTls::None => Relay::builder_dangerous(smtp.host.as_str()),
        };
        if let Some(port) = smtp.port {
            relay = relay.port(port);
        }
        if !smtp.user.is_empty() {
            if smtp.tls == SmtpTls::None {
                return Err(
                    "notify.smtp.user needs notify.smtp.tls: a password would be sent in clear"
                        .into(),
                );
            }
            relay = relay.credentials(credentials(&smtp.user, &smtp.password));
        }
        Ok(Some(Self {
            relay: relay.timeout(Some(timeout)).build(),
            from,
        }))
    }

    /// Sends one mail to all of `to`, and returns after the relay took it.
    pub(crate) async fn send(&self, email: &Email, to: &[String], now_us: i64) -> Outcome {
        let message = match message(&self.from, email, to, now_us) {
            Ok(message) => message,
            Err(why) => return Outcome::Never { why },
        };
        match self.relay.send(message).await {
            Ok(_) => Outcome::Taken,
            Err(error) if error.is_permanent() => {
                Outcome::never(format!("the mail relay refused it: {error}"))
            }
            Err(error) => Outcome::later(format!("the mail relay did not take it: {error}")),
        }
    }
}

fn credentials(user: &str, password: &Secret) -> Credentials {
    Credentials::new(user.to_owned(), password.reveal().to_owned())
}

fn message(from: &Mailbox, email: &Email, to: &[String], now_us: i64) -> Result<Message, String> {
    let now = UNIX_EPOCH + Duration::from_micros(u64::try_from(now_us).unwrap_or(0));
    let mut message = Message::builder()
        .from(from.clone())
        .subject(email.subject.as_str())
        .date(now);
    for address in to {
        let mailbox = address.parse::<Mailbox>();
        message = message.to(mailbox.map_err(|e| format!("`{address}` is no mailbox: {e}"))?);
    }
    for (name, value) in &email.headers {
        let name = HeaderName::new_from_ascii(name.clone()).map_err(|e| e.to_string())?;
        message = message.raw_header(HeaderValue::new(name, value.clone()));
    }
    let both = MultiPart::alternative_plain_html(email.text.clone(), email.html.clone());
    message.multipart(both).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(text: &str) -> Smtp {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn settings_that_would_tell_a_password_are_refused() {
        let timeout = Duration::from_secs(1);
        assert!(Mailer::new(&Smtp::default(), timeout).unwrap().is_none());
        let clear = smtp(
            "host = 'relay'\nfrom = 'a@example.org'\nuser = 'u'\npassword = 'p'\ntls = 'none'",
        );
        assert!(
            Mailer::new(&clear, timeout)
                .unwrap_err()
                .contains("in clear")
        );
        let nobody = smtp("host = 'relay'\nfrom = 'nobody'");
        assert!(
            Mailer::new(&nobody, timeout)
                .unwrap_err()
                .contains("smtp.from")
        );
    }
}
