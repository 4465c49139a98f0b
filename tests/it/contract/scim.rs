//! A SCIM server as the directory. It refuses whatever is no read by itself.

use serde_json::json;

use crate::directories::scim::{Failure, ScimServer, TOKEN, user};
use crate::support::{Lab, Row};

use super::{Cannot, Directory, PAGE, Trouble};

pub struct Scim {
    server: ScimServer,
}

impl Scim {
    pub fn new() -> Self {
        Self { server: ScimServer::start(Vec::new()) }
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
        self.server.change(|directory| {
            directory.people = people.iter().map(user).collect();
            directory.me = Some(json!({ "id": if trouble == Trouble::AnotherReader { "another" } else { "sync" } }));
            directory.page_most = PAGE;
            directory.start_ignored = trouble == Trouble::PageRepeated;
            directory.repeated = trouble == Trouble::ShownTwice;
            directory.failing_page = match trouble {
                Trouble::Page3Fails => Some((3, Failure::Status(500))),
                Trouble::ShownAndLost => Some((4, Failure::Cut)),
                _ => None,
            };
        });
        Ok(())
    }

    fn can_look_up(&self) -> bool {
        true
    }
}
