//! The `filter` parameter of Alertmanager's queries.

use candor_contract::spec::Matcher;

/// A filter that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no matcher. Write name=\"value\", with =, !=, =~ or !~")]
pub struct BadFilter(String);

/// Reads a matcher such as `alertname="missing"` or `model=~credit.*`.
pub fn matcher(text: &str) -> Result<Matcher, BadFilter> {
    let bad = || BadFilter(text.to_owned());
    let text = text.trim();
    let at = text.find(['=', '!']).ok_or_else(bad)?;
    let (name, rest) = text.split_at(at);
    let operators = [
        ("=~", true, false),
        ("!~", true, true),
        ("!=", false, true),
        ("=", false, false),
    ];
    let (operator, regex, not) = operators
        .into_iter()
        .find(|(operator, ..)| rest.starts_with(operator))
        .ok_or_else(bad)?;
    let name = name.trim();
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(bad());
    }
    Ok(Matcher {
        name: name.to_owned(),
        value: value(rest[operator.len()..].trim()).ok_or_else(bad)?,
        regex,
        not,
    })
}

/// A value as it is or in quotes, in which `\` escapes.
fn value(text: &str) -> Option<String> {
    let Some(quoted) = text.strip_prefix('"') else {
        return (!text.contains('"')).then(|| text.to_owned());
    };
    let mut out = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return chars.as_str().is_empty().then_some(out),
            '\\' => match chars.next()? {
                'n' => out.push('\n'),
                c @ ('"' | '\\') => out.push(c),
                c => out.extend(['\\', c]),
            },
            c => out.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_as_alertmanager_writes_them() {
        for (text, expected) in [
            (
                r#"alertname="missing""#,
                Some(("alertname", "missing", false, false)),
            ),
            (
                "model=credit-risk",
                Some(("model", "credit-risk", false, false)),
            ),
            (
                r#"model=~"credit.*""#,
                Some(("model", "credit.*", true, false)),
            ),
            (r#" model != "a=b" "#, Some(("model", "a=b", false, true))),
            (
                r#"column!~"a\\.b|\"""#,
                Some(("column", r#"a\.b|""#, true, true)),
            ),
            (r#"column="""#, Some(("column", "", false, false))),
            ("model", None),
            ("=x", None),
            (r#"model="x"#, None),
            (r#"model="x"y"#, None),
            ("a b=c", None),
            ("model!x", None),
        ] {
            let told = matcher(text).ok();
            let told = told
                .as_ref()
                .map(|m| (m.name.as_str(), m.value.as_str(), m.regex, m.not));
            assert_eq!(told, expected, "{text}");
        }
    }
}
