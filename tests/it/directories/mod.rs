//! Directories that tests read: servers of our own, for what a real one cannot be made to do.

pub mod ldap;
pub mod scim;
pub mod token_endpoint;
