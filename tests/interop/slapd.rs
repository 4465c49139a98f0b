//! A thousand people in a real OpenLDAP to the sandbox team.

mod server;

use crate::directory::{Company, Directory, people};
use server::Slapd;

#[test]
fn an_openldap_and_a_team_stay_in_step() {
    let mut company = Company::new(Slapd::start(), people(1_000));
    company.stays_in_step();
    company.is_killed_while_it_is_read();
    company.is_restored_from_yesterday();
}
