//! A number with what backs it.

/// The share of intervals that hold the true value, unless a method says otherwise.
pub const CONFIDENCE: f64 = 0.95;

/// A figure: its value with an interval, the number of rows behind it, and how it was made.
///
/// `value`, `low` and `high` are finite where they are there: what cannot be told is absent, and
/// [`Figure::status`] says why.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The value.
    pub value: Option<f64>,
    /// Lower end of the interval, at [`CONFIDENCE`] unless the method says otherwise.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// Rows that it was computed from, missing ones left out.
    pub n: u64,
    /// How value and interval were made, e.g. `wilson`; a key of the chapter on methods.
    pub method: &'static str,
    /// Whether it may be acted on.
    pub status: Status,
}

/// Whether a figure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It does.
    Ok,
    /// There are fewer rows than the method needs.
    TooFew {
        /// Rows from which on it stands.
        needed: u64,
    },
    /// It is not defined for these rows.
    Undefined {
        /// Why, as the end of a sentence that begins with "undefined: ".
        reason: &'static str,
    },
}

impl Status {
    /// The word for it in tables and answers: `ok`, `too_few` or `undefined`.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::TooFew { .. } => "too_few",
            Status::Undefined { .. } => "undefined",
        }
    }
}

impl Figure {
    /// A value with its interval. A value that is not finite makes it undefined; an end that is not is
    /// left out.
    pub fn new(value: f64, (low, high): (f64, f64), n: u64, method: &'static str) -> Self {
        if !value.is_finite() {
            return Self::undefined("its value is not finite", n, method);
        }
        Self {
            value: Some(value),
            low: Some(low).filter(|x| x.is_finite()),
            high: Some(high).filter(|x| x.is_finite()),
            n,
            method,
            status: Status::Ok,
        }
    }

    /// A value without an interval: of a whole population, or where none is known.
    pub fn point(value: f64, n: u64, method: &'static str) -> Self {
        Self::new(value, (f64::NAN, f64::NAN), n, method)
    }

    /// What too few rows tell nothing about.
    pub fn too_few(n: u64, needed: u64, method: &'static str) -> Self {
        Self {
            status: Status::TooFew { needed },
            ..Self::undefined("", n, method)
        }
    }

    /// What is not defined for these rows, and why.
    pub fn undefined(reason: &'static str, n: u64, method: &'static str) -> Self {
        Self {
            value: None,
            low: None,
            high: None,
            n,
            method,
            status: Status::Undefined { reason },
        }
    }

    /// Whether it may be acted on.
    pub fn is_ok(&self) -> bool {
        self.status == Status::Ok
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_is_undefined_not_nan() {
        let figure = Figure::new(f64::NAN, (0.0, 1.0), 3, "mean");
        assert_eq!((figure.value, figure.status.name()), (None, "undefined"));
        let open = Figure::new(1.0, (0.5, f64::INFINITY), 3, "mean");
        assert_eq!((open.low, open.high), (Some(0.5), None));
    }
}
