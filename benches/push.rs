//! (b) A first sync of newcomers with the limits lifted, beside its floor: a bare client that sends as many POSTs at
//! the same concurrency, and as many durable writes as the marks and the answers need.

use std::io::Write;
use std::time::{Duration, Instant};

use futures_util::StreamExt;

use crate::lab::{Lab, mib};
use crate::team::{KEY, TeamProcess, person};
use crate::{ratio, seconds};

/// As `engine::apply` has them.
const BATCH: usize = 32;
const CONCURRENCY: usize = 8;

pub fn measure(people: usize) {
    let mut lab = Lab::new(0, people, u32::MAX);
    let run = lab.sync();
    assert_eq!(run.report["outcomes"].as_array().unwrap().len(), people);
    let count = lab.team.count();
    assert_eq!((count.writes, count.limited), (people, 0));
    let floor = posts(people) + fsyncs(&lab, 2 * people.div_ceil(BATCH));
    let per_s = people as f64 / run.time.as_secs_f64();
    println!(
        "push {people}: {} ({}), {per_s:.0} creates/s, {} reads, peak {}",
        seconds(run.time),
        ratio(run.time, floor),
        count.reads,
        mib(run.peak_kib)
    );
}

fn posts(people: usize) -> Duration {
    let mut team = TeamProcess::start(0, u32::MAX);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let url = format!("{}/Users", team.base_url);
    let start = Instant::now();
    let sent = futures_util::stream::iter(1..=people).map(|n| {
        let (user_name, given, family) = person(n);
        let body = serde_json::json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": user_name, "name": {"givenName": given, "familyName": family}, "active": true,
        });
        let request = client.post(&url).bearer_auth(KEY).header("content-type", "application/json");
        let request = request.body(body.to_string());
        async move { request.send().await.unwrap().bytes().await.map(|_| ()).unwrap() }
    });
    runtime.block_on(sent.buffer_unordered(CONCURRENCY).collect::<Vec<()>>());
    let time = start.elapsed();
    assert_eq!(team.count().writes, people);
    time
}

/// One page each, made durable, in the folder of the state.
fn fsyncs(lab: &Lab, n: usize) -> Duration {
    let mut file = std::fs::File::create(lab.path("state/floor")).unwrap();
    let start = Instant::now();
    for _ in 0..n {
        file.write_all(&[0; 4096]).unwrap();
        file.sync_data().unwrap();
    }
    start.elapsed()
}
