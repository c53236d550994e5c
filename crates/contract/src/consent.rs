//! Purposes that an event may be used for.
//!
//! Stored as one text: a JSON list of distinct names in order, e.g. `["audit","training"]`. No list at
//! all means that nobody was asked; an empty one, that nothing was agreed to.

use crate::rejection::{Code, Fault};
use crate::spec::is_purpose;

/// Most purposes of one event.
const PURPOSES_MAX: usize = 32;

/// The stored form of a list of purposes.
pub(crate) fn stored<'w>(words: impl IntoIterator<Item = &'w str>) -> Result<String, Fault> {
    let mut words: Vec<&str> = words.into_iter().collect();
    words.sort_unstable();
    words.dedup();
    if words.len() > PURPOSES_MAX || !words.iter().all(|word| is_purpose(word)) {
        return Err(fault());
    }
    // Names of purposes need no escapes.
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    Ok(format!("[{}]", quoted.join(",")))
}

/// The stored form of a JSON list.
pub(crate) fn of_json(json: &str) -> Result<String, Fault> {
    let words: Vec<String> = serde_json::from_str(json).map_err(|_| fault())?;
    stored(words.iter().map(String::as_str))
}

/// The stored form of a cell: a JSON list, or names with `;`, `,`, `|` or spaces between them.
pub(crate) fn of_cell(cell: &str) -> Result<String, Fault> {
    if cell.trim_start().starts_with('[') {
        return of_json(cell);
    }
    let words = cell.split([';', ',', '|', ' ']);
    stored(words.filter(|word| !word.is_empty()))
}

fn fault() -> Fault {
    let message = format!(
        "`purposes` must be a list of at most {PURPOSES_MAX} names of letters, digits, `_` and `-`"
    );
    Fault::new(Code::TypeMismatch, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_stored_one_way() {
        for cell in [r#"["b","a","b"]"#, "b;a", "a, b", "b|a"] {
            assert_eq!(of_cell(cell).unwrap(), r#"["a","b"]"#, "{cell}");
        }
        assert_eq!(of_json("[]").unwrap(), "[]");
        let many = vec!["\"x\""; 33].join(",");
        assert_eq!(of_json(&format!("[{many}]")).unwrap(), r#"["x"]"#);
        for bad in [r#""a""#, "{}", r#"["a b"]"#, r#"[""]"#, "[1]", "[[]]"] {
            assert_eq!(of_json(bad).unwrap_err().code, Code::TypeMismatch, "{bad}");
        }
    }
}
