//! What the IPC namespaces of host and box hold: System V objects, POSIX message queues where they are
//! mounted, and whether /dev/shm is the same filesystem, which no IPC namespace covers.

use ratatui::text::Line;

use super::super::{
    sheet::{Entry, Look, Sheet},
    theme::Role,
    write,
};
use crate::{
    app::Side,
    model::{
        diff::{self, IpcItem},
        ipc::{Kind, Object},
    },
};

/// One side.
pub(super) fn sheet(look: &Look<'_>) -> Sheet {
    let (host, inside) = diff::ipc(look.now, look.before, look.seat.box_name);
    let rows = match look.seat.side {
        Side::Host => host,
        Side::Box => match inside {
            Some(rows) => rows,
            None => return Sheet::says(" nobody can look from inside any more", look.theme),
        },
    };
    let entry = |row: &diff::IpcRow| {
        let text = write::cut(&shown(&row.item), look.width.saturating_sub(1), look.theme);
        Entry::new(row.change, text)
    };
    let nothing = || Line::styled(" nothing in it", look.theme.style(Role::Dim));
    Sheet {
        head: Some(format!(
            " {:<5}{:<12}{:<6}{:<7}{}",
            "WHAT", "KEY", "ID", "SIZE", "USED"
        )),
        below: rows.is_empty().then(nothing).into_iter().collect(),
        rows: rows.iter().map(entry).collect(),
        note: Some(whose(look)),
        ..Sheet::default()
    }
}

/// Whose these are: the tables are a matter of the IPC namespace, /dev/shm of mounts.
fn whose(look: &Look<'_>) -> [String; 2] {
    if look.seat.side == Side::Host {
        return [String::new(), String::new()];
    }
    let word = |shared| match shared {
        Some(true) => "host's",
        Some(false) => "own",
        None => "?",
    };
    let tables = word(diff::shares_ipc_tables(look.now, look.seat.box_name));
    let dev_shm = word(diff::shares_dev_shm(look.now, look.seat.box_name));
    let words = format!("tables: {tables}, /dev/shm: {dev_shm} ");
    [words.clone(), words]
}

fn shown(item: &IpcItem) -> String {
    match item {
        IpcItem::Queue(name) => format!("mq   /{}", name.text()),
        IpcItem::Object(kind, object) => {
            let Object { key, id, size, .. } = object;
            let used = match kind {
                Kind::Sem => String::new(),
                Kind::Shm | Kind::Msg => object.used.to_string(),
            };
            format!(
                "{:<5}{:<12}{id:<6}{size:<7}{used}",
                kind.name(),
                format!("{key:#010x}")
            )
        }
    }
}
