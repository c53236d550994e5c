//! Bodies of text, looked over before a row is taken.

use super::{Format, Request};
use jiter::Jiter;

/// Refuses a body of more than `max` rows: a rejected row costs many times the bytes of a short line,
/// so that a small body of nothing could ask for all memory. Cheap: most bodies are too short to have
/// so many, and of the others separators are counted.
///
/// # Errors
/// A sentence, when there are more. Lines without content count too.
pub(crate) fn check_rows(request: &Request<'_>, max: usize) -> Result<(), String> {
    let body = &*request.body;
    let (what, many) = match request.format {
        Format::Arrow | Format::Parquet => return Ok(()),
        Format::Ndjson | Format::Csv => {
            let lines = body.strip_suffix(b"\n").unwrap_or(body);
            ("lines", parts_exceed(max, lines, b'\n'))
        }
        Format::Json => ("events", many_elements(body, max)),
    };
    if many {
        return Err(format!(
            "the body has more than {max} {what}; send it in several requests"
        ));
    }
    Ok(())
}

/// Whether `separator` parts `body` into more than `max` pieces.
fn parts_exceed(max: usize, body: &[u8], separator: u8) -> bool {
    body.len() >= max && memchr::memchr_iter(separator, body).count() >= max
}

/// Of a document, pieces between commas are an upper bound; only where there are too many, it is walked.
fn many_elements(body: &[u8], max: usize) -> bool {
    let body = body.trim_ascii();
    if body.first() != Some(&b'[') {
        // Events one after the other.
        return parts_exceed(max, body, b'{') && walk(Jiter::new(body).with_allow_inf_nan(), max);
    }
    if !parts_exceed(max, body, b',') {
        return false;
    }
    let mut jiter = Jiter::new(body).with_allow_inf_nan();
    let mut step = jiter.known_array();
    for _ in 0..=max {
        let Ok(Some(peek)) = step else {
            return false;
        };
        if jiter.known_skip(peek).is_err() {
            return false;
        }
        step = jiter.array_step();
    }
    true
}

fn walk(mut jiter: Jiter<'_>, max: usize) -> bool {
    (0..=max).all(|_| jiter.next_skip().is_ok())
}
