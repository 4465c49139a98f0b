//! A program as the directory: a shell script that pages through a listing, one file a page, and prints it.
//!
//! Two more are written by careless admins, for `planted`: the contract has to find them out.

use crate::support::{Lab, Row};

use super::{Cannot, Directory, PAGE, Trouble};

pub struct Exec {
    script: &'static str,
}

/// Ends with the status of the page that failed, before the end line.
const HONEST: &str = "n=0\n\
     for page in page-*; do [ -e \"$page\" ] || continue; . ./\"$page\" || exit 1; done\n\
     echo \"{\\\"end\\\":true,\\\"count\\\":$n}\"\n\
     . ./after\n";

/// Swallows the error of a page, and closes what it has with an end line that is true of it.
const SWALLOWS: &str = "n=0\n\
     for page in page-*; do [ -e \"$page\" ] || continue; . ./\"$page\" || break; done\n\
     echo \"{\\\"end\\\":true,\\\"count\\\":$n}\"\n";

/// Prints the people it could read as active, whatever the directory says.
const DEAF: &str = "n=0\n\
     for page in page-*; do [ -e \"$page\" ] || continue; . ./\"$page\" || exit 1; done | sed 's/inactive/active/'\n\
     cat count\n\
     . ./after\n";

impl Exec {
    pub fn honest() -> Self {
        Self { script: HONEST }
    }

    /// A bad adapter: an error on page 3 looks like the end.
    pub fn that_swallows_errors() -> Self {
        Self { script: SWALLOWS }
    }

    /// A bad adapter: nobody is ever inactive.
    pub fn that_is_deaf_to_states() -> Self {
        Self { script: DEAF }
    }
}

fn object(row: &Row) -> String {
    let Row { id, given, family, mail, status } = row;
    serde_json::json!({ "id": id, "given": given, "family": family, "mail": mail, "status": status }).to_string()
}

/// Shell that prints a page, counts it and returns 0; a failing one returns 1.
fn page(people: &[Row]) -> String {
    let objects: Vec<String> = people.iter().map(object).collect();
    format!("cat <<'END'\n{}\nEND\nn=$((n + {}))\n", objects.join("\n"), people.len())
}

impl Directory for Exec {
    fn source_type(&self) -> &'static str {
        "exec"
    }

    fn lines(&self, lab: &Lab) -> String {
        lab.write("export.sh", self.script);
        "type = \"exec\"\ncommand = [\"/bin/sh\", \"export.sh\"]\nid = \"id\"\nactive = \"status\"\ntimeout = \"60s\""
            .into()
    }

    fn mapping(&self) -> [&'static str; 3] {
        ["mail", "given", "family"]
    }

    fn show(&mut self, lab: &Lab, people: &[Row], trouble: Trouble) -> Result<(), Cannot> {
        let mut pages: Vec<Vec<Row>> = people.chunks(PAGE).map(<[Row]>::to_vec).collect();
        let mut after = ":\n";
        match trouble {
            Trouble::None | Trouble::Narrowed | Trouble::AnotherTenant | Trouble::Page3Fails => {}
            Trouble::PageRepeated => pages[1] = pages[0].clone(),
            Trouble::ShownTwice => {
                let first = pages[0][0].clone();
                pages.last_mut().unwrap().push(first);
            }
            Trouble::ShownAndLost => after = "kill -9 $$\n",
            Trouble::AnotherReader => return Err(Cannot),
        }
        for entry in std::fs::read_dir(lab.folder.path()).unwrap().flatten() {
            if entry.file_name().to_string_lossy().starts_with("page-") {
                std::fs::remove_file(entry.path()).unwrap();
            }
        }
        for (i, people) in pages.iter().enumerate() {
            let fails = trouble == Trouble::Page3Fails && i == 2;
            lab.write(&format!("page-{i:03}"), &if fails { "false\n".into() } else { page(people) });
        }
        let count: usize = pages.iter().map(Vec::len).sum();
        lab.write("count", &format!("{{\"end\":true,\"count\":{count}}}\n"));
        lab.write("after", after);
        Ok(())
    }

    fn can_look_up(&self) -> bool {
        false
    }
}
