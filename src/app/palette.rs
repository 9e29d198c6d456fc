//! The palette: every action that the present screen has, with its key, to be found by a word. What
//! Enter carries out is that key, so the palette can do nothing that a key cannot.

use super::keymap;
use super::{Action, App, Effect, Key, KeyPress, Mode, Typed, select};
use crate::lesson::Panel;

/// What is typed in it, and the entry under the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Palette {
    /// Entries without this are not shown.
    pub typed: Typed,
    /// The entry under the cursor, of those that are shown.
    pub at: usize,
}

impl Palette {
    pub(super) fn push(&mut self, text: &str) {
        self.typed.push(text);
        self.at = 0;
    }
}

/// One action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its key, as it is written.
    pub keys: String,
    /// What it does.
    pub words: String,
    press: KeyPress,
}

impl Entry {
    fn new(press: KeyPress, words: impl Into<String>) -> Self {
        Self {
            keys: keymap::written(press),
            words: words.into(),
            press,
        }
    }
}

impl App {
    pub(super) fn open_palette(&mut self) {
        self.palette = Some(Palette::default());
    }

    /// The entries that have what was typed.
    #[must_use]
    pub fn palette_entries(&self) -> Vec<Entry> {
        let Some(palette) = &self.palette else {
            return Vec::new();
        };
        let mut all = self.offers(self.mode_below());
        all.retain(|entry| {
            let text = format!("{} {}", entry.words, entry.keys);
            palette.typed.fits(&text)
        });
        // What begins with it is more likely meant; all else stays in the order of the keys.
        let typed = palette.typed.text().trim().to_lowercase();
        all.sort_by_key(|entry| !entry.words.to_lowercase().starts_with(&typed));
        all
    }

    /// All that can be done in a mode.
    fn offers(&self, mode: Mode) -> Vec<Entry> {
        let (mut entries, mut last) = (Vec::<Entry>::new(), Vec::new());
        for offer in keymap::offers(mode, self.has()) {
            match offer.action {
                Action::Answer => entries.extend(self.answers()),
                // Views are many: what else there is comes before them.
                Action::View => last = views(mode),
                _ => entries.push(Entry::new(offer.press, offer.words)),
            }
        }
        entries.extend(last);
        entries
    }

    /// An entry for each answer of the question.
    fn answers(&self) -> Vec<Entry> {
        let Some(play) = &self.play else {
            return Vec::new();
        };
        let choices = play.order.iter().zip('1'..='9').map(|(choice, digit)| {
            let words = play.texts.choices.get(*choice).map_or("", String::as_str);
            Entry::new(digit.into(), format!("answer {digit}: {words}"))
        });
        let unknown = Entry::new('0'.into(), "answer 0: I don't know");
        choices.chain([unknown]).collect()
    }

    /// A key that means something in the palette.
    pub(super) fn palette_key(&mut self, action: Action) -> Vec<Effect> {
        let entries = self.palette_entries();
        let Some(palette) = &mut self.palette else {
            return Vec::new();
        };
        match action {
            Action::Open => {
                let Some(entry) = entries.get(palette.at) else {
                    self.say("nothing here has these words: Backspace, or Esc".to_owned());
                    return Vec::new();
                };
                self.palette = None;
                return self.press(entry.press);
            }
            Action::Quit => {
                self.palette = None;
                return self.press(KeyPress {
                    ctrl: true,
                    ..'c'.into()
                });
            }
            Action::Erase => {
                palette.at = 0;
                if !palette.typed.erase() {
                    self.palette = None;
                }
            }
            Action::Up | Action::Down => {
                palette.at = select::moved(palette.at, action, entries.len());
            }
            _ => self.palette = None,
        }
        Vec::new()
    }
}

/// An entry for each view that has a key in this mode.
fn views(mode: Mode) -> Vec<Entry> {
    let is_bound = |key: &char| keymap::action(mode, Key::Char(*key).into()) == Some(Action::View);
    let own = Some('0').filter(is_bound);
    let own = own.map(|key| Entry::new(key.into(), "view: the step's own, in turn"));
    let panels = Panel::ALL
        .into_iter()
        .filter(|panel| is_bound(&panel.key()));
    let panels = panels.map(|panel| {
        let words = format!("view: {}", panel.name());
        Entry::new(panel.key().into(), words)
    });
    own.into_iter().chain(panels).collect()
}
