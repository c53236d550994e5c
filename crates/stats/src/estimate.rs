//! How good predictions probably are, before outcomes are known.
