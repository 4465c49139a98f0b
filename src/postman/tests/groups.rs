//! Groups: exactly what is sent, what is read from odd answers, and whom a refusal is about.

use serde_json::{Value, json as j};

use super::super::wire::groups::{add, create, find_path, group, page, remove, rename};
use super::*;
use crate::core::groups::TeamGroup;

const PERSON: &str = "This person isn\u{2019}t a member of the team.";
const GROUP: &str = "This Group isn't a member of the team.";

fn text(body: Vec<u8>) -> String {
    String::from_utf8(body).unwrap()
}

fn group_json(id: &str, name: &str, members: Value) -> Value {
    j!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": id, "displayName": name,
        "members": members, "externalId": "1234", "meta": {"resourceType": "Group"}})
}

fn members(n: usize) -> Value {
    (0..n).map(|i| j!({"value": format!("{i:048x}"), "display": "Ada Byron"})).collect()
}

/// A page of at most `size` of them, as the request asks.
fn slice(all: &[Value], request: &Request, size: usize, total: usize) -> Answer {
    let query = request.path.split_once("startIndex=").unwrap().1;
    let from = (query.split('&').next().unwrap().parse::<usize>().unwrap() - 1).min(all.len());
    page_of(&all[from..(from + size).min(all.len())], Some(total))
}

fn shown(reader: Answer) -> Reader<Script> {
    let Ok(response) = reader else { panic!("a scripted answer") };
    team(move |_, _| Ok(response.clone()))
}

#[test]
fn bodies_are_the_documented_ones_and_hold_nothing_else() {
    let patch = |operations: &str| {
        format!(r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{operations}]}}"#)
    };
    let create_body =
        r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"A \"B\"","members":[]}"#;
    assert_eq!(text(create("A \"B\"")), create_body);
    let rename_body = patch(r#"{"op":"replace","value":{"id":"g1","displayName":"New"}}"#);
    assert_eq!(text(rename(&id("g1"), "New")), rename_body);
    let add_body = patch(r#"{"op":"add","path":"members","value":[{"value":"1"},{"value":"2"}]}"#);
    assert_eq!(text(add(&[id("1"), id("2")])), add_body);
    let remove_body = patch(
        r#"{"op":"remove","path":"members[value eq \"1\"]"},{"op":"remove","path":"members[value eq \"\\\"x\"]"}"#,
    );
    assert_eq!(text(remove(&[id("1"), id("\"x")])), remove_body);
    assert_eq!(
        find_path("Ünïcode & \"quotes\"", 1, 8),
        "/Groups?filter=displayName%20eq%20%22%C3%9Cn%C3%AFcode%20%26%20%5C%22quotes%5C%22%22&startIndex=1&count=8"
    );
}

#[test]
fn members_that_are_null_or_absent_are_not_nobody() {
    let read =
        |members: &str| group(format!(r#"{{"id":"g1","displayName":"P"{members}}}"#).as_bytes()).unwrap().members;
    assert_eq!(read(""), None);
    assert_eq!(read(r#","members":null"#), None);
    assert_eq!(read(r#","members":[]"#), Some(vec![]));
    assert_eq!(read(r#","members":[{"value":"1","display":null,"x":[{}]}]"#), Some(vec![id("1")]));
}

#[test]
fn the_reader_refuses_what_could_be_misread_and_repeats_nothing_of_it() {
    for members in [
        r#"[{"display":"secret"}]"#,
        r#"[{"value":null}]"#,
        r#"[{"value":7}]"#,
        r#"[{"value":""}]"#,
        r#"["secret"]"#,
        r#"[[]]"#,
        r#"{"value":"1"}"#,
        r#""secret""#,
        r#"[{"value":"1","value":"2"}]"#,
        r#"[],"members":[]"#,
    ] {
        let body = format!(r#"{{"id":"g1","displayName":"secret","members":{members}}}"#);
        let reason = group(body.as_bytes()).unwrap_err().to_string();
        assert!(!reason.contains("secret"), "{reason}");
        let listed = format!(r#"{{"Resources":[{body}]}}"#);
        assert!(page(listed.as_bytes()).is_err(), "{listed}");
    }
    let long = format!(r#"{{"id":"g1","displayName":"P","members":[{{"value":"{}"}}]}}"#, "x".repeat(70_000));
    for body in [
        "",
        "{}",
        "null",
        "<html>secret</html>",
        r#"{"id":"g1"}"#,
        r#"{"id":"g1","displayName":null}"#,
        r#"{"id":"g1","displayName":""}"#,
        r#"{"id":"","displayName":"secret"}"#,
        r#"{"displayName":"secret"}"#,
        r#"{"id":"g1","displayName":"a","displayName":"b"}"#,
        long.as_str(),
    ] {
        let reason = group(body.as_bytes()).unwrap_err().to_string();
        assert!(!reason.contains("secret"), "{reason}");
    }
    assert!(page(b"{}").is_err() && page(br#"{"totalResults":3}"#).is_err());
}

#[tokio::test(start_paused = true)]
async fn groups_are_listed_in_small_pages_each_once() {
    let mut all: Vec<Value> = (0..30).map(|i| group_json(&format!("g{i}"), &format!("P{i}"), members(i))).collect();
    all.insert(9, all[8].clone());
    let reader = team(move |_, request| slice(&all, request, 8, 30));
    let mut found: Vec<TeamGroup> = Vec::new();
    assert_eq!(reader.list_groups(&mut |group| found.push(group)).await.unwrap(), 30);
    assert_eq!(found.len(), 30);
    assert!(found.iter().enumerate().all(|(i, group)| group.members.as_ref().is_some_and(|m| m.len() == i)));
    assert_eq!(reader.paths()[1], "GET /Groups?startIndex=9&count=8");
    assert_eq!(reader.paths().len(), 5, "four pages, and the empty one");
}

#[tokio::test(start_paused = true)]
async fn a_listing_of_groups_short_of_its_total_is_refused() {
    let all: Vec<Value> = (0..20).map(|i| group_json(&format!("g{i}"), "P", members(1))).collect();
    let reader = team(move |_, request| slice(&all, request, 8, 21));
    let error = reader.list_groups(&mut |_| {}).await.unwrap_err();
    assert_eq!((error.cause, error.operation.as_str()), (Cause::ShortListing, "list the groups"));
    assert_eq!(error.detail, "twice, the pages held 20 of 21 groups");
}

#[tokio::test(start_paused = true)]
async fn eight_groups_of_10_000_fit_into_an_answer() {
    let all: Vec<Value> = (0..8).map(|i| group_json(&format!("g{i}"), "P", members(10_000))).collect();
    let Ok(response) = page_of(&all, Some(8)) else { panic!("a page") };
    assert!(response.body.len() < 16 << 20, "{}", response.body.len());
    let page = page(&response.body).unwrap();
    assert!(page.resources.iter().all(|group| group.members.as_ref().is_some_and(|m| m.len() == 10_000)));
}

#[tokio::test(start_paused = true)]
async fn one_group_is_shown_gone_or_another() {
    let there = shown(json(200, &group_json("g1", "P", members(2)).to_string()));
    assert_eq!(there.group(&id("g1")).await.unwrap().unwrap().members.unwrap().len(), 2);
    assert_eq!(there.group(&id("g2")).await.unwrap_err().cause, Cause::NotScim, "another id");
    assert_eq!(there.group(&id("..")).await.unwrap_err().cause, Cause::BadRequest);
    assert_eq!(there.paths(), ["GET /Groups/g1", "GET /Groups/g2"]);
    for answer in [scim_error(404, "", GROUP), scim_error(404, "", "?")] {
        assert_eq!(shown(answer).group(&id("g1")).await.unwrap(), None);
    }
    // The gateway's 404 may be about the address.
    let gateway = r#"{"error":{"name":"NotFound","message":"We can't seem to find what you are looking for."}}"#;
    let elsewhere = shown(json(404, gateway));
    assert_eq!(elsewhere.group(&id("g1")).await.unwrap_err().cause, Cause::NotScim);
    let gone = team(move |_, request| match request.path.starts_with("/Groups/") {
        true => json(404, gateway),
        false => page_of(&[], Some(0)),
    });
    assert_eq!(gone.group(&id("g1")).await.unwrap(), None);
    assert_eq!(gone.paths()[2], "GET /Groups?startIndex=1&count=1", "it is the groups that have to be there");
    let html = shown(Ok(Response { status: 200, headers: vec![], body: b"<html>sign in</html>".to_vec() }));
    assert_eq!(html.group(&id("g1")).await.unwrap_err().cause, Cause::NotScim);
}

#[tokio::test(start_paused = true)]
async fn a_name_is_found_exactly_and_as_often_as_it_is_there() {
    let find = |names: &'static [&'static str], size: usize| async move {
        let all: Vec<Value> =
            names.iter().enumerate().map(|(i, name)| group_json(&format!("g{i}"), name, j!([]))).collect();
        let n = all.len();
        let reader = team(move |_, request| slice(&all, request, size, n));
        let found = reader.find_groups("Platform").await.unwrap();
        found.into_iter().map(|group| group.scim_id.0).collect::<Vec<_>>()
    };
    assert!(find(&[], 8).await.is_empty());
    assert!(find(&["platform", "Platform "], 8).await.is_empty(), "a filter that was not applied");
    assert_eq!(find(&["Platform", "x", "Platform"], 8).await, ["g0", "g2"]);
    // So many pages that the whole listing is read instead.
    assert_eq!(find(&["a", "b", "c", "d", "e", "f", "Platform"], 1).await, ["g6"]);
    let all = [group_json("g1", "x", j!([]))];
    let stuck = team(move |_, _| page_of(&all, Some(9)));
    assert_eq!(stuck.find_groups("Platform").await.unwrap_err().cause, Cause::ShortListing);
    assert_eq!(stuck.find_groups(&"x".repeat(2000)).await.unwrap_err().cause, Cause::BadRequest);
}

/// What each of the five requests makes of an answer.
async fn causes(answer: impl Fn() -> Answer + Send + Sync + Copy + 'static) -> [Option<Cause>; 5] {
    let reader = team(move |_, request| match request.method {
        Method::Get => page_of(&[], Some(0)),
        _ => answer(),
    });
    let (writer, g1, people) = (Writer::new(&reader), id("g1"), [id("1")]);
    let cause = |result: Result<(), PostmanError>| result.err().map(|error| error.cause);
    [
        cause(writer.create_group("P").await.map(drop)),
        cause(writer.rename_group(&g1, "P").await.map(drop)),
        cause(writer.add_members(&g1, &people).await),
        cause(writer.remove_members(&g1, &people).await),
        cause(writer.delete_group(&g1).await),
    ]
}

#[tokio::test(start_paused = true)]
async fn whom_a_refusal_is_about() {
    use Cause::*;
    let all = |cause| [Some(cause); 5];
    let [gone, absent] = [Some(GroupGone), Some(NotInTeam)];
    assert_eq!(causes(|| scim_error(404, "", GROUP)).await[1..], [gone; 4]);
    assert_eq!(causes(|| scim_error(403, "", PERSON)).await[2..4], [absent; 2]);
    assert_eq!(causes(|| scim_error(404, "", PERSON)).await[2..4], [absent; 2]);
    // Of an unknown text, what is milder: the group is looked at, and not given up.
    assert_eq!(causes(|| scim_error(404, "", "?")).await[1..], [gone, absent, absent, gone]);
    assert_eq!(
        causes(|| scim_error(403, "", "The admin is not allowed to perform this action.")).await,
        all(NotAllowed)
    );
    assert_eq!(causes(|| scim_error(403, "", "?")).await, all(NotAllowed));
    assert_eq!(
        causes(|| scim_error(409, "uniqueness", "This person is already a member of the team.")).await,
        all(Conflict)
    );
    let name =
        "Couldn't update this team member\u{2019}s username. Try again \u{2014} it should work next time around.";
    let taken = causes(move || scim_error(400, "", name)).await;
    assert_eq!(taken, [Some(BadRequest), Some(Conflict), Some(BadRequest), Some(BadRequest), Some(Conflict)]);
    let orphaned = "Your API key was generated by a Team Admin who is no longer on your team.";
    assert_eq!(causes(move || scim_error(403, "", orphaned)).await, all(KeyOrphaned));
    assert_eq!(causes(|| scim_error(500, "", "Couldn't update this team member's information.")).await, all(Unknown));
    assert_eq!(causes(unknown).await, all(Unknown));
}

#[tokio::test(start_paused = true)]
async fn success_is_believed_only_of_the_group_that_was_meant() {
    let as_asked = || json(200, &group_json("g1", "P", Value::Null).to_string());
    assert_eq!(causes(as_asked).await, [None, None, None, None, Some(Cause::Unknown)]);
    let another = || json(200, &group_json("g2", "P", j!([])).to_string());
    assert_eq!(causes(another).await[1..], [Some(Cause::Unknown); 4]);
    let html = || Ok(Response { status: 200, headers: vec![], body: b"<html>sign in</html>".to_vec() });
    assert_eq!(causes(html).await, [Some(Cause::Unknown); 5]);
    let empty = || Ok(Response { status: 204, headers: vec![], body: vec![] });
    assert_eq!(causes(empty).await[4], None);
    let reader = shown(json(200, &group_json("g1", "New", Value::Null).to_string()));
    let renamed = Writer::new(&reader).rename_group(&id("g1"), "New").await.unwrap();
    assert_eq!(renamed, TeamGroup { scim_id: id("g1"), name: "New".into(), members: None });
    assert_eq!(reader.paths(), ["PATCH /Groups/g1"]);
}

#[tokio::test(start_paused = true)]
async fn a_page_too_large_for_an_answer_is_asked_for_one_by_one() {
    let all: Vec<Value> = (0..10).map(|n| group_json(&format!("g{n}"), &format!("G{n}"), members(1))).collect();
    let too_large = move |_, request: &Request| {
        if request.path.ends_with("count=8") { refused() } else { slice(&all, request, 1, 10) }
    };
    let reader = team(too_large);
    assert_eq!(reader.list_groups(&mut |_| {}).await.unwrap(), 10);
    let asked = reader.paths();
    assert!(asked[0].ends_with("count=8") && asked[1..].iter().all(|path| path.ends_with("count=1")), "{asked:?}");
    // One group that is too large by itself is an end.
    let reader = team(|_, _| refused());
    assert_eq!(reader.list_groups(&mut |_| {}).await.unwrap_err().cause, Cause::NotScim);
    assert_eq!(reader.paths().len(), 2);
}

/// Bugs of `src/planted.rs` that these tests are there for.
#[cfg(feature = "planted")]
#[test]
fn planted_bugs_are_found() {
    use crate::planted::Bug;
    Bug::NotFoundIsNoGroup.is_caught_by(one_group_is_shown_gone_or_another);
}
