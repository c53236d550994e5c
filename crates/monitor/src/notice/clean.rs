//! Text from models and people made harmless: no control characters, no change of writing direction, bounded.

/// One line of at most `chars_max` characters. Control characters and breaks become spaces, invisible marks
/// of direction and width go.
pub(super) fn line(text: &str, chars_max: usize) -> String {
    let mut out = String::new();
    for c in text.chars().filter(|c| !is_invisible(*c)) {
        if c.is_control() || c.is_whitespace() {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
    cut(out.trim(), chars_max)
}

/// The same of several lines, which stay lines; blank ones at both ends go.
pub(super) fn lines(text: &str, chars_max: usize) -> String {
    let lines: Vec<String> = text.lines().map(|l| line(l, chars_max)).collect();
    cut(lines.join("\n").trim(), chars_max)
}

/// At most `chars_max` characters; the last is `…` if some were cut.
pub(super) fn cut(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars_max.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// At most `bytes_max` bytes, cut between characters.
pub(super) fn cut_bytes(text: &str, bytes_max: usize) -> &str {
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Marks that change how text is written or that nobody sees.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Text for HTML.
pub(super) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Text for Slack, in which nothing is a mention or a link.
pub(super) fn slack(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_no_breaks_no_direction_and_a_bound() {
        for (given, expected) in [
            ("a\r\nBcc: x@y", "a Bcc: x@y"),
            ("invoice\u{202e}gpj.exe", "invoicegpj.exe"),
            ("\u{1b}[31mred", "[31mred"),
            ("  zero\u{200b}width\u{feff} ", "zerowidth"),
            ("a\u{2028}b\tc", "a b c"),
            ("0123456789abcdefg", "0123456789abcd…"),
        ] {
            assert_eq!(line(given, 15), expected);
        }
    }

    #[test]
    fn lines_stay_lines_and_are_clean() {
        for (given, expected) in [
            ("\n a\r\nb\u{7}c \n\nd\n", "a\nb c\n\nd"),
            ("one\ntwo three", "one\ntwo t…"),
        ] {
            assert_eq!(lines(given, 10), expected);
        }
    }

    #[test]
    fn bytes_are_cut_between_characters() {
        assert_eq!(cut_bytes("aé", 2), "a");
        assert_eq!(cut_bytes("aé", 3), "aé");
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(html("<b a='x'>&"), "&lt;b a=&#39;x&#39;&gt;&amp;");
        assert_eq!(slack("<!channel> & co"), "&lt;!channel&gt; &amp; co");
    }
}
