//! A fact in words: `box.member('helper').ns.uts` is *UTS namespace of helper*. Called by `sentence`;
//! it reads the expression, and of the kernel's state only what stands in its brackets.

use cel::Value;
use cel::common::ast::{Expr, IdedExpr, operators};

use super::chain;
use super::fact;
use super::functions::{CGROUP, CGROUPS};
use crate::model::Untrusted;

/// The variable with the facts of before.
pub(super) const BEFORE: &str = "before";

/// What a fact is called, and how its values are.
pub(super) struct Noun {
    /// `hostname of box`.
    pub(super) words: String,
    /// `is` or `are`.
    pub(super) verb: &'static str,
    /// What its numbers count.
    pub(super) unit: Unit,
    /// What is said of true and of false, after the owner: `is alive`, `has ended`.
    pub(super) states: Option<[&'static str; 2]>,
    /// What the fact is of.
    pub(super) owner: String,
    /// What to say where it is not there.
    pub(super) absent: String,
}

/// What sentences are made with.
#[derive(Clone, Copy)]
pub(super) struct Eyes<'a> {
    /// What a node of the expression comes to.
    pub(super) value: &'a dyn Fn(&IdedExpr) -> Option<Value>,
    /// The box whose facts are those of the learner's own shell.
    pub(super) shell: Option<&'a str>,
}

/// What a number counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    None,
    Bytes,
    Seconds,
}

/// A chain, cut into its owner and the fields that follow.
struct Chain<'e> {
    owner: Owner,
    fields: Vec<&'e str>,
}

/// What fields are of.
struct Owner {
    words: String,
    /// What to say where it is not there itself.
    absent: String,
    is_file: bool,
    is_shell: bool,
}

/// In words, if it is a chain that starts at a variable.
pub(super) fn of(node: &IdedExpr, eyes: &Eyes<'_>) -> Option<Noun> {
    let spelt = match &node.expr {
        Expr::Literal(_) => return None,
        _ => Untrusted::from(chain::spell(node)?).text(),
    };
    let chain = cut(node, eyes).unwrap_or_else(|| Chain {
        owner: Owner::plain(spelt),
        fields: Vec::new(),
    });
    Some(chain.noun())
}

impl Chain<'_> {
    fn noun(self) -> Noun {
        let owner = self.owner.words;
        if self.fields.is_empty() {
            return Noun {
                words: owner.clone(),
                verb: "is",
                unit: Unit::None,
                states: None,
                owner,
                absent: self.owner.absent,
            };
        }
        let path = Untrusted::from(self.fields.join(".")).text();
        let field = match (self.owner.is_file, path.as_str()) {
            (true, "uid") => Field::plain("uid of the owner"),
            (true, "gid") => Field::plain("gid of the owner"),
            (true, "size") => Field::plain("size").counts(Unit::Bytes),
            (_, path) => Field::named(path),
        };
        let words = match (owner.as_str(), path.as_str()) {
            ("the host", "host_uid") => "your uid on the host".to_owned(),
            ("the host", "host_gid") => "your gid on the host".to_owned(),
            _ => format!("{} of {owner}", field.words),
        };
        // Each file has these.
        let always = ["kind", "mode", "uid", "gid", "size"];
        let absent = if self.owner.is_file && always.contains(&path.as_str()) {
            self.owner.absent
        } else {
            format!("there is no {words}")
        };
        Noun {
            absent,
            words,
            verb: field.verb,
            unit: field.unit,
            states: states(&path),
            owner,
        }
    }
}

impl Owner {
    fn plain(words: String) -> Self {
        Self {
            absent: format!("there is no {words}"),
            words,
            is_file: false,
            is_shell: false,
        }
    }
}

/// What it is a part of, and so on: `box.file('/a')` and `box` for `box.file('/a').uid`.
pub(super) fn wholes(node: &IdedExpr) -> Vec<&IdedExpr> {
    let mut found = Vec::new();
    let mut inner = node;
    while let Some(next) = outward(inner) {
        found.push(next);
        inner = next;
    }
    found
}

fn outward(node: &IdedExpr) -> Option<&IdedExpr> {
    match &node.expr {
        Expr::Select(select) => Some(&select.operand),
        Expr::Call(call) => call.target.as_deref(),
        _ => None,
    }
}

fn cut<'e>(node: &'e IdedExpr, eyes: &Eyes<'_>) -> Option<Chain<'e>> {
    match &node.expr {
        Expr::Ident(name) => Some(Chain {
            owner: root(name, eyes),
            fields: Vec::new(),
        }),
        Expr::Select(select) if matches!(&select.operand.expr, Expr::Ident(name) if name == BEFORE) =>
        {
            let Owner { words, .. } = root(&select.field, eyes);
            Some(Chain {
                owner: Owner::plain(format!("{words} before")),
                fields: Vec::new(),
            })
        }
        Expr::Select(select) => {
            let mut chain = cut(&select.operand, eyes)?;
            chain.fields.push(&select.field);
            Some(chain)
        }
        Expr::Call(call) if call.func_name != operators::INDEX => {
            let [key] = call.args.as_slice() else {
                return None;
            };
            let target = call.target.as_deref()?;
            let key = bare(&(eyes.value)(key)?);
            if call.func_name == CGROUP {
                let now = matches!(&target.expr, Expr::Ident(name) if name == CGROUPS);
                let owner = cgroup(&key, now);
                return Some(Chain {
                    owner,
                    fields: Vec::new(),
                });
            }
            let inner = cut(target, eyes)?;
            Some(Chain {
                owner: found(&call.func_name, &key, &inner)?,
                fields: Vec::new(),
            })
        }
        _ => None,
    }
}

fn root(name: &str, eyes: &Eyes<'_>) -> Owner {
    if eyes.shell == Some(name) {
        return Owner {
            is_shell: true,
            ..Owner::plain("your shell".to_owned())
        };
    }
    Owner::plain(match name {
        "host" => "the host".to_owned(),
        name => Untrusted::from(name).text(),
    })
}

fn cgroup(name: &str, now: bool) -> Owner {
    let when = if now { "" } else { " before" };
    Owner::plain(format!("cgroup {name}{when}"))
}

/// What a function finds in its owner.
fn found(function: &str, key: &str, inner: &Chain<'_>) -> Option<Owner> {
    let whose = &inner.owner.words;
    let there = if inner.owner.is_shell {
        "where your shell stands".to_owned()
    } else {
        format!("in {whose}")
    };
    let (words, absent) = match function {
        "member" => (key.to_owned(), format!("there is no {key}")),
        "process" => {
            let words = format!("process {key} of {whose}");
            (words.clone(), format!("there is no {words}"))
        }
        "file" => {
            let words = format!("{key} {there}");
            (words.clone(), format!("there is no {words}"))
        }
        "file_from_host" => {
            let words = format!("{key} {there}, seen from the host,");
            (words, format!("the host sees no {key} {there}"))
        }
        "mount" => (
            format!("the mount on {key} {there}"),
            format!("nothing is mounted on {key} {there}"),
        ),
        "link" => (
            format!("interface {key} {there}"),
            format!("there is no interface {key} {there}"),
        ),
        "port" => (
            format!("the listener on port {key} {there}"),
            format!("nobody listens on port {key} {there}"),
        ),
        _ => return None,
    };
    Some(Owner {
        words,
        absent,
        is_file: function.starts_with("file"),
        is_shell: false,
    })
}

/// What a field is called.
struct Field {
    words: String,
    verb: &'static str,
    unit: Unit,
}

impl Field {
    fn plain(words: &str) -> Self {
        Self {
            words: words.to_owned(),
            verb: "is",
            unit: Unit::None,
        }
    }

    fn many(words: &str) -> Self {
        Self {
            verb: "are",
            ..Self::plain(words)
        }
    }

    fn counts(self, unit: Unit) -> Self {
        Self { unit, ..self }
    }

    /// Those that are not here are called what the lesson calls them.
    fn named(path: &str) -> Self {
        if let Some(kind) = path.strip_prefix("ns.") {
            return Self::plain(&format!("{} namespace", kind_words(kind)));
        }
        match path {
            "pid" => Self::plain("PID"),
            "host_pid" => Self::plain("host PID"),
            "ppid" => Self::plain("parent's PID"),
            "host_uid" => Self::plain("host uid"),
            "host_gid" => Self::plain("host gid"),
            "domainname" => Self::plain("NIS domain name"),
            "proc_pidns" => Self::plain("PID namespace shown by the /proc"),
            "net.ns" => Self::plain("network namespace"),
            "sig_caught" => Self::many("caught signals"),
            "sig_ignored" => Self::many("ignored signals"),
            "caps.names" => Self::many("effective capabilities"),
            "caps.effective" => Self::plain("effective set"),
            "caps.permitted" => Self::plain("permitted set"),
            "seccomp" => Self::plain("seccomp mode"),
            "rdev" => Self::plain("device number"),
            "mode" => Self::plain("mode"),
            "type" => Self::plain("filesystem type"),
            "proc_count" => Self::plain("number of processes"),
            "cpuset.count" => Self::plain("number of CPUs"),
            "believes.cpus_online" => Self::plain("number of online CPUs"),
            "clocks.ahead.uptime" => Self::plain("head start of the uptime").counts(Unit::Seconds),
            "memory.events.oom_kill" => Self::plain("oom_kill in memory.events"),
            "memory.high" | "memory.max" | "memory.current" => {
                Self::plain(path).counts(Unit::Bytes)
            }
            path => Self::plain(path),
        }
    }
}

fn kind_words(kind: &str) -> &str {
    match kind {
        "mnt" => "mount",
        "net" => "network",
        "pid" => "PID",
        "ipc" => "IPC",
        "uts" => "UTS",
        "pid_for_children" => "children's PID",
        "time_for_children" => "children's time",
        kind => kind,
    }
}

fn states(path: &str) -> Option<[&'static str; 2]> {
    Some(match path {
        "alive" => ["is alive", "has ended"],
        "frozen" => ["is frozen", "is not frozen"],
        "up" => ["is up", "is down"],
        "no_new_privs" => ["has no_new_privs set", "has no_new_privs not set"],
        _ => return None,
    })
}

/// A value without quotes (safe text).
pub(super) fn bare(value: &Value) -> String {
    match value {
        Value::String(text) => Untrusted::from(text.as_bytes()).text(),
        value => fact::brief(value),
    }
}
