//! A server that answers with raw bytes, breaks off where it is told to, and counts.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// What the server does once it has read a request.
#[derive(Clone)]
pub enum Step {
    Send(Vec<u8>),
    /// The same bytes until the client leaves.
    Flood(Vec<u8>),
    Wait(Duration),
    Close,
    Reset,
}

pub struct Server {
    port: u16,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    accepted: AtomicUsize,
    requests: Mutex<Vec<String>>,
}

impl Server {
    /// `answer` gets the number of requests seen before this one.
    pub async fn start(answer: impl Fn(usize) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (seen, answer) = (Arc::new(Seen::default()), Arc::new(answer));
        let server = Self { port, seen: seen.clone() };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                seen.accepted.fetch_add(1, Ordering::SeqCst);
                let (seen, answer) = (seen.clone(), answer.clone());
                tokio::spawn(async move { serve(stream, &seen, &*answer).await });
            }
        });
        server
    }

    pub fn url(&self) -> Url {
        Url::parse(&format!("http://127.0.0.1:{}/scim/v2/", self.port)).unwrap()
    }

    pub fn accepted(&self) -> usize {
        self.seen.accepted.load(Ordering::SeqCst)
    }

    pub fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, seen: &Seen, answer: &(dyn Fn(usize) -> Vec<Step> + Send + Sync)) {
    while let Some(text) = read_request(&mut stream).await {
        let before = {
            let mut requests = seen.requests.lock().unwrap();
            requests.push(text);
            requests.len() - 1
        };
        for step in answer(before) {
            let sent = match step {
                Step::Send(bytes) => stream.write_all(&bytes).await,
                Step::Flood(bytes) => loop {
                    if let Err(error) = stream.write_all(&bytes).await {
                        break Err(error);
                    }
                },
                Step::Wait(time) => {
                    tokio::time::sleep(time).await;
                    Ok(())
                }
                Step::Close => return,
                Step::Reset => {
                    stream.set_zero_linger().unwrap();
                    return;
                }
            };
            if sent.is_err() {
                return;
            }
        }
    }
}

/// A whole request; bytes that are no HTTP (a TLS hello) count as one when they pause.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let n = stream.read(&mut buffer).await.ok().filter(|&n| n > 0)?;
        bytes.extend_from_slice(&buffer[..n]);
        let text = String::from_utf8_lossy(&bytes);
        if bytes[0] == 0x16 {
            return Some(text.into_owned());
        }
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.to_lowercase().lines().find_map(|l| l.strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Some(text.into_owned());
        }
    }
}
