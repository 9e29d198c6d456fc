//! The words of a step in its phase: text, question and answers, what came of the prediction, why.
//! Called by the lesson screen. Before the reveal it takes no text that speaks of the outcome.

use ratatui::text::{Line, Span};

use super::{
    prose,
    theme::{Role, Theme},
};
use crate::{
    app::{Answer, App, Lab, Phase, Play, Reveal},
    model::Untrusted,
};

/// The words of the present phase, wrapped at `width`.
pub(super) fn lines(app: &App, play: &Play, theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let step = &app.lessons[play.lesson].steps[play.step];
    let story = Story { play, theme, width };
    let mut lines = match (play.phase, &step.predict) {
        (Phase::Read | Phase::Predict | Phase::Run, Some(_)) => story.title(&play.texts.ask),
        _ => story.title(&step.title),
    };
    match play.phase {
        Phase::Read => lines.extend(story.opening()),
        Phase::Predict => lines.extend(story.choices()),
        Phase::Run => lines.extend(story.waiting()),
        Phase::Watch => {
            let revealed = story.reveal(play.outcome.as_ref().and_then(|o| o.reveal.as_ref()));
            lines = [revealed, lines, story.fault(), story.reminder()].concat();
        }
        Phase::Explain => {
            lines.extend(story.markdown(&play.texts.explain));
            lines.extend(story.man(&app.lessons[play.lesson].man));
        }
    }
    lines
}

struct Story<'a> {
    play: &'a Play,
    theme: &'a Theme,
    width: u16,
}

impl Story<'_> {
    fn title(&self, text: &str) -> Vec<Line<'static>> {
        prose::markdown(text, self.width, self.theme.style(Role::Title), self.theme)
    }

    fn markdown(&self, text: &str) -> Vec<Line<'static>> {
        prose::markdown(text, self.width, self.theme.style(Role::Plain), self.theme)
    }

    fn plain(&self, text: &str, role: Role) -> Vec<Line<'static>> {
        prose::plain(text, self.width, self.theme.style(role))
    }

    /// The step's own text, once the boxes stand that it may speak of.
    fn opening(&self) -> Vec<Line<'static>> {
        let mut lines = match self.play.lab {
            Lab::Opening => self.plain("making the boxes ...", Role::Dim),
            _ => self.markdown(&self.play.texts.say),
        };
        if let Some(fault) = &self.play.opening_fault {
            let message = format!("! {}", fault.message.text());
            lines.extend(self.plain(&message, Role::Fault));
            lines.extend(self.plain("Enter goes on, x makes the boxes again.", Role::Plain));
        }
        lines
    }

    fn choices(&self) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        for (place, at) in self.play.order.iter().enumerate() {
            let text = self.play.texts.choices.get(*at).map_or("", String::as_str);
            let chosen = self.play.answer == Some(Answer::Choice(place));
            lines.extend(self.choice(place + 1, text, chosen));
        }
        let chosen = self.play.answer == Some(Answer::Unknown);
        lines.extend(self.choice(0, "I don't know", chosen));
        lines
    }

    fn choice(&self, number: usize, text: &str, chosen: bool) -> Vec<Line<'static>> {
        let role = if chosen { Role::Title } else { Role::Plain };
        let style = self.theme.style(role);
        let room = self.width.saturating_sub(6);
        let wrapped = prose::markdown(text, room, style, self.theme);
        let sign = if chosen { ">" } else { " " };
        let mut margin = format!("  {sign} {number} ");
        let mut lines = Vec::new();
        for line in wrapped {
            let mut spans = vec![Span::styled(margin.clone(), style)];
            spans.extend(line.spans);
            lines.push(Line::from(spans));
            margin = " ".repeat(6);
        }
        lines
    }

    fn waiting(&self) -> Vec<Line<'static>> {
        let words = match self.play.lab {
            Lab::Opening => "making the boxes ...",
            _ => "asking the kernel ...",
        };
        self.plain(words, Role::Dim)
    }

    /// `You said 2) "1".  The kernel: 1) "4723".` and what is behind a wrong answer.
    fn reveal(&self, reveal: Option<&Reveal>) -> Vec<Line<'static>> {
        let Some(reveal) = reveal else {
            return Vec::new();
        };
        let said = match self.play.answer {
            Some(Answer::Choice(place)) => format!("You said {}.", self.quoted(place)),
            _ => "You did not guess.".to_owned(),
        };
        let kernel = match reveal.truth.as_slice() {
            [] => "The kernel did something else here; m has the details.".to_owned(),
            _ if reveal.right => "So says the kernel.".to_owned(),
            places => {
                let all: Vec<String> = places.iter().map(|place| self.quoted(*place)).collect();
                format!("The kernel: {}.", all.join(" and "))
            }
        };
        let mut lines = self.title(&format!("{said} {kernel}"));
        lines.extend(self.markdown(&reveal.because));
        lines
    }

    /// An answer as Markdown: its number and its words.
    fn quoted(&self, place: usize) -> String {
        let at = self.play.order.get(place);
        let text = at.and_then(|at| self.play.texts.choices.get(*at));
        let text = text.map_or("", String::as_str);
        format!("{}\\) {}", place + 1, text.trim_end_matches('.'))
    }

    fn fault(&self) -> Vec<Line<'static>> {
        let Some(fault) = self.play.outcome.as_ref().and_then(|o| o.fault.as_ref()) else {
            return Vec::new();
        };
        let mut lines = self.plain(&format!("! {}", fault.message.text()), Role::Fault);
        let more = "The step stopped there. Enter goes on, x tries again.";
        lines.extend(self.plain(more, Role::Plain));
        lines
    }

    /// Where no question was asked, the text stays in view while the panes change.
    fn reminder(&self) -> Vec<Line<'static>> {
        let asked = self
            .play
            .outcome
            .as_ref()
            .is_some_and(|o| o.reveal.is_some());
        if asked {
            return Vec::new();
        }
        self.markdown(&self.play.texts.say)
    }

    fn man(&self, pages: &[String]) -> Vec<Line<'static>> {
        if pages.is_empty() {
            return Vec::new();
        }
        let names: Vec<String> = pages.iter().map(|p| Untrusted::from(p).text()).collect();
        self.plain(&format!("man: {}", names.join(", ")), Role::Dim)
    }
}
