//! Groups: a tree, of which a list shows the top.

use serde_json::{Value, json};

use crate::directories::cloud::{Asked, Reply};

use super::api::{Rights, flag, window};
use super::{Group, Realm, error, find, forbidden, not_found};

impl Realm {
    pub(super) fn group_things(&self, asked: &Asked, path: &[&str], rights: &Rights) -> Reply {
        match path {
            ["groups"] => self.groups(asked, rights),
            ["groups", "count"] => {
                let is_top = flag(asked, "top", false);
                let fits = |group: &&Group| (!is_top || group.parent.is_none()) && is_sought(asked, group);
                Reply::json(200, &json!({ "count": self.groups.iter().filter(fits).count() }))
            }
            ["groups", id, rest @ ..] => {
                let Some(group) = self.groups.iter().find(|group| group.id == *id) else {
                    return error(404, "Could not find group by id");
                };
                self.one_group(asked, group, rest, rights)
            }
            ["group-by-path", names @ ..] => {
                let path = format!("/{}", names.join("/"));
                match self.groups.iter().find(|group| self.path(group) == path) {
                    None => error(404, "Group path does not exist"),
                    Some(_) if !rights.views_all() => forbidden(),
                    Some(group) => Reply::json(200, &self.by_path(group)),
                }
            }
            _ => not_found(),
        }
    }

    fn one_group(&self, asked: &Asked, group: &Group, path: &[&str], rights: &Rights) -> Reply {
        if !rights.views_all() {
            return forbidden();
        }
        match path {
            [] => Reply::json(200, &self.tree_before_23(group, false)),
            ["children"] if self.is_before_23 => error(405, "HTTP 405 Method Not Allowed"),
            // Ten of them, where nothing else is asked for.
            ["children"] => match window(asked, Some(10)) {
                Err(refused) => refused,
                Ok((first, max)) => {
                    let is_brief = flag(asked, "briefRepresentation", false);
                    let inner = self.inner(group).into_iter().filter(|group| is_sought(asked, group));
                    let rows: Vec<Value> =
                        inner.skip(first).take(max).map(|group| self.shown(group, is_brief)).collect();
                    Reply::json(200, &json!(rows))
                }
            },
            // Only who is in it directly.
            ["members"] => {
                let is_in = |person: &&Value| group.members.iter().any(|member| person["id"] == **member);
                let mut people: Vec<&Value> = self.people.iter().filter(is_in).collect();
                people.sort_by_key(|one| one["username"].as_str().unwrap_or_default().to_owned());
                self.page_of(asked, people, rights)
            }
            _ => not_found(),
        }
    }

    fn groups(&self, asked: &Asked, rights: &Rights) -> Reply {
        if !rights.asks_for_groups() {
            return forbidden();
        }
        let (first, max) = match window(asked, None) {
            Ok(window) => window,
            Err(refused) => return refused,
        };
        let is_brief = flag(asked, "briefRepresentation", true);
        let is_search = asked.param("search").is_some() || asked.param("q").is_some();
        let fits = |group: &&Group| if is_search { is_sought(asked, group) } else { group.parent.is_none() };
        let mut found: Vec<&Group> = self.groups.iter().filter(fits).collect();
        found.sort_by(|one, other| one.name.cmp(&other.name));
        // Whoever may ask and view nothing gets an empty list.
        let page: Vec<&Group> = found.into_iter().skip(first).take(max).filter(|_| rights.views_all()).collect();
        let rows: Vec<Value> = if is_search && flag(asked, "populateHierarchy", true) {
            self.tops(&page).into_iter().map(|top| self.around(top, &page, is_brief)).collect()
        } else {
            page.into_iter().map(|group| self.tree_before_23(group, is_brief)).collect()
        };
        Reply::json(200, &json!(rows))
    }

    /// What `group-by-path` has of a group.
    fn by_path(&self, group: &Group) -> Value {
        let mut shown = self.tree_before_23(group, false);
        if self.is_23_to_26_0 {
            let members = shown.as_object_mut().unwrap();
            members.remove("subGroupCount");
        }
        shown
    }

    fn tree_before_23(&self, group: &Group, is_brief: bool) -> Value {
        let mut shown = self.shown(group, is_brief);
        if self.is_before_23 {
            shown["subGroups"] =
                self.inner(group).into_iter().map(|group| self.tree_before_23(group, is_brief)).collect();
        }
        shown
    }

    /// What was found hangs in the tree from its top.
    fn tops<'a>(&'a self, found: &[&'a Group]) -> Vec<&'a Group> {
        let mut tops: Vec<&Group> = Vec::new();
        for group in found {
            let mut top = *group;
            while let Some(above) = self.groups.iter().find(|one| Some(&one.id) == top.parent.as_ref()) {
                top = above;
            }
            if !tops.iter().any(|one| one.id == top.id) {
                tops.push(top);
            }
        }
        tops
    }

    fn around(&self, group: &Group, found: &[&Group], is_brief: bool) -> Value {
        let mut shown = self.shown(group, is_brief);
        let has = |inner: &&Group| self.holds(inner, found);
        shown["subGroups"] =
            self.inner(group).into_iter().filter(has).map(|inner| self.around(inner, found, is_brief)).collect();
        shown
    }

    fn holds(&self, group: &Group, found: &[&Group]) -> bool {
        found.iter().any(|one| one.id == group.id)
            || self.inner(group).into_iter().any(|inner| self.holds(inner, found))
    }
}

fn is_sought(asked: &Asked, group: &Group) -> bool {
    let has = |(name, value): &(String, String)| {
        group.attributes[name].as_array().into_iter().flatten().any(|one| one == value.as_str())
    };
    let name = group.name.to_lowercase();
    let is_called = |search: &str| {
        if flag(asked, "exact", false) { group.name == search } else { name.contains(&search.to_lowercase()) }
    };
    match (asked.param("q"), asked.param("search")) {
        (Some(q), _) => find::attributes(q).iter().all(has),
        (None, search) => search.is_none_or(|search| is_called(search.trim())),
    }
}
