//! Small learners that estimates and classifiers of samples need: logistic regression, boosted trees,
//! isotonic regression, principal components.
