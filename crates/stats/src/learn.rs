//! Small learners that estimates and classifiers of samples need.

mod components;
mod isotonic;
mod logistic;
mod trees;
