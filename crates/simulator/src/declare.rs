//! What a team would declare of its model.

use crate::member::Member;
use crate::model::{Input, Nature};
use candor_contract::spec::{Feature, FeatureType, ModelSpec, Object, Task, Word};

/// A member as a `Model`.
pub(crate) fn object(member: &Member) -> Object {
    let law = member.law();
    let protected = law.protected.iter().map(|name| (*name).to_owned());
    let spec = ModelSpec {
        task: Some(law.task),
        positive_class: (law.task == Task::Binary).then(|| Word("1".to_owned())),
        protected: protected.collect(),
        features: law
            .inputs
            .iter()
            .map(|input| (input.name().to_owned(), feature(input)))
            .collect(),
        ..ModelSpec::default()
    };
    let mut object = Object::of_model(&member.name, spec);
    object.metadata.owner = Some(law.owner.to_owned());
    object
}

fn feature(input: &Input) -> Feature {
    let words = |choices: &[(&str, f64)]| {
        let words = choices.iter().map(|(word, _)| Word((*word).to_owned()));
        words.collect()
    };
    let (ty, bounds, allowed) = match &input.nature {
        Nature::Number { bounds, .. } => (FeatureType::Number, Some(*bounds), None),
        Nature::Amount { .. } => (FeatureType::Number, Some((0.0, f64::MAX)), None),
        Nature::Count { bounds, .. } => (FeatureType::Integer, Some(*bounds), None),
        Nature::Category(choices) => (FeatureType::Category, None, Some(words(choices))),
        Nature::Text => (FeatureType::Text, None, None),
    };
    Feature {
        ty: Some(ty),
        allowed,
        min: bounds.map(|b| b.0),
        max: bounds.map(|b| b.1).filter(|max| *max < f64::MAX),
        ..Feature::default()
    }
}
