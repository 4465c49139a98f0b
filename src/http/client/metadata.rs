//! The metadata server of a machine at Google: where a program gets tokens of the service account that the machine runs as.
//!
//! Never: goes through a proxy, sends anything secret, or believes an answer that does not say whose it is.

use reqwest::header::HeaderValue;
use url::Url;

use super::{HttpSetupError, HttpTransport, Limits, Response, TransportError, client};
use crate::config::Http;
use crate::http::origin;

/// Asked for and answered (Google Cloud, "About VM metadata"): no proxy adds the one, and no other server the other.
const FLAVOR: (&str, &str) = ("metadata-flavor", "Google");

impl HttpTransport {
    /// `host` is `GCE_METADATA_HOST`, as Google's own clients have it. Also returns where it goes.
    pub(crate) fn to_metadata_server(host: Option<&str>) -> Result<(Self, Url), HttpSetupError> {
        let base = origin::metadata(host)
            .map_err(|reason| HttpSetupError::BaseUrl { url: "of the metadata server".into(), reason })?;
        let limits = Limits::default();
        // Without a proxy, whatever the configuration says of others.
        let client = client(&base, &Http::default(), &limits)?;
        let transport =
            Self { client, host: origin::label(&base), accept: "*/*", extra: |_| &[], base: base.clone(), limits };
        Ok((transport, base))
    }

    /// GET of a path of the metadata server's.
    pub(crate) async fn get_metadata(&self, path: &str) -> Result<Response, TransportError> {
        let url = origin::join(&self.base, path, self.limits.url_bytes_max).map_err(|reason| self.not_sent(reason))?;
        let mut request = reqwest::Request::new(reqwest::Method::GET, url);
        request.headers_mut().insert(FLAVOR.0, HeaderValue::from_static(FLAVOR.1));
        let response = self.carry(request).await?;
        if response.header(FLAVOR.0) == Some(FLAVOR.1) { Ok(response) } else { Err(self.refused(NOT_GOOGLES.into())) }
    }
}

const NOT_GOOGLES: &str = "something that is no metadata server of Google's (no Metadata-Flavor: Google)";
