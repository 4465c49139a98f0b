//! A file as the directory: an export in CSV, with a manifest that counts its rows.

use crate::support::{Lab, Row};

use super::{Cannot, Directory, Group, PAGE, Trouble};

/// Quotation marks, since names hold commas.
fn record(row: &Row, groups: &[Group]) -> String {
    let Row { id, given, family, mail, status } = row;
    format!("{id},\"{given}\",\"{family}\",{mail},{status},\"{}\"\n", names_of(groups, id).join("|"))
}

/// The names of the groups that somebody is in.
pub fn names_of<'g>(groups: &'g [Group], id: &str) -> Vec<&'g str> {
    let theirs = groups.iter().filter(|group| group.people.iter().any(|person| person == id));
    theirs.map(|group| group.name.as_str()).collect()
}

#[derive(Default)]
pub struct File {
    groups: Vec<Group>,
}

impl Directory for File {
    fn source_type(&self) -> &'static str {
        "file"
    }

    fn lines(&self, _: &Lab) -> String {
        let lines = [
            "type = \"file\"",
            "path = \"people.csv\"",
            "manifest = \"manifest.json\"",
            "id = \"id\"",
            "active = \"status\"",
            "groups = \"groups\"",
        ];
        lines.join("\n")
    }

    fn mapping(&self) -> [&'static str; 3] {
        ["mail", "given", "family"]
    }

    fn show(&mut self, lab: &Lab, people: &[Row], trouble: Trouble) -> Result<(), Cannot> {
        let mut rows: Vec<String> = people.iter().map(|row| record(row, &self.groups)).collect();
        let mut counted = rows.len();
        match trouble {
            Trouble::None | Trouble::Missed | Trouble::Narrowed | Trouble::AnotherTenant => {}
            // The disk is full.
            Trouble::Page3Fails => {
                rows.truncate(2 * PAGE);
                let cut = rows.last_mut().map(|last| last.truncate(last.len() / 2));
                assert!(cut.is_some());
            }
            Trouble::PageRepeated => rows.splice(PAGE..2 * PAGE, rows[..PAGE].to_vec()).for_each(drop),
            Trouble::ShownTwice => rows.push(rows[0].clone()),
            // Somebody exports again, and the manifest is already that of the new one.
            Trouble::ShownAndLost => counted += 1,
            Trouble::AnotherReader => return Err(Cannot),
        }
        // Whoever exports counts what was written, be it right or wrong.
        if matches!(trouble, Trouble::ShownTwice) {
            counted = rows.len();
        }
        lab.write("people.csv", &format!("id,given,family,mail,status,groups\n{}", rows.concat()));
        lab.write("manifest.json", &format!("{{\"rows\":{counted}}}"));
        Ok(())
    }

    fn hold(&mut self, groups: &[Group]) -> Result<(), Cannot> {
        self.groups = groups.to_vec();
        Ok(())
    }

    fn group_id(&self, group: &Group) -> String {
        group.name.to_ascii_lowercase()
    }

    fn has_every_group(&self) -> bool {
        true
    }

    fn reason(&self, trouble: Trouble) -> Option<&'static str> {
        match trouble {
            Trouble::Page3Fails => Some("the file is half-written"),
            Trouble::PageRepeated => Some("line 7: the same id as on line 2"),
            Trouble::ShownTwice => Some("line 22: the same id as on line 2"),
            Trouble::ShownAndLost => Some("the manifest counts 21 rows, and the export has 20"),
            Trouble::None | Trouble::Missed | Trouble::Narrowed | Trouble::AnotherTenant | Trouble::AnotherReader => {
                None
            }
        }
    }

    fn can_look_up(&self) -> bool {
        false
    }
}
