//! One connection: bytes to requests, requests to answers, and everything that goes wrong on the way.

use std::time::Duration;

use ldap3_proto::LdapCodec;
use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{
    LdapBindCred, LdapBindRequest, LdapBindResponse, LdapExtendedRequest, LdapExtendedResponse, LdapMsg, LdapOp,
    LdapResult, LdapSearchRequest, LdapSearchScope,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder};

use super::search::{Reply, Searches};
use super::{Logged, Rc, Request, Shared};

const WHO_AM_I: &str = "1.3.6.1.4.1.4203.1.11.3";
const START_TLS: &str = "1.3.6.1.4.1.1466.20037";
/// A client may name a thousand people in one filter.
const REQUEST_BYTES_MAX: usize = 8 * 1024 * 1024;

pub async fn accept(listener: TcpListener, shared: Shared) {
    let mut number = 0;
    while let Ok((stream, _)) = listener.accept().await {
        number += 1;
        let connection =
            Connection { number, shared: shared.clone(), bound: String::new(), searches: Searches::default() };
        tokio::spawn(connection.serve(stream));
    }
}

struct Connection {
    number: u64,
    shared: Shared,
    /// The DN that it is bound as; empty for nobody.
    bound: String,
    searches: Searches,
}

impl Connection {
    /// Until the client goes, or a fault closes it.
    async fn serve(mut self, mut stream: TcpStream) {
        let (mut codec, mut received) = (LdapCodec::new(Some(REQUEST_BYTES_MAX), None), BytesMut::new());
        loop {
            match codec.decode(&mut received) {
                Err(error) => return self.log(Request::Other(format!("not LDAP: {error}"))),
                Ok(Some(message)) => {
                    let is_search = matches!(message.op, LdapOp::SearchRequest(_));
                    let Some(reply) = self.answer(message) else { return };
                    if !self.send(&mut stream, &mut codec, reply, is_search).await {
                        return;
                    }
                }
                Ok(None) => match stream.read_buf(&mut received).await {
                    Ok(1..) => {}
                    Ok(0) | Err(_) => return,
                },
            }
        }
    }

    /// Whether the connection goes on.
    async fn send(&self, stream: &mut TcpStream, codec: &mut LdapCodec, reply: Reply, is_search: bool) -> bool {
        let (delay, drip, garbage) = {
            let knobs = &self.shared.world().knobs;
            (knobs.delay, knobs.drip, knobs.garbage.clone().filter(|_| is_search))
        };
        tokio::time::sleep(delay).await;
        let mut bytes = BytesMut::new();
        for message in reply.messages {
            codec.encode(message, &mut bytes).unwrap();
        }
        let bytes = garbage.unwrap_or_else(|| bytes.to_vec());
        let sent =
            if drip == Duration::ZERO { stream.write_all(&bytes).await } else { trickle(stream, &bytes, drip).await };
        sent.is_ok() && !reply.close
    }

    fn log(&self, request: Request) {
        self.shared.log.lock().unwrap().push(Logged { connection: self.number, request });
    }

    /// Nothing: the client said goodbye.
    fn answer(&mut self, message: LdapMsg) -> Option<Reply> {
        let (msgid, op, controls) = (message.msgid, message.op, message.ctrl);
        Some(match op {
            LdapOp::UnbindRequest => return None,
            LdapOp::AbandonRequest(_) => Reply::of(Vec::new()),
            LdapOp::BindRequest(request) => self.bind(msgid, request),
            LdapOp::ExtendedRequest(request) => self.extended(msgid, &request),
            LdapOp::SearchRequest(request) => self.search(msgid, &request, controls),
            other => {
                self.log(Request::Other(format!("{other:?}")));
                let result = result(Rc::InsufficentAccessRights);
                Reply::of(vec![LdapMsg::new(msgid, LdapOp::ModifyResponse(result))])
            }
        })
    }

    fn bind(&mut self, msgid: i32, request: LdapBindRequest) -> Reply {
        let how = match &request.cred {
            LdapBindCred::Simple(password) if password.is_empty() => "nobody",
            LdapBindCred::Simple(_) => "simple",
            LdapBindCred::SASL(_) => "sasl",
            LdapBindCred::Unsupported => "unknown",
        };
        self.log(Request::Bind { dn: request.dn.clone(), how });
        let mut world = self.shared.world();
        let busy = world.knobs.binds_left == Some(0);
        world.knobs.binds_left = world.knobs.binds_left.map(|left| left.saturating_sub(1));
        let accounts = &world.accounts;
        let is_right = match &request.cred {
            _ if busy => Err(Rc::Busy),
            // RFC 4513 §5.1.2: with an empty password nobody is bound, and many servers call it a success.
            LdapBindCred::Simple(password) if password.is_empty() => Ok(String::new()),
            LdapBindCred::Simple(password) => accounts
                .iter()
                .find(|(dn, known)| dn.eq_ignore_ascii_case(&request.dn) && known == password)
                .map(|(dn, _)| dn.clone())
                .ok_or(Rc::InvalidCredentials),
            LdapBindCred::SASL(_) | LdapBindCred::Unsupported => Err(Rc::AuthMethodNotSupported),
        };
        // A bind that fails leaves the connection anonymous (RFC 4511 §4.2.1).
        self.bound = is_right.clone().unwrap_or_default();
        drop(world);
        let res = result(is_right.err().unwrap_or(Rc::Success));
        Reply::of(vec![LdapMsg::new(msgid, LdapOp::BindResponse(LdapBindResponse { res, saslcreds: None }))])
    }

    fn extended(&mut self, msgid: i32, request: &LdapExtendedRequest) -> Reply {
        let world = self.shared.world();
        let (logged, res, value) = match request.name.as_str() {
            WHO_AM_I => {
                let principal = world.knobs.principal.clone().unwrap_or_else(|| world.principal(&self.bound));
                (Request::WhoAmI, result(Rc::Success), Some(principal.into_bytes()))
            }
            START_TLS => {
                let refused = world.knobs.start_tls.clone().unwrap_or(Rc::ProtocolError);
                (Request::StartTls, result(refused), None)
            }
            other => (Request::Other(format!("extended {other}")), result(Rc::ProtocolError), None),
        };
        drop(world);
        self.log(logged);
        let response = LdapExtendedResponse { res, name: None, value };
        Reply::of(vec![LdapMsg::new(msgid, LdapOp::ExtendedResponse(response))])
    }

    fn search(&mut self, msgid: i32, request: &LdapSearchRequest, controls: Vec<LdapControl>) -> Reply {
        let paging = controls.into_iter().find_map(|control| match control {
            LdapControl::SimplePagedResults { size, cookie } => Some((size, cookie)),
            _ => None,
        });
        self.log(Request::Search {
            base: request.base.clone(),
            scope: match request.scope {
                LdapSearchScope::Base => "base",
                LdapSearchScope::OneLevel => "one",
                LdapSearchScope::Subtree => "sub",
                LdapSearchScope::Children => "children",
            },
            filter: format!("{:?}", request.filter),
            attributes: request.attrs.clone(),
            page_size: paging.as_ref().map(|(size, _)| *size),
            goes_on: paging.as_ref().is_some_and(|(_, cookie)| !cookie.is_empty()),
            types_only: request.typesonly,
        });
        self.searches.answer(&mut self.shared.world(), msgid, request, paging)
    }
}

fn result(code: Rc) -> LdapResult {
    LdapResult { code, matcheddn: String::new(), message: String::new(), referral: Vec::new() }
}

async fn trickle(stream: &mut TcpStream, bytes: &[u8], drip: Duration) -> std::io::Result<()> {
    for byte in bytes {
        stream.write_all(&[*byte]).await?;
        tokio::time::sleep(drip).await;
    }
    Ok(())
}
