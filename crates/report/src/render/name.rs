//! Names of columns, classes and groups: hostile input until they are shown.

use std::borrow::Cow;

/// The name with everything replaced that would control, hide or reorder text.
pub(super) fn visible(name: &str) -> Cow<'_, str> {
    if name.is_empty() {
        Cow::Borrowed("(empty)")
    } else if name.chars().any(is_unsafe) {
        let seen = |c| if is_unsafe(c) { '\u{fffd}' } else { c };
        Cow::Owned(name.chars().map(seen).collect())
    } else {
        Cow::Borrowed(name)
    }
}

/// The visible name, cut in its middle to at most `max` characters, between words where there are any.
pub(super) fn short(name: &str, max: usize) -> Cow<'_, str> {
    let visible = visible(name);
    let letters: Vec<char> = visible.chars().collect();
    let length = letters.len();
    if length <= max {
        return visible;
    }
    let head = max.saturating_sub(1) * 2 / 3;
    let tail = max.saturating_sub(1 + head);
    let is_space = |at: usize| letters.get(at) == Some(&' ');
    // A word that is most of its end is cut all the same.
    let end = (head - head / 4..=head).rev().find(|at| is_space(*at));
    let start = (length - tail - 1..length - tail / 2).find(|at| is_space(*at));
    let (end, start) = (
        end.map_or(head, |at| head.min(at + 1)),
        start.map_or(length - tail, |at| at.max(length - tail)),
    );
    let mut short: String = letters.iter().take(end).collect();
    short.push('…');
    short.extend(letters.iter().skip(start));
    Cow::Owned(short)
}

/// Controls (line ends too), marks of direction, characters without width, and noncharacters.
pub(super) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_controls_the_text_is_replaced_and_the_rest_is_kept() {
        for (name, expect) in [
            ("income", "income"),
            ("größe 🙂 价格", "größe 🙂 价格"),
            ("a\nb\tc", "a�b�c"),
            ("\u{1b}[31mred", "�[31mred"),
            ("safe\u{202e}exe.txt", "safe�exe.txt"),
            ("", "(empty)"),
            ("<script>", "<script>"),
        ] {
            assert_eq!(visible(name), expect);
        }
    }

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(short("customer_income_monthly", 12), "custome…thly");
        assert_eq!(short("short", 12), "short");
        let slice = "2.64396 ≤ MedInc < 6.52809 and Latitude < 37.91";
        assert_eq!(short(slice, 40), "2.64396 ≤ MedInc < 6.52809… < 37.91");
        let long = "x".repeat(300) + "END";
        assert_eq!(short(&long, 40).chars().count(), 40);
        assert!(short(&long, 40).ends_with("END"));
    }

    proptest! {
        #[test]
        fn no_name_is_longer_than_asked_or_unsafe(name in any::<String>(), max in 2_usize..60) {
            let short = short(&name, max.max(7));
            prop_assert!(short.chars().count() <= max.max(7));
            prop_assert!(!short.chars().any(is_unsafe));
        }
    }
}
