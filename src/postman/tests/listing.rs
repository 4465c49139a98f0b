//! Listings that do not add up, filters that are not applied, ids that are not what was asked for.

use serde_json::Value;

use super::*;

fn users(n: usize) -> Vec<Value> {
    (0..n).map(|i| user(&format!("id{i}"), &format!("user{i}@example.com"), true)).collect()
}

fn start_index(request: &Request) -> usize {
    let query = request.path.split_once("startIndex=").unwrap().1;
    query.split('&').next().unwrap().parse().unwrap()
}

/// A page of at most `size` of them, as the request asks.
fn slice(all: &[Value], request: &Request, size: usize, total: Option<usize>) -> Answer {
    let from = (start_index(request) - 1).min(all.len());
    page_of(&all[from..(from + size).min(all.len())], total)
}

async fn listed(reader: &Reader<Script>) -> Result<Vec<String>, Cause> {
    let mut ids = Vec::new();
    let n_shown = reader.list(&mut |member| ids.push(member.scim_id.0)).await.map_err(|error| error.cause)?;
    assert_eq!(n_shown, ids.len() as u64);
    let distinct: std::collections::BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "an id was shown twice");
    Ok(ids)
}

#[tokio::test(start_paused = true)]
async fn pages_advance_by_what_came_back() {
    for (size, pages) in [(100, 4), (37, 8), (1000, 2)] {
        let all = users(250);
        let reader = team(move |_, request| slice(&all, request, size, Some(250)));
        assert_eq!(listed(&reader).await.unwrap().len(), 250);
        assert_eq!(reader.paths().len(), pages);
        assert!(reader.paths().iter().all(|path| path.ends_with("&count=100")));
    }
    let none = team(|_, _| page_of(&[], Some(0)));
    assert_eq!(listed(&none).await.unwrap().len(), 0);
    let no_total = users(120);
    let no_total = team(move |_, request| slice(&no_total, request, 100, None));
    assert_eq!(listed(&no_total).await.unwrap().len(), 120);
}

#[tokio::test(start_paused = true)]
async fn the_total_beside_the_last_empty_page_does_not_count() {
    let all = users(150);
    let reader = team(move |_, request| {
        let total = if start_index(request) > 150 { 0 } else { 150 };
        slice(&all, request, 100, Some(total))
    });
    assert_eq!(listed(&reader).await.unwrap().len(), 150);
}

#[tokio::test(start_paused = true)]
async fn a_listing_short_of_its_total_is_read_again_and_then_refused() {
    let all = users(150);
    let (short, whole) = (all.clone(), all.clone());
    let once = team(move |n, request| slice(if n < 3 { &short[..149] } else { &whole }, request, 100, Some(150)));
    assert_eq!(listed(&once).await.unwrap().len(), 150);
    let always = team(move |_, request| slice(&all[..149], request, 100, Some(150)));
    assert_eq!(listed(&always).await, Err(Cause::ShortListing));
    assert_eq!(always.paths().len(), 6);
    let emptied = team(|_, _| page_of(&[], Some(150)));
    assert_eq!(listed(&emptied).await, Err(Cause::ShortListing));
}

/// The union of two short readings is not a whole one: each may lack somebody else.
#[tokio::test(start_paused = true)]
async fn two_short_readings_do_not_make_a_whole_one() {
    let all = users(50);
    let reader = team(move |n, request| {
        let part = if n < 2 { &all[..49] } else { &all[1..] };
        slice(part, request, 100, Some(50))
    });
    assert_eq!(listed(&reader).await, Err(Cause::ShortListing));
}

#[tokio::test(start_paused = true)]
async fn somebody_who_leaves_while_listing_makes_no_alarm_and_somebody_twice_counts_once() {
    let all = users(150);
    let leaves = team(move |_, request| {
        if start_index(request) == 1 {
            slice(&all, request, 100, Some(150))
        } else {
            slice(&all[..149], request, 100, Some(149))
        }
    });
    assert_eq!(listed(&leaves).await.unwrap().len(), 149);
    // Somebody new at the front shifts everybody: the last of page one is the first of page two.
    let mut shifted = users(150);
    shifted.insert(100, shifted[99].clone());
    let shifts = team(move |_, request| slice(&shifted, request, 100, Some(150)));
    assert_eq!(listed(&shifts).await.unwrap().len(), 150);
}

#[tokio::test(start_paused = true)]
async fn the_same_page_for_ever_ends() {
    for (total, expected) in
        [(Some(250), Err(Cause::ShortListing)), (None, Err(Cause::ShortListing)), (Some(100), Ok(100))]
    {
        let all = users(100);
        let reader = team(move |_, _| page_of(&all, total));
        assert_eq!(listed(&reader).await.map(|ids| ids.len()), expected, "{total:?}");
        assert!(reader.paths().len() <= 4);
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_comes_twice_does_not_stand_in_for_another() {
    let all = users(100);
    let reader = team(move |_, request| match start_index(request) {
        ..=200 => page_of(&all, Some(200)),
        _ => page_of(&[], Some(200)),
    });
    assert_eq!(listed(&reader).await.unwrap_err(), Cause::ShortListing);
}

#[tokio::test(start_paused = true)]
async fn pages_that_never_end_are_bounded() {
    let reader = team(|n, _| page_of(&[user(&format!("id{n}"), &format!("u{n}@x"), true)], None));
    let mut ignore = |_| {};
    assert_eq!(reader.list(&mut ignore).await.unwrap_err().cause, Cause::ShortListing);
    assert_eq!(reader.paths().len(), 20_000);
}

#[tokio::test(start_paused = true)]
async fn an_error_in_the_middle_is_an_error_of_the_whole() {
    let all = users(250);
    let reader = team(move |_, request| match start_index(request) {
        101 => scim_error(401, "", "Unable to access the team."),
        _ => slice(&all, request, 100, Some(250)),
    });
    assert_eq!(listed(&reader).await, Err(Cause::KeyRefused));
}

/// What Postman does: the filter is case-sensitive.
fn filtering(stored: &'static str) -> Reader<Script> {
    team(move |_, request| {
        let url = url::Url::parse(&format!("https://host.example{}", request.path)).unwrap();
        let (_, filter) = url.query_pairs().next().unwrap();
        let asked: String = serde_json::from_str(filter.strip_prefix("userName eq ").unwrap()).unwrap();
        let hit = [user("1", stored, true)];
        page_of(if asked == stored && start_index(request) == 1 { &hit } else { &[] }, Some(1))
    })
}

#[tokio::test(start_paused = true)]
async fn a_name_is_asked_for_as_given_and_then_in_lower_case() {
    let find = |stored, asked: &'static str| async move {
        let reader = filtering(stored);
        let found = reader.find(&UserName::new(asked)).await.unwrap();
        (found.map(|member| member.account.user_name.as_str().to_owned()), reader.paths().len())
    };
    assert_eq!(find("Ada@x", "Ada@x").await, (Some("Ada@x".into()), 1));
    assert_eq!(find("ada@x", "Ada@x").await, (Some("ada@x".into()), 2));
    assert_eq!(find("bob@x", "ada@x").await, (None, 1));
    assert_eq!(find("bob@x", "Ada@x").await, (None, 2));
    assert_eq!(find("a\"+\\b@x", "a\"+\\b@x").await, (Some("a\"+\\b@x".into()), 1));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_ignores_the_filter_fools_nobody() {
    let find = |n: usize, asked: &'static str| async move {
        let all = users(n);
        let reader = team(move |_, request| slice(&all, request, 100, Some(n)));
        let found = reader.find(&UserName::new(asked)).await.unwrap();
        found.map(|member| member.scim_id.0)
    };
    assert_eq!(find(30, "user7@example.com").await.as_deref(), Some("id7"));
    assert_eq!(find(30, "nobody@example.com").await, None);
    assert_eq!(find(30, "ser7@example.com").await, None);
    assert_eq!(find(1200, "user1150@example.com").await.as_deref(), Some("id1150"));
    assert_eq!(find(1200, "nobody@example.com").await, None);
    let all = users(100);
    let stuck = team(move |_, _| page_of(&all, Some(5000)));
    let error = stuck.find(&UserName::new("nobody@example.com")).await.unwrap_err();
    assert_eq!(error.cause, Cause::ShortListing);
}

#[tokio::test(start_paused = true)]
async fn an_id_is_escaped_refused_or_compared() {
    let odd = "a/../b?c#d";
    let reader = team(move |_, _| json(200, &user(odd, "a@x", true).to_string()));
    assert_eq!(reader.get(&id(odd)).await.unwrap().unwrap().scim_id, id(odd));
    assert_eq!(reader.paths(), ["GET /Users/a%2F..%2Fb%3Fc%23d"]);
    for bad in ["", ".", ".."] {
        let error = reader.get(&id(bad)).await.unwrap_err();
        assert_eq!((error.cause, reader.paths().len()), (Cause::BadRequest, 1));
    }
    assert_eq!(reader.get(&id("other")).await.unwrap_err().cause, Cause::NotScim);
    let too_long = UserName::new("x".repeat(2000));
    assert_eq!(reader.find(&too_long).await.unwrap_err().cause, Cause::BadRequest);
}

#[tokio::test(start_paused = true)]
async fn a_probe_counts_the_team() {
    let reader = team(|_, _| page_of(&[user("1", "a@x", true)], Some(42)));
    assert_eq!(reader.probe().await.unwrap(), 42);
    assert_eq!(reader.paths(), ["GET /Users?startIndex=1&count=1"]);
}

/// A team that takes its time: each page comes a minute after it was asked for.
struct Slow {
    pages: u64,
}

impl Transport for Slow {
    async fn send(&self, request: Request) -> Answer {
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        let start_index: u64 = request.path.split(['=', '&']).nth(1).unwrap().parse().unwrap();
        let is_past = start_index > self.pages;
        let members = [user(&start_index.to_string(), &format!("p{start_index}@example.com"), true)];
        page_of(if is_past { &[] } else { &members }, Some(usize::try_from(self.pages).unwrap()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_listing_ends_within_half_an_hour_and_what_its_rate_takes() {
    let list = |pages, reads_per_min| async move {
        let key = KeySource::Environment(SecretString::from("PMAK-false"));
        let limits = pace::Limits { reads_per_min, writes_per_min: 1 };
        let credentials = Credentials::new(key, Auth::Bearer).unwrap();
        let reader = Reader::new(Slow { pages }, credentials, limits, Clock::virtual_at(1_800_000_000));
        reader.list(&mut |_| {}).await
    };
    // The empty page behind the last one is the 31st, and is asked for after 30 minutes.
    assert_eq!(list(30, 100_000).await.unwrap(), 30);
    let error = list(31, 100_000).await.unwrap_err();
    assert_eq!((error.cause, error.detail.as_str()), (Cause::Unavailable, "the listing did not end within 30 minutes"));
    assert_eq!(list(60, 1).await.unwrap(), 60, "a low limit of our own is not the team's slowness");
}

/// Bugs of `src/planted.rs` that these tests are there for.
#[cfg(feature = "planted")]
#[test]
fn planted_bugs_are_found() {
    use crate::planted::Bug;
    Bug::SkipsTheTotal.is_caught_by(a_listing_short_of_its_total_is_read_again_and_then_refused);
    Bug::CountsRepeats.is_caught_by(a_page_that_comes_twice_does_not_stand_in_for_another);
    Bug::BelievesTheFilter.is_caught_by(a_service_that_ignores_the_filter_fools_nobody);
}
