//! Drift of embeddings.
