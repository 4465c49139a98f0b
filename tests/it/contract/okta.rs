//! An Okta org as the directory: assignments of an app, everybody, and the members of a group.

use crate::directories::cloud::{Failure, Paging};
use crate::directories::okta::{APP, ORG, Okta as Server, TOKEN, group, group_id, user, user_id};
use crate::support::{Lab, Row};

use super::groups::Group;
use super::{Cannot, Directory, PAGE, Trouble};

pub struct Okta {
    server: Server,
    /// Assignments of the app, rather than everybody.
    by_app: bool,
    /// Members of a group.
    by_group: bool,
    /// Whom it showed last without trouble.
    people: Vec<Row>,
    groups: Vec<Group>,
}

impl Okta {
    pub fn of_app() -> Self {
        Self {
            server: Server::start_org(Vec::new()),
            by_app: true,
            by_group: false,
            people: Vec::new(),
            groups: Vec::new(),
        }
    }

    pub fn of_group() -> Self {
        Self { by_app: false, by_group: true, ..Self::of_app() }
    }

    pub fn of_everybody() -> Self {
        Self { by_app: false, ..Self::of_app() }
    }
}

impl Directory for Okta {
    fn source_type(&self) -> &'static str {
        "okta"
    }

    fn lines(&self, lab: &Lab) -> String {
        lab.write("okta.token", TOKEN);
        let app = if self.by_app { format!("app = \"{APP}\"\n") } else { String::new() };
        let url = self.server.url();
        format!("type = \"okta\"\nurl = \"{url}\"\ntoken_file = \"okta.token\"\npage_size = {PAGE}\n{app}")
    }

    fn scope(&self) -> Option<String> {
        self.by_group.then(|| "groups = [\"Engineering\"]".to_owned())
    }

    fn behind(&mut self, origin: &str) {
        self.server.change(|org| org.common.base = origin.to_owned());
    }

    fn mapping(&self) -> [&'static str; 3] {
        ["profile.email", "profile.firstName", "profile.lastName"]
    }

    fn show(&mut self, _: &Lab, people: &[Row], trouble: Trouble) -> Result<(), Cannot> {
        let is_missed = |row: &&Row| trouble == Trouble::Missed && people.iter().all(|shown| shown.id != row.id);
        let missed: Vec<Row> = self.people.iter().filter(is_missed).cloned().collect();
        let of =
            |held: &Group| group(&held.id, &held.name, &held.people.iter().map(String::as_str).collect::<Vec<_>>());
        let groups: Vec<_> = self.groups.iter().map(of).collect();
        self.server.change(|org| {
            org.people = people.iter().chain(&missed).map(user).collect();
            org.apps[0].people = people.iter().chain(&missed).map(|row| user_id(&row.id)).collect();
            let all: Vec<&str> = people.iter().chain(&missed).map(|row| row.id.as_str()).collect();
            org.groups = vec![group("1", "Engineering", &all)];
            org.groups.extend(groups);
            org.unlisted = missed.iter().map(|row| user_id(&row.id)).collect();
            org.id = if trouble == Trouble::AnotherTenant { "00oANOTHER" } else { ORG }.into();
            let admin = if trouble == Trouble::AnotherReader { "00uANOTHER" } else { "00u00000000000000ADMIN" };
            org.ssws.insert(TOKEN.into(), admin.into());
            org.common.always.clear();
            org.common.paging = Paging::default();
            org.common.paging.circle = trouble == Trouble::PageRepeated;
            org.common.paging.repeated = trouble == Trouble::ShownTwice;
            match trouble {
                Trouble::Page3Fails => fails(org, 2, Failure::Html(500)),
                Trouble::ShownAndLost => fails(org, 3, Failure::CutBehind),
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
            Trouble::Page3Fails => Some("HTTP 500: the server failed"),
            Trouble::PageRepeated | Trouble::ShownTwice => Some("an id came twice"),
            Trouble::ShownAndLost => Some("unexpected EOF"),
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

/// From the nth page behind the first on, in every reading until the trouble is over.
fn fails(org: &mut crate::directories::okta::Org, nth: usize, failure: Failure) {
    org.common.before("after=", nth, |org| org.common.always.push(("after=", failure)));
}
