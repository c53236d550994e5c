//! One suite over real databases of both kinds; what is a database's own is beside it.

mod alerting;
mod drilling;
mod guard;
mod objects;
mod observing;
mod on_postgres;
mod on_sqlite;
mod schema_versions;

use super::*;
use alerting::*;
use candor_contract::{Column, ColumnType, Kind, SchemaChange, TableSchema};
use drilling::*;
use guard::*;
use objects::*;
use observing::*;
use on_postgres::Schema;
use schema_versions::*;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A catalog in a place of its own.
struct Home {
    place: Place,
    catalog: Catalog,
}

enum Place {
    File(TempDir),
    Schema(Schema),
}

impl Place {
    async fn open(&self) -> Result<Catalog> {
        match self {
            Place::File(folder) => Catalog::open(&on_sqlite::file(folder)).await,
            Place::Schema(schema) => Catalog::connect(schema.url()).await,
        }
    }
}

impl Home {
    async fn at(place: Place) -> Self {
        let catalog = place.open().await.unwrap();
        Self { place, catalog }
    }

    /// Opens it again while the first opener still holds it, as after a crash: nothing was closed.
    async fn again(&self) -> Catalog {
        self.place.open().await.unwrap()
    }
}

/// Runs each of the tests below on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($test:ident,)*) => {
        mod sqlite {
            use super::*;
            $(#[tokio::test]
            async fn $test() {
                super::$test(Home::at(on_sqlite::place()).await).await;
            })*
        }
        mod postgres {
            use super::*;
            $(#[tokio::test]
            async fn $test() {
                if let Some(place) = on_postgres::place().await {
                    super::$test(Home::at(place).await).await;
                }
            })*
        }
    };
}

on_both! {
    readers_cannot_write,
    a_newer_catalog_is_refused_and_left_as_it_is,
    somebody_elses_tables_are_refused_and_left_as_they_are,
    any_text_is_kept_or_refused_as_such,
    names_are_ordered_by_their_bytes,
    everything_survives_an_opener_that_never_closed,
    a_write_that_is_dropped_leaves_nothing_and_frees_the_lock,
    drafts_are_registered_once_and_keep_their_first_sight,
    lists_come_in_pages_without_gaps_or_repeats,
    versions_are_seen_once_and_only_of_known_models,
    schema_versions_follow_one_another_and_keep_their_reasons,
    schema_versions_leave_no_gap_and_are_never_replaced,
    of_many_that_append_the_same_version_one_wins,
    objects_keep_every_revision,
    objects_are_known_as_they_stood_at_any_instant,
    a_models_spec_registers_it_and_its_deletion_makes_it_a_draft,
    tokens_are_found_by_hash_until_they_end,
    replays_are_remembered_for_any_number_of_rows,
    the_installation_keeps_its_identity,
    values_that_lost_their_form_are_damage_and_not_a_panic,
    findings_are_kept_one_a_column,
    receipts_are_listed_newest_first,
    a_step_is_stored_whole_or_not_at_all,
    two_servers_never_build_on_the_same_state,
    alerts_are_chosen_and_paged_newest_first,
    steps_tell_how_the_alert_stood_and_when_that_was_stored,
    what_people_say_of_an_alert_outlives_what_the_engine_says,
    alerts_are_dropped_some_time_after_their_end,
    a_notice_that_is_decided_twice_is_told_once,
    a_claimed_notice_comes_back_if_its_sender_dies,
    no_notice_overtakes_an_earlier_one_of_its_lane,
    an_outbox_that_is_full_shows_what_it_lost,
    old_deliveries_are_trimmed_and_what_waits_stays,
    a_day_keeps_its_last_observation_and_a_model_so_many_days,
    observations_come_in_pages,
    verdicts_are_counted_by_word_from_an_instant_on,
    rehearsals_are_paged_newest_first_and_the_last_of_each_is_known,
    a_rehearsal_and_its_alert_are_stored_together_or_not_at_all,
    old_rehearsals_are_dropped_but_the_last_of_each_drill,
}

fn model(task: &str) -> Value {
    json!({"apiVersion": "candor/v1", "kind": "Model",
        "metadata": {"name": "m", "owner": "team"}, "spec": {"task": task}})
}

fn schema(version: u32, names: &[&str]) -> TableSchema {
    let columns = names
        .iter()
        .map(|n| Column::new(*n, ColumnType::Integer))
        .collect();
    TableSchema { version, columns }
}

fn token(name: &str, digit: char, expires_us: Option<i64>) -> NewToken {
    NewToken {
        name: name.into(),
        scopes: vec!["read".into(), "ingest".into()],
        hash: digit.to_string().repeat(64),
        prefix: format!("cdr_{digit}"),
        expires_us,
    }
}

async fn readers_cannot_write(home: Home) {
    let write = sqlx::query("DELETE FROM models")
        .execute(home.catalog.read())
        .await;
    assert!(write.is_err());
}

async fn a_newer_catalog_is_refused_and_left_as_it_is(home: Home) {
    let mut tx = home.catalog.write().await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         SELECT 9999, 'future', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    home.catalog
        .register_draft("a", Kind::Outcome, 1)
        .await
        .unwrap();
    let refused = home.place.open().await.unwrap_err();
    assert!(
        matches!(
            refused,
            Error::Newer {
                migration: 9999,
                ..
            }
        ),
        "{refused}"
    );
    assert_eq!(home.catalog.models(None, 10).await.unwrap().items.len(), 1);
}

async fn somebody_elses_tables_are_refused_and_left_as_they_are(home: Home) {
    let mut tx = home.catalog.write().await.unwrap();
    for statement in [
        "CREATE TABLE accounts (name TEXT)",
        "DROP TABLE _sqlx_migrations",
    ] {
        sqlx::query(statement).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let refused = home.place.open().await.unwrap_err();
    assert!(matches!(refused, Error::Foreign { .. }), "{refused}");
    let mut tx = home.catalog.write().await.unwrap();
    let made = sqlx::query("SELECT 1 FROM _sqlx_migrations")
        .execute(&mut *tx)
        .await;
    assert!(made.is_err(), "nothing was made");
}

async fn any_text_is_kept_or_refused_as_such(home: Home) {
    let c = &home.catalog;
    c.register_draft("a", Kind::Prediction, 1).await.unwrap();
    for (name, kept) in [("a\0b", "a\u{fffd}b"), ("ü'; --", "ü'; --"), ("", "")] {
        c.see_version("a", name, "production", 1).await.unwrap();
        let seen = c.versions("a").await.unwrap();
        assert!(seen.iter().any(|v| v.version == kept), "{name:?}: {seen:?}");
    }
    let body = json!({"a\0b": "\u{fffd} \u{1f600} \0"});
    c.put_spec("Route", "r", &body, "ann", "", 1).await.unwrap();
    assert_eq!(
        c.spec("Route", "r", None).await.unwrap().unwrap().body,
        body
    );
    // SQLite keeps a NUL, PostgreSQL has no place for it.
    match c.set_setting("a", "\0").await {
        Ok(()) => assert_eq!(c.setting("a").await.unwrap().as_deref(), Some("\0")),
        Err(refused) => assert!(matches!(refused, Error::Invalid { .. }), "{refused}"),
    }
}

async fn names_are_ordered_by_their_bytes(home: Home) {
    let names = ["A", "B", "Z-1", "Z.1", "Z1", "Z_1", "a", "b"];
    for name in ["b", "Z_1", "A", "Z1", "a", "Z-1", "B", "Z.1"] {
        home.catalog
            .register_draft(name, Kind::Prediction, 1)
            .await
            .unwrap();
    }
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let page = home.catalog.models(cursor.as_deref(), 3).await.unwrap();
        found.extend(page.items.into_iter().map(|m| m.name));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, names);
}

async fn everything_survives_an_opener_that_never_closed(home: Home) {
    let c = &home.catalog;
    c.register_draft("a", Kind::Prediction, 1).await.unwrap();
    c.see_version("a", "v1", "production", 2).await.unwrap();
    c.append_schema(
        "models/a/predictions",
        0,
        &schema(1, &["x"]),
        &[],
        "first",
        3,
    )
    .await
    .unwrap();
    c.put_spec("Model", "m", &model("binary"), "ann", "", 4)
        .await
        .unwrap();
    c.create_token(&token("t", 'a', None), 5).await.unwrap();
    c.mark_replayed(&["q1".into()], 6).await.unwrap();
    let id = c.installation_id([7; 16]).await.unwrap();
    let again = home.again().await;
    assert_eq!(again.models(None, 10).await.unwrap().items.len(), 2);
    assert_eq!(again.versions("a").await.unwrap().len(), 1);
    assert_eq!(
        again.schemas().await.unwrap(),
        [("models/a/predictions".to_owned(), schema(1, &["x"]))]
    );
    assert_eq!(
        again.spec("Model", "m", None).await.unwrap().unwrap().body,
        model("binary")
    );
    assert_eq!(again.tokens().await.unwrap().len(), 1);
    assert_eq!(again.replayed(&["q1".into()]).await.unwrap()["q1"], 6);
    assert_eq!(again.installation_id([8; 16]).await.unwrap(), id);
    // Both openers write; neither loses the other's.
    c.register_draft("b", Kind::Prediction, 7).await.unwrap();
    again
        .register_draft("c", Kind::Prediction, 8)
        .await
        .unwrap();
    assert_eq!(c.models(None, 10).await.unwrap().items.len(), 4);
    c.close().await;
    assert!(matches!(c.model("a").await, Err(Error::Unavailable { .. })));
    assert!(again.model("a").await.unwrap().is_some());
}

async fn a_write_that_is_dropped_leaves_nothing_and_frees_the_lock(home: Home) {
    let mut tx = home.catalog.write().await.unwrap();
    sqlx::query("INSERT INTO settings (name, value) VALUES ('a', 'b')")
        .execute(&mut *tx)
        .await
        .unwrap();
    assert_eq!(
        home.catalog.setting("a").await.unwrap(),
        None,
        "others do not see it"
    );
    drop(tx);
    home.again().await.set_setting("c", "d").await.unwrap();
    assert_eq!(home.catalog.setting("a").await.unwrap(), None);
    assert_eq!(
        home.catalog.setting("c").await.unwrap().as_deref(),
        Some("d")
    );
}

async fn drafts_are_registered_once_and_keep_their_first_sight(home: Home) {
    let first = home
        .catalog
        .register_draft("a", Kind::Outcome, 5)
        .await
        .unwrap();
    assert_eq!(
        (first.state, first.first_kind, first.first_seen_us),
        (ModelState::Draft, Some(Kind::Outcome), 5)
    );
    assert_eq!(
        home.catalog
            .register_draft("a", Kind::Prediction, 9)
            .await
            .unwrap(),
        first
    );
    assert_eq!(home.catalog.model("a").await.unwrap(), Some(first));
    assert_eq!(home.catalog.model("b").await.unwrap(), None);
    for bad in ["", "../a", "a b", "a/b"] {
        let refused = home.catalog.register_draft(bad, Kind::Prediction, 1).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{bad}");
    }
}

async fn lists_come_in_pages_without_gaps_or_repeats(home: Home) {
    let names: Vec<String> = (0..7).map(|i| format!("m{i}")).collect();
    for name in names.iter().rev() {
        home.catalog
            .register_draft(name, Kind::Prediction, 1)
            .await
            .unwrap();
        home.catalog
            .put_spec("Route", name, &json!({"n": name}), "ann", "", 1)
            .await
            .unwrap();
        home.catalog
            .put_spec("Alpha", name, &json!({"n": name}), "ann", "", 1)
            .await
            .unwrap();
    }
    for limit in [1, 3, 7, 8, 0, u32::MAX] {
        let (mut found, mut cursor) = (Vec::new(), None);
        loop {
            let page = home.catalog.models(cursor.as_deref(), limit).await.unwrap();
            assert!(page.items.len() <= limit.max(1) as usize);
            found.extend(page.items.into_iter().map(|m| m.name));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, names, "{limit}");
    }
    for (kind, wanted) in [(None, 14), (Some("Route"), 7), (Some("Other"), 0)] {
        let (mut found, mut cursor) = (Vec::new(), None);
        loop {
            let page = home
                .catalog
                .specs(kind, cursor.as_deref(), 3)
                .await
                .unwrap();
            found.extend(page.items.into_iter().map(|s| (s.kind, s.name)));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(found.len(), wanted);
        assert!(found.windows(2).all(|w| w[0] < w[1]), "in order, each once");
    }
    let refused = home.catalog.specs(None, Some("nonsense"), 3).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })));
}

async fn versions_are_seen_once_and_only_of_known_models(home: Home) {
    let sighting = |model: &str, version: &str| Sighting {
        model: model.into(),
        version: version.into(),
        environment: "production".into(),
    };
    home.catalog
        .register_draft("a", Kind::Prediction, 1)
        .await
        .unwrap();
    home.catalog
        .see_versions(
            &[sighting("a", "2"), sighting("a", "1"), sighting("a", "2")],
            5,
        )
        .await
        .unwrap();
    home.catalog
        .see_version("a", "2", "production", 9)
        .await
        .unwrap();
    home.catalog
        .see_version("a", "2", "staging", 9)
        .await
        .unwrap();
    let seen = home.catalog.versions("a").await.unwrap();
    let short: Vec<_> = seen
        .iter()
        .map(|v| (v.version.as_str(), v.environment.as_str(), v.first_seen_us))
        .collect();
    assert_eq!(
        short,
        [
            ("1", "production", 5),
            ("2", "production", 5),
            ("2", "staging", 9)
        ]
    );
    assert!(seen.iter().all(|v| !v.registered));
    let refused = home
        .catalog
        .see_versions(&[sighting("a", "3"), sighting("b", "1")], 9)
        .await;
    assert!(matches!(refused, Err(Error::NotFound { .. })));
    assert_eq!(
        home.catalog.versions("a").await.unwrap().len(),
        3,
        "all or nothing"
    );
    let endless = "x".repeat(5_000);
    let refused = home
        .catalog
        .see_version("a", &endless, "production", 9)
        .await;
    assert!(matches!(refused, Err(Error::Invalid { .. })));
}

async fn tokens_are_found_by_hash_until_they_end(home: Home) {
    let c = &home.catalog;
    assert!(!c.any_active_token(1).await.unwrap());
    assert!(!c.any_token().await.unwrap());
    let made = c
        .create_token(&token("a", 'a', Some(100)), 10)
        .await
        .unwrap();
    assert_eq!(made.scopes, ["read", "ingest"]);
    assert!(
        !token("a", 'a', None).hash.contains(&made.id),
        "the id tells nothing of the hash"
    );
    assert!(matches!(
        c.create_token(&token("b", 'a', None), 11).await,
        Err(Error::Conflict { .. })
    ));
    for bad in ["", "zz", &"A".repeat(64), &"a".repeat(65)] {
        let new = NewToken {
            hash: bad.into(),
            ..token("c", 'c', None)
        };
        assert!(
            matches!(c.create_token(&new, 1).await, Err(Error::Invalid { .. })),
            "{bad}"
        );
    }
    let hash = "a".repeat(64);
    assert_eq!(
        c.token_by_hash(&hash, 99).await.unwrap(),
        Some(made.clone())
    );
    assert_eq!(
        c.token_by_hash(&hash, 100).await.unwrap(),
        None,
        "it ends at its end"
    );
    assert!(c.any_active_token(99).await.unwrap());
    assert!(!c.any_active_token(100).await.unwrap());
    let lasting = c.create_token(&token("d", 'd', None), 20).await.unwrap();
    c.note_tokens_used(&[
        (lasting.id.clone(), 50),
        (lasting.id.clone(), 40),
        ("none".into(), 1),
    ])
    .await
    .unwrap();
    let all = c.tokens().await.unwrap();
    assert_eq!(
        all.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(),
        ["d", "a"]
    );
    assert_eq!(all[0].last_used_us, Some(50));
    c.revoke_token(&lasting.id, 60).await.unwrap();
    c.revoke_token(&lasting.id, 70).await.unwrap();
    assert_eq!(
        c.tokens().await.unwrap()[0].revoked_us,
        Some(60),
        "the first revocation counts"
    );
    assert_eq!(c.token_by_hash(&"d".repeat(64), 61).await.unwrap(), None);
    assert!(!c.any_active_token(200).await.unwrap());
    assert!(c.any_token().await.unwrap(), "also one that ended");
    assert!(matches!(
        c.revoke_token("none", 1).await,
        Err(Error::NotFound { .. })
    ));
}

async fn replays_are_remembered_for_any_number_of_rows(home: Home) {
    let ids: Vec<String> = (0..1_201).map(|i| format!("q{i}")).collect();
    home.catalog.mark_replayed(&ids[..1_100], 5).await.unwrap();
    home.catalog.mark_replayed(&ids[..1], 6).await.unwrap();
    let found = home.catalog.replayed(&ids).await.unwrap();
    assert_eq!((found.len(), found["q0"], found["q1099"]), (1_100, 5, 5));
    assert!(home.catalog.replayed(&[]).await.unwrap().is_empty());
}

async fn the_installation_keeps_its_identity(home: Home) {
    let id = home.catalog.installation_id([0; 16]).await.unwrap();
    assert_eq!(
        (id, home.catalog.installation_id([9; 16]).await.unwrap()),
        ([0; 16], [0; 16])
    );
    let refused = home.catalog.set_setting("installation_id", "x").await;
    assert!(matches!(refused, Err(Error::Invalid { .. })));
    home.catalog.set_setting("a", "1").await.unwrap();
    home.catalog.set_setting("a", "2").await.unwrap();
    assert_eq!(
        home.catalog.setting("a").await.unwrap().as_deref(),
        Some("2")
    );
}

async fn values_that_lost_their_form_are_damage_and_not_a_panic(home: Home) {
    home.catalog
        .put_spec("Route", "r", &json!({}), "ann", "", 1)
        .await
        .unwrap();
    home.catalog
        .append_schema("shared/stages", 0, &schema(1, &["x"]), &[], "", 1)
        .await
        .unwrap();
    let mut tx = home.catalog.write().await.unwrap();
    sqlx::query("UPDATE spec_revisions SET body = '{'")
        .execute(&mut *tx)
        .await
        .unwrap();
    sqlx::query("UPDATE schemas SET columns = '7'")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(
        home.catalog.spec("Route", "r", None).await,
        Err(Error::Damaged { .. })
    ));
    assert!(matches!(
        home.catalog.schemas().await,
        Err(Error::Damaged { .. })
    ));
}
