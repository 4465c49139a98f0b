//! Directories that have no `type` of their own, and how they are read in this version. Said once somebody writes their name
//! as the type.
//!
//! Never: a promise of a later version.

const BY_FILE_OR_PROGRAM: &str = "\"file\" with an export, or \"exec\" with a program that asks its API";

/// What to write instead of that type; none for a name that says nothing to us.
pub fn instead(name: &str) -> Option<String> {
    let name = name.trim().to_ascii_lowercase().replace(['-', '_', ' '], "");
    let ldap = |how: &str| format!("write type = \"ldap\" with {how}");
    let or = |how: &str| format!("use \"ldap\" with {how}, {BY_FILE_OR_PROGRAM}");
    Some(match name.as_str() {
        "activedirectory" | "ad" | "samba" => ldap("directory = \"active_directory\""),
        "openldap" => ldap("directory = \"openldap\""),
        "389ds" | "389" => ldap("directory = \"389ds\""),
        "freeipa" | "ipa" => ldap("directory = \"freeipa\""),
        "lldap" | "kanidm" | "glauth" => ldap("directory = \"other\", and the id that never changes"),
        "csv" | "json" | "jsonl" => "write type = \"file\"".into(),
        "script" | "program" | "command" => "write type = \"exec\"".into(),
        "scim2" => "write type = \"scim\"".into(),
        "googleworkspace" | "gsuite" | "gworkspace" => "write type = \"google\"".into(),
        "authentik" => or("its LDAP outpost (directory = \"other\")"),
        "jumpcloud" | "onelogin" => or("its LDAP service (directory = \"other\")"),
        "entraid" | "azure" | "azuread" | "microsoft" => "write type = \"entra\"".into(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_names_lead_somewhere_and_others_nowhere() {
        assert_eq!(instead("Active-Directory").unwrap(), "write type = \"ldap\" with directory = \"active_directory\"");
        assert!(instead("authentik").unwrap().starts_with("use \"ldap\" with its LDAP outpost"));
        assert_eq!(instead("Entra_ID").unwrap(), "write type = \"entra\"");
        assert_eq!(instead("fiel"), None);
    }
}
