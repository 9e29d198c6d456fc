//! A word that the machine is busy with other things. Called by the panels about usage: shares and
//! times of a lesson come out wrong then, and the learner must know why.

use super::super::sheet::Look;
use crate::app::Others;

/// The word, if others than the lesson use much of the CPUs.
pub(super) fn words(look: &Look<'_>) -> Option<String> {
    let others = look.play.history.others().filter(|it| it.are_many())?;
    let Others { used, cpus } = others;
    let (whole, tenths) = (used / 1000, used % 1000 / 100);
    let words = format!("others use {whole}.{tenths} of {cpus} CPUs");
    let full = format!(" THE MACHINE IS BUSY: {words}");
    let fits = full.len() <= look.width;
    Some(if fits {
        full
    } else {
        format!(" BUSY: {words}")
    })
}
