//! What a reset came to: what was ended, and where it was looked for afterwards. Called by the
//! overlay; says no more than the lab has counted.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::{
    overlay, prose,
    theme::{Role, Theme},
    write,
};
use crate::app::App;
use crate::model::port::Proof;

const MEASURE: u16 = 76;
/// Columns for the word before each line.
const MARGIN: u16 = 12;

/// Draws the proof into the middle of `area`.
pub(super) fn draw(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let width = MEASURE.min(area.width);
    let lines = lines(&app.proof, theme, width.saturating_sub(4));
    let place = overlay::middle(area, width, lines.len() + 2);
    let inner = overlay::frame(" reset: what is left ", theme, place, buf);
    write::lines(&lines, inner, buf);
}

fn lines(proof: &Proof, theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if proof.left.is_empty() {
        let words = "Nothing is left. The boxes were made anew, and this step starts again.";
        lines.extend(prose::plain(words, width, theme.style(Role::Title)));
    }
    for left in &proof.left {
        let words = format!("STILL THERE: {}", left.text());
        lines.extend(prose::plain(&words, width, theme.style(Role::Fault)));
    }
    lines.push(Line::default());
    for (word, text) in counted(proof) {
        lines.extend(overlay::entry(word, MARGIN, &text, theme, width));
    }
    lines
}

/// What was counted, in words.
fn counted(proof: &Proof) -> Vec<(&'static str, String)> {
    let ended = format!("{} ended", proof.ended);
    let (before, now) = proof.host_mounts;
    let host = if before == now {
        format!("the host has {now}, as before this lesson")
    } else {
        format!("the host has {now}, and had {before} before this lesson")
    };
    let mounts = match proof.mounts {
        0 => host,
        count => format!("{count} were in mount namespaces of the boxes; {host}"),
    };
    let cgroups = match proof.cgroups {
        0 => "the lesson had made none".to_owned(),
        count => format!("{count} removed"),
    };
    vec![
        ("processes", ended),
        ("namespaces", namespaces(proof)),
        ("mounts", mounts),
        ("cgroups", cgroups),
    ]
}

fn namespaces(proof: &Proof) -> String {
    if proof.namespaces == 0 {
        return "the boxes had none of their own".to_owned();
    }
    let had = format!("the boxes had {} of their own", proof.namespaces);
    let none = match proof.looked_at {
        seen if proof.left.is_empty() => {
            format!("; of {seen} processes that may be looked at, none is in one of them")
        }
        _ => String::new(),
    };
    let hidden = match proof.hidden {
        0 => String::new(),
        hidden => format!(" ({hidden} more may not be looked at)"),
    };
    had + &none + &hidden
}
