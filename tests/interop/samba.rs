//! A real Active Directory domain (Samba) to the sandbox team.

mod server;

use crate::directory::{Company, Directory, people};
use server::Samba;

#[test]
fn an_active_directory_and_a_team_stay_in_step() {
    let mut company = Company::new(Samba::start(), people(60));
    company.stays_in_step();
    company.is_killed_while_it_is_read();
    company.is_restored_from_yesterday();
}
