//! An ordinary user for tests that run as root, and commands that run as that user.
//!
//! Creates the user `learner` with useradd(8) where there is none; never removes a user.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// Someone without privileges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) home: PathBuf,
}

pub(crate) fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Whoever runs the tests or, if that is root, an ordinary user of this machine. Call it before
/// the leak check begins: it may add a line to /etc/passwd.
pub(crate) fn ordinary() -> Result<User, String> {
    let own = nix::unistd::geteuid().as_raw();
    if own != 0 {
        return find(|user| user.uid == own).ok_or(format!("uid {own} is not in /etc/passwd"));
    }
    if let Some(user) = find(|user| user.name == "learner") {
        return Ok(user);
    }
    let made = Command::new("useradd")
        .args(["--create-home", "learner"])
        .output();
    // Whether useradd worked is seen by looking; another test process may have been faster.
    find(|user| user.name == "learner")
        .or_else(|| find(|user| (1000..60000).contains(&user.uid)))
        .ok_or_else(|| format!("no ordinary user, and useradd: {made:?}"))
}

fn find(wanted: impl Fn(&User) -> bool) -> Option<User> {
    let passwd = fs::read_to_string("/etc/passwd").ok()?;
    passwd.lines().filter_map(parse).find(wanted)
}

fn parse(line: &str) -> Option<User> {
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, uid, gid, _, home, _] = fields[..] else {
        return None;
    };
    Some(User {
        name: name.to_owned(),
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        home: home.into(),
    })
}

impl User {
    /// A command that runs as this user, in its home, with a login's environment and no
    /// capabilities; still a child of this process. `program` is a path that the user may reach.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = if is_root() && self.uid != 0 {
            let mut setpriv = Command::new("setpriv");
            setpriv.args([
                "--reuid",
                &self.uid.to_string(),
                "--regid",
                &self.gid.to_string(),
            ]);
            setpriv
                .args(["--clear-groups", "--inh-caps=-all", "--"])
                .arg(program);
            setpriv
        } else {
            Command::new(program)
        };
        let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
        command.env_clear().env("PATH", path).env("LANG", "C.UTF-8");
        command
            .env("HOME", &self.home)
            .env("USER", &self.name)
            .env("LOGNAME", &self.name);
        let home = if self.home.is_dir() {
            &self.home
        } else {
            Path::new("/")
        };
        command.current_dir(home);
        command
    }
}

/// The binary under test at a path that every user may reach, which the build folder is not.
/// Removed when dropped.
pub(crate) struct Installed {
    folder: TempDir,
}

impl Installed {
    pub(crate) fn new() -> Self {
        let open = fs::Permissions::from_mode(0o755);
        let folder = tempfile::Builder::new()
            .permissions(open)
            .tempdir()
            .expect("a folder");
        let installed = Self { folder };
        fs::create_dir(installed.state()).expect("a folder");
        let anybody = fs::Permissions::from_mode(0o777);
        fs::set_permissions(installed.state(), anybody).expect("let everybody in");
        let linked = fs::hard_link(super::glassbox(), installed.path());
        if linked.is_err() {
            fs::copy(super::glassbox(), installed.path()).expect("copy the binary");
        }
        installed
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("glassbox")
    }

    /// A folder for `--state`, at first empty: what one test keeps must not lead another elsewhere.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }
}
