//! How things look: roles to styles, borders and signs. Called by everything that draws.
//!
//! Only the terminal's own 16 colours, and never a meaning that is in the colour alone.

use ratatui::{
    style::{Color, Modifier, Style},
    symbols::{bar, border},
};

use super::plot;
use crate::app::Options;

/// What a piece of the screen is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Text.
    Plain,
    /// A heading.
    Title,
    /// Of less importance.
    Dim,
    /// The host's side.
    Host,
    /// The box's side.
    Box,
    /// What the step changed.
    Changed,
    /// A failure.
    Fault,
    /// Something to type: a command, a number, a name.
    Code,
    /// Emphasis.
    Emphasis,
    /// A key.
    Key,
    /// The row under the cursor.
    Cursor,
    /// The row of the other side that is the same thing.
    Pair,
}

/// Looks of a session.
#[derive(Debug)]
pub(super) struct Theme {
    color: bool,
    ascii: bool,
}

const ASCII_SINGLE: border::Set = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

const ASCII_DOUBLE: border::Set = border::Set {
    top_left: "#",
    top_right: "#",
    bottom_left: "#",
    bottom_right: "#",
    vertical_left: "#",
    vertical_right: "#",
    horizontal_top: "=",
    horizontal_bottom: "=",
};

/// Lines of a drawing.
#[derive(Debug)]
pub(super) struct Pen {
    pub(super) line: &'static str,
    pub(super) side: &'static str,
    pub(super) top: [&'static str; 2],
    pub(super) bottom: [&'static str; 2],
    /// From a line down, from a line down and to the right, and around its last corner.
    pub(super) split: &'static str,
    pub(super) fork: &'static str,
    pub(super) end: &'static str,
    pub(super) wire: &'static str,
}

const PEN: Pen = Pen {
    line: "─",
    side: "│",
    top: ["┌", "┐"],
    bottom: ["└", "┘"],
    split: "┬",
    fork: "├",
    end: "└",
    wire: "═",
};

const ASCII_PEN: Pen = Pen {
    line: "-",
    side: "|",
    top: ["+", "+"],
    bottom: ["+", "+"],
    split: "+",
    fork: "+",
    end: "+",
    wire: "=",
};

impl Theme {
    pub(super) fn of(options: &Options) -> Self {
        Self {
            color: !options.no_color,
            ascii: options.ascii,
        }
    }

    pub(super) fn style(&self, role: Role) -> Style {
        let (color, modifier) = match role {
            Role::Plain => (None, Modifier::empty()),
            Role::Title | Role::Key => (None, Modifier::BOLD),
            Role::Dim => (None, Modifier::DIM),
            Role::Host => (Some(Color::Yellow), Modifier::empty()),
            Role::Box => (Some(Color::LightBlue), Modifier::empty()),
            Role::Changed => (Some(Color::Green), Modifier::BOLD),
            Role::Fault => (Some(Color::Red), Modifier::BOLD),
            Role::Code => (Some(Color::Cyan), Modifier::BOLD),
            Role::Emphasis => (None, Modifier::ITALIC),
            Role::Cursor => (None, Modifier::REVERSED),
            Role::Pair => (None, Modifier::UNDERLINED),
        };
        let style = Style::new().add_modifier(modifier);
        match color {
            Some(color) if self.color => style.fg(color),
            _ => style,
        }
    }

    /// Whether colours are wanted at all.
    pub(super) fn has_color(&self) -> bool {
        self.color
    }

    /// Whether only ASCII is drawn.
    pub(super) fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// The border of the host's panes, and of everything that is no box.
    pub(super) fn single(&self) -> border::Set<'static> {
        if self.ascii {
            ASCII_SINGLE
        } else {
            border::PLAIN
        }
    }

    /// The border of the boxes' panes.
    pub(super) fn double(&self) -> border::Set<'static> {
        if self.ascii {
            ASCII_DOUBLE
        } else {
            border::DOUBLE
        }
    }

    /// The branch from a bridge to one of its ports.
    pub(super) fn branch(&self, last: bool) -> &'static str {
        match (self.ascii, last) {
            (true, true) => "`-",
            (true, false) => "|-",
            (false, true) => "└─",
            (false, false) => "├─",
        }
    }

    /// What drawings are made of.
    pub(super) fn pen(&self) -> &'static Pen {
        if self.ascii { &ASCII_PEN } else { &PEN }
    }

    /// The signs of which a layer of a chart is made, the lowest being 0.
    pub(super) fn bars(&self, layer: usize) -> bar::Set<'static> {
        let sets = if self.ascii {
            plot::ASCII_BARS
        } else {
            plot::BARS
        };
        sets[layer.min(sets.len() - 1)].clone()
    }

    /// A full cell of each layer.
    pub(super) fn shades(&self) -> [&'static str; 3] {
        [0, 1, 2].map(|layer| self.bars(layer).full)
    }

    /// What differs from what stands to its left.
    pub(super) fn differs(&self) -> &'static str {
        if self.ascii { "!" } else { "≠" }
    }

    /// A cable between two interfaces.
    pub(super) fn wire(&self) -> &'static str {
        if self.ascii { "==" } else { "══" }
    }

    /// What stands at the end of a text that was cut.
    pub(super) fn cut(&self) -> &'static str {
        if self.ascii { "~" } else { "…" }
    }
}
