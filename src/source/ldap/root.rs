//! The root DSE (RFC 4512 §5.1): what a server says about itself, and whether it is the kind of directory that was configured.
//!
//! Never: guesses; a server that says nothing about itself contradicts nothing.

use super::dn::Dn;
use super::entry::Entry;
use crate::config::ldap_source::Directory;

/// Paged results (RFC 2696).
pub const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
/// "Who am I?" (RFC 4532).
pub const WHO_AM_I: &str = "1.3.6.1.4.1.4203.1.11.3";
/// LDAP_CAP_ACTIVE_DIRECTORY_OID ([MS-ADTS] 3.1.1.3.4.3.1).
const IS_ACTIVE_DIRECTORY: &str = "1.2.840.113556.1.4.800";

/// What the server says about itself. Empty where it says nothing.
#[derive(Clone, Debug, Default)]
pub struct RootDse {
    pub naming_contexts: Vec<String>,
    /// Of Active Directory, where there are several and one is the domain.
    pub default_naming_context: Option<String>,
    /// `389 Project`.
    pub vendor_name: Option<String>,
    pub vendor_version: Option<String>,
    /// OIDs.
    pub controls: Vec<String>,
    pub extensions: Vec<String>,
    pub capabilities: Vec<String>,
    /// `OpenLDAProotDSE`.
    object_classes: Vec<String>,
    is_freeipa: bool,
    /// Of Active Directory: the domain controller, and the number of its last change.
    usn: Option<(String, u64)>,
}

impl RootDse {
    /// Operational attributes come only when they are asked for by name.
    pub const ATTRIBUTES: [&str; 12] = [
        "namingContexts",
        "defaultNamingContext",
        "vendorName",
        "vendorVersion",
        "supportedControl",
        "supportedExtension",
        "supportedCapabilities",
        "structuralObjectClass",
        "objectClass",
        "ipaTopologyPluginVersion",
        "dsServiceName",
        "highestCommittedUSN",
    ];

    pub fn of(entry: &Entry) -> Self {
        let all = |name: &str| -> Vec<String> { entry.texts(name).into_iter().map(str::to_owned).collect() };
        let one = |name: &str| entry.texts(name).first().map(|text| (*text).to_owned());
        Self {
            naming_contexts: all("namingContexts"),
            default_naming_context: one("defaultNamingContext"),
            vendor_name: one("vendorName"),
            vendor_version: one("vendorVersion"),
            controls: all("supportedControl"),
            extensions: all("supportedExtension"),
            capabilities: all("supportedCapabilities"),
            object_classes: [all("structuralObjectClass"), all("objectClass")].concat(),
            is_freeipa: entry.has("ipaTopologyPluginVersion"),
            usn: one("dsServiceName").zip(one("highestCommittedUSN").and_then(|usn| usn.parse().ok())),
        }
    }

    /// Of Active Directory: the controller's own name, and the number of its last change as of the session's beginning.
    pub fn usn(&self) -> Option<(&str, u64)> {
        self.usn.as_ref().map(|(controller, usn)| (controller.as_str(), *usn))
    }

    pub fn has_control(&self, oid: &str) -> bool {
        self.controls.iter().any(|control| control == oid)
    }

    pub fn has_extension(&self, oid: &str) -> bool {
        self.extensions.iter().any(|extension| extension == oid)
    }

    /// The kind of directory that it certainly is.
    pub fn kind(&self) -> Option<Directory> {
        let is_389 = self.vendor_name.as_deref().is_some_and(|name| name.starts_with("389 "));
        let is_openldap = self.object_classes.iter().any(|class| class.eq_ignore_ascii_case("OpenLDAProotDSE"));
        if self.capabilities.iter().any(|oid| oid == IS_ACTIVE_DIRECTORY) {
            Some(Directory::ActiveDirectory)
        } else if is_389 && self.is_freeipa {
            Some(Directory::FreeIpa)
        } else if is_389 {
            Some(Directory::Ds389)
        } else {
            is_openldap.then_some(Directory::OpenLdap)
        }
    }

    /// What to write instead, where the server is another kind of directory than was configured. FreeIPA is a 389 Directory
    /// Server, so either name fits it; `other` fits anything.
    pub fn contradicts(&self, configured: Directory) -> Option<&'static str> {
        let is_389 = |directory| matches!(directory, Directory::Ds389 | Directory::FreeIpa);
        let kind = self.kind()?;
        let fits = configured == Directory::Other || kind == configured || (is_389(kind) && is_389(configured));
        if fits { None } else { Some(kind.written()) }
    }
}

/// The longest of these naming contexts that an entry is in. The root is none: whatever is there, is in it.
pub fn naming_context<'a>(contexts: &'a [String], dn: &str) -> Option<&'a str> {
    let below = Dn::parse(dn)?;
    let above = contexts.iter().filter_map(|context| {
        let dn = Dn::parse(context).filter(|dn| dn.depth() > 0 && below.is_below(dn))?;
        Some((dn.depth(), context.as_str()))
    });
    above.max_by_key(|(depth, _)| *depth).map(|(_, context)| context)
}
