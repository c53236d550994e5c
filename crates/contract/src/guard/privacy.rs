//! What becomes of each column: declarations, policies and defaults resolved to one answer.

use crate::personal::Kinds;
use crate::spec::{
    ContentAction, Decision, ModelSpec, NumberAction, PersonalAction, PolicySpec, Sensitivity,
};
use crate::{Column, ModelName, TableId};
use hashbrown::{HashMap, HashSet};

/// What becomes of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// Stored as sent.
    Keep,
    /// Searched; what looks personal is masked.
    Search(Kinds),
    /// An identifier: hashed if it surely is personal, so that joins by it still work.
    Identifier,
    /// Personal: text by `text`, numbers and times by `number`.
    Personal {
        text: PersonalAction,
        number: NumberAction,
    },
    /// Not stored.
    Drop,
}

/// What one model's specs and policies say.
#[derive(Debug, Clone, Default)]
struct Rules {
    text: PersonalAction,
    number: NumberAction,
    kinds: Option<Kinds>,
    content: ContentAction,
    /// By lower-cased feature name.
    features: HashMap<String, Sensitivity>,
    /// Decided by a person, by column.
    columns: HashMap<String, Decision>,
}

/// Which columns are personal, and what becomes of them; of all models together.
///
/// With nothing declared, all text is searched for the default kinds.
#[derive(Debug, Clone, Default)]
pub struct Privacy {
    models: HashMap<ModelName, Rules>,
    others: Rules,
    /// Columns that looked personal as a whole, by table path and name.
    suspects: HashSet<(String, String)>,
    restricted: bool,
}

/// Columns that Candor fills in or has hashed already.
const OWN: [&str; 7] = [
    "subject",
    "model",
    "purposes",
    "kind",
    "time",
    "received_at",
    "time_is_arrival",
];
const IDENTIFIERS: [&str; 10] = [
    "id",
    "prediction_id",
    "request_id",
    "trace_id",
    "span_id",
    "parent_span_id",
    "response_id",
    "conversation_id",
    "agent_id",
    "tool_call_id",
];

impl Privacy {
    /// Resolves the specs of models and all policies. Where several policies speak of a column the
    /// strictest holds.
    pub fn new<'s>(
        models: impl IntoIterator<Item = (ModelName, &'s ModelSpec)>,
        policies: &[PolicySpec],
    ) -> Self {
        let mut out = Self {
            others: Rules::of(None, None, policies),
            ..Self::default()
        };
        let named = policies.iter().flat_map(|p| &p.models);
        let mut all: HashMap<ModelName, Option<&ModelSpec>> = named
            .filter_map(|name| Some((ModelName::new(name)?, None)))
            .collect();
        all.extend(models.into_iter().map(|(name, spec)| (name, Some(spec))));
        for (name, spec) in all {
            let rules = Rules::of(Some(&name), spec, policies);
            out.restricted |= rules.is_restricted();
            out.models.insert(name, rules);
        }
        out.restricted |= out.others.is_restricted();
        out
    }

    /// The same, with columns that nobody declared and that looked personal as a whole. They are
    /// treated as personal until a spec or a policy decides.
    #[must_use]
    pub fn with_suspects(mut self, suspects: impl IntoIterator<Item = (TableId, String)>) -> Self {
        self.suspects = suspects
            .into_iter()
            .map(|(table, column)| (table.path(), column))
            .collect();
        self
    }

    /// Whether a spec or a policy has decided about the column, so that nothing is to be suspected.
    pub fn is_decided(&self, table: &TableId, column: &Column) -> bool {
        let rules = self.rules(table.model());
        rules.columns.contains_key(&column.name)
            || rules
                .feature(&column.name, column.source.as_deref())
                .is_some()
    }

    /// Whether the column's values are personal, by what a spec or a policy says or since they looked like it: then
    /// they are hashed, masked, coarsened or dropped, whatever each of them is.
    pub fn is_personal(&self, table: &TableId, column: &Column) -> bool {
        let treatment = self.of_column(table, column);
        matches!(treatment, Treatment::Personal { .. } | Treatment::Drop)
    }

    /// Whether the content of spans is kept: prompts, completions and the like of calls of `model`, or of
    /// spans that call none.
    pub fn keeps_content(&self, model: Option<&ModelName>) -> bool {
        self.rules(model).content == ContentAction::Keep
    }

    /// Whether any field of `model` is dropped, hashed or masked whatever it holds; of any model, if
    /// none is named.
    pub(crate) fn is_restricted(&self, model: Option<&ModelName>) -> bool {
        match model {
            Some(model) => self.rules(Some(model)).is_restricted(),
            None => self.restricted,
        }
    }

    pub(crate) fn of_column(&self, table: &TableId, column: &Column) -> Treatment {
        let known = self.of_name(table.model(), &column.name, column.source.as_deref());
        let suspected = !self.suspects.is_empty()
            && matches!(known, Treatment::Search(_))
            && !self.is_decided(table, column)
            && self.suspects.contains(&(table.path(), column.name.clone()));
        if suspected {
            return self.rules(table.model()).personal();
        }
        known
    }

    /// What becomes of the field that is stored as `column`, of which `source` is the sender's last
    /// word if it differs.
    pub(crate) fn of_name(
        &self,
        model: Option<&ModelName>,
        column: &str,
        source: Option<&str>,
    ) -> Treatment {
        if OWN.contains(&column) {
            return Treatment::Keep;
        }
        let rules = self.rules(model);
        let declared = rules.feature(column, source);
        if declared == Some(Sensitivity::Sensitive) {
            // Whatever a policy says.
            return Treatment::Drop;
        }
        match rules.columns.get(column) {
            Some(Decision::Off) => return Treatment::Keep,
            Some(Decision::Drop) => return Treatment::Drop,
            Some(Decision::Mask) => return rules.personal_by(PersonalAction::Mask),
            Some(Decision::Hash) => return rules.personal_by(PersonalAction::Hash),
            None => {}
        }
        match declared {
            Some(Sensitivity::None) => Treatment::Keep,
            Some(Sensitivity::Sensitive) => Treatment::Drop,
            Some(Sensitivity::Personal) => rules.personal(),
            None if IDENTIFIERS.contains(&column) => Treatment::Identifier,
            None => Treatment::Search(rules.kinds.unwrap_or(Kinds::DEFAULT)),
        }
    }

    fn rules(&self, model: Option<&ModelName>) -> &Rules {
        model
            .and_then(|model| self.models.get(model))
            .unwrap_or(&self.others)
    }
}

impl Rules {
    fn of(name: Option<&ModelName>, spec: Option<&ModelSpec>, policies: &[PolicySpec]) -> Self {
        let mut out = Self::default();
        let applies = |p: &&PolicySpec| {
            p.models.is_empty() || name.is_some_and(|n| p.models.iter().any(|m| m == n.as_str()))
        };
        let all = policies.iter().filter(applies);
        let mut number: Option<NumberAction> = None;
        let mut content: Option<ContentAction> = None;
        for privacy in all.filter_map(|p| p.privacy.as_ref()) {
            out.text = out.text.max(privacy.personal.unwrap_or_default());
            number = number.max(privacy.numbers);
            content = content.max(privacy.content);
            if let Some(kinds) = &privacy.detect {
                let mine = Kinds::of(kinds);
                out.kinds = Some(out.kinds.map_or(mine, |others| others.union(mine)));
            }
            for (column, decision) in &privacy.columns {
                let mine = out.columns.entry(column.clone()).or_insert(*decision);
                *mine = (*mine).max(*decision);
            }
        }
        out.number = number.unwrap_or_default();
        out.content = content.unwrap_or_default();
        let features = spec.into_iter().flat_map(|spec| &spec.features);
        out.features = features
            .filter_map(|(name, feature)| Some((name.to_lowercase(), feature.sensitivity?)))
            .collect();
        out
    }

    fn is_restricted(&self) -> bool {
        let declared = self.features.values().any(|s| *s != Sensitivity::None);
        declared || self.columns.values().any(|d| *d != Decision::Off)
    }

    fn personal(&self) -> Treatment {
        self.personal_by(self.text)
    }

    fn personal_by(&self, text: PersonalAction) -> Treatment {
        if text == PersonalAction::Drop {
            return Treatment::Drop;
        }
        Treatment::Personal {
            text,
            number: self.number,
        }
    }

    /// What is declared of the feature in a column: its own declaration, or that of an object that
    /// it may be a part of.
    fn feature(&self, column: &str, source: Option<&str>) -> Option<Sensitivity> {
        if self.features.is_empty() {
            return None;
        }
        let prefixes = ["input_", "derived_"];
        let name = prefixes
            .iter()
            .find_map(|p| column.strip_prefix(p))?
            .to_lowercase();
        if let Some(own) = self.features.get(&name) {
            return Some(*own);
        }
        if let Some(own) = source.and_then(|s| self.features.get(&s.to_lowercase())) {
            return Some(*own);
        }
        let stored = |feature: &str| crate::layout::stored_name("", feature);
        let above = self.features.iter().filter(|(feature, sensitivity)| {
            let whole = stored(feature);
            let part = name.strip_prefix(whole.as_str());
            part.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
                && **sensitivity != Sensitivity::None
        });
        above.map(|(_, sensitivity)| *sensitivity).max()
    }
}
