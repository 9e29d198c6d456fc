//! The panes: whose they are, their frames and titles, side by side, one below the other, or as tabs.
//! Called by `panels`, whose sheets they show.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    symbols::border,
    text::{Line, Span},
    widgets::{Block, Widget},
};

use super::{
    layout, panels, prose,
    sheet::{self, Drawn, Look, Seat, Sheet},
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{App, Hold, Play, Side},
    lesson::Panel,
    model::{
        Lead, Untrusted,
        cgroup::Layout,
        diff::{self, GROUND},
    },
};

/// Two panes stand side by side from this width on, and three.
const TWO: u16 = 60;
const THREE: u16 = 120;
/// Two panes stand one below the other from this height on.
const STACKED: u16 = 10;

/// Draws a panel: frames, and in each what `sheet` makes for it.
pub(super) fn draw(
    app: &App,
    panel: Panel,
    sheet: fn(&Look<'_>) -> Sheet,
    area: Rect,
    buf: &mut Buffer,
) {
    let Some(play) = &app.play else { return };
    let theme = Theme::of(&app.options);
    let seats = seats(play, area);
    for (seat, place) in seats.iter().zip(places(seats.len(), area)) {
        let frame = Frame {
            play,
            theme: &theme,
            panel,
            seat: *seat,
            lone: seats.len() == 1,
            target: app.target_title(seat.box_name),
        };
        let inner = frame.draw(place, buf);
        if seat.side == Side::Box
            && let Some(words) = app.veiled(panel, seat.box_name)
        {
            let place = Rect {
                x: inner.x + 1.min(inner.width),
                width: inner.width.saturating_sub(2),
                ..inner
            };
            let lines = prose::plain(&words, place.width, Style::new());
            write::lines(&lines, place, buf);
            continue;
        }
        let Some(now) = play.shown() else { continue };
        let look = Look {
            play,
            theme: &theme,
            now,
            before: play.marks_against(),
            seat: *seat,
            width: inner.width.into(),
            height: Some(inner.height.into()),
        };
        let content = sheet(&look);
        let drawn = Drawn {
            look: &look,
            anchor: sheet::anchor(&look, &content, sheet),
            sheet: &content,
        };
        drawn.draw(inner, buf);
    }
}

/// Every seat that there is something to see from, the host's first.
pub(super) fn all_seats(play: &Play) -> Vec<Seat<'_>> {
    let seat = |side, box_name| Seat { side, box_name };
    let mut seats = vec![seat(Side::Host, play.box_name.as_str())];
    match play.pair() {
        Some(pair) => seats.extend(pair.map(|name| seat(Side::Box, name))),
        None => seats.push(seat(Side::Box, &play.box_name)),
    }
    seats
}

/// Whether two boxes and the host have room for a pane each only where nothing stands beside them.
pub(super) fn needs(play: &Play, width: u16) -> bool {
    play.pair().is_some() && width >= THREE && width - layout::column(width) < THREE
}

/// The seats that there is room for. Of two boxes at once the host is the first to make way, unless
/// the cursor is on its side: then it is the other box.
fn seats(play: &Play, area: Rect) -> Vec<Seat<'_>> {
    let mut seats = all_seats(play);
    let room = count(area);
    if seats.len() > room.max(2) {
        let host = play.side == Side::Host;
        seats.retain(|seat| match seat.side {
            Side::Host => host,
            Side::Box => !host || seat.box_name == play.box_name,
        });
    }
    if seats.len() > room {
        seats.retain(|seat| seat.has_cursor(play));
    }
    seats
}

/// How many panes there is room for.
fn count(area: Rect) -> usize {
    match (area.width, area.height) {
        (THREE.., _) => 3,
        (TWO.., _) | (_, STACKED..) => 2,
        _ => 1,
    }
}

fn places(count: usize, area: Rect) -> Vec<Rect> {
    let count = u16::try_from(count.max(1)).unwrap_or(1);
    let part = |at: u16, whole: u16| (whole * at / count, whole * (at + 1) / count);
    let place = |at: u16| {
        if area.width >= TWO {
            let (from, to) = part(at, area.width);
            return Rect {
                x: area.x + from,
                width: to - from,
                ..area
            };
        }
        let (from, to) = part(at, area.height);
        Rect {
            y: area.y + from,
            height: to - from,
            ..area
        }
    };
    (0..count).map(place).collect()
}

/// Whose view a seat has of a panel: the title of its pane.
pub(super) fn title(play: &Play, theme: &Theme, panel: Panel, seat: Seat<'_>) -> String {
    let frame = Frame {
        play,
        theme,
        panel,
        seat,
        lone: false,
        target: None,
    };
    match seat.side {
        Side::Host => frame.host_title(),
        Side::Box => frame.box_title(),
    }
}

struct Frame<'a> {
    play: &'a Play,
    theme: &'a Theme,
    panel: Panel,
    seat: Seat<'a>,
    lone: bool,
    /// What a process that is inspected is called; `None` of a box.
    target: Option<String>,
}

impl Frame<'_> {
    /// Draws the frame and tells its inside.
    fn draw(&self, place: Rect, buf: &mut Buffer) -> Rect {
        let side = self.seat.side;
        let (border, role, title) = match side {
            Side::Host => (self.theme.single(), Role::Host, self.host_title()),
            Side::Box => (self.theme.double(), Role::Box, self.box_title()),
        };
        let title = match (self.lone, side) {
            (false, _) => title,
            (true, Side::Host) if self.is_about_cgroups() => {
                format!("{}(Tab: the box) ", self.host_title())
            }
            (true, Side::Host) => " HOST (Tab: the box) ".to_owned(),
            (true, Side::Box) if self.target.is_some() => {
                format!("{}(Tab: the host) ", self.box_title())
            }
            (true, Side::Box) => " BOX (Tab: the host) ".to_owned(),
        };
        let strong = if self.seat.has_cursor(self.play) {
            Role::Title
        } else {
            Role::Plain
        };
        let style = self.theme.style(role);
        let title = write::cut(
            &title,
            usize::from(place.width.saturating_sub(2)),
            self.theme,
        );
        let title = Span::styled(title, style.patch(self.theme.style(strong)));
        self.block(border, style, title).render(place, buf);
        Rect {
            x: place.x + 1,
            y: place.y + 1,
            width: place.width.saturating_sub(2),
            height: place.height.saturating_sub(2),
        }
    }

    fn block<'b>(&self, set: border::Set<'b>, style: Style, title: Span<'b>) -> Block<'b> {
        let mut block = Block::bordered()
            .border_set(set)
            .border_style(style)
            .title_top(Line::from(title))
            .title_bottom(panels::name(self.panel, self.theme));
        if let Some(word) = self.corner() {
            block = block.title_bottom(word.right_aligned());
        }
        block
    }

    /// What must be known about the view: that it stands still, or whose view it is.
    fn corner(&self) -> Option<Line<'static>> {
        let word = match (held_word(self.play), self.seat.side) {
            (Some(word), _) => word,
            (None, Side::Host) => return None,
            (None, Side::Box) if self.target.is_some() => " read from outside ",
            (None, Side::Box) => {
                let view = self.play.shown()?.boxes.get(self.seat.box_name)?;
                let lead = view.lead.as_ref()?;
                let name = Untrusted::from(&lead.name).text();
                let (sign, role) = if self.moved(lead) {
                    ("+", Role::Changed)
                } else {
                    ("", Role::Dim)
                };
                let words = format!(" {sign}seen from {name} ");
                return Some(Line::styled(words, self.theme.style(role)));
            }
        };
        Some(Line::styled(word, self.theme.style(Role::Title)))
    }

    /// Whether the step made another process the one that the box is seen from.
    fn moved(&self, lead: &Lead) -> bool {
        let before = self.play.marks_against().and_then(|sample| {
            let view = sample.boxes.get(self.seat.box_name)?;
            view.lead.as_ref()
        });
        before.is_some_and(|before| before.host_pid != lead.host_pid)
    }

    /// In some panels a box called ground has the host's place.
    fn host_title(&self) -> String {
        let ground = match self.panel {
            Panel::Mounts => self.seat.box_name == GROUND,
            Panel::Network => self.boxes_on_the_ground().is_some(),
            _ => false,
        };
        if ground {
            return " GROUND  stands in for the host ".to_owned();
        }
        if self.is_about_cgroups() {
            let layout = self.play.shown().map(|now| &now.cgroup_layout);
            let name = layout.map(Layout::name).unwrap_or_default();
            let by_systemd_run = layout.is_some_and(|it| it.by_systemd_run);
            return if by_systemd_run {
                format!(" HOST  {name}, systemd-run ")
            } else {
                format!(" HOST  cgroup {name} ")
            };
        }
        let name = self.play.shown().map(|now| now.host.world.hostname.text());
        match name {
            Some(name) => format!(" HOST  this machine ({name}) "),
            None => " HOST  this machine ".to_owned(),
        }
    }

    /// Then the version of the interface is what must be known of the machine.
    fn is_about_cgroups(&self) -> bool {
        matches!(
            self.panel,
            Panel::Cgroups | Panel::Counters | Panel::Charts | Panel::Pressure | Panel::Believes
        )
    }

    fn box_title(&self) -> String {
        let name = self.seat.box_name;
        if let Some(target) = &self.target {
            return format!(" {target} ");
        }
        if self.panel == Panel::Network && name == GROUND {
            return match self.boxes_on_the_ground() {
                Some(names) => format!(" BOXES {}  on the ground ", names.join(", ")),
                None => " GROUND  stands in for the host ".to_owned(),
            };
        }
        if name == GROUND && self.panel != Panel::Mounts && self.is_on_the_ground() {
            return " GROUND  stands in for the host ".to_owned();
        }
        if self.play.boxes.len() < 2 {
            return " BOX  inside the container ".to_owned();
        }
        format!(" BOX {name}  inside the container ")
    }

    /// Whether the box's view is that of its first process, or of one in the same namespaces.
    fn is_on_the_ground(&self) -> bool {
        let view = self
            .play
            .shown()
            .and_then(|now| now.boxes.get(self.seat.box_name));
        let both = view.and_then(|view| {
            let first = view.members.first()?.from_host.value()?;
            Some((first, view.lead.as_ref()?.from_host.value()?))
        });
        both.is_some_and(|(first, lead)| first.links == lead.links)
    }

    /// Who lives in the network namespaces beside the ground's.
    fn boxes_on_the_ground(&self) -> Option<Vec<String>> {
        let networks = diff::networks(self.play.shown()?, None, self.seat.box_name);
        networks.ground.then(|| networks.inhabitants())
    }
}

/// Why the view stands still, if it does.
pub(super) fn held_word(play: &Play) -> Option<&'static str> {
    play.held.as_ref().map(|(hold, _)| match hold {
        Hold::Before => " as it is before ",
        Hold::Frozen => " frozen (f) ",
    })
}
