//! The server does what it says, asked by a client that is not ours.

use ldap3::adapters::{Adapter, EntriesOnly, PagedResults};
use ldap3::{Ldap, LdapConnAsync, LdapError, Scope, SearchEntry};

use crate::support::crowd;

use super::*;

/// Runs with a connection that is bound as the reader.
fn with<T>(server: &LdapServer, ask: impl AsyncFnOnce(&mut Ldap, World) -> T) -> T {
    let world = server.shared.world().clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (driver, mut ldap) = LdapConnAsync::new(&server.url()).await.unwrap();
        ldap3::drive!(driver);
        ldap.simple_bind(&world.reader(), PASSWORD).await.unwrap().success().unwrap();
        ask(&mut ldap, world).await
    })
}

async fn all(
    ldap: &mut Ldap,
    base: &str,
    filter: &str,
    attributes: &[&str],
    page: i32,
) -> Result<Vec<SearchEntry>, LdapError> {
    let adapters: Vec<Box<dyn Adapter<_, _>>> = vec![Box::new(EntriesOnly::new()), Box::new(PagedResults::new(page))];
    let mut search = ldap.streaming_search_with(adapters, base, Scope::Subtree, filter, attributes.to_vec()).await?;
    let mut found = Vec::new();
    while let Some(entry) = search.next().await? {
        found.push(SearchEntry::construct(entry));
    }
    search.finish().await.success().map(|_| found)
}

/// The result code, if it is not 0.
fn code<T>(result: Result<T, LdapError>) -> Option<u32> {
    match result {
        Ok(_) => None,
        Err(LdapError::LdapResult { result }) => Some(result.rc),
        Err(other) => panic!("{other}"),
    }
}

fn active_directory(people: usize) -> World {
    let mut world = World::new(Dialect::ActiveDirectory);
    world.set_people(&crowd(people));
    world
}

#[test]
fn pages_are_clamped_or_refused() {
    let mut world = active_directory(25);
    world.knobs.page_cap = Some(PageCap::Clamp(10));
    let server = LdapServer::start(world);
    with(&server, async |ldap, world| {
        let base = world.people_base();
        assert_eq!(all(ldap, &base, "(objectClass=user)", &["mail"], 1000).await.unwrap().len(), 25);
        let unpaged = ldap.search(&base, Scope::Subtree, "(objectClass=user)", vec!["mail"]).await.unwrap();
        assert_eq!((unpaged.0.len(), unpaged.1.rc), (10, 4));
        server.change(|world| world.knobs.page_cap = Some(PageCap::Refuse(10)));
        assert_eq!(code(all(ldap, &base, "(objectClass=user)", &["mail"], 11).await), Some(11));
        assert_eq!(all(ldap, &base, "(objectClass=user)", &["mail"], 10).await.unwrap().len(), 25);
    });
    let pages =
        server.log().iter().filter(|logged| matches!(logged.request, Request::Search { goes_on: true, .. })).count();
    assert_eq!((pages, server.writes(), server.connections()), (4, vec![], 1));
}

#[test]
fn attributes_come_by_name_in_any_case_and_operational_ones_only_so() {
    let mut world = World::new(Dialect::OpenLdap);
    world.set_people(&[crowd(1)[0].clone().inactive()]);
    let server = LdapServer::start(world);
    with(&server, async |ldap, world| {
        let names = async |ldap: &mut Ldap, asked: &[&str]| {
            let found = all(ldap, &world.dn("1"), "(UID=P1)", asked, 5).await.unwrap();
            let mut names: Vec<String> = found[0].attrs.keys().cloned().collect();
            names.sort();
            names.join(" ")
        };
        assert_eq!(names(ldap, &["MAIL", "entryuuid"]).await, "entryUUID mail");
        assert_eq!(names(ldap, &["*"]).await, "cn employeeType givenName mail objectClass sn uid");
        assert_eq!(names(ldap, &["+"]).await, "entryUUID pwdAccountLockedTime");
        server.change(|world| world.knobs.letter_case = LetterCase::Upper);
        assert_eq!(names(ldap, &["mail"]).await, "MAIL");
    });
}

#[test]
fn active_directory_has_ranges_bits_and_chains() {
    let mut world = active_directory(5);
    let [one, two, inner] = [world.dn("1"), world.dn("2"), world.group_dn("Inner")];
    world.set_group("Outer", &[one, inner.clone()]);
    world.set_group("Inner", &[two, world.group_dn("Outer")]);
    let everybody: Vec<String> = (1..=5).map(|id| world.dn(&id.to_string())).collect();
    world.set_group("Everybody", &everybody);
    world.knobs.value_cap = Some(2);
    let server = LdapServer::start(world);
    with(&server, async |ldap, world| {
        let group = world.group_dn("Everybody");
        let ranges = async |ldap: &mut Ldap, asked: &str| {
            let found = all(ldap, &group, "(objectClass=*)", &[asked], 5).await.unwrap();
            let mut ranges: Vec<String> =
                found[0].attrs.iter().map(|(name, all)| format!("{name}: {}", all.len())).collect();
            ranges.sort();
            ranges.join(", ")
        };
        assert_eq!(ranges(ldap, "member").await, "member: 0, member;range=0-1: 2");
        assert_eq!(ranges(ldap, "member;range=2-*").await, "member;range=2-3: 2");
        assert_eq!(ranges(ldap, "member;range=4-*").await, "member;range=4-*: 1");
        let chain =
            format!("(&(objectCategory=person)(memberOf:1.2.840.113556.1.4.1941:={}))", world.group_dn("Outer"));
        assert_eq!(all(ldap, &world.suffix, &chain, &["mail"], 5).await.unwrap().len(), 2);
        assert_eq!(all(ldap, &world.suffix, &format!("(memberOf={inner})"), &["mail"], 5).await.unwrap().len(), 2);
        let normal = "(userAccountControl:1.2.840.113556.1.4.803:=512)";
        assert_eq!(all(ldap, &world.suffix, normal, &["mail"], 5).await.unwrap().len(), 5);
        let by_id = format!("<GUID={}>", world.shown_id("3"));
        assert_eq!(
            all(ldap, &by_id, "(objectClass=*)", &["mail"], 5).await.unwrap()[0].attrs["mail"],
            ["p3@acme.example"]
        );
    });
}

#[test]
fn troubles_come_when_they_are_set() {
    let server = LdapServer::start(active_directory(25));
    with(&server, async |ldap, world| {
        let base = world.people_base();
        let trouble = |fault: Fault| server.change(|world| world.knobs.faults = vec![fault]);
        trouble(Fault::page(3, What::Code(Rc::Busy)));
        assert_eq!(code(all(ldap, &base, "(cn=*)", &["mail"], 10).await), Some(51));
        trouble(Fault::last(What::EntriesThen(Rc::TimeLimitExceeded)));
        assert_eq!(code(all(ldap, &base, "(cn=*)", &["mail"], 10).await), Some(3));
        trouble(Fault::page(2, What::Repeat).times(1));
        assert_eq!(all(ldap, &base, "(cn=*)", &["mail"], 10).await.unwrap().len(), 35);
        server.change(|world| world.knobs.size_limit = Some(12));
        trouble(Fault::page(9, What::Drop));
        assert_eq!(code(all(ldap, &base, "(cn=*)", &["mail"], 10).await), Some(4));
        server.change(|world| world.knobs.hidden_bases = vec![world.people_base()]);
        assert_eq!(code(all(ldap, &base, "(cn=*)", &["mail"], 10).await), Some(32));
        server.change(|world| world.knobs.referral = Some("ldap://elsewhere.acme.example".into()));
        assert_eq!(code(all(ldap, &base, "(cn=*)", &["mail"], 10).await), Some(10));
        server.change(|world| world.knobs = Knobs { references: vec!["ldap://other/".into()], ..Knobs::default() });
        let mut plain = ldap.streaming_search(&base, Scope::Subtree, "(cn=*)", vec!["mail"]).await.unwrap();
        let (mut entries, mut references) = (0, 0);
        while let Some(entry) = plain.next().await.unwrap() {
            *if entry.is_ref() { &mut references } else { &mut entries } += 1;
        }
        assert_eq!((entries, references, plain.finish().await.rc), (25, 1, 0));
        trouble(Fault::last(What::DropAfterEntries));
        assert!(all(ldap, &base, "(cn=*)", &["mail"], 10).await.is_err());
    });
}

#[test]
fn who_binds_is_who_it_is() {
    let server = LdapServer::start(World::new(Dialect::OpenLdap));
    with(&server, async |ldap, world| {
        let refused = ldap.simple_bind(&world.reader(), "another").await.unwrap();
        assert_eq!(refused.rc, 49);
        ldap.simple_bind(&world.reader(), PASSWORD).await.unwrap().success().unwrap();
        let who = async |ldap: &mut Ldap| {
            let (answer, _) = ldap.extended(ldap3::exop::WhoAmI).await.unwrap().success().unwrap();
            answer.parse::<ldap3::exop::WhoAmIResp>().authzid
        };
        assert_eq!(who(ldap).await, "dn:cn=sync,dc=acme,dc=example");
        server.change(|world| world.knobs.principal = Some("dn:cn=another".into()));
        assert_eq!(who(ldap).await, "dn:cn=another");
        let root = ldap.search("", Scope::Base, "(objectClass=*)", vec!["namingContexts"]).await.unwrap().0;
        let root = SearchEntry::construct(root[0].clone());
        assert_eq!(root.attrs["namingContexts"], ["dc=acme,dc=example"]);
    });
}
