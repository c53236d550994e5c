//! Writes markup in which no text of a document can become anything but text.
//!
//! Tags, names of attributes and literals are `'static`; all else is escaped on its way. Elements close
//! where they open, so the page is well-formed, as XML too.

use super::super::name::is_unsafe;
use std::fmt::{self, Display, Write};

/// Names and values of attributes.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a dyn Display)];

/// A page that is being written.
#[derive(Debug, Default)]
pub(super) struct Markup {
    out: String,
    /// What the cells of a row are, and the place of the next one.
    labels: Vec<String>,
    cell: usize,
}

impl Markup {
    /// With room for `bytes`.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self {
            out: String::with_capacity(bytes),
            ..Self::default()
        }
    }

    /// The page.
    pub(super) fn into_text(self) -> String {
        self.out
    }

    /// Markup of ours.
    pub(super) fn literal(&mut self, markup: &'static str) {
        self.out.push_str(markup);
    }

    /// A style sheet of ours, which may not end its element.
    pub(super) fn style(&mut self, sheet: &str) {
        self.out.push_str(&sheet.replace('<', ""));
    }

    /// What the cells of the following rows are, for where heads do not fit; nothing ends it.
    pub(super) fn label(&mut self, labels: Vec<String>) {
        self.labels = labels;
    }

    /// A name, escaped, which may break after a joint.
    pub(super) fn name(&mut self, name: impl Display) {
        let name = name.to_string();
        for (at, part) in name.split_inclusive(['_', '.']).enumerate() {
            if at > 0 {
                self.literal("<wbr/>");
            }
            self.text(part);
        }
    }

    /// Text, escaped.
    pub(super) fn text(&mut self, text: impl Display) {
        // Writing to a string does not fail.
        let _ = write!(Escaped(&mut self.out), "{text}");
    }

    /// An element around what `body` writes.
    pub(super) fn inside(
        &mut self,
        tag: &'static str,
        attributes: Attributes<'_>,
        body: impl FnOnce(&mut Self),
    ) {
        self.start(tag, attributes);
        self.out.push('>');
        body(self);
        self.out.push_str("</");
        self.out.push_str(tag);
        self.out.push('>');
    }

    /// An element around a text.
    pub(super) fn leaf(
        &mut self,
        tag: &'static str,
        attributes: Attributes<'_>,
        text: impl Display,
    ) {
        self.inside(tag, attributes, |m| m.text(text));
    }

    /// An element without content.
    pub(super) fn empty(&mut self, tag: &'static str, attributes: Attributes<'_>) {
        self.start(tag, attributes);
        self.out.push_str("/>");
    }

    fn start(&mut self, tag: &'static str, attributes: Attributes<'_>) {
        self.out.push('<');
        self.out.push_str(tag);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            self.text(value);
            self.out.push('"');
        }
        self.labelled(tag);
    }

    fn labelled(&mut self, tag: &'static str) {
        match tag {
            "tr" => self.cell = 0,
            "td" | "th" => {
                let label = self.labels.get(self.cell).filter(|label| !label.is_empty());
                self.cell += 1;
                if let Some(label) = label.filter(|_| tag == "td").cloned() {
                    self.out.push_str(" data-label=\"");
                    self.text(label);
                    self.out.push('"');
                }
            }
            _ => {}
        }
    }
}

struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match c {
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '&' => self.0.push_str("&amp;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\n' | '\r' | '\t' => self.0.push(' '),
                c if is_unsafe(c) => self.0.push('\u{fffd}'),
                c => self.0.push(c),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_and_values_are_escaped() {
        let mut m = Markup::default();
        m.inside("p", &[("title", &"\"><script>"), ("data-v", &1.5)], |m| {
            m.text("a < b & 'c'\u{202e}\n");
            m.empty("br", &[]);
            m.literal("<hr/>");
        });
        assert_eq!(
            m.into_text(),
            "<p title=\"&quot;&gt;&lt;script&gt;\" data-v=\"1.5\">a &lt; b &amp; &#39;c&#39;\u{fffd} <br/><hr/></p>"
        );
    }

    #[test]
    fn names_break_at_their_joints_and_cells_say_what_they_are() {
        let mut m = Markup::default();
        m.name("y_pred.a<b_");
        assert_eq!(m.into_text(), "y_<wbr/>pred.<wbr/>a&lt;b_");
        let mut m = Markup::default();
        m.label(["", "Rows"].map(str::to_owned).into());
        m.inside("tr", &[], |m| {
            m.leaf("th", &[], "a");
            m.leaf("td", &[], 1);
        });
        assert_eq!(
            m.into_text(),
            "<tr><th>a</th><td data-label=\"Rows\">1</td></tr>"
        );
    }

    proptest! {
        #[test]
        fn no_text_opens_a_tag_or_ends_an_attribute(text in any::<String>()) {
            let mut m = Markup::default();
            m.text(&text);
            let out = m.into_text();
            prop_assert!(!out.contains(['<', '>', '"', '\'']), "{out}");
            prop_assert!(!out.chars().any(char::is_control));
        }
    }
}
