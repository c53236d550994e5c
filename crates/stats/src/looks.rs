//! Looking many times without crying wolf: corrections for many tests, and tests that may be looked at
//! after every event.
