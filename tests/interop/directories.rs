//! The emulated directories of tests/it, to be asked by clients that nobody here wrote.

#[path = "../it/directories/cloud.rs"]
pub mod cloud;
#[path = "../it/directories/entra/mod.rs"]
pub mod entra;
#[path = "../it/directories/expression.rs"]
pub mod expression;
#[path = "../it/directories/google/mod.rs"]
pub mod google;
#[path = "../it/directories/jwt.rs"]
pub mod jwt;
#[path = "../it/directories/keycloak/mod.rs"]
pub mod keycloak;
#[path = "../it/directories/okta/mod.rs"]
pub mod okta;
