//! A cgroup of a test's own, laid out as glassbox lays out those of a lesson, on v1 or v2; removed with
//! everything in it when it is dropped. Needs root.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Its directory in each hierarchy, the outermost first.
pub(crate) struct Jar {
    made: Vec<PathBuf>,
    /// That we live: a glassbox that starts meanwhile sweeps what nobody has locked.
    locks: Vec<File>,
    jars: Vec<PathBuf>,
}

/// The v1 hierarchies that are told apart here; where one is missing, v2 must have the controller.
const V1: [&str; 4] = ["cpu", "memory", "pids", "freezer"];
const V2: &str = "cpu memory pids";

impl Jar {
    /// Without limits yet. `Err` says why it cannot be here.
    pub(crate) fn new(name: &str) -> Result<Self, String> {
        let root = Path::new("/sys/fs/cgroup");
        let mut jar = Self {
            made: Vec::new(),
            locks: Vec::new(),
            jars: Vec::new(),
        };
        let v2 = root.join("cgroup.controllers").exists();
        let roots = if v2 {
            vec![root.to_owned()]
        } else {
            V1.map(|name| root.join(name)).to_vec()
        };
        let levels = [
            format!("glassbox-{}-{name}", std::process::id()),
            "lesson".into(),
            "jar".into(),
        ];
        for root in roots {
            let mut directory = root;
            for level in &levels {
                if v2 {
                    let words = V2
                        .split(' ')
                        .map(|word| format!("+{word}"))
                        .collect::<Vec<_>>();
                    fs::write(directory.join("cgroup.subtree_control"), words.join(" "))
                        .map_err(|e| format!("no controllers in {}: {e}", directory.display()))?;
                }
                directory = directory.join(level);
                fs::create_dir(&directory)
                    .map_err(|e| format!("no cgroup {}: {e}", directory.display()))?;
                if *level == levels[0] {
                    let lock = File::open(&directory).map_err(|e| e.to_string())?;
                    lock.lock().map_err(|e| e.to_string())?;
                    jar.locks.push(lock);
                }
                jar.made.push(directory.clone());
            }
            jar.jars.push(directory);
        }
        Ok(jar)
    }

    /// Its file of that name, wherever it is.
    fn file(&self, names: &[&str]) -> PathBuf {
        let mut all = self
            .jars
            .iter()
            .flat_map(|jar| names.iter().map(|name| jar.join(name)));
        all.find(|path| path.exists())
            .expect("a file of the cgroup")
    }

    pub(crate) fn limit(&self, pids: u32, memory: u64, cpu_millis: u32) {
        let set = |names: &[&str], value: &str| {
            fs::write(self.file(names), value).expect("a limit");
        };
        set(&["pids.max"], &pids.to_string());
        set(
            &["memory.max", "memory.limit_in_bytes"],
            &memory.to_string(),
        );
        let quota = (cpu_millis * 1000).to_string();
        set(&["cpu.max", "cpu.cfs_quota_us"], &quota);
    }

    pub(crate) fn take_in(&self, pid: u32) {
        for jar in &self.jars {
            fs::write(jar.join("cgroup.procs"), pid.to_string()).expect("to move it");
        }
    }

    /// Who is in it; zombies are not.
    pub(crate) fn members(&self) -> Vec<i32> {
        let text = fs::read_to_string(self.jars[0].join("cgroup.procs")).expect("members");
        text.lines().filter_map(|line| line.parse().ok()).collect()
    }

    pub(crate) fn pids(&self) -> u32 {
        let text = fs::read_to_string(self.file(&["pids.current"])).expect("a count");
        text.trim().parse().expect("a number")
    }

    /// Whether nobody is in it any more, waiting for that.
    pub(crate) fn empty_within(&self, deadline: Duration) -> bool {
        let began = Instant::now();
        while !self.members().is_empty() {
            if began.elapsed() > deadline {
                return false;
            }
            sleep(Duration::from_millis(5));
        }
        true
    }
}

impl Drop for Jar {
    fn drop(&mut self) {
        for directory in self.made.iter().rev() {
            let began = Instant::now();
            // EBUSY: somebody in it is still ending.
            while fs::remove_dir(directory).is_err_and(|e| e.kind() != io::ErrorKind::NotFound)
                && began.elapsed() < Duration::from_secs(2)
            {
                sleep(Duration::from_millis(10));
            }
        }
    }
}
