//! A real OpenLDAP with people in it, started by the bench, on loopback, gone with it.

use std::fmt::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::team::person;

const SUFFIX: &str = "dc=acme,dc=example";
const READER: &str = "cn=sync,dc=acme,dc=example";
/// Obviously false.
const PASSWORD: &str = "false-password-of-a-bench";
/// What the source asks of each person: what the mapping reads, the id, and where OpenLDAP keeps the state.
const ASKED: [&str; 5] = ["mail", "givenName", "sn", "entryUUID", "pwdAccountLockedTime"];
const PAGE_SIZE: usize = 1_000;

pub struct Slapd {
    folder: TempDir,
    port: u16,
    process: Child,
}

/// A program of the Debian packages `slapd` and `ldap-utils`; slapd is where only root looks.
fn tool(name: &str) -> Command {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let found = path.split(':').map(|folder| Path::new(folder).join(name)).find(|file| file.is_file());
    Command::new(found.unwrap_or_else(|| panic!("{name} is not installed: apt-get install slapd ldap-utils")))
}

impl Slapd {
    /// `people` persons in one unit, the same as the team has.
    pub fn start(people: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("password"), PASSWORD).unwrap();
        private(&path("password"));
        std::fs::write(path("slapd.conf"), configuration(folder.path())).unwrap();
        std::fs::create_dir(path("db")).unwrap();
        std::fs::write(path("data.ldif"), ldif(people)).unwrap();
        let mut load = tool("slapadd");
        load.arg("-q").arg("-f").arg(path("slapd.conf")).arg("-l").arg(path("data.ldif"));
        assert!(load.status().unwrap().success(), "slapadd");
        std::fs::remove_file(path("data.ldif")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // With -d it stays in the foreground, as our child.
        let mut call = tool("slapd");
        call.args(["-d", "0", "-h", &format!("ldap://127.0.0.1:{port}"), "-f"]).arg(path("slapd.conf"));
        let process = call.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut slapd = Self { folder, port, process };
        assert!(slapd.answers(), "slapd does not start");
        slapd
    }

    /// The `[[source]]` that reads it.
    pub fn source(&self) -> String {
        format!(
            "type = \"ldap\"\nurls = [\"{}\"]\nallow_plaintext = true\ndirectory = \"openldap\"\n\
             bases = [\"ou=People,{SUFFIX}\"]\nbind_dn = \"{READER}\"\npassword_file = \"{}\"\npage_size = {PAGE_SIZE}\n",
            self.uri(),
            self.password().display()
        )
    }

    /// `ldapsearch` reads the same pages, in the same order, and throws away what it would print.
    pub fn search(&self) -> Duration {
        let start = Instant::now();
        assert!(self.reading().stdout(Stdio::null()).status().unwrap().success(), "ldapsearch");
        start.elapsed()
    }

    /// How many entries that is.
    pub fn count(&self) -> usize {
        let found = self.reading().output().unwrap();
        assert!(found.status.success(), "ldapsearch");
        found.stdout.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"dn:")).count()
    }

    fn reading(&self) -> Command {
        let mut search = tool("ldapsearch");
        search.args(["-x", "-LLL", "-H", &self.uri(), "-D", READER, "-y"]).arg(self.password());
        search.args(["-E", &format!("pr={PAGE_SIZE}/noprompt"), "-b", &format!("ou=People,{SUFFIX}")]);
        search.arg("(objectClass=person)").args(ASKED);
        search
    }

    fn uri(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    fn password(&self) -> PathBuf {
        self.folder.path().join("password")
    }

    fn answers(&mut self) -> bool {
        for _ in 0..1_200 {
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            let mut ask = tool("ldapwhoami");
            if ask.args(["-x", "-H", &self.uri()]).output().unwrap().status.success() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn configuration(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "include /etc/ldap/schema/core.schema\n\
         include /etc/ldap/schema/cosine.schema\n\
         include /etc/ldap/schema/inetorgperson.schema\n\
         modulepath /usr/lib/ldap\nmoduleload back_mdb\nmoduleload ppolicy\n\
         pidfile {folder}/slapd.pid\nargsfile {folder}/slapd.args\n\
         database mdb\nsuffix \"{SUFFIX}\"\nrootdn \"cn=admin,{SUFFIX}\"\ndirectory {folder}/db\n\
         maxsize 17179869184\nenvflags nosync\nindex objectClass,entryUUID eq\n\
         limits dn.exact=\"{READER}\" size.soft=unlimited size.hard=unlimited size.pr={PAGE_SIZE} size.prtotal=unlimited\n\
         access to attrs=userPassword by anonymous auth by * none\naccess to * by users read by * none\n\
         overlay ppolicy\n"
    )
}

fn ldif(people: usize) -> String {
    let mut ldif = format!(
        "dn: {SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\ndc: acme\no: Acme\n\n\
         dn: {READER}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: sync\n\
         userPassword: {PASSWORD}\n\n\
         dn: ou=People,{SUFFIX}\nobjectClass: organizationalUnit\nou: People\n\n"
    );
    for n in 1..=people {
        let (mail, given, family) = person(n);
        write!(
            ldif,
            "dn: uid=person{n},ou=People,{SUFFIX}\nobjectClass: inetOrgPerson\nuid: person{n}\ncn: {given} {family}\n\
             givenName: {given}\nsn: {family}\nmail: {mail}\ntelephoneNumber: +49 30 {n}\ntitle: Engineer\n\n"
        )
        .unwrap();
    }
    ldif
}
