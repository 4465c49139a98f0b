//! A certificate authority of the test's own, as PEM files in a folder.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};

/// An authority; `ca` is its certificate.
pub struct Authority {
    pub ca: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key.
pub struct Certificate {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Authority {
    pub fn new(folder: &Path, name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let ca = private(folder, &format!("{name}.pem"), &params.self_signed(&key).unwrap().pem());
        Self { ca, issuer: Issuer::new(params, key) }
    }

    /// For a server at these names or addresses; the files are called after the first.
    pub fn server(&self, folder: &Path, hosts: &[&str]) -> Certificate {
        let params = CertificateParams::new(hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>()).unwrap();
        self.sign(folder, hosts[0], params, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// For a client of that name.
    pub fn client(&self, folder: &Path, name: &str) -> Certificate {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        self.sign(folder, name, params, ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn sign(
        &self,
        folder: &Path,
        name: &str,
        mut params: CertificateParams,
        usage: ExtendedKeyUsagePurpose,
    ) -> Certificate {
        let key = KeyPair::generate().unwrap();
        params.extended_key_usages = vec![usage];
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Certificate {
            certificate: private(folder, &format!("{name}.crt"), &certificate),
            key: private(folder, &format!("{name}.key"), &key.serialize_pem()),
        }
    }
}

/// A file that only its owner can read.
pub fn private(folder: &Path, name: &str, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}
