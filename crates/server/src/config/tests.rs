use super::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const PAGE: &str = include_str!("../../../../docs/reference/settings.md");

#[test]
fn a_file_overrides_defaults_and_unknown_keys_are_errors() {
    let config: Config = toml::from_str("listen = \"127.0.0.1:0\"\n[sql]\nrows_max = 5\n").unwrap();
    assert_eq!((config.listen.port(), config.sql.rows_max), (0, 5));
    assert_eq!(config.storage, Storage::default());
    assert!(
        toml::from_str::<Config>("[sql]\nrow_max = 5")
            .unwrap_err()
            .to_string()
            .contains("row_max")
    );
    assert_eq!(DEFAULT_LISTEN, Config::default().listen.to_string());
}

/// Every key with its section before it, e.g. `notify.smtp.port`, and its value; null for none.
fn keys(section: &str, value: &Value) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for (key, value) in value.as_object().unwrap() {
        let name = match section {
            "" => key.clone(),
            section => format!("{section}.{key}"),
        };
        if value.is_object() {
            all.extend(keys(&name, value));
        } else {
            all.insert(name, value.clone());
        }
    }
    all
}

/// What stands between the first backticks of a text.
fn code(text: &str) -> Option<&str> {
    text.split('`').nth(1)
}

/// The keys and defaults of a page's tables. A section is a heading such as `## [sql]: …`, in backticks.
fn told(page: &str) -> BTreeMap<String, Value> {
    let (mut section, mut all) = (String::new(), BTreeMap::new());
    for line in page.lines() {
        if line.starts_with("## ") {
            let name = code(line).map(|name| name.trim_matches(['[', ']']));
            section = name.map(|name| format!("{name}.")).unwrap_or_default();
        }
        let Some(row) = line.strip_prefix("| `").and_then(|r| r.strip_suffix('|')) else {
            continue;
        };
        let (key, row) = row.split_once('`').unwrap();
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, default, _unit, _bounds, meaning] = cells[..] else {
            panic!("{key} has {} cells", cells.len());
        };
        assert!(!meaning.is_empty(), "{key} has no meaning");
        let default = match code(default) {
            Some(text) => serde_json::from_str(text).unwrap(),
            None => Value::Null,
        };
        assert_eq!(default.is_null(), cells[1] == "none", "{key}: {}", cells[1]);
        let twice = all.insert(format!("{section}{key}"), default);
        assert!(twice.is_none(), "{section}{key} is told twice");
    }
    all
}

#[test]
fn the_page_of_settings_tells_every_key_and_its_default() {
    let meant = keys("", &serde_json::to_value(Config::default()).unwrap());
    assert!(meant.len() > 40, "{meant:?}");
    assert_eq!(told(PAGE), meant);
    // A page that has grown old would be found.
    for (old, new) in [
        ("| `rows_default` ", "| `rows_usual` "),
        ("| `168` ", "| `167` "),
        ("| none | port ", "| `25` | port "),
    ] {
        let page = PAGE.replace(old, new);
        assert_ne!(page, PAGE, "{old} is not on the page");
        assert_ne!(told(&page), meant, "{old}");
    }
}

#[test]
fn the_examples_of_the_page_of_settings_are_read_and_show_every_key() {
    let examples = PAGE.split("```toml\n").skip(1);
    let examples = examples.map(|rest| rest.split("```").next().unwrap());
    let mut shown = BTreeSet::new();
    for text in examples {
        let config: Config = toml::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"));
        assert!(config.bucket().is_ok(), "{text}");
        let given: toml::Value = toml::from_str(text).unwrap();
        let given = keys("", &serde_json::to_value(given).unwrap());
        shown.extend(given.into_keys());
    }
    let all = keys("", &serde_json::to_value(Config::default()).unwrap());
    let all: BTreeSet<String> = all.into_keys().collect();
    assert_eq!(shown, all);
}

#[test]
fn ports_of_opentelemetry_are_beside_the_main_one_unless_told_otherwise() {
    let usual = "127.0.0.1:7411";
    for (given, listen, expected) in [
        ("", usual, Some(("127.0.0.1:4317", false))),
        ("", "10.0.0.1:80", Some(("10.0.0.1:4317", false))),
        ("", "127.0.0.1:0", None),
        ("off", usual, None),
        ("127.0.0.1:0", "127.0.0.1:0", Some(("127.0.0.1:0", true))),
        ("0.0.0.0:9", usual, Some(("0.0.0.0:9", true))),
    ] {
        let otlp = Otlp {
            grpc: given.into(),
            ..Otlp::default()
        };
        let port = otlp.grpc(listen.parse().unwrap()).unwrap();
        let port = port.map(|p| (p.address.to_string(), p.is_asked_for));
        let expected = expected.map(|(address, asked)| (address.to_owned(), asked));
        assert_eq!(port, expected, "{given} beside {listen}");
    }
    let broken = port("here", usual.parse().unwrap(), 4317).unwrap_err();
    assert!(broken.to_string().contains("127.0.0.1:4317"), "{broken}");
}
