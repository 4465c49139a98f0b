//! A SCIM server as the directory.

use serde_json::json;

use crate::directories::scim::{Failure, ScimServer, TOKEN, group, user};
use crate::support::{Lab, Row};

use super::{Cannot, Directory, Group, PAGE, Trouble};

pub struct Scim {
    server: ScimServer,
    /// Whom it showed last without trouble.
    people: Vec<Row>,
    groups: Vec<Group>,
}

impl Scim {
    pub fn new() -> Self {
        Self { server: ScimServer::start(Vec::new()), people: Vec::new(), groups: Vec::new() }
    }
}

impl Directory for Scim {
    fn source_type(&self) -> &'static str {
        "scim"
    }

    /// With a sentinel: the protocol has nothing else that would tell one tenant from another.
    fn lines(&self, lab: &Lab) -> String {
        lab.write("idp.token", TOKEN);
        format!("{}page_size = {PAGE}\nsentinels = [\"1\"]\n", self.server.source())
    }

    fn mapping(&self) -> [&'static str; 3] {
        ["mail", "givenName", "sn"]
    }

    fn show(&mut self, _: &Lab, people: &[Row], trouble: Trouble) -> Result<(), Cannot> {
        let is_missed = |row: &&Row| trouble == Trouble::Missed && people.iter().all(|shown| shown.id != row.id);
        let missed: Vec<Row> = self.people.iter().filter(is_missed).cloned().collect();
        self.server.change(|directory| {
            directory.people = people.iter().chain(&missed).map(user).collect();
            directory.groups = self.groups.iter().map(held).collect();
            directory.unlisted = missed.into_iter().map(|row| row.id).collect();
            directory.me = Some(json!({ "id": if trouble == Trouble::AnotherReader { "another" } else { "sync" } }));
            directory.page_most = PAGE;
            directory.start_ignored = trouble == Trouble::PageRepeated;
            directory.repeated = trouble == Trouble::ShownTwice;
            directory.failing_page = match trouble {
                Trouble::Page3Fails => Some((3, Failure::Status(500))),
                Trouble::ShownAndLost => Some((4, Failure::CutBehindPage)),
                _ => None,
            };
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

    fn reason(&self, trouble: Trouble) -> Option<&'static str> {
        match trouble {
            Trouble::Page3Fails => Some("HTTP 500"),
            Trouble::PageRepeated | Trouble::ShownTwice => Some("an id came twice"),
            Trouble::ShownAndLost => Some("unexpected EOF"),
            Trouble::AnotherTenant => Some("the sentinel 1 was not shown active"),
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

fn held(held: &Group) -> serde_json::Value {
    let people: Vec<&str> = held.people.iter().map(String::as_str).collect();
    group(&held.id, &held.name, &people)
}
