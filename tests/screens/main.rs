//! The screens as pictures and the app as tables, on samples made here: no kernel, no terminal.

mod answers;
mod flow;
mod ids;
mod pictures;
mod player;
mod shells;
mod sizes;
mod topics;
mod trouble;
mod world;
