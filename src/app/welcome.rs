//! A first start: how many lessons run here, why the others do not, and what to do about it. Computed
//! from what `doctor` tries; drawn by `ui::welcome`.

use super::App;
use crate::model::support::{Lack, Wish};

/// One thing to do, and what it is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy<'a> {
    /// What to do.
    pub what: String,
    /// What is lacking, and why.
    pub lacks: Vec<Lack<'a>>,
}

impl App {
    /// How many lessons run here.
    #[must_use]
    pub fn running(&self) -> usize {
        let runs = |lesson: &&crate::lesson::Lesson| lesson.missing(&self.support).is_empty();
        self.lessons.iter().filter(runs).count()
    }

    /// The first lesson that runs here, by its place.
    #[must_use]
    pub fn first_that_runs(&self) -> Option<usize> {
        let mut lessons = self.lessons.iter();
        lessons.position(|lesson| lesson.missing(&self.support).is_empty())
    }

    /// What to do so that all lessons run, in the order of `doctor`; each thing is told once.
    #[must_use]
    pub fn remedies(&self) -> Vec<Remedy<'_>> {
        let lessons = self.lessons.iter();
        let wishes: Vec<Wish<'_>> = lessons
            .map(|lesson| Wish {
                id: &lesson.id,
                core: lesson.core,
                needs: &lesson.needs,
            })
            .collect();
        let mut remedies: Vec<Remedy<'_>> = Vec::new();
        for lack in self.support.lacks(&wishes) {
            let known = remedies.iter_mut().find(|it| it.what == lack.probe.remedy);
            match known {
                Some(remedy) => remedy.lacks.push(lack),
                None => remedies.push(Remedy {
                    what: lack.probe.remedy.clone(),
                    lacks: vec![lack],
                }),
            }
        }
        remedies
    }
}
