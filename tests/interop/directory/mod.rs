//! Directories that nobody here wrote: each is started by its test, in a folder, on an address and with certificates of
//! its own, and goes with the test.
//!
//! Never: a server that somebody else started, a file outside the folder, or a test that is passed over because a server
//! is missing: it fails with the package's name.

pub mod certificates;
pub mod company;
pub mod gate;
pub mod ldif;
pub mod process;
pub mod pushed;

pub use company::Company;
pub use ldif::people;

use process::{TOOLS, tool};

/// Obviously false; each account of the tests has it. Long enough, and of enough kinds of letters, for Active Directory.
pub const PASSWORD: &str = "False-Password-of-a-test-1";

/// The group that decides who is in the team. In it is another one, in that a third, and in that the first again.
pub const WANTED: &str = "postman-users";

/// A real server, as its admin sees it.
pub trait Directory {
    /// Its naming context.
    const SUFFIX: &'static str;

    /// Whether it says how far its data have come.
    const HAS_MARKS: bool = false;

    /// Where it listens, or would.
    fn url(&self) -> String;

    /// The lines of the `[[source]]` that reads it at that URL, without `bases`.
    fn source(&self, url: &str) -> String;

    /// How an admin speaks to it: options of the `ldap-utils`.
    fn admin(&self) -> std::process::Command;

    /// SIGKILL, as when the machine goes.
    fn kill(&mut self);

    /// Another life at the same address, with the same data.
    fn start_again(&mut self);

    /// The folder with its data, to be copied while it is down.
    fn data(&self) -> std::path::PathBuf;

    /// The name of an entry below a unit of the suffix: `People`.
    fn dn(&self, uid: &str, unit: &str) -> String;

    /// Object classes and what else this kind of directory needs of a person, as LDIF lines.
    fn person(&self, uid: &str) -> String;

    /// Object classes and what else it needs of a group.
    fn group(&self, name: &str) -> String;

    /// The change that disables an account, as the lines of a modification.
    fn disable(&self) -> String;

    /// Adds many entries to a server that runs.
    fn load(&mut self, ldif: &str) {
        self.change(ldif);
    }

    /// Changes as LDIF change records; entries without a `changetype` are added.
    #[track_caller]
    fn change(&self, ldif: &str) {
        let (answer, told) = process::feed(self.admin().arg("-a"), ldif);
        assert!(answer.success(), "{told}\n{ldif}");
    }

    /// Everything from before: what a restored backup or a replica that lags shows.
    fn take_backup(&mut self) -> tempfile::TempDir {
        let folder = tempfile::TempDir::new().unwrap();
        self.kill();
        process::copy(&self.data(), &folder.path().join("data"));
        self.start_again();
        folder
    }

    fn restore(&mut self, backup: &tempfile::TempDir) {
        self.kill();
        std::fs::remove_dir_all(self.data()).unwrap();
        process::copy(&backup.path().join("data"), &self.data());
        self.start_again();
    }
}

/// `ldapmodify` as an account of the directory.
pub fn admin_at(url: &str, dn: &str) -> std::process::Command {
    let mut call = std::process::Command::new(tool("ldapmodify", TOOLS));
    // The certificate is checked by the program under test, not by the admin of the test.
    call.env("LDAPTLS_REQCERT", "never");
    call.args(["-x", "-H", url, "-D", dn, "-w", PASSWORD]);
    call
}
