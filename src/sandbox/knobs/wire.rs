//! The unknowns of the protocol: order and counts of listings, which limit counts what, headers, statuses.
//!
//! Never: says what becomes of a person.

use serde::{Deserialize, Serialize};

/// The order of listings, which is not documented. Newest first, whoever comes in between two pages shifts the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListOrder {
    #[default]
    Arrival,
    NewestFirst,
}

/// `itemsPerPage`: most examples have the number on the page, one has more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemsPerPage {
    #[default]
    Returned,
    /// The `count` that was asked for.
    Asked,
}

/// Which of the two limits counts PUT: the documents say 180 writes, one example 300.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PutLimit {
    #[default]
    Writes,
    Reads,
}

/// Whether a PATCH must name its schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatchSchemas {
    #[default]
    Unchecked,
    /// `PatchOp`, or `PutOp` as the collections of 2023 write it; anything else is 400.
    Checked,
}

/// The status of a POST that led to an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InviteStatus {
    /// 201, the only success documented.
    #[default]
    Created,
    /// 200
    Ok,
    /// 202
    Accepted,
}

/// What a 409 says about somebody in another team; the status is documented, the text is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OtherTeamText {
    #[default]
    Own,
    /// The text for members, so that the two conflicts look alike.
    AlreadyMember,
}

/// Whether answers say how much of the limit is left, and how. Documented for the general API, not for SCIM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuotaHeaders {
    #[default]
    Absent,
    /// `X-RateLimit-Limit`, `-Remaining`, and `-Reset` as UTC epoch seconds.
    XRateLimit,
    /// `RateLimit-Limit`, `-Remaining`, and `-Reset` as UTC epoch seconds.
    RateLimit,
    /// `RateLimit: limit=, remaining=, reset=` with seconds from now.
    Draft,
}
