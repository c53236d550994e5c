//! Bounds of a query and of the process that runs it.

use super::consent::ForPurpose;
use serde::{Deserialize, Serialize};

/// Bounds of one query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryLimits {
    /// Wall time from the question to the last row, milliseconds.
    pub time_ms: u64,
    /// Memory that operators may hold, bytes.
    pub memory_bytes: u64,
    /// Rows of the result; more are cut off and the answer says so.
    pub rows_max: u64,
    /// Bytes of the result as Arrow IPC; more are cut off and the answer says so.
    pub result_bytes_max: u64,
}

impl Default for QueryLimits {
    fn default() -> Self {
        Self {
            time_ms: 30_000,
            memory_bytes: 512 << 20,
            rows_max: 10_000,
            result_bytes_max: 64 << 20,
        }
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryRequest {
    /// The statement.
    pub sql: String,
    /// What `now()` answers, microseconds since 1970.
    pub now_us: i64,
    /// Its bounds.
    pub limits: QueryLimits,
    /// Only rows that may be used for this; all rows without it.
    pub purpose: Option<ForPurpose>,
}

impl QueryRequest {
    /// A question with the default bounds.
    pub fn new(sql: impl Into<String>, now_us: i64) -> Self {
        Self {
            sql: sql.into(),
            now_us,
            limits: QueryLimits::default(),
            purpose: None,
        }
    }
}

/// Bounds of a worker process, set once when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerLimits {
    /// Address space, bytes: the last resort against operators that allocate past their pool.
    pub address_space_bytes: u64,
    /// Resident bytes that a query may add beyond its own memory limit before it is ended.
    pub slack_bytes: u64,
    /// Open files.
    pub open_files: u64,
    /// Footers of Parquet files kept between queries, bytes.
    pub metadata_cache_bytes: u64,
    /// Threads that run a query.
    pub threads: usize,
}

impl Default for WorkerLimits {
    fn default() -> Self {
        Self {
            address_space_bytes: 4 << 30,
            slack_bytes: 256 << 20,
            open_files: 1024,
            metadata_cache_bytes: 64 << 20,
            threads: 2,
        }
    }
}

/// Longest statement, bytes.
pub(super) const SQL_BYTES_MAX: usize = 1 << 20;
/// Most tokens of a statement, blanks and comments not counted.
pub(super) const TOKENS_MAX: usize = 50_000;
/// Most operators and keywords of a statement: what could chain.
pub(super) const STEPS_MAX: usize = 5_000;
/// Deepest nesting of brackets that is parsed.
pub(super) const BRACKETS_DEEP_MAX: usize = 64;
/// Deepest recursion of the parser; a bracket takes two or three levels of it.
pub(super) const PARSER_DEPTH_MAX: usize = 200;
/// Deepest expression, operators chained on one level included.
pub(super) const EXPRESSION_DEPTH_MAX: usize = 256;
/// Most expressions of a statement.
pub(super) const EXPRESSIONS_MAX: usize = 20_000;
/// Most columns in all select lists together.
pub(super) const SELECT_ITEMS_MAX: usize = 2_000;
/// Most `*` in select lists.
pub(super) const WILDCARDS_MAX: usize = 32;
/// Most named subqueries (`WITH`).
pub(super) const CTES_MAX: usize = 100;
/// Most queries inside one another or side by side.
pub(super) const QUERIES_MAX: usize = 200;
/// Most tables named in `FROM`.
pub(super) const RELATIONS_MAX: usize = 100;
/// Most tables and subqueries once named subqueries are written out at each use.
pub(super) const EXPANDED_MAX: u64 = 500;
/// Most nodes of a plan once named subqueries are written out.
pub(super) const PLAN_NODES_MAX: usize = 5_000;
/// Largest product of literal counts of functions that multiply text or rows.
pub(super) const AMPLIFICATION_MAX: u64 = 100_000;
/// Longest pattern of a regular expression, bytes.
pub(super) const PATTERN_BYTES_MAX: usize = 1_000;
/// Most pairs of rows that a join without an equality may look at.
pub(super) const JOIN_PAIRS_MAX: u64 = 100_000_000;
/// Stack of the thread that parses and plans, bytes; only touched pages cost memory.
pub(super) const PLAN_STACK_BYTES: usize = 256 << 20;
/// How long after its time limit a worker may still say so before the parent gives it up, ms.
pub(super) const GRACE_MS: u64 = 1_500;

const _: () = assert!(EXPRESSION_DEPTH_MAX < STEPS_MAX && STEPS_MAX < TOKENS_MAX);
const _: () = assert!(SELECT_ITEMS_MAX < EXPRESSIONS_MAX);
