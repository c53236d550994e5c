//! Colours: every mark stands off its ground by 3 : 1, every text by 4.5 : 1, light and dark.
//!
//! Reference is grey and dashed, current is blue, vermilion is a breach and nothing else. Nothing is told by
//! colour alone.

use std::fmt::Write;

/// A colour by its name in the style sheet, on light and on dark ground.
type Token = (&'static str, &'static str, &'static str);

const TOKENS: [Token; 11] = [
    ("paper", "#ffffff", "#1a1b1e"),
    ("wash", "#f5f6f8", "#232529"),
    ("line", "#d8dce2", "#3c4046"),
    ("ink", "#1a1d21", "#e9e8e6"),
    ("muted", "#575f6b", "#a7adb6"),
    ("reference", "#6f7784", "#9aa2ad"),
    ("reference-fill", "#bcc3cd", "#596069"),
    ("current", "#0c4cd5", "#6fabf5"),
    ("estimated", "#9a3379", "#d98bb8"),
    ("watch", "#7a5a00", "#e3b23c"),
    ("breach", "#a92d03", "#f58350"),
];

const STYLE: &str = include_str!("style.css");

/// The whole style sheet.
pub(super) fn style() -> String {
    let light = |token: &Token| (token.0, token.1);
    let dark = |token: &Token| (token.0, token.2);
    let mut style = String::with_capacity(STYLE.len() + 2048);
    block(&mut style, ":root", "light", light);
    style.push_str("@media (prefers-color-scheme:dark){");
    block(&mut style, ":root:not([data-theme=light])", "dark", dark);
    style.push_str("}\n");
    block(&mut style, ":root[data-theme=dark]", "dark", dark);
    style.push_str(STYLE);
    style.push_str("@media print{");
    block(
        &mut style,
        ":root,:root[data-theme],:root:not([data-theme=light])",
        "light",
        light,
    );
    style.push_str("}\n");
    style
}

fn block(
    style: &mut String,
    selector: &str,
    scheme: &str,
    of: impl Fn(&Token) -> (&'static str, &'static str),
) {
    // Writing to a string does not fail.
    let _ = write!(style, "{selector}{{color-scheme:{scheme};");
    for (name, colour) in TOKENS.iter().map(of) {
        let _ = write!(style, "--{name}:{colour};");
    }
    style.push_str("}\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: &str) -> f64 {
        let part = |at: usize| {
            let c = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    /// WCAG 2.2, contrast ratio.
    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn colour(name: &str, dark: bool) -> &'static str {
        let token = TOKENS.iter().find(|token| token.0 == name).unwrap();
        if dark { token.2 } else { token.1 }
    }

    #[test]
    fn contrasts_are_those_of_the_standard() {
        assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-9);
        for dark in [false, true] {
            let check = |name: &str, ground: &str, least: f64| {
                let ratio = contrast(colour(name, dark), colour(ground, dark));
                assert!(
                    ratio >= least,
                    "{name} on {ground}: {ratio:.2}, dark {dark}"
                );
            };
            for text in ["ink", "muted", "current", "watch", "breach", "estimated"] {
                check(text, "paper", 4.5);
                check(text, "wash", 4.5);
            }
            for mark in ["reference", "current", "breach", "estimated"] {
                check(mark, "paper", 3.0);
                check(mark, "wash", 3.0);
            }
        }
    }

    #[test]
    fn every_colour_of_the_style_sheet_is_a_token() {
        let style = style();
        for (at, _) in style.match_indices("var(--") {
            let name = style[at + 6..].split([')', ',']).next().unwrap();
            assert!(TOKENS.iter().any(|token| token.0 == name), "{name}");
        }
        for (name, ..) in TOKENS {
            assert!(
                STYLE.contains(&format!("var(--{name})")),
                "{name} is not used"
            );
        }
        let hex = |at: usize| {
            STYLE[at + 1..]
                .bytes()
                .take_while(u8::is_ascii_hexdigit)
                .count()
        };
        let unnamed = STYLE
            .match_indices('#')
            .find(|(at, _)| matches!(hex(*at), 3 | 6));
        assert_eq!(unnamed, None, "colours have names");
        assert!(!style.contains("//") && !style.contains("@import"));
    }
}
