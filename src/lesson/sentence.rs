//! A condition in words, with the values that made it true or false: `box.hostname is 'vm', not 'web'`.
//! Made from the expression and its facts, for those who try a challenge. Called by `expr`.

use cel::Value;
use cel::common::ast::{Expr, IdedExpr, operators};

use super::chain;
use super::fact;
use crate::model::Untrusted;

/// One side of a comparison.
struct Side {
    /// The fact, if it is one and not computed.
    name: Option<String>,
    value: Value,
}

impl Side {
    fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    fn shown(&self) -> String {
        match &self.value {
            Value::Null => "absent".to_owned(),
            value => fact::brief(value),
        }
    }
}

/// In words, if it is a comparison or a single fact; `value` is what a node of the tree comes to.
pub(super) fn of(
    tree: &IdedExpr,
    holds: bool,
    value: impl Fn(&IdedExpr) -> Option<Value>,
) -> Option<String> {
    if let Some(name) = fact_name(tree) {
        return Some(format!("{name} is {holds}"));
    }
    let Expr::Call(call) = &tree.expr else {
        return None;
    };
    let (None, [left, right]) = (&call.target, call.args.as_slice()) else {
        return None;
    };
    let side = |node: &IdedExpr| {
        let value = value(node)?;
        let name = fact_name(node);
        Some(Side { name, value })
    };
    let (left, right) = (side(left)?, side(right)?);
    match call.func_name.as_str() {
        operators::EQUALS => equal(&left, &right, holds),
        operators::NOT_EQUALS => unequal(&left, &right, holds),
        operators::IN => contained(&left, &right, holds),
        operators::GREATER => ordered(&left, "more than", &right, holds),
        operators::GREATER_EQUALS => ordered(&left, "at least", &right, holds),
        operators::LESS => ordered(&left, "less than", &right, holds),
        operators::LESS_EQUALS => ordered(&left, "at most", &right, holds),
        _ => None,
    }
}

/// A fact as the lesson writes it; `None` for what is computed and for what stands there itself.
fn fact_name(node: &IdedExpr) -> Option<String> {
    match &node.expr {
        Expr::Literal(_) => None,
        _ => chain::spell(node).map(|name| Untrusted::from(name).text()),
    }
}

fn equal(left: &Side, right: &Side, holds: bool) -> Option<String> {
    let (name, other) = named_first(left, right)?;
    let (mine, wanted) = (name.1.shown(), other.shown());
    let name = name.0;
    Some(match (&other.name, holds) {
        (None, true) if other.is_null() => format!("there is no {name}"),
        (None, false) if other.is_null() => format!("{name} is still there"),
        (None, true) => format!("{name} is {wanted}"),
        (None, false) => format!("{name} is {mine}, not {wanted}"),
        (Some(other), true) => format!("{name} and {other} are the same"),
        (Some(other), false) => format!("{name} is {mine}, but {other} is {wanted}"),
    })
}

fn unequal(left: &Side, right: &Side, holds: bool) -> Option<String> {
    let (name, other) = named_first(left, right)?;
    let (mine, value) = (name.1.shown(), other.shown());
    let name = name.0;
    Some(match (&other.name, holds) {
        (None, true) if other.is_null() => format!("{name} is there"),
        (None, false) if other.is_null() => format!("there is no {name} yet"),
        (None, true) => format!("{name} is {mine}, not {value}"),
        (None, false) => format!("{name} is still {value}"),
        (Some(other), true) => format!("{name} and {other} differ"),
        (Some(other), false) => format!("{name} and {other} are the same: {mine}"),
    })
}

fn contained(left: &Side, right: &Side, holds: bool) -> Option<String> {
    let list = right.name.as_ref()?;
    let item = left.shown();
    Some(if holds {
        format!("{list} has {item}")
    } else {
        format!("{list} has no {item}: {}", right.shown())
    })
}

fn ordered(left: &Side, words: &str, right: &Side, holds: bool) -> Option<String> {
    let name = left.name.as_ref()?;
    let (mine, bound) = (left.shown(), right.shown());
    let link = if holds { ":" } else { ", not" };
    Some(format!("{name} is {mine}{link} {words} {bound}"))
}

/// The fact with its name, and the other side; of two facts, the left one.
fn named_first<'s>(left: &'s Side, right: &'s Side) -> Option<((&'s str, &'s Side), &'s Side)> {
    match (&left.name, &right.name) {
        (Some(name), _) => Some(((name, left), right)),
        (None, Some(name)) => Some(((name, right), left)),
        (None, None) => None,
    }
}
