//! The `query` of users.list and groups.list (the guides "Search for users" and "Search for groups"): clauses between
//! spaces, all of which have to hold.

use serde_json::Value;

/// `field=value`, `field:value`, `field:value*`, or a value alone.
#[derive(Debug)]
struct Clause {
    field: String,
    operator: Operator,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Is,
    Contains,
    Begins,
}

/// Why a query is none.
type Bad = ();

pub struct User(Vec<Clause>);

pub struct Group(Vec<Clause>);

impl User {
    pub fn parse(text: &str) -> Result<Self, Bad> {
        let clauses = clauses(text)?;
        let is_good = |clause: &Clause| {
            let begins = clause.operator == Operator::Begins;
            let contains = clause.operator == Operator::Contains;
            match clause.field.as_str() {
                "" | "email" | "givenName" | "familyName" => true,
                "name" | "externalId" | "orgDepartment" | "orgTitle" | "orgCostCenter" => !begins,
                "isSuspended" | "isArchived" | "isAdmin" | "isDelegatedAdmin" => {
                    !begins && !contains && ["true", "false"].contains(&clause.value.as_str())
                }
                "orgUnitPath" => !begins && !contains && clause.value.starts_with('/'),
                // A field of a schema of the account's own.
                other => other.contains('.') && !contains,
            }
        };
        if clauses.iter().all(is_good) { Ok(Self(clauses)) } else { Err(()) }
    }

    pub fn matches(&self, person: &Value) -> bool {
        self.0.iter().all(|clause| {
            let flag = |name: &str| person[name] == (clause.value == "true");
            match clause.field.as_str() {
                "isSuspended" => flag("suspended"),
                "isArchived" => flag("archived"),
                "isAdmin" => flag("isAdmin"),
                "isDelegatedAdmin" => flag("isDelegatedAdmin"),
                // With all that is below it.
                "orgUnitPath" => {
                    let path = person["orgUnitPath"].as_str().unwrap_or_default();
                    let under = clause.value.trim_end_matches('/');
                    path == under || path.starts_with(&format!("{under}/"))
                }
                field => values(person, field).iter().any(|value| clause.holds(value)),
            }
        })
    }
}

impl Group {
    pub fn parse(text: &str) -> Result<Self, Bad> {
        let clauses = clauses(text)?;
        let is_good = |clause: &Clause| match clause.field.as_str() {
            "email" | "name" => clause.operator != Operator::Contains,
            "memberKey" => clause.operator == Operator::Is && clauses.len() == 1,
            _ => false,
        };
        if clauses.iter().all(is_good) { Ok(Self(clauses)) } else { Err(()) }
    }

    pub fn member(&self) -> Option<&str> {
        self.0.iter().find(|clause| clause.field == "memberKey").map(|clause| clause.value.as_str())
    }

    pub fn matches(&self, group: &Value) -> bool {
        let is = |clause: &Clause| group[&clause.field].as_str().is_some_and(|value| clause.holds(value));
        self.0.iter().all(|clause| clause.field == "memberKey" || is(clause))
    }
}

impl Clause {
    fn holds(&self, value: &str) -> bool {
        let (value, wanted) = (value.to_lowercase(), self.value.to_lowercase());
        match self.operator {
            Operator::Is => value == wanted,
            Operator::Contains => value.contains(&wanted),
            Operator::Begins => value.starts_with(&wanted),
        }
    }
}

fn values(person: &Value, field: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let each = |list: &str, name: &str| -> Vec<String> {
        person[list].as_array().into_iter().flatten().map(|one| text(&one[name])).collect()
    };
    let aliases = || person["aliases"].as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
    match field {
        "email" => [vec![text(&person["primaryEmail"])], each("emails", "address"), aliases()].concat(),
        "givenName" | "familyName" => vec![text(&person["name"][field])],
        "name" => vec![text(&person["name"]["fullName"])],
        "" => ["email", "givenName", "familyName"].map(|field| values(person, field)).concat(),
        "externalId" => each("externalIds", "value"),
        "orgDepartment" => each("organizations", "department"),
        "orgTitle" => each("organizations", "title"),
        "orgCostCenter" => each("organizations", "costCenter"),
        other => {
            let (schema, field) = other.split_once('.').unwrap_or_default();
            vec![text(&person["customSchemas"][schema][field])]
        }
    }
}

fn clauses(text: &str) -> Result<Vec<Clause>, Bad> {
    let mut rest = text.trim();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let end = rest.find(['=', ':', ' ', '\'']).unwrap_or(rest.len());
        let (field, after) = rest.split_at(end);
        let (field, sign, after) = match after.chars().next() {
            Some(sign @ ('=' | ':')) => (field, sign, &after[1..]),
            _ => ("", ':', rest),
        };
        let (value, is_prefix, after) = value(after.trim_start())?;
        let operator = match (sign, is_prefix) {
            ('=', false) => Operator::Is,
            (':', false) => Operator::Contains,
            (':', true) => Operator::Begins,
            _ => return Err(()),
        };
        found.push(Clause { field: field.into(), operator, value });
        rest = after.trim_start();
    }
    if found.is_empty() { Err(()) } else { Ok(found) }
}

/// With single quotes around it, which a backslash keeps within, or up to the next space.
fn value(text: &str) -> Result<(String, bool, &str), Bad> {
    let Some(quoted) = text.strip_prefix('\'') else {
        let (value, rest) = text.split_once(' ').unwrap_or((text, ""));
        let (value, is_prefix) = value.strip_suffix('*').map_or((value, false), |value| (value, true));
        return if value.is_empty() { Err(()) } else { Ok((value.into(), is_prefix, rest)) };
    };
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in quoted.char_indices() {
        match c {
            '\\' if !escaped => escaped = true,
            '\'' if !escaped => {
                let rest = &quoted[at + 1..];
                let is_prefix = rest.starts_with('*');
                return Ok((value, is_prefix, rest.trim_start_matches('*')));
            }
            c => {
                value.push(c);
                escaped = false;
            }
        }
    }
    Err(())
}
