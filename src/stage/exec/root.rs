//! A root directory for a box, offline: a tmpfs, the host's programs bound into it read-only, an /etc
//! of our own, a small /dev and a /proc. Nothing is downloaded or copied. The operation `root`.

use super::files::bind;
use super::{attach, quoted};
use crate::kernel::mounts;
use crate::kernel::paths::{self, Writing};
use crate::kernel::record::{Recorder, Stop};
use crate::model::op::{Mount, Text};
use crate::model::{NsKind, NsLink, Op, Seen};
use crate::stage::grounds::Target;
use crate::stage::hands::Hands;

/// Where programs and their libraries are, as far as the host has them; links stay links.
const PROGRAMS: [&str; 7] = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"];
const EMPTY: [&str; 6] = ["etc", "proc", "dev", "tmp", "root", "mnt"];
const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];
const FILES: [(&str, &str); 4] = [
    ("hostname", "box\n"),
    ("hosts", "127.0.0.1 localhost\n::1 localhost\n"),
    (
        "passwd",
        "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    ),
    ("group", "root:x:0:\nnogroup:x:65534:\n"),
];
/// Flags of a mount from another user namespace that may not be taken off again:
/// mount_namespaces(7), "Restrictions on mount namespaces".
const LOCKED: [&str; 3] = ["nosuid", "nodev", "noexec"];

impl Hands {
    /// Builds it at `target`, which is a directory. Every call is recorded.
    pub(super) fn build_root(
        &self,
        op: &Op,
        target: &str,
        recorder: &mut Recorder,
    ) -> Result<(), Stop> {
        self.guard(NsKind::Mnt, op)?;
        attach(&tmpfs(target, "mode=755"), recorder)?;
        self.must_be_ours(op, target, Target::Itself)?;
        for name in EMPTY {
            self.mkdir(op, &format!("{target}/{name}"), recorder)?;
        }
        for name in PROGRAMS {
            self.programs(op, name, target, recorder)?;
        }
        for (name, text) in FILES {
            let path = format!("{target}/etc/{name}");
            self.write_file(op, &text_for(path, text), Writing::Afresh, recorder)?;
        }
        // Debian's programs with several providers are links into this directory.
        if paths::is_directory("/etc/alternatives") {
            let inside = format!("{target}/etc/alternatives");
            self.mkdir(op, &inside, recorder)?;
            bind_read_only("/etc/alternatives", &inside, recorder)?;
        }
        self.devices(op, target, recorder)?;
        self.own_proc(&format!("{target}/proc"), recorder)
    }

    fn programs(
        &self,
        op: &Op,
        name: &str,
        target: &str,
        recorder: &mut Recorder,
    ) -> Result<(), Stop> {
        let (host, inside) = (format!("/{name}"), format!("{target}/{name}"));
        if let Some(link) = paths::link_target(&host) {
            let args = [quoted(&link.text()), "AT_FDCWD".to_owned(), quoted(&inside)];
            return recorder.unit("symlinkat", &args, || {
                paths::symlink(link.as_bytes(), &inside)
            });
        }
        if !paths::is_directory(&host) {
            return Ok(());
        }
        self.mkdir(op, &inside, recorder)?;
        bind_read_only(&host, &inside, recorder)
    }

    fn devices(&self, op: &Op, target: &str, recorder: &mut Recorder) -> Result<(), Stop> {
        for name in DEVICES {
            let (host, inside) = (format!("/dev/{name}"), format!("{target}/dev/{name}"));
            if !paths::exists(&host) {
                continue;
            }
            // mknod(2) is not for a user namespace; a file to bind the host's device on is enough.
            self.write_file(op, &text_for(inside.clone(), ""), Writing::Afresh, recorder)?;
            bind(&host, &inside, &["bind"], recorder)?;
        }
        Ok(())
    }

    /// Fresh where the caller has a PID namespace of its own, else the one it sees.
    fn own_proc(&self, target: &str, recorder: &mut Recorder) -> Result<(), Stop> {
        let pid = crate::kernel::ns::of_self(NsLink::Own(NsKind::Pid));
        let fresh = match (pid, self.host.get(NsKind::Pid)) {
            (Ok(ours), Seen::Is(host)) => ours != *host,
            _ => false,
        };
        if !fresh {
            return bind("/proc", target, &["bind", "rec"], recorder);
        }
        let flags = LOCKED.map(str::to_owned).into();
        let mount = Mount {
            source: "proc".to_owned(),
            fstype: Some("proc".to_owned()),
            flags,
            data: None,
            ..tmpfs(target, "")
        };
        attach(&mount, recorder)
    }
}

fn tmpfs(target: &str, data: &str) -> Mount {
    Mount {
        source: "newroot".to_owned(),
        target: target.to_owned(),
        fstype: Some("tmpfs".to_owned()),
        flags: Vec::new(),
        data: Some(data.to_owned()),
        box_name: None,
        by: None,
        fails: None,
    }
}

fn text_for(path: String, text: &str) -> Text {
    Text {
        path,
        text: text.to_owned(),
        box_name: None,
        by: None,
        fails: None,
    }
}

/// Two calls: a bind has the flags of its source, whatever it is told; mount(2), "Remounting".
/// Mounts below `source` come along as they are.
fn bind_read_only(source: &str, target: &str, recorder: &mut Recorder) -> Result<(), Stop> {
    bind(source, target, &["bind", "rec"], recorder)?;
    let mut words = vec!["remount", "bind", "ro"];
    let all = mounts::of_self().unwrap_or_default();
    let options = all.at(target.as_bytes()).map(|row| row.options.text());
    let options = options.unwrap_or_default();
    words.extend(
        LOCKED
            .iter()
            .filter(|flag| options.split(',').any(|has| has == **flag)),
    );
    bind("none", target, &words, recorder)
}
