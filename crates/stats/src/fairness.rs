//! How a model treats groups of people.
