//! Which facts expressions read, so that of a sample no others need to be made: that happens at each
//! sample while a challenge is open. Used by facts and convert; knows names, no values.

use std::collections::BTreeSet;

use cel::common::ast::{Expr as Node, IdedExpr};

use super::Expr;
use super::chain;
use super::functions::{CGROUPS, LOOKUPS};
use super::noun::BEFORE;

/// Variables that are made whole or not at all.
const WHOLE: [&str; 2] = ["calls", CGROUPS];

/// Names of variables, and of fields of a side. A name that is there too often costs time, nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reads(Option<BTreeSet<String>>);

impl Reads {
    /// All that there is.
    pub const EVERYTHING: Self = Self(None);

    /// What these read.
    pub(super) fn by<'e>(expressions: impl IntoIterator<Item = &'e Expr>) -> Self {
        let mut names = BTreeSet::new();
        let mut all = expressions.into_iter();
        let known = all.all(|it| read(&it.tree, false, &mut Vec::new(), &mut names));
        Self(known.then(|| names.into_iter().map(str::to_owned).collect()))
    }

    /// Whether a fact of that name may be read.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|names| names.contains(name))
    }
}

/// `false`: a whole side is a value here, compared with another, say, and each of its fields counts.
/// `parted`: one field of the node is all that is asked for.
fn read<'t>(
    node: &'t IdedExpr,
    parted: bool,
    bound: &mut Vec<&'t str>,
    names: &mut BTreeSet<&'t str>,
) -> bool {
    match &node.expr {
        Node::Ident(name) => {
            names.insert(name);
            parted || bound.contains(&name.as_str()) || WHOLE.contains(&name.as_str())
        }
        Node::Select(select) => {
            names.insert(&select.field);
            let of_before = matches!(&select.operand.expr, Node::Ident(name) if name == BEFORE);
            let is_side = of_before && !WHOLE.contains(&select.field.as_str());
            (parted || !is_side) && read(&select.operand, true, bound, names)
        }
        Node::Call(call) => {
            let lookup = LOOKUPS.iter().find(|lookup| lookup.name == call.func_name);
            names.extend(lookup.map(|lookup| lookup.list));
            let target = call.target.as_deref();
            target.is_none_or(|target| read(target, lookup.is_some(), bound, names))
                && call.args.iter().all(|arg| read(arg, false, bound, names))
        }
        Node::Comprehension(inner) => {
            let range = read(&inner.iter_range, false, bound, names);
            bound.extend([inner.iter_var.as_str(), &inner.accu_var]);
            let rest = [
                &inner.accu_init,
                &inner.loop_cond,
                &inner.loop_step,
                &inner.result,
            ];
            let rest = rest.into_iter().all(|part| read(part, false, bound, names));
            bound.truncate(bound.len() - 2);
            range && rest
        }
        _ => chain::parts(node)
            .into_iter()
            .all(|part| read(part, false, bound, names)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(texts: &[&str]) -> Option<Vec<String>> {
        let compile = |text: &&str| Expr::compile(text, 0..0, 0).expect(text);
        let all: Vec<Expr> = texts.iter().map(compile).collect();
        Reads::by(&all).0.map(|names| names.into_iter().collect())
    }

    #[test]
    fn what_is_read_is_named() {
        let table: [(&[&str], &str); 6] = [
            (&["box.ns.uts != host.ns.uts"], "box host ns uts"),
            (
                &["before.box.hostname == 'x'", "host.alive"],
                "alive before box host hostname",
            ),
            (
                &["host.process(box.host_pid).nspid.size() == 2"],
                "box host host_pid nspid processes",
            ),
            (
                &["box.members.exists(m, m.alive && m.name == 'a')"],
                "@result alive box m members name",
            ),
            (
                &["cgroup('jar').pids.max == before.cgroup('jar').pids.max"],
                "before cgroups max pids",
            ),
            (&["calls.size() > 1 && calls[0].name == 'a'"], "calls name"),
        ];
        for (texts, names) in table {
            let read = reads(texts).map(|names| names.join(" "));
            assert_eq!(read.as_deref(), Some(names), "{texts:?}");
        }
    }

    #[test]
    fn a_whole_side_has_all_its_fields() {
        let whole = [
            "host == box",
            "before.box == box",
            "[host, box].all(side, side.alive)",
            "before.size() == 2",
            "before['box'].alive",
        ];
        for text in whole {
            assert_eq!(reads(&["box.alive", text]), None, "{text}");
        }
        assert!(Reads::EVERYTHING.has("anything"));
        assert!(!Reads::by(&[]).has("anything"));
    }
}
