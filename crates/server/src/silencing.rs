//! Silences as objects of the catalog: made, listed, ended.

use crate::clock;
use crate::problem::Problem;
use axum::http::StatusCode;
use candor_catalog::Catalog;
use candor_contract::spec::{self, Matcher, Object, SilenceSpec, SpecKind};
use candor_contract::{ModelName, format_us, parse_us};
use candor_monitor::maintains;
use candor_monitor::matcher::Matchers;
use std::collections::BTreeMap;

const KIND: &str = SpecKind::Silence.name();

/// A stored silence.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Silence {
    pub(crate) name: String,
    pub(crate) spec: SilenceSpec,
    /// When it was written last.
    pub(crate) written_us: i64,
}

impl Silence {
    /// From when on it holds.
    pub(crate) fn begins_us(&self) -> i64 {
        let from = self.spec.from.as_deref().and_then(parse_us);
        from.unwrap_or(self.written_us)
    }

    /// Until when it holds.
    pub(crate) fn ends_us(&self) -> i64 {
        parse_us(&self.spec.to).unwrap_or(self.written_us)
    }

    /// `pending`, `active` or `expired`.
    pub(crate) fn state(&self, now_us: i64) -> &'static str {
        match now_us {
            now if now >= self.ends_us() => "expired",
            now if now < self.begins_us() => "pending",
            _ => "active",
        }
    }
}

/// All silences by name.
pub(crate) async fn all(catalog: &Catalog) -> Result<Vec<Silence>, Problem> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page = catalog.specs(Some(KIND), cursor.as_deref(), 1000).await?;
        for revision in page.items {
            // One that cannot be read hides nothing either.
            let object = Object::from_value(&revision.body).ok();
            if let Some(spec) = object.as_ref().and_then(Object::silence) {
                all.push(Silence {
                    name: revision.name,
                    spec: spec.clone(),
                    written_us: revision.at_us,
                });
            }
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(all),
        }
    }
}

/// Declared maintenances that are about a model, by name; also those that are over.
pub(crate) async fn maintenances(
    catalog: &Catalog,
    model: &ModelName,
) -> Result<Vec<(String, SilenceSpec)>, Problem> {
    let mut all = crate::routing::silences(catalog).await?;
    all.retain(|(_, silence)| maintains(silence, model.as_str()));
    Ok(all)
}

/// The silence called `name`.
pub(crate) async fn one(catalog: &Catalog, name: &str) -> Result<Silence, Problem> {
    let found = catalog.spec(KIND, name, None).await?;
    let found = found.filter(|revision| !revision.deleted);
    let silence = found.and_then(|revision| {
        let object = Object::from_value(&revision.body).ok()?;
        Some(Silence {
            spec: object.silence()?.clone(),
            name: revision.name,
            written_us: revision.at_us,
        })
    });
    silence.ok_or_else(|| Problem::not_found(&format!("silence {name}")))
}

/// Stores a silence under `name`, or under a fresh one.
pub(crate) async fn put(
    catalog: &Catalog,
    name: Option<&str>,
    spec: &SilenceSpec,
    now_us: i64,
) -> Result<Silence, Problem> {
    check(spec, now_us)?;
    let name = match name {
        Some(name) => name.to_owned(),
        None => fresh_name()?,
    };
    let mut spec = spec.clone();
    // It must not begin anew when it is written again.
    spec.from.get_or_insert_with(|| format_us(now_us));
    write(catalog, &name, &spec, now_us).await?;
    Ok(Silence {
        name,
        spec,
        written_us: now_us,
    })
}

/// Ends a silence: one that holds ends now and stays on the list for a while, one that is still to come goes.
pub(crate) async fn end(catalog: &Catalog, name: &str, now_us: i64) -> Result<(), Problem> {
    let silence = one(catalog, name).await?;
    match silence.state(now_us) {
        "expired" => Ok(()),
        "pending" => {
            let why = "it was taken back before it began";
            catalog.delete_spec(KIND, name, "api", why, now_us).await?;
            Ok(())
        }
        _ => {
            let spec = SilenceSpec {
                to: format_us(now_us),
                from: Some(format_us(silence.begins_us())),
                ..silence.spec
            };
            write(catalog, name, &spec, now_us).await
        }
    }
}

async fn write(
    catalog: &Catalog,
    name: &str,
    spec: &SilenceSpec,
    now_us: i64,
) -> Result<(), Problem> {
    let object = serde_json::json!({
        "apiVersion": spec::API_VERSION, "kind": KIND, "metadata": {"name": name}, "spec": spec,
    });
    // The same checks as for a file of objects.
    let object = Object::from_value(&object).map_err(|problems| refused(problems.to_string()))?;
    let body = serde_json::to_value(&object).map_err(|e| Problem::internal(&e))?;
    let author = spec.by.as_deref().unwrap_or("api");
    catalog
        .put_spec(KIND, name, &body, author, &spec.why, now_us)
        .await?;
    Ok(())
}

fn refused(detail: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_silence", detail)
}

fn check(spec: &SilenceSpec, now_us: i64) -> Result<(), Problem> {
    let to_us = parse_us(&spec.to);
    let from_us = spec.from.as_deref().map_or(Some(now_us), parse_us);
    let (Some(from_us), Some(to_us)) = (from_us, to_us) else {
        return Err(refused("A time of the silence is none.".into())
            .hint("Write it as 2026-11-29T18:00:00Z."));
    };
    if to_us <= from_us || to_us <= now_us {
        let detail = "The silence ends before it begins, or has ended.".into();
        return Err(refused(detail));
    }
    if hides_everything(&spec.matchers)? {
        let detail = "The silence would hide everything.".into();
        return Err(refused(detail).hint("Give a matcher that an absent label does not satisfy."));
    }
    Ok(())
}

fn hides_everything(matchers: &[Matcher]) -> Result<bool, Problem> {
    let ready = Matchers::new(matchers).map_err(|e| refused(e.to_string()))?;
    Ok(matchers.is_empty() || ready.hold(&BTreeMap::new()))
}

fn fresh_name() -> Result<String, Problem> {
    let random: [u8; 8] = clock::random().map_err(|e| Problem::internal(&e))?;
    Ok(format!("silence-{:016x}", u64::from_be_bytes(random)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_US: i64 = 86_400_000_000;

    fn silence(value: &str, not: bool, to_us: i64) -> SilenceSpec {
        SilenceSpec {
            matchers: vec![Matcher {
                name: "model".into(),
                value: value.into(),
                regex: false,
                not,
            }],
            from: None,
            to: format_us(to_us),
            by: Some("ann".into()),
            why: "maintenance".into(),
            maintenance: false,
        }
    }

    async fn catalog() -> (tempfile::TempDir, Catalog) {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(&folder.path().join("c")).await.unwrap();
        (folder, catalog)
    }

    #[tokio::test]
    async fn a_silence_lives_from_its_making_to_its_end() {
        let (_folder, catalog) = catalog().await;
        let spec = silence("loan", false, DAY_US);
        let made = put(&catalog, None, &spec, 10).await.unwrap();
        assert_eq!(all(&catalog).await.unwrap(), std::slice::from_ref(&made));
        assert_eq!((made.state(10), made.state(DAY_US)), ("active", "expired"));
        end(&catalog, &made.name, 50).await.unwrap();
        let ended = one(&catalog, &made.name).await.unwrap();
        assert_eq!(
            (ended.state(50), ended.begins_us(), ended.ends_us()),
            ("expired", 10, 50)
        );
        end(&catalog, &made.name, 60).await.unwrap();
        assert_eq!(
            one(&catalog, &made.name).await.unwrap(),
            ended,
            "once is enough"
        );
    }

    #[tokio::test]
    async fn one_that_is_still_to_come_goes_at_once() {
        let (_folder, catalog) = catalog().await;
        let from = Some(format_us(DAY_US));
        let spec = SilenceSpec {
            from,
            ..silence("loan", false, 2 * DAY_US)
        };
        put(&catalog, Some("tomorrow"), &spec, 10).await.unwrap();
        end(&catalog, "tomorrow", 50).await.unwrap();
        assert_eq!(all(&catalog).await.unwrap(), []);
        assert_eq!(end(&catalog, "tomorrow", 51).await.unwrap_err().status, 404);
    }

    #[tokio::test]
    async fn maintenances_are_those_of_the_model_and_their_labels_are_checked() {
        let (_folder, catalog) = catalog().await;
        let spec = SilenceSpec {
            maintenance: true,
            ..silence("loan", false, DAY_US)
        };
        put(&catalog, Some("moves"), &spec, 10).await.unwrap();
        put(&catalog, Some("plain"), &silence("loan", false, DAY_US), 10)
            .await
            .unwrap();
        let of = async |model: &str| -> Vec<String> {
            let model = ModelName::new(model).unwrap();
            let all = maintenances(&catalog, &model).await.unwrap();
            all.into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(of("loan").await, ["moves"]);
        assert!(of("other").await.is_empty());
        let mut wrong = spec.clone();
        wrong.matchers[0].name = "severity".into();
        let refused = put(&catalog, None, &wrong, 10).await.unwrap_err();
        assert_eq!(refused.code, "invalid_silence");
        assert!(
            refused
                .detail
                .contains("A maintenance cannot select by `severity`"),
            "{}",
            refused.detail
        );
        // It is seen in backtests as long as alerts are; others go after some days.
        for (days, left) in [(5, 2), (7, 1), (400, 1), (402, 0)] {
            crate::routing::forget_silences(&catalog, days * DAY_US + 1)
                .await
                .unwrap();
            assert_eq!(all(&catalog).await.unwrap().len(), left, "{days}");
        }
    }

    #[tokio::test]
    async fn silences_that_hide_everything_or_nothing_are_refused() {
        let (_folder, catalog) = catalog().await;
        for spec in [
            silence("loan", true, DAY_US),
            silence("", false, DAY_US),
            silence("loan", false, 5),
            SilenceSpec {
                matchers: Vec::new(),
                ..silence("loan", false, DAY_US)
            },
            SilenceSpec {
                to: "soon".into(),
                ..silence("loan", false, DAY_US)
            },
        ] {
            let refused = put(&catalog, None, &spec, 10).await.unwrap_err();
            assert_eq!(refused.code, "invalid_silence", "{spec:?}");
        }
        assert_eq!(all(&catalog).await.unwrap(), []);
    }
}
