//! The services beside OSS that issue temporary accounts: when they start, and what tests see.

use std::io;
use std::sync::{Arc, OnceLock};

use crate::issuing::{Issued, Issuing, MetadataRequest};
use crate::server::Server;
use crate::{metadata, small_http, sts};

impl Server {
    /// Where the metadata service of an ECS machine is played, which this call starts.
    pub fn metadata_url(&self) -> String {
        url(&self.metadata_port, || {
            let runtime = self.runtime.as_ref().expect("only drop takes it");
            let (listener, port) = small_http::bind(runtime.handle(), 0)?;
            let shared = Arc::clone(&self.shared);
            runtime.spawn(small_http::serve(listener, move |request, _| {
                metadata::answer(Arc::clone(&shared), request)
            }));
            Ok(port)
        })
    }

    /// Where STS is played, which this call starts.
    pub fn sts_url(&self) -> String {
        url(&self.sts_port, || {
            let runtime = self.runtime.as_ref().expect("only drop takes it");
            let (listener, port) = small_http::bind(runtime.handle(), 0)?;
            let shared = Arc::clone(&self.shared);
            runtime.spawn(small_http::serve(listener, move |request, body| {
                sts::answer(Arc::clone(&shared), request, body)
            }));
            Ok(port)
        })
    }

    /// Sets how both of them issue from now on.
    pub fn temporary_credentials(&self, settings: Issuing) {
        self.shared.state().issuer.settings = settings;
    }

    /// Every request for credentials that either of them got, in order of arrival.
    pub fn issued(&self) -> Vec<Issued> {
        self.shared.state().issuer.log.clone()
    }

    /// The most requests for credentials that were in progress at once.
    pub fn max_concurrent_issuing(&self) -> usize {
        self.shared.state().issuer.max_concurrent
    }

    /// Every request the metadata service got, those for tokens and role names included.
    pub fn metadata_requests(&self) -> Vec<MetadataRequest> {
        self.shared.state().issuer.metadata_log.clone()
    }
}

fn url(port: &OnceLock<u16>, start: impl FnOnce() -> io::Result<u16>) -> String {
    let port = port.get_or_init(|| start().expect("a port can be had"));
    format!("http://127.0.0.1:{port}")
}
