//! run

pub mod doctor;
