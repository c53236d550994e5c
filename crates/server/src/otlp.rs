//! The ports that OpenTelemetry's exporters try first: 4317 for gRPC, 4318 for HTTP.

use crate::Error;
use crate::config::{Config, OtlpPort};
use crate::doors;
use crate::state::State;
use axum::Router;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// What is spoken at a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speech {
    Grpc,
    Http,
}

impl Speech {
    const fn name(self) -> &'static str {
        match self {
            Speech::Grpc => "grpc",
            Speech::Http => "http",
        }
    }
}

/// The ports that are to be opened.
pub(crate) struct OtlpPorts(Vec<(Speech, OtlpPort)>);

impl OtlpPorts {
    pub(crate) fn of(config: &Config) -> Result<Self, Error> {
        let (otlp, listen) = (&config.otlp, config.listen);
        let grpc = otlp.grpc(listen)?.map(|port| (Speech::Grpc, port));
        let http = otlp.http(listen)?.map(|port| (Speech::Http, port));
        Ok(Self(grpc.into_iter().chain(http).collect()))
    }

    /// Their addresses.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.0.iter().map(|(_, port)| port.address)
    }
}

/// The ports that are open.
pub(crate) struct OtlpListeners(Vec<(Speech, TcpListener)>);

impl OtlpListeners {
    /// Opens ports. One that nobody asked for by name may be another's, e.g. a Collector's on the same
    /// machine: then there is a warning, and traces come in at the main port.
    pub(crate) async fn open(ports: OtlpPorts) -> Result<Self, Error> {
        let mut listeners = Vec::with_capacity(ports.0.len());
        for (speech, port) in ports.0 {
            match listen(port.address).await {
                Ok(listener) => listeners.push((speech, listener)),
                Err(error) if port.is_asked_for => return Err(error),
                Err(error) => tracing::warn!(
                    address = %port.address, %error,
                    "OpenTelemetry finds this server at /v1/traces of its main port only; \
                     free the port, or set otlp.{} to another address or to off",
                    speech.name()
                ),
            }
        }
        Ok(Self(listeners))
    }

    /// What is spoken where.
    pub(crate) fn addresses(&self) -> Vec<(&'static str, SocketAddr)> {
        let address = |(speech, listener): &(Speech, TcpListener)| {
            Some((speech.name(), listener.local_addr().ok()?))
        };
        self.0.iter().filter_map(address).collect()
    }

    /// With what answers at each.
    pub(crate) fn with_routers(self, state: &State) -> Vec<(TcpListener, Router)> {
        let router = |speech| match speech {
            Speech::Grpc => doors::grpc::router(state.clone()),
            Speech::Http => doors::traces_router(state.clone()),
        };
        let all = self.0.into_iter();
        all.map(|(speech, listener)| (listener, router(speech)))
            .collect()
    }
}

/// Listens at an address.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address)
        .await
        .map_err(|source| Error::Io {
            what: "listen on",
            path: address.to_string(),
            source,
        })
}
