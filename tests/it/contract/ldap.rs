//! An LDAP server as the directory, as OpenLDAP and as Active Directory.

use crate::directories::ldap::{Dialect, Fault, Knobs, LdapServer, PASSWORD, Rc, What, World};
use crate::support::{Lab, Row};

use super::{Cannot, Directory, Group, PAGE, Trouble};

pub struct Ldap {
    server: LdapServer,
    dialect: Dialect,
    /// Whom it showed last without trouble.
    people: Vec<Row>,
    groups: Vec<Group>,
}

impl Ldap {
    pub fn of(dialect: Dialect) -> Self {
        Self { server: LdapServer::start(World::new(dialect)), dialect, people: Vec::new(), groups: Vec::new() }
    }
}

impl Directory for Ldap {
    fn source_type(&self) -> &'static str {
        "ldap"
    }

    fn lines(&self, lab: &Lab) -> String {
        lab.write("ldap.password", PASSWORD);
        // Its own rule knows locked people, and none of whom nothing is known.
        let own = if self.dialect == Dialect::OpenLdap { "active = \"employeeType\"\n" } else { "" };
        format!("{}page_size = {PAGE}\n{own}", self.server.source())
    }

    fn mapping(&self) -> [&'static str; 3] {
        ["mail", "givenName", "sn"]
    }

    fn show(&mut self, _: &Lab, people: &[Row], trouble: Trouble) -> Result<(), Cannot> {
        let is_other = trouble == Trouble::AnotherTenant;
        let mut world = if is_other { World::tenant(self.dialect, *b"XYZ-") } else { World::new(self.dialect) };
        let is_partial = matches!(trouble, Trouble::Narrowed | Trouble::Missed);
        world.set_people(if is_partial { &self.people } else { people });
        for group in &self.groups {
            let members: Vec<String> = group.people.iter().map(|id| world.dn(id)).collect();
            world.set_group_called(&group.id, &group.name, &members);
        }
        let others = self.people.iter().filter(|row| is_partial && people.iter().all(|shown| shown.id != row.id));
        let others = others.map(|row| world.dn(&row.id)).collect();
        world.knobs = match trouble {
            Trouble::None | Trouble::AnotherTenant => Knobs::default(),
            Trouble::Page3Fails => faulty(Fault::page(3, What::Code(Rc::Busy))),
            Trouble::PageRepeated => faulty(Fault::page(2, What::Repeat)),
            Trouble::ShownTwice => Knobs { shown_again: vec![world.dn(&people[0].id)], ..Knobs::default() },
            Trouble::ShownAndLost => faulty(Fault::page(4, What::DropAfterEntries)),
            Trouble::Missed => Knobs { unlisted: others, ..Knobs::default() },
            Trouble::Narrowed => Knobs { hidden_entries: others, ..Knobs::default() },
            Trouble::AnotherReader => Knobs { principal: Some("dn:cn=another".into()), ..Knobs::default() },
        };
        if trouble == Trouble::None {
            self.people = people.to_vec();
        }
        self.server.change(|running| *running = world);
        Ok(())
    }

    fn hold(&mut self, groups: &[Group]) -> Result<(), Cannot> {
        self.groups = groups.to_vec();
        Ok(())
    }

    fn group_id(&self, group: &Group) -> String {
        World::new(self.dialect).shown_id(&group.id)
    }

    fn reason(&self, trouble: Trouble) -> Option<&'static str> {
        match trouble {
            Trouble::Page3Fails => Some("result 51 busy"),
            Trouble::PageRepeated => Some("the same page came twice"),
            Trouble::ShownTwice => Some("stands there twice"),
            Trouble::ShownAndLost => Some("the server closed the connection"),
            Trouble::AnotherTenant => Some("another directory than until now"),
            Trouble::AnotherReader => Some("another account than until now"),
            Trouble::None | Trouble::Missed | Trouble::Narrowed => None,
        }
    }

    fn can_look_up(&self) -> bool {
        true
    }

    fn writes(&self) -> Vec<String> {
        self.server.writes()
    }
}

fn faulty(fault: Fault) -> Knobs {
    Knobs { faults: vec![fault], ..Knobs::default() }
}
