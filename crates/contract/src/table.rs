//! Names of models and of the tables that hold their events.

use crate::Kind;
use std::fmt;

/// Longest event id, in bytes.
pub(crate) const ID_BYTES_MAX: usize = 128;

/// Longest model name, in bytes.
pub const MODEL_NAME_BYTES_MAX: usize = 128;

/// Last name of the tables of profiles.
const PROFILES: &str = "profiles";
/// Last name of the table of spans.
const SPANS: &str = "spans";

/// A checked model name: letters, digits, `.`, `_` and `-`, starting with a letter or digit, at
/// most [`MODEL_NAME_BYTES_MAX`] bytes. Such a name is safe as one path segment, and it is the only
/// way from input to a path in the lake.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelName(Box<str>);

impl ModelName {
    /// Checks `name`; `None` if it is not a model name.
    pub fn new(name: &str) -> Option<Self> {
        let ok = !name.is_empty()
            && name.len() <= MODEL_NAME_BYTES_MAX
            && name.as_bytes()[0].is_ascii_alphanumeric()
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
            && !name.contains("..");
        ok.then(|| Self(name.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One table of the lake.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TableId {
    /// Events of one kind and model.
    Model(ModelName, Kind),
    /// Events of a kind that all models share ([`Kind::Stage`], [`Kind::Change`]).
    Shared(Kind),
    /// Rows that the contract rejected.
    Quarantine,
    /// Spans of traces, of all services.
    Spans,
    /// Summaries of the columns of one model's events, by window.
    Profiles(ModelName),
}

impl TableId {
    /// The table for events of `kind` of `model`.
    pub fn of(model: &ModelName, kind: Kind) -> Self {
        if kind.per_model() {
            TableId::Model(model.clone(), kind)
        } else {
            TableId::Shared(kind)
        }
    }

    /// The table's folder below the lake's root, e.g. `models/credit-risk/predictions`.
    pub fn path(&self) -> String {
        match self {
            TableId::Model(model, kind) => format!("models/{model}/{}", kind.table()),
            TableId::Shared(kind) => format!("shared/{}", kind.table()),
            TableId::Quarantine => "shared/quarantine".into(),
            TableId::Spans => format!("shared/{SPANS}"),
            TableId::Profiles(model) => format!("models/{model}/{PROFILES}"),
        }
    }

    /// The inverse of [`TableId::path`]; `None` for any other text.
    pub fn from_path(path: &str) -> Option<Self> {
        let by_table = |word: &str| Kind::ALL.into_iter().find(|k| k.table() == word);
        let mut parts = path.split('/');
        let id = match (parts.next()?, parts.next()?, parts.next()) {
            ("models", model, Some(PROFILES)) => TableId::Profiles(ModelName::new(model)?),
            ("models", model, Some(table)) => {
                let kind = by_table(table).filter(|k| k.per_model())?;
                TableId::Model(ModelName::new(model)?, kind)
            }
            ("shared", "quarantine", None) => TableId::Quarantine,
            ("shared", SPANS, None) => TableId::Spans,
            ("shared", table, None) => TableId::Shared(by_table(table).filter(|k| !k.per_model())?),
            _ => return None,
        };
        parts.next().is_none().then_some(id)
    }

    /// The table's last name, e.g. `predictions`.
    pub fn name(&self) -> &'static str {
        match self {
            TableId::Model(_, kind) | TableId::Shared(kind) => kind.table(),
            TableId::Quarantine => "quarantine",
            TableId::Spans => SPANS,
            TableId::Profiles(_) => PROFILES,
        }
    }

    /// The model whose table this is, if it is one model's.
    pub fn model(&self) -> Option<&ModelName> {
        match self {
            TableId::Model(model, _) | TableId::Profiles(model) => Some(model),
            TableId::Shared(_) | TableId::Quarantine | TableId::Spans => None,
        }
    }
}

impl fmt::Display for TableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TableId::Model(model, _) | TableId::Profiles(model) => {
                write!(f, "{model}.{}", self.name())
            }
            other => f.write_str(other.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn model_names_cannot_be_paths() {
        for good in ["credit-risk", "a", "Llama-3.1_8B", "0x"] {
            assert!(ModelName::new(good).is_some(), "{good}");
        }
        let long = "x".repeat(129);
        for bad in [
            "", ".", "..", "a/b", "../etc", "a\\b", "%2e", "a..b", ".hidden", "-rf", "a b", "ä",
            "a\0", &long,
        ] {
            assert!(ModelName::new(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn table_paths_round_trip() {
        let model = ModelName::new("m").unwrap();
        for kind in Kind::ALL {
            let id = TableId::of(&model, kind);
            assert_eq!(TableId::from_path(&id.path()), Some(id));
        }
        let profiles = TableId::Profiles(model);
        assert_eq!(TableId::from_path(&profiles.path()), Some(profiles));
        assert_eq!(
            TableId::from_path("shared/quarantine"),
            Some(TableId::Quarantine)
        );
        assert_eq!(TableId::from_path("shared/spans"), Some(TableId::Spans));
        for bad in [
            "",
            "models/m",
            "models/m/spans",
            "models/../predictions",
            "models/m/stages",
            "shared/profiles",
            "shared/x",
            "models/m/predictions/x",
        ] {
            assert_eq!(TableId::from_path(bad), None, "{bad}");
        }
    }
}
