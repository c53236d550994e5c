//! The server: doors, identity, clock and background work. The only room that reads the time,
//! listens and spawns.
//!
//! Enter through [`Server`]. The SQL child's life is [`sql_worker`]; what can be done on a data
//! directory without a server is in [`offline`].

mod backends;
mod clock;
mod config;
mod datadir;
mod doors;
mod erasure;
mod error;
mod exposition;
mod findings;
mod guard;
mod identity;
mod intake;
mod keyring;
mod listening;
mod notify;
pub mod offline;
mod outage;
mod policy;
mod private_file;
mod problem;
mod registry;
mod rehearsals;
mod rehearsing;
mod routing;
mod rows_json;
mod runs;
mod secret;
mod server;
mod silencing;
mod sql;
mod standing;
mod state;
mod task;

pub use candor_lake::{Breach, each_once};
pub use config::{
    Config, ConfigError, DEFAULT_LISTEN, Monitoring, Notify, Otlp, S3, SECRET_PREFIX, Smtp,
    SmtpTls, Sql, Storage,
};
pub use erasure::Receipt;
pub use error::Error;
pub use intake::{MaskedColumn, MintedId, RejectedRow, Reply};
pub use keyring::{KeyError, KeyView, MasterKey};
pub use offline::sql_worker;
pub use problem::Problem;
pub use secret::Secret;
pub use server::Server;

/// The OpenAPI 3.1 document, as JSON.
pub fn openapi_json() -> String {
    doors::openapi().to_pretty_json().unwrap_or_default()
}
