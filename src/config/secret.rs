//! Secrets: read from a file or a systemd credential, never from argv.
