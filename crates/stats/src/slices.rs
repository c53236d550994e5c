//! Conjunctions of conditions in which rows differ from the rest.
