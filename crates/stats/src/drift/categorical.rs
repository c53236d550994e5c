//! Tests of counts by category.
