//! glassbox: see the library.
fn main() {}
