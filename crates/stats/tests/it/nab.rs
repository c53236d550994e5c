//! Scores of anomaly detectors by the rules of the Numenta benchmark.
