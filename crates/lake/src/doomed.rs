//! Which rows belong to a person.

use crate::error::{Error, Result};
use arrow::array::{Array, AsArray, BooleanArray, RecordBatch, StringArray};
use arrow::compute::filter_record_batch;
use candor_contract::{ModelName, TableId};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// What makes a row one of the person's.
pub(crate) struct Doomed {
    pub(crate) subjects: HashSet<String>,
    /// Ids of the person's predictions.
    pub(crate) predictions: HashMap<ModelName, HashSet<String>>,
    /// Only rows of this model in tables that models share.
    pub(crate) model: Option<ModelName>,
}

impl Doomed {
    /// Which rows of a batch of `table` stay.
    pub(crate) fn keep(&self, table: &TableId, batch: &RecordBatch) -> BooleanArray {
        let text = |name: &str| texts(batch, name);
        let (subject, prediction) = (text("subject"), text("prediction_id"));
        let (model, raw) = (text("model"), text("raw"));
        let ids = table.model().and_then(|model| self.predictions.get(model));
        let keep = |row: usize| {
            let of_model = table.model().is_some() || self.is_of_model(value(model, row));
            let by_subject = value(subject, row).is_some_and(|s| self.subjects.contains(s));
            let by_id = ids
                .zip(value(prediction, row))
                .is_some_and(|(ids, id)| ids.contains(id));
            let by_raw = value(raw, row).is_some_and(|raw| self.is_in(raw, value(model, row)));
            Some(!(of_model && (by_subject || by_id || by_raw)))
        };
        (0..batch.num_rows()).map(keep).collect()
    }

    /// The rows of `table` that stay.
    pub(crate) fn leave_out(
        &self,
        table: &TableId,
        batches: &[RecordBatch],
    ) -> Result<Vec<RecordBatch>> {
        let stay = |batch| {
            filter_record_batch(batch, &self.keep(table, batch))
                .map_err(Error::arrow("leave out rows"))
        };
        batches.iter().map(stay).collect()
    }

    fn is_of_model(&self, model: Option<&str>) -> bool {
        match (&self.model, model) {
            (Some(wanted), Some(model)) => wanted.as_str() == model,
            _ => true,
        }
    }

    /// Whether a rejected row names the person or one of the predictions.
    fn is_in(&self, raw: &str, model: Option<&str>) -> bool {
        if self.subjects.iter().any(|s| raw.contains(s.as_str())) {
            return true;
        }
        let named = model.and_then(ModelName::new);
        let sets: Vec<&HashSet<String>> = match &named {
            Some(model) => self.predictions.get(model).into_iter().collect(),
            None => self.predictions.values().collect(),
        };
        match serde_json::from_str::<Value>(raw) {
            Ok(event) => ["id", "prediction_id"].iter().any(|key| {
                let id = event.get(key).and_then(Value::as_str);
                id.is_some_and(|id| sets.iter().any(|set| set.contains(id)))
            }),
            // Broken rows are searched as text: an id too many is better than one too few.
            Err(_) => sets.iter().any(|set| {
                let mut ids = set.iter();
                ids.any(|id| raw.contains(&format!("\"{id}\"")))
            }),
        }
    }
}

fn texts<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b StringArray> {
    batch.column_by_name(name)?.as_string_opt::<i32>()
}

fn value(array: Option<&StringArray>, row: usize) -> Option<&str> {
    array
        .filter(|array| array.is_valid(row))
        .map(|array| array.value(row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::ArrayRef;
    use std::sync::Arc;

    fn doomed(model: Option<&str>) -> Doomed {
        let loan = ModelName::new("loan").unwrap();
        Doomed {
            subjects: HashSet::from(["sub_a".to_owned()]),
            predictions: HashMap::from([(loan, HashSet::from(["p1".to_owned()]))]),
            model: model.and_then(ModelName::new),
        }
    }

    fn kept(doomed: &Doomed, table: &str, columns: &[(&str, &[Option<&str>])]) -> Vec<bool> {
        let columns = columns.iter().map(|(name, values)| {
            let array: ArrayRef = Arc::new(StringArray::from(values.to_vec()));
            (*name, array)
        });
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let table = TableId::from_path(table).unwrap();
        doomed.keep(&table, &batch).values().iter().collect()
    }

    #[test]
    fn rows_go_by_subject_by_prediction_and_by_what_they_quote() {
        let all = doomed(None);
        let subject: &[_] = &[Some("sub_a"), Some("sub_b"), None];
        let path = "models/loan/predictions";
        assert_eq!(
            kept(&all, path, &[("subject", subject)]),
            [false, true, true]
        );
        let ids: &[_] = &[Some("p2"), Some("p1"), None];
        let path = "models/loan/outcomes";
        assert_eq!(
            kept(&all, path, &[("prediction_id", ids)]),
            [true, false, true]
        );
        // Another model's prediction may have the same id.
        let path = "models/other/outcomes";
        assert_eq!(kept(&all, path, &[("prediction_id", ids)]), [true; 3]);
        let raws: &[_] = &[
            Some(r#"{"subject":"sub_a"}"#),
            Some(r#"{"prediction_id":"p1"}"#),
            Some(r#"{"prediction_id":"p1", broken"#),
            Some(r#"{"prediction_id":"p10"}"#),
        ];
        let of: &[_] = &[Some("loan"), Some("loan"), None, Some("loan")];
        let columns = [("raw", raws), ("model", of)];
        assert_eq!(
            kept(&all, "shared/quarantine", &columns),
            [false, false, false, true]
        );
    }

    #[test]
    fn a_model_limits_what_goes_of_shared_tables() {
        let one = doomed(Some("loan"));
        let subject: &[_] = &[Some("sub_a"); 3];
        let model: &[_] = &[Some("loan"), Some("other"), None];
        let columns = [("subject", subject), ("model", model)];
        assert_eq!(kept(&one, "shared/changes", &columns), [false, true, false]);
    }
}
