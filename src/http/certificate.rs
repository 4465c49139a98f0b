//! Why a server's certificate is refused, in words that say what to do.
//!
//! Never: a way around it.

use rustls::CertificateError as Bad;

/// What is wrong with it; `ca_file` is the key that can name a private CA.
pub fn refused(bad: &Bad, ca_file: &str) -> String {
    match bad {
        // A bad signature is that of another authority of the same name: a private CA that was made anew.
        Bad::UnknownIssuer | Bad::BadSignature => {
            format!("nobody we trust signed its certificate; {ca_file} can name a private CA")
        }
        Bad::Expired | Bad::ExpiredContext { .. } => "its certificate has expired".into(),
        Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
            "its certificate is not valid yet; is the clock right?".into()
        }
        Bad::NotValidForName | Bad::NotValidForNameContext { .. } => "its certificate is for another host".into(),
        other => format!("its certificate is refused: {other}"),
    }
}
