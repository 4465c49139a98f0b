//! reqwest, held to safety limits.
