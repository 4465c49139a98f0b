//! An LDAP server (RFC 4511) for tests, with the caps and the troubles that no server from a package shows on demand.
//!
//! ```ignore
//! let mut world = World::new(Dialect::ActiveDirectory);        // or OpenLdap, Ds389
//! world.set_people(&crowd(2_500));                             // rows of tests/it/support.rs, below world.people_base()
//! world.set_group("Staff", &[world.dn("1"), world.dn("2")]);   // below world.groups_base()
//! world.knobs.page_cap = Some(PageCap::Clamp(1_000));
//! let server = LdapServer::start(world);                       // its own thread; gone when dropped
//! lab.write("ldap.password", PASSWORD);
//! lab.source(&server.source());                                // or server.url(): ldap://127.0.0.1:PORT
//! server.change(|world| world.knobs.faults.push(Fault::page(3, What::Code(Rc::Busy))));   // while it runs
//! server.log();                                                // every request, in order
//! ```
//!
//! The account that reads is `world.reader()` with `PASSWORD`. What a person's row becomes is told at `World::set_people`.
//! Ids are made of ASCII bytes, because the codec of ldap3_proto reads values of filters as text only.
//!
//! Never: shares code with the product, or listens on anything but 127.0.0.1.

mod connection;
mod entry;
mod filter;
mod knobs;
mod root_dse;
mod search;
mod tests;
mod world;

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

pub use entry::Entry;
pub use knobs::{Fault, Knobs, LetterCase, PageCap, What};
pub use ldap3_proto::proto::LdapResultCode as Rc;
pub use world::{Dialect, PASSWORD, World};

/// A request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Connections are counted from 1.
    pub connection: u64,
    pub request: Request,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    Bind {
        dn: String,
        how: &'static str,
    },
    WhoAmI,
    StartTls,
    Search {
        base: String,
        scope: &'static str,
        /// As the codec shows it; for `contains`.
        filter: String,
        attributes: Vec<String>,
        /// Of the paged results control.
        page_size: Option<i64>,
        /// Whether it came with a cookie: another page of an earlier search.
        goes_on: bool,
        /// Whether values were left out.
        types_only: bool,
    },
    /// Something that would change the directory, or that this server does not know.
    Other(String),
}

/// What connections share.
#[derive(Clone)]
struct Shared {
    world: Arc<Mutex<World>>,
    log: Arc<Mutex<Vec<Logged>>>,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }
}

/// A running server; dropping it closes the port and every connection.
pub struct LdapServer {
    address: SocketAddr,
    shared: Shared,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl LdapServer {
    pub fn start(world: World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Shared { world: Arc::new(Mutex::new(world)), log: Arc::default() };
        let (stop, stopped) = oneshot::channel();
        let of_server = shared.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    () = connection::accept(listener, of_server) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, shared, stop: Some(stop), thread: Some(thread) }
    }

    /// `ldap://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("ldap://{}", self.address)
    }

    /// Lines of a `[[source]]` that reads its people; `ldap.password` has to hold `PASSWORD`.
    pub fn source(&self) -> String {
        let world = self.shared.world();
        let directory = match world.dialect {
            Dialect::OpenLdap => "openldap",
            Dialect::Ds389 => "389ds",
            Dialect::ActiveDirectory => "active_directory",
        };
        let (url, reader, base) = (self.url(), world.reader(), world.people_base());
        format!(
            "type = \"ldap\"\nurls = [\"{url}\"]\nallow_plaintext = true\ndirectory = \"{directory}\"\n\
             bind_dn = \"{reader}\"\npassword_file = \"ldap.password\"\nbases = [\"{base}\"]\n"
        )
    }

    /// Changes what it holds or how it behaves, from the next request on.
    pub fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.shared.world());
    }

    /// Every request so far.
    pub fn log(&self) -> Vec<Logged> {
        self.shared.log.lock().unwrap().clone()
    }

    pub fn clear_log(&self) {
        self.shared.log.lock().unwrap().clear();
    }

    /// How many connections were opened since the log was cleared and asked for anything.
    pub fn connections(&self) -> usize {
        let mut numbers: Vec<u64> = self.log().iter().map(|logged| logged.connection).collect();
        numbers.dedup();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.len()
    }

    /// Requests that a reader never sends.
    pub fn writes(&self) -> Vec<String> {
        let other = |logged: Logged| match logged.request {
            Request::Other(what) => Some(what),
            _ => None,
        };
        self.log().into_iter().filter_map(other).collect()
    }
}

impl Drop for LdapServer {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended by a panic of its own, which the test has seen as a lost connection.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
