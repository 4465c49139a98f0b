//! A realm of Keycloak's as the directory: everybody, and the members of a group with one within it.

use crate::directories::cloud::{Failure, Paging};
use crate::directories::keycloak::{
    CLIENT, Keycloak as Server, REALM, REALM_ID, SECRET, group, group_id, user, user_id,
};
use crate::support::{Lab, Row};

use super::{Cannot, Directory, Group, PAGE, Trouble};

pub struct Keycloak {
    server: Server,
    /// Members of a group, rather than everybody.
    by_group: bool,
    /// Whom it showed last without trouble.
    people: Vec<Row>,
    groups: Vec<Group>,
}

impl Keycloak {
    pub fn of_realm() -> Self {
        Self { server: Server::start_realm(Vec::new()), by_group: false, people: Vec::new(), groups: Vec::new() }
    }

    pub fn of_group() -> Self {
        Self { by_group: true, ..Self::of_realm() }
    }
}

impl Directory for Keycloak {
    fn source_type(&self) -> &'static str {
        "keycloak"
    }

    fn lines(&self, lab: &Lab) -> String {
        lab.write("keycloak.secret", SECRET);
        let (url, client) = (self.server.url(), format!("client_id = \"{CLIENT}\""));
        format!(
            "type = \"keycloak\"\nurl = \"{url}\"\nrealm = \"{REALM}\"\n{client}\n\
             client_secret_file = \"keycloak.secret\"\npage_size = {PAGE}\n"
        )
    }

    fn scope(&self) -> Option<String> {
        self.by_group.then(|| "groups = [\"/Engineering\"]".to_owned())
    }

    fn behind(&mut self, origin: &str) {
        self.server.change(|realm| realm.common.base = origin.to_owned());
    }

    fn mapping(&self) -> [&'static str; 3] {
        ["email", "firstName", "lastName"]
    }

    fn show(&mut self, _: &Lab, people: &[Row], trouble: Trouble) -> Result<(), Cannot> {
        if trouble == Trouble::AnotherReader {
            return Err(Cannot);
        }
        let is_missed = |row: &&Row| trouble == Trouble::Missed && people.iter().all(|shown| shown.id != row.id);
        let missed: Vec<Row> = self.people.iter().filter(is_missed).cloned().collect();
        self.server.change(|realm| {
            realm.people = people.iter().chain(&missed).map(user).collect();
            // The first three in the group itself, and the others in one within it.
            let all: Vec<&str> = people.iter().chain(&missed).map(|row| row.id.as_str()).collect();
            let (top, inner) = all.split_at(all.len().min(3));
            realm.groups = vec![group("1", "Engineering", None, top), group("2", "Backend", Some("1"), inner)];
            // Every other one is not at the top.
            realm.groups.extend(self.groups.iter().enumerate().map(|(at, held)| {
                let people: Vec<&str> = held.people.iter().map(String::as_str).collect();
                group(&held.id, &held.name, (at % 2 == 1).then_some("2"), &people)
            }));
            realm.unlisted = missed.iter().map(|row| user_id(&row.id)).collect();
            realm.id = if trouble == Trouble::AnotherTenant { "4ea1-another" } else { REALM_ID }.into();
            realm.common.paging = Paging::default();
            realm.common.paging.circle = trouble == Trouble::PageRepeated;
            realm.common.paging.repeated = trouble == Trouble::ShownTwice;
            realm.common.always = match trouble {
                Trouble::Page3Fails => vec![("first=10&", Failure::Html(500))],
                Trouble::ShownAndLost => vec![("first=15&", Failure::CutBehind)],
                _ => Vec::new(),
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

    fn group_id(&self, group: &Group) -> String {
        group_id(&group.id)
    }

    fn reason(&self, trouble: Trouble) -> Option<&'static str> {
        match trouble {
            Trouble::Page3Fails => Some("HTTP 500: the server failed"),
            Trouble::PageRepeated | Trouble::ShownTwice => Some("an id came twice"),
            Trouble::ShownAndLost => Some("unexpected EOF"),
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
