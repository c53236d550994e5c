use super::*;
use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// Answers one connection after the other with `answers` and gives back what was asked.
fn serve(answers: Vec<String>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        answers
            .into_iter()
            .map(|answer| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let (mut head, mut length) = (String::new(), 0);
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).unwrap();
                    if let Some(n) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                        length = n.trim().parse().unwrap();
                    }
                    head.push_str(&line);
                    if line.trim().is_empty() {
                        break;
                    }
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
                head + &String::from_utf8_lossy(&body)
            })
            .collect()
    });
    (url, asked)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

fn batch(body: &[u8]) -> SendBatch<'_> {
    SendBatch {
        model: "credit risk",
        kind: Kind::Outcome,
        format: Format::Arrow,
        body,
        encoding: Encoding::Zstd,
        mapping: Some("m"),
    }
}

#[test]
fn a_full_server_is_asked_again_after_the_time_it_names() {
    let (url, asked) = serve(vec![
        answer("503 Service Unavailable", "retry-after: 2\r\n", "{}"),
        answer("200 OK", "", r#"{"accepted":3,"duplicates":1}"#),
    ]);
    let waits = Arc::new(Mutex::new(Vec::new()));
    let told = waits.clone();
    let retry = Retry::new(3, || 0.5, move |d| told.lock().unwrap().push(d));
    let endpoint = Endpoint::new(url).with_token(Some("cdr_x".into()));
    let reply = Client::new(endpoint, retry).send(batch(b"abc")).unwrap();
    assert_eq!((reply.accepted, reply.duplicates), (3, 1));
    assert_eq!(*waits.lock().unwrap(), [Duration::from_millis(2_500)]);
    let asked = asked.join().unwrap();
    for part in [
        "POST /v1/models/credit%20risk/outcomes?mapping=m ",
        "content-type: application/vnd.apache.arrow.stream",
        "content-encoding: zstd",
        "authorization: Bearer cdr_x",
    ] {
        assert!(
            asked.iter().all(|a| a.contains(part)),
            "{part} in {asked:?}"
        );
    }
    assert!(asked[1].ends_with("abc"));
}

#[test]
fn tries_end() {
    let full = answer(
        "503 Service Unavailable",
        "",
        r#"{"code":"busy","detail":"Full."}"#,
    );
    let (url, asked) = serve(vec![full.clone(), full]);
    let client = Client::new(Endpoint::new(url), Retry::new(2, || 0.0, |_| ()));
    let error = client.events(b"{}").unwrap_err();
    assert_eq!((error.code(), error.status()), ("busy", Some(503)));
    assert_eq!(asked.join().unwrap().len(), 2);
}

#[test]
fn a_refusal_keeps_code_sentence_and_hint() {
    let body = r#"{"type":"t","title":"Bad","status":400,"code":"sql_syntax","detail":"No.","hint":"Try."}"#;
    let (url, asked) = serve(vec![answer("400 Bad Request", "", body)]);
    let error = Client::new(Endpoint::new(url), Retry::never())
        .sql("SELEC", Some(5))
        .unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str(), error.hint()),
        ("sql_syntax", "No.", "Try.")
    );
    assert!(asked.join().unwrap()[0].ends_with(r#"{"max_rows":5,"sql":"SELEC"}"#));
}

#[test]
fn lists_are_read_to_their_last_page() {
    let (url, asked) = serve(vec![
        answer("200 OK", "", r#"{"items":[1,2],"next_cursor":"a b"}"#),
        answer("200 OK", "", r#"{"items":[3],"next_cursor":null}"#),
    ]);
    let found = Client::new(Endpoint::new(url), Retry::never())
        .specs(Some("Model"))
        .unwrap();
    assert_eq!(found, [1, 2, 3]);
    assert!(asked.join().unwrap()[1].starts_with("GET /v1/specs/Model?cursor=a%20b "));
}

#[test]
fn strangers_and_silence_are_told_apart() {
    let (url, _asked) = serve(vec![
        answer("200 OK", "", "<html>"),
        answer("404 Not Found", "", "no"),
    ]);
    let client = Client::new(Endpoint::new(url), Retry::never());
    assert_eq!(client.models().unwrap_err().code(), "unexpected_answer");
    assert_eq!(client.models().unwrap_err().code(), "unexpected_answer");
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let client = Client::new(Endpoint::new(format!("http://{free}")), Retry::never());
    assert_eq!(client.models().unwrap_err().code(), "unreachable");
    assert!(!client.is_ready());
    let waits = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counted = waits.clone();
    let patient = Retry::new(
        20,
        || 0.0,
        move |_| {
            counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        },
    );
    let client = Client::new(Endpoint::new(format!("http://{free}")), patient);
    assert_eq!(client.models().unwrap_err().code(), "unreachable");
    let waits = waits.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(
        waits, 2,
        "patience is for a full server, not for an absent one"
    );
}

#[test]
fn deleting_needs_no_body_and_names_are_escaped() {
    let (url, asked) = serve(vec![answer("204 No Content", "", "")]);
    Client::new(Endpoint::new(url), Retry::never())
        .delete_spec("Model", "a/../b?")
        .unwrap();
    assert!(asked.join().unwrap()[0].starts_with("DELETE /v1/specs/Model/a%2F..%2Fb%3F "));
}

#[test]
fn tokens_are_not_printed() {
    let endpoint = Endpoint::new("http://x").with_token(Some("cdr_secret".into()));
    assert!(!format!("{endpoint:?}").contains("cdr_secret"));
}
