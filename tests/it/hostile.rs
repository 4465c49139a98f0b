//! A hostile wire, on both sides: the matrix C1 to C13 of safety.md §2.2 over real sockets, against the built program. Whatever
//! comes over it, the program ends by itself with a word about what is wrong, takes at most 256 MiB, sends no write on account of
//! it, takes nobody's access away, and shows no other origin a byte.
//!
//! `gate` is the hostile end, `attacks` what it says, `run` the judge, and `plants` shows that the judge sees what it should.
//! Names that only a resolver could make hostile (an address that changes between two questions) cannot be had without one; what
//! stands against them is TLS, which `tls` shows.

mod attacks;
mod front;
mod gate;
mod ids;
mod ldap;
mod limits;
mod links;
mod matrix;
mod plants;
mod run;
mod sources;
mod target;
mod tls;

use std::sync::Mutex;

/// Most of the time is waiting, so several at once.
const AT_ONCE: usize = 6;

/// Each of these, several beside each other; what they return, together.
fn beside<T: Send>(all: Vec<T>, one: impl Fn(T) -> Vec<String> + Sync) -> Vec<String> {
    let (left, found) = (Mutex::new(all.into_iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().next();
                    let Some(next) = next else { return };
                    let wrong = one(next);
                    found.lock().unwrap().extend(wrong);
                }
            });
        }
    });
    found.into_inner().unwrap()
}
