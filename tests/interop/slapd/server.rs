//! A real OpenLDAP of the test's own: configuration, data and port are its own, on loopback, gone with it.
//!
//! Never: a slapd that somebody else started; one that is not installed fails the test with the package's name.

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

pub const SUFFIX: &str = "dc=acme,dc=example";
/// Obviously false.
const PASSWORD: &str = "false-password-of-a-test";

/// A running server.
pub struct Slapd {
    pub folder: TempDir,
    pub port: u16,
    process: Child,
}

/// Where Debian puts what only root needs is not in everybody's PATH.
pub fn path() -> String {
    format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default())
}

/// A program of the Debian packages `slapd` and `ldap-utils`.
pub fn tool(name: &str) -> PathBuf {
    let found = path().split(':').map(|folder| PathBuf::from(folder).join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{name} is not installed: apt-get install slapd ldap-utils"))
}

impl Slapd {
    /// Loads the data and answers.
    pub fn start(ldif: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("password", PASSWORD);
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(folder.path().join("password"), private).unwrap();
        write("slapd.conf", &configuration(&folder));
        load(&folder, ldif);
        let (port, process) = run(&folder);
        Self { folder, port, process }
    }

    pub fn uri(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    pub fn password_file(&self) -> String {
        self.folder.path().join("password").display().to_string()
    }

    /// SIGKILL, as when the machine goes.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Another life at the same address, with the same data or with other.
    pub fn restart(&mut self, ldif: Option<&str>) {
        if let Some(ldif) = ldif {
            load(&self.folder, ldif);
        }
        self.process = spawn(&self.folder, self.port);
        assert!(answers(&mut self.process, self.port), "slapd does not start again");
    }

    /// Changes made by the directory's admin, as LDIF change records.
    pub fn change(&self, ldif: &str) {
        let mut call = Command::new(tool("ldapmodify"));
        call.args(["-x", "-H", &self.uri(), "-D", &format!("cn=admin,{SUFFIX}"), "-y", &self.password_file()]);
        let mut call = call.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        call.stdin.take().unwrap().write_all(ldif.as_bytes()).unwrap();
        assert!(call.wait().unwrap().success(), "{ldif}");
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `cn=sync` may read everything, 500 entries at a time; `cn=cut` never gets more than 500 in all.
fn configuration(folder: &TempDir) -> String {
    let folder = folder.path().display();
    format!(
        "include /etc/ldap/schema/core.schema\n\
         include /etc/ldap/schema/cosine.schema\n\
         include /etc/ldap/schema/inetorgperson.schema\n\
         modulepath /usr/lib/ldap\n\
         moduleload back_mdb\n\
         moduleload memberof\n\
         moduleload ppolicy\n\
         pidfile {folder}/slapd.pid\n\
         argsfile {folder}/slapd.args\n\
         database mdb\n\
         suffix \"{SUFFIX}\"\n\
         rootdn \"cn=admin,{SUFFIX}\"\n\
         rootpw {PASSWORD}\n\
         directory {folder}/db\n\
         index objectClass,entryUUID,member eq\n\
         limits dn.exact=\"cn=sync,{SUFFIX}\" size.soft=500 size.hard=500 size.pr=500 size.prtotal=unlimited\n\
         limits dn.exact=\"cn=cut,{SUFFIX}\" size.soft=500 size.hard=500 size.pr=500 size.prtotal=500\n\
         access to attrs=userPassword by anonymous auth by * none\n\
         access to * by users read by * none\n\
         overlay memberof\n\
         memberof-refint TRUE\n\
         overlay ppolicy\n"
    )
}

/// Fills an empty database: the base, the accounts that read, and what is given.
fn load(folder: &TempDir, ldif: &str) {
    let database = folder.path().join("db");
    let _ = std::fs::remove_dir_all(&database);
    std::fs::create_dir(&database).unwrap();
    let mut base = format!("dn: {SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\ndc: acme\no: Acme\n\n");
    for account in ["sync", "cut"] {
        base.push_str(&format!(
            "dn: cn={account},{SUFFIX}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\n\
             cn: {account}\nuserPassword: {PASSWORD}\n\n"
        ));
    }
    for unit in ["People", "Berlin", "Groups"] {
        base.push_str(&format!("dn: ou={unit},{SUFFIX}\nobjectClass: organizationalUnit\nou: {unit}\n\n"));
    }
    std::fs::write(folder.path().join("data.ldif"), base + ldif).unwrap();
    let call = Command::new(tool("slapadd"))
        .arg("-q")
        .arg("-f")
        .arg(folder.path().join("slapd.conf"))
        .arg("-l")
        .arg(folder.path().join("data.ldif"))
        .output()
        .unwrap();
    assert!(call.status.success(), "slapadd: {}", String::from_utf8_lossy(&call.stderr));
}

/// On a port that is free; if somebody else takes it meanwhile, on another.
fn run(folder: &TempDir) -> (u16, Child) {
    for _ in 0..20 {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut process = spawn(folder, port);
        if answers(&mut process, port) {
            return (port, process);
        }
    }
    let log = std::fs::read_to_string(folder.path().join("slapd.log")).unwrap_or_default();
    panic!("slapd does not start:\n{log}");
}

fn spawn(folder: &TempDir, port: u16) -> Child {
    let log = std::fs::File::create(folder.path().join("slapd.log")).unwrap();
    // With -d it stays in the foreground, as our child.
    let mut call = Command::new(tool("slapd"));
    call.args(["-d", "0", "-h", &format!("ldap://127.0.0.1:{port}"), "-f"]).arg(folder.path().join("slapd.conf"));
    call.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap()
}

/// Waits until it answers, or has ended.
fn answers(process: &mut Child, port: u16) -> bool {
    for _ in 0..600 {
        if process.try_wait().unwrap().is_some() {
            return false;
        }
        let uri = format!("ldap://127.0.0.1:{port}");
        let ask = Command::new(tool("ldapwhoami")).args(["-x", "-H", &uri]).output().unwrap();
        if ask.status.success() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let _ = process.kill();
    let _ = process.wait();
    false
}
