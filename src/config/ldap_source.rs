//! The keys of a `[[source]]` with `type = "ldap"`.
//!
//! Never: opens a file or a connection, or lets a password travel in clear text unless it was told to.

mod attributes;
mod people;
mod servers;

use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use super::findings::Findings;
use super::groups::Groups;
use super::layers::BACKSLASH;
use super::secret::SecretFile;
use super::settings::Settings;
use crate::core::groups::rules::Asked;
pub use attributes::may_be_asked_for;
use people::{check_overlap, filter};
use servers::servers;

/// RFC 2696 leaves the size to the client; Active Directory gives at most 1,000 entries a page (MaxPageSize), so larger
/// pages are of no use anywhere.
const PAGE_SIZE: u32 = 1_000;

/// What kind of server it is: which attributes hold the id and the state, and how groups are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directory {
    OpenLdap,
    Ds389,
    FreeIpa,
    ActiveDirectory,
    /// Any other; `id` has to be named.
    Other,
}

/// How a connection is made safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// ldaps://
    Tls,
    /// ldap://, and StartTLS before anything else (RFC 4511 §4.14).
    StartTls,
    /// ldap:// with `allow_plaintext`, or ldapi://, which stays on this machine.
    None,
}

/// One of the servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// `ldaps://ldap.acme.example:636`.
    pub url: Url,
    pub security: Security,
}

impl Server {
    /// A Unix socket of this machine.
    fn is_local(&self) -> bool {
        self.url.scheme() == "ldapi"
    }
}

/// Who we are to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bind {
    /// A DN (or a userPrincipalName, which Active Directory takes too) and a password that is not empty: with an empty
    /// one many servers answer "success" and bind nobody (RFC 4513 §5.1.2).
    Simple {
        dn: String,
        password: SecretFile,
    },
    /// SASL EXTERNAL (RFC 4422 appendix A): the TLS client certificate, PEM, or the user of a Unix socket.
    External {
        certificate: Option<ClientCertificate>,
    },
    Anonymous,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// PEM, the certificate and its chain.
    pub certificate: PathBuf,
    /// PEM.
    pub key: SecretFile,
}

/// What says whether a person is active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateRule {
    /// As that kind of directory does it: `userAccountControl` and `accountExpires`, `nsAccountLock`,
    /// `pwdAccountLockedTime`. For `Directory::Other` every entry is active.
    OfDirectory,
    /// An attribute with values, compared ASCII-case-insensitively; anything else, and none, is unknown.
    Attribute { name: String, active_values: Vec<String>, inactive_values: Vec<String> },
}

/// How membership is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// `memberOf` of the person.
    MemberOf,
    /// `member`, `uniqueMember` and `memberUid` of the group.
    Member,
    /// Active Directory's LDAP_MATCHING_RULE_IN_CHAIN, 1.2.840.113556.1.4.1941 ([MS-ADTS] 3.1.1.3.4.4.3).
    Chain,
}

/// The groups that decide who is in scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSettings {
    /// `scope.groups`: DNs or names. Empty: nothing about groups is read.
    pub wanted: Vec<String>,
    /// The groups that `[[group]]` asks for: `DirectoryUser::in_groups` and `Evidence::groups`.
    pub pushed: Vec<Asked>,
    /// Where groups are; empty for the naming contexts of the bases.
    pub bases: Vec<String>,
    pub membership: Membership,
    /// Whether members of a group in a wanted group count.
    pub nested: bool,
}

/// Settings of the ldap source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LdapSettings {
    /// In the order in which they are tried; not empty.
    pub servers: Vec<Server>,
    pub directory: Directory,
    pub bind: Bind,
    /// A PEM file whose certificates are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// DNs below which people are; not empty.
    pub bases: Vec<String>,
    /// An LDAP filter (RFC 4515) that every person matches; in parentheses, so that it can be a part of another.
    pub filter: String,
    /// The attribute with the immutable id.
    pub id: String,
    pub state: StateRule,
    pub groups: GroupSettings,
    /// What the mapping reads and what else was named; asked for by name, besides what the source needs itself.
    pub attributes: Vec<String>,
    /// Entries in a page at most; the source goes lower by itself where the server allows less.
    pub page_size: u32,
    /// For one reading as a whole.
    pub timeout: Duration,
    /// Ids or DNs of entries that every reading must show active.
    pub sentinels: Vec<String>,
    /// Ids or DNs of entries that every reading must show inactive.
    pub inactive_sentinels: Vec<String>,
}

impl LdapSettings {
    /// Every file it names.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let of_bind = match &self.bind {
            Bind::Simple { password, .. } => vec![&password.path],
            Bind::External { certificate: Some(own) } => vec![&own.certificate, &own.key.path],
            Bind::External { certificate: None } | Bind::Anonymous => Vec::new(),
        };
        of_bind.into_iter().chain(&self.ca_file).map(PathBuf::as_path)
    }
}

/// The settings of one ldap source; what is wrong is a finding. `groups` are those of `scope.groups`, `attributes` those
/// that the mapping reads.
pub(super) fn ldap(
    settings: &Settings,
    groups: Groups,
    attributes: Vec<String>,
    base: &Path,
    findings: &mut Findings,
) -> Option<LdapSettings> {
    let servers = servers(settings, findings);
    let directory = directory(&settings.text("source.directory"));
    let bind = bind(settings, &servers, base, findings);
    let bases = settings.texts("source.bases");
    if bases.is_empty() {
        findings.missing(&settings.place("source.bases"), "is empty", "name the DN below which people are");
    }
    for key in ["source.id", "source.active"] {
        if let Some(name) = settings.optional(key) {
            attributes::check(&name, &settings.place(key), findings);
        }
    }
    check_overlap(&bases, &settings.place("source.bases"), findings);
    let id = settings.optional("source.id").or_else(|| Some(directory?.id()?.to_owned()));
    if id.is_none() && directory.is_some() {
        let advice = "name the attribute with the immutable id, never the e-mail or the DN";
        findings.missing(&settings.place("source.id"), "is missing, and directory = \"other\" has none", advice);
    }
    let filter = filter(settings, directory, findings);
    let membership = membership(settings, directory, findings);
    let attributes = attributes.into_iter().chain(settings.texts("source.attributes")).collect();
    let timeout = settings.timeout(findings);
    Some(LdapSettings {
        servers,
        bind: bind?,
        ca_file: settings.optional("source.ca_file").map(|file| base.join(file)),
        bases,
        filter: filter?,
        id: id?,
        state: state(settings, findings),
        groups: GroupSettings {
            wanted: groups.scope,
            pushed: groups.pushed,
            bases: settings.texts("source.group_bases"),
            membership: membership?,
            nested: settings.flag("source.nested_groups"),
        },
        attributes,
        page_size: settings.number("source.page_size").and_then(|size| u32::try_from(size).ok()).unwrap_or(PAGE_SIZE),
        timeout: timeout?,
        sentinels: settings.texts("source.sentinels"),
        inactive_sentinels: settings.texts("source.inactive_sentinels"),
        directory: directory?,
    })
}

fn directory(written: &str) -> Option<Directory> {
    Directory::ALL.into_iter().find(|directory| directory.written() == written)
}

impl Directory {
    const ALL: [Directory; 5] =
        [Directory::OpenLdap, Directory::Ds389, Directory::FreeIpa, Directory::ActiveDirectory, Directory::Other];

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Directory::OpenLdap => "OpenLDAP",
            Directory::Ds389 => "389 Directory Server",
            Directory::FreeIpa => "FreeIPA",
            Directory::ActiveDirectory => "Active Directory",
            Directory::Other => "LDAP",
        }
    }

    /// As `directory =` has it.
    pub fn written(self) -> &'static str {
        match self {
            Directory::OpenLdap => "openldap",
            Directory::Ds389 => "389ds",
            Directory::FreeIpa => "freeipa",
            Directory::ActiveDirectory => "active_directory",
            Directory::Other => "other",
        }
    }

    /// The attribute that is never reused and survives a rename: RFC 4530; 389 Directory Server's own; FreeIPA's own;
    /// [MS-ADTS] 3.1.1.1.4.
    pub fn id(self) -> Option<&'static str> {
        match self {
            Directory::OpenLdap => Some("entryUUID"),
            Directory::Ds389 => Some("nsUniqueId"),
            Directory::FreeIpa => Some("ipaUniqueID"),
            Directory::ActiveDirectory => Some("objectGUID"),
            Directory::Other => None,
        }
    }

    /// `(objectClass=user)` alone would find computers in Active Directory.
    fn filter(self) -> &'static str {
        match self {
            Directory::ActiveDirectory => "(&(objectCategory=person)(objectClass=user))",
            Directory::OpenLdap | Directory::Ds389 | Directory::FreeIpa | Directory::Other => "(objectClass=person)",
        }
    }

    /// 389 Directory Server keeps no `memberOf` for people whose object class does not allow it, and OpenLDAP none
    /// without an overlay, so both are read from the group.
    fn membership(self) -> Membership {
        match self {
            Directory::ActiveDirectory => Membership::Chain,
            Directory::FreeIpa => Membership::MemberOf,
            Directory::OpenLdap | Directory::Ds389 | Directory::Other => Membership::Member,
        }
    }
}

/// Nothing when it cannot be: to any other server Active Directory's rule is an unknown one, which finds nobody.
fn membership(settings: &Settings, directory: Option<Directory>, findings: &mut Findings) -> Option<Membership> {
    match settings.text("source.membership").as_str() {
        "member_of" => Some(Membership::MemberOf),
        "member" => Some(Membership::Member),
        "chain" if matches!(directory, Some(Directory::OpenLdap | Directory::Ds389 | Directory::FreeIpa)) => {
            let advice = "write \"member\" or \"member_of\", or leave it out".to_owned();
            findings.wrong(
                &settings.place("source.membership"),
                "\"chain\" is known to Active Directory only",
                Some(advice),
            );
            None
        }
        "chain" => Some(Membership::Chain),
        _ => directory.map(Directory::membership),
    }
}

fn bind(settings: &Settings, servers: &[Server], base: &Path, findings: &mut Findings) -> Option<Bind> {
    let secret = |key: &str| settings.optional(key).map(|file| settings.secret(base.join(file)));
    let (dn, password) = (settings.optional("source.bind_dn"), secret("source.password_file"));
    let certificate = settings.optional("source.client_certificate_file").map(|file| base.join(file));
    let key = secret("source.client_key_file");
    let how = settings.text("source.bind");
    for (name, given, belongs) in [
        ("source.bind_dn", dn.is_some(), "simple"),
        ("source.password_file", password.is_some(), "simple"),
        ("source.client_certificate_file", certificate.is_some(), "external"),
        ("source.client_key_file", key.is_some(), "external"),
    ] {
        if given && !how.is_empty() && how != belongs {
            let advice = "remove it, or correct bind".to_owned();
            findings.wrong(&settings.place(name), format!("belongs to bind = \"{belongs}\""), Some(advice));
        }
    }
    let mut need = |is_there: bool, key: &str, advice: &str| {
        if !is_there {
            findings.missing(&settings.place(key), format!("is missing for bind = \"{how}\""), advice);
        }
    };
    match how.as_str() {
        "simple" if dn.as_ref().is_some_and(|dn| dn.contains(char::is_control)) => {
            // As `"CORP\new"` becomes, with a line's end in it.
            let message = "holds a control character".to_owned();
            findings.wrong(&settings.place("source.bind_dn"), message, Some(BACKSLASH.into()));
            None
        }
        "simple" => {
            need(dn.is_some(), "source.bind_dn", "name the account that reads, best one that may do nothing else");
            need(password.is_some(), "source.password_file", "name a file of mode 0600 with the account's password");
            Some(Bind::Simple { dn: dn?, password: password? })
        }
        // The socket says who we are.
        "external" if certificate.is_none() && key.is_none() && servers.iter().all(Server::is_local) => {
            Some(Bind::External { certificate: None })
        }
        "external" => {
            need(certificate.is_some(), "source.client_certificate_file", "name a PEM file, the certificate first");
            need(key.is_some(), "source.client_key_file", "name a PEM file of mode 0600");
            Some(Bind::External { certificate: Some(ClientCertificate { certificate: certificate?, key: key? }) })
        }
        "anonymous" => Some(Bind::Anonymous),
        _ => None,
    }
}

fn state(settings: &Settings, findings: &mut Findings) -> StateRule {
    super::records::check_values(settings, findings);
    match settings.optional("source.active") {
        None => StateRule::OfDirectory,
        Some(name) => StateRule::Attribute {
            name,
            active_values: settings.texts("source.active_values"),
            inactive_values: settings.texts("source.inactive_values"),
        },
    }
}
