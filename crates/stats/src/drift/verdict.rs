//! Whether a column has drifted: material and significant at the sizes of both samples.
