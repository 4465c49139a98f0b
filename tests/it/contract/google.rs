//! A Google Workspace account as the directory.

use crate::directories::cloud::{Failure, Paging};
use crate::directories::google::{
    ADMIN, Account, CUSTOMER, Google as Server, SERVICE_ACCOUNT, group, group_id, user, user_id,
};
use crate::support::{Lab, Row};

use super::groups::Group;
use super::{Cannot, Directory, PAGE, Trouble};

pub struct Google {
    server: Server,
    /// Whom it showed last without trouble.
    people: Vec<Row>,
    groups: Vec<Group>,
}

impl Google {
    pub fn new() -> Self {
        Self { server: Server::start_account(Vec::new()), people: Vec::new(), groups: Vec::new() }
    }
}

impl Directory for Google {
    fn source_type(&self) -> &'static str {
        "google"
    }

    fn lines(&self, lab: &Lab) -> String {
        lab.write("google.json", &self.server.key_file());
        let url = self.server.url();
        format!(
            "type = \"google\"\nurl = \"{url}\"\nlogin_url = \"{url}\"\nkey_file = \"google.json\"\nsubject = \"{ADMIN}\"\n\
             page_size = {PAGE}\nlimit_share = 100\n"
        )
    }

    fn behind(&mut self, origin: &str) {
        self.server.change(|account| account.common.base = origin.to_owned());
    }

    fn mapping(&self) -> [&'static str; 3] {
        ["primaryEmail", "name.givenName", "name.familyName"]
    }

    fn show(&mut self, lab: &Lab, people: &[Row], trouble: Trouble) -> Result<(), Cannot> {
        let is_missed = |row: &&Row| trouble == Trouble::Missed && people.iter().all(|shown| shown.id != row.id);
        let missed: Vec<Row> = self.people.iter().filter(is_missed).cloned().collect();
        let of =
            |held: &Group| group(&held.id, &held.name, &held.people.iter().map(String::as_str).collect::<Vec<_>>());
        let groups: Vec<_> = self.groups.iter().map(of).collect();
        self.server.change(|account| {
            account.groups = groups;
            account.people = people.iter().chain(&missed).map(user).collect();
            account.unlisted = missed.iter().map(|row| user_id(&row.id)).collect();
            account.customer = if trouble == Trouble::AnotherTenant { "C0another" } else { CUSTOMER }.into();
            let other = "other@false-project.iam.gserviceaccount.com";
            account.service_account = if trouble == Trouble::AnotherReader { other } else { SERVICE_ACCOUNT }.into();
            account.common.always.clear();
            account.common.paging = Paging::default();
            account.common.paging.circle = trouble == Trouble::PageRepeated;
            account.common.paging.repeated = trouble == Trouble::ShownTwice;
            match trouble {
                Trouble::Page3Fails => fails(account, 2, Failure::Html(500)),
                Trouble::ShownAndLost => fails(account, 3, Failure::CutBehind),
                _ => {}
            }
        });
        lab.write("google.json", &self.server.key_file());
        if trouble == Trouble::None {
            self.people = people.to_vec();
        }
        Ok(())
    }

    fn asked(&self, group: &Group) -> String {
        format!("{}@acme.example", group.name.to_lowercase().replace(' ', "-"))
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
fn fails(account: &mut Account, nth: usize, failure: Failure) {
    account.common.before("pageToken=", nth, |account| account.common.always.push(("pageToken=", failure)));
}
