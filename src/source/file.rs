//! The file source: CSV, JSON or JSON Lines, read whole or refused.
