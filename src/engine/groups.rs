//! What is said and sent about groups: settled, listed, sent, and read back.
//!
//! Never: sends a list of members in place of another one, or believes what the answer to a PATCH shows of them.

use crate::core::groups::GroupChange;
use crate::http::Transport;
use crate::postman::{PostmanError, Writer};

use super::send::{Sent, Subject};

pub async fn attempt<T: Transport>(
    _writer: &Writer<'_, T>,
    _change: &GroupChange,
    _subject: Subject<'_>,
) -> Result<Sent, PostmanError> {
    Ok(Sent::not_sent("groups are not sent yet"))
}
