//! (f) A whole tenant of a rented directory, read page by page over HTTP: how many requests, how much memory, and how long
//! beside a floor, a bare client that reads the same pages one after the other and throws them away. Ours decodes them besides
//! and decides about everybody.
//!
//! The pages are those of the emulators of the tests, kept on a tape, so that making them costs nothing while it counts. Each
//! answer takes `AWAY` besides, as from a server far away.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::directories::cloud::{Asked, Cloud, Common, Failure, Reply, Served};
use crate::directories::entra;
use crate::directories::google;
use crate::directories::keycloak;
use crate::directories::okta;
use crate::lab::{Lab, mib};
use crate::support::{Row, row};
use crate::team::{Count, person};
use crate::{median, ratio, seconds};

const RUNS: usize = 3;
const AWAY: Duration = Duration::from_millis(20);

/// A directory that answers a question as it did the first time.
struct Tape<D> {
    common: Common<Self>,
    directory: D,
    kept: HashMap<String, Reply>,
}

impl<D: Cloud> Cloud for Tape<D> {
    fn common(&mut self) -> &mut Common<Self> {
        &mut self.common
    }

    fn answer(&mut self, asked: &Asked) -> Reply {
        let start = Instant::now();
        self.directory.common().base = self.common.base.clone();
        if asked.method != "GET" {
            let reply = self.directory.answer(asked);
            return self.directory.dress(asked, reply);
        }
        if !self.kept.contains_key(&asked.target) {
            let reply = self.directory.answer(asked);
            let reply = self.directory.dress(asked, reply);
            self.kept.insert(asked.target.clone(), reply);
        }
        let kept = &self.kept[&asked.target];
        let mut reply = Reply::bare(kept.status);
        reply.headers.clone_from(&kept.headers);
        reply.body.clone_from(&kept.body);
        std::thread::sleep(AWAY.saturating_sub(start.elapsed()));
        reply
    }

    fn fail(&mut self, failure: &Failure) -> Reply {
        self.directory.fail(failure)
    }

    fn dress(&mut self, _: &Asked, reply: Reply) -> Reply {
        reply
    }
}

pub fn measure(people: usize) {
    let rows: Vec<Row> = (1..=people).map(in_directory).collect();
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();

    let mut org = okta::Org::of(rows.iter().map(okta::user).collect());
    org.rate_limit = u32::MAX;
    org.assign(&ids);
    let org = taped(org);
    let source = format!(
        "type = \"okta\"\nurl = \"{}\"\ntoken_file = \"secret\"\napp = \"{}\"\n{}",
        org.url(),
        okta::APP,
        mapping("profile.email", "profile.firstName", "profile.lastName")
    );
    one("okta", people.div_ceil(500), 3, people, &org, &source, okta::TOKEN);

    let mut tenant = entra::Tenant::of(rows.iter().map(entra::user).collect());
    let members: Vec<String> = rows.iter().map(|row| entra::user_id(&row.id)).collect();
    tenant.groups.push(entra::group("1", "Postman", &members));
    tenant.assign("Group", &entra::group_id("1"));
    let tenant = taped(tenant);
    let url = tenant.url();
    let source = format!(
        "type = \"entra\"\nurl = \"{url}\"\nlogin_url = \"{url}\"\ntenant = \"{}\"\nclient_id = \"{}\"\n\
         client_secret_file = \"secret\"\napp = \"{}\"\n{}",
        entra::TENANT,
        entra::CLIENT,
        entra::APP,
        mapping("mail", "givenName", "surname")
    );
    one("entra", people.div_ceil(999), 4, people, &tenant, &source, entra::SECRET);

    let account = google::Account::of(rows.iter().map(google::user).collect());
    let key_file = account.key_file("https://oauth2.googleapis.com");
    let account = taped(account);
    let url = account.url();
    let source = format!(
        "type = \"google\"\nurl = \"{url}\"\nlogin_url = \"{url}\"\nkey_file = \"secret\"\nsubject = \"{}\"\n\
         limit_share = 100\n{}",
        google::ADMIN,
        mapping("primaryEmail", "name.givenName", "name.familyName")
    );
    one("google", people.div_ceil(500), 2, people, &account, &source, &key_file);

    let realm = taped(keycloak::Realm::of(rows.iter().map(keycloak::user).collect()));
    let source = format!(
        "type = \"keycloak\"\nurl = \"{}\"\nrealm = \"{}\"\nclient_id = \"{}\"\nclient_secret_file = \"secret\"\n{}",
        realm.url(),
        keycloak::REALM,
        keycloak::CLIENT,
        mapping("email", "firstName", "lastName")
    );
    one("keycloak", people.div_ceil(500), 4, people, &realm, &source, keycloak::SECRET);
}

fn taped<D: Cloud>(directory: D) -> Served<Tape<D>> {
    Served::start(Tape { common: Common::new(), directory, kept: HashMap::new() })
}

/// Who is in the team already.
fn in_directory(n: usize) -> Row {
    let (mail, given, family) = person(n);
    row(&n.to_string(), &given, &family, mail.trim_end_matches("@acme.example"))
}

fn mapping(user_name: &str, given_name: &str, family_name: &str) -> String {
    format!("[mapping]\nuser_name = \"{user_name}\"\ngiven_name = \"{given_name}\"\nfamily_name = \"{family_name}\"\n")
}

/// `pages`: as few as the provider's page size allows. `besides`: a token, and who and what it is.
fn one<D: Cloud>(
    name: &str,
    pages: usize,
    besides: usize,
    people: usize,
    served: &Served<Tape<D>>,
    source: &str,
    secret: &str,
) {
    // The first reading makes the tape, and the emulators make a page of everybody they have.
    let source = format!("timeout = \"2h\"\n{source}");
    let mut lab = Lab::with_source(people, u32::MAX, &source);
    lab.write("secret", secret);
    let first = lab.sync();
    assert_eq!(first.report["adopted"], people, "everybody is in the team already, and is adopted");
    lab.team.count();
    served.requests();
    let (mut floors, mut times, mut peak_kib, mut requests) = (Vec::new(), Vec::new(), 0, Vec::new());
    for _ in 0..RUNS {
        let run = lab.sync();
        assert_eq!(run.report["proposal"]["sources"][0]["understood"]["mapped"], people);
        assert_eq!(lab.team.count(), Count { reads: 1, writes: 0, limited: 0 }, "a quiet cycle is one read");
        requests = served.requests();
        times.push(run.time);
        peak_kib = peak_kib.max(run.peak_kib);
        floors.push(floor(&served.url(), &requests));
        served.requests();
    }
    println!(
        "clouds {name} {people}: `sync` {} ({}), {pages} pages and {} requests besides; peak {}",
        seconds(median(times.clone())),
        ratio(median(times), median(floors)),
        requests.len() - pages,
        mib(peak_kib),
    );
    assert!(requests.len() <= pages + besides, "{requests:#?}");
}

/// The same GETs in the same order, read to the end and thrown away.
fn floor(url: &str, requests: &[String]) -> Duration {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let start = Instant::now();
    for line in requests.iter().filter(|line| line.starts_with('/')) {
        let read = async { client.get(format!("{url}{line}")).send().await.unwrap().bytes().await.unwrap() };
        assert!(!runtime.block_on(read).is_empty());
    }
    start.elapsed()
}
