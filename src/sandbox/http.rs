//! The HTTP door: the sandbox on a loopback address, under `/scim/v2`. Resets are real resets.
//!
//! Never: listens by itself on anything but 127.0.0.1; another listener is the caller's doing.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, State};
use axum::http::{StatusCode, header};
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::http::Response;

use super::Sandbox;
use super::call::{Call, MediaTypes};
use super::machine::Reply;

/// Where SCIM begins at Postman, and here.
pub const BASE_PATH: &str = "/scim/v2";
/// No SCIM request of this product comes near it.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Serves for ever: until the returned future is dropped.
pub async fn serve(sandbox: Sandbox, listener: TcpListener) -> io::Result<()> {
    let (_open, stop) = watch::channel(());
    run(sandbox, listener, stop).await
}

/// Serves on a free port of 127.0.0.1, in the background, until the returned value is dropped.
pub async fn spawn(sandbox: Sandbox) -> io::Result<Served> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let (open, stop) = watch::channel(());
    tokio::spawn(run(sandbox, listener, stop));
    Ok(Served { address, _open: open })
}

/// A sandbox being served; dropping it closes the port and every connection.
pub struct Served {
    address: SocketAddr,
    _open: watch::Sender<()>,
}

impl Served {
    pub fn address(&self) -> SocketAddr {
        self.address
    }
    /// `http://127.0.0.1:PORT/scim/v2`
    pub fn base_url(&self) -> String {
        format!("http://{}{BASE_PATH}", self.address)
    }
}

async fn run(sandbox: Sandbox, listener: TcpListener, stop: watch::Receiver<()>) -> io::Result<()> {
    let gate = Gate { listener, sandbox: sandbox.clone() };
    let service = Router::new()
        .fallback(answer)
        .with_state(Door { sandbox, stop: stop.clone() })
        .into_make_service_with_connect_info::<Shears>();
    axum::serve(gate, service).with_graceful_shutdown(closed(stop)).await
}

/// Resolves when the sender of `stop` is gone.
async fn closed(mut stop: watch::Receiver<()>) {
    while stop.changed().await.is_ok() {}
}

#[derive(Clone)]
struct Door {
    sandbox: Sandbox,
    stop: watch::Receiver<()>,
}

async fn answer(
    State(door): State<Door>,
    ConnectInfo(shears): ConnectInfo<Shears>,
    request: axum::extract::Request,
) -> axum::response::Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_BYTES_MAX).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let header = |name: header::HeaderName| Some(parts.headers.get(name)?.to_str().ok()?.to_owned());
    let call = Call {
        method: parts.method.as_str().to_owned(),
        path: relative(parts.uri.path_and_query().map_or("/", |both| both.as_str())),
        authorization: header(header::AUTHORIZATION),
        types: Some(MediaTypes { content: header(header::CONTENT_TYPE), accept: header(header::ACCEPT) }),
        body: body.into(),
    };
    let (seq, reply) = door.sandbox.take(call);
    let _open = Open { seq, sandbox: door.sandbox.clone() };
    let reply = match reply {
        Reply::Held(delay) => match pause(delay, door.stop.clone()).await {
            Some(()) => door.sandbox.resume(seq),
            None => Reply::Reset,
        },
        reply => reply,
    };
    match reply {
        Reply::Answer(response) => whole(response),
        Reply::Late(response, delay) => match pause(delay, door.stop).await {
            Some(()) => whole(response),
            None => shears.reset(),
        },
        Reply::Drip(response, pause) => drip(response, pause),
        Reply::Cut(response) => cut(response),
        Reply::Reset | Reply::NotSent | Reply::Held(_) => shears.reset(),
    }
}

/// A request that has no answer yet; dropped when it has, and when its client has gone.
struct Open {
    seq: u64,
    sandbox: Sandbox,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.sandbox.finished(self.seq);
    }
}

/// `None`: the sandbox ended before.
async fn pause(delay: Duration, stop: watch::Receiver<()>) -> Option<()> {
    tokio::select! {
        () = tokio::time::sleep(delay) => Some(()),
        () = closed(stop) => None,
    }
}

/// What stands behind the base path; a path outside it leads nowhere, whatever it is called.
fn relative(path: &str) -> String {
    match path.strip_prefix(BASE_PATH) {
        Some(rest) if rest.starts_with(['/', '?']) => rest.to_owned(),
        _ => format!("/outside{path}"),
    }
}

fn whole(mut response: Response) -> axum::response::Response {
    let mut body = std::mem::take(&mut response.body);
    if response.header("content-encoding") == Some("gzip") {
        body = gzipped(&body);
    }
    with_body(response, Body::from(body))
}

/// Writing into memory does not fail; if it did, the body would be no gzip, which is a fault too.
fn gzipped(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}

/// One byte at a time, for a client whose patience is per byte and not per answer.
fn drip(mut response: Response, pause: Duration) -> axum::response::Response {
    let bytes = std::mem::take(&mut response.body);
    let length = bytes.len();
    let drops = futures_util::stream::unfold(bytes.into_iter(), move |mut left| async move {
        let byte = left.next()?;
        tokio::time::sleep(pause).await;
        Some((Ok::<_, io::Error>(Bytes::copy_from_slice(&[byte])), left))
    });
    let mut answer = with_body(response, Body::from_stream(drops));
    answer.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    answer
}

/// Half of what `Content-Length` promises, then an error, at which hyper gives the connection up.
fn cut(response: Response) -> axum::response::Response {
    let length = response.body.len();
    let half = Bytes::copy_from_slice(&response.body[..length / 2]);
    let torn = io::Error::new(io::ErrorKind::ConnectionReset, "cut by the sandbox");
    let body = Body::from_stream(futures_util::stream::iter([Ok(half), Err(torn)]));
    let mut answer = with_body(response, body);
    answer.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    answer
}

fn with_body(response: Response, body: Body) -> axum::response::Response {
    let mut builder = axum::http::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(name, value);
    }
    // A fault may carry a header that HTTP cannot; then the fault is at fault.
    builder.body(body).unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR))
}

fn plain(status: StatusCode) -> axum::response::Response {
    let mut response = axum::response::Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Cuts one connection: the next byte written to it fails, and closing it sends a reset.
#[derive(Clone)]
struct Shears(Arc<AtomicBool>);

impl Shears {
    /// The returned answer never leaves: it only makes hyper write.
    fn reset(&self) -> axum::response::Response {
        self.0.store(true, Ordering::SeqCst);
        plain(StatusCode::OK)
    }
}

impl Connected<IncomingStream<'_, Gate>> for Shears {
    fn connect_info(stream: IncomingStream<'_, Gate>) -> Self {
        Shears(stream.io().cut.clone())
    }
}

/// Counts connections and makes each one cuttable.
struct Gate {
    listener: TcpListener,
    sandbox: Sandbox,
}

impl Listener for Gate {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        self.sandbox.accepted();
        // Without it small answers wait for the peer's acknowledgement; failing to set it costs only time.
        let _ = stream.set_nodelay(true);
        (Wire { stream, cut: Arc::new(AtomicBool::new(false)) }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A TCP stream that fails once it is cut.
struct Wire {
    stream: TcpStream,
    cut: Arc<AtomicBool>,
}

impl Wire {
    /// `SO_LINGER` of zero turns the close that follows into a reset (RFC 9293 §3.10.5).
    fn torn(&self) -> Option<io::Error> {
        self.cut.load(Ordering::SeqCst).then(|| {
            let _ = self.stream.set_zero_linger();
            io::ErrorKind::ConnectionReset.into()
        })
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.torn() {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut self.get_mut().stream).poll_write(cx, buf),
        }
    }
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }
    /// A cut stream must not say a polite goodbye (FIN) before its reset.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.torn() {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut self.get_mut().stream).poll_shutdown(cx),
        }
    }
}
