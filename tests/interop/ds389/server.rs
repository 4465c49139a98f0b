//! A real 389 Directory Server of the test's own, from the templates of its package, without `dscreate`, which needs
//! systemd and writes into /etc.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::directory::process::{Server, copy, file, free_port, run, tool};
use crate::directory::{Directory, PASSWORD, admin_at};

const PACKAGE: &str = "389-ds-base";

/// The account that reads.
pub const READER: &str = "cn=sync,dc=acme,dc=example";

pub struct Ds389 {
    folder: TempDir,
    address: SocketAddr,
    process: Option<Server>,
}

impl Ds389 {
    /// A directory with units and accounts, and nobody in it.
    pub fn start() -> Self {
        let folder = TempDir::new().unwrap();
        // Between looking for a port and using it, somebody else may take it.
        for _ in 0..20 {
            let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
            let _ = std::fs::remove_dir_all(folder.path().join("config"));
            configure(folder.path(), address.port());
            let mut process = spawn(folder.path());
            if process.answers(&format!("ldap://{address}")) {
                let server = Self { folder, address, process: Some(process) };
                server.change(&base());
                return server;
            }
        }
        panic!("ns-slapd does not start:\n{}", log(folder.path()));
    }

    /// From now on, whoever is put into a group gets a `memberOf`.
    pub fn keep_member_of(&mut self) {
        let plugin = "cn=MemberOf Plugin,cn=plugins,cn=config";
        self.change(&format!(
            "dn: {plugin}\nchangetype: modify\nreplace: nsslapd-pluginEnabled\nnsslapd-pluginEnabled: on\n"
        ));
        self.kill();
        self.start_again();
    }

    /// Whether the account that reads may see that; without a right, whether anything.
    pub fn allow(&self, rights: &[&str]) {
        let mut text = format!("dn: {}\nchangetype: modify\nreplace: aci\n", Self::SUFFIX);
        for right in rights {
            text.push_str(&format!(
                "aci: {right}(version 3.0; acl \"right\"; allow (read, search, compare) userdn = \"ldap:///{READER}\";)\n"
            ));
        }
        self.change(&text);
    }
}

impl Directory for Ds389 {
    const SUFFIX: &'static str = "dc=acme,dc=example";

    fn url(&self) -> String {
        format!("ldap://{}", self.address)
    }

    fn source(&self, url: &str) -> String {
        format!(
            "type = \"ldap\"\ndirectory = \"389ds\"\nbind_dn = \"{READER}\"\npassword_file = \"directory.password\"\n\
             urls = [\"{url}\"]\nallow_plaintext = true\n"
        )
    }

    fn admin(&self) -> Command {
        admin_at(&self.url(), "cn=Directory Manager")
    }

    fn kill(&mut self) {
        self.process = None;
    }

    fn start_again(&mut self) {
        let mut process = spawn(self.folder.path());
        assert!(process.answers(&self.url()), "ns-slapd does not start again:\n{}", log(self.folder.path()));
        self.process = Some(process);
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("db")
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
        "replace: nsAccountLock\nnsAccountLock: true\n".into()
    }
}

/// What `dscreate` would make of the templates, in our folder.
fn configure(folder: &Path, port: u16) {
    for part in ["config", "run", "lock", "tmp", "ldif", "bak", "log", "db", "inst"] {
        std::fs::create_dir_all(folder.join(part)).unwrap();
    }
    copy(Path::new("/etc/dirsrv/schema"), &folder.join("config/schema"));
    for name in ["slapd-collations.conf", "certmap.conf"] {
        copy(&Path::new("/etc/dirsrv/config").join(name), &folder.join("config"));
    }
    let template = |name: &str| file(&format!("/usr/share/dirsrv/data/{name}"), PACKAGE);
    let mut text = format!("{}\n\n{}", template("template-dse.ldif").trim_end(), template("template-suffix-db.ldif"));
    let user = run(Command::new("id").arg("-un"));
    let path = |name: &str| folder.join(name).display().to_string();
    for (word, value) in [
        ("schema_dir", path("config/schema")),
        ("cert_dir", path("config")),
        ("config_dir", path("config")),
        ("lock_dir", path("lock")),
        ("tmp_dir", path("tmp")),
        ("ldif_dir", path("ldif")),
        ("bak_dir", path("bak")),
        ("run_dir", path("run")),
        ("inst_dir", path("inst")),
        ("log_dir", path("log")),
        ("db_home_dir", path("db")),
        ("db_dir", path("db")),
        ("db_lib", "bdb".into()),
        ("ldapi_autobind", "off".into()),
        ("ldapi_enabled", "off".into()),
        ("ldapi", path("run/ldapi")),
        ("fqdn", "127.0.0.1".into()),
        ("ds_port", port.to_string()),
        ("ds_user", user.trim().into()),
        ("ds_passwd", format!("{{CLEAR}}{PASSWORD}")),
        ("ds_suffix", Ds389::SUFFIX.into()),
        ("ds_bename", "userRoot".into()),
        ("rootdn", "cn=Directory Manager".into()),
    ] {
        text = text.replace(&format!("%{word}%"), &value);
    }
    // Loopback only, and caches of a test's size instead of a share of the machine.
    text = text.replacen("\nnsslapd-port:", "\nnsslapd-listenhost: 127.0.0.1\nnsslapd-port:", 1);
    text = text.replacen("\nnsslapd-db-home-directory:", "\nnsslapd-cache-autosize: 0\nnsslapd-db-home-directory:", 1);
    // Whoever is moved stays in their groups under the new name.
    let (before, plugin) = text.split_once("dn: cn=referential integrity postoperation,").unwrap();
    let plugin = plugin.replacen("nsslapd-pluginenabled: off", "nsslapd-pluginenabled: on", 1);
    let text = format!("{before}dn: cn=referential integrity postoperation,{plugin}");
    std::fs::write(folder.join("config/dse.ldif"), text).unwrap();
}

fn spawn(folder: &Path) -> Server {
    // With -d it stays in the foreground, as our child.
    let mut call = Command::new(tool("ns-slapd", PACKAGE));
    call.args(["-d", "0", "-D"]).arg(folder.join("config")).arg("-i").arg(folder.join("run/pid"));
    Server::spawn(&call, &folder.join("log/console"))
}

fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log/errors")).unwrap_or_default()
}

/// The base, with what the account that reads may see, that account, and the units.
fn base() -> String {
    let suffix = Ds389::SUFFIX;
    let mut text = format!(
        "dn: {suffix}\nobjectClass: domain\ndc: acme\n\
         aci: (targetattr != \"userPassword\")(version 3.0; acl \"right\"; allow (read, search, compare) \
         userdn = \"ldap:///{READER}\";)\n\n"
    );
    text.push_str(&format!(
        "dn: {READER}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: sync\n\
         userPassword: {PASSWORD}\n\n"
    ));
    for unit in ["People", "Berlin", "Groups"] {
        text.push_str(&format!("dn: ou={unit},{suffix}\nobjectClass: organizationalUnit\nou: {unit}\n\n"));
    }
    text
}
