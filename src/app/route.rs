//! The way through a lesson: all its steps, or those that the track means. Asked by `steps` for what
//! comes next and by the screens that say so; it never moves anything itself.

use super::App;

impl App {
    /// Where the learner left; in a track of steps, the first of them that is not before that, or the
    /// first of all once there is none.
    pub(super) fn first_step(&self, lesson: &str) -> usize {
        let left = self.progress.resume(lesson);
        let meant = self.meant(lesson);
        let next = meant.iter().find(|step| **step >= left);
        next.or(meant.first()).copied().unwrap_or(left)
    }

    /// The step that Enter leads to after the one that is played, from 0; none where the lesson ends.
    #[must_use]
    pub fn step_after(&self) -> Option<usize> {
        let play = self.play.as_ref()?;
        let lesson = self.lessons.get(play.lesson)?;
        match self.meant(&lesson.id) {
            [] => Some(play.step + 1).filter(|next| *next < lesson.steps.len()),
            meant => meant.iter().copied().find(|step| *step > play.step),
        }
    }

    /// The track's name, and which of its steps of this lesson is played, of how many; none where all
    /// of the lesson is meant, or where the step is not of the track.
    #[must_use]
    pub fn on_track(&self) -> Option<(&str, usize, usize)> {
        let play = self.play.as_ref()?;
        let track = self.options.track.as_ref()?;
        let meant = self.meant(&self.lessons.get(play.lesson)?.id);
        let at = meant.iter().position(|step| *step == play.step)?;
        Some((&track.name, at + 1, meant.len()))
    }

    /// The steps of a lesson that the track means, from 0; none where all are.
    fn meant(&self, lesson: &str) -> &[usize] {
        let track = self.options.track.as_ref();
        let stop = track.and_then(|track| track.stop(lesson));
        stop.map_or(&[], |stop| &stop.steps)
    }
}
