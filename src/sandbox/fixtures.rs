//! Ready-made teams: the smallest set that shows every documented quirk, and crowds for paging.
//!
//! Never: a real name, address or key.

use super::groups::Role;
use super::team::{Elsewhere, KeyState, Standing, Team};

impl Team {
    /// "Acme": Enterprise, 10 seats of which 5 are taken, `acme.example` verified, a key in each state
    /// (`PMAK-active`, `PMAK-previous`, `PMAK-revoked`, `PMAK-orphaned`, `PMAK-team-admin`), people in each standing,
    /// and three groups, one of which holds the Super Admin role.
    pub fn acme() -> Self {
        Self::new("Acme")
            .seats(10)
            .verified("acme.example")
            .key("PMAK-active", KeyState::Active)
            .key("PMAK-previous", KeyState::Previous)
            .key("PMAK-revoked", KeyState::Revoked)
            .key("PMAK-orphaned", KeyState::Orphaned)
            .key("PMAK-team-admin", KeyState::TeamAdmin)
            .member("scim-service@acme.example", "Service", "Account")
            .member("root@acme.example", "First", "Admin")
            .member("deputy@acme.example", "Second", "Admin")
            .member("joined.by.sso@acme.example", "Jo", "Ined")
            .member("Mixed.Case@acme.example", "Mixed", "Case")
            .person("invited.by.hand@acme.example", "Ina", "Vited", Standing::InvitedByHand)
            .person("left@acme.example", "Lea", "Left", Standing::Deactivated)
            .account("x@gmail.example", Elsewhere::NoTeam)
            .account("y@other.example", Elsewhere::OtherTeam)
            .group(
                "Platform",
                Role::Developer,
                &["root@acme.example", "deputy@acme.example", "Mixed.Case@acme.example"],
            )
            .group("Super", Role::SuperAdmin, &["root@acme.example"])
            .group("Ünïcode & \"quotes\"", Role::Developer, &[])
    }

    /// Adds `n` active members: `member0001@acme.example` and on.
    pub fn crowd(mut self, n: usize) -> Self {
        for i in 1..=n {
            self = self.member(&format!("member{i:04}@acme.example"), &format!("Given{i:04}"), "Member");
        }
        self
    }
}
