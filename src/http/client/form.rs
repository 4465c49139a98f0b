//! A form: how a token endpoint is asked (RFC 6749 §4.4.2), with the client's credentials in it or in the header.
//!
//! Never: logs or shows what is sent.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::{HttpTransport, Response, TransportError};
use crate::http::origin;

/// A POST of `application/x-www-form-urlencoded`, relative to the transport's base URL.
pub(crate) struct Form {
    /// Begins with `/`, percent-encoded.
    pub path: String,
    /// The whole value of the `Authorization` header, where one is wanted.
    pub authorization: Option<SecretString>,
    /// Already encoded.
    pub fields: Zeroizing<String>,
}

impl HttpTransport {
    /// Sends it as `Transport::send` does a request, within the same limits.
    pub(crate) async fn post_form(&self, form: Form) -> Result<Response, TransportError> {
        let url =
            origin::join(&self.base, &form.path, self.limits.url_bytes_max).map_err(|reason| self.not_sent(reason))?;
        let mut request = reqwest::Request::new(reqwest::Method::POST, url);
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        if let Some(authorization) = form.authorization {
            let mut value = HeaderValue::from_str(authorization.expose_secret())
                .map_err(|_| self.not_sent("credentials that cannot stand in a header"))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        *request.body_mut() = Some(form.fields.as_bytes().to_vec().into());
        self.carry(request).await
    }
}
