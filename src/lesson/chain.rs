//! Member chains in an expression: `host.process(box.host_pid).nspid`. Used by expr, to show the
//! facts behind a result, and by lint, to resolve them against the specimen.

use cel::common::ast::{Expr, IdedExpr, LiteralValue, operators};

use super::functions::{CGROUP, CGROUPS};

/// Calls on a value that read a fact rather than compute one.
const READING: [&str; 9] = [
    CGROUP,
    "process",
    "member",
    "size",
    "mount",
    "file",
    "file_from_host",
    "link",
    "port",
];

/// Every node of a tree, parents first.
pub(super) fn walk(tree: &IdedExpr) -> Vec<&IdedExpr> {
    let mut all = Vec::new();
    let mut open = vec![tree];
    while let Some(node) = open.pop() {
        all.push(node);
        let mut parts = parts(node);
        parts.reverse();
        open.extend(parts);
    }
    all
}

/// `cgroup('jar')` alone looks in the cgroups of now: the call becomes one on that variable.
pub(super) fn look_up_now(node: &mut IdedExpr) {
    let id = node.id;
    if let Expr::Call(call) = &mut node.expr
        && call.target.is_none()
        && call.func_name == CGROUP
    {
        let expr = Expr::Ident(CGROUPS.to_owned());
        call.target = Some(Box::new(IdedExpr { id, expr }));
    }
    for part in parts_mut(node) {
        look_up_now(part);
    }
}

fn parts_mut(node: &mut IdedExpr) -> Vec<&mut IdedExpr> {
    match &mut node.expr {
        Expr::Call(call) => {
            let target = call.target.as_deref_mut();
            target.into_iter().chain(&mut call.args).collect()
        }
        Expr::Select(select) => vec![&mut select.operand],
        Expr::List(list) => list.elements.iter_mut().collect(),
        Expr::Comprehension(inner) => vec![
            &mut inner.iter_range,
            &mut inner.accu_init,
            &mut inner.loop_cond,
            &mut inner.loop_step,
            &mut inner.result,
        ],
        _ => Vec::new(),
    }
}

/// The direct parts of a node, left to right.
pub(super) fn parts(node: &IdedExpr) -> Vec<&IdedExpr> {
    match &node.expr {
        Expr::Call(call) => call
            .target
            .as_deref()
            .into_iter()
            .chain(&call.args)
            .collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Comprehension(inner) => vec![
            &inner.iter_range,
            &inner.accu_init,
            &inner.loop_cond,
            &inner.loop_step,
            &inner.result,
        ],
        _ => Vec::new(),
    }
}

/// The longest chains that start at a variable of the whole expression, not of a comprehension.
pub(super) fn outer(tree: &IdedExpr) -> Vec<&IdedExpr> {
    let mut found = Vec::new();
    collect(tree, &mut Vec::new(), &mut found);
    found
}

fn collect<'t>(node: &'t IdedExpr, inner: &mut Vec<&'t str>, found: &mut Vec<&'t IdedExpr>) {
    if let Some(roots) = roots(node) {
        let free = roots.iter().all(|root| !inner.contains(root));
        if free && !roots.is_empty() {
            return found.push(node);
        }
    }
    if let Expr::Comprehension(comprehension) = &node.expr {
        collect(&comprehension.iter_range, inner, found);
        inner.extend([comprehension.iter_var.as_str(), &comprehension.accu_var]);
        collect(&comprehension.loop_step, inner, found);
        inner.truncate(inner.len() - 2);
        return;
    }
    for part in parts(node) {
        collect(part, inner, found);
    }
}

/// The variables at the root of a chain and of its arguments; `None` if it is no chain.
fn roots(node: &IdedExpr) -> Option<Vec<&str>> {
    match &node.expr {
        Expr::Ident(name) => Some(vec![name]),
        Expr::Literal(_) => Some(Vec::new()),
        Expr::Select(select) => non_empty(roots(&select.operand)?),
        Expr::Call(call) => {
            let (first, rest) = match (&call.target, call.args.as_slice()) {
                (Some(target), rest) if READING.contains(&call.func_name.as_str()) => {
                    (&**target, rest)
                }
                (None, [first, rest @ ..]) if call.func_name == operators::INDEX => (first, rest),
                _ => return None,
            };
            let mut all = non_empty(roots(first)?)?;
            for argument in rest {
                all.extend(roots(argument)?);
            }
            Some(all)
        }
        _ => None,
    }
}

fn non_empty(roots: Vec<&str>) -> Option<Vec<&str>> {
    (!roots.is_empty()).then_some(roots)
}

/// A chain as the lesson would write it; `None` if it is no chain.
pub(super) fn spell(node: &IdedExpr) -> Option<String> {
    match &node.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Literal(LiteralValue::String(text)) => Some(format!("'{}'", text.inner())),
        Expr::Literal(LiteralValue::Int(number)) => Some(number.inner().to_string()),
        Expr::Select(select) => Some(format!("{}.{}", spell(&select.operand)?, select.field)),
        Expr::Call(call) if call.func_name == operators::INDEX => {
            let [list, index] = call.args.as_slice() else {
                return None;
            };
            Some(format!("{}[{}]", spell(list)?, spell(index)?))
        }
        Expr::Call(call) => {
            let target = spell(call.target.as_deref()?)?;
            let args: Option<Vec<String>> = call.args.iter().map(spell).collect();
            let of_now = call.func_name == CGROUP && target == CGROUPS;
            let target = if of_now { String::new() } else { target + "." };
            Some(format!("{target}{}({})", call.func_name, args?.join(", ")))
        }
        _ => None,
    }
}
