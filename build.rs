//! Lessons are compiled into the binary; a new file in `lessons/` must be noticed, too.

fn main() {
    println!("cargo::rerun-if-changed=lessons");
}
