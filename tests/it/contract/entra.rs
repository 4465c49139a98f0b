//! Microsoft Entra ID as the directory: a group that is assigned to an application, and everybody.

use serde_json::{Value, json};

use crate::directories::cloud::{Failure, Paging};
use crate::directories::entra::{APP, CLIENT, Entra as Emulator, SECRET, TENANT, group, group_id, user, user_id};
use crate::support::{Lab, Row};

use super::groups::Group;
use super::{Cannot, Directory, PAGE, Trouble};

/// Whose reading it is.
#[derive(Clone, Copy, PartialEq)]
pub enum Who {
    Assigned,
    Everybody,
}

pub struct Entra {
    server: Emulator,
    who: Who,
    /// Whom it showed last without trouble.
    people: Vec<Row>,
    groups: Vec<Group>,
}

impl Entra {
    pub fn of(who: Who) -> Self {
        Self { server: Emulator::start_tenant(Vec::new()), who, people: Vec::new(), groups: Vec::new() }
    }

    /// What is asked for, page by page, for people.
    fn pages(&self) -> &'static str {
        if self.who == Who::Assigned { "/microsoft.graph.user?" } else { "/users?" }
    }
}

impl Directory for Entra {
    fn source_type(&self) -> &'static str {
        "entra"
    }

    /// One names the tenant by its id, so that the sign-in notices another one, and one by a domain, so that only Graph does.
    fn lines(&self, lab: &Lab) -> String {
        lab.write("entra.secret", SECRET);
        let url = self.server.url();
        let who = if self.who == Who::Assigned {
            format!("tenant = \"{TENANT}\"\napp = \"{APP}\"\n")
        } else {
            "tenant = \"acme.example\"\n".into()
        };
        format!(
            "type = \"entra\"\nurl = \"{url}\"\nlogin_url = \"{url}\"\nclient_id = \"{CLIENT}\"\n\
             client_secret_file = \"entra.secret\"\npage_size = {PAGE}\n{who}"
        )
    }

    fn behind(&mut self, origin: &str) {
        self.server.change(|tenant| tenant.common.base = origin.to_owned());
    }

    fn mapping(&self) -> [&'static str; 3] {
        ["mail", "givenName", "surname"]
    }

    fn show(&mut self, _: &Lab, people: &[Row], trouble: Trouble) -> Result<(), Cannot> {
        if trouble == Trouble::AnotherReader {
            return Err(Cannot);
        }
        let missed: Vec<Row> = match trouble {
            Trouble::Missed => {
                self.people.iter().filter(|row| people.iter().all(|shown| shown.id != row.id)).cloned().collect()
            }
            _ => Vec::new(),
        };
        let pages = self.pages();
        let ids = |held: &Group| held.people.iter().map(|row| user_id(row)).collect::<Vec<_>>();
        let groups: Vec<_> = self.groups.iter().map(|held| group(&held.id, &held.name, &ids(held))).collect();
        self.server.change(|tenant| {
            tenant.thaw_index();
            let id = if trouble == Trouble::AnotherTenant { "7e000000-0000-4000-8000-00000000000f" } else { TENANT };
            tenant.becomes(id, people.iter().map(person).collect());
            let members: Vec<String> = people.iter().chain(&missed).map(|row| user_id(&row.id)).collect();
            tenant.groups.push(group("1", "Postman", &members));
            tenant.groups.extend(groups);
            tenant.assign("Group", &group_id("1"));
            tenant.common.paging = Paging::default();
            tenant.common.always.clear();
            match trouble {
                Trouble::Missed => {
                    tenant.freeze_index();
                    tenant.people.extend(missed.iter().map(person));
                }
                Trouble::PageRepeated => tenant.common.paging.circle = true,
                Trouble::ShownTwice => tenant.common.paging.repeated = true,
                Trouble::Page3Fails => tenant.common.before(pages, 3, move |tenant| {
                    tenant.common.always.push((pages, Failure::Status(500)));
                }),
                Trouble::ShownAndLost if pages == "/users?" => tenant.common.before(pages, 4, move |tenant| {
                    tenant.common.always.push((pages, Failure::Cut));
                }),
                // Somebody of the first group again, in a group that breaks off.
                Trouble::ShownAndLost => {
                    tenant.groups.push(group("2", "Second", &members[..1]));
                    tenant.assign("Group", &group_id("2"));
                    tenant.common.always.push(("000000000002/members/", Failure::Cut));
                }
                _ => {}
            }
        });
        if trouble == Trouble::None {
            self.people = people.to_vec();
        }
        Ok(())
    }

    fn hold(&mut self, groups: &[Group]) -> Result<(), Cannot> {
        self.groups = groups.to_vec();
        Ok(())
    }

    fn group_id(&self, group: &Group) -> String {
        group_id(&group.id)
    }

    fn reason(&self, trouble: Trouble) -> Option<&'static str> {
        match trouble {
            Trouble::Page3Fails => Some("HTTP 500"),
            Trouble::PageRepeated | Trouble::ShownTwice => Some("an id came twice"),
            Trouble::ShownAndLost => Some("unexpected EOF"),
            Trouble::AnotherTenant if self.who == Who::Assigned => Some("there is no such tenant"),
            Trouble::AnotherTenant => Some("another directory than until now"),
            Trouble::None | Trouble::Missed | Trouble::Narrowed | Trouble::AnotherReader => None,
        }
    }

    fn can_look_up(&self) -> bool {
        true
    }

    fn writes(&self) -> Vec<String> {
        self.server.writes()
    }
}

/// Who has no mail has a userPrincipalName all the same.
fn person(row: &Row) -> Value {
    let mut person = user(row);
    if row.mail.is_empty() {
        person["userPrincipalName"] = json!(format!("u{}@acme.onmicrosoft.com", row.id));
    }
    person
}
