//! Directories that tests read: servers of our own, for what a real one cannot be made to do.

mod asking;
#[allow(dead_code, reason = "knobs that no test turns yet")]
pub mod cloud;
#[allow(dead_code, reason = "knobs that no test turns yet")]
pub mod entra;
#[path = "entra/tests.rs"]
mod entra_tests;
pub mod expression;
pub mod google;
#[path = "google/tests.rs"]
mod google_tests;
pub mod jwt;
#[allow(dead_code, reason = "knobs that no test turns yet")]
pub mod keycloak;
#[path = "keycloak/tests.rs"]
mod keycloak_tests;
pub mod ldap;
pub mod okta;
#[path = "okta/tests.rs"]
mod okta_tests;
pub mod scim;
pub mod token_endpoint;
