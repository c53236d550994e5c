//! The bins on which the profiles of a model count, made from a reference.

use crate::error::{Error, Result};
use candor_contract::Kind;
use candor_stats::{Bins, Profile};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Property of the Delta table that keeps the bins.
pub(crate) const PROPERTY: &str = "candor.bins";

/// Categories by kind of event and column.
pub(crate) type Categories = BTreeMap<(Kind, String), BTreeSet<String>>;

/// Bins by kind of event and column.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ModelBins(BTreeMap<(Kind, String), Arc<Bins>>);

#[derive(Serialize, Deserialize)]
struct Told {
    kind: Kind,
    column: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    edges: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    categories: Option<Vec<String>>,
}

impl ModelBins {
    /// Takes the bins that `profile` gives as the reference of a column.
    pub(crate) fn refer(&mut self, kind: Kind, column: &str, profile: &Profile) {
        if let Some(bins) = profile.reference_bins() {
            self.0.insert((kind, column.to_owned()), Arc::new(bins));
        }
    }

    pub(crate) fn of(&self, kind: Kind, column: &str) -> Option<&Arc<Bins>> {
        self.0.get(&(kind, column.to_owned()))
    }

    /// All categories.
    pub(crate) fn categories(&self) -> Categories {
        let texts = self.0.iter().filter_map(|(key, bins)| match bins.as_ref() {
            Bins::Edges(_) => None,
            Bins::Categories(all) => Some((key.clone(), all.iter().cloned().collect())),
        });
        texts.collect()
    }

    /// The same without some categories. Columns that have no others have no bins any more.
    #[must_use]
    pub(crate) fn without(&self, gone: &Categories) -> Self {
        let left = self.0.iter().filter_map(|(key, bins)| {
            let (Bins::Categories(all), Some(gone)) = (bins.as_ref(), gone.get(key)) else {
                return Some((key.clone(), bins.clone()));
            };
            let left = all.iter().filter(|c| !gone.contains(*c)).cloned();
            let left = Bins::categories(left.collect()).ok()?;
            Some((key.clone(), Arc::new(left)))
        });
        Self(left.collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As the text of the property.
    pub(crate) fn to_text(&self) -> Result<String> {
        let told = self.0.iter().map(|((kind, column), bins)| {
            let (edges, categories) = match bins.as_ref() {
                Bins::Edges(edges) => (Some(edges.clone()), None),
                Bins::Categories(categories) => (None, Some(categories.clone())),
            };
            Told {
                kind: *kind,
                column: column.clone(),
                edges,
                categories,
            }
        });
        serde_json::to_string(&told.collect::<Vec<_>>()).map_err(|e| broken(&e))
    }

    /// Reads [`ModelBins::to_text`] back.
    pub(crate) fn from_text(text: &str) -> Result<Self> {
        let told: Vec<Told> = serde_json::from_str(text).map_err(|e| broken(&e))?;
        let mut out = Self::default();
        for one in told {
            let bins = match (one.edges, one.categories) {
                (Some(edges), _) => Bins::edges(edges),
                (None, categories) => Bins::categories(categories.unwrap_or_default()),
            };
            let bins = bins.map_err(super::rows::unreadable)?;
            out.0.insert((one.kind, one.column), Arc::new(bins));
        }
        Ok(out)
    }
}

fn broken(error: &serde_json::Error) -> Error {
    Error::Entry {
        what: format!("the bins of profiles: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_go_and_their_columns_with_the_last_one() {
        let mut bins = ModelBins::default();
        let key = |name: &str| (Kind::Prediction, name.to_owned());
        let set = |all: &[&str]| all.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        let of = |all: &[&str]| Arc::new(Bins::categories(set(all).into_iter().collect()).unwrap());
        let edges = Arc::new(Bins::edges(vec![1.0]).unwrap());
        bins.0.insert(key("input_x"), edges.clone());
        bins.0.insert(key("input_y"), of(&["a", "b"]));
        bins.0.insert(key("input_z"), of(&["c"]));
        let gone = Categories::from([(key("input_y"), set(&["b"])), (key("input_z"), set(&["c"]))]);
        let left = bins.without(&gone);
        assert_eq!(
            left.categories(),
            Categories::from([(key("input_y"), set(&["a"]))])
        );
        assert_eq!(left.of(Kind::Prediction, "input_x"), Some(&edges));
        assert_eq!(left.of(Kind::Prediction, "input_z"), None);
    }

    #[test]
    fn bins_read_back_as_they_were() {
        let mut bins = ModelBins::default();
        let key = |column: &str| (Kind::Prediction, column.to_owned());
        let edges = Bins::edges(vec![0.1, 1e300, -2.0]).unwrap();
        let categories = Bins::categories(vec!["ä \"b\"".to_owned()]).unwrap();
        bins.0.insert(key("input_x"), Arc::new(edges));
        bins.0.insert(key("input_y"), Arc::new(categories));
        assert_eq!(
            ModelBins::from_text(&bins.to_text().unwrap()).unwrap(),
            bins
        );
        assert!(ModelBins::from_text("[{}]").is_err());
    }
}
