//! Operations on files and on the root directory. Each is checked against the box's ground first.

use std::os::fd::{AsRawFd as _, OwnedFd};

use super::quoted;
use crate::kernel::calls::{self, MountFlags};
use crate::kernel::paths::{self, Place as Lies, Writing};
use crate::kernel::record::{Recorder, Stop};
use crate::model::op::{Chmod, Chown, Disk, Hold, Mount, PivotRoot, Rename, STAGE, Text};
use crate::model::{NsKind, Op};
use crate::stage::grounds::Target;
use crate::stage::hands::Hands;

const HERE: &str = "AT_FDCWD";
/// Enough to get above any directory that a lesson makes.
const UP: &str = "../../../../../../../..";
/// The directory that the escape from a chroot hides in.
const HIDEOUT: &str = "/breakout";
/// chmod(2), S_ISUID and S_ISGID.
const SET_ID: u32 = 0o6000;

impl Hands {
    /// Carries out an operation of `model/op/files.rs`.
    pub(super) fn on_files(&mut self, op: &Op, recorder: &mut Recorder) -> Result<(), Stop> {
        match op {
            Op::Mkdir(mkdir) => {
                let mut each = mkdir.paths.iter();
                each.try_for_each(|path| self.mkdir(op, path, recorder))
            }
            Op::Writefile(text) => self.write_file(op, text, Writing::Afresh, recorder),
            Op::Append(text) => self.write_file(op, text, Writing::AtTheEnd, recorder),
            Op::Readfile(file) => read_file(&file.path, recorder),
            Op::Remove(name) => self.remove(op, &name.path, recorder),
            Op::Rename(rename) => self.rename(op, rename, recorder),
            Op::Chmod(chmod) => self.chmod(op, chmod, recorder),
            Op::Chown(chown) => self.chown(op, chown, recorder),
            Op::Chdir(to) => change_directory(&to.path, recorder),
            Op::Chroot(to) => {
                self.guard(NsKind::Mnt, op)?;
                change_root(&to.path, recorder)?;
                change_directory("/", recorder)
            }
            Op::Breakout(_) => self.break_out(op, recorder),
            Op::PivotRoot(pivot) => self.pivot(op, pivot, recorder),
            Op::Root(root) => self.build_root(op, root, recorder),
            Op::Hold(hold) => self.hold(hold, recorder),
            _ => Err(Stop::Refused(format!(
                "`{}` is no operation on files: a defect of glassbox",
                op.key()
            ))),
        }
    }

    pub(super) fn mkdir(&self, op: &Op, path: &str, recorder: &mut Recorder) -> Result<(), Stop> {
        self.must_be_ours(op, path, Target::Name)?;
        let args = [HERE.to_owned(), quoted(path), "0755".to_owned()];
        recorder.unit("mkdirat", &args, || paths::mkdir(path))
    }

    /// Links are followed, so what they lead to must be ours, too.
    pub(super) fn write_file(
        &self,
        op: &Op,
        Text { path, text, .. }: &Text,
        how: Writing,
        recorder: &mut Recorder,
    ) -> Result<(), Stop> {
        self.must_be_ours(op, path, Target::Name)?;
        if paths::exists(path) {
            self.must_be_ours(op, path, Target::Itself)?;
        }
        let flags = match how {
            Writing::Afresh => "O_WRONLY|O_CREAT|O_TRUNC|O_NONBLOCK|O_NOCTTY|O_CLOEXEC",
            Writing::AtTheEnd => "O_WRONLY|O_CREAT|O_APPEND|O_NONBLOCK|O_NOCTTY|O_CLOEXEC",
        };
        let args = [HERE, &quoted(path), flags, "0644"].map(str::to_owned);
        let mut file = recorder.call("openat", &args, || {
            paths::open_to_write(path, how).map(|file| (3, file))
        })?;
        if text.is_empty() {
            return Ok(());
        }
        let args = [quoted(path), quoted(text)];
        recorder.call("write", &args, || file.write(text).map(|taken| (taken, ())))
    }

    fn remove(&self, op: &Op, path: &str, recorder: &mut Recorder) -> Result<(), Stop> {
        self.must_be_ours(op, path, Target::Name)?;
        let directory = paths::is_directory(path);
        let flag = if directory { "AT_REMOVEDIR" } else { "0" };
        let args = [HERE, &quoted(path), flag].map(str::to_owned);
        recorder.unit("unlinkat", &args, || {
            if directory {
                paths::rmdir(path)
            } else {
                paths::unlink(path)
            }
        })
    }

    fn rename(&self, op: &Op, rename: &Rename, recorder: &mut Recorder) -> Result<(), Stop> {
        let Rename { from, to, .. } = rename;
        self.must_be_ours(op, from, Target::Name)?;
        self.must_be_ours(op, to, Target::Name)?;
        let args = [HERE, &quoted(from), HERE, &quoted(to)].map(str::to_owned);
        recorder.unit("renameat", &args, || paths::rename(from, to))
    }

    fn chmod(&self, op: &Op, chmod: &Chmod, recorder: &mut Recorder) -> Result<(), Stop> {
        let path = &chmod.path;
        let bits = chmod
            .bits()
            .ok_or_else(|| Stop::Refused(format!("`{}` is no file mode", chmod.mode)))?;
        self.must_be_ours(op, path, Target::Itself)?;
        if bits & SET_ID != 0 {
            must_be_in_memory(path)?;
        }
        let args = [HERE.to_owned(), quoted(path), format!("0{bits:03o}")];
        recorder.unit("fchmodat", &args, || paths::chmod(path, bits))
    }

    fn chown(&self, op: &Op, chown: &Chown, recorder: &mut Recorder) -> Result<(), Stop> {
        let Chown { path, uid, gid, .. } = chown;
        self.must_be_ours(op, path, Target::Itself)?;
        let args = [
            HERE.to_owned(),
            quoted(path),
            uid.to_string(),
            gid.to_string(),
            "0".to_owned(),
        ];
        recorder.unit("fchownat", &args, || paths::chown(path, *uid, *gid))
    }

    fn pivot(&self, op: &Op, pivot: &PivotRoot, recorder: &mut Recorder) -> Result<(), Stop> {
        self.guard(NsKind::Mnt, op)?;
        let args = [quoted(&pivot.new_root), quoted(&pivot.put_old)];
        recorder.unit("pivot_root", &args, || {
            paths::pivot_root(&pivot.new_root, &pivot.put_old)
        })
    }

    /// chroot(2), "Notes": the call does not change the working directory, so after it `.` lies
    /// outside the new root, where `..` meets no border.
    fn break_out(&self, op: &Op, recorder: &mut Recorder) -> Result<(), Stop> {
        self.guard(NsKind::Mnt, op)?;
        if !paths::is_directory(HIDEOUT) {
            self.mkdir(op, HIDEOUT, recorder)?;
        }
        change_root(HIDEOUT, recorder)?;
        change_directory(UP, recorder)?;
        change_root(".", recorder)
    }

    /// The box's directory on disk, or in its place the disk that the lab has sent.
    pub(super) fn put_disk(
        &mut self,
        op: &Op,
        (at, own): (&Disk, Option<OwnedFd>),
        recorder: &mut Recorder,
    ) -> Result<(), Stop> {
        let Some(disk) = &mut self.grounds.disk else {
            return Err(Stop::Refused(
                "this box has no directory on disk; its lesson needs `disk = true`".to_owned(),
            ));
        };
        let target = &at.target;
        if let Some(own) = own {
            disk.id = paths::id_of(&own).map_err(|errno| {
                Stop::Refused(format!(
                    "the disk that was sent cannot be looked at: {errno}"
                ))
            })?;
            self.guard(NsKind::Mnt, op)?;
            let [from, flags] = ["\"\"", "MOVE_MOUNT_F_EMPTY_PATH"].map(str::to_owned);
            let args = [
                own.as_raw_fd().to_string(),
                from,
                HERE.to_owned(),
                quoted(target),
                flags,
            ];
            return recorder.unit("move_mount", &args, || paths::move_mount(&own, target));
        }
        let path = disk.path.clone();
        self.guard(NsKind::Mnt, op)?;
        bind(&path, target, &["bind"], recorder)
    }

    /// What a shell does for `exec 9< DIRECTORY`: whatever it executes later has it open, too.
    fn hold(&self, hold: &Hold, recorder: &mut Recorder) -> Result<(), Stop> {
        if self.name == STAGE {
            return Err(Stop::Refused(
                "`hold` is not for helper, which has descriptors of its own".to_owned(),
            ));
        }
        let Hold { path, fd, .. } = hold;
        let flags = "O_RDONLY|O_DIRECTORY|O_CLOEXEC";
        let args = [HERE, &quoted(path), flags].map(str::to_owned);
        let directory = recorder.call("openat", &args, || {
            paths::open_directory(path).map(|directory| (3, directory))
        })?;
        let args = [quoted(path), "F_DUPFD".to_owned(), fd.to_string()];
        recorder.call("fcntl", &args, || {
            paths::keep_open(&directory, *fd).map(|()| (i64::from(*fd), ()))
        })
    }

    /// An overlay writes into its upper and work directories, whoever owns them.
    pub(super) fn layers_must_be_ours(&self, op: &Op, mount: &Mount) -> Result<(), Stop> {
        let options = mount.data.as_deref().unwrap_or_default().split(',');
        for option in options {
            let layer = ["upperdir=", "workdir="]
                .iter()
                .find_map(|key| option.strip_prefix(key));
            if let Some(directory) = layer {
                self.must_be_ours(op, directory, Target::Itself)?;
            }
        }
        Ok(())
    }
}

/// A file that makes its caller somebody else stays where the box's user namespace alone counts, and
/// goes when the box does.
fn must_be_in_memory(path: &str) -> Result<(), Stop> {
    let place = Lies::of(path).map_err(Stop::Failed)?;
    if place.mount.fstype.as_bytes() == b"tmpfs" {
        return Ok(());
    }
    Err(Stop::Refused(format!(
        "{} is not on a tmpfs, and glassbox makes set-user-ID and set-group-ID files nowhere else",
        quoted(path)
    )))
}

/// mount(2) of one directory on another.
pub(super) fn bind(
    source: &str,
    target: &str,
    words: &[&str],
    recorder: &mut Recorder,
) -> Result<(), Stop> {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let (flags, shown) = MountFlags::from_words(&words)
        .map_err(|word| Stop::Refused(format!("`{word}` is no mount flag glassbox knows")))?;
    let null = || "NULL".to_owned();
    let args = [quoted(source), quoted(target), null(), shown, null()];
    recorder.unit("mount", &args, || {
        calls::mount(source, target, None, flags, None)
    })
}

fn read_file(path: &str, recorder: &mut Recorder) -> Result<(), Stop> {
    let flags = "O_RDONLY|O_NONBLOCK|O_NOCTTY|O_CLOEXEC";
    let args = [HERE, &quoted(path), flags].map(str::to_owned);
    let mut file = recorder.call("openat", &args, || {
        paths::open_to_read(path).map(|file| (3, file))
    })?;
    recorder.call("read", &[quoted(path)], || {
        file.read().map(|came| (came, ()))
    })
}

fn change_directory(path: &str, recorder: &mut Recorder) -> Result<(), Stop> {
    recorder.unit("chdir", &[quoted(path)], || paths::chdir(path))
}

fn change_root(path: &str, recorder: &mut Recorder) -> Result<(), Stop> {
    recorder.unit("chroot", &[quoted(path)], || paths::chroot(path))
}
