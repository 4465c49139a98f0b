//! The LDAP side: a relay in front of the directory lets a session go on until so many bytes of answers have passed, and then does
//! what it wants. What the protocol itself makes of odd answers is in `crate::ldap`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::beside;
use super::front::map;
use super::gate::{Gate, Step, play};
use super::run::{complaints, none, run};
use crate::contract::{Directory, FIXTURES, Trouble};
use crate::support::{Lab, crowd, team};

/// What the relay does, and how many bytes of answers have to pass before.
#[derive(Clone)]
struct Cut {
    after: usize,
    steps: Vec<Step>,
}

/// Returns its address. `passed`: how many bytes of answers the longest session has.
fn relay(lab: &Lab, server: String, cut: Option<Cut>, passed: Arc<AtomicUsize>) -> String {
    lab.wait(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let upstream = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(carry(client, upstream, cut.clone(), passed.clone()));
            }
        });
        address
    })
}

async fn carry(mut client: TcpStream, mut server: TcpStream, cut: Option<Cut>, passed: Arc<AtomicUsize>) {
    let (mut asked, mut answered) = ([0; 4096], [0; 4096]);
    let mut left = cut.as_ref().map_or(usize::MAX, |cut| cut.after);
    let mut here = 0;
    while left > 0 {
        tokio::select! {
            read = client.read(&mut asked) => match read {
                Ok(n @ 1..) => server.write_all(&asked[..n]).await.unwrap(),
                _ => return,
            },
            read = server.read(&mut answered) => match read {
                Ok(n @ 1..) => {
                    let n = n.min(left);
                    left -= n;
                    here += n;
                    passed.fetch_max(here, Ordering::SeqCst);
                    if client.write_all(&answered[..n]).await.is_err() {
                        return;
                    }
                }
                _ => return,
            },
        }
    }
    for step in cut.into_iter().flat_map(|cut| cut.steps) {
        if !play(&mut client, step).await {
            return;
        }
    }
}

struct Scene {
    lab: Lab,
    directory: Box<dyn Directory>,
    lines: String,
    server: String,
    trap: Gate,
}

impl Scene {
    fn with_work() -> Self {
        let (_, open) = FIXTURES.iter().find(|(name, _)| *name == "openldap").unwrap();
        let (mut directory, mut lab) = (open(), Lab::new(team()));
        let lines = directory.lines(&lab);
        let server = lines.split("ldap://").nth(1).unwrap().split('"').next().unwrap().to_owned();
        lab.set("safety", "first_sync = \"apply\"");
        for wait in ["settle_wait", "absence_wait"] {
            lab.set("safety", &format!("{wait} = \"0s\""));
        }
        map(&mut lab, directory.as_ref());
        lab.wide_open();
        lab.source(&lines);
        directory.show(&lab, &crowd(8), Trouble::None).unwrap();
        lab.run(&["sync"]).exits(0);
        lab.sandbox.clear_log();
        directory.show(&lab, &crowd(7), Trouble::None).unwrap();
        Self { lab, directory, lines, server, trap: Gate::trap("127.0.0.1:0") }
    }

    fn through(&mut self, address: &str) {
        self.lab.source(&format!("{}timeout = \"2s\"\n", self.lines.replace(&self.server, address)));
    }
}

/// BER of a sequence that announces that many bytes.
fn announces(bytes: u32) -> Vec<u8> {
    [&[0x30, 0x84][..], &bytes.to_be_bytes()].concat()
}

#[test]
fn a_session_that_breaks_anywhere_removes_nobody() {
    // How much passes in a whole session, so that each place within one can be hit.
    let whole = {
        let (mut scene, passed) = (Scene::with_work(), Arc::new(AtomicUsize::new(0)));
        let address = relay(&scene.lab, scene.server.clone(), None, passed.clone());
        scene.through(&address);
        scene.lab.run(&["plan"]).exits(0);
        passed.load(Ordering::SeqCst)
    };
    let ends = [
        ("C1 an end", vec![Step::Close]),
        ("C1 a reset", vec![Step::Reset]),
        ("C1 half closed", vec![Step::HalfClose]),
        ("C2 silence", vec![Step::Silence]),
        ("C2 a drip", vec![Step::Send(announces(1 << 20)), Step::Drip(vec![4, 1, 0])]),
        ("C3 4 GB announced, and silence", vec![Step::Send(announces(u32::MAX)), Step::Silence]),
        ("C3 4 GB announced, and an end", vec![Step::Send(announces(u32::MAX)), Step::Close]),
        ("C5 no BER", vec![Step::Send(vec![0xff; 64]), Step::Close]),
        ("C5 a length without an end", vec![Step::Send(vec![0x30, 0x80, 0, 0]), Step::Close]),
        ("C11 HTTP", vec![Step::Send(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()), Step::Close]),
    ];
    let places = [1, 7, 5, 3].map(|eighths| whole * eighths / 8);
    let all = ends.into_iter().enumerate().flat_map(|(n, (name, steps))| {
        // Two places each, so that every place has every kind of end within a few.
        [n % 4, (n + 2) % 4].map(|at| (name, Cut { after: places[at], steps: steps.clone() }))
    });
    none(&beside(all.collect(), |(name, cut)| {
        let mut scene = Scene::with_work();
        let address = relay(&scene.lab, scene.server.clone(), Some(cut.clone()), Arc::default());
        scene.through(&address);
        let ran = run(&scene.lab, &["sync"], &scene.trap);
        let wrong = complaints(&scene.lab, &ran, &scene.trap, 1, &[]);
        scene.lab.source(&scene.lines.clone());
        scene.lab.run(&["sync"]).exits(0);
        let sent = scene.lab.sent();
        let undone = (sent != ["deactivate p8@acme.example"]).then(|| format!("then {sent:?}"));
        assert!(scene.directory.writes().is_empty());
        wrong
            .into_iter()
            .chain(undone)
            .map(|what| format!("{name} after {} of {whole} bytes: {what}", cut.after))
            .collect()
    }));
}
