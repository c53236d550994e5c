//! Versions of schemas.

use super::*;

pub(super) async fn schema_versions_follow_one_another_and_keep_their_reasons(home: Home) {
    let table = "models/a/predictions";
    assert_eq!(home.catalog.schema(table).await.unwrap(), None);
    let first = schema(1, &["x"]);
    home.catalog
        .append_schema(table, 0, &first, &[], "first event", 5)
        .await
        .unwrap();
    let changes = [
        SchemaChange::Add {
            column: Column {
                source: Some("y z".into()),
                ..Column::new("y", ColumnType::Vector)
            },
        },
        SchemaChange::Widen {
            column: "x".into(),
            from: ColumnType::Integer,
            to: ColumnType::Text,
        },
        SchemaChange::Declare {
            column: "x".into(),
            ty: ColumnType::Text,
        },
    ];
    let second = first.apply(&changes);
    home.catalog
        .append_schema(table, 1, &second, &changes, "wider", 6)
        .await
        .unwrap();
    assert_eq!(
        home.catalog.schema(table).await.unwrap(),
        Some(second.clone())
    );
    let history = home.catalog.schema_history(table).await.unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!(
        (&history[0].schema, history[0].why.as_str()),
        (&first, "first event")
    );
    assert_eq!(
        history[1],
        SchemaRevision {
            schema: second.clone(),
            changes: changes.into(),
            why: "wider".into(),
            at_us: 6
        }
    );
}

pub(super) async fn schema_versions_leave_no_gap_and_are_never_replaced(home: Home) {
    let table = "models/a/predictions";
    let (first, second) = (schema(1, &["x"]), schema(2, &["x", "y"]));
    home.catalog
        .append_schema(table, 0, &first, &[], "first", 5)
        .await
        .unwrap();
    home.catalog
        .append_schema(table, 1, &second, &[], "second", 6)
        .await
        .unwrap();
    let late = home
        .catalog
        .append_schema(table, 1, &schema(2, &["z"]), &[], "late", 7)
        .await;
    assert!(matches!(late, Err(Error::Conflict { .. })));
    let early = home
        .catalog
        .append_schema(table, 3, &schema(4, &["z"]), &[], "early", 7)
        .await;
    assert!(matches!(early, Err(Error::Conflict { .. })));
    let misnumbered = home
        .catalog
        .append_schema(table, 2, &schema(5, &["z"]), &[], "skips", 7)
        .await;
    assert!(matches!(misnumbered, Err(Error::Invalid { .. })));
    home.catalog
        .append_schema("shared/stages", 0, &first, &[], "other", 8)
        .await
        .unwrap();
    let all = home.catalog.schemas().await.unwrap();
    assert_eq!(
        all,
        [
            (table.to_owned(), second),
            ("shared/stages".to_owned(), first)
        ]
    );
}

pub(super) async fn of_many_that_append_the_same_version_one_wins(home: Home) {
    let again = home.again().await;
    let mut won = 0;
    let first = schema(1, &["x"]);
    let appends = (0..8).map(|i| {
        let catalog = if i % 2 == 0 {
            home.catalog.clone()
        } else {
            again.clone()
        };
        let first = first.clone();
        async move {
            catalog
                .append_schema("shared/changes", 0, &first, &[], "race", i)
                .await
        }
    });
    let mut tasks = tokio::task::JoinSet::new();
    appends.for_each(|append| {
        tasks.spawn(append);
    });
    for outcome in tasks.join_all().await {
        match outcome {
            Ok(()) => won += 1,
            Err(Error::Conflict { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(
        home.catalog
            .schema_history("shared/changes")
            .await
            .unwrap()
            .len(),
        1
    );
}
