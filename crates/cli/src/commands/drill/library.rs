//! The drills that Candor brings along: the pages of `docs/scenarios`.

macro_rules! pages {
    ($($name:literal),* $(,)?) => {
        /// Each with its page.
        pub(super) const ALL: &[(&str, &str)] = &[$(
            ($name, include_str!(concat!("../../../../../docs/scenarios/", $name, ".md"))),
        )*];
    };
}

pages![
    "backfill",
    "bad-deployment",
    "bad-deployment-assistant",
    "biased-group",
    "biased-group-small",
    "clean-credit-risk",
    "clean-delivery-time",
    "clean-product-ranking",
    "clean-support-assistant",
    "concept-drift",
    "concept-drift-gradual",
    "covariate-drift",
    "covariate-drift-faint",
    "covariate-drift-recurring",
    "covariate-drift-segment",
    "error-blip",
    "error-burst",
    "error-burst-segment",
    "feedback-storm",
    "feedback-storm-segment",
    "frozen-feature",
    "harmless-deployment",
    "holiday",
    "latency-slight",
    "latency-spike",
    "latency-spike-segment",
    "neighbour",
    "new-categories",
    "null-burst",
    "null-burst-segment",
    "null-trickle",
    "one-cause",
    "retrieval-down",
    "stale-data",
    "stale-data-slow",
    "traffic-collapse",
    "traffic-doubling",
    "two-at-once",
    "unit-change",
    "unit-change-segment",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_page_is_in_the_library() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/scenarios");
        let files = std::fs::read_dir(folder).unwrap();
        let names = files.map(|f| f.unwrap().file_name().into_string().unwrap());
        let pages = names.filter(|n| n.ends_with(".md") && n != "README.md");
        let pages: BTreeSet<String> = pages
            .map(|n| n.trim_end_matches(".md").to_owned())
            .collect();
        let known: BTreeSet<String> = ALL.iter().map(|(n, _)| (*n).to_owned()).collect();
        assert_eq!(known, pages);
    }
}
