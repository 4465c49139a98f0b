//! Result codes (RFC 4511 appendix A) in words that say what to do.
//!
//! Never: talks to the server.

use ldap3::LdapResult;

/// How much of the server's own text a message repeats, in characters. Active Directory's reasons stand at its end.
const SHOWN: usize = 160;

pub const REFERRAL: u32 = 10;
pub const NO_SUCH_OBJECT: u32 = 32;
const INVALID_CREDENTIALS: u32 = 49;
pub const NO_RIGHT: u32 = 50;
pub const SIZE_LIMIT: u32 = 4;

/// What a search that was not answered with success means for the reading.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Whole,
    /// The first page was too large for the server.
    TooLarge,
    /// The reading counts for nothing, and why.
    Refused(String),
}

/// The verdict on a search of `base`. `is_first`: nothing of it was handed on, so that it may be asked again.
pub fn judge(result: &LdapResult, base: &str, is_first: bool) -> Verdict {
    Verdict::Refused(match result.rc {
        0 => return Verdict::Whole,
        SIZE_LIMIT | 11 | 53 if is_first => return Verdict::TooLarge,
        3 => format!("{}; let the account read for longer (timelimit), or narrow source.bases", words(result)),
        SIZE_LIMIT | 11 => format!("{}; {LIMITS}", words(result)),
        REFERRAL => {
            format!("{}; referrals are not followed: name that server, or a base that this one holds", words(result))
        }
        NO_SUCH_OBJECT => format!("the base \"{base}\" does not exist or may not be seen"),
        NO_RIGHT => format!("{}; the account needs the right to read and search below \"{base}\"", words(result)),
        _ => format!("the search below \"{base}\" failed: {}", words(result)),
    })
}

/// What to change where the account may not read everything.
pub const LIMITS: &str = "let the account read everything at the server: OpenLDAP `limits ... size=unlimited \
                          size.pr=1000 size.prtotal=unlimited`, 389 Directory Server nsSizeLimit and nsPagedSizeLimit -1";

/// What a server's "no" to a bind means. `Err`: another server may say yes.
pub fn bind_refused(result: &LdapResult) -> Result<String, String> {
    Ok(match result.rc {
        INVALID_CREDENTIALS => match active_directory(&result.text) {
            Some(reason) => format!("the account cannot bind: {reason} (49)"),
            None => "the account or its password is wrong (49 invalidCredentials); correct source.bind_dn or the \
                     password file"
                .into(),
        },
        8 | 13 => format!("{}; the server wants TLS: write ldaps://, without allow_plaintext", words(result)),
        7 => format!("{}; the server does not offer this kind of bind", words(result)),
        // Busy, unavailable, other: about this server, and not about the account.
        51 | 52 | 80 => return Err(words(result)),
        _ => format!("the bind is refused: {}", words(result)),
    })
}

/// The reasons that Active Directory writes into the text of a 49, as Windows error codes: `..., data 52e, v4563`.
fn active_directory(text: &str) -> Option<&'static str> {
    let code = text.split("data ").nth(1)?.split(',').next()?.trim();
    Some(match code {
        "525" => "there is no such account",
        "52e" => "the password is wrong",
        "530" | "531" => "it may not log on now or from here",
        "532" => "its password has expired",
        "533" => "it is disabled",
        "701" => "it has expired",
        "773" => "its password has to be changed first",
        "775" => "it is locked out",
        _ => return None,
    })
}

/// `rc 4 sizeLimitExceeded: text of the server`.
pub fn words(result: &LdapResult) -> String {
    let text: String = result.text.chars().filter(|c| !c.is_control()).collect();
    let refs: Vec<String> = result.refs.iter().map(|url| url.chars().filter(|c| !c.is_control()).collect()).collect();
    let said = [vec![text.trim().to_owned()], refs].concat().join(" ");
    let said: String = said.trim().chars().take(SHOWN).collect();
    let name = name(result.rc);
    if said.is_empty() {
        format!("result {} {name}", result.rc)
    } else {
        format!("result {} {name}: {said}", result.rc)
    }
}

fn name(rc: u32) -> &'static str {
    match rc {
        1 => "operationsError",
        2 => "protocolError",
        3 => "timeLimitExceeded",
        4 => "sizeLimitExceeded",
        7 => "authMethodNotSupported",
        8 => "strongerAuthRequired",
        10 => "referral",
        11 => "adminLimitExceeded",
        12 => "unavailableCriticalExtension",
        13 => "confidentialityRequired",
        32 => "noSuchObject",
        34 => "invalidDNSyntax",
        48 => "inappropriateAuthentication",
        49 => "invalidCredentials",
        50 => "insufficientAccessRights",
        51 => "busy",
        52 => "unavailable",
        53 => "unwillingToPerform",
        80 => "other",
        _ => "of an unusual kind",
    }
}

/// Why a search that was asked once counts for nothing.
pub fn refused(result: &LdapResult, base: &str) -> Option<String> {
    match judge(result, base, false) {
        Verdict::Refused(reason) => Some(reason),
        Verdict::Whole | Verdict::TooLarge => None,
    }
}
