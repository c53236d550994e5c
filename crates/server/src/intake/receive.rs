//! Bodies as they come in: never more of all of them together than a budget, and none for ever.

use crate::problem::Problem;
use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of a body that cost nothing: single events come however many large bodies are on their way.
const FREE: usize = 16 << 10;
/// The budget is taken in steps of so many bytes, as they come.
const STEP: usize = 256 << 10;
/// A sender that sends nothing for so long has gone.
const IDLE: Duration = Duration::from_secs(30);

/// How much of bodies may be here before they are decoded.
#[derive(Debug, Clone)]
pub(super) struct Receiving {
    steps: Arc<Semaphore>,
    body_bytes_max: usize,
    idle: Duration,
}

/// A body that is here, with what it takes of the budget.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) bytes: Bytes,
    steps: Option<OwnedSemaphorePermit>,
}

impl Received {
    /// Another budget bounds it from now on.
    pub(super) fn release(&mut self) {
        self.steps = None;
    }
}

/// A body that did not come over the network.
impl From<Bytes> for Received {
    fn from(bytes: Bytes) -> Self {
        Self { bytes, steps: None }
    }
}

impl Receiving {
    /// One body of the largest size always fits.
    pub(super) fn new(bytes_max: usize, body_bytes_max: usize) -> Self {
        let steps = bytes_max.max(body_bytes_max).div_ceil(STEP);
        Self {
            steps: Arc::new(Semaphore::new(steps)),
            body_bytes_max,
            idle: IDLE,
        }
    }

    /// The whole body.
    ///
    /// # Errors
    /// It is too large, was cut off, stalls, or there is no room for it beside the others.
    pub(super) async fn receive(&self, mut body: Body) -> Result<Received, Problem> {
        let mut chunks: Vec<Bytes> = Vec::new();
        let (mut got, mut paid) = (0, FREE);
        let mut steps: Option<OwnedSemaphorePermit> = None;
        loop {
            let next = tokio::time::timeout(self.idle, body.frame()).await;
            let Some(frame) = next.map_err(|_| stalled(self.idle))? else {
                break;
            };
            let Ok(data) = frame.map_err(|_| cut())?.into_data() else {
                continue;
            };
            got += data.len();
            if got > self.body_bytes_max {
                return Err(too_large(self.body_bytes_max));
            }
            if got > paid {
                let more = (got - paid).div_ceil(STEP);
                paid += more * STEP;
                let own = self.take(more)?;
                match &mut steps {
                    Some(steps) => steps.merge(own),
                    None => steps = Some(own),
                }
            }
            chunks.push(data);
        }
        Ok(Received {
            bytes: joined(chunks, got),
            steps,
        })
    }

    fn take(&self, steps: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let full = || Problem::busy("Too many large bodies are on their way.");
        let steps = u32::try_from(steps).map_err(|_| full())?;
        let own = self.steps.clone().try_acquire_many_owned(steps);
        own.map_err(|_| full())
    }
}

fn joined(mut chunks: Vec<Bytes>, length: usize) -> Bytes {
    if chunks.len() == 1 {
        return chunks.swap_remove(0);
    }
    let mut whole = Vec::with_capacity(length);
    chunks
        .iter()
        .for_each(|chunk| whole.extend_from_slice(chunk));
    whole.into()
}

fn too_large(max: usize) -> Problem {
    let detail = format!("The body has more than {max} bytes.");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
        .hint("Send smaller batches.")
}

fn cut() -> Problem {
    let detail = "The body ended before it was complete; nothing was stored.";
    Problem::bad_request("cut_body", detail)
}

fn stalled(idle: Duration) -> Problem {
    let detail = format!(
        "Nothing of the body came for {} seconds; nothing was stored.",
        idle.as_secs()
    );
    Problem::new(StatusCode::REQUEST_TIMEOUT, "stalled_body", detail).hint("Send it again.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream::{self, StreamExt};
    use std::convert::Infallible;

    /// A body in pieces of so many bytes.
    fn body(pieces: &[usize]) -> Body {
        let piece = |n: usize| Ok::<_, Infallible>(Bytes::from(vec![b'x'; n]));
        Body::from_stream(stream::iter(pieces.to_vec()).map(piece))
    }

    async fn outcome(receiving: &Receiving, pieces: &[usize]) -> Result<Received, String> {
        let received = receiving.receive(body(pieces)).await;
        received.map_err(|problem| problem.code.to_string())
    }

    #[tokio::test]
    async fn bodies_take_of_the_budget_what_they_bring_and_give_it_back() {
        let receiving = Receiving::new(2 * STEP, 2 * STEP);
        let small = outcome(&receiving, &[FREE]).await.unwrap();
        assert_eq!(receiving.steps.available_permits(), 2);
        let first = outcome(&receiving, &[STEP, 1]).await.unwrap();
        assert_eq!((first.bytes.len(), small.bytes.len()), (STEP + 1, FREE));
        assert_eq!(receiving.steps.available_permits(), 1);
        let second = outcome(&receiving, &[FREE, STEP]).await.unwrap();
        // There is no room for more, but for what costs nothing.
        let third = outcome(&receiving, &[FREE, 1]).await;
        assert_eq!(third.unwrap_err(), "busy");
        assert!(outcome(&receiving, &[100]).await.is_ok());
        drop((first, second));
        assert_eq!(receiving.steps.available_permits(), 2);
        assert!(outcome(&receiving, &[]).await.unwrap().bytes.is_empty());
    }

    #[tokio::test]
    async fn the_largest_body_always_fits_and_a_larger_one_never() {
        let receiving = Receiving::new(1, 3 * STEP + 5);
        assert!(outcome(&receiving, &[3 * STEP, 5]).await.is_ok());
        let larger = outcome(&receiving, &[3 * STEP, 6]).await;
        assert_eq!(larger.unwrap_err(), "body_too_large");
    }

    #[tokio::test]
    async fn a_sender_that_stalls_is_given_up_and_a_slow_one_is_not() {
        let mut receiving = Receiving::new(STEP, STEP);
        let patient = receiving.clone();
        receiving.idle = Duration::from_millis(20);
        let first = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"x"))]);
        let stalls = Body::from_stream(first.chain(stream::pending()));
        let given_up = receiving.receive(stalls).await;
        assert_eq!(given_up.unwrap_err().code, "stalled_body");
        let slow = stream::iter(0..10).then(|_| async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Ok::<_, Infallible>(Bytes::from_static(b"x"))
        });
        let received = patient.receive(Body::from_stream(slow)).await;
        assert_eq!(received.unwrap().bytes.len(), 10);
    }

    #[tokio::test]
    async fn a_body_that_is_cut_off_is_said() {
        let receiving = Receiving::new(STEP, STEP);
        let broken = stream::iter([Ok(Bytes::from_static(b"x")), Err("gone")]);
        let outcome = receiving.receive(Body::from_stream(broken)).await;
        assert_eq!(outcome.unwrap_err().code, "cut_body");
    }
}
