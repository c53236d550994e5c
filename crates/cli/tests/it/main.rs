//! Black-box tests: they drive the real binary, as a user would.

mod sandbox;
