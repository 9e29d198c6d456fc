//! The commands for operations on files and on the root directory. Called by `by_hand` alone.

use super::quoted;
use crate::model::Op;
use crate::model::op::RootDir;

/// Inside a chroot there is no shell command for chroot(2) without a program to start; perl has the
/// bare calls, and Debian's smallest system has perl.
const BREAKOUT: &str = "perl -e 'mkdir \"/breakout\"; chroot \"/breakout\" or die \"chroot: $!\\n\"; \
                        chdir \"../../../..\"; chroot \".\"; exec \"/bin/sh\"'";

/// The lines for an operation of `op/files.rs`; none for any other.
pub(super) fn lines(op: &Op) -> Vec<String> {
    let line = match op {
        Op::Mkdir(mkdir) => {
            let paths: Vec<String> = mkdir.paths.iter().map(|path| quoted(path)).collect();
            format!("mkdir {}", paths.join(" "))
        }
        Op::Writefile(file) => format!("{} > {}", print(&file.text), quoted(&file.path)),
        Op::Append(file) => format!("{} >> {}", print(&file.text), quoted(&file.path)),
        Op::Readfile(file) => format!("cat {}", quoted(&file.path)),
        Op::Remove(name) => format!("rm -d {}", quoted(&name.path)),
        Op::Rename(names) => format!("mv {} {}", quoted(&names.from), quoted(&names.to)),
        Op::Chmod(chmod) => format!("chmod {} {}", quoted(&chmod.mode), quoted(&chmod.path)),
        Op::Chown(chown) => format!("chown {}:{} {}", chown.uid, chown.gid, quoted(&chown.path)),
        Op::Chdir(to) => format!("cd {}", quoted(&to.path)),
        Op::Chroot(to) => format!("chroot {} /bin/sh", quoted(&to.path)),
        Op::Breakout(_) => BREAKOUT.to_owned(),
        Op::PivotRoot(pivot) => format!(
            "pivot_root {} {}",
            quoted(&pivot.new_root),
            quoted(&pivot.put_old)
        ),
        Op::Disk(disk) => {
            let line = format!(
                "mount --bind \"$(mktemp -d -p /var/tmp)\" {}{TO_REMOVE}",
                quoted(&disk.target)
            );
            let note = "# with real root glassbox attaches a small disk there; a directory on one does, too";
            let note = disk.device.then(|| note.to_owned());
            return note.into_iter().chain([line]).collect();
        }
        // sh is a program, too, and one that can be typed into.
        Op::Program(file) => format!("cp /bin/sh {}", quoted(&file.path)),
        Op::Root(place) => return root(place),
        Op::Hold(hold) => format!("exec {}< {}", hold.fd, quoted(&hold.path)),
        _ => return Vec::new(),
    };
    vec![line]
}

fn print(text: &str) -> String {
    match text.strip_suffix('\n') {
        Some(line) if !line.contains(['\\', '\n']) && !line.starts_with('-') => {
            format!("echo {}", quoted(line))
        }
        _ => format!("printf %s {}", quoted(text)),
    }
}

/// What mktemp(1) makes on disk stays when the shells have ended.
const TO_REMOVE: &str = "  # /var/tmp/tmp.* is yours to remove at the end";

/// With an overlay, all that is ours is made on disk first.
fn root(
    RootDir {
        target, overlay, ..
    }: &RootDir,
) -> Vec<String> {
    let at = quoted(target);
    let (first, then) = if *overlay {
        (
            format!(
                "D=$(mktemp -d -p /var/tmp) && cd $D && mkdir image upper work && cd image{TO_REMOVE}"
            ),
            Some(format!(
                "mount -t overlay -o lowerdir=$D/image,upperdir=$D/upper,workdir=$D/work,userxattr \
                 newroot {at} || {{ mount -t tmpfs -o mode=755 newroot {at} && cp -a $D/image/. {at}; }}; cd {at}"
            )),
        )
    } else {
        (
            format!("mount -t tmpfs -o mode=755 newroot {at} && cd {at}"),
            None,
        )
    };
    let skeleton = [
        "mkdir etc proc sys dev dev/pts dev/shm dev/mqueue tmp root mnt && ln -s pts/ptmx dev/ptmx && \
         ln -s /proc/self/fd dev/fd",
        "for d in usr bin sbin lib lib32 lib64 libx32 etc/alternatives; do \
         if [ -L /$d ]; then cp -P /$d $d; elif [ -d /$d ]; then mkdir $d; fi; done",
        "echo 'root:x:0:0:root:/root:/bin/sh' > etc/passwd; echo 'root:x:0:' > etc/group; \
         echo box > etc/hostname; for d in null zero full random urandom tty; do : > dev/$d; done",
    ];
    let mounts = [
        "for d in usr bin sbin lib lib32 lib64 libx32 etc/alternatives; do \
         if [ -d /$d ] && [ ! -L /$d ]; then mount --rbind /$d $d && mount -o remount,bind,ro $d; fi; done",
        "for d in null zero full random urandom tty; do mount --bind /dev/$d dev/$d; done",
        "mount -t proc proc proc || mount --rbind /proc proc; cd /",
    ];
    let plain = |lines: [&str; 3]| lines.map(str::to_owned);
    let mut lines = vec![first];
    lines.extend(plain(skeleton));
    lines.extend(then);
    lines.extend(plain(mounts));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_has_its_command() {
        let cases = [
            (
                r#"{"mkdir": {"paths": ["/mnt/a", "/mnt/b c"]}}"#,
                "mkdir /mnt/a '/mnt/b c'",
            ),
            (
                r#"{"writefile": {"path": "/mnt/a", "text": "hello\n"}}"#,
                "echo hello > /mnt/a",
            ),
            (
                r#"{"writefile": {"path": "/mnt/a", "text": "-n\n"}}"#,
                "printf %s '-n\n' > /mnt/a",
            ),
            (
                r#"{"append": {"path": "/mnt/a", "text": "x"}}"#,
                "printf %s x >> /mnt/a",
            ),
            (r#"{"readfile": {"path": "/mnt/a"}}"#, "cat /mnt/a"),
            (r#"{"remove": {"path": "/mnt/a"}}"#, "rm -d /mnt/a"),
            (r#"{"rename": {"from": "/a", "to": "/b"}}"#, "mv /a /b"),
            (
                r#"{"chmod": {"path": "/a", "mode": "0600"}}"#,
                "chmod 0600 /a",
            ),
            (
                r#"{"chown": {"path": "/a", "uid": 0, "gid": 5}}"#,
                "chown 0:5 /a",
            ),
            (r#"{"chroot": {"path": "/mnt"}}"#, "chroot /mnt /bin/sh"),
            (r#"{"program": {"path": "/mnt/su"}}"#, "cp /bin/sh /mnt/su"),
            (
                r#"{"pivot_root": {"new_root": "/mnt", "put_old": "/mnt/old"}}"#,
                "pivot_root /mnt /mnt/old",
            ),
        ];
        for (json, line) in cases {
            let op: Op = serde_json::from_str(json).expect("an operation");
            assert_eq!(lines(&op), [line], "{json}");
        }
    }
}
