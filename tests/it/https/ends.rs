//! The two ends a request can meet on its way: a TLS server before the sandbox, and a proxy that knows CONNECT. And a
//! private CA for the former.

use std::sync::{Arc, Mutex};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::support::Lab;

/// A certificate authority that nobody knows.
pub struct Authority {
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// A server's certificate for `host`, changed by `change` before it is signed.
    pub fn certificate(&self, host: &str, change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let (key, mut params) = leaf(host);
        change(&mut params);
        Identity { certificate: params.signed_by(&key, &self.issuer).unwrap().der().to_vec(), key }
    }
}

/// What a server shows.
pub struct Identity {
    certificate: Vec<u8>,
    key: KeyPair,
}

/// A certificate that vouches for itself.
pub fn self_signed(host: &str) -> Identity {
    let (key, params) = leaf(host);
    Identity { certificate: params.self_signed(&key).unwrap().der().to_vec(), key }
}

fn leaf(host: &str) -> (KeyPair, CertificateParams) {
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    (KeyPair::generate().unwrap(), params)
}

/// The sandbox behind TLS, on a port of this machine. Returns the port.
pub fn serve_tls(lab: &Lab, identity: &Identity) -> u16 {
    serve_tls_before(lab, identity, lab.door(), None)
}

/// Any server behind TLS. `clients`: who has to have signed a client's certificate, in PEM.
pub fn serve_tls_before(lab: &Lab, identity: &Identity, door: String, clients: Option<&str>) -> u16 {
    let certificates = vec![identity.certificate.clone().into()];
    let key = PrivateKeyDer::try_from(identity.key.serialize_der()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = match clients {
        None => config.with_no_client_auth(),
        Some(pem) => config.with_client_cert_verifier(who_was_signed_by(pem)),
    };
    let config = config.with_single_cert(certificates, key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    serve(lab, move |stream| {
        let (acceptor, door) = (acceptor.clone(), door.clone());
        async move {
            // A client that does not believe us hangs up here.
            let Ok(mut tls) = acceptor.accept(stream).await else { return };
            let mut team = TcpStream::connect(door).await.unwrap();
            let _ = copy_bidirectional(&mut tls, &mut team).await;
        }
    })
}

fn who_was_signed_by(pem: &str) -> Arc<dyn ClientCertVerifier> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap()
}

/// A server that knows no TLS above 1.1: whatever it is asked, that is what it answers.
pub fn serve_tls_1_1(lab: &Lab) -> u16 {
    // RFC 4346 §7.4.1.3: TLS_RSA_WITH_AES_128_CBC_SHA.
    serve_hello(lab, [3, 2], [0, 0x2f], &[])
}

/// A server whose hello is of that version and that cipher suite, and what comes behind it.
pub fn serve_hello(lab: &Lab, version: [u8; 2], suite: [u8; 2], behind: &'static [u8]) -> u16 {
    serve(lab, move |mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        // The version, a random, no session, the suite, no compression.
        let hello = [&version[..], &[7; 32], &[0], &suite, &[0]].concat();
        let handshake = [&[2, 0, 0, u8::try_from(hello.len()).unwrap()][..], &hello, behind].concat();
        let record = [&[22][..], &version, &[0, u8::try_from(handshake.len()).unwrap()], &handshake].concat();
        let _ = stream.write_all(&record).await;
        let _ = stream.read(&mut [0; 64]).await;
    })
}

/// A proxy: every host is the one at `port`, and what it saw is kept.
#[derive(Clone)]
pub struct Proxy {
    pub port: u16,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    heads: Vec<String>,
    bytes: Vec<u8>,
}

impl Proxy {
    /// `answer` is its answer to CONNECT: `200 OK`.
    pub fn start(lab: &Lab, port: u16, answer: &'static str) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let kept = seen.clone();
        Self { port: serve(lab, move |stream| tunnel(stream, port, answer, kept.clone())), seen }
    }

    /// What it was asked: head by head.
    pub fn heads(&self) -> Vec<String> {
        self.seen.lock().unwrap().heads.clone()
    }

    /// What clients sent through it.
    pub fn bytes(&self) -> Vec<u8> {
        self.seen.lock().unwrap().bytes.clone()
    }
}

async fn tunnel(mut client: TcpStream, port: u16, answer: &'static str, seen: Arc<Mutex<Seen>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = client.read_u8().await else { return };
        head.push(byte);
    }
    seen.lock().unwrap().heads.push(String::from_utf8(head).unwrap());
    let answer_head = format!("HTTP/1.1 {answer}\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n");
    client.write_all(answer_head.as_bytes()).await.unwrap();
    if !answer.starts_with("200") {
        return;
    }
    let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut buffer = [0; 16 * 1024];
    while let Ok(n @ 1..) = from_client.read(&mut buffer).await {
        seen.lock().unwrap().bytes.extend_from_slice(&buffer[..n]);
        if to_server.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
}

/// Listens on a port of this machine as long as the lab lives.
fn serve<F>(lab: &Lab, each: impl Fn(TcpStream) -> F + Send + 'static) -> u16
where
    F: Future<Output = ()> + Send + 'static,
{
    lab.wait(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(each(stream));
            }
        });
        port
    })
}
