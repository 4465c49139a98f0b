//! TLS to a directory: who is trusted, and who we are.
//!
//! Never: a connection whose certificate was not checked; nothing here can turn that off.

use std::error::Error as _;
use std::path::Path;
use std::sync::Arc;

use ldap3::LdapError;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::config::ldap_source::{Bind, ClientCertificate, LdapSettings};
use crate::http::certificate;

/// What rustls needs to know.
pub type Config = Arc<ClientConfig>;

/// Errors: a file that cannot be used, and which key names it.
pub fn config(settings: &LdapSettings) -> Result<Config, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?.with_root_certificates(roots(settings)?);
    let config = match &settings.bind {
        Bind::External { certificate: Some(own) } => {
            let (chain, key) = identity(own)?;
            builder.with_client_auth_cert(chain, key).map_err(|error| {
                let files = (own.certificate.display(), own.key.path.display());
                format!("the certificate {} and the key {} do not go together: {error}", files.0, files.1)
            })?
        }
        Bind::External { certificate: None } | Bind::Simple { .. } | Bind::Anonymous => builder.with_no_client_auth(),
    };
    Ok(Arc::new(config))
}

/// The system's authorities, as far as they can be read, and those of `ca_file`.
fn roots(settings: &LdapSettings) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = &settings.ca_file {
        for certificate in certificates(path, "source.ca_file")? {
            roots.add(certificate).map_err(|error| format!("source.ca_file {}: {error}", path.display()))?;
        }
    }
    if roots.is_empty() {
        return Err("no CA certificates on this system; install them, or set source.ca_file".into());
    }
    Ok(roots)
}

fn identity(own: &ClientCertificate) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), String> {
    let chain = certificates(&own.certificate, "source.client_certificate_file")?;
    let pem = own.key.read_pem().map_err(|error| format!("source.client_key_file: {error}"))?;
    // What is wrong inside a private key is not told: the text might quote it.
    let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| {
        let path = own.key.path.display();
        format!("source.client_key_file {path} holds no private key as PEM (without a passphrase)")
    })?;
    Ok((chain, key))
}

fn certificates(path: &Path, key: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let fail =
        |reason: String| format!("cannot use the certificates in {}: {reason}; {key} is a PEM file", path.display());
    let read = CertificateDer::pem_file_iter(path).map_err(|error| fail(error.to_string()))?;
    let certificates: Vec<_> = read.collect::<Result<_, _>>().map_err(|error| fail(error.to_string()))?;
    if certificates.is_empty() { Err(fail("it holds no certificate".into())) } else { Ok(certificates) }
}

/// What is wrong with the server's certificate, if that is what it was.
pub fn refused(error: &LdapError) -> Option<String> {
    let LdapError::Io { source } = error else { return None };
    match source.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(bad) => Some(certificate::refused(bad, "source.ca_file")),
        rustls::Error::AlertReceived(alert) => {
            Some(format!("the server ends the TLS handshake ({alert:?}); does it accept the client certificate?"))
        }
        other => Some(other.source().map_or_else(|| other.to_string(), ToString::to_string)),
    }
}
