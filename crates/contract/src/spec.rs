//! Declarative objects: what people say of their models, in YAML or JSON.
//!
//! Parsing touches nothing and tells everything that is wrong at once. The types here are the one
//! source: the published JSON Schemas come from them, and files are checked against those schemas,
//! so that editors and Candor agree.

mod diff;
pub mod events;
mod labels;
mod model;
mod monitor;
mod nearest;
mod object;
mod objective;
mod openslo;
mod page;
mod policy;
mod problem;
mod propose;
mod publish;
mod read;
mod route;
mod scenario;
mod shape;
mod template;
mod tree;

pub use diff::{Difference, diff};
pub use model::{
    CheckSeverity, Columns, Feature, FeatureType, ModelObjective, ModelSpec, Outputs, Reference,
    RowCheck, Sensitivity, Task, Windows, Word,
};
pub use monitor::{
    BUILT_IN_SEGMENTS, Baseline, DecisionRule, Family, Measure, MeasureAbout, MonitorSpec, Scale,
    Severity, Sides, Sustain,
};
pub use object::{API_VERSION, Body, Metadata, Object, SpecKind};
pub use objective::ObjectiveSpec;
pub use page::{ScenarioPage, scenario_of_page};
pub(crate) use policy::is_purpose;
pub use policy::{
    Consent, ConsentPolicy, ContentAction, Decision, NumberAction, PersonalAction, PolicySpec,
    PrivacyPolicy, Purpose, Retention,
};
pub use problem::{Problem, Problems};
pub use propose::propose;
pub use publish::{json_schema, published_schemas};
pub use route::{Escalate, Matcher, Quiet, Receiver, RouteSpec, SilenceSpec, Weekday};
pub use scenario::{
    AllowSpec, Archetype, Deployment, DrillSchedule, ExpectSpec, FaultKind, FaultSpec,
    HappeningKind, HappeningSpec, Magnitude, OneOf, Reason, ScenarioModel, ScenarioSpec, Shape,
    span_us,
};
pub use template::{BadTemplate, Piece, Placeholder, Template};

/// Largest file of objects, in bytes.
pub const TEXT_BYTES_MAX: usize = 4 << 20;

/// Reads all objects of a file: YAML or JSON, one or many (`---` between documents, or lists).
///
/// # Errors
/// All that is wrong with the file, in the order of its lines.
pub fn parse(text: &str) -> Result<Vec<Object>, Problems> {
    let mut objects = Vec::new();
    let mut problems = Problems::default();
    for document in tree::read(text)? {
        match document.content {
            tree::Content::List(nodes) => {
                for node in nodes {
                    problems.collect(Object::read(&node), &mut objects);
                }
            }
            _ => problems.collect(Object::read(&document), &mut objects),
        }
    }
    problems.or(objects)
}

#[cfg(test)]
mod tests;
