//! Expressions of a lesson: CEL, compiled once, evaluated over [`Facts`]. Used by prose, lint, app
//! and run. Two things differ from plain CEL: a field of null is null, and every name must exist.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use cel::common::ast::{
    self, CallExpr, ComprehensionExpr, IdedExpr, ListExpr, LiteralValue, SourceInfo,
};
use cel::parser::Parser;
use cel::{ExecutionError, Value};

use super::noun::Eyes;
use super::{Facts, Source, Span, chain, conjunct, fact, sentence, weight};
use crate::model::Untrusted;

/// The function that stands for `operand.field` in the tree that is evaluated; no lesson can spell it.
pub(super) const FIELD: &str = "@field";
/// Nesting of one expression.
const MAX_DEPTH: u16 = 32;
/// Bytes of one expression.
const MAX_LENGTH: usize = 600;

/// One expression, compiled.
#[derive(Debug, Clone)]
pub struct Expr {
    text: String,
    /// As written; for lint and for [`Expr::facts_named`].
    pub(super) tree: Arc<IdedExpr>,
    /// The same with every field access made null-safe; for evaluation.
    guarded: Arc<IdedExpr>,
    /// Offsets of the nodes of `tree` in `text`.
    offsets: Arc<SourceInfo>,
    /// The TOML string that it stands in.
    pub(super) at: Span,
    /// Its offset in the value of that string.
    base: usize,
    /// What it joins with `&&`, compiled when first asked for.
    conjuncts: Arc<OnceLock<Vec<Self>>>,
}

/// Why a text is no expression, or no prose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SyntaxError {
    /// Byte offset in the text.
    pub(super) offset: usize,
    /// What was found and what was expected.
    pub(super) message: String,
}

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EvalError(String);

impl Expr {
    /// Compiles what stands at offset `base` of the value of the TOML string at `at`.
    pub(super) fn compile(text: &str, at: Span, base: usize) -> Result<Self, SyntaxError> {
        if text.len() > MAX_LENGTH {
            let message = format!(
                "an expression of {} bytes; expected at most {MAX_LENGTH}",
                text.len()
            );
            return Err(SyntaxError { offset: 0, message });
        }
        weight::check(text)?;
        let parser = Parser::new().max_recursion_depth(MAX_DEPTH);
        let (mut tree, offsets) = parser
            .parse_with_source_info(text)
            .map_err(|errors| syntax_error(text, &errors))?;
        reject_unsupported(&tree)?;
        chain::look_up_now(&mut tree);
        Ok(Self {
            text: text.to_owned(),
            guarded: Arc::new(guard(&tree)),
            tree: Arc::new(tree),
            offsets: Arc::new(offsets),
            at,
            base,
            conjuncts: Arc::default(),
        })
    }

    /// The expression as the lesson has it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The conditions that it joins with `&&`; itself, if it joins none.
    #[must_use]
    pub fn conjuncts(&self) -> &[Self] {
        self.conjuncts.get_or_init(|| {
            let compile = |part| Self::compile(part, self.at.clone(), self.base);
            let parts: Result<Vec<Self>, SyntaxError> = conjunct::split(&self.text)
                .into_iter()
                .map(compile)
                .collect();
            // One that held itself would never be freed.
            let itself = || Self {
                conjuncts: Arc::default(),
                ..self.clone()
            };
            parts.unwrap_or_else(|_| vec![itself()])
        })
    }

    /// Where a node of its tree stands in the file.
    pub(super) fn place(&self, source: &Source, node: &IdedExpr) -> Span {
        let (start, stop) = self.offsets.offset_for(node.id).unwrap_or_default();
        let (start, stop) = (start as usize, stop as usize + 1);
        let (start, stop) = match &node.expr {
            // The parser notes the dot and the bracket; what is wrong is the name beside it.
            ast::Expr::Select(select) => (start + 1, start + 1 + select.field.len()),
            ast::Expr::Call(call) if call.target.is_some() => {
                (start.saturating_sub(call.func_name.len()), start)
            }
            _ => (start, stop),
        };
        let place = |offset: usize| source.inside(&self.at, self.base + offset);
        place(start)..place(stop)
    }

    /// Its value, which must be true or false.
    pub fn eval_bool(&self, facts: &Facts) -> Result<bool, EvalError> {
        match self.eval(facts)? {
            Value::Bool(value) => Ok(value),
            other => Err(self.error(
                facts,
                &format!("expected true or false, found {}", fact::show(&other)),
            )),
        }
    }

    /// Its value as safe text, for prose; `null` where a fact is absent.
    pub fn eval_text(&self, facts: &Facts) -> Result<String, EvalError> {
        self.eval(facts).map(|value| match value {
            Value::String(text) => Untrusted::from(text.as_bytes()).text(),
            other => fact::show(&other),
        })
    }

    /// The facts that it names, as they are written, with their values: why it came out as it did.
    #[must_use]
    pub fn facts_named(&self, facts: &Facts) -> Vec<(String, String)> {
        let mut named: Vec<(String, String)> = Vec::new();
        for link in chain::outer(&self.tree) {
            let name = chain::spell(link);
            if let Some(name) = name.filter(|name| named.iter().all(|(known, _)| known != name)) {
                let value = Value::resolve(&guard(link), facts.context());
                named.push((
                    name,
                    value.map_or_else(|_| "?".to_owned(), |v| fact::show(&v)),
                ));
            }
        }
        named
    }

    /// The same in words alone, if it is simple enough (safe text). They also tell what is not there.
    #[must_use]
    /// `shell` names the box whose facts are those of the learner's own shell.
    pub fn words(&self, facts: &Facts, shell: Option<&str>) -> Option<String> {
        let value = |node: &IdedExpr| Value::resolve(&guard(node), facts.context()).ok();
        let holds = self.eval_bool(facts) == Ok(true);
        let value = &value;
        sentence::of(&self.tree, holds, &Eyes { value, shell })
    }

    /// The same in words, with the values that make it true or false (safe text).
    #[must_use]
    pub fn sentence(&self, facts: &Facts) -> String {
        if let Some(words) = self.words(facts, None) {
            return words;
        }
        let value = |node: &IdedExpr| Value::resolve(&guard(node), facts.context()).ok();
        let holds = self.eval_bool(facts) == Ok(true);
        let text = Untrusted::from(self.text.as_str()).text();
        let links = chain::outer(&self.tree).into_iter();
        let named = links.filter_map(|link| {
            let name = chain::spell(link)?;
            let value = value(link).as_ref().map_or("?".to_owned(), fact::brief);
            Some(format!("{} = {value}", Untrusted::from(name).text()))
        });
        let named: Vec<String> = named.collect();
        if holds || named.is_empty() {
            return text;
        }
        format!("{text}; now {}", named.join(", "))
    }

    /// Whether it could never be true or false, whatever the kernel says: asked on the specimen.
    pub(super) fn misfit(&self, specimen: &Facts) -> Option<String> {
        match Value::resolve(&self.guarded, specimen.context()) {
            Ok(Value::Bool(_)) => None,
            Ok(other) => Some(format!(
                "gives {}; expected true or false",
                fact::show(&other)
            )),
            Err(error) => is_type_error(&error).then(|| in_words(&error)),
        }
    }

    fn eval(&self, facts: &Facts) -> Result<Value, EvalError> {
        Value::resolve(&self.guarded, facts.context())
            .map_err(|error| self.error(facts, &in_words(&error)))
    }

    fn error(&self, facts: &Facts, why: &str) -> EvalError {
        let links = chain::outer(&self.tree).into_iter();
        let nulls: BTreeSet<String> = links
            .filter_map(|link| first_null(link, facts))
            .map(|name| format!("`{name}`"))
            .collect();
        let nulls: Vec<String> = nulls.into_iter().collect();
        if nulls.is_empty() {
            EvalError(why.to_owned())
        } else {
            EvalError(format!("{why}; null here: {}", nulls.join(", ")))
        }
    }
}

/// The longest part of a chain that is null, if any is.
fn first_null(link: &IdedExpr, facts: &Facts) -> Option<String> {
    match Value::resolve(&guard(link), facts.context()) {
        Ok(Value::Null) => chain::spell(link),
        Ok(_) => None,
        Err(_) => first_null(chain::parts(link).first()?, facts),
    }
}

fn syntax_error(text: &str, errors: &cel::ParseErrors) -> SyntaxError {
    let Some(first) = errors.errors.first() else {
        let message = "no expression".to_owned();
        return SyntaxError { offset: 0, message };
    };
    let (line, column) = first.pos;
    SyntaxError {
        offset: offset_of(text, line, column),
        message: format!("expression: {}", without_grammar(&first.msg)),
    }
}

/// The parser lists every token that could stand there; a learner of CEL is not helped by that.
fn without_grammar(message: &str) -> String {
    let cut = message.find(" expecting {").unwrap_or(message.len());
    let mut words = message[..cut].to_owned();
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    words
}

/// Byte offset of a line and a column in characters, both from 1.
fn offset_of(text: &str, line: isize, column: isize) -> usize {
    let index = |n: isize| usize::try_from(n - 1).unwrap_or_default();
    let start: usize = text
        .split_inclusive('\n')
        .take(index(line))
        .map(str::len)
        .sum();
    let rest = &text[start..];
    let length = rest
        .char_indices()
        .nth(index(column))
        .map_or(rest.len(), |(at, _)| at);
    start + length
}

/// What CEL has and lessons do not need; a smaller language is easier to check.
fn reject_unsupported(tree: &IdedExpr) -> Result<(), SyntaxError> {
    let unsupported = chain::walk(tree)
        .into_iter()
        .find_map(|node| match &node.expr {
            ast::Expr::Select(select) if select.test => {
                Some("has() is not needed: a fact that is absent is null")
            }
            ast::Expr::Map(_) | ast::Expr::Struct(_) => Some("lessons have no `{...}` values"),
            ast::Expr::Unspecified => Some("an empty expression"),
            _ => None,
        });
    match unsupported {
        Some(message) => Err(SyntaxError {
            offset: 0,
            message: format!("expression: {message}"),
        }),
        None => Ok(()),
    }
}

/// The same tree with `a.b` as a call that gives null for a field of null.
fn guard(node: &IdedExpr) -> IdedExpr {
    let expr = match &node.expr {
        ast::Expr::Select(select) => ast::Expr::Call(CallExpr {
            func_name: FIELD.to_owned(),
            target: None,
            args: vec![guard(&select.operand), text_literal(&select.field)],
        }),
        ast::Expr::Call(call) => ast::Expr::Call(CallExpr {
            func_name: call.func_name.clone(),
            target: call.target.as_ref().map(|target| Box::new(guard(target))),
            args: call.args.iter().map(guard).collect(),
        }),
        ast::Expr::List(list) => {
            ast::Expr::List(ListExpr::new(list.elements.iter().map(guard).collect()))
        }
        ast::Expr::Comprehension(inner) => ast::Expr::Comprehension(Box::new(ComprehensionExpr {
            iter_range: guard(&inner.iter_range),
            accu_init: guard(&inner.accu_init),
            loop_cond: guard(&inner.loop_cond),
            loop_step: guard(&inner.loop_step),
            result: guard(&inner.result),
            ..(**inner).clone()
        })),
        other => other.clone(),
    };
    IdedExpr { id: node.id, expr }
}

fn text_literal(text: &str) -> IdedExpr {
    IdedExpr {
        id: 0,
        expr: ast::Expr::Literal(LiteralValue::String(text.to_owned().into())),
    }
}

fn in_words(error: &ExecutionError) -> String {
    match error {
        ExecutionError::UndeclaredReference(name) => format!("`{name}` is not known"),
        ExecutionError::FunctionError { message, .. } => message.clone(),
        ExecutionError::NoSuchOverload(overload) => format!(
            "`{}` does not go with {}",
            overload
                .function()
                .trim_matches('_')
                .trim_start_matches('@'),
            overload
                .argument_types()
                .join(" and ")
                .replace("null_type", "null"),
        ),
        ExecutionError::UnexpectedType { got, want } => format!(
            "expected {want}, found {}",
            if got == "null_type" { "null" } else { got }
        ),
        ExecutionError::ValuesNotComparable(left, right) => format!(
            "{} and {} cannot be compared",
            fact::show(left),
            fact::show(right)
        ),
        ExecutionError::UnsupportedBinaryOperator(operator, left, right) => format!(
            "`{operator}` does not go with {} and {}",
            fact::show(left),
            fact::show(right)
        ),
        other => other.to_string().to_lowercase(),
    }
}

/// Whether the kinds of values do not go together. Others depend on the state: an index beyond the
/// specimen's few rows, a number too large.
fn is_type_error(error: &ExecutionError) -> bool {
    matches!(
        error,
        ExecutionError::NoSuchOverload(_)
            | ExecutionError::UnexpectedType { .. }
            | ExecutionError::ValuesNotComparable(..)
            | ExecutionError::UnsupportedBinaryOperator(..)
            | ExecutionError::FunctionError { .. }
    )
}
