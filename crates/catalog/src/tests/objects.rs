//! Declared objects and what they do to models.

use super::*;

fn stands(revision: u32, changed: bool) -> Put {
    Put { revision, changed }
}

pub(super) async fn objects_keep_every_revision(home: Home) {
    let c = &home.catalog;
    let put = |body: Value, at| async move {
        c.put_spec("Model", "m", &body, "ann", "because", at)
            .await
            .unwrap()
    };
    assert_eq!(put(model("binary"), 1).await, stands(1, true));
    assert_eq!(put(model("binary"), 2).await, stands(1, false));
    assert_eq!(put(model("regression"), 3).await, stands(2, true));
    assert_eq!(
        c.delete_spec("Model", "m", "bob", "gone", 4).await.unwrap(),
        3
    );
    assert!(matches!(
        c.delete_spec("Model", "m", "bob", "", 5).await,
        Err(Error::NotFound { .. })
    ));
    assert!(c.spec("Model", "m", None).await.unwrap().unwrap().deleted);
    assert_eq!(c.specs(Some("Model"), None, 10).await.unwrap().items, []);
    assert_eq!(put(model("regression"), 6).await, stands(4, true));
    let history = c.spec_history("Model", "m").await.unwrap();
    let short: Vec<_> = history
        .iter()
        .map(|r| (r.revision, r.deleted, r.author.as_str(), r.at_us))
        .collect();
    assert_eq!(
        short,
        [
            (4, false, "ann", 6),
            (3, true, "bob", 4),
            (2, false, "ann", 3),
            (1, false, "ann", 1)
        ]
    );
    assert_eq!(
        c.spec("Model", "m", Some(1)).await.unwrap().unwrap().body,
        model("binary")
    );
    assert_eq!(c.spec("Model", "m", Some(9)).await.unwrap(), None);
    assert_eq!(c.spec("Route", "m", None).await.unwrap(), None);
    assert!(matches!(
        c.put_spec("Model", "../m", &model("binary"), "", "", 1)
            .await,
        Err(Error::Invalid { .. })
    ));
}

pub(super) async fn objects_are_known_as_they_stood_at_any_instant(home: Home) {
    let c = &home.catalog;
    let put = |name: &'static str, word: &'static str, at| async move {
        let body = json!({"spec": word});
        c.put_spec("Route", name, &body, "ann", "", at)
            .await
            .unwrap();
    };
    put("b", "one", 10).await;
    put("a", "two", 20).await;
    put("b", "three", 30).await;
    c.delete_spec("Route", "b", "ann", "", 40).await.unwrap();
    put("b", "four", 50).await;
    for (at_us, expected) in [
        (9, vec![]),
        (10, vec![("b", "one")]),
        (29, vec![("a", "two"), ("b", "one")]),
        (30, vec![("a", "two"), ("b", "three")]),
        (40, vec![("a", "two")]),
        (60, vec![("a", "two"), ("b", "four")]),
    ] {
        let stood = c.specs_at("Route", at_us).await.unwrap();
        let named = stood
            .iter()
            .map(|r| (r.name.as_str(), r.body["spec"].as_str().unwrap()));
        assert_eq!(named.collect::<Vec<_>>(), expected, "{at_us}");
    }
    assert_eq!(c.specs_at("Silence", 60).await.unwrap(), []);
}

pub(super) async fn a_models_spec_registers_it_and_its_deletion_makes_it_a_draft(home: Home) {
    let c = &home.catalog;
    let shown = |m: Model| (m.state, m.task, m.owner, m.first_seen_us, m.first_kind);
    let words = |task: &str| (Some(task.to_owned()), Some("team".to_owned()));
    c.put_spec("Model", "m", &model("binary"), "ann", "", 5)
        .await
        .unwrap();
    let (task, owner) = words("binary");
    assert_eq!(
        shown(c.model("m").await.unwrap().unwrap()),
        (ModelState::Registered, task, owner, 5, None)
    );
    c.register_draft("m", Kind::Outcome, 7).await.unwrap();
    let (task, owner) = words("binary");
    let kind = Some(Kind::Outcome);
    assert_eq!(
        shown(c.model("m").await.unwrap().unwrap()),
        (ModelState::Registered, task, owner, 5, kind)
    );
    c.delete_spec("Model", "m", "ann", "", 8).await.unwrap();
    assert_eq!(
        shown(c.model("m").await.unwrap().unwrap()),
        (ModelState::Draft, None, None, 5, kind)
    );
    c.register_model("m", Some("ranking"), None, 9)
        .await
        .unwrap();
    assert_eq!(
        c.model("m").await.unwrap().unwrap().task.as_deref(),
        Some("ranking")
    );
    c.put_spec("Route", "other", &json!({}), "ann", "", 9)
        .await
        .unwrap();
    assert_eq!(
        c.model("other").await.unwrap(),
        None,
        "only Model objects register models"
    );
}
