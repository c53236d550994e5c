//! Names of models and of their providers, as spans tell them.

use candor_contract::{MODEL_NAME_BYTES_MAX, ModelName};
use std::borrow::Cow;

/// Hex digits of the hash that tells long names apart.
const HASH_DIGITS: usize = 8;

/// The model of a name that a provider gave: what a [`ModelName`] cannot spell becomes `-`, so that
/// `meta-llama/Llama-3.1-8B` is `meta-llama-Llama-3.1-8B`; what it cannot begin with is left out;
/// names that are too long are cut and end in a hash of the whole. `None` if nothing is left.
pub(crate) fn model_name(name: &str) -> Option<ModelName> {
    if let Some(model) = ModelName::new(name) {
        return Some(model);
    }
    let mut plain = String::with_capacity(name.len().min(MODEL_NAME_BYTES_MAX));
    for c in name.chars() {
        let c = match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' => c,
            // Two dots in a row would be a path.
            '.' if !plain.ends_with('.') => c,
            _ => '-',
        };
        if c.is_ascii_alphanumeric() || !plain.is_empty() {
            plain.push(c);
        }
        if plain.len() > MODEL_NAME_BYTES_MAX {
            let hash = blake3::hash(name.as_bytes()).to_hex();
            plain.truncate(MODEL_NAME_BYTES_MAX - HASH_DIGITS - 1);
            plain.push('-');
            plain.push_str(&hash[..HASH_DIGITS]);
            break;
        }
    }
    ModelName::new(&plain)
}

/// What providers were called, by older conventions and other dialects, and what they are called now.
const PROVIDERS: [(&str, &str); 20] = [
    ("alephalpha", "aleph_alpha"),
    ("aws", "aws.bedrock"),
    ("az.ai.inference", "azure.ai.inference"),
    ("az.ai.openai", "azure.ai.openai"),
    ("azure", "azure.ai.openai"),
    ("azure_openai", "azure.ai.openai"),
    ("bedrock", "aws.bedrock"),
    ("gemini", "gcp.gemini"),
    ("google", "gcp.gen_ai"),
    ("huggingface", "hugging_face"),
    ("mistral", "mistral_ai"),
    ("mistralai", "mistral_ai"),
    ("together", "together_ai"),
    ("togetherai", "together_ai"),
    ("vertex_ai", "gcp.vertex_ai"),
    ("vertexai", "gcp.vertex_ai"),
    ("watsonx", "ibm.watsonx.ai"),
    ("xai", "x_ai"),
    ("zhipuai", "zhipu_ai"),
    ("z_ai", "zai"),
];

/// A provider by its name of today, e.g. `azure.ai.openai` for `Azure`.
pub(crate) fn provider(name: &str) -> Cow<'_, str> {
    let lower = match name.bytes().any(|b| b.is_ascii_uppercase()) {
        true => Cow::Owned(name.to_ascii_lowercase()),
        false => Cow::Borrowed(name),
    };
    let found = PROVIDERS.iter().find(|(before, _)| *before == lower);
    found.map_or(lower, |(_, now)| Cow::Borrowed(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_models_become_names_that_can_be_stored() {
        let long = "x".repeat(500);
        let other = format!("{}y", "x".repeat(499));
        for (given, expected) in [
            ("gpt-4o", Some("gpt-4o")),
            ("meta-llama/Llama-3.1-8B", Some("meta-llama-Llama-3.1-8B")),
            (
                "anthropic.claude-3-haiku-20240307-v1:0",
                Some("anthropic.claude-3-haiku-20240307-v1-0"),
            ),
            ("../../etc/passwd", Some("etc-passwd")),
            ("a..b", Some("a.-b")),
            ("größe", Some("gr--e")),
            ("@cf/meta", Some("cf-meta")),
            ("", None),
            ("///", None),
            ("\u{202e}", None),
        ] {
            let name = model_name(given);
            assert_eq!(name.as_ref().map(ModelName::as_str), expected, "{given}");
        }
        let (one, two) = (model_name(&long).unwrap(), model_name(&other).unwrap());
        assert_ne!(one, two);
        assert_eq!(one.as_str().len(), MODEL_NAME_BYTES_MAX);
    }

    #[test]
    fn providers_have_one_name_each() {
        for (given, expected) in [
            ("openai", "openai"),
            ("OpenAI", "openai"),
            ("Azure", "azure.ai.openai"),
            ("az.ai.openai", "azure.ai.openai"),
            ("vertex_ai", "gcp.vertex_ai"),
            ("MistralAI", "mistral_ai"),
            ("somebody's own", "somebody's own"),
        ] {
            assert_eq!(provider(given), expected);
        }
    }
}
