//! The pure parts: ids, states, root DSE, entries, sentinels.
