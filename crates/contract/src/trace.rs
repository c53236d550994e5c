//! W3C trace context: the span of the trace that made a request.

/// Trace and span that a `traceparent` header names (W3C Trace Context, section 3.2). Events of the
/// request that name no trace take both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    /// 32 lower-case hexadecimal digits, not all zero.
    pub trace_id: String,
    /// 16 lower-case hexadecimal digits, not all zero.
    pub span_id: String,
}

impl TraceContext {
    /// Reads a header's value; `None` if the standard says to ignore it.
    pub fn parse(traceparent: &str) -> Option<Self> {
        let mut parts = traceparent.trim().split('-');
        let mut next = |digits: usize| {
            let part = parts.next()?;
            let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
            (part.len() == digits && part.bytes().all(hex)).then_some(part)
        };
        let (version, trace_id, span_id, _flags) = (next(2)?, next(32)?, next(16)?, next(2)?);
        let zero = |digits: &str| digits.bytes().all(|b| b == b'0');
        // Later versions may append fields; the first may not.
        let longer = version == "00" && parts.next().is_some();
        if version == "ff" || longer || zero(trace_id) || zero(span_id) {
            return None;
        }
        Some(Self {
            trace_id: trace_id.to_owned(),
            span_id: span_id.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_the_standard_tells() {
        let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        for (header, taken) in [
            (format!("00-{trace}-{span}-01"), true),
            (format!(" 00-{trace}-{span}-00 "), true),
            (format!("cc-{trace}-{span}-01-what-comes-later"), true),
            (format!("00-{trace}-{span}-01-more"), false),
            (format!("ff-{trace}-{span}-01"), false),
            (format!("00-{}-{span}-01", "0".repeat(32)), false),
            (format!("00-{trace}-{}-01", "0".repeat(16)), false),
            (format!("00-{}-{span}-01", trace.to_uppercase()), false),
            (format!("00-{trace}-{span}"), false),
            (String::new(), false),
        ] {
            let read = TraceContext::parse(&header);
            assert_eq!(read.is_some(), taken, "{header}");
            assert!(read.is_none_or(|t| (t.trace_id, t.span_id) == (trace.into(), span.into())));
        }
    }
}
