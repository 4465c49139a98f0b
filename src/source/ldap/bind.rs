//! Who we are to the server: the bind, and the name that the server has for us.
//!
//! Never: binds with an empty password, or goes on as nobody where somebody was configured.

use ldap3::exop::WhoAmI;
use ldap3::{Ldap, LdapResult};
use secrecy::{ExposeSecret, SecretString};

use super::answer;
use super::driver::Driver;
use crate::config::ldap_source::Bind;
use crate::source::SourceError;

/// How to bind, with the password as its file has it now.
pub enum Credentials<'a> {
    Simple(&'a str, SecretString),
    External,
    Anonymous,
}

impl<'a> Credentials<'a> {
    pub fn read(bind: &'a Bind) -> Result<Self, String> {
        Ok(match bind {
            Bind::Simple { dn, password } => {
                Self::Simple(dn, password.read().map_err(|error| format!("source.password_file: {error}"))?)
            }
            Bind::External { .. } => Self::External,
            Bind::Anonymous => Self::Anonymous,
        })
    }

    /// Binds; the server's answer is the caller's to judge.
    pub async fn bind(&self, ldap: &mut Ldap, driver: &mut Driver) -> Result<LdapResult, SourceError> {
        match self {
            Self::Simple(dn, password) => driver.within(ldap.simple_bind(dn, password.expose_secret())).await,
            Self::External => driver.within(ldap.sasl_external_bind()).await.map_err(not_believed),
            // An explicit one, so that a server that wants a name says so now.
            Self::Anonymous => driver.within(ldap.simple_bind("", "")).await,
        }
    }

    /// The principal as the server names it (RFC 4532), or where it cannot say, as we do.
    pub async fn who_am_i(&self, ldap: &mut Ldap, driver: &mut Driver, can_say: bool) -> Result<String, SourceError> {
        let said = if can_say { said(ldap, driver).await? } else { None };
        match (self, said.as_deref()) {
            (Self::Anonymous, None | Some("" | "dn:")) => Ok("anonymous".into()),
            (_, Some("" | "dn:")) => Err(driver.malformed(
                "the server accepted the account and yet takes us for nobody; is source.bind_dn the account's DN, and \
                 is the client certificate mapped to an account?",
            )),
            (_, Some(name)) => Ok(name.into()),
            (Self::Simple(dn, _), None) => Ok(format!("dn:{dn}")),
            (Self::External, None) => Ok("the client certificate".into()),
        }
    }
}

/// A server that does not believe a client certificate may just hang up, and in TLS 1.3 only now.
fn not_believed(error: SourceError) -> SourceError {
    match error {
        SourceError::Unreachable { place, reason } => {
            let reason = format!("{reason}; does it know who signed the client certificate?");
            SourceError::Unreachable { place, reason }
        }
        other => other,
    }
}

/// None where the server does not know the question after all.
async fn said(ldap: &mut Ldap, driver: &mut Driver) -> Result<Option<String>, SourceError> {
    const PROTOCOL_ERROR: u32 = 2;
    let answer = driver.within(ldap.extended(WhoAmI)).await?;
    match (answer.1.rc, answer.0.val) {
        (0, None) => Ok(Some(String::new())),
        (0, Some(name)) => String::from_utf8(name).map(Some).map_err(|_| driver.malformed("a name that is not UTF-8")),
        (PROTOCOL_ERROR, _) => Ok(None),
        _ => Err(driver.malformed(format!("who we are is refused: {}", answer::words(&answer.1)))),
    }
}
