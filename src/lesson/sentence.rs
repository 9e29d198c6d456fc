//! A condition in words, with the values that made it true or false: `hostname of box is 'vm', not
//! 'web'`. Made from the expression and its facts, for those who try a challenge. Called by `expr`.

use cel::Value;
use cel::common::ast::{Expr, IdedExpr, operators};

use super::chain;
use super::fact;
use super::noun::{self, Eyes, Noun, Unit};
use crate::model::amount;

/// One side of a comparison.
struct Side {
    /// What it is called, if it is a fact and not computed.
    noun: Option<Noun>,
    value: Value,
    /// What is not there, if that is why it has no value.
    missing: Option<String>,
}

impl Side {
    fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    fn shown(&self, unit: Unit) -> String {
        match (&self.value, unit) {
            (Value::Null, _) => "absent".to_owned(),
            (Value::Int(number), Unit::Bytes) => {
                u64::try_from(*number).map_or_else(|_| number.to_string(), amount::bytes)
            }
            (Value::Int(number), Unit::Seconds) => format!("{number} s"),
            (Value::List(values), _) => listed(values),
            (value, _) => fact::brief(value),
        }
    }
}

/// At most this many elements of a list are named.
const NAMED: usize = 3;

fn listed(values: &[Value]) -> String {
    let named: Vec<String> = values.iter().take(NAMED).map(noun::bare).collect();
    match values.len().saturating_sub(NAMED) {
        _ if named.is_empty() => "none".to_owned(),
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// In words, if it is a comparison, a single fact, or the opposite of one.
pub(super) fn of(tree: &IdedExpr, holds: bool, eyes: &Eyes<'_>) -> Option<String> {
    if chain::spell(tree).is_some() {
        let fact = side(tree, eyes)?;
        let noun = fact.noun?;
        return Some(fact.missing.unwrap_or_else(|| state(&noun, holds)));
    }
    let Expr::Call(call) = &tree.expr else {
        return None;
    };
    let (left, right) = match (call.func_name.as_str(), &call.target, call.args.as_slice()) {
        (operators::LOGICAL_NOT, None, [inner]) => return not(inner, holds, eyes),
        (_, None, [left, right]) => (side(left, eyes)?, side(right, eyes)?),
        _ => return None,
    };
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

/// What shall not be so; only where the same words serve.
fn not(inner: &IdedExpr, holds: bool, eyes: &Eyes<'_>) -> Option<String> {
    let serves = match &inner.expr {
        Expr::Call(call) => call.func_name == operators::IN,
        _ => chain::spell(inner).is_some(),
    };
    serves.then(|| of(inner, !holds, eyes))?
}

fn side(node: &IdedExpr, eyes: &Eyes<'_>) -> Option<Side> {
    let found = (eyes.value)(node)?;
    let noun = noun::of(node, eyes);
    let missing = (found == Value::Null).then(|| missing(node, eyes));
    Some(Side {
        noun,
        missing: missing.flatten(),
        value: found,
    })
}

/// Of a fact without a value, what is not there: the whole of which it is a part, if that is not.
fn missing(node: &IdedExpr, eyes: &Eyes<'_>) -> Option<String> {
    let absent = |node: &&IdedExpr| (eyes.value)(node) == Some(Value::Null);
    let outermost = noun::wholes(node).into_iter().filter(absent).last();
    noun::of(outermost.unwrap_or(node), eyes).map(|noun| noun.absent)
}

/// A fact that is true or false.
fn state(noun: &Noun, is: bool) -> String {
    match noun.states {
        Some([yes, no]) => format!("{} {}", noun.owner, if is { yes } else { no }),
        None => format!("{} is {is}", noun.words),
    }
}

fn equal(left: &Side, right: &Side, holds: bool) -> Option<String> {
    let (noun, mine, other) = named_first(left, right)?;
    if let Some(missing) = mine.missing.as_ref().filter(|_| !other.is_null() || holds) {
        return Some(missing.clone());
    }
    if let (Value::Bool(is), None, Some(_)) = (&mine.value, &other.noun, noun.states) {
        return Some(state(noun, *is));
    }
    let (value, wanted) = (mine.shown(noun.unit), other.shown(noun.unit));
    let Noun { words, verb, .. } = noun;
    Some(match (&other.noun, holds) {
        (None, _) if other.is_null() => format!("{words} {verb} still there"),
        (None, true) => format!("{words} {verb} {value}"),
        (None, false) => format!("{words} {verb} {value}, not {wanted}"),
        (Some(other), true) => format!("{words} and {} are the same", other.words),
        (Some(other), false) => format!(
            "{words} {verb} {value}, but {} {} {wanted}",
            other.words, other.verb
        ),
    })
}

fn unequal(left: &Side, right: &Side, holds: bool) -> Option<String> {
    let (noun, mine, other) = named_first(left, right)?;
    let (value, unwanted) = (mine.shown(noun.unit), other.shown(noun.unit));
    let Noun { words, verb, .. } = noun;
    Some(match (&other.noun, holds) {
        (None, true) if other.is_null() => format!("{words} {verb} there"),
        (None, false) if other.is_null() => mine.missing.clone()?,
        (None, true) => format!("{words} {verb} {value}"),
        (None, false) => format!("{words} {verb} still {unwanted}"),
        (Some(other), true) => format!("{words} and {} differ", other.words),
        (Some(other), false) => format!("{words} and {} are the same: {value}", other.words),
    })
}

fn contained(left: &Side, right: &Side, holds: bool) -> Option<String> {
    let Noun { words, .. } = right.noun.as_ref()?;
    let item = noun::bare(&left.value);
    Some(match (&right.missing, holds) {
        (Some(missing), _) => missing.clone(),
        (None, true) => format!("{item} is among the {words}"),
        (None, false) => format!("{item} is not among the {words}"),
    })
}

fn ordered(left: &Side, than: &str, right: &Side, holds: bool) -> Option<String> {
    let Noun {
        words, verb, unit, ..
    } = left.noun.as_ref()?;
    if let Some(missing) = &left.missing {
        return Some(missing.clone());
    }
    let (mine, bound) = (left.shown(*unit), right.shown(*unit));
    let link = if holds { ":" } else { ", not" };
    Some(format!("{words} {verb} {mine}{link} {than} {bound}"))
}

/// The fact, what it is called, and the other side; of two facts, the left one.
fn named_first<'s>(left: &'s Side, right: &'s Side) -> Option<(&'s Noun, &'s Side, &'s Side)> {
    match (&left.noun, &right.noun) {
        (Some(noun), _) => Some((noun, left, right)),
        (None, Some(noun)) => Some((noun, right, left)),
        (None, None) => None,
    }
}
