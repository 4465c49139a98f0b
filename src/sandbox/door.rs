//! The in-process door: the sandbox as a `Transport`, for simulation. No socket, no time passes.
//!
//! Never: treats a request otherwise than the HTTP door would, but for waiting.

use secrecy::ExposeSecret;

use crate::http::{Request, Response, Transport, TransportError};

use super::Sandbox;
use super::call::Call;
use super::machine::Reply;

impl Transport for Sandbox {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let call = Call {
            method: request.method.as_str().to_owned(),
            path: request.path,
            types: None,
            authorization: Some(request.authorization.expose_secret().to_owned()),
            body: request.body.unwrap_or_default(),
        };
        let unknown = |reason: &str| Err(TransportError::Unknown { host: host(), reason: reason.to_owned() });
        let (seq, reply) = self.take(call);
        let reply = if let Reply::Held(_) = reply { self.resume(seq) } else { reply };
        self.finished(seq);
        match reply {
            Reply::Answer(response) | Reply::Drip(response, _) => Ok(response),
            Reply::Late(..) => unknown("timed out"),
            Reply::Cut(_) => unknown("the body was cut"),
            Reply::Reset | Reply::Held(_) => unknown("connection reset"),
            Reply::NotSent => Err(TransportError::NotSent { host: host(), reason: "connection refused".to_owned() }),
        }
    }
}

fn host() -> String {
    "sandbox".to_owned()
}
