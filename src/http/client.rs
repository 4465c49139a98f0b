//! reqwest, held to safety limits: one client for the life of the process, one origin, no redirects, every wait
//! and every size bounded.
//!
//! Never: repeats a request that may have left the machine. reqwest's own retry is off. hyper-util's
//! `retry_canceled_requests` cannot be reached through reqwest and stays on; read in hyper-util 0.1.21 and hyper
//! 1.12, it repeats only on a reused HTTP/1 connection that closed before hyper took the request out of its queue
//! (`TrySendError` with the message still in it), so not one byte of it was written. A test holds that.

use std::error::Error as _;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION,
};
use secrecy::ExposeSecret;
use tokio::time::timeout;
use url::Url;

use super::body::{self, BodyError};
use super::{Method, Request, Response, Transport, TransportError, certificate, origin};
use crate::config::{Http, Proxy};

/// The limits of one exchange.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Name, TCP and TLS together.
    pub connect: Duration,
    /// From the connection to the head of the answer.
    pub first_byte: Duration,
    /// The whole exchange: a limit for each read alone is beaten by a byte every few seconds.
    pub total: Duration,
    /// After unpacking.
    pub body_bytes_max: usize,
    /// Unpacked to packed.
    pub ratio_max: usize,
    pub headers_max: usize,
    pub headers_bytes_max: usize,
    pub url_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(30),
            total: Duration::from_secs(60),
            body_bytes_max: 16 * 1024 * 1024,
            ratio_max: 100,
            headers_max: 100,
            headers_bytes_max: 64 * 1024,
            url_bytes_max: 8 * 1024,
        }
    }
}

/// Shorter than the idle time of common load balancers (60 s), so that we close first.
const POOL_IDLE: Duration = Duration::from_secs(20);
const POOL_IDLE_MAX: usize = 8;

/// Why a transport cannot be set up. All of it is configuration.
#[derive(Debug, thiserror::Error)]
pub enum HttpSetupError {
    #[error("the base URL {url} cannot be used: {reason}")]
    BaseUrl { url: String, reason: String },
    #[error("cannot use the certificates in {}: {reason}; http.ca_file must name a PEM file", path.display())]
    CaFile { path: PathBuf, reason: String },
    #[error("cannot use the proxy: {reason}; http.proxy is \"none\", \"environment\" or a URL")]
    Proxy { reason: String },
    #[error("cannot set up TLS: {reason}; install the system's CA certificates, or set http.ca_file")]
    Tls { reason: String },
}

/// Headers besides those that every request has, by the path that is asked for.
pub type Extra = fn(&str) -> &'static [(&'static str, &'static str)];

/// HTTP to one base URL.
pub struct HttpTransport {
    client: reqwest::Client,
    base: Url,
    host: String,
    accept: &'static str,
    extra: Extra,
    limits: Limits,
}

impl HttpTransport {
    /// Builds the client; no connection is made yet.
    pub fn new(base_url: &Url, http: &Http) -> Result<Self, HttpSetupError> {
        Self::with_limits(base_url, http, Limits::default())
    }

    pub(crate) fn with_limits(base_url: &Url, http: &Http, limits: Limits) -> Result<Self, HttpSetupError> {
        let base = origin::base(base_url)
            .map_err(|reason| HttpSetupError::BaseUrl { url: origin::label(base_url), reason })?;
        let client = client(&base, http, &limits)?;
        Ok(Self { client, host: origin::label(&base), accept: "application/json", extra: |_| &[], base, limits })
    }

    /// Asks for these media types (RFC 9110 §12.5.1) instead of plain JSON.
    pub fn accepting(self, accept: &'static str) -> Self {
        Self { accept, ..self }
    }

    /// Sends these headers besides.
    pub fn sending(self, extra: Extra) -> Self {
        Self { extra, ..self }
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let request = self.build(request)?;
        self.carry(request).await
    }

    async fn carry(&self, request: reqwest::Request) -> Result<Response, TransportError> {
        let whole = async {
            let head = timeout(self.limits.connect + self.limits.first_byte, self.client.execute(request)).await;
            let response = head.map_err(|_| self.unknown("no answer in time"))?.map_err(|e| self.sort(&e))?;
            self.read(response).await
        };
        timeout(self.limits.total, whole).await.map_err(|_| self.unknown("the answer did not end in time"))?
    }

    fn build(&self, request: Request) -> Result<reqwest::Request, TransportError> {
        let barred = |reason: &str| TransportError::Barred { host: self.host.clone(), reason: reason.to_owned() };
        let url = origin::join(&self.base, &request.path, self.limits.url_bytes_max).map_err(barred)?;
        let mut authorization = HeaderValue::from_str(request.authorization.expose_secret())
            .map_err(|_| barred("a key that cannot stand in a header"))?;
        authorization.set_sensitive(true);
        let mut built = reqwest::Request::new(method(request.method), url);
        built.headers_mut().insert(AUTHORIZATION, authorization);
        built.headers_mut().insert(ACCEPT, HeaderValue::from_static(self.accept));
        for (name, value) in (self.extra)(&request.path) {
            built.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        if let Some(body) = request.body {
            built.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *built.body_mut() = Some(body.into());
        }
        Ok(built)
    }

    async fn read(&self, response: reqwest::Response) -> Result<Response, TransportError> {
        let status = response.status();
        if status.is_redirection() {
            return Err(self.refused(redirect(&response)));
        }
        let bytes: usize = response.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        if response.headers().len() > self.limits.headers_max || bytes > self.limits.headers_bytes_max {
            return Err(self.refused("too many headers".into()));
        }
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        let headers = headers.collect();
        let body = body::read(response, &self.limits).await.map_err(|error| match error {
            BodyError::Cut(error) => self.sort(&error),
            BodyError::Refused(reason) => self.refused(reason),
        })?;
        Ok(Response { status: status.as_u16(), headers, body })
    }

    /// An error to connect (name, TCP, proxy, TLS) is the only one after which surely nothing was sent.
    fn sort(&self, error: &reqwest::Error) -> TransportError {
        let barred = |reason| TransportError::Barred { host: self.host.clone(), reason };
        if let Some(reason) = certificate_refused(error).or_else(|| proxy_refused(error)) {
            return barred(reason);
        }
        let reason = reason(error);
        if error.is_connect() || error.is_builder() { self.not_sent(&reason) } else { self.unknown(&reason) }
    }

    fn not_sent(&self, reason: &str) -> TransportError {
        TransportError::NotSent { host: self.host.clone(), reason: reason.to_owned() }
    }

    fn unknown(&self, reason: &str) -> TransportError {
        TransportError::Unknown { host: self.host.clone(), reason: reason.to_owned() }
    }

    fn refused(&self, reason: String) -> TransportError {
        TransportError::Refused { host: self.host.clone(), reason }
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, TransportError>> + Send {
        self.exchange(request)
    }
}

fn client(base: &Url, http: &Http, limits: &Limits) -> Result<reqwest::Client, HttpSetupError> {
    // An error means that one is installed already; which is all that is asked for.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut defaults = HeaderMap::new();
    defaults.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, identity"));
    let builder = reqwest::Client::builder()
        .user_agent(concat!("postman-scim-sync/", env!("CARGO_PKG_VERSION")))
        .default_headers(defaults)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .connect_timeout(limits.connect)
        .http1_max_headers(limits.headers_max)
        .pool_idle_timeout(POOL_IDLE)
        .pool_max_idle_per_host(POOL_IDLE_MAX)
        .https_only(base.scheme() == "https");
    let builder = trust(builder, base, http)?;
    let builder = proxy(builder, base, http)?;
    builder.build().map_err(|error| HttpSetupError::Tls { reason: reason(&error) })
}

/// reqwest cannot build a client on a system without CA certificates, not even for plain http; so plain http
/// (this machine only) gets an empty list of its own.
fn trust(builder: reqwest::ClientBuilder, base: &Url, http: &Http) -> Result<reqwest::ClientBuilder, HttpSetupError> {
    let certificates = http.ca_file.as_deref().map(certificates).transpose()?.unwrap_or_default();
    if base.scheme() == "http" {
        return Ok(builder.tls_certs_only(certificates));
    }
    Ok(if certificates.is_empty() { builder } else { builder.tls_certs_merge(certificates) })
}

fn certificates(path: &Path) -> Result<Vec<reqwest::Certificate>, HttpSetupError> {
    let fail = |reason: String| HttpSetupError::CaFile { path: path.to_owned(), reason };
    let pem = std::fs::read(path).map_err(|error| fail(error.to_string()))?;
    let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| fail(reason(&error)))?;
    if certificates.is_empty() { Err(fail("it holds no certificate".into())) } else { Ok(certificates) }
}

/// A proxy never stands between us and this machine.
fn proxy(builder: reqwest::ClientBuilder, base: &Url, http: &Http) -> Result<reqwest::ClientBuilder, HttpSetupError> {
    match &http.proxy {
        _ if origin::is_loopback(base) => Ok(builder.no_proxy()),
        Proxy::None => Ok(builder.no_proxy()),
        // reqwest reads HTTPS_PROXY, ALL_PROXY and NO_PROXY unless told not to.
        Proxy::Environment => Ok(builder),
        Proxy::Url(url) => {
            let proxy = reqwest::Proxy::https(url.clone());
            let proxy = proxy.map_err(|error| HttpSetupError::Proxy { reason: reason(&error) })?;
            Ok(builder.proxy(proxy))
        }
    }
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

/// Names the host a redirect points to and nothing else of it: the rest may hold anything.
fn redirect(response: &reqwest::Response) -> String {
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let target = location.and_then(|text| response.url().join(text).ok());
    let host = target.as_ref().and_then(Url::host_str).unwrap_or("nowhere");
    format!("a redirect to {host} (HTTP {}), and redirects are never followed", response.status().as_u16())
}

/// What is wrong with the server's certificate, if that is what it was.
fn certificate_refused(error: &reqwest::Error) -> Option<String> {
    let Some(rustls::Error::InvalidCertificate(bad)) = causes(error).find_map(tls_error) else { return None };
    Some(certificate::refused(bad, "http.ca_file"))
}

/// rustls's error lies in an I/O error, or in one inside another, which `source` jumps over.
fn tls_error<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    cause.downcast_ref().or_else(|| tls_error(cause.downcast_ref::<std::io::Error>()?.get_ref()?))
}

/// hyper-util keeps the type of this error to itself, so for these words alone its text is looked at.
fn proxy_refused(error: &reqwest::Error) -> Option<String> {
    let wants_password = causes(error).any(|cause| cause.to_string().ends_with("proxy authorization required"));
    wants_password.then(|| {
        "the proxy wants a user and a password (407); put them into HTTPS_PROXY and set http.proxy = \"environment\""
            .to_owned()
    })
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}

/// The innermost cause, in its own words; reqwest's outer message holds the URL, and with it addresses.
fn reason(error: &reqwest::Error) -> String {
    match causes(error).last() {
        Some(cause) => cause.to_string(),
        None if error.is_timeout() => "timed out".to_owned(),
        None => "the request could not be made".to_owned(),
    }
}

pub(crate) mod form;
mod metadata;
#[cfg(test)]
mod tests;
