//! Policies that the lake carries out: retention by whole days.

use crate::problem::Problem;
use candor_catalog::Catalog;
use candor_contract::spec::Object;
use candor_lake::Lake;

/// Reads all `Policy` objects and tells the lake how long to keep each table.
pub(crate) async fn apply(catalog: &Catalog, lake: &Lake) -> Result<(), Problem> {
    let mut policies = Vec::new();
    let mut cursor = None;
    loop {
        let page = catalog
            .specs(Some("Policy"), cursor.as_deref(), 1000)
            .await?;
        for revision in page.items {
            if let Ok(object) = Object::from_value(&revision.body)
                && let Some(policy) = object.policy()
            {
                policies.push(policy.clone());
            }
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    for (id, _) in lake.volumes() {
        let days = policies.iter().filter_map(|p| p.retention_days(&id)).min();
        lake.set_retention(&id, days);
    }
    Ok(())
}
