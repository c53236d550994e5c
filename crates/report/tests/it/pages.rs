//! What holds for every page, whatever is in it.

use crate::fixtures;
use crate::outline::{self, Element};
use candor_report::document::Document;
use candor_report::render;
use std::collections::BTreeSet;
use std::path::Path;

fn pages() -> Vec<(&'static str, String)> {
    let mut documents = fixtures::all();
    documents.push(("wide", fixtures::wide(200, 30)));
    documents.push(("empty", Document::default()));
    let page = |(name, document): (&'static str, Document)| (name, render::html(&document));
    documents.into_iter().map(page).collect()
}

/// Checks every page, and says which one fails.
fn check(holds: impl Fn(&[Element]) -> Result<(), String>) {
    for (name, page) in pages() {
        if let Err(what) = holds(&outline::of(&page)) {
            panic!("{name}: {what}");
        }
    }
}

#[test]
fn pages_are_written_for_eyes_too() {
    for (name, page) in pages() {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("report-{name}.html"));
        std::fs::write(path, page).unwrap();
    }
}

#[test]
fn nothing_leaves_the_page() {
    for (name, page) in pages() {
        assert!(page.contains("default-src &#39;none&#39;"), "{name}");
        for word in ["@import", "@font-face", "fetch(", "XMLHttpRequest", "eval("] {
            assert!(!page.contains(word), "{name}: {word}");
        }
    }
    check(|elements| {
        for element in elements {
            for (key, value) in &element.attributes {
                let links = [
                    "href",
                    "src",
                    "srcset",
                    "action",
                    "data",
                    "poster",
                    "xlink:href",
                ];
                if links.contains(&key.as_str()) && !value.starts_with('#') {
                    return Err(format!("{key}={value:?}"));
                }
                if key.starts_with("on") || key == "style" {
                    return Err(format!("{key} on {}", element.tag));
                }
            }
            if matches!(
                element.tag.as_str(),
                "link" | "img" | "iframe" | "object" | "embed" | "base" | "form"
            ) {
                return Err(element.tag.clone());
            }
        }
        let scripts = elements
            .iter()
            .filter(|element| element.tag == "script")
            .count();
        if scripts == 1 {
            Ok(())
        } else {
            Err(format!("{scripts} scripts"))
        }
    });
}

#[test]
fn links_lead_somewhere_and_ids_are_told_once() {
    check(|elements| {
        let mut ids = BTreeSet::new();
        for id in elements
            .iter()
            .filter_map(|element| element.attributes.get("id"))
        {
            if !ids.insert(id.as_str()) {
                return Err(format!("{id} twice"));
            }
        }
        let targets = elements
            .iter()
            .filter_map(|element| element.attributes.get("href"));
        let named = elements
            .iter()
            .filter_map(|element| element.attributes.get("aria-labelledby"));
        let mut targets = targets
            .map(|target| &target[1..])
            .chain(named.map(String::as_str));
        targets
            .find(|target| !ids.contains(target))
            .map_or(Ok(()), |target| Err(format!("#{target}")))
    });
}

#[test]
fn pictures_and_tables_say_what_they_are() {
    check(|elements| {
        for element in elements {
            let first = element.children.first().map(String::as_str);
            let is_inner = element.around.iter().any(|tag| tag == "svg");
            match element.tag.as_str() {
                "svg" if !is_inner && first != Some("title") => {
                    return Err("a picture without a title".into());
                }
                "svg"
                    if !is_inner
                        && !element.attributes.contains_key("role")
                        && !element.attributes.contains_key("aria-hidden") =>
                {
                    return Err("a picture without a role".into());
                }
                "table" if first != Some("caption") => {
                    return Err("a table without a caption".into());
                }
                "title" | "caption" if element.text.trim().is_empty() => {
                    return Err(format!("an empty {} in {:?}", element.tag, element.around));
                }
                "th" if !element.attributes.contains_key("scope") => {
                    return Err("a head without a scope".into());
                }
                _ => {}
            }
        }
        Ok(())
    });
}

#[test]
fn a_page_has_landmarks_and_headings_in_order() {
    check(|elements| {
        for tag in ["header", "nav", "main", "footer", "h1"] {
            if elements.iter().filter(|element| element.tag == tag).count() != 1 {
                return Err(tag.into());
            }
        }
        let mut last = 0;
        for level in elements.iter().filter_map(|element| level(&element.tag)) {
            if level > last + 1 {
                return Err(format!("h{level} after h{last}"));
            }
            last = level;
        }
        let regions = elements.iter().filter(|element| {
            element
                .attributes
                .get("role")
                .is_some_and(|role| role == "region")
        });
        let mut mute = regions.filter(|region| !region.attributes.contains_key("aria-label"));
        mute.next()
            .map_or(Ok(()), |_| Err("a region without a name".into()))
    });
}

fn level(tag: &str) -> Option<u32> {
    tag.strip_prefix('h')?.parse().ok()
}

#[test]
fn numbers_that_are_none_do_not_show() {
    for (name, page) in pages() {
        let page = page.split("<script>").next().unwrap();
        for word in ["NaN", "inf%", "Infinity", "-0%", "undefined)"] {
            assert!(!page.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn hostile_names_are_shown_as_they_are_and_do_nothing() {
    let page = render::html(&fixtures::one("hostile"));
    for raw in [
        "<script>alert",
        "<img",
        "onerror=alert(1)>\"",
        "\u{202e}",
        "\u{1b}",
    ] {
        assert!(!page.contains(raw), "{raw:?}");
    }
    let elements = outline::of(&page);
    let text = &elements[0].text;
    for shown in [
        "<script>alert(\"x\")</script>",
        "\"><img src=x onerror=alert(1)>",
        "🙂 größe 价格",
        "(empty)",
    ] {
        assert!(text.contains(shown), "{shown}");
    }
    let longest = text
        .split_whitespace()
        .map(|word| word.chars().count())
        .max()
        .unwrap();
    assert!(longest <= 1500, "{longest}");
}

#[test]
fn what_is_absent_has_no_section_and_says_why() {
    let elements = outline::of(&render::html(&fixtures::one("regression")));
    let has = |id: &str| {
        elements
            .iter()
            .any(|element| element.attributes.get("id").is_some_and(|i| i == id))
    };
    for id in [
        "findings",
        "drift",
        "performance",
        "windows",
        "slices",
        "columns",
        "absent",
    ] {
        assert!(has(id), "{id}");
    }
    for id in ["fairness", "calibration", "estimated", "methods"] {
        assert!(!has(id), "{id}");
    }
    assert!(
        elements[0]
            .text
            .contains("No protected attribute is named in the spec.")
    );
}

#[test]
fn two_hundred_columns_stay_below_two_megabytes() {
    let page = render::html(&fixtures::wide(200, 30));
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    let binary = render::html(&fixtures::one("binary"));
    assert!(binary.len() < 300_000, "{} bytes", binary.len());
}

#[test]
fn the_same_document_gives_the_same_page() {
    let document = fixtures::one("binary");
    assert_eq!(render::html(&document), render::html(&document));
}

#[test]
fn drifted_columns_stand_open_and_lead_the_table() {
    let elements = outline::of(&render::html(&fixtures::one("binary")));
    let folds = elements.iter().filter(|e| {
        e.attributes
            .get("class")
            .is_some_and(|class| class == "column")
    });
    let open: Vec<bool> = folds
        .map(|fold| fold.attributes.contains_key("open"))
        .collect();
    assert_eq!(open.iter().filter(|open| **open).count(), 4);
    assert!(open.is_sorted_by(|a, b| a >= b), "{open:?}");
}

#[test]
fn every_breach_has_a_mark_and_a_word() {
    let elements = outline::of(&render::html(&fixtures::one("binary")));
    let cells = elements.iter().filter(|e| {
        e.tag == "td"
            && e.attributes
                .get("class")
                .is_some_and(|class| class.contains("act"))
    });
    let mut count = 0;
    for cell in cells {
        count += 1;
        let letters = cell.text.chars().filter(|c| c.is_alphabetic()).count();
        assert!(
            cell.text.contains(['▲', '◆']) && letters > 3,
            "{}",
            cell.text
        );
    }
    assert!(count >= 10, "{count}");
}

#[test]
fn a_check_that_cannot_be_made_does_not_hold() {
    let elements = outline::of(&render::html(&fixtures::one("binary")));
    let rows = elements
        .iter()
        .filter(|e| e.tag == "tr" && e.attributes.contains_key("id"));
    let volume = rows
        .filter(|row| row.text.starts_with("volume"))
        .map(|row| row.text.as_str());
    let volume: Vec<&str> = volume.collect();
    assert_eq!(volume.len(), 1);
    assert!(
        volume[0].contains("cannot tell") && !volume[0].contains("holds"),
        "{volume:?}"
    );
    assert!(!render::markdown(&fixtures::one("binary")).contains("| – | holds |"));
}

#[test]
fn groups_that_are_too_small_are_named_and_not_measured() {
    let elements = outline::of(&render::html(&fixtures::one("binary")));
    let text = &elements[0].text;
    assert!(text.contains("Too small to be shown by themselves: unknown ("));
    let heads = elements
        .iter()
        .filter(|e| e.tag == "th" && e.around.iter().any(|tag| tag == "table"));
    assert!(
        heads
            .filter(|head| head.text.starts_with("unknown"))
            .count()
            == 0
    );
}

#[test]
fn a_legend_tells_only_of_marks_that_occur() {
    let legend = |name: &str| {
        let elements = outline::of(&render::html(&fixtures::one(name)));
        let legends = elements
            .into_iter()
            .filter(|e| e.tag == "p" && e.attributes.get("class").is_some_and(|c| c == "legend"));
        legends.map(|legend| legend.text).collect::<String>()
    };
    assert!(legend("binary").contains("estimated without outcomes"));
    let (binary, regression) = (legend("binary"), legend("regression"));
    assert!(binary.contains("is as measured") && binary.contains("is taken off"));
    assert!(!regression.contains("is as measured") && regression.contains("is taken off"));
    assert!(!legend("regression").contains("estimated without outcomes"));
}

#[test]
fn findings_link_to_the_first_evidence_that_there_is() {
    let elements = outline::of(&render::html(&fixtures::one("binary")));
    let links: Vec<(&str, &str)> = elements
        .iter()
        .filter(|e| e.tag == "a" && e.around.iter().any(|tag| tag == "ol"))
        .map(|link| (link.text.as_str(), link.attributes["href"].as_str()))
        .collect();
    for link in [
        ("Recall", "#performance"),
        ("Recall over time", "#windows"),
        ("purpose.allowed", "#check-0"),
        ("purpose", "#column-3"),
        ("Selection rate by age_band", "#fairness"),
        ("income over time", "#drift"),
        ("region = North and income < 28 000", "#slice-0"),
        ("calibration", "#calibration"),
    ] {
        assert!(links.contains(&link), "{link:?} in {links:?}");
    }
}

#[test]
fn values_without_an_order_of_their_own_are_rows_and_numbers_are_pictures() {
    let page = render::html(&fixtures::one("binary"));
    let elements = outline::of(&page);
    let title = |text: &str| elements.iter().any(|e| e.tag == "title" && e.text == text);
    assert!(title("Distribution of income: reference and current"));
    assert!(!title("Distribution of purpose: reference and current"));
    let heads = elements
        .iter()
        .filter(|e| e.tag == "th")
        .map(|e| e.text.as_str());
    let heads: Vec<&str> = heads.collect();
    for head in ["furniture", "(unseen)", "(missing)"] {
        assert!(heads.contains(&head), "{head}");
    }
}
