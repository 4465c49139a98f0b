//! Why a server's certificate is refused, in words that say what to do.
//!
//! Never: a way around it.

use rustls::CertificateError as Bad;

const OTHER_HOST: &str = "its certificate is for another host";
/// A certificate may name a hundred hosts.
const NAMES_SHOWN: usize = 4;

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
        Bad::NotValidForName => OTHER_HOST.into(),
        Bad::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            format!("{OTHER_HOST}: it has no subjectAltName, and the common name does not count (RFC 9525)")
        }
        Bad::NotValidForNameContext { expected, presented } => {
            let named: Vec<&str> = presented.iter().take(NAMES_SHOWN).map(String::as_str).collect();
            format!("{OTHER_HOST}: for {}, and not for {}", named.join(", "), expected.to_str())
        }
        other => format!("its certificate is refused: {other}"),
    }
}
