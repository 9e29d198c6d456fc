//! The functions that lessons have beside those of CEL: `process(pid)`, `member(name)`, and the
//! null-safe field access behind every `a.b`. Registered by facts, checked by lint.

use cel::common::types::{CelNull, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::Context;
use cel::{ExecutionError, FunctionContext};

use super::expr::FIELD;

type Answer<'c, 'v> = Result<CowVal<'c, 'v>, ExecutionError>;
type Function =
    Box<dyn for<'c, 'v> Fn(&mut FunctionContext<'c, 'v>) -> Answer<'c, 'v> + Send + Sync>;

/// A method of `host` and of boxes: it finds the row of a list by one of its fields.
pub(super) struct Lookup {
    /// Its name in lessons.
    pub(super) name: &'static str,
    /// The list it looks in.
    pub(super) list: &'static str,
    /// The field that its argument is compared with.
    pub(super) key: &'static str,
}

/// `cgroup('jar')`: of `before`, or alone for now; see [`super::expr`].
pub(super) const CGROUP: &str = "cgroup";
/// The variable, and the field of `before`, that it looks in.
pub(super) const CGROUPS: &str = "cgroups";

/// All of them.
pub(super) const LOOKUPS: [Lookup; 8] = [
    Lookup {
        name: "process",
        list: "processes",
        key: "pid",
    },
    Lookup {
        name: "member",
        list: "members",
        key: "name",
    },
    Lookup {
        name: "mount",
        list: "mounts",
        key: "target",
    },
    Lookup {
        name: "file",
        list: "files",
        key: "path",
    },
    Lookup {
        name: "file_from_host",
        list: "files_from_host",
        key: "path",
    },
    Lookup {
        name: "link",
        list: "links",
        key: "name",
    },
    Lookup {
        name: CGROUP,
        list: CGROUPS,
        key: "name",
    },
    Lookup {
        name: "port",
        list: "listening",
        key: "port",
    },
];

/// Methods of CEL that lessons may use.
pub(super) const METHODS: [&str; 4] = ["size", "contains", "startsWith", "endsWith"];

/// Makes the functions known to a context.
pub(super) fn register(context: &mut Context<'static, 'static>) {
    let field: Function = Box::new(field);
    // Neither name is one of CEL's own, so nothing can clash.
    let _ = context.add_function(FIELD, field);
    for lookup in &LOOKUPS {
        let function: Function = Box::new(move |call| find(call, lookup));
        let _ = context.add_function(lookup.name, function);
    }
}

/// `a.b`: null where `a` is null, an error where it has no such field.
fn field<'c, 'v>(call: &mut FunctionContext<'c, 'v>) -> Answer<'c, 'v> {
    let [owner, name] = call.args.as_slice() else {
        return Err(call.error("expected two arguments"));
    };
    if is_null(owner.as_ref()) {
        return Ok(CowVal::owned(CelNull));
    }
    let found = match owner {
        CowVal::Borrowed(owner) => get(*owner, name.as_ref()),
        CowVal::Owned(owner) => {
            get(owner.as_ref(), name.as_ref()).map(|found| CowVal::Owned(found.into_owned()))
        }
    };
    found.ok_or_else(|| {
        let name = name
            .downcast_ref::<CelString>()
            .map_or("?", |name| name.inner());
        call.error(format!(
            "no field `{name}` in a {}",
            owner.get_type().name()
        ))
    })
}

/// The row whose key is the argument; null if there is none, or nobody could look.
fn find<'c, 'v>(call: &mut FunctionContext<'c, 'v>, lookup: &Lookup) -> Answer<'c, 'v> {
    let (Some(owner), [wanted]) = (&call.this, call.args.as_slice()) else {
        let Lookup { name, key, .. } = lookup;
        return Err(call.error(format!(
            "expected `host.{name}({key})` or `BOX.{name}({key})`"
        )));
    };
    if is_null(owner.as_ref()) || is_null(wanted.as_ref()) {
        return Ok(CowVal::owned(CelNull));
    }
    let field;
    let list = if owner.get_type().name() == "list" {
        owner.as_ref()
    } else {
        let name = CelString::from(lookup.list);
        let Some(found) = get(owner.as_ref(), &name) else {
            return Err(call.error(format!("{}() has no {} here", lookup.name, lookup.list)));
        };
        field = found;
        field.as_ref()
    };
    let key = CelString::from(lookup.key);
    let mut found = None;
    let mut rows = list.as_iterable().map(|list| list.iter());
    while let Some(row) = rows.as_mut().and_then(|rows| rows.next()) {
        if get(row, &key).is_some_and(|value| value.equals(wanted.as_ref())) {
            found = Some(CowVal::Owned(row.clone_as_boxed()));
            // Of several mounts at one place the last is on top; the others are alone with their key.
            if lookup.name != "mount" {
                break;
            }
        }
    }
    Ok(found.unwrap_or_else(|| CowVal::owned(CelNull)))
}

fn get<'b, 'v>(owner: &'b (dyn Val + 'v), key: &dyn Val) -> Option<CowVal<'b, 'v>> {
    owner.as_indexer()?.get(key).ok()
}

fn is_null(value: &dyn Val) -> bool {
    value.downcast_ref::<CelNull>().is_some()
}
