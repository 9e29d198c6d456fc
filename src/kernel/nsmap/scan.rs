//! What the processes tell: their namespaces, open files and lists of mounts. Walks thousands of
//! them, so it reads links relative to an open directory and asks nothing twice. Called by `nsmap`.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use rustix::fs::{AtFlags, Mode, OFlags, RawDir};

use crate::kernel::proc::{Procfs, lines, read_at, status};
use crate::kernel::{mounts, ns, sys};
use crate::model::map::{Hold, Key, Lead, Map, Namespace};
use crate::model::{Errno, NsKind, NsLink, Untrusted};

/// A longer link is none to a namespace.
const LINK: usize = 64;
/// A list of mounts that is longer is cut.
const MOUNTS: usize = 1 << 22;
/// So many names fit into the buffer several times over.
const FEW: usize = 100;
/// Of each namespace that many places are kept.
const PLACES: usize = 8;

/// Through what a namespace can be opened.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    /// `/proc/PID/ns/LINK`
    Link(i32, NsLink),
    /// `/proc/PID/fd/NUMBER`
    Fd(i32, i32),
}

/// Processes one after the other whose links say the same.
#[derive(Debug, Default)]
struct Run {
    text: Vec<u8>,
    key: Option<Key>,
    /// How many after the first.
    more: u32,
}

impl Run {
    fn of(text: &[u8]) -> Self {
        Self {
            text: text.to_vec(),
            key: Key::parse(text),
            more: 0,
        }
    }
}

/// What was found so far.
#[derive(Debug)]
pub(super) struct Scan {
    pub(super) map: Map,
    /// The first way that was found to each.
    pub(super) ways: BTreeMap<Key, Way>,
    /// Where each is mounted in our own list of mounts.
    pub(super) places: BTreeMap<Key, PathBuf>,
    /// For the names in a directory of descriptors.
    buffer: Vec<u8>,
    /// Whether numbers in this procfs are those that system calls take: it is our pid namespace's.
    ours: bool,
    /// For each type, of the process that was looked at last.
    runs: [Run; NsKind::ALL.len()],
    /// The process whose open files were read last, and what they are.
    last: (i32, Vec<(i32, Option<Key>)>),
}

impl Scan {
    pub(super) fn new(proc: &Procfs) -> Self {
        let status = proc.read("self/status").ok();
        let status = status.and_then(|text| status::parse(&text));
        Self {
            map: Map::default(),
            ways: BTreeMap::new(),
            places: BTreeMap::new(),
            buffer: Vec::with_capacity(16 * 1024),
            ours: status.is_some_and(|status| status.nspid.len() == 1),
            runs: Default::default(),
            last: (0, Vec::new()),
        }
    }

    /// Notes the namespaces that a process is in and those that it has open. One that ended
    /// meanwhile is no process.
    pub(super) fn process(&mut self, proc: &Procfs, pid: i32) {
        let Ok(links) = open_dir(proc, pid, "ns", OFlags::PATH) else {
            return;
        };
        self.map.processes += 1;
        if self.links(links.as_fd(), pid).is_err() {
            // Whoever may not see one of them may see none, and no open file, either.
            self.map.denied.processes += 1;
            self.map.denied.files += 1;
        } else if self.has_files_of_last(links.as_fd(), pid) {
            // What it has open is noted already.
        } else if let Err(Errno::EACCES | Errno::EPERM) = self.files(proc, pid) {
            self.map.denied.files += 1;
        }
    }

    fn links(&mut self, links: BorrowedFd<'_>, pid: i32) -> Result<(), Errno> {
        for kind in NsKind::ALL {
            let link = NsLink::Own(kind);
            let mut text = [MaybeUninit::uninit(); LINK];
            let text = denied_or(read_text(links, link.name(), &mut text))?;
            let run = &mut self.runs[kind as usize];
            if text.is_some_and(|text| run.text == text) {
                // As with the process before it, which has a lower number.
                run.more += u32::from(run.key.is_some());
                continue;
            }
            let before = std::mem::replace(run, Run::of(text.unwrap_or_default()));
            let key = run.key;
            self.count(&before);
            if let Some(key) = key {
                let found = self.note(key, Hold::Process, Way::Link(pid, link));
                found.processes += 1;
                lead(found, pid);
            }
        }
        let next = [
            (NsKind::Pid, NsLink::PidForChildren),
            (NsKind::Time, NsLink::TimeForChildren),
        ];
        for (kind, link) in next {
            let mut text = [MaybeUninit::uninit(); LINK];
            let text = denied_or(read_text(links, link.name(), &mut text))?;
            let other = text.filter(|text| *text != self.runs[kind as usize].text);
            if let Some(key) = other.and_then(Key::parse) {
                let found = self.note(key, Hold::ForChildren, Way::Link(pid, link));
                stand_in(found, pid);
            }
        }
        Ok(())
    }

    /// Adds up those that were alike.
    fn count(&mut self, run: &Run) {
        if let Some(found) = run.key.and_then(|key| self.map.namespaces.get_mut(&key)) {
            found.processes += run.more;
        }
    }

    /// After the last process.
    pub(super) fn count_rest(&mut self) {
        for run in std::mem::take(&mut self.runs) {
            self.count(&run);
        }
    }

    /// Whether it has open just what the one before it has, as many do whom one process forked: to ask
    /// that takes a third of the time that it takes to read the link of each file. The size of the
    /// directory is their number since Linux 6.2; before that it is 0.
    fn has_files_of_last(&self, links: BorrowedFd<'_>, pid: i32) -> bool {
        let (last, files) = &self.last;
        let same = |(number, _): &(i32, Option<Key>)| sys::kcmp::same_file(*last, pid, *number);
        let count = || {
            let found = rustix::fs::statat(links, "../fd", AtFlags::empty()).ok()?;
            usize::try_from(found.st_size).ok()
        };
        self.ours
            && files.first().is_some_and(same)
            && count() == Some(files.len())
            && files[1..].iter().all(same)
    }

    fn files(&mut self, proc: &Procfs, pid: i32) -> Result<(), Errno> {
        let dir = open_dir(proc, pid, "fd", OFlags::RDONLY)?;
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut entries = RawDir::new(dir.as_fd(), buffer.spare_capacity_mut());
        self.last = (pid, Vec::new());
        let mut count = 0;
        // Few names came in one piece, which spares the call that says that no more will come.
        while (count == 0 || count > FEW || !entries.is_buffer_empty())
            && let Some(Ok(entry)) = entries.next()
        {
            count += 1;
            let Some(number) = lines::number(entry.file_name().to_bytes()) else {
                continue;
            };
            if let Ok(key) = read_link(dir.as_fd(), entry.file_name()) {
                self.opened(pid, number, key);
                self.last.1.push((number, key));
            }
        }
        self.buffer = buffer;
        Ok(())
    }

    /// A file is open, which may be a namespace.
    fn opened(&mut self, pid: i32, number: i32, key: Option<Key>) {
        if let Some(key) = key {
            stand_in(self.note(key, Hold::Fd, Way::Fd(pid, number)), pid);
        }
    }

    /// Notes what is bound to a file somewhere: one list of mounts is read for each mount namespace.
    pub(super) fn mounts(&mut self, proc: &Procfs) {
        let ours = ns::of_self(NsLink::Own(NsKind::Mnt)).map(|id| id.ino);
        let lists = self.map.namespaces.iter();
        let lists: Vec<(bool, i32)> = lists
            .filter(|(key, found)| key.kind == NsKind::Mnt && found.processes > 0)
            .filter_map(|(key, found)| Some((Ok(key.ino) == ours, found.lead.as_ref()?.pid)))
            .collect();
        for (is_ours, pid) in lists {
            let list = proc.pid(pid);
            let list = list.and_then(|dir| read_at(dir.as_fd(), "mountinfo", MOUNTS));
            for mount in lines::mounts(&list.unwrap_or_default()) {
                let key = Some(mount.root).filter(|_| mount.fstype == b"nsfs");
                if let Some(key) = key.and_then(Key::parse) {
                    self.bound(key, mount.target, is_ours);
                }
            }
        }
    }

    /// A place in another list of mounts is only named: it is not looked up inside.
    fn bound(&mut self, key: Key, target: &[u8], is_ours: bool) {
        let found = self.map.namespaces.entry(key).or_default();
        found.held_by.insert(Hold::Mount);
        let place = mounts::plain(target);
        if is_ours {
            let path = PathBuf::from(OsStr::from_bytes(place.as_bytes()));
            self.places.entry(key).or_insert(path);
        }
        if found.mounted_at.len() < PLACES && !found.mounted_at.contains(&place) {
            found.mounted_at.push(place);
        }
    }

    fn note(&mut self, key: Key, hold: Hold, way: Way) -> &mut Namespace {
        let found = self.map.namespaces.entry(key).or_default();
        if found.held_by.insert(hold) {
            self.ways.entry(key).or_insert(way);
        }
        found
    }

    /// Reads the name of each process that is named beside a namespace, once.
    pub(super) fn name_leads(&mut self, proc: &Procfs) {
        let mut names: BTreeMap<i32, Untrusted> = BTreeMap::new();
        let leads = self.map.namespaces.values_mut();
        for lead in leads.filter_map(|found| found.lead.as_mut()) {
            let name = names.entry(lead.pid).or_insert_with(|| {
                let dir = proc.pid(lead.pid);
                let comm = dir.and_then(|dir| dir.read("comm")).unwrap_or_default();
                Untrusted::from(comm.strip_suffix(b"\n").unwrap_or(&comm))
            });
            lead.command = name.clone();
        }
    }
}

/// The lowest number of those that are in it.
fn lead(found: &mut Namespace, pid: i32) {
    let first = found.processes == 1;
    match &mut found.lead {
        Some(lead) if !first && lead.pid <= pid => {}
        slot => {
            let command = Untrusted::default();
            *slot = Some(Lead { pid, command });
        }
    }
}

/// Whoever holds it is named while nobody is known to be in it.
fn stand_in(found: &mut Namespace, pid: i32) {
    found.lead.get_or_insert_with(|| Lead {
        pid,
        command: Untrusted::default(),
    });
}

/// What is not there, or ended, is no denial.
fn denied_or<T>(result: Result<T, Errno>) -> Result<Option<T>, Errno> {
    match result {
        Err(errno @ (Errno::EACCES | Errno::EPERM)) => Err(errno),
        Err(_) => Ok(None),
        Ok(found) => Ok(Some(found)),
    }
}

fn open_dir(proc: &Procfs, pid: i32, name: &str, how: OFlags) -> Result<OwnedFd, Errno> {
    let path = format!("{pid}/{name}");
    let flags = how | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let dir = rustix::fs::openat(proc.as_fd(), path.as_str(), flags, Mode::empty())?;
    Ok(dir)
}

/// `None` if the link is none to a namespace.
fn read_link(dir: BorrowedFd<'_>, name: impl rustix::path::Arg) -> Result<Option<Key>, Errno> {
    let mut text = [MaybeUninit::uninit(); LINK];
    Ok(Key::parse(read_text(dir, name, &mut text)?))
}

fn read_text<'t>(
    dir: BorrowedFd<'_>,
    name: impl rustix::path::Arg,
    text: &'t mut [MaybeUninit<u8>; LINK],
) -> Result<&'t [u8], Errno> {
    let (text, _) = rustix::fs::readlinkat_raw(dir, name, text)?;
    Ok(text)
}
