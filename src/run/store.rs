//! How far the learner got, kept between sessions in one file of the state folder. Called by `tui`,
//! saving in a thread of its own ([`writer`]). Never overwrites what it does not understand.
//!
//! A crash, a full disk or a second instance leaves the old progress or the new one (guarantee G6).

mod document;
pub(super) mod writer;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy as _;

use self::document::{Document, Found, MAX_BYTES};
use crate::app::Progress;
use crate::cli::Options;
use crate::kernel::files::{FileError, Folder};
use crate::kernel::learner;
use crate::kernel::save::{Lock, Refused};
use crate::model::{Errno, Untrusted};

/// The file's name in the folder.
const FILE: &str = "progress.json";
/// The one before it, as [`Folder::replace`] names it.
const OLD: &str = "progress.json.old";
const LOCK: &str = "progress.lock";
/// Another instance holds the lock for some milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);

/// Something that the learner should know about their progress.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// There is no folder to keep it in.
    #[error("progress is not kept: no home here; --state DIR names a folder")]
    NoHome,
    /// A later glassbox wrote the file.
    #[error("progress is not kept: {FILE} is of a newer glassbox (version {0})")]
    Newer(u64),
    /// The file was no progress file, and has this name now.
    #[error("damaged progress is now {aside}; {} is used", if *.older { OLD } else { "a new file" })]
    SetAside {
        /// The new name.
        aside: String,
        /// The last good one took its place.
        older: bool,
    },
    /// Somebody else has the lock, and does not give it back.
    #[error("progress is not kept: another glassbox holds {LOCK}")]
    Locked,
    /// A file or the folder cannot be used.
    #[error("progress is not kept: {0}: {1}")]
    Unusable(&'static str, FileError),
    /// The folder is somebody else's.
    #[error("progress is not kept: as uid {1} glassbox may not write to {0}")]
    Denied(String, u32),
    /// A call was refused.
    #[error("progress is not kept: {0}")]
    Refused(#[from] Refused),
}

/// `--state DIR`, or `glassbox` in the user's state folder (XDG_STATE_HOME, else ~/.local/state).
/// `None` for a user without a home: nothing is kept then.
pub(super) fn folder(options: &Options) -> Option<PathBuf> {
    if let Some(folder) = &options.state {
        return Some(folder.clone());
    }
    std::env::var_os("HOME").filter(|home| !home.is_empty())?;
    let base = etcetera::base_strategy::Xdg::new().ok()?;
    base.state_dir().map(|folder| folder.join("glassbox"))
}

/// The file with one learner's progress.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    /// What of this session is in the file already.
    saved: Progress,
}

/// What the file holds now.
struct Current {
    document: Document,
    /// It is not what the last save left: the file is lost, or there never was one.
    lost: bool,
    trouble: Option<Trouble>,
}

impl Store {
    /// Reads what was kept. Trouble is no reason not to go on: saving tries again.
    #[must_use]
    pub fn open(folder: &Path) -> (Self, Progress, Option<Trouble>) {
        let (saved, trouble) = load(folder);
        let store = Self {
            folder: folder.to_owned(),
            saved: saved.clone(),
        };
        (store, saved, trouble)
    }

    /// Writes what changed in this session into the file as it is now: another instance may have
    /// written, too. What comes back in `Ok` did not prevent it.
    pub fn save(&mut self, now: &Progress) -> Result<Option<Trouble>, Trouble> {
        let (folder, _lock) = locked(&self.folder)?;
        let Current {
            document,
            lost,
            trouble,
        } = current(&folder)?;
        let mut new = document.clone();
        if lost {
            self.saved = Progress::default();
        }
        new.enter(&self.saved, now);
        if new != document {
            let text = new.text();
            if u64::try_from(text.len()).unwrap_or(u64::MAX) > MAX_BYTES {
                return Err(Trouble::Unusable(FILE, FileError::TooBig(MAX_BYTES)));
            }
            folder.replace(FILE, text.as_bytes())?;
        }
        self.saved.clone_from(now);
        Ok(trouble)
    }
}

/// What was kept. Where it may be read but not written, it is read.
fn load(path: &Path) -> (Progress, Option<Trouble>) {
    match locked(path) {
        Ok((folder, _lock)) => match current(&folder) {
            Ok(current) => (current.document.progress(), current.trouble),
            Err(trouble) => (readable(&folder), Some(trouble)),
        },
        Err(trouble) => {
            let folder = Folder::open(path);
            let progress = folder.map(|folder| readable(&folder));
            (progress.unwrap_or_default(), Some(trouble))
        }
    }
}

/// The folder, and the right to change what is in it.
fn locked(path: &Path) -> Result<(Folder, Lock), Trouble> {
    let folder = Folder::make(path);
    let folder = folder.map_err(|error| Trouble::Unusable("the folder", error))?;
    let lock = folder.lock(LOCK, PATIENCE);
    let lock = lock.map_err(|refused| match refused.errno() {
        Errno::EACCES => denied(path),
        _ => refused.into(),
    })?;
    Ok((folder, lock.ok_or(Trouble::Locked)?))
}

/// Started as root, glassbox has become another user, who has other rights.
fn denied(path: &Path) -> Trouble {
    Trouble::Denied(
        Untrusted::from(path.as_os_str().as_encoded_bytes()).text(),
        learner::uid(),
    )
}

/// The file as it is now, or the one before it where there is none. What is damaged is set aside.
/// To be called under the lock.
fn current(folder: &Folder) -> Result<Current, Trouble> {
    let mut aside = None;
    for name in [FILE, OLD] {
        match look(folder, name)? {
            Some(Found::Good(document)) => {
                let older = name == OLD;
                let trouble = aside.map(|aside| Trouble::SetAside { aside, older });
                return Ok(Current {
                    document,
                    lost: older,
                    trouble,
                });
            }
            Some(Found::Newer(_, version)) => return Err(Trouble::Newer(version)),
            Some(Found::Damaged) => {
                let name = folder.set_aside(name)?;
                aside.get_or_insert(name);
            }
            None => {}
        }
    }
    let older = false;
    Ok(Current {
        document: Document::default(),
        lost: true,
        trouble: aside.map(|aside| Trouble::SetAside { aside, older }),
    })
}

/// What a file is; `None` if there is none.
fn look(folder: &Folder, name: &'static str) -> Result<Option<Found>, Trouble> {
    match folder.read(OsStr::new(name), MAX_BYTES) {
        Ok(text) => Ok(Some(document::read(&text))),
        Err(FileError::TooBig(_) | FileError::NotText) => Ok(Some(Found::Damaged)),
        Err(FileError::Failed(Errno::ENOENT)) => Ok(None),
        Err(error) => Err(Trouble::Unusable(name, error)),
    }
}

/// What can be read of the file without changing anything.
fn readable(folder: &Folder) -> Progress {
    let found = [FILE, OLD].map(|name| look(folder, name));
    let progress = found.into_iter().find_map(|found| match found {
        Ok(Some(Found::Good(document))) => Some(document.progress()),
        Ok(Some(Found::Newer(progress, _))) => Some(progress),
        _ => None,
    });
    progress.unwrap_or_default()
}
