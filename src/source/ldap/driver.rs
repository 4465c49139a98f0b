//! The task that moves bytes between ldap3 and the server, and the deadline of each operation.
//!
//! Never: lives longer than the session; dropping it closes the connection. Or lets a panic out: ldap3 has some forty
//! `expect`s on what a server sends.

use std::future::Future;
use std::io::ErrorKind;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::tls;
use crate::config::ldap_source::{Security, Server};
use crate::source::SourceError;

/// Name, TCP, TLS.
const CONNECT: Duration = Duration::from_secs(10);
/// One request and its whole answer, such as a page.
const OPERATION: Duration = Duration::from_secs(60);
/// How long the end of the task is waited for once its channels are closed.
const END: Duration = Duration::from_secs(1);
const CLOSED: &str = "the server closed the connection";
const BROKEN: &str = "an answer that breaks the LDAP protocol";

/// One connection, at work as long as this lives.
pub struct Driver {
    /// None once it has ended.
    task: Option<JoinHandle<Result<(), LdapError>>>,
    place: String,
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Driver {
    /// Connects, with TLS unless the settings say otherwise. StartTLS that is refused is an error: nothing was sent yet.
    pub async fn connect(server: &Server, tls: Option<&tls::Config>) -> Result<(Self, Ldap), SourceError> {
        let place = server.url.to_string();
        let unreachable = |reason| SourceError::Unreachable { place: place.clone(), reason };
        let settings = LdapConnSettings::new().set_starttls(server.security == Security::StartTls);
        let settings = match tls {
            Some(config) => settings.set_config(config.clone()),
            None => settings,
        };
        let connected = timeout(CONNECT, calm(LdapConnAsync::from_url_with_settings(settings, &server.url))).await;
        let connected = connected.map_err(|_| {
            unreachable(format!("no connection in {} s{}", CONNECT.as_secs(), is_its_port(server.security)))
        })?;
        let (connection, ldap) = connected.map_err(|error| unreachable(not_connected(&error, server.security)))?;
        let task = Some(tokio::spawn(connection.drive()));
        Ok((Self { task, place }, ldap))
    }

    /// The URL.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Waits for one operation, for a minute at most.
    pub async fn within<T>(&mut self, operation: impl Future<Output = Result<T, LdapError>>) -> Result<T, SourceError> {
        let reason = match timeout(OPERATION, calm(operation)).await {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(LdapError::FilterParsing)) => {
                return Err(self.malformed("source.filter is no LDAP filter (RFC 4515), such as (objectClass=person)"));
            }
            Ok(Err(error)) if is_end(&error) => self.end().await,
            Ok(Err(LdapError::Io { source })) => source.to_string(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer in {} s", OPERATION.as_secs()),
        };
        Err(self.unreachable(reason))
    }

    pub fn unreachable(&self, reason: impl Into<String>) -> SourceError {
        SourceError::Unreachable { place: self.place.clone(), reason: reason.into() }
    }

    pub fn malformed(&self, reason: impl Into<String>) -> SourceError {
        SourceError::Malformed { place: self.place.clone(), reason: reason.into() }
    }

    /// Why the connection is gone.
    async fn end(&mut self) -> String {
        let Some(task) = &mut self.task else { return CLOSED.into() };
        let ended = timeout(END, task).await;
        if ended.is_ok() {
            // Its result can be had once.
            self.task = None;
        }
        let error = match ended {
            Ok(Ok(Err(error))) => error,
            Ok(Err(_)) => return BROKEN.into(),
            Ok(Ok(Ok(()))) | Err(_) => return CLOSED.into(),
        };
        match &error {
            LdapError::Io { source } if source.kind() == ErrorKind::UnexpectedEof => CLOSED.into(),
            _ => tls::refused(&error).unwrap_or_else(|| format!("the connection broke: {error}")),
        }
    }
}

/// ldap3 panics on an answer that it cannot take apart.
async fn calm<T>(operation: impl Future<Output = Result<T, LdapError>>) -> Result<T, LdapError> {
    AssertUnwindSafe(operation).catch_unwind().await.unwrap_or_else(|_| Err(broken()))
}

/// An answer that cannot be taken apart.
pub fn broken() -> LdapError {
    std::io::Error::other(BROKEN).into()
}

fn is_end(error: &LdapError) -> bool {
    matches!(
        error,
        LdapError::EndOfStream
            | LdapError::ResultRecv { .. }
            | LdapError::OpSend { .. }
            | LdapError::IdScrubSend { .. }
    )
}

fn not_connected(error: &LdapError, security: Security) -> String {
    if let Some(reason) = tls::refused(error) {
        return reason;
    }
    match error {
        LdapError::Io { source } if source.kind() == ErrorKind::UnexpectedEof => {
            format!("the server ended the TLS handshake{}", is_its_port(security))
        }
        LdapError::Io { source } => source.to_string(),
        LdapError::LdapResult { result } if security == Security::StartTls => {
            format!("StartTLS is refused ({}); use ldaps://, or switch TLS on at the server", result.rc)
        }
        LdapError::ResultRecv { .. } => format!("{CLOSED}{}", is_its_port(security)),
        // ldap3 hands rustls an IPv6 address with its brackets.
        LdapError::DNSName { .. } => {
            "TLS needs a name here: an IPv6 address in source.urls works without TLS only; write the host's name".into()
        }
        other => other.to_string(),
    }
}

/// A server that hears TLS where it expects LDAP, or the other way round, hangs up or says nothing.
fn is_its_port(security: Security) -> &'static str {
    match security {
        Security::Tls => "; does this port begin with TLS? 636 usually does; for StartTLS, at 389, write ldap://",
        Security::StartTls => {
            "; does this port begin without TLS? 389 usually does; for TLS at once, at 636, write ldaps://"
        }
        Security::None => "",
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use url::Url;

    use super::*;

    async fn connected() -> (TcpListener, Driver, Ldap) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("ldap://{}", listener.local_addr().unwrap())).unwrap();
        let (driver, ldap) = Driver::connect(&Server { url, security: Security::None }, None).await.unwrap();
        (listener, driver, ldap)
    }

    #[tokio::test]
    async fn an_operation_without_an_answer_has_a_minute() {
        let (_deaf, mut driver, mut ldap) = connected().await;
        tokio::time::pause();
        let error = driver.within(ldap.simple_bind("", "")).await.unwrap_err();
        assert!(error.to_string().ends_with("no answer in 60 s"), "{error}");
    }

    #[tokio::test]
    async fn a_connection_that_is_gone_says_so_each_time() {
        let (listener, mut driver, mut ldap) = connected().await;
        drop(listener.accept().unwrap());
        for _ in 0..3 {
            let error = driver.within(ldap.simple_bind("", "")).await.unwrap_err();
            assert!(error.to_string().ends_with(CLOSED), "{error}");
        }
    }
}
