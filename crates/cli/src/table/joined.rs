//! Outcomes from a file of their own, beside the predictions with the same id.

use crate::failure::Failure;
use arrow::array::{Array, ArrayRef, AsArray, UInt64Array};
use arrow::compute::{cast, concat, take};
use arrow::datatypes::DataType;
use candor_report::{Error, Field, Result, Table};
use std::collections::HashMap;
use std::sync::Arc;

/// A table with the columns of another, row by row of the same id.
pub(crate) struct Joined {
    table: Arc<dyn Table + Send>,
    other: Arc<dyn Table + Send>,
    fields: Vec<Field>,
    /// Where each column comes from: the place in `other`, or in `table`.
    from: Vec<(bool, usize)>,
    /// The row of `other` of each row of `table`.
    rows: UInt64Array,
}

impl Joined {
    /// Columns of `other` are added to those of `table`, and take the place of those with the same name. Of
    /// several rows of one id the last counts.
    pub(crate) fn new(
        table: Arc<dyn Table + Send>,
        other: Arc<dyn Table + Send>,
        id: &str,
    ) -> std::result::Result<Self, Failure> {
        let keys = |of: &dyn Table, side: &str| {
            let at = of.fields().iter().position(|f| f.name == id);
            let at = at.ok_or_else(|| {
                Failure::usage(
                    "no_id",
                    format!("the {side} have no column {id} to join by"),
                )
                .mend("name the column of ids in the spec, as columns.id")
            })?;
            let parts = of
                .read(at)
                .map_err(|e| Failure::usage("unreadable", e.to_string()))?;
            spelled(&parts).map_err(|e| Failure::usage("unreadable", e))
        };
        let known = keys(other.as_ref(), "outcomes")?;
        let mut place: HashMap<&str, u64> = HashMap::with_capacity(known.len());
        let mut row = 0;
        for part in &known {
            for key in part.as_string::<i32>() {
                if let Some(key) = key {
                    place.insert(key, row);
                }
                row += 1;
            }
        }
        let mine = keys(table.as_ref(), "predictions")?;
        let rows: UInt64Array = mine
            .iter()
            .flat_map(|part| part.as_string::<i32>().iter())
            .map(|key| place.get(key?).copied())
            .collect();
        if rows.null_count() == rows.len() && !rows.is_empty() {
            return Err(Failure::usage(
                "no_match",
                format!("no outcome has the {id} of a prediction"),
            )
            .mend("check that both files are of the same model and name the same column of ids"));
        }
        Ok(Self::of(table, other, id, rows))
    }

    fn of(
        table: Arc<dyn Table + Send>,
        other: Arc<dyn Table + Send>,
        id: &str,
        rows: UInt64Array,
    ) -> Self {
        let added = other
            .fields()
            .iter()
            .enumerate()
            .filter(|(_, f)| f.name != id);
        let added: Vec<(usize, &Field)> = added.collect();
        let replaced = |name: &str| added.iter().any(|(_, f)| f.name == name);
        let own = table
            .fields()
            .iter()
            .enumerate()
            .filter(|(_, f)| !replaced(&f.name));
        let mut fields = Vec::new();
        let mut from = Vec::new();
        for (at, field) in own {
            fields.push(field.clone());
            from.push((false, at));
        }
        for (at, field) in &added {
            fields.push((*field).clone());
            from.push((true, *at));
        }
        Self {
            table,
            other,
            fields,
            from,
            rows,
        }
    }
}

fn spelled(parts: &[ArrayRef]) -> std::result::Result<Vec<ArrayRef>, String> {
    let spelled = parts.iter().map(|part| cast(part, &DataType::Utf8));
    spelled
        .collect::<std::result::Result<_, _>>()
        .map_err(|e| e.to_string())
}

impl Table for Joined {
    fn fields(&self) -> &[Field] {
        &self.fields
    }

    fn rows(&self) -> u64 {
        self.table.rows()
    }

    fn read(&self, at: usize) -> Result<Vec<ArrayRef>> {
        match self.from.get(at) {
            None => Ok(Vec::new()),
            Some((false, at)) => self.table.read(*at),
            Some((true, place)) => {
                let parts = self.other.read(*place)?;
                let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
                let found = concat(&parts).and_then(|whole| take(&whole, &self.rows, None));
                let found = found.map_err(|e| Error::Read {
                    column: self.fields[at].name.clone(),
                    what: e.to_string(),
                })?;
                Ok(vec![found])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_report::Kind;

    struct Plain(Vec<Field>, Vec<ArrayRef>);

    impl Table for Plain {
        fn fields(&self) -> &[Field] {
            &self.0
        }
        fn rows(&self) -> u64 {
            self.1[0].len() as u64
        }
        fn read(&self, at: usize) -> Result<Vec<ArrayRef>> {
            Ok(vec![Arc::clone(&self.1[at])])
        }
    }

    fn plain(columns: Vec<(&str, ArrayRef)>) -> Arc<dyn Table + Send> {
        let field = |name: &str| Field {
            name: name.to_owned(),
            kind: Kind::Number,
            integer: true,
        };
        let fields = columns.iter().map(|(name, _)| field(name)).collect();
        Arc::new(Plain(fields, columns.into_iter().map(|(_, c)| c).collect()))
    }

    #[test]
    fn outcomes_stand_beside_their_predictions_and_the_last_one_counts() {
        use arrow::array::Int64Array;
        let column = |values: Vec<i64>| -> ArrayRef { Arc::new(Int64Array::from(values)) };
        let predictions = plain(vec![
            ("id", column(vec![1, 2, 3])),
            ("score", column(vec![5, 6, 7])),
        ]);
        let outcomes = plain(vec![
            ("id", column(vec![3, 1, 3])),
            ("outcome", column(vec![30, 10, 31])),
        ]);
        let joined = Joined::new(predictions, outcomes, "id").unwrap();
        let names: Vec<&str> = joined.fields().iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["id", "score", "outcome"]);
        let outcome = joined.read(2).unwrap().remove(0);
        let outcome = outcome.as_primitive::<arrow::datatypes::Int64Type>();
        assert_eq!(
            outcome.iter().collect::<Vec<_>>(),
            [Some(10), None, Some(31)]
        );
    }
}
