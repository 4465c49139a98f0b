//! A real 389 Directory Server, the engine of FreeIPA, to the sandbox team.

mod server;

use crate::directory::{Company, Directory, people};
use server::Ds389;

#[test]
fn a_389_directory_and_a_team_stay_in_step() {
    let mut company = Company::new(Ds389::start(), people(60));
    company.stays_in_step();
    company.is_killed_while_it_is_read();
    company.is_restored_from_yesterday();
}
