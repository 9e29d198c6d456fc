//! Takes memory, a step at a time, so that one can watch: address space that it never touches, pages
//! that it touches, a file on disk, or a file in a tmpfs. Keeps what it got until the lifeline ends.

use std::fs::File;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use super::Life;
use super::nasty::capped;
use crate::kernel::cage::Deadline;
use crate::kernel::load;
use crate::kernel::record::{Recorder, Stop};
use crate::kernel::sys::{self, Reserved};
use crate::model::Errno;
use crate::model::cage::MOST_MEMORY;

const MIB: usize = 1 << 20;
/// Between two steps.
const PAUSE: Duration = Duration::from_millis(100);

/// What is taken.
enum Load {
    /// Whether it is touched, too.
    Memory(Reserved, bool),
    File(File),
}

/// Takes it, and then sleeps.
pub(super) fn run(life: &Life, deadline: Deadline) -> ExitCode {
    let most = u32::try_from(MOST_MEMORY / MIB as u64).unwrap_or(1);
    let mb = capped(life, "mb", 1, most) as usize;
    let step = capped(life, "step", 4, most).max(1) as usize;
    let mut recorder = life.recorder();
    let load = open(life, mb, &mut recorder);
    let said = matches!(load, Ok(Load::Memory(_, false)))
        .then(|| format!("reserved {mb} MiB, touched none"));
    life.opened(recorder, said.map(Into::into));
    let Ok(mut load) = load else {
        return ExitCode::FAILURE;
    };
    let steps = (0..mb)
        .step_by(step)
        .map(|from| (from, mb.min(from + step)));
    for (from, to) in steps {
        match take(&mut load, from, to) {
            Ok(None) => break,
            Ok(Some(news)) => life.say(news),
            Err(errno) => {
                let name = errno.name();
                life.say(format!("write failed: {name} after {from} MiB"));
                break;
            }
        }
        if life.wait(&[], PAUSE).is_err() {
            return ExitCode::SUCCESS;
        }
    }
    let stays = life.with.text("then") != Some("exit");
    while stays && !deadline.is_over() && life.wait(&[], Duration::from_secs(1)).is_ok() {}
    ExitCode::SUCCESS
}

fn open(life: &Life, mb: usize, recorder: &mut Recorder) -> Result<Load, Stop> {
    let how = life.with.text("how").unwrap_or_default();
    if let ("file" | "tmpfs", Some(path)) = (how, life.with.text("path")) {
        let args = [
            "AT_FDCWD",
            &format!("\"{path}\""),
            "O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC",
            "0600",
        ];
        let file = recorder.call("openat", &args.map(str::to_owned), || {
            load::new_file(path, false).map(|file| (3, file))
        });
        return file.map(Load::File);
    }
    let args = [
        "NULL".to_owned(),
        (mb * MIB).to_string(),
        "PROT_READ|PROT_WRITE".to_owned(),
        "MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE".to_owned(),
        "-1".to_owned(),
        "0".to_owned(),
    ];
    let reserved = recorder.call("mmap", &args, || {
        sys::reserve(mb * MIB).map(|it| (it.address(), it))
    })?;
    match how {
        "reserve" => Ok(Load::Memory(reserved, false)),
        "touch" => Ok(Load::Memory(reserved, true)),
        _ => Err(Stop::Failed(Errno::EINVAL)),
    }
}

/// Takes the next step; what there is to say then. `None`: there is nothing to take.
fn take(load: &mut Load, from: usize, to: usize) -> Result<Option<String>, Errno> {
    match load {
        Load::Memory(_, false) => Ok(None),
        Load::Memory(memory, true) => {
            memory.touch(from * MIB, to * MIB);
            Ok(Some(format!("touched {to} MiB")))
        }
        Load::File(file) => {
            let piece = [0; 1 << 13];
            for _ in 0..(to - from) * MIB / piece.len() {
                file.write_all(&piece).map_err(|e| Errno::from(&e))?;
            }
            Ok(Some(format!("wrote {to} MiB")))
        }
    }
}
