//! What the lab tells the app. Answers to anything but the latest command are of the past, and so
//! are samples that come before that answer: both are dropped.

use super::{App, Effect, Hold, Lab, Overlay, Phase, Shells, Why};
use crate::model::{
    Call, Sample,
    port::{LabEvent, Proof},
};

impl App {
    pub(super) fn hear(&mut self, event: LabEvent) -> Vec<Effect> {
        let is_answer = matches!(
            event,
            LabEvent::Opened { .. } | LabEvent::Ran { .. } | LabEvent::Cleared(_)
        );
        self.outstanding = self.outstanding.saturating_sub(usize::from(is_answer));
        match event {
            LabEvent::Cleared(proof) => self.cleared(proof),
            LabEvent::Lost(why) => self.lose(&why.text()),
            LabEvent::Looked(look) => self.looked(look),
            LabEvent::ShellOpened { id, program } => self.shell_opened(id, &program),
            LabEvent::Terminal { id, bytes } => return self.shell_wrote(id, &bytes),
            LabEvent::ShellEnded { id, end } => self.shell_ended(id, &end),
            LabEvent::Sampled(sample) if self.outstanding == 1 && self.is_watching() => {
                self.watched(sample);
            }
            _ if self.outstanding > 0 => {}
            LabEvent::Opened {
                calls,
                sample,
                fault,
            } => {
                if self.desk.is_some() {
                    return self.desk_opened(calls, sample, fault);
                }
                if let Some(words) = scope_words(&calls) {
                    self.say(words);
                }
                let message = fault.as_ref().map(|fault| fault.message.text());
                if let Some(play) = &mut self.play {
                    play.opening = calls;
                    play.opening_fault = fault;
                }
                if let Some(message) = message {
                    self.note(message);
                }
                return self.opened(sample);
            }
            LabEvent::Ran {
                calls,
                before,
                after,
                fault,
            } => {
                if self.desk.is_some() {
                    return self.desk_ran(calls, before, after, fault);
                }
                if self.play.as_ref().is_some_and(|p| p.lab == Lab::Running) {
                    return self.finish_run(calls, before, after, fault);
                }
            }
            LabEvent::Sampled(sample) => return self.sampled(sample),
        }
        Vec::new()
    }

    fn opened(&mut self, sample: Sample) -> Vec<Effect> {
        let Some(play) = &mut self.play else {
            return Vec::new();
        };
        if play.phase == Phase::Predict {
            play.held = Some((Hold::Before, sample.clone()));
        }
        play.remember(&sample, Why::Asked);
        play.now = Some(sample);
        play.lab = Lab::Ready;
        let waiting = play.phase == Phase::Run;
        self.fill_texts();
        if waiting {
            return self.run_step();
        }
        let attempt = self.play.as_mut().and_then(|play| play.attempt.as_mut());
        if attempt.is_some_and(|attempt| std::mem::take(&mut attempt.waits)) {
            return self.try_challenge();
        }
        Vec::new()
    }

    fn sampled(&mut self, sample: Sample) -> Vec<Effect> {
        let Some(play) = &mut self.play else {
            return Vec::new();
        };
        if play.lab != Lab::Ready {
            return Vec::new();
        }
        play.remember(&sample, Why::Changed);
        play.now = Some(sample);
        let graded = self.grade();
        // What the panels hold still shows nothing new: no frame is due, but for a verdict.
        let still = |play: &super::Play| play.held.is_some() && play.attempt.is_none();
        self.dirty &= !self.play.as_ref().is_some_and(still);
        graded
    }

    fn is_watching(&self) -> bool {
        self.play
            .as_ref()
            .is_some_and(|play| play.lab == Lab::Running)
    }

    /// While the lab still works: it looks on, as the step asked. Nothing is graded by that.
    fn watched(&mut self, sample: Sample) {
        let Some(play) = &mut self.play else { return };
        play.remember(&sample, Why::Watched);
        play.now = Some(sample);
        self.dirty &= play.held.is_none();
    }

    fn cleared(&mut self, proof: Proof) {
        for left in &proof.left {
            self.note(format!("still there: {}", left.text()));
        }
        if let Some(play) = &mut self.play {
            if std::mem::take(&mut play.resetting) {
                self.proof = proof;
                self.overlay.get_or_insert(Overlay::Proof);
            }
            return;
        }
        if self.outstanding > 0 {
            return;
        }
        self.say(match (proof.left.len(), proof.ended) {
            (0, 1) => "the one process of the lesson has ended; nothing is left".to_owned(),
            (0, ended) => {
                format!("all {ended} processes of the lesson have ended; nothing is left")
            }
            (1, _) => "one thing of the lesson is still there: m names it".to_owned(),
            (left, _) => format!("{left} things of the lesson are still there: m lists them"),
        });
    }

    fn lose(&mut self, why: &str) {
        self.note(format!("the lab is gone: {why}"));
        self.say("the lab is gone; m says why, q quits".to_owned());
        self.lost = Some(why.to_owned());
        self.outstanding = 0;
        if let Some(play) = &mut self.play {
            play.lab = Lab::Ready;
            play.shells = Shells::default();
        }
    }
}

/// Where systemd had to be asked for a place in its tree of cgroups: how that was done.
fn scope_words(calls: &[Call]) -> Option<String> {
    let asked = calls.iter().find(|call| {
        call.args
            .first()
            .is_some_and(|arg| arg.text() == "\"systemd-run\"")
    })?;
    let words = asked
        .args
        .iter()
        .map(|arg| arg.text().trim_matches('"').to_owned());
    let words: Vec<String> = words.take_while(|word| word != "glassbox").collect();
    Some(format!(
        "systemd gave glassbox a place for cgroups: {}",
        words.join(" ")
    ))
}
