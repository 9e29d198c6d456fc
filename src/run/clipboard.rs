//! What `y` copies: to the terminal's clipboard (OSC 52), which works over SSH, and to a file, since
//! not every terminal does that. Called by `tui`.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::kernel::files::shown;

/// The file's name, in the folder where progress is kept.
const FILE: &str = "commands.sh";

/// The bytes that ask a terminal to put the text on its clipboard.
pub(super) fn osc52(text: &str) -> Vec<u8> {
    format!("\x1b]52;c;{}\x07", base64(text.as_bytes())).into_bytes()
}

/// Appends the text to the learner's file in `folder`, which is made if it is missing; returns the
/// file's path.
pub(super) fn append(folder: &Path, text: &str) -> io::Result<PathBuf> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let path = folder.join(FILE);
    let mut file = File::options().append(true).create(true).open(&path)?;
    // One write: two instances may append at the same time.
    file.write_all(format!("{text}\n").as_bytes())?;
    Ok(path)
}

/// What became of it, in one line of 80 columns if the path is not too long for that; `file` is
/// `None` where there is no folder.
pub(super) fn words(sent: bool, file: Option<io::Result<PathBuf>>) -> String {
    let clipboard = if sent {
        "sent to your clipboard"
    } else {
        "not copied"
    };
    match file {
        Some(Ok(path)) => format!("{clipboard}, added to {}", below_home(&path)),
        Some(Err(error)) => format!("{clipboard}; no file: {error}"),
        None => format!("{clipboard}; no file: no home here (--state DIR names one)"),
    }
}

/// As a shell would take it.
fn below_home(path: &Path) -> String {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
    match home.and_then(|home| path.strip_prefix(home).ok()) {
        Some(rest) => format!("~/{}", shown(rest)),
        None => shown(path),
    }
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let at = |position: usize| u32::from(group.get(position).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            let value = bits >> (18 - 6 * digit) & 0x3f;
            let filled = digit <= group.len();
            text.push(if filled {
                char::from(DIGITS[value as usize])
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_the_rfc() {
        let cases = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (text, coded) in cases {
            assert_eq!(base64(text.as_bytes()), coded);
        }
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
    }

    #[test]
    fn commands_are_appended() {
        let folder = tempfile::tempdir().expect("folder");
        let inner = folder.path().join("a/b");
        append(&inner, "one").expect("append");
        let path = append(&inner, "two").expect("append");
        assert_eq!(fs::read_to_string(path).expect("read"), "one\ntwo\n");
    }
}
