//! Writes: the four requests that change somebody, each exactly one SCIM request.
//!
//! Never: reads first, compares afterwards or decides; and never sends more about a person than the three mapped
//! attributes and `active`.

use super::call::Call;
use super::error::About;
use super::read::{Reader, by_id};
use super::{Cause, PostmanError, wire};
use crate::core::model::{Account, Member, Name, ScimId, UserName};
use crate::http::{Method, Response, Transport};

/// Writes, and reads through the reader it was made from.
pub struct Writer<'r, T> {
    pub reader: &'r Reader<T>,
}

impl<'r, T> Writer<'r, T> {
    pub fn new(reader: &'r Reader<T>) -> Self {
        Self { reader }
    }

    /// The reads of the same team.
    pub fn reader(&self) -> &'r Reader<T> {
        self.reader
    }
}

/// Each returns the member as the answer shows it, which need not be what was asked for: the engine compares.
/// A 2xx that shows no member, or another one, is `Cause::Unknown`.
impl<T: Transport> Writer<'_, T> {
    /// `POST /Users`. Postman adds the person at once, or sends an invitation.
    pub async fn create(&self, account: &Account) -> Result<Member, PostmanError> {
        let call = Call {
            operation: "create a member",
            about: About::Newcomer,
            method: Method::Post,
            path: "/Users".to_owned(),
            body: Some(wire::create(account)),
        };
        let response = self.reader.send(&call).await?;
        shown(&call, &response)
    }

    /// `PATCH` of `userName`, inside a verified domain only.
    pub async fn readdress(&self, id: &ScimId, to: &UserName) -> Result<Member, PostmanError> {
        self.change("readdress a member", Method::Patch, id, wire::readdress(to)).await
    }

    /// `PUT` of `name`, which `PATCH` is not documented to take.
    pub async fn rename(&self, id: &ScimId, to: &Name) -> Result<Member, PostmanError> {
        self.change("rename a member", Method::Put, id, wire::rename(to)).await
    }

    /// `PATCH` of `active`: in or out of the team.
    pub async fn set_active(&self, id: &ScimId, active: bool) -> Result<Member, PostmanError> {
        let operation = if active { "reactivate a member" } else { "deactivate a member" };
        self.change(operation, Method::Patch, id, wire::set_active(active)).await
    }

    async fn change(
        &self,
        operation: &'static str,
        method: Method,
        id: &ScimId,
        body: Vec<u8>,
    ) -> Result<Member, PostmanError> {
        let call = by_id(operation, method, id, Some(body))?;
        let response = self.reader.send(&call).await?;
        let member = shown(&call, &response)?;
        if member.scim_id != *id {
            return Err(call.error(Cause::Unknown, Some(response.status), "the answer shows another id"));
        }
        Ok(member)
    }
}

fn shown(call: &Call, response: &Response) -> Result<Member, PostmanError> {
    let member = wire::member(&response.body);
    member.map_err(|reason| call.error(Cause::Unknown, Some(response.status), &reason.to_string()))
}
