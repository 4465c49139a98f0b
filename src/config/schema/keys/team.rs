//! The team at Postman, and what is done there.
//!
//! Never: a key without a meaning.

use super::super::Key;
use super::super::Kind::*;
use super::super::Reach::*;
use super::super::Unset::*;
use super::key;

pub(super) const TEAM: &[Key] = &[
    key(
        "postman.base_url",
        BaseUrl,
        Default("https://api.getpostman.com/scim/v2"),
        Elsewhere,
        "the team's SCIM address; https://api.eu.postman.com/scim/v2 for EU data residency",
    ),
    key(
        "postman.api_key_file",
        Path,
        Nothing,
        Elsewhere,
        "file with the SCIM API key, mode 0600; without it the systemd credential `postman-scim-key` is read",
    ),
    key(
        "postman.api_key",
        Secret,
        Nothing,
        Elsewhere,
        "only as POSTMAN_SCIM_SYNC__POSTMAN__API_KEY, and with a warning: other programs can read an environment",
    ),
    key(
        "postman.auth",
        Choice(&["bearer", "header"]),
        Default("bearer"),
        Elsewhere,
        "`Authorization: Bearer KEY`, or the raw key as Okta's Header Auth app sends it",
    ),
    key(
        "postman.verified_domains",
        Domains,
        Default(""),
        Plan,
        "domains verified for the team; an e-mail can change in place only inside them",
    ),
    key(
        "postman.protected",
        Patterns,
        Default(""),
        Plan,
        "members nothing may touch: the key's owner, admins, break-glass; nobody is deactivated while it is empty",
    ),
    key(
        "postman.writes_per_min",
        Whole { min: 1, max: 100_000 },
        Default("180"),
        Elsewhere,
        "writes a minute; Postman allows a team 180, shared by every tool",
    ),
    key(
        "postman.reads_per_min",
        Whole { min: 1, max: 100_000 },
        Default("300"),
        Elsewhere,
        "reads a minute; Postman allows a team 300, shared by every tool",
    ),
    key(
        "postman.seats",
        Whole { min: 1, max: 10_000_000 },
        Nothing,
        Plan,
        "paid seats of the team, so that a plan can say how many are free",
    ),
    key(
        "provisioning.create_users",
        Flag,
        Default("true"),
        Plan,
        "create people who are in the directory and not in the team",
    ),
    key(
        "provisioning.update_users",
        Flag,
        Default("true"),
        Plan,
        "change names and e-mails that changed at the directory",
    ),
    key(
        "provisioning.deactivate_users",
        Flag,
        Default("true"),
        Plan,
        "deactivate managed people who left or fell out of scope",
    ),
    key(
        "provisioning.groups",
        Choice(&["off", "push", "read_back"]),
        Default("off"),
        Plan,
        "groups: not at all; Postman's follow the directory's (each [[group]]); or both are read and compared, and nothing is sent",
    ),
    key("provisioning.create_groups", Flag, Default("true"), Plan, "create groups that Postman does not have"),
    key("provisioning.rename_groups", Flag, Default("true"), Plan, "rename managed groups that have another name"),
    key("provisioning.add_members", Flag, Default("true"), Plan, "add people to managed groups"),
    key("provisioning.remove_members", Flag, Default("true"), Plan, "take people out of managed groups"),
    key(
        "provisioning.delete_groups",
        Flag,
        Default("false"),
        Plan,
        "empty and delete managed groups that no [[group]] asks for any more, or that the directory deleted",
    ),
    key(
        "provisioning.matches",
        Choice(&["adopt", "report"]),
        Default("adopt"),
        Plan,
        "a member with the e-mail of a directory person: take under management, or only report",
    ),
];
