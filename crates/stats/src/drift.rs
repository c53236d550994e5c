//! Whether two samples come from the same source, and how far apart they are.
