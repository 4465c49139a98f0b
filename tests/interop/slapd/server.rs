//! A real OpenLDAP of the test's own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::directory::certificates::{Authority, private};
use crate::directory::process::{Server, feed, free_port, tool};
use crate::directory::{Directory, PASSWORD, admin_at};

const PACKAGE: &str = "slapd";

/// What accounts may do unless a test says otherwise.
pub const ACCESS: &str =
    "access to attrs=userPassword by anonymous auth by * none\naccess to * by users read by * none";

/// What the account that reads gets: pages of at most 500 entries, as many as there are.
pub const LIMITS: &str = "size.soft=500 size.hard=500 size.pr=500 size.prtotal=unlimited";

/// The account that reads.
pub const READER: &str = "cn=sync,dc=acme,dc=example";

pub struct Slapd {
    pub folder: TempDir,
    /// ldap://, for StartTLS and plain text.
    pub plain: SocketAddr,
    /// ldaps://.
    pub tls: SocketAddr,
    pub authority: Authority,
    process: Option<Server>,
    /// Lines for the end of its configuration, after the database.
    overlays: &'static str,
}

impl Slapd {
    /// A directory with units and accounts, and nobody in it.
    pub fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let authority = Authority::new(folder.path(), "authority");
        authority.server(folder.path(), &["127.0.0.1"]);
        let [plain, tls] = free_ports();
        let mut slapd = Self { folder, plain, tls, authority, process: None, overlays: "" };
        slapd.configure(ACCESS, LIMITS);
        slapd.fill(&base());
        // Between looking for a port and using it, somebody else may take it.
        for _ in 0..20 {
            if slapd.spawn() {
                return slapd;
            }
            [slapd.plain, slapd.tls] = free_ports();
        }
        panic!("slapd does not start:\n{}", slapd.log());
    }

    /// Another configuration; it counts from the next start.
    fn configure(&self, access: &str, limits: &str) {
        private(self.folder.path(), "slapd.conf", &(configuration(&self.path(""), access, limits) + self.overlays));
    }

    /// With the overlay that a provider of replicas has, from now on: changes are numbered (`contextCSN`).
    pub fn provide(&mut self) {
        self.overlays = "moduleload syncprov\noverlay syncprov\nsyncprov-checkpoint 1 1\n";
        self.allow(ACCESS, LIMITS);
    }

    /// Who may see what, and how much the account that reads gets: the server starts again with it.
    pub fn allow(&mut self, access: &str, limits: &str) {
        self.kill();
        self.configure(access, limits);
        self.start_again();
    }

    /// Adds entries while it is down, with what only the server itself may write.
    fn fill(&self, ldif: &str) {
        std::fs::create_dir_all(self.data()).unwrap();
        let mut call = Command::new(tool("slapadd", PACKAGE));
        let (answer, told) = feed(call.arg("-q").arg("-f").arg(self.path("slapd.conf")), ldif);
        assert!(answer.success(), "slapadd: {told}");
    }

    /// Everything goes, and these come.
    pub fn forget(&mut self, ldif: &str) {
        self.kill();
        std::fs::remove_dir_all(self.data()).unwrap();
        self.fill(&(base() + ldif));
        self.start_again();
    }

    fn spawn(&mut self) -> bool {
        // With -d it stays in the foreground, as our child.
        let mut call = Command::new(tool("slapd", PACKAGE));
        let urls = format!("ldap://{} ldaps://{}", self.plain, self.tls);
        call.args(["-d", "0", "-h", &urls, "-f"]).arg(self.path("slapd.conf"));
        let mut process = Server::spawn(&call, &self.path("log"));
        let answers = process.answers(&format!("ldap://{}", self.plain));
        self.process = Some(process);
        answers
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The `[[source]]` without where it is and how the connection is made safe.
    pub fn source_as(&self, account: &str) -> String {
        format!(
            "type = \"ldap\"\ndirectory = \"openldap\"\nbind_dn = \"{account}\"\n\
             password_file = \"directory.password\"\n"
        )
    }

    pub fn ca(&self) -> String {
        format!("ca_file = \"{}\"\n", self.authority.ca.display())
    }
}

impl Directory for Slapd {
    const SUFFIX: &'static str = "dc=acme,dc=example";

    fn url(&self) -> String {
        format!("ldaps://{}", self.tls)
    }

    fn source(&self, url: &str) -> String {
        format!("{}urls = [\"{url}\"]\n{}", self.source_as(READER), self.ca())
    }

    fn admin(&self) -> Command {
        admin_at(&self.url(), &format!("cn=admin,{}", Self::SUFFIX))
    }

    fn kill(&mut self) {
        self.process = None;
    }

    fn start_again(&mut self) {
        assert!(self.spawn(), "slapd does not start again:\n{}", self.log());
    }

    fn data(&self) -> PathBuf {
        self.path("db")
    }

    fn dn(&self, uid: &str, unit: &str) -> String {
        let rdn = if unit == "Groups" { "cn" } else { "uid" };
        format!("{rdn}={uid},ou={unit},{}", Self::SUFFIX)
    }

    fn person(&self, uid: &str) -> String {
        format!("objectClass: inetOrgPerson\nuid: {uid}\ncn: {uid}\n")
    }

    fn group(&self, name: &str) -> String {
        format!("objectClass: groupOfNames\ncn: {name}\n")
    }

    fn disable(&self) -> String {
        // How OpenLDAP's password policy shows that an admin locked an account for good.
        "replace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n".into()
    }

    /// While it is down, since that is a hundred times as fast.
    fn load(&mut self, ldif: &str) {
        self.kill();
        self.fill(ldif);
        self.start_again();
    }
}

fn free_ports() -> [SocketAddr; 2] {
    [(); 2].map(|()| SocketAddr::from(([127, 0, 0, 1], free_port())))
}

fn configuration(folder: &std::path::Path, access: &str, limits: &str) -> String {
    let (folder, suffix) = (folder.display(), Slapd::SUFFIX);
    format!(
        "include /etc/ldap/schema/core.schema\n\
         include /etc/ldap/schema/cosine.schema\n\
         include /etc/ldap/schema/inetorgperson.schema\n\
         modulepath /usr/lib/ldap\n\
         moduleload back_mdb\n\
         moduleload memberof\n\
         moduleload ppolicy\n\
         moduleload refint\n\
         pidfile {folder}/slapd.pid\n\
         argsfile {folder}/slapd.args\n\
         TLSCACertificateFile {folder}/authority.pem\n\
         TLSCertificateFile {folder}/127.0.0.1.crt\n\
         TLSCertificateKeyFile {folder}/127.0.0.1.key\n\
         TLSVerifyClient try\n\
         authz-regexp \"^cn=([^,]+)$\" \"cn=$1,{suffix}\"\n\
         database mdb\n\
         suffix \"{suffix}\"\n\
         rootdn \"cn=admin,{suffix}\"\n\
         rootpw {PASSWORD}\n\
         directory {folder}/db\n\
         index objectClass,entryUUID,member eq\n\
         limits dn.exact=\"{READER}\" {limits}\n\
         {access}\n\
         overlay memberof\n\
         overlay ppolicy\n\
         overlay refint\n\
         refint_attributes member\n"
    )
}

/// The base, the account that reads, and the units.
fn base() -> String {
    let suffix = Slapd::SUFFIX;
    let mut text = format!("dn: {suffix}\nobjectClass: dcObject\nobjectClass: organization\ndc: acme\no: Acme\n\n");
    text.push_str(&format!(
        "dn: {READER}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: sync\n\
         userPassword: {PASSWORD}\n\n"
    ));
    for unit in ["People", "Berlin", "Groups"] {
        text.push_str(&format!("dn: ou={unit},{suffix}\nobjectClass: organizationalUnit\nou: {unit}\n\n"));
    }
    text
}
