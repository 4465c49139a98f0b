//! The root DSE: how a server introduces itself, after real ones.

use super::entry::Entry;
use super::world::{Dialect, World};

const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
const START_TLS: &str = "1.3.6.1.4.1.1466.20037";
const WHO_AM_I: &str = "1.3.6.1.4.1.4203.1.11.3";
/// LDAP_CAP_ACTIVE_DIRECTORY_OID, and that of Windows Server 2003 and 2008.
const CAPABILITIES: [&str; 3] = ["1.2.840.113556.1.4.800", "1.2.840.113556.1.4.1670", "1.2.840.113556.1.4.1935"];

pub fn root_dse(world: &World) -> Entry {
    let suffix = &world.suffix;
    let (controller, usn) = world.knobs.controller.clone().unwrap_or_else(|| ("DC1".to_owned(), 12_345));
    let root = Entry::new("")
        .with("supportedLDAPVersion", "3")
        .with("supportedControl", PAGED_RESULTS)
        .with_all("supportedExtension", [START_TLS, WHO_AM_I])
        .with("supportedSASLMechanisms", "EXTERNAL");
    match world.dialect {
        Dialect::OpenLdap => root
            .with("namingContexts", suffix)
            .with_all("objectClass", ["top", "OpenLDAProotDSE"])
            .with("structuralObjectClass", "OpenLDAProotDSE")
            .with("subschemaSubentry", "cn=Subschema")
            .with("configContext", "cn=config"),
        Dialect::Ds389 => root
            .with("namingContexts", suffix)
            .with("defaultNamingContext", suffix)
            .with("objectClass", "top")
            .with("vendorName", "389 Project")
            .with("vendorVersion", "389-Directory/2.3.1 B2023.045.0957"),
        Dialect::ActiveDirectory => root
            .with("namingContexts", suffix)
            .with("namingContexts", format!("CN=Configuration,{suffix}"))
            .with("namingContexts", format!("CN=Schema,CN=Configuration,{suffix}"))
            .with("defaultNamingContext", suffix)
            .with("rootDomainNamingContext", suffix)
            .with("configurationNamingContext", format!("CN=Configuration,{suffix}"))
            .with("schemaNamingContext", format!("CN=Schema,CN=Configuration,{suffix}"))
            .with("dnsHostName", "dc1.acme.example")
            .with("dsServiceName", format!("CN=NTDS Settings,CN={controller},CN=Servers,CN=Configuration,{suffix}"))
            .with("highestCommittedUSN", usn.to_string())
            .with_all("supportedCapabilities", CAPABILITIES),
    }
}
