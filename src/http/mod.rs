//! One hardened HTTP client under every adapter: deadlines, size limits, no redirects, one origin.
//!
//! Never: follows a redirect or a link to another origin, reads proxies from the environment unless told to,
//! or repeats a request by itself.

mod body;
pub mod certificate;
pub mod client;
pub(crate) mod headers;
mod origin;

use std::future::Future;

use secrecy::SecretString;

pub(crate) use origin::label;

/// The methods SCIM needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// One request, relative to the transport's base URL.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: Method,
    /// Begins with `/`; path segments and query already percent-encoded: `/Users?startIndex=1&count=100`.
    pub path: String,
    /// The whole value of the `Authorization` header.
    pub authorization: SecretString,
    /// JSON, already serialized.
    pub body: Option<Vec<u8>>,
}

/// One whole answer.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Decompressed, within the size limit.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Why there is no answer. The one question anybody asks is whether the request may have had its effect.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TransportError {
    /// No byte of the request left: name not found, connection refused, TLS refused.
    #[error("could not connect to {host}: {reason}")]
    NotSent { host: String, reason: String },
    /// The same, and trying again helps nobody: the certificate is not believed, the proxy wants a password, or the request
    /// itself is refused here.
    #[error("could not connect to {host}: {reason}")]
    Barred { host: String, reason: String },
    /// It may have been sent, and the answer did not come whole: time-out, reset, cut body.
    #[error("no answer from {host}: {reason}")]
    Unknown { host: String, reason: String },
    /// An answer came that policy does not read: a redirect, too large a body, too many headers. The request
    /// may have had its effect.
    #[error("{host} answered with {reason}")]
    Refused { host: String, reason: String },
}

/// How requests reach a SCIM service: over HTTP, or in-process to the sandbox team. The seam the tests use.
pub trait Transport: Send + Sync {
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, TransportError>> + Send;
}
