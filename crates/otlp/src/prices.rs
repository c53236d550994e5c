//! What tokens cost: a table of prices as data, by provider, model and day.

use candor_contract::parse_us;
use serde::Deserialize;

/// Tokens that a price is for.
const PER: f64 = 1e6;

/// Prices of tokens by model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// Which edition of the table it is, e.g. `2026-12-01`.
    pub version: String,
    prices: Vec<Price>,
}

/// What a million tokens of a model cost, in dollars.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Price {
    /// The provider's name of today; any if it is left out.
    #[serde(default)]
    provider: Option<String>,
    /// The model's name, which fits the same name with a date or `latest` behind it, too; or the
    /// beginning of names before a `*`.
    model: String,
    /// The first day on which it holds; always if it is left out.
    #[serde(default)]
    from: Option<String>,
    input: f64,
    #[serde(default)]
    output: f64,
    /// Tokens that a cache held; as `input` if it is left out.
    #[serde(default)]
    cache_read: Option<f64>,
    /// Tokens that were put into a cache; as `input` if it is left out.
    #[serde(default)]
    cache_creation: Option<f64>,
}

/// Tokens of one call. Those read from and put into a cache are among the input.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Usage {
    pub(crate) input: Option<i64>,
    pub(crate) output: Option<i64>,
    pub(crate) cache_read: Option<i64>,
    pub(crate) cache_creation: Option<i64>,
}

/// A table of prices that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("this is no table of prices: {0}")]
pub struct PricesError(String);

impl Prices {
    /// Reads a table. Its form is that of `crates/otlp/src/prices.json`.
    ///
    /// # Errors
    /// It is not JSON of that form, or has a day that is none.
    pub fn read(json: &str) -> Result<Self, PricesError> {
        let table: Self = serde_json::from_str(json).map_err(|e| PricesError(e.to_string()))?;
        let days = table.prices.iter().filter_map(|p| p.from.as_deref());
        match days.into_iter().find(|day| day_us(day).is_none()) {
            Some(day) => Err(PricesError(format!("`{day}` is no day"))),
            None => Ok(table),
        }
    }

    /// The table that comes with Candor; empty if it were broken, which a test holds against.
    pub fn bundled() -> Self {
        Self::read(include_str!("prices.json")).unwrap_or_else(|_| Self {
            version: String::new(),
            prices: Vec::new(),
        })
    }

    /// What a call at `at_us` cost, in dollars; `None` if no price is known or nothing was counted.
    /// The longest name that fits decides, then a price of the provider itself, then the latest day.
    pub(crate) fn cost(
        &self,
        provider: Option<&str>,
        model: &str,
        at_us: i64,
        usage: Usage,
    ) -> Option<f64> {
        if usage.input.is_none() && usage.output.is_none() {
            return None;
        }
        let of_provider = |p: &&Price| {
            let wanted = p.provider.as_deref();
            wanted.is_none() || wanted == provider
        };
        let began = |p: &Price| p.from.as_deref().and_then(day_us).unwrap_or(i64::MIN);
        let fitting = self
            .prices
            .iter()
            .filter(of_provider)
            .filter(|p| fits(&p.model, model) && began(p) <= at_us);
        let own = |p: &Price| p.provider.is_some();
        let price = fitting.max_by_key(|p| (p.model.len(), own(p), began(p)))?;
        Some(price.of(usage))
    }
}

impl Price {
    fn of(&self, usage: Usage) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of tokens are far below 2^53"
        )]
        let count = |tokens: Option<i64>| tokens.unwrap_or(0).max(0) as f64;
        let (read, created) = (count(usage.cache_read), count(usage.cache_creation));
        let fresh = (count(usage.input) - read - created).max(0.0);
        let dollars = fresh * self.input
            + read * self.cache_read.unwrap_or(self.input)
            + created * self.cache_creation.unwrap_or(self.input)
            + count(usage.output) * self.output;
        dollars / PER
    }
}

fn fits(pattern: &str, model: &str) -> bool {
    // Routers put the vendor before: `openai/gpt-4o`.
    let model = model.rsplit('/').next().unwrap_or(model);
    match (pattern.strip_suffix('*'), model.strip_prefix(pattern)) {
        (Some(beginning), _) => model.starts_with(beginning),
        (None, Some(rest)) => rest.is_empty() || is_edition(rest),
        (None, None) => false,
    }
}

/// Whether what stands behind a model's name tells its edition only: `-2024-08-06`, `@20250514`,
/// `-latest`.
fn is_edition(rest: &str) -> bool {
    let Some(edition) = rest.strip_prefix(['-', '@']) else {
        return false;
    };
    let digits = edition.bytes().filter(u8::is_ascii_digit).count();
    let dated = edition.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    edition == "latest" || (dated && matches!(digits, 4 | 6 | 8))
}

/// The beginning of a day such as `2025-06-10`, in microseconds.
fn day_us(day: &str) -> Option<i64> {
    parse_us(&format!("{day}T00:00:00Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_table_can_be_read() {
        let prices = Prices::read(include_str!("prices.json")).unwrap();
        assert!(prices.prices.len() > 30);
        for price in &prices.prices {
            assert!(price.input > 0.0 && price.output >= 0.0, "{price:?}");
            assert!(
                price.cache_read.is_none_or(|p| p <= price.input),
                "{price:?}"
            );
        }
        assert!(
            Prices::read(r#"{"version":"x","prices":[{"model":"m","from":"soon","input":1}]}"#)
                .is_err()
        );
        assert!(Prices::read(r#"{"version":"x","prices":[{"model":"m","inputs":1}]}"#).is_err());
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of cases")]
    fn the_price_that_fits_best_is_taken() {
        let table = r#"{"version":"t","prices":[
            {"model":"m*","input":1,"output":2},
            {"model":"m-big*","input":10,"output":20,"cache_read":1,"cache_creation":12.5},
            {"model":"m-big*","from":"2026-02-01","input":8,"output":16},
            {"provider":"dear","model":"m*","input":100,"output":100}
        ]}"#;
        let prices = Prices::read(table).unwrap();
        for (pattern, model, expected) in [
            ("gpt-4o", "gpt-4o", true),
            ("gpt-4o", "gpt-4o-2024-08-06", true),
            ("gpt-4o", "openai/gpt-4o-latest", true),
            ("claude-sonnet-4", "claude-sonnet-4@20250514", true),
            ("gpt-4o", "gpt-4o-mini", false),
            ("gpt-5", "gpt-5.1", false),
            ("claude-opus-4", "claude-opus-4-1", false),
        ] {
            assert_eq!(fits(pattern, model), expected, "{pattern} {model}");
        }
        let usage = |input, output, cache_read, cache_creation| Usage {
            input,
            output,
            cache_read,
            cache_creation,
        };
        let (january, march) = (day_us("2026-01-15").unwrap(), day_us("2026-03-15").unwrap());
        let million = Some(1_000_000);
        for (provider, model, at, usage, dollars) in [
            (
                None,
                "m-1",
                january,
                usage(million, million, None, None),
                Some(3.0),
            ),
            (
                None,
                "m-big-1",
                january,
                usage(million, None, None, None),
                Some(10.0),
            ),
            (
                None,
                "m-big-1",
                march,
                usage(million, None, None, None),
                Some(8.0),
            ),
            (
                None,
                "m-big-1",
                january,
                usage(million, None, Some(400_000), Some(100_000)),
                Some(6.65),
            ),
            (
                Some("dear"),
                "m-1",
                january,
                usage(million, None, None, None),
                Some(100.0),
            ),
            (
                Some("cheap"),
                "m-1",
                january,
                usage(million, None, None, None),
                Some(1.0),
            ),
            (
                None,
                "unknown",
                january,
                usage(million, None, None, None),
                None,
            ),
            (None, "m-1", january, Usage::default(), None),
            (
                None,
                "m-1",
                january,
                usage(Some(-5), Some(0), Some(9), None),
                Some(9e-6),
            ),
        ] {
            let cost = prices.cost(provider, model, at, usage);
            let near = match (cost, dollars) {
                (Some(a), Some(b)) => f64::abs(a - b) < 1e-9,
                (a, b) => a.is_none() && b.is_none(),
            };
            assert!(
                near,
                "{provider:?} {model} {usage:?}: {cost:?}, not {dollars:?}"
            );
        }
    }
}
