//! Findings of personal data and receipts of erasures.

use super::*;
use candor_contract::TableId;
use std::collections::BTreeMap;

pub(super) async fn findings_are_kept_one_a_column(home: Home) {
    let mut finding = PersonalFinding {
        table: TableId::Quarantine,
        column: "raw".to_owned(),
        kinds: BTreeMap::from([("email".to_owned(), 2)]),
        whole: 1,
        seen: 9,
        suspected: false,
        first_us: 5,
        last_us: 6,
    };
    let other = PersonalFinding {
        column: "_raw".to_owned(),
        ..finding.clone()
    };
    let both = [finding.clone(), other.clone()];
    home.catalog.put_findings(&both).await.unwrap();
    finding.kinds.insert("card".to_owned(), 1);
    (finding.suspected, finding.last_us) = (true, 7);
    home.catalog.put_findings(&[finding.clone()]).await.unwrap();
    let again = home.again().await;
    assert_eq!(again.findings().await.unwrap(), [other, finding]);
}

pub(super) async fn receipts_are_listed_newest_first(home: Home) {
    let mut all: Vec<Erasure> = (1..4)
        .map(|n| Erasure {
            id: format!("e{n}"),
            body: json!({"rows": n}),
            asked_us: n,
            done_us: n + 10,
        })
        .collect();
    for erasure in &all {
        home.catalog.put_erasure(erasure).await.unwrap();
    }
    (all[0].body, all[0].done_us) = (json!({"rows": 0}), 20);
    home.catalog.put_erasure(&all[0]).await.unwrap();
    all.reverse();
    let again = home.again().await;
    assert_eq!(again.erasures(10).await.unwrap(), all);
    assert_eq!(again.erasures(1).await.unwrap(), all[..1]);
}
