//! A root directory for a box, offline: a tmpfs, the host's programs bound into it read-only, an /etc
//! of our own, a small /dev and a /proc. Nothing is downloaded or copied. With an overlay, what is ours
//! is an image that is not written to. The operation `root`.

use super::files::bind;
use super::{attach, quoted};
use crate::kernel::mounts;
use crate::kernel::paths::{self, Writing};
use crate::kernel::record::{Recorder, Stop};
use crate::model::op::{Mount, RootDir, Text};
use crate::model::{NsKind, NsLink, Op, Seen, Untrusted};
use crate::stage::grounds::Target;
use crate::stage::hands::Hands;

/// Where programs and their libraries are, as far as the host has them; links stay links.
const PROGRAMS: [&str; 7] = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"];
const EMPTY: [&str; 10] = [
    "etc",
    "proc",
    "sys",
    "dev",
    "dev/pts",
    "dev/shm",
    "dev/mqueue",
    "tmp",
    "root",
    "mnt",
];
/// What programs expect in /dev beside devices. The first leads to the devpts that a lesson mounts.
const LINKS: [(&str, &str); 5] = [
    ("dev/ptmx", "pts/ptmx"),
    ("dev/fd", "/proc/self/fd"),
    ("dev/stdin", "/proc/self/fd/0"),
    ("dev/stdout", "/proc/self/fd/1"),
    ("dev/stderr", "/proc/self/fd/2"),
];
/// Of the box's directory on disk.
const LAYERS: [&str; 3] = ["image", "upper", "work"];
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
const ALTERNATIVES: &str = "/etc/alternatives";
const NO_OVERLAY: &str = "No overlay here: in a user namespace it takes Linux 5.11. A tmpfs takes its \
                          place.";
/// Flags of a mount from another user namespace that may not be taken off again:
/// mount_namespaces(7), "Restrictions on mount namespaces".
const LOCKED: [&str; 3] = ["nosuid", "nodev", "noexec"];

impl Hands {
    /// Builds it at its target, which is a directory. Every call is recorded.
    pub(super) fn build_root(
        &self,
        op: &Op,
        RootDir {
            target, overlay, ..
        }: &RootDir,
        recorder: &mut Recorder,
    ) -> Result<(), Stop> {
        self.guard(NsKind::Mnt, op)?;
        if !(*overlay && self.layers(op, target, recorder)?) {
            attach(
                &filesystem("tmpfs", "newroot", target, "mode=755"),
                recorder,
            )?;
            self.must_be_ours(op, target, Target::Itself)?;
            self.skeleton(op, target, recorder)?;
        }
        for name in PROGRAMS.iter().filter(|name| is_own_directory(name)) {
            bind_read_only(&format!("/{name}"), &format!("{target}/{name}"), recorder)?;
        }
        // Debian's programs with several providers are links into this directory.
        if paths::is_directory(ALTERNATIVES) {
            bind_read_only(ALTERNATIVES, &format!("{target}{ALTERNATIVES}"), recorder)?;
        }
        devices(target, recorder)?;
        self.own_proc(&format!("{target}/proc"), recorder)
    }

    /// What is ours, as an image on disk, with an overlay above. `false`: there is none to be had.
    fn layers(&self, op: &Op, target: &str, recorder: &mut Recorder) -> Result<bool, Stop> {
        let Some(disk) = &self.grounds.disk else {
            return Err(Stop::Refused(
                "this box has no directory on disk; its lesson needs `disk = true`".to_owned(),
            ));
        };
        let [image, upper, work] = LAYERS.map(|name| format!("{}/{name}", disk.path));
        for directory in [&image, &upper, &work] {
            self.mkdir(op, directory, recorder)?;
        }
        self.skeleton(op, &image, recorder)?;
        // Without userxattr overlayfs would want trusted.* attributes.
        let data = format!("lowerdir={image},upperdir={upper},workdir={work},userxattr");
        let overlay = filesystem("overlay", "newroot", target, &data);
        match attach(&overlay, recorder) {
            Err(Stop::Failed(_)) => {
                if let Some(call) = recorder.calls.last_mut() {
                    NO_OVERLAY.clone_into(&mut call.advice);
                    call.expected_failure = true;
                }
                Ok(false)
            }
            made => made.map(|()| true),
        }
    }

    /// Directories, links and files, without anything mounted on them.
    fn skeleton(&self, op: &Op, at: &str, recorder: &mut Recorder) -> Result<(), Stop> {
        let alternatives = ALTERNATIVES.trim_start_matches('/');
        let alternatives = Some(alternatives).filter(|_| paths::is_directory(ALTERNATIVES));
        let programs = PROGRAMS.into_iter().filter(|name| is_own_directory(name));
        for name in EMPTY.into_iter().chain(alternatives).chain(programs) {
            self.mkdir(op, &format!("{at}/{name}"), recorder)?;
        }
        let host = |name| Some((name, paths::link_target(&format!("/{name}"))?));
        for (name, to) in PROGRAMS.into_iter().filter_map(host) {
            link(at, name, to.as_bytes(), recorder)?;
        }
        for (name, to) in LINKS {
            link(at, name, to.as_bytes(), recorder)?;
        }
        for (name, text) in FILES {
            let path = format!("{at}/etc/{name}");
            self.write_file(op, &text_for(path, text), Writing::Afresh, recorder)?;
        }
        for name in DEVICES.into_iter().filter(|name| is_device(name)) {
            // mknod(2) is not for a user namespace; a file to bind the host's device on is enough.
            let path = format!("{at}/dev/{name}");
            self.write_file(op, &text_for(path, ""), Writing::Afresh, recorder)?;
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
            flags,
            data: None,
            ..filesystem("proc", "proc", target, "")
        };
        attach(&mount, recorder)
    }
}

fn is_own_directory(name: &str) -> bool {
    paths::is_directory(&format!("/{name}"))
}

fn is_device(name: &str) -> bool {
    paths::exists(&format!("/dev/{name}"))
}

fn devices(target: &str, recorder: &mut Recorder) -> Result<(), Stop> {
    for name in DEVICES.into_iter().filter(|name| is_device(name)) {
        let (host, inside) = (format!("/dev/{name}"), format!("{target}/dev/{name}"));
        bind(&host, &inside, &["bind"], recorder)?;
    }
    Ok(())
}

fn link(at: &str, name: &str, to: &[u8], recorder: &mut Recorder) -> Result<(), Stop> {
    let (shown, path) = (Untrusted::from(to).text(), format!("{at}/{name}"));
    let args = [quoted(&shown), "AT_FDCWD".to_owned(), quoted(&path)];
    recorder.unit("symlinkat", &args, || paths::symlink(to, &path))
}

fn filesystem(fstype: &str, source: &str, target: &str, data: &str) -> Mount {
    Mount {
        source: source.to_owned(),
        target: target.to_owned(),
        fstype: Some(fstype.to_owned()),
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
