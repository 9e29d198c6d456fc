//! What serde read becomes a [`Lesson`]: expressions compiled, prose cut into pieces, panels found.
//! Used by parse alone. It goes on after a mistake, so that one run tells of all of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::Spanned;

use super::expr::SyntaxError;
use super::parts::{CGROUPS, LessonAt, StepAt};
use super::prose::{self, Prose};
use super::raw::{RawChallenge, RawChoice, RawDone, RawLesson, RawPredict, RawStep, Text};
use super::{
    Challenge, Choice, Diagnostic, Done, Expr, Hint, Lesson, Panel, Predict, Source, Span, Step,
};

pub(super) struct Cook {
    source: Arc<Source>,
    wrong: Vec<Diagnostic>,
}

impl Cook {
    pub(super) fn new(source: Arc<Source>) -> Self {
        let wrong = Vec::new();
        Self { source, wrong }
    }

    pub(super) fn lesson(mut self, raw: RawLesson) -> Result<Lesson, Vec<Diagnostic>> {
        let steps = raw.steps.into_iter().map(|step| self.step(step)).collect();
        let (needs, needs_at) = plain(raw.needs);
        let (man, man_at) = plain(raw.man);
        let (mut boxes, boxes_at) = plain(raw.boxes);
        for spec in &mut boxes {
            spec.cgroups = needs.iter().any(|need| need == CGROUPS);
        }
        let lesson = Lesson {
            id: id_of(&self.source.name),
            at: LessonAt {
                title: raw.title.span(),
                minutes: raw.minutes.span(),
                needs: needs_at,
                man: man_at,
                boxes: boxes_at,
            },
            title: raw.title.into_inner(),
            minutes: raw.minutes.into_inner(),
            core: raw.core,
            needs,
            man,
            boxes,
            steps,
            source: self.source,
        };
        if self.wrong.is_empty() {
            Ok(lesson)
        } else {
            Err(self.wrong)
        }
    }

    fn step(&mut self, raw: Spanned<RawStep>) -> Step {
        let raw = raw.into_inner();
        let (ops, ops_at) = plain(raw.ops);
        let panels_at = raw.panels.iter().map(Spanned::span).collect();
        let (shown, shown_at) = plain(raw.panes);
        let at = StepAt {
            title: raw.title.span(),
            talk: raw.talk.as_ref().map(Spanned::span).unwrap_or_default(),
            docker: raw.docker.as_ref().map(Spanned::span).unwrap_or_default(),
            panels: panels_at,
            panes: shown_at,
            ops: ops_at,
        };
        Step {
            title: raw.title.into_inner(),
            say: self.prose(raw.say),
            note: raw.note.map(Spanned::into_inner).unwrap_or_default(),
            talk: raw.talk.map_or(0, Spanned::into_inner),
            docker: raw.docker.map(Spanned::into_inner).unwrap_or_default(),
            panels: raw
                .panels
                .into_iter()
                .filter_map(|name| self.panel(&name))
                .collect(),
            panes: shown,
            ops,
            expect: self.exprs(&raw.expect),
            keeps: self.exprs(&raw.keeps),
            explain: self.prose(raw.explain),
            predict: raw.predict.map(|predict| self.predict(predict)),
            challenge: raw.challenge.map(|challenge| self.challenge(challenge)),
            at,
        }
    }

    fn predict(&mut self, raw: RawPredict) -> Predict {
        let ask = self.prose(Some(raw.ask));
        let choices = raw.choices.into_iter();
        let choices = choices.filter_map(|choice| self.choice(choice)).collect();
        Predict { ask, choices }
    }

    fn choice(&mut self, raw: RawChoice) -> Option<Choice> {
        let say = self.prose(Some(raw.say));
        let because = self.prose(raw.because);
        let when = self.expr(&raw.when)?;
        Some(Choice { say, when, because })
    }

    fn challenge(&mut self, raw: RawChallenge) -> Challenge {
        let hints = raw.hints.into_iter().map(|hint| Hint {
            when: hint.when.and_then(|when| self.expr(&when)),
            say: self.prose(Some(hint.say)),
        });
        let hints = hints.collect();
        let done = raw.done.into_iter();
        let done = done.filter_map(|done| self.done(done)).collect();
        let solution = raw.solution.into_iter();
        let solution = solution.map(|line| self.typed(&line)).collect();
        let (makes, makes_at) = plain(raw.makes);
        let declared = raw.values.into_iter();
        let declared = declared.map(|(name, range)| (name, range.span(), range.into_inner()));
        Challenge {
            task: self.prose(Some(raw.task)),
            shell_at: raw.shell.as_ref().map(Spanned::span),
            shell: raw.shell.map(Spanned::into_inner),
            done,
            hints,
            solution,
            makes,
            makes_at,
            declared: declared
                .map(|(name, at, range)| (name, range, at))
                .collect(),
            values: BTreeMap::new(),
        }
    }

    fn done(&mut self, raw: RawDone) -> Option<Done> {
        let say = self.prose(raw.say);
        let when = self.expr(&raw.when)?;
        Some(Done { when, say })
    }

    fn panel(&mut self, name: &Text) -> Option<Panel> {
        let panel = Panel::named(name.get_ref());
        if panel.is_none() {
            let known: Vec<&str> = Panel::ALL.into_iter().map(Panel::name).collect();
            let message = format!("unknown panel; expected one of {}", known.join(", "));
            self.wrong
                .push(self.source.diagnostic(&name.span(), message));
        }
        panel
    }

    fn exprs(&mut self, raw: &[Text]) -> Vec<Expr> {
        raw.iter().filter_map(|text| self.expr(text)).collect()
    }

    fn expr(&mut self, text: &Text) -> Option<Expr> {
        Expr::compile(text.get_ref(), text.span(), 0)
            .map_err(|error| self.syntax(&text.span(), &error))
            .ok()
    }

    fn prose(&mut self, text: Option<Text>) -> Prose {
        let Some(text) = text else {
            return Prose::default();
        };
        prose::parse(text.get_ref(), text.span()).unwrap_or_else(|error| {
            self.syntax(&text.span(), &error);
            Prose::default()
        })
    }

    /// A line for a shell, which has braces of its own.
    fn typed(&mut self, line: &Text) -> Prose {
        prose::parse(line.get_ref(), line.span()).unwrap_or_else(|mut error| {
            if !error.message.contains("{{") {
                error
                    .message
                    .push_str("; write `{{` for a brace of the shell's");
            }
            self.syntax(&line.span(), &error);
            Prose::default()
        })
    }

    fn syntax(&mut self, token: &Span, error: &SyntaxError) {
        let at = self.source.inside(token, error.offset);
        let end = at + 1;
        self.wrong
            .push(self.source.diagnostic(&(at..end), error.message.clone()));
    }
}

/// The values, and apart from them their places.
fn plain<T>(spanned: Vec<Spanned<T>>) -> (Vec<T>, Vec<Span>) {
    spanned
        .into_iter()
        .map(|value| (value.span(), value.into_inner()))
        .map(|(at, value)| (value, at))
        .unzip()
}

/// `lessons/02-pid.toml` is lesson `02-pid`.
fn id_of(name: &str) -> String {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.strip_suffix(".toml").unwrap_or(file).to_owned()
}
