//! Which functions a statement may call, and with what.
//!
//! The engine's functions reach nothing outside, but some make much out of little: those take
//! literal counts only, and the product of all counts of a statement is bounded, so nesting them
//! does not help. Patterns of regular expressions are literals, so each is compiled once.

use super::failure::{QueryCode, QueryFailure};
use super::limits::{AMPLIFICATION_MAX, PATTERN_BYTES_MAX};
use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, UnaryOperator, Value,
};

/// Calls seen so far in a statement.
#[derive(Debug)]
pub(super) struct Calls {
    amplification: u64,
}

impl Default for Calls {
    fn default() -> Self {
        Self { amplification: 1 }
    }
}

impl Calls {
    /// Holds one node of the tree against the rules; its children are checked by their own visit.
    pub(super) fn check(&mut self, expr: &Expr) -> Result<(), QueryFailure> {
        match expr {
            Expr::Function(call) => self.check_call(call),
            Expr::BinaryOp { op, right, .. } if is_regex(op) => check_pattern(Some(right)),
            Expr::SimilarTo { pattern, .. } | Expr::RLike { pattern, .. } => {
                check_pattern(Some(pattern))
            }
            Expr::Cast { data_type, .. } => check_type(data_type),
            _ => Ok(()),
        }
    }

    fn check_call(&mut self, call: &Function) -> Result<(), QueryFailure> {
        let name = call
            .name
            .0
            .last()
            .map(|part| part.to_string().replace('"', "").to_lowercase());
        let name = name.unwrap_or_default();
        let args = arguments(call);
        let arg = |at: usize| args.get(at).copied();
        match name.as_str() {
            "repeat" | "lpad" | "rpad" | "array_repeat" | "list_repeat" | "array_resize"
            | "list_resize" => self.amplify(&name, arg(1).and_then(integer)),
            "range" | "generate_series" | "gen_series" => {
                let (from, to) = match args.as_slice() {
                    [to] => (Some(0), integer(to)),
                    [from, to] | [from, to, _] => (integer(from), integer(to)),
                    _ => (None, None),
                };
                let step = arg(2).map_or(Some(1), integer).filter(|s| *s != 0);
                let count = from.zip(to).zip(step).and_then(|((from, to), step)| {
                    i64::try_from(to.abs_diff(from) / step.unsigned_abs())
                        .ok()?
                        .checked_add(1)
                });
                self.amplify(&name, count)
            }
            "regexp_like" | "regexp_match" | "regexp_replace" | "regexp_count" | "regexp_instr"
            | "regexp_substr" | "regexp_extract" => check_pattern(arg(1)),
            "arrow_cast" | "arrow_try_cast" => match arg(1).and_then(text) {
                Some(to) if !to.to_lowercase().contains("fixed") => Ok(()),
                _ => Err(QueryFailure::not_allowed(&format!(
                    "{name} to a fixed size or a computed type"
                ))),
            },
            _ => Ok(()),
        }
    }

    fn amplify(&mut self, name: &str, count: Option<i64>) -> Result<(), QueryFailure> {
        let Some(count) = count else {
            return Err(QueryFailure::new(
                QueryCode::SqlNotAllowed,
                format!("{name} is only allowed with a literal count."),
                format!("Write a number of at most {AMPLIFICATION_MAX}."),
            ));
        };
        self.amplification = self
            .amplification
            .saturating_mul(count.unsigned_abs().max(1));
        if self.amplification > AMPLIFICATION_MAX {
            let has = format!("{name} with counts that multiply to {}", self.amplification);
            return Err(QueryFailure::too_complex(
                &has,
                AMPLIFICATION_MAX,
                "Use smaller counts.",
            ));
        }
        Ok(())
    }
}

fn arguments(call: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &call.args else {
        return Vec::new();
    };
    fn of(arg: &FunctionArg) -> Option<&Expr> {
        match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
            FunctionArg::Named {
                arg: FunctionArgExpr::Expr(expr),
                ..
            } => Some(expr),
            FunctionArg::ExprNamed {
                arg: FunctionArgExpr::Expr(expr),
                ..
            } => Some(expr),
            _ => None,
        }
    }
    list.args.iter().filter_map(of).collect()
}

fn integer(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => digits.to_string().parse().ok(),
            _ => None,
        },
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => integer(expr)?.checked_neg(),
        Expr::UnaryOp {
            op: UnaryOperator::Plus,
            expr,
        }
        | Expr::Nested(expr) => integer(expr),
        _ => None,
    }
}

fn text(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => Some(text),
            _ => None,
        },
        Expr::Nested(expr) => text(expr),
        _ => None,
    }
}

fn is_regex(op: &BinaryOperator) -> bool {
    use BinaryOperator::{PGRegexIMatch, PGRegexMatch, PGRegexNotIMatch, PGRegexNotMatch, Regexp};
    matches!(
        op,
        PGRegexMatch | PGRegexIMatch | PGRegexNotMatch | PGRegexNotIMatch | Regexp
    )
}

fn check_pattern(pattern: Option<&Expr>) -> Result<(), QueryFailure> {
    let Some(pattern) = pattern.and_then(text) else {
        return Err(QueryFailure::new(
            QueryCode::SqlNotAllowed,
            "A regular expression must be a literal.",
            "Write the pattern as text in quotes.",
        ));
    };
    if pattern.len() > PATTERN_BYTES_MAX {
        let has = format!("a pattern of {} bytes", pattern.len());
        return Err(QueryFailure::too_complex(
            &has,
            PATTERN_BYTES_MAX,
            "Use several shorter patterns.",
        ));
    }
    Ok(())
}

/// Lists of a fixed length allocate that length for every row, null or not.
fn check_type(to: &DataType) -> Result<(), QueryFailure> {
    match to {
        DataType::Array(ArrayElemTypeDef::SquareBracket(_, Some(_))) => {
            Err(QueryFailure::not_allowed("A list of fixed length"))
        }
        DataType::Array(
            ArrayElemTypeDef::SquareBracket(inner, None)
            | ArrayElemTypeDef::AngleBracket(inner)
            | ArrayElemTypeDef::Parenthesis(inner),
        ) => check_type(inner),
        DataType::Custom(..) => Err(QueryFailure::not_allowed(&format!("The type {to}"))),
        _ => Ok(()),
    }
}
