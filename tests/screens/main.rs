//! The screens as pictures and the app as tables, on samples made here: no kernel, no terminal.

mod answers;
mod boxes;
mod flow;
mod ids;
mod pictures;
mod player;
mod sizes;
mod tables;
mod topics;
mod trouble;
mod world;
