//! The words of a step in its phase: text, question and answers, what came of the prediction, why.
//! Called by the lesson screen. Before the reveal it takes no text that speaks of the outcome.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use super::{
    prose,
    theme::{Role, Theme},
};
use crate::{
    app::{Answer, App, Attempt, Condition, Help, Lab, Phase, Play, Reveal},
    model::Untrusted,
};

/// The words of the present phase, wrapped at `width`. With air there is an empty line between two
/// thoughts, and room for what is good to know.
pub(super) fn lines(
    app: &App,
    play: &Play,
    theme: &Theme,
    width: u16,
    airy: bool,
) -> Vec<Line<'static>> {
    let mut blocks = blocks(app, play, theme, width, airy);
    let man = &app.lessons[play.lesson].man;
    if airy && play.phase == Phase::Explain {
        blocks.push(Story { play, theme, width }.man(man));
    }
    blocks.retain(|block| !block.is_empty());
    if airy {
        blocks.join(&Line::default())
    } else {
        blocks.concat()
    }
}

fn blocks(
    app: &App,
    play: &Play,
    theme: &Theme,
    width: u16,
    roomy: bool,
) -> Vec<Vec<Line<'static>>> {
    let lesson = &app.lessons[play.lesson];
    let step = &lesson.steps[play.step];
    let story = Story { play, theme, width };
    let title = match (play.phase, &step.predict) {
        (Phase::Read | Phase::Predict | Phase::Run, Some(_)) => story.title(&play.texts.ask),
        _ => story.title(&step.title),
    };
    match play.phase {
        Phase::Read => {
            let Some(attempt) = &play.attempt else {
                return vec![title, story.opening(), story.opening_fault()];
            };
            let (verdict, help) = (story.verdict(attempt), story.help(attempt));
            if play.shells.in_view().next().is_some() {
                // What changes while somebody types comes first: there is little room.
                return vec![verdict, help, story.opening(), story.opening_fault()];
            }
            vec![title, story.opening(), story.opening_fault(), verdict, help]
        }
        Phase::Predict => vec![title, story.choices()],
        Phase::Run => vec![title, story.waiting()],
        Phase::Watch => {
            let reveal = play.outcome.as_ref().and_then(|o| o.reveal.as_ref());
            let because = reveal.map_or_else(Vec::new, |reveal| story.markdown(&reveal.because));
            let opening = match reveal {
                // What to watch is worth reading again, but only where it costs no pane a row.
                None if roomy => story.opening(),
                _ => Vec::new(),
            };
            let said = story.reveal(reveal);
            vec![title, story.fault(), opening, said, because]
        }
        Phase::Explain => {
            vec![title, story.markdown(&play.texts.explain)]
        }
    }
}

/// The parts that the words of a phase are made of.
pub(super) struct Story<'a> {
    pub(super) play: &'a Play,
    pub(super) theme: &'a Theme,
    pub(super) width: u16,
}

impl Story<'_> {
    pub(super) fn title(&self, text: &str) -> Vec<Line<'static>> {
        prose::markdown(text, self.width, self.theme.style(Role::Title), self.theme)
    }

    pub(super) fn markdown(&self, text: &str) -> Vec<Line<'static>> {
        prose::markdown(text, self.width, self.theme.style(Role::Plain), self.theme)
    }

    pub(super) fn plain(&self, text: &str, role: Role) -> Vec<Line<'static>> {
        prose::plain(text, self.width, self.theme.style(role))
    }

    /// The step's own text, once the boxes stand that it may speak of.
    fn opening(&self) -> Vec<Line<'static>> {
        match self.play.lab {
            Lab::Opening => self.plain("making the boxes ...", Role::Dim),
            _ => self.markdown(&self.play.texts.say),
        }
    }

    /// What the kernel says of a challenge, condition by condition.
    fn verdict(&self, attempt: &Attempt) -> Vec<Line<'static>> {
        if !attempt.started && !attempt.solved {
            return Vec::new();
        }
        let mut lines = Vec::new();
        if attempt.solved {
            lines.extend(self.plain(
                "Solved: the kernel says so, and said it again a little later.",
                Role::Changed,
            ));
        }
        let conditions = attempt.conditions.iter();
        lines.extend(conditions.flat_map(|condition| self.condition(condition)));
        lines
    }

    /// A condition in words and whether it is true.
    pub(super) fn condition(&self, condition: &Condition) -> Vec<Line<'static>> {
        // Of a solved one nothing is asked any more, and the panels show what is now.
        let solved = self.play.attempt.as_ref().is_some_and(|it| it.solved);
        let (label, role) = match (condition.holds, solved) {
            (true, true) => ("was ok   ", Role::Changed),
            (true, false) => ("ok       ", Role::Changed),
            (false, _) => ("not yet  ", Role::Plain),
        };
        let text = match &condition.error {
            Some(error) => format!("{}; {error}", condition.text),
            None => condition.text.clone(),
        };
        let style = self.theme.style(role);
        let wrapped = prose::plain(&text, self.room_beside(label), style);
        hang(label, wrapped, style)
    }

    /// The last hint, or the solution, marked as such.
    pub(super) fn help(&self, attempt: &Attempt) -> Vec<Line<'static>> {
        let style = self.theme.style(Role::Title);
        match attempt.help.as_ref().filter(|_| !attempt.solved) {
            None => Vec::new(),
            Some(Help::Hint { number, text, .. }) => {
                self.hanging(&format!("hint {number}   "), text, style)
            }
            Some(Help::Solution(lines)) => {
                let label = "solution ";
                let room = self.room_beside(label);
                let lines = lines
                    .iter()
                    .flat_map(|line| prose::plain(line, room, style));
                hang(label, lines.collect(), style)
            }
        }
    }

    fn opening_fault(&self) -> Vec<Line<'static>> {
        let Some(fault) = &self.play.opening_fault else {
            return Vec::new();
        };
        let mut lines = self.plain(&format!("! {}", fault.message.text()), Role::Fault);
        let more = "Enter goes on, x makes the boxes again.";
        lines.extend(self.plain(more, Role::Plain));
        lines
    }

    pub(super) fn choices(&self) -> Vec<Line<'static>> {
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
        let sign = if chosen { ">" } else { " " };
        self.hanging(&format!("  {sign} {number}) "), text, style)
    }

    /// Markdown behind a label, under which nothing stands.
    fn hanging(&self, label: &str, text: &str, style: Style) -> Vec<Line<'static>> {
        let wrapped = prose::markdown(text, self.room_beside(label), style, self.theme);
        hang(label, wrapped, style)
    }

    fn room_beside(&self, label: &str) -> u16 {
        let room = usize::from(self.width).saturating_sub(label.len());
        u16::try_from(room).unwrap_or(u16::MAX)
    }

    fn waiting(&self) -> Vec<Line<'static>> {
        let words = match self.play.lab {
            Lab::Opening => "making the boxes ...",
            _ => "asking the kernel ...",
        };
        self.plain(words, Role::Dim)
    }

    /// What the learner said, what the kernel says, and what is behind a wrong answer.
    pub(super) fn reveal(&self, reveal: Option<&Reveal>) -> Vec<Line<'static>> {
        let Some(reveal) = reveal else {
            return Vec::new();
        };
        let plain = self.theme.style(Role::Plain);
        let said = match self.play.answer {
            Some(Answer::Choice(place)) => self.quoted(place),
            _ => "0\\) I don't know".to_owned(),
        };
        let mut lines = self.hanging("You said:    ", &said, plain);
        let kernel = match reveal.truth.as_slice() {
            [] => vec!["something else here; m has the details".to_owned()],
            _ if reveal.right => vec!["the same".to_owned()],
            places => places.iter().map(|place| self.quoted(*place)).collect(),
        };
        for words in kernel {
            lines.extend(self.hanging("The kernel:  ", &words, plain));
        }
        lines
    }

    /// An answer as Markdown: its number and its words.
    fn quoted(&self, place: usize) -> String {
        let at = self.play.order.get(place);
        let text = at.and_then(|at| self.play.texts.choices.get(*at));
        format!("{}\\) {}", place + 1, text.map_or("", String::as_str))
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

    pub(super) fn man(&self, pages: &[String]) -> Vec<Line<'static>> {
        if pages.is_empty() {
            return Vec::new();
        }
        let names: Vec<String> = pages.iter().map(|p| Untrusted::from(p).text()).collect();
        self.plain(&format!("man: {}", names.join(", ")), Role::Dim)
    }
}

/// Lines behind a label, under which nothing stands.
fn hang(label: &str, lines: Vec<Line<'static>>, style: Style) -> Vec<Line<'static>> {
    let labels =
        std::iter::once(label.to_owned()).chain(std::iter::repeat(" ".repeat(label.len())));
    let line = |(label, line): (String, Line<'static>)| {
        let mut spans = vec![Span::styled(label, style)];
        spans.extend(line.spans);
        Line::from(spans)
    };
    labels.zip(lines).map(line).collect()
}
