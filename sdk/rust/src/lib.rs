//! Client for a Candor server.
