//! From how many seconds on two clocks are told apart, and of whom.

use url::Url;

use super::super::assertion::LEEWAY_S;
use super::super::*;
use crate::config::secret::{Keeper, SecretFile};

const NOW: i64 = 1_800_000_000;

fn tokens(grant: Grant) -> Tokens {
    let endpoint = Url::parse("https://idp.acme.example/token").unwrap();
    Tokens::open(&endpoint, None, grant, &Http::default(), Clock::System).unwrap()
}

fn reply(status: u16, off_s: i64) -> Reply {
    Reply { status, body: Vec::new(), date_unix_s: Some(NOW + off_s), received_unix_s: NOW }
}

#[test]
fn whoever_signs_asks_again_from_the_leeway_on() {
    let file = SecretFile { path: "the.key".into(), keeper: Keeper::Owner };
    let key = KeyFile { file: file.clone(), id: None, certificate: None };
    let client_id = "sync".to_owned();
    for signing in [
        Grant::ClientAssertion { client_id: client_id.clone(), key, audience: None },
        Grant::JwtBearer { key: file.clone(), subject: None },
    ] {
        let tokens = tokens(signing);
        for (status, off_s, is_off) in [
            (401, LEEWAY_S, true),
            (400, -LEEWAY_S, true),
            (401, LEEWAY_S - 1, false),
            (400, 1 - LEEWAY_S, false),
            (403, 600, false),
            (200, 600, false),
        ] {
            let told = tokens.clock_is_off(&reply(status, off_s));
            assert_eq!(told, is_off.then_some(off_s), "{status} {off_s}");
        }
    }
    for other in [
        Grant::ClientSecret { client_id: client_id.clone(), secret: file.clone(), place: Place::Basic },
        Grant::FederatedToken { client_id, file },
    ] {
        assert_eq!(tokens(other).clock_is_off(&reply(401, 600)), None);
    }
}
