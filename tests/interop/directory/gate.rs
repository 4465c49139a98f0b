//! A wire between the program and its directory, which can be held in the middle of a reading. It carries TLS unread.
//!
//! Never: changes a byte.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// A port of this machine that leads to a server.
pub struct Gate {
    pub port: u16,
    wire: Arc<Wire>,
}

struct Wire {
    server: SocketAddr,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Bytes that came from the server since the gate was last set.
    passed: usize,
    /// Nothing goes beyond that many of them.
    hold_at: usize,
    held: bool,
    /// Since then, the most bytes that one client sent after the server's first word.
    replied_most: usize,
}

impl State {
    fn new(hold_at: usize) -> Self {
        Self { passed: 0, hold_at, held: false, replied_most: 0 }
    }
}

impl Gate {
    pub fn before(server: SocketAddr) -> Self {
        let wire = Wire { server, state: Mutex::new(State::new(usize::MAX)), changed: Condvar::new() };
        let wire = Arc::new(wire);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let kept = wire.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let wire = kept.clone();
                std::thread::spawn(move || wire.carry(&client));
            }
        });
        Self { port, wire }
    }

    /// How much came from the server since the gate was set.
    pub fn passed(&self) -> usize {
        self.wire.state.lock().unwrap().passed
    }

    /// The most that one client sent after the server's first word. In TLS: the rest of its handshake and all requests, or
    /// no more than an alert.
    pub fn replied_most(&self) -> usize {
        self.wire.state.lock().unwrap().replied_most
    }

    /// Holds everything behind that many bytes; `usize::MAX` holds nothing.
    pub fn set(&self, hold_at: usize) {
        *self.wire.state.lock().unwrap() = State::new(hold_at);
        self.wire.changed.notify_all();
    }

    /// Waits until something is held; `meanwhile` can give up.
    pub fn wait_until_held(&self, mut meanwhile: impl FnMut()) {
        let mut state = self.wire.state.lock().unwrap();
        while !state.held {
            state = self.wire.changed.wait_timeout(state, Duration::from_millis(50)).unwrap().0;
            if !state.held {
                drop(state);
                meanwhile();
                state = self.wire.state.lock().unwrap();
            }
        }
    }
}

impl Wire {
    /// One connection. Ends when either end does.
    fn carry(&self, client: &TcpStream) {
        let Ok(server) = TcpStream::connect(self.server) else {
            let _ = client.shutdown(Shutdown::Both);
            return;
        };
        let has_spoken = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let (mut bytes, mut replied) = ([0; 1024], 0);
                while let Ok(n @ 1..) = (&*client).read(&mut bytes) {
                    if has_spoken.load(Ordering::SeqCst) {
                        replied += n;
                        let mut state = self.state.lock().unwrap();
                        state.replied_most = state.replied_most.max(replied);
                    }
                    if (&server).write_all(&bytes[..n]).is_err() {
                        break;
                    }
                }
                let _ = server.shutdown(Shutdown::Both);
            });
            let mut bytes = [0; 1024];
            while let Ok(n @ 1..) = (&server).read(&mut bytes) {
                has_spoken.store(true, Ordering::SeqCst);
                self.pass(n);
                if (&*client).write_all(&bytes[..n]).is_err() {
                    break;
                }
            }
            let _ = client.shutdown(Shutdown::Both);
            let _ = server.shutdown(Shutdown::Both);
        });
    }

    fn pass(&self, n: usize) {
        let mut state = self.state.lock().unwrap();
        state.passed += n;
        while state.passed > state.hold_at {
            state.held = true;
            self.changed.notify_all();
            state = self.changed.wait(state).unwrap();
        }
    }
}
