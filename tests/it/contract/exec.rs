//! A program as the directory: a shell script that pages through a listing, one file a page, and prints it.
//!
//! What an admin may get wrong in such a script can be put into it, for `planted`: the contract has to find that out.

use crate::support::{Lab, Row};

use super::file::names_of;
use super::{Cannot, Directory, Group, PAGE, Trouble};

pub struct Exec {
    script: String,
    groups: Vec<Group>,
}

impl Exec {
    pub fn honest() -> Self {
        Self::that("exit 1", "cat")
    }

    /// Shell for a page that fails, and a filter of the people, a line each, before they are printed and counted.
    pub fn that(if_a_page_fails: &str, filter: &str) -> Self {
        let script = format!(
            "for page in page-*; do [ -e \"$page\" ] || continue; . ./\"$page\" || {if_a_page_fails}; done > read\n\
             {{ {filter}; }} < read > shown\n\
             cat shown\n\
             echo \"{{\\\"end\\\":true,\\\"count\\\":$(wc -l < shown)}}\"\n\
             . ./after\n"
        );
        Self { script, groups: Vec::new() }
    }

    /// Its output goes through a pipe, and how a pipe ends is how its last program ends.
    pub fn in_a_pipe(self) -> Self {
        Self { script: format!("( {} ) | cat\n", self.script), ..self }
    }
}

fn object(row: &Row, groups: &[Group]) -> String {
    let Row { id, given, family, mail, status } = row;
    let groups = names_of(groups, id);
    let person = serde_json::json!({
        "id": id, "given": given, "family": family, "mail": mail, "status": status, "groups": groups,
    });
    person.to_string()
}

/// Shell that prints a page and returns 0; a failing one returns 1.
fn page(people: &[Row], groups: &[Group]) -> String {
    let objects: Vec<String> = people.iter().map(|row| object(row, groups)).collect();
    format!("cat <<'END'\n{}\nEND\n", objects.join("\n"))
}

impl Directory for Exec {
    fn source_type(&self) -> &'static str {
        "exec"
    }

    fn lines(&self, lab: &Lab) -> String {
        lab.write("export.sh", &self.script);
        let lines = [
            "type = \"exec\"",
            "command = [\"/bin/sh\", \"export.sh\"]",
            "id = \"id\"",
            "active = \"status\"",
            "groups = \"groups\"",
            "timeout = \"60s\"",
        ];
        lines.join("\n")
    }

    fn mapping(&self) -> [&'static str; 3] {
        ["mail", "given", "family"]
    }

    fn show(&mut self, lab: &Lab, people: &[Row], trouble: Trouble) -> Result<(), Cannot> {
        let mut pages: Vec<Vec<Row>> = people.chunks(PAGE).map(<[Row]>::to_vec).collect();
        let mut after = ":\n";
        match trouble {
            Trouble::None | Trouble::Missed | Trouble::Narrowed | Trouble::AnotherTenant | Trouble::Page3Fails => {}
            Trouble::PageRepeated => pages[1] = pages[0].clone(),
            Trouble::ShownTwice => {
                let first = pages[0][0].clone();
                pages.last_mut().unwrap().push(first);
            }
            // Whichever shell it is that runs this.
            Trouble::ShownAndLost => after = "sh -c 'kill -9 $PPID'\n",
            Trouble::AnotherReader => return Err(Cannot),
        }
        for entry in std::fs::read_dir(lab.folder.path()).unwrap().flatten() {
            if entry.file_name().to_string_lossy().starts_with("page-") {
                std::fs::remove_file(entry.path()).unwrap();
            }
        }
        for (i, people) in pages.iter().enumerate() {
            let fails = trouble == Trouble::Page3Fails && i == 2;
            lab.write(&format!("page-{i:03}"), &if fails { "false\n".into() } else { page(people, &self.groups) });
        }
        lab.write("after", after);
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
            Trouble::Page3Fails => Some("the program exited with 1"),
            Trouble::PageRepeated => Some("line 6: the same id as on line 1"),
            Trouble::ShownTwice => Some("line 21: the same id as on line 1"),
            Trouble::ShownAndLost => Some("the program was killed by signal 9"),
            Trouble::None | Trouble::Missed | Trouble::Narrowed | Trouble::AnotherTenant | Trouble::AnotherReader => {
                None
            }
        }
    }

    fn can_look_up(&self) -> bool {
        false
    }
}
