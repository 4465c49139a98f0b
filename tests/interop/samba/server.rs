//! A real Active Directory domain controller of the test's own: Samba, provisioned into its folder. Its ports are fixed
//! (389 and 636), so it has an address of its own in 127.0.0.0/8; both need root, or the right to use such ports.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::directory::certificates::Authority;
use crate::directory::process::{OwnAddress, Server, TOOLS, run, tool};
use crate::directory::{Directory, PASSWORD, admin_at};

const PACKAGES: &str = "samba-ad-dc samba-ad-provision";

/// The account that reads, as Active Directory takes it beside a DN.
pub const READER: &str = "sync@acme.example";

const ADMIN: &str = "ACME\\Administrator";

pub struct Samba {
    pub folder: TempDir,
    pub address: OwnAddress,
    pub authority: Authority,
    process: Option<Server>,
}

impl Samba {
    /// A domain with units and an account that reads.
    pub fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let address = OwnAddress::with_free(636);
        let authority = Authority::new(folder.path(), "authority");
        authority.server(folder.path(), &[&address.name, "127.0.0.1"]);
        provision(folder.path(), &address.name);
        let mut samba = Self { folder, address, authority, process: None };
        samba.start_again();
        samba.change(&base());
        samba.tool(&["user", "setpassword", "sync", &format!("--newpassword={PASSWORD}")]);
        samba.tool(&["user", "enable", "sync"]);
        samba
    }

    /// `samba-tool`, on the files of the domain.
    pub fn tool(&self, arguments: &[&str]) -> String {
        run(program("samba-tool").args(arguments).arg(format!("--configfile={}", self.path("etc/smb.conf").display())))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn ca(&self) -> String {
        format!("ca_file = \"{}\"\n", self.authority.ca.display())
    }
}

impl Directory for Samba {
    const HAS_MARKS: bool = true;
    const SUFFIX: &'static str = "DC=acme,DC=example";

    fn url(&self) -> String {
        format!("ldaps://{}:636", self.address.name)
    }

    fn source(&self, url: &str) -> String {
        format!(
            "type = \"ldap\"\ndirectory = \"active_directory\"\nbind_dn = \"{READER}\"\n\
             password_file = \"directory.password\"\nurls = [\"{url}\"]\n{}",
            self.ca()
        )
    }

    fn admin(&self) -> Command {
        admin_at(&self.url(), ADMIN)
    }

    fn kill(&mut self) {
        self.process = None;
        // It looks whether that process is there before it starts; the number may be somebody else's by then.
        let _ = std::fs::remove_file(self.path("run/samba.pid"));
    }

    fn start_again(&mut self) {
        let mut call = program("samba");
        // One process, ours, in the foreground.
        call.args(["--foreground", "--no-process-group", "--debug-stdout", "--model=single"]);
        call.arg(format!("--configfile={}", self.path("etc/smb.conf").display()));
        let mut process = Server::spawn(&call, &self.path("log"));
        let log = || std::fs::read_to_string(self.path("log")).unwrap_or_default();
        assert!(process.answers(&self.url()), "samba does not start:\n{}", log());
        self.process = Some(process);
    }

    fn data(&self) -> PathBuf {
        self.path("private")
    }

    fn dn(&self, uid: &str, unit: &str) -> String {
        format!("CN={uid},OU={unit},{}", Self::SUFFIX)
    }

    fn person(&self, uid: &str) -> String {
        // A normal account, without a password since nobody uses it (PASSWD_NOTREQD).
        format!("objectClass: user\nsAMAccountName: {uid}\nuserAccountControl: 544\n")
    }

    fn group(&self, name: &str) -> String {
        format!("objectClass: group\nsAMAccountName: {name}\n")
    }

    fn disable(&self) -> String {
        // ACCOUNTDISABLE besides.
        "replace: userAccountControl\nuserAccountControl: 546\n".into()
    }
}

/// What it stores need not outlive the machine, so nothing waits for the disk (tdb's own switch).
fn program(name: &str) -> Command {
    let mut call = Command::new(tool(name, PACKAGES));
    call.env("TDB_NO_FSYNC", "1");
    call
}

/// Everything it would keep in /var and /run is in our folder. The file of the system, which may describe another kind of
/// server, is not read.
fn provision(folder: &Path, address: &str) {
    let path = |name: &str| folder.join(name).display().to_string();
    for part in ["run", "private"] {
        std::fs::create_dir_all(folder.join(part)).unwrap();
    }
    std::fs::write(folder.join("nothing.conf"), "").unwrap();
    let mut call = program("samba-tool");
    call.args(["domain", "provision", "--realm=ACME.EXAMPLE", "--domain=ACME", "--server-role=dc"]);
    call.args(["--dns-backend=NONE", "--host-name=dc1", "--host-ip", address]);
    call.arg(format!("--adminpass={PASSWORD}"));
    call.arg(format!("--targetdir={}", path("")));
    call.arg(format!("--configfile={}", path("nothing.conf")));
    for option in [
        format!("interfaces={address}/8"),
        "bind interfaces only=yes".into(),
        "server services=ldap".into(),
        format!("pid directory={}", path("run")),
        format!("ncalrpc dir={}", path("run/ncalrpc")),
        format!("winbindd socket directory={}", path("run/winbindd")),
        format!("tls keyfile={}", path(&format!("{address}.key"))),
        format!("tls certfile={}", path(&format!("{address}.crt"))),
        format!("tls cafile={}", path("authority.pem")),
    ] {
        call.arg(format!("--option={option}"));
    }
    run(&mut call);
}

/// The units, and the account that reads.
fn base() -> String {
    let suffix = Samba::SUFFIX;
    let mut text = String::new();
    for unit in ["People", "Berlin", "Groups"] {
        text.push_str(&format!("dn: OU={unit},{suffix}\nobjectClass: organizationalUnit\nou: {unit}\n\n"));
    }
    let account = format!("sAMAccountName: sync\nuserPrincipalName: {READER}\n");
    text + &format!("dn: CN=sync,CN=Users,{suffix}\nobjectClass: user\n{account}\n")
}

/// What an admin looks up and changes.
impl Samba {
    /// An entry in LDIF, as the admin sees it.
    fn entry(&self, dn: &str, attribute: &str) -> String {
        let mut call = Command::new(tool("ldapsearch", TOOLS));
        call.env("LDAPTLS_REQCERT", "never").args(["-x", "-LLL", "-o", "ldif-wrap=no", "-H", &self.url()]);
        call.args(["-D", ADMIN, "-w", PASSWORD, "-s", "base", "-b", dn, "(objectClass=*)", attribute]);
        run(&mut call)
    }

    pub fn attribute(&self, dn: &str, name: &str) -> String {
        let entry = self.entry(dn, name);
        let value = entry.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        value.unwrap_or_else(|| panic!("{dn} has no {name}:\n{entry}")).to_owned()
    }

    pub fn members(&self, dn: &str) -> String {
        self.entry(dn, "member")
    }

    /// The account that reads may list nothing directly below that entry ([MS-ADTS] 5.1.3.2: LC is ADS_RIGHT_ACTRL_DS_LIST).
    pub fn hide_children(&self, dn: &str) {
        let sid = self.tool(&["user", "show", "sync", "--attributes=objectSid"]);
        let sid = sid.lines().find_map(|line| line.strip_prefix("objectSid: ")).unwrap().to_owned();
        self.tool(&["dsacl", "set", &format!("--objectdn={dn}"), &format!("--sddl=(D;;LC;;;{sid})")]);
    }
}
