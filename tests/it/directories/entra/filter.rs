//! `$filter`, as far as Graph takes it of the properties that directories are read by.

use serde_json::Value;

use crate::directories::cloud::at;
use crate::directories::expression::{Filter, parse};

/// Which properties may be compared for being equal without the advanced query parameters.
pub const USERS: &[&str] = &[
    "id",
    "userType",
    "accountEnabled",
    "userPrincipalName",
    "mail",
    "displayName",
    "givenName",
    "surname",
    "department",
    "employeeId",
    "companyName",
    "jobTitle",
    "country",
    "city",
    "onPremisesImmutableId",
    "usageLocation",
];
pub const GROUPS: &[&str] = &["id", "displayName", "mail", "mailEnabled", "securityEnabled"];
pub const PRINCIPALS: &[&str] = &["id", "appId", "displayName"];

/// A question that may be asked.
pub struct Question(Filter);

impl Question {
    /// The error is Graph's: a code and a message.
    pub fn parse(text: &str, names: &[&str], advanced: bool) -> Result<Self, (&'static str, String)> {
        let filter =
            parse(text, '\'').map_err(|why| ("Request_BadRequest", format!("Invalid filter clause: {why}")))?;
        allowed(&filter, names, advanced)?;
        Ok(Self(filter))
    }

    pub fn matches(&self, object: &Value) -> bool {
        matches(&self.0, object)
    }
}

fn allowed(filter: &Filter, names: &[&str], advanced: bool) -> Result<(), (&'static str, String)> {
    let known = |name: &String| {
        let why = format!("Unsupported or invalid query filter clause specified for property '{name}'.");
        if names.contains(&name.as_str()) { Ok(()) } else { Err(("Request_UnsupportedQuery", why)) }
    };
    let unsupported = |what: &str| Err(("Request_UnsupportedQuery", format!("Unsupported Query: {what}.")));
    match filter {
        Filter::And(one, other) | Filter::Or(one, other) => {
            allowed(one, names, advanced)?;
            allowed(other, names, advanced)
        }
        Filter::Not(inside) if advanced => allowed(inside, names, advanced),
        Filter::Not(_) => unsupported("'not' needs the header 'ConsistencyLevel: eventual' and $count=true"),
        Filter::Compare(name, operator, value) => {
            known(name)?;
            let is_flag = ["accountEnabled", "mailEnabled", "securityEnabled"].contains(&name.as_str());
            if operator != "eq" && !value.is_null() && is_flag != value.is_boolean() {
                return unsupported("the value is of another type");
            }
            match operator.as_str() {
                "eq" if is_flag == value.is_boolean() || value.is_null() => Ok(()),
                "ne" if advanced => Ok(()),
                "eq" => unsupported("the value is of another type"),
                "ne" => unsupported("'ne' needs the header 'ConsistencyLevel: eventual' and $count=true"),
                other => unsupported(other),
            }
        }
        // Fifteen are as many as may be in one list.
        Filter::In(name, values) if values.len() <= 15 => known(name),
        Filter::In(..) => Err((
            "Request_UnsupportedQuery",
            "Too many child clauses specified in search filter \
                                expression containing 'OR' operators: the maximum is 15."
                .into(),
        )),
        Filter::Call(call, name, _) if call == "startswith" => known(name),
        Filter::Call(call, name, _) if call == "endswith" && advanced => known(name),
        Filter::Call(call, ..) => unsupported(call),
    }
}

fn matches(filter: &Filter, object: &Value) -> bool {
    // Text is compared without its case.
    let lower = |value: &Value| value.as_str().map(str::to_lowercase);
    let same = |has: &Value, wanted: &Value| {
        if has.is_string() { lower(has) == lower(wanted) } else { has == wanted }
    };
    match filter {
        Filter::And(one, other) => matches(one, object) && matches(other, object),
        Filter::Or(one, other) => matches(one, object) || matches(other, object),
        Filter::Not(inside) => !matches(inside, object),
        Filter::Compare(name, operator, wanted) => same(at(object, name), wanted) == (operator == "eq"),
        Filter::In(name, values) => values.iter().any(|wanted| same(at(object, name), wanted)),
        Filter::Call(call, name, wanted) => {
            let (has, part) = (lower(at(object, name)).unwrap_or_default(), lower(wanted).unwrap_or_default());
            if call == "startswith" { has.starts_with(&part) } else { has.ends_with(&part) }
        }
    }
}
