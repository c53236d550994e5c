//! The ports at which the server listens: the main one, and those that OpenTelemetry's exporters try
//! first, 4317 for gRPC and 4318 for HTTP.

use crate::Error;
use crate::config::{Config, OtlpPort};
use crate::doors;
use crate::state::State;
use axum::Router;
use futures::future::try_join_all;
use std::future::{Future, IntoFuture};
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What is spoken at a port of OpenTelemetry.
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
pub(crate) struct Ports {
    main: SocketAddr,
    otlp: Vec<(Speech, OtlpPort)>,
}

impl Ports {
    pub(crate) fn of(config: &Config) -> Result<Self, Error> {
        let (otlp, main) = (&config.otlp, config.listen);
        let grpc = otlp.grpc(main)?.map(|port| (Speech::Grpc, port));
        let http = otlp.http(main)?.map(|port| (Speech::Http, port));
        Ok(Self {
            main,
            otlp: grpc.into_iter().chain(http).collect(),
        })
    }

    /// An address at which other machines reach this one.
    pub(crate) fn foreign(&self) -> Option<SocketAddr> {
        let otlp = self.otlp.iter().map(|(_, port)| port.address);
        let mut all = std::iter::once(self.main).chain(otlp);
        all.find(|address| !address.ip().is_loopback())
    }
}

/// The ports that are open.
pub(crate) struct Listening {
    main: TcpListener,
    address: SocketAddr,
    otlp: Vec<(Speech, TcpListener)>,
}

impl Listening {
    /// Opens ports. One of OpenTelemetry that nobody asked for by name may be another's, e.g. a
    /// Collector's on the same machine: then there is a warning, and traces come in at the main port.
    pub(crate) async fn open(ports: Ports) -> Result<Self, Error> {
        let main = bind(ports.main).await?;
        let address = main.local_addr().map_err(|e| failed(ports.main, e))?;
        let mut otlp = Vec::with_capacity(ports.otlp.len());
        for (speech, port) in ports.otlp {
            match bind(port.address).await {
                Ok(listener) => otlp.push((speech, listener)),
                Err(error) if port.is_asked_for => return Err(error),
                Err(error) => tracing::warn!(
                    address = %port.address, %error,
                    "OpenTelemetry finds this server at /v1/traces of its main port only; \
                     free the port, or set otlp.{} to another address or to off",
                    speech.name()
                ),
            }
        }
        Ok(Self {
            main,
            address,
            otlp,
        })
    }

    /// The main address.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What is spoken for OpenTelemetry, and where.
    pub(crate) fn otlp_addresses(&self) -> Vec<(&'static str, SocketAddr)> {
        let address = |(speech, listener): &(Speech, TcpListener)| {
            Some((speech.name(), listener.local_addr().ok()?))
        };
        self.otlp.iter().filter_map(address).collect()
    }

    /// Answers at all ports until told to drain, and the requests that are open then.
    pub(crate) fn serve(
        self,
        state: State,
        drained: &watch::Receiver<bool>,
    ) -> impl Future<Output = std::io::Result<Vec<()>>> + use<> {
        let router = |speech| match speech {
            Speech::Grpc => doors::grpc::router(state.clone()),
            Speech::Http => doors::traces_router(state.clone()),
        };
        let otlp = self.otlp.into_iter();
        let mut all: Vec<(TcpListener, Router)> = otlp
            .map(|(speech, listener)| (listener, router(speech)))
            .collect();
        all.push((self.main, doors::router(state)));
        try_join_all(all.into_iter().map(|(listener, router)| {
            // A router as it is would be made anew for each connection.
            let serving = axum::serve(listener, router.into_make_service());
            let until = draining(drained.clone());
            serving.with_graceful_shutdown(until).into_future()
        }))
    }
}

/// Waits until the server is told to drain, or nobody is left to tell it.
pub(crate) async fn draining(mut drained: watch::Receiver<bool>) {
    let _ = drained.wait_for(|told| *told).await;
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Error> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|source| failed(address, source))
}

fn failed(address: SocketAddr, source: std::io::Error) -> Error {
    Error::Io {
        what: "listen on",
        path: address.to_string(),
        source,
    }
}
