//! What every row is admitted under: limits, keys, the time of arrival.

use crate::ModelName;
use crate::guard::{Guard, Privacy};
use crate::keys::Keys;
use crate::limits::Limits;
use crate::rejection::{Code, Fault};

/// What admission knows besides the bytes.
#[derive(Debug)]
pub(crate) struct Setting<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) keys: &'a Keys,
    pub(crate) privacy: &'a Privacy,
    pub(crate) now_us: i64,
}

impl Setting<'_> {
    /// Whether an event time may be taken, see [`check_time`].
    pub(crate) fn check_time(&self, us: i64) -> Result<(), Fault> {
        check_time(us, self.limits, self.now_us)
    }

    pub(crate) fn guard(&self) -> Guard<'_> {
        Guard {
            privacy: self.privacy,
            keys: self.keys,
        }
    }
}

/// Whether an event time lies within the accepted bounds around its arrival at `now_us`; both in
/// microseconds.
///
/// # Errors
/// It lies too far in the past or in the future.
pub fn check_time(us: i64, limits: &Limits, now_us: i64) -> Result<(), Fault> {
    if us < now_us.saturating_sub(limits.age_max_us) {
        return Err(Fault::new(
            Code::TimeTooOld,
            "`time` lies further in the past than the server accepts (limits.age_max_us)",
        ));
    }
    if us > now_us.saturating_add(limits.future_max_us) {
        return Err(Fault::new(
            Code::TimeInFuture,
            "`time` lies further in the future than the server accepts (limits.future_max_us); \
             check the sender's clock",
        ));
    }
    Ok(())
}

/// A model's name checked, for rows that carry one.
pub(crate) fn model_name(name: &str) -> Result<ModelName, Fault> {
    ModelName::new(name).ok_or_else(|| {
        Fault::new(
            Code::InvalidModelName,
            "`model` must be 1 to 128 letters, digits, '.', '_' or '-', starting with a letter or \
             digit and without '..'",
        )
    })
}
