//! How a lesson goes on: phases forward, steps back, reset, leaving. Called by the keys of
//! [`super::App::update`] and by `lab` when the answer is there.

use super::{App, Attempt, Effect, History, Lab, Outcome, Phase, Play, Reveal, Texts, Why};
use crate::{
    lesson::{Facts, Step},
    model::{Call, Fault, Sample, by_hand, port::Command},
};

const GONE: &str = "the lab is gone: quit with q and start again";

impl App {
    /// Opens the lesson under the cursor at `step`, or where the learner left.
    pub(super) fn open_lesson(&mut self, step: Option<usize>) -> Vec<Effect> {
        let Some(lesson) = self.lessons.get(self.chosen) else {
            return Vec::new();
        };
        if !lesson.missing(&self.support).is_empty() {
            self.say("it cannot run here: the reason and the remedy are above".to_owned());
            return Vec::new();
        }
        if self.lost.is_some() {
            self.say(GONE.to_owned());
            return Vec::new();
        }
        let step = step.unwrap_or_else(|| self.first_step(&lesson.id));
        let step = step.min(lesson.steps.len().saturating_sub(1));
        self.play = Some(Play::new(self.chosen, lesson));
        let mut effects = self.begin_step(step);
        effects.push(self.rebuild());
        effects
    }

    /// Enter in a lesson.
    pub(super) fn next_phase(&mut self) -> Vec<Effect> {
        let Some((play, step)) = self.playing() else {
            return Vec::new();
        };
        match play.phase {
            Phase::Read if step.predict.is_some() => {
                play.enter_question();
                Vec::new()
            }
            Phase::Predict if play.answer.is_none() => {
                let last = play.order.len();
                self.say(format!("choose first: 1 to {last}, or 0 if you don't know"));
                Vec::new()
            }
            Phase::Read if play.attempt.as_ref().is_some_and(Attempt::is_new) => {
                self.try_challenge()
            }
            Phase::Read | Phase::Predict => self.run_step(),
            Phase::Run => Vec::new(),
            Phase::Watch if !play.texts.explain.is_empty() => {
                play.enter(Phase::Explain);
                Vec::new()
            }
            Phase::Watch | Phase::Explain => self.next_step(),
        }
    }

    /// Left: to the start of this step; from there, to the step before.
    pub(super) fn step_back(&mut self) -> Vec<Effect> {
        let Some((play, _)) = self.playing() else {
            return Vec::new();
        };
        match (play.phase, play.step) {
            (Phase::Predict, _) => {
                play.held = None;
                play.enter(Phase::Read);
                Vec::new()
            }
            (Phase::Read, 0) => {
                self.say("this is the first step; Esc leads to the list".to_owned());
                Vec::new()
            }
            (Phase::Read, step) => self.go_to(step - 1),
            (_, step) => self.go_to(step),
        }
    }

    /// The reset: everything of the lesson ends, shells too, and is counted; then this step again,
    /// with new boxes.
    pub(super) fn reset(&mut self) -> Vec<Effect> {
        let Some(play) = &mut self.play else {
            return Vec::new();
        };
        let step = play.step;
        if self.lost.is_some() {
            return self.go_to(step);
        }
        play.resetting = true;
        let mut effects = vec![self.command(Command::Clear)];
        effects.extend(self.go_to(step));
        effects
    }

    /// Back to the list; everything of the lesson ends.
    pub(super) fn leave(&mut self) -> Vec<Effect> {
        self.play = None;
        self.desk = None;
        if self.lost.is_some() {
            return Vec::new();
        }
        vec![self.command(Command::Clear)]
    }

    /// The step has run: texts, prediction and marks.
    pub(super) fn finish_run(
        &mut self,
        calls: Vec<Call>,
        before: Sample,
        after: Sample,
        fault: Option<Fault>,
    ) -> Vec<Effect> {
        let Some((play, step)) = self.playing() else {
            return Vec::new();
        };
        let facts = Facts::new(Some(&before), &after, &calls);
        let answer = play.answer.unwrap_or(super::Answer::Unknown);
        let reveal = step
            .predict
            .as_ref()
            .map(|predict| Reveal::of(predict, &play.order, answer, &facts));
        play.texts.explain = step.explain.render(&facts);
        let doubts = reveal.as_ref().map_or_else(Vec::new, Reveal::doubts);
        let message = fault.as_ref().map(|fault| fault.message.text());
        // Of what came before the samples during the step, only the end is new.
        play.remember(&before, Why::Changed);
        play.remember(&after, Why::Asked);
        play.now = Some(after);
        play.held = None;
        play.lab = Lab::Ready;
        // Before the step, there were no calls to look at.
        if let (false, Some(first)) = (play.picked, step.panels.first()) {
            play.panel = *first;
        }
        let nothing_to_watch = step.ops.is_empty() && step.predict.is_none();
        play.outcome = Some(Outcome {
            calls,
            before,
            fault,
            reveal,
        });
        play.enter(Phase::Watch);
        self.write_commands();
        for line in doubts.into_iter().chain(message) {
            self.note(line);
        }
        if nothing_to_watch {
            return self.next_phase();
        }
        Vec::new()
    }

    /// The boxes stand: the texts of the step may speak of them.
    pub(super) fn fill_texts(&mut self) {
        let Some((play, step)) = self.playing() else {
            return;
        };
        if let Some(now) = &play.now {
            play.texts = Texts::of(step, &Facts::new(Some(now), now, &[]));
            if let Some(attempt) = &mut play.attempt {
                attempt.begin(now);
            }
        }
        self.write_commands();
    }

    /// Hands the step's operations to the lab, at once or as soon as the boxes stand.
    pub(super) fn run_step(&mut self) -> Vec<Effect> {
        if self.lost.is_some() {
            self.say(GONE.to_owned());
            return Vec::new();
        }
        let Some((play, step)) = self.playing() else {
            return Vec::new();
        };
        if let (true, Some(now)) = (step.ops.is_empty(), play.now.clone()) {
            let began = play.attempt.as_ref().and_then(Attempt::base).cloned();
            let before = began.unwrap_or_else(|| now.clone());
            return self.finish_run(Vec::new(), before, now, None);
        }
        play.enter(Phase::Run);
        if play.lab != Lab::Ready {
            return Vec::new();
        }
        if play.shells.touched || play.was_entered() {
            // What was typed in a box may be in the way of what the step promises.
            let rebuild = self.rebuild();
            self.say("the boxes were made anew for this step; their shells are closed".to_owned());
            return vec![rebuild];
        }
        play.lab = Lab::Running;
        let ops = step.ops.clone();
        vec![self.command(Command::Run { ops })]
    }

    /// The next step; in a track of steps the next that is meant, with those before it carried out.
    fn next_step(&mut self) -> Vec<Effect> {
        let Some(play) = &self.play else {
            return Vec::new();
        };
        let (lesson, here) = (play.lesson, play.step);
        match self.step_after() {
            Some(next) if next == here + 1 => {
                let effects = self.begin_step(next);
                self.fill_texts();
                effects
            }
            Some(next) => self.go_to(next),
            None => self.end_lesson(lesson, here + 1),
        }
    }

    /// Back to the list, with the cursor on the lesson after this one. It is finished if all its steps
    /// were; else `next` is the one to go on with.
    fn end_lesson(&mut self, lesson: usize, next: usize) -> Vec<Effect> {
        let ended = &self.lessons[lesson];
        if next < ended.steps.len() {
            self.progress.reach(&ended.id, next);
        } else {
            self.progress.finish(&ended.id);
        }
        self.chosen = (lesson + 1).min(self.lessons.len().saturating_sub(1));
        self.settle_cursor();
        let mut effects = vec![Effect::Save(self.progress.clone())];
        effects.extend(self.leave());
        effects
    }

    pub(super) fn go_to(&mut self, step: usize) -> Vec<Effect> {
        let mut effects = self.begin_step(step);
        if self.lost.is_none() {
            effects.push(self.rebuild());
        }
        effects
    }

    /// Shows a step's text, as yet without its boxes.
    fn begin_step(&mut self, step: usize) -> Vec<Effect> {
        let seed = self.options.seed;
        let Some(play) = &mut self.play else {
            return Vec::new();
        };
        let lesson = &self.lessons[play.lesson];
        play.begin(lesson, step, seed);
        self.progress.reach(&lesson.id, step);
        vec![Effect::Save(self.progress.clone())]
    }

    /// New boxes, with the steps before this one carried out again.
    pub(super) fn rebuild(&mut self) -> Effect {
        let (mut boxes, mut replay) = (Vec::new(), Vec::new());
        if let Some(play) = &mut self.play {
            let lesson = &self.lessons[play.lesson];
            boxes.clone_from(&lesson.boxes);
            replay = lesson.replay(play.step);
            play.lab = Lab::Opening;
            play.now = None;
            play.history = History::default();
            play.opening.clear();
            play.opening_fault = None;
            play.shells.forget_boxes();
        }
        self.command(Command::Open { boxes, replay })
    }

    fn write_commands(&mut self) {
        let Some(play) = &mut self.play else {
            return;
        };
        let lesson = &self.lessons[play.lesson];
        let earlier = lesson.replay(play.step);
        let step = &lesson.steps[play.step];
        let commands = by_hand::commands(&lesson.boxes, &earlier, &step.ops);
        let mut lines: Vec<String> = commands.into_iter().flatten().collect();
        if step.predict.is_some() && play.outcome.is_none() {
            for line in &mut lines {
                *line = by_hand::before_outcome(line).to_owned();
            }
        }
        play.texts.by_hand = lines;
        play.texts.docker.clone_from(&step.docker);
    }

    /// The lesson as it is played, and its step as the file has it.
    fn playing(&mut self) -> Option<(&mut Play, &Step)> {
        let play = self.play.as_mut()?;
        let step = self.lessons.get(play.lesson)?.steps.get(play.step)?;
        Some((play, step))
    }
}

impl Texts {
    /// The texts that may be read before the step has run.
    fn of(step: &Step, facts: &Facts) -> Self {
        let predict = step.predict.as_ref();
        let task = step.challenge.as_ref().map(|challenge| &challenge.task);
        let choices = predict.map_or(&[][..], |predict| &predict.choices);
        Self {
            say: [Some(&step.say), task]
                .into_iter()
                .flatten()
                .map(|text| text.render(facts))
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join("\n\n"),
            ask: predict.map_or_else(String::new, |predict| predict.ask.render(facts)),
            choices: choices
                .iter()
                .map(|choice| choice.say.render(facts))
                .collect(),
            explain: String::new(),
            by_hand: Vec::new(),
            docker: String::new(),
        }
    }
}
