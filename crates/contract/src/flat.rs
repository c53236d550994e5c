//! Flattened names: how a column of a table-like format (or a top-level JSON key) names an event
//! field, as in `input_amount` or `output_score`.

use crate::Kind;
use crate::fields::{self, Shape};
use hashbrown::HashMap;
use std::borrow::Cow;

/// How the columns of a file map to event fields. Columns that it does not name are inputs, or left
/// out, as it was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    fields: HashMap<String, Option<String>>,
    only_named: bool,
}

impl Mapping {
    /// `fields` pairs a file's column with the flattened event field it holds, e.g. `("p_default",
    /// Some("output_score"))`; `None` leaves the column out.
    pub fn new(fields: impl IntoIterator<Item = (String, Option<String>)>) -> Self {
        Self {
            fields: fields.into_iter().collect(),
            only_named: false,
        }
    }

    /// Leaves out columns that are not named, instead of taking them as inputs.
    #[must_use]
    pub fn only_named(self) -> Self {
        Self {
            only_named: true,
            ..self
        }
    }

    /// The event field of a file's column, `None` if the column is left out.
    pub fn field<'a>(&'a self, column: &'a str) -> Option<Cow<'a, str>> {
        match self.fields.get(column) {
            Some(field) => field.as_deref().map(Cow::Borrowed),
            None if self.only_named => None,
            None => Some(Cow::Owned(format!("input_{column}"))),
        }
    }
}

/// The field a file's column names, with or without a mapping.
pub(crate) fn field_of<'a>(mapping: Option<&'a Mapping>, column: &'a str) -> Option<Cow<'a, str>> {
    match mapping {
        Some(mapping) => mapping.field(column),
        None => Some(Cow::Borrowed(column)),
    }
}

/// Splits a flattened name into its prefix, the rest, and the position of the field among the
/// kind's own (`None` for common ones): `input_amount` is `("input_", "amount", Some(0))`.
pub(crate) fn split(kind: Kind, name: &str) -> Option<(&'static str, &str, Option<usize>)> {
    let own = fields::own_fields(kind)
        .iter()
        .enumerate()
        .map(|(i, f)| (Some(i), f.shape));
    let common = std::iter::once((None, Shape::Fixed("segment_", crate::ColumnType::Text)));
    own.chain(common).find_map(|(own, shape)| {
        let prefix = match shape {
            Shape::Object(prefix) | Shape::Fixed(prefix, _) => prefix,
            Shape::Stages => "stage_",
            Shape::Scalar(_) | Shape::Json | Shape::Special(_) => return None,
        };
        name.strip_prefix(prefix)
            .filter(|rest| !rest.is_empty())
            .map(|rest| (prefix, rest, own))
    })
}
