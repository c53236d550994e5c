//! Types of value.

use std::fmt;

/// What the values of a column are. Profiles of one type merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum ValueType {
    /// `true` (1) or `false` (0).
    Boolean = 1,
    /// Integers and floats.
    Number = 2,
    /// Microseconds since 1970.
    Time = 3,
    /// UTF-8.
    Text = 4,
    /// What is only counted, such as vectors.
    Opaque = 5,
}

impl ValueType {
    pub(crate) const ALL: [ValueType; 5] = [
        ValueType::Boolean,
        ValueType::Number,
        ValueType::Time,
        ValueType::Text,
        ValueType::Opaque,
    ];

    /// The word for it in tables and answers.
    pub const fn name(self) -> &'static str {
        match self {
            ValueType::Boolean => "boolean",
            ValueType::Number => "number",
            ValueType::Time => "time",
            ValueType::Text => "text",
            ValueType::Opaque => "opaque",
        }
    }

    /// The inverse of [`ValueType::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ty| ty.name() == name)
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
