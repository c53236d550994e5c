//! A mail: subject, text, and the same as simple HTML.

use super::clean::{cut_bytes, html, line};
use super::sign::short_hash;
use super::story::{answers, headline, why};
use super::template::{self, title};
use super::{Notice, Status};

/// Alerts that are told at length.
const ALERTS_MAX: usize = 20;
/// Bytes of a line of quoted-printable, by RFC 2045.
const LINE_BYTES_MAX: usize = 76;

/// A mail without sender and date, which the mailer adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// One line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same for those who read HTML.
    pub html: String,
    /// `Message-ID`, and `References` and `In-Reply-To` by which mails of one group are one thread; and what
    /// keeps holiday notes away.
    pub headers: Vec<(String, String)>,
    boundary: String,
}

/// The mail for a notice.
pub fn email(notice: &Notice, external_url: &str) -> Email {
    let host = host(external_url);
    let root = format!("<{}@{host}>", short_hash(&notice.thread));
    let own = short_hash(&notice.key);
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Email {
        subject: format!("[candor] {}", title(notice, external_url)),
        text: text(notice, external_url),
        html: page(notice, external_url),
        headers: vec![
            header("Message-ID", &format!("<{own}@{host}>")),
            header("In-Reply-To", &root),
            header("References", &root),
            header("Auto-Submitted", "auto-generated"),
            header("X-Candor-Route", &ascii(&line(&notice.route, 128))),
        ],
        boundary: format!("candor-{own}"),
    }
}

impl Email {
    pub(super) fn boundary(&self) -> &str {
        &self.boundary
    }

    /// The two parts as `multipart/alternative`, in quoted-printable.
    pub(super) fn body(&self) -> String {
        let mut body = String::new();
        for (kind, text) in [("plain", &self.text), ("html", &self.html)] {
            body += &format!(
                "--{}\r\nContent-Type: text/{kind}; charset=utf-8\r\n\
                 Content-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n",
                self.boundary,
                quoted_printable(text)
            );
        }
        body + &format!("--{}--\r\n", self.boundary)
    }
}

fn text(notice: &Notice, external_url: &str) -> String {
    let mut text = format!("{}\n", title(notice, external_url));
    if let Some(own) = template::text(notice, external_url) {
        return text + &format!("\n{own}\n\n-- \n{}\n", why(notice));
    }
    for told in notice.alerts.iter().take(ALERTS_MAX) {
        text.push('\n');
        if notice.alerts.len() > 1 {
            text += &format!("{}: {}\n", status(told), headline(told));
        }
        for (question, answer) in answers(told, external_url) {
            text += &format!("  {:<15} {answer}\n", format!("{question}:"));
        }
    }
    if notice.alerts.len() > ALERTS_MAX {
        text += &format!("\nand {} more alerts\n", notice.alerts.len() - ALERTS_MAX);
    }
    text + &format!("\n-- \n{}\n", why(notice))
}

fn page(notice: &Notice, external_url: &str) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><body>\n<h1>{}</h1>\n",
        html(&title(notice, external_url))
    );
    if let Some(own) = template::text(notice, external_url) {
        let own = html(&own).replace('\n', "<br>\n");
        let end = html(&why(notice));
        return page + &format!("<p>{own}</p>\n<hr>\n<p>{end}</p>\n</body></html>\n");
    }
    for told in notice.alerts.iter().take(ALERTS_MAX) {
        if notice.alerts.len() > 1 {
            page += &format!("<h2>{}: {}</h2>\n", status(told), html(&headline(told)));
        }
        page += "<table>\n";
        for (question, answer) in answers(told, external_url) {
            let answer = html(&answer);
            let answer = if question == "Look" {
                format!("<a href=\"{answer}\">{answer}</a>")
            } else {
                answer
            };
            page += &format!(
                "<tr><th align=\"left\" valign=\"top\">{question}</th><td>{answer}</td></tr>\n"
            );
        }
        page += "</table>\n";
    }
    if notice.alerts.len() > ALERTS_MAX {
        page += &format!(
            "<p>and {} more alerts</p>\n",
            notice.alerts.len() - ALERTS_MAX
        );
    }
    page + &format!("<hr>\n<p>{}</p>\n</body></html>\n", html(&why(notice)))
}

fn status(told: &super::NoticeAlert) -> &'static str {
    match told.status {
        Status::Firing => told.alert.severity.name(),
        Status::Resolved => "over",
    }
}

/// The host of an address, for identifiers of mails.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host: String = rest
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        .collect();
    match cut_bytes(&host, 200) {
        "" => "candor.invalid".to_owned(),
        host => host.to_owned(),
    }
}

fn ascii(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_graphic() { c } else { '_' };
    text.chars().map(plain).collect()
}

/// Quoted-printable of RFC 2045 with lines ended by CRLF.
fn quoted_printable(text: &str) -> String {
    let lines: Vec<String> = text
        .trim_end_matches('\n')
        .split('\n')
        .map(quoted_line)
        .collect();
    lines.join("\r\n")
}

fn quoted_line(text: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let is_last = at + 1 == bytes.len();
        let piece = match byte {
            b' ' if !is_last => " ".to_owned(),
            b'!'..=b'<' | b'>'..=b'~' => char::from(*byte).to_string(),
            byte => format!("={byte:02X}"),
        };
        if width + piece.len() >= LINE_BYTES_MAX {
            out += "=\r\n";
            width = 0;
        }
        width += piece.len();
        out += &piece;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_printable_is_ascii_in_short_lines() {
        assert_eq!(quoted_printable("a=é \n.\n"), "a=3D=C3=A9=20\r\n.");
        let long = quoted_printable(&"x".repeat(200));
        assert!(
            long.split("\r\n").all(|l| l.len() <= LINE_BYTES_MAX),
            "{long}"
        );
        assert_eq!(long.replace("=\r\n", ""), "x".repeat(200));
    }

    #[test]
    fn hosts_are_hosts() {
        assert_eq!(host("https://candor.example:8443/x"), "candor.example");
        assert_eq!(host("https://>evil"), "candor.invalid");
    }
}
