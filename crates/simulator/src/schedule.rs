//! What happens beside the requests: feature builds and deployments.

use crate::fault::Fault;
use crate::frame::{Frame, Values, Word};
use crate::member::Member;
use crate::random::Random;
use candor_contract::spec::FaultKind;

/// Rows of an ordinary feature build.
const BUILD_ROWS: f64 = 400_000.0;

/// The builds of a model's features in `[from_us, to_us)`. Stale features were not built.
pub(crate) fn builds(member: &Member, seed: u64, from_us: i64, to_us: i64) -> Frame {
    let every = member.law().refresh_us;
    let first = from_us.div_euclid(every) + i64::from(from_us.rem_euclid(every) > 0);
    let times: Vec<i64> = (first..)
        .map(|k| k.saturating_mul(every))
        .take_while(|t| *t < to_us)
        .filter(|t| !is_stale(member, *t))
        .collect();
    let rows = times.iter().map(|t| {
        let build = t.div_euclid(every).unsigned_abs();
        let mut random = Random::at(seed, [member.number, build, u64::MAX]);
        (BUILD_ROWS * (1.0 + 0.01 * random.normal())) as i64
    });
    let rows = Values::integers(rows.collect::<Vec<_>>());
    let mut frame = heads(member, "stage", "features", &times);
    let each = |word: String| Values::words(vec![Word::from(word); times.len()]);
    frame.set("dataset", each(format!("features.{}", member.name)));
    frame.set("step", each("build".to_owned()));
    frame.set("rows", rows);
    frame
}

/// Whether all of a model's features are stale.
fn is_stale(member: &Member, at_us: i64) -> bool {
    let whole = |f: &Fault| f.kind == FaultKind::StaleData && f.segment.is_empty();
    member
        .faults
        .iter()
        .any(|f| whole(f) && f.strength(at_us) > 0.0)
}

/// The changes of a model in `[from_us, to_us)`.
pub(crate) fn changes(member: &Member, from_us: i64, to_us: i64) -> Frame {
    let changes: Vec<_> = member
        .changes
        .iter()
        .filter(|c| (from_us..to_us).contains(&c.at_us))
        .collect();
    let times: Vec<i64> = changes.iter().map(|c| c.at_us).collect();
    let mut frame = heads(member, "change", "deployment", &times);
    frame.set("what", Values::words(changes.iter().map(|c| c.what)));
    let names = Values::words(changes.iter().map(|_| member.name.clone()));
    frame.set("target", names);
    frame.set(
        "from",
        Values::words(changes.iter().map(|c| c.from.clone())),
    );
    frame.set("to", Values::words(changes.iter().map(|c| c.to.clone())));
    let by = changes.iter().map(|_| "release-pipeline");
    frame.set("by", Values::words(by));
    frame.set("why", Values::words(changes.iter().map(|c| c.why.clone())));
    frame
}

fn heads(member: &Member, kind: &'static str, what: &str, times: &[i64]) -> Frame {
    let mut frame = Frame::default();
    frame.set("time", Values::times(times.iter().copied()));
    let ids = times
        .iter()
        .map(|t| format!("{}-{what}-{}", member.name, candor_contract::format_us(*t)));
    frame.set("id", Values::words(ids.collect::<Vec<_>>()));
    frame.set("kind", Values::words(times.iter().map(|_| kind)));
    let names = times.iter().map(|_| member.name.clone());
    frame.set("model", Values::words(names.collect::<Vec<_>>()));
    frame
}
