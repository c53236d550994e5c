//! Tasks and threads with names: the only place that spawns.

use std::future::Future;
use std::thread::JoinHandle;
use tokio::runtime::Handle;

/// Starts a task of a request, which ends by itself.
pub(crate) fn spawn_on<F>(runtime: &Handle, future: F)
where
    F: Future<Output = ()> + Send + 'static,
{
    drop(runtime.spawn(future));
}

/// Starts a task that lives as long as the server, and is waited for at its end.
pub(crate) fn spawn<F>(runtime: &Handle, future: F) -> JoinTask
where
    F: Future<Output = ()> + Send + 'static,
{
    runtime.spawn(future)
}

/// The end of a task.
pub(crate) type JoinTask = tokio::task::JoinHandle<()>;

/// Starts a thread that lives as long as the server.
pub(crate) fn thread<T: Send + 'static>(
    name: &'static str,
    run: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<JoinHandle<T>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run)
}
