//! The screens as pictures and the app as tables, on samples made here: no kernel, no terminal.

mod answers;
mod boxes;
mod cgroups;
mod challenges;
mod desk;
mod flow;
mod front;
mod grid;
mod ids;
mod jar;
mod jumps;
mod limits;
mod looks;
mod machine;
mod pictures;
mod player;
mod shells;
mod sizes;
mod tables;
mod topics;
mod tracks;
mod trouble;
mod world;
