//! Names in expressions, resolved against the specimen: which fields exist, which functions, and what
//! a list is made of. Used by lint alone.

use cel::common::ast::{
    CallExpr, ComprehensionExpr, Expr as Node, IdedExpr, LiteralValue, operators,
};

use super::convert::Variables;
use super::functions::{CGROUP, LOOKUPS, METHODS};
use super::{Expr, Fact};

/// Functions of CEL that lessons may call by name alone.
pub(super) const FUNCTIONS: [&str; 3] = ["size", "string", "int"];
/// `a.exists(x, b.exists(y, ...))` and no deeper: each level multiplies the work.
const MAX_LOOPS: usize = 2;

/// A name that does not exist, and the node that has it.
pub(super) type Unknown<'t> = (&'t IdedExpr, String);

/// Resolves the names of one expression.
pub(super) struct Resolver<'v, 't> {
    variables: &'v Variables,
    /// Variables of comprehensions around the present node.
    inner: Vec<(&'t str, Fact)>,
    /// What was found to be wrong.
    pub(super) unknown: Vec<Unknown<'t>>,
}

impl<'v, 't> Resolver<'v, 't> {
    pub(super) fn check(variables: &'v Variables, expr: &'t Expr) -> Vec<Unknown<'t>> {
        let (inner, unknown) = (Vec::new(), Vec::new());
        let mut resolver = Self {
            variables,
            inner,
            unknown,
        };
        resolver.shape(&expr.tree);
        resolver.unknown
    }

    /// What a node looks like; `None` where only the kernel's state can tell.
    fn shape(&mut self, node: &'t IdedExpr) -> Option<Fact> {
        match &node.expr {
            Node::Ident(name) => self.variable(node, name),
            Node::Select(select) => {
                let owner = self.shape(&select.operand)?;
                self.field(node, &owner, &select.field)
            }
            Node::Call(call) => self.call(node, call),
            Node::Comprehension(inner) => self.comprehension(node, inner),
            Node::Literal(LiteralValue::String(text)) => Some(text.inner().into()),
            Node::Literal(LiteralValue::Int(number)) => Some(Fact::Int(*number.inner())),
            _ => {
                for part in super::chain::parts(node) {
                    self.shape(part);
                }
                None
            }
        }
    }

    fn variable(&mut self, node: &'t IdedExpr, name: &str) -> Option<Fact> {
        if let Some((_, shape)) = self.inner.iter().rev().find(|(inner, _)| *inner == name) {
            return Some(shape.clone()).filter(|shape| *shape != Fact::Null);
        }
        let found = self.variables.get(name).cloned();
        if found.is_none() && !name.starts_with('@') {
            let known = self.variables.keys().map(String::as_str);
            self.unknown.push((node, unknown("name", name, known)));
        }
        found
    }

    fn field(&mut self, node: &'t IdedExpr, owner: &Fact, name: &str) -> Option<Fact> {
        let message = match owner {
            Fact::Map(fields) => match fields.get(name) {
                Some(found) => return Some(found.clone()),
                None => unknown("field", name, fields.keys().map(String::as_str)),
            },
            other => format!(
                "`.{name}` of {}; expected something with fields",
                kind(other)
            ),
        };
        self.unknown.push((node, message));
        None
    }

    fn call(&mut self, node: &'t IdedExpr, call: &'t CallExpr) -> Option<Fact> {
        let target = call.target.as_deref().map(|target| self.shape(target));
        let args: Vec<Option<Fact>> = call.args.iter().map(|arg| self.shape(arg)).collect();
        let name = call.func_name.as_str();
        let Some(owner) = target else {
            if name == operators::INDEX {
                return element(args.into_iter().next()??);
            }
            if name.starts_with(char::is_alphabetic) && !FUNCTIONS.contains(&name) {
                self.unknown
                    .push((node, unknown("function", name, FUNCTIONS)));
            }
            return None;
        };
        let Some(lookup) = LOOKUPS.iter().find(|lookup| lookup.name == name) else {
            if !METHODS.contains(&name) {
                let known = METHODS
                    .into_iter()
                    .chain(LOOKUPS.iter().map(|lookup| lookup.name));
                self.unknown.push((node, unknown("function", name, known)));
            }
            return None;
        };
        let list = match owner? {
            list @ Fact::List(_) => Some(list),
            Fact::Map(mut fields) => fields.remove(lookup.list),
            _ => return None,
        };
        let Some(list) = list else {
            let message = format!("{name}() of something without {}", lookup.list);
            self.unknown.push((node, message));
            return None;
        };
        self.known_row(node, name, &list, args.first()?.as_ref());
        element(list)
    }

    /// `box.member('x')`: somebody must have started `x`. `cgroup('x')`: somebody must have made it.
    fn known_row(&mut self, node: &'t IdedExpr, name: &str, list: &Fact, wanted: Option<&Fact>) {
        let what = match name {
            "member" => "process",
            CGROUP => "cgroup",
            _ => return,
        };
        let (Fact::List(rows), Some(Fact::Text(wanted))) = (list, wanted) else {
            return;
        };
        let names = rows.iter().filter_map(name_of);
        let names: Vec<&str> = names.filter(|name| !name.starts_with('(')).collect();
        if !names.contains(&wanted.as_str()) {
            self.unknown.push((node, unknown(what, wanted, names)));
        }
    }

    fn comprehension(&mut self, node: &'t IdedExpr, inner: &'t ComprehensionExpr) -> Option<Fact> {
        let range = self.shape(&inner.iter_range);
        let row = range.and_then(element).unwrap_or_default();
        self.inner.push((&inner.accu_var, Fact::Null));
        self.inner.push((&inner.iter_var, row));
        if self.inner.len() > MAX_LOOPS * 2 {
            self.unknown
                .push((node, format!("loops nested more than {MAX_LOOPS} deep")));
        } else {
            self.shape(&inner.loop_step);
        }
        self.inner.truncate(self.inner.len() - 2);
        None
    }
}

fn name_of(row: &Fact) -> Option<&str> {
    match row {
        Fact::Map(fields) => match fields.get("name") {
            Some(Fact::Text(name)) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// What the elements of a list have in common: each field as the first element that fills it has it.
pub(super) fn element(list: Fact) -> Option<Fact> {
    let Fact::List(rows) = list else {
        return None;
    };
    rows.into_iter().reduce(|shape, row| match (shape, row) {
        (Fact::Map(mut shape), Fact::Map(row)) => {
            for (name, value) in row {
                let known = shape.entry(name).or_default();
                if *known == Fact::Null {
                    *known = value;
                }
            }
            Fact::Map(shape)
        }
        (shape, _) => shape,
    })
}

fn kind(fact: &Fact) -> &'static str {
    match fact {
        Fact::Null => "null",
        Fact::Bool(_) => "true or false",
        Fact::Int(_) => "a number",
        Fact::Text(_) => "a text",
        Fact::List(_) => "a list",
        Fact::Map(_) => "fields",
    }
}

fn unknown<'n>(what: &str, name: &str, known: impl IntoIterator<Item = &'n str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    format!("unknown {what} `{name}`; expected {}", one_of(name, &known))
}

/// The known names, those first that look like `name`; all if there are few, else the nearest.
fn one_of(name: &str, known: &[&str]) -> String {
    const SHOWN: usize = 8;
    let mut known = known.to_vec();
    known.sort_by_key(|other| distance(name, other));
    let more = if known.len() > SHOWN { ", ..." } else { "" };
    known.truncate(SHOWN);
    format!("{}{more}", known.join(", "))
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
