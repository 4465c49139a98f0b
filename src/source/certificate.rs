//! Until when a certificate is good: a server's, or the one that we sign in with. Whether it is trusted is decided by
//! TLS, and by whoever we sign in at. Pure.
//!
//! Never: a verdict on who signed it.

use x509_parser::prelude::{FromDer, X509Certificate};

use crate::source::Finding;

const DAY_S: i64 = 86_400;
/// Renewed by machines it never comes so near; by people, they have two weeks.
const SOON_DAYS: i64 = 14;

/// `TLS, certificate until 2027-01-31`, and a finding if that is soon.
pub fn judge(how: &str, der: Option<&[u8]>, now_unix_s: i64) -> (String, Vec<Finding>) {
    let Some(end_s) = der.and_then(end) else { return (how.to_owned(), Vec::new()) };
    let day = chrono::DateTime::from_timestamp(end_s, 0).map(|at| at.format("%Y-%m-%d").to_string());
    let day = day.unwrap_or_else(|| "a day that is no date".into());
    let days = (end_s - now_unix_s).div_euclid(DAY_S);
    let soon = Finding::Unwise(if days < 0 {
        format!("its certificate ended on {day}; nothing can be read until there is another one")
    } else {
        format!("its certificate ends on {day}, in {days} d; then nothing can be read")
    });
    (format!("{how}, certificate until {day}"), if days < SOON_DAYS { vec![soon] } else { Vec::new() })
}

fn end(der: &[u8]) -> Option<i64> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    Some(certificate.validity().not_after.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_ends_soon_is_told() {
        let mut parameters = rcgen::CertificateParams::new(["ldap.acme.example".to_owned()]).unwrap();
        parameters.not_after = rcgen::date_time_ymd(2027, 1, 31);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        let end_s = 1_801_353_600;
        let judged = |now_unix_s| judge("TLS", Some(certificate.der()), now_unix_s);
        let (text, findings) = judged(end_s - 14 * DAY_S);
        assert_eq!((text.as_str(), findings.len()), ("TLS, certificate until 2027-01-31", 0));
        let (_, findings) = judged(end_s - 3 * DAY_S);
        assert!(matches!(&findings[..], [Finding::Unwise(text)] if text.contains("in 3 d")), "{findings:?}");
        let (_, findings) = judged(end_s + 3 * DAY_S);
        assert!(
            matches!(&findings[..], [Finding::Unwise(text)] if text.contains("ended on 2027-01-31;")),
            "{findings:?}"
        );
        assert_eq!(judge("StartTLS", Some(b"none"), 0), ("StartTLS".into(), Vec::new()));
        assert_eq!(judge("StartTLS", None, 0), ("StartTLS".into(), Vec::new()));
    }
}
