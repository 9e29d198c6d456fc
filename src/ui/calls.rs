//! System calls and by-hand commands as lines: for the strips below the panes and for the panel.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::{
    prose,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::Play,
    model::{Actor, Call, Outcome, Untrusted, op},
};

const LABEL: usize = 11;
/// Before what goes on from the row above.
const FOLD: &str = "    ";

/// The latest calls of the step in at most `most` rows; empty before the step has run.
pub(super) fn strip(play: &Play, theme: &Theme, width: u16, most: usize) -> Vec<Line<'static>> {
    let Some(outcome) = play.outcome.as_ref().filter(|_| most > 0) else {
        return Vec::new();
    };
    let room = usize::from(width).saturating_sub(LABEL + 1);
    let calls = &outcome.calls;
    let mut rows: Vec<Vec<Span>> = Vec::new();
    let mut first = 0;
    if calls.len() > most {
        first = calls.len() - most.saturating_sub(1).max(1);
    }
    if calls.len() > most && most > 1 {
        let words = format!("... and {first} before (4 shows all)");
        rows.push(vec![Span::styled(words, theme.style(Role::Dim))]);
    }
    // Every call has its row; the reasons share what is left.
    let mut left = most.saturating_sub(calls.len());
    for call in &calls[first..] {
        let hidden = if most == 1 { first } else { 0 };
        rows.push(call_row(call, several(play), hidden, room, theme));
        let told = outcome.fault.is_some() && !call.expected_failure;
        let reason = if told { String::new() } else { reason(call) };
        let mut advice = prose::plain(&reason, width_of(room), theme.style(Role::Dim));
        if advice.len() > left && left > 0 {
            let more = " ... (4 shows all)";
            let cut = write::cut(
                &advice[left - 1].to_string(),
                room.saturating_sub(more.len()),
                theme,
            );
            advice[left - 1] = Line::styled(cut + more, theme.style(Role::Dim));
        }
        advice.truncate(left);
        left -= advice.len();
        rows.extend(advice.into_iter().map(|line| line.spans));
    }
    labelled("asked:", rows, theme)
}

/// The commands that do the step by hand, in at most `most` rows; where there is more than one, the
/// last says what docker(1) has for it.
pub(super) fn commands(play: &Play, theme: &Theme, width: u16, most: usize) -> Vec<Line<'static>> {
    let docker = docker(play, theme, width).filter(|_| most > 1);
    let most = most - usize::from(docker.is_some());
    let mut lines = typed(play, theme, width, most);
    lines.extend(docker);
    lines
}

/// Whether the step says what docker(1) has for it.
pub(super) fn has_docker(play: &Play) -> bool {
    !play.texts.docker.is_empty()
}

fn docker(play: &Play, theme: &Theme, width: u16) -> Option<Line<'static>> {
    let text = Untrusted::from(play.texts.docker.as_str()).text();
    let room = usize::from(width).saturating_sub(LABEL + 1);
    let row = vec![Span::raw(write::cut(&text, room, theme))];
    let said = !text.is_empty();
    said.then(|| labelled("docker:", vec![row], theme).pop())?
}

fn typed(play: &Play, theme: &Theme, width: u16, most: usize) -> Vec<Line<'static>> {
    let all = &play.texts.by_hand;
    let shown = all.len().min(most);
    let hidden = all.len() - shown;
    let hint = match hidden {
        0 => "  (y copies)".to_owned(),
        count => format!("  (and {count} more: y copies all)"),
    };
    let room = usize::from(width).saturating_sub(LABEL + 1);
    let mut rows: Vec<Vec<Span>> = Vec::new();
    // Where there is room for one only, a command says more than the comment above it.
    let skipped = match all.iter().position(|line| !line.starts_with('#')) {
        Some(command) if shown == 1 => command,
        _ => 0,
    };
    for (position, command) in all.iter().skip(skipped).take(shown).enumerate() {
        let last = position + 1 == shown;
        let text = as_typed(command);
        // The whole command is worth more than the hint, but that there are more must be said.
        let kept = if last && hidden > 0 { hint.len() } else { 0 };
        let text = write::cut(&text, room.saturating_sub(kept), theme);
        let fits = text.width() + hint.len() <= room;
        let mut row = vec![Span::styled(text, theme.style(Role::Code))];
        if last && fits {
            row.push(Span::styled(hint.clone(), theme.style(Role::Dim)));
        }
        rows.push(row);
    }
    labelled("by hand:", rows, theme)
}

/// All commands of the step, none of them cut: what does not fit goes on below, and a comment that
/// does not fit beside its command stands under it. What docker(1) has for it comes last.
pub(super) fn all_commands(play: &Play, theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let room = usize::from(width).saturating_sub(LABEL + 1);
    let lines = play.texts.by_hand.iter();
    let mut rows: Vec<Vec<Span>> = lines.flat_map(|line| folded(line, room, theme)).collect();
    let hint = "  (y copies)";
    if let Some(last) = rows.last_mut()
        && Line::from(last.clone()).width() + hint.len() <= room
    {
        last.push(Span::styled(hint, theme.style(Role::Dim)));
    }
    let mut lines = labelled("by hand:", rows, theme);
    lines.extend(docker(play, theme, width));
    lines
}

/// A command as it is to be typed, backslashes included. It is ours and the lesson's, and neither has
/// characters that steer a terminal; if one came in, it is not passed on.
fn as_typed(command: &str) -> String {
    command.replace(char::is_control, " ")
}

/// A command in as many rows as it needs.
fn folded(line: &str, room: usize, theme: &Theme) -> Vec<Vec<Span<'static>>> {
    let style = theme.style(Role::Code);
    if as_typed(line).width() <= room {
        return vec![vec![Span::styled(as_typed(line), style)]];
    }
    let (command, comment) = match line.strip_prefix("# ") {
        Some(comment) => ("", Some(comment)),
        None => match line.split_once("  # ") {
            Some((command, comment)) => (command, Some(comment)),
            None => (line, None),
        },
    };
    let wrap = |text: &str, taken: usize| {
        let lines = prose::plain(text, width_of(room.saturating_sub(taken)), style);
        lines.into_iter().map(|line| line.spans)
    };
    let mut rows: Vec<Vec<Span>> = Vec::new();
    for (at, spans) in wrap(command, FOLD.len()).enumerate() {
        let margin = if at == 0 { "" } else { FOLD };
        rows.push([vec![Span::raw(margin)], spans].concat());
    }
    // Each row is a comment, also for who copies it from the screen.
    let margin = if rows.is_empty() { "" } else { FOLD };
    for spans in wrap(comment.unwrap_or_default(), margin.len() + 2) {
        rows.push([vec![Span::styled(format!("{margin}# "), style)], spans].concat());
    }
    rows
}

fn labelled(label: &str, rows: Vec<Vec<Span<'static>>>, theme: &Theme) -> Vec<Line<'static>> {
    let labels = std::iter::once(label).chain(std::iter::repeat(""));
    let line = |(label, row): (&str, Vec<Span<'static>>)| {
        let label = Span::styled(format!(" {label:<LABEL$}"), theme.style(Role::Dim));
        let mut line = Line::from(label);
        line.spans.extend(row);
        line
    };
    labels.zip(rows).map(line).collect()
}

/// One call in one row: `clone3(CLONE_NEWPID) = 4723  ok  0.21 ms`; if it stands for earlier ones,
/// too, it says for how many.
fn call_row(
    call: &Call,
    several: bool,
    earlier: usize,
    room: usize,
    theme: &Theme,
) -> Vec<Span<'static>> {
    let (result, role) = result(call);
    let (tail, hint) = match earlier {
        0 => (
            format!("{result}  {}", duration(call.micros)),
            String::new(),
        ),
        count => (result, format!("  (and {count} before; 4 shows all)")),
    };
    let left = room.saturating_sub(tail.width() + hint.len() + 3);
    let by = by(call, several);
    let mut head = format!("{by}{}", signature(call));
    if head.width() > left {
        head = format!("{by}{}", abridged(call, theme));
    }
    vec![
        Span::styled(write::cut(&head, left, theme), theme.style(Role::Plain)),
        Span::raw(" = "),
        Span::styled(tail, theme.style(role)),
        Span::styled(hint, theme.style(Role::Dim)),
    ]
}

/// Whether calls must say in which box they were made.
fn several(play: &Play) -> bool {
    play.boxes.len() > 1
}

/// All of a call, wrapped: the call, its end, and the reason, unless it is `told` above.
pub(super) fn whole(
    play: &Play,
    call: &Call,
    told: &str,
    width: u16,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let (result, role) = result(call);
    let style = theme.style(role);
    let head = format!("{}{}", by(call, several(play)), signature(call));
    let tail = format!(" = {result}  {}", duration(call.micros));
    let mut lines = prose::plain(&head, width, style);
    match lines.last_mut() {
        Some(last) if last.width() + tail.width() <= width.into() => last.push_span(tail),
        _ => lines.push(Line::styled(format!("   {tail}"), style)),
    }
    let inner = width.saturating_sub(4);
    let reason = Some(reason(call)).filter(|reason| reason != told);
    for line in prose::plain(&reason.unwrap_or_default(), inner, theme.style(Role::Dim)) {
        let mut spans = vec![Span::raw("    ")];
        spans.extend(line.spans);
        lines.push(Line::from(spans));
    }
    lines
}

/// Why a call failed: the errno in words, and what is behind it here.
pub(super) fn reason(call: &Call) -> String {
    match call.outcome {
        Outcome::Ok(_) => String::new(),
        Outcome::Failed(errno) if call.advice.is_empty() => errno.words().to_owned(),
        Outcome::Failed(errno) => format!("{}. {}", errno.words(), call.advice),
    }
}

fn signature(call: &Call) -> String {
    let args: Vec<String> = call.args.iter().map(argument).collect();
    let name = Untrusted::from(&call.name).text();
    format!("{name}({})", args.join(", "))
}

/// The same with long paths from their end: two files of one cgroup differ there alone.
fn abridged(call: &Call, theme: &Theme) -> String {
    let args = call.args.iter().map(argument);
    let args: Vec<String> = args.map(|text| end_of_path(text, theme)).collect();
    let name = Untrusted::from(&call.name).text();
    format!("{name}({})", args.join(", "))
}

/// `"/sys/fs/cgroup/user.slice/glassbox-4700/lesson/jar/pids.max"` as `"…/lesson/jar/pids.max"`.
fn end_of_path(text: String, theme: &Theme) -> String {
    const PARTS: usize = 3;
    const SHORT: usize = 32;
    if text.len() <= SHORT || !text.starts_with("\"/") {
        return text;
    }
    let mut parts = text.rsplitn(PARTS + 1, '/');
    let mut end: Vec<&str> = parts.by_ref().take(PARTS).collect();
    end.reverse();
    match parts.next() {
        Some(_) => format!("\"{}/{}", theme.cut(), end.join("/")),
        None => text.clone(),
    }
}

/// Arguments come with strace's own escapes, which stay as they are.
fn argument(arg: &Untrusted) -> String {
    let parts: Vec<String> = arg
        .as_bytes()
        .split(|byte| *byte == b'\\')
        .map(|part| Untrusted::from(part).text())
        .collect();
    parts.join("\\")
}

/// Who asked, unless it was the helper of the box, who mostly does; of several boxes also whose.
fn by(call: &Call, several: bool) -> String {
    let (whose, name) = match &call.actor {
        Actor::Host => return "host: ".to_owned(),
        Actor::Member(whose, name) => (Untrusted::from(whose).text(), name),
    };
    match (several, name.as_str()) {
        (true, op::STAGE) => format!("{whose}: "),
        (true, name) => format!("{whose}:{}: ", Untrusted::from(name).text()),
        (false, op::STAGE) => String::new(),
        (false, name) => format!("{}: ", Untrusted::from(name).text()),
    }
}

fn result(call: &Call) -> (String, Role) {
    match call.outcome {
        // These return an address, which strace(1) shows like that, too.
        Outcome::Ok(value) if ["mmap", "shmat"].contains(&call.name.as_str()) => {
            (format!("{value:#x}  ok"), Role::Plain)
        }
        Outcome::Ok(value) => (format!("{value}  ok"), Role::Plain),
        Outcome::Failed(errno) if call.expected_failure => {
            (format!("-1 {}, as expected", errno.name()), Role::Title)
        }
        Outcome::Failed(errno) => (format!("-1 {}", errno.name()), Role::Fault),
    }
}

/// Two decimals of a millisecond, three where two would say nothing.
fn duration(micros: u64) -> String {
    match micros {
        0 => "<0.001 ms".to_owned(),
        1..100 => format!("0.{micros:03} ms"),
        100..1_000_000 => format!("{}.{:02} ms", micros / 1000, micros % 1000 / 10),
        _ => format!(
            "{}.{:02} s",
            micros / 1_000_000,
            micros % 1_000_000 / 10_000
        ),
    }
}

fn width_of(room: usize) -> u16 {
    u16::try_from(room).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Theme, duration, end_of_path};
    use crate::app::Options;

    #[test]
    fn the_end_of_a_long_path_is_what_tells_it_apart() {
        let theme = Theme::of(&Options::default());
        let cases = [
            (
                "\"/sys/fs/cgroup/user.slice/glassbox-4700/lesson/jar/pids.max\"",
                "\"…/lesson/jar/pids.max\"",
            ),
            ("\"/proc/self/uid_map\"", "\"/proc/self/uid_map\""),
            (
                "\"a text that is long, and is no path: /x/y/z/w\"",
                "\"a text that is long, and is no path: /x/y/z/w\"",
            ),
            (
                "CLONE_PIDFD|CLONE_INTO_CGROUP|CLONE_NEWPID",
                "CLONE_PIDFD|CLONE_INTO_CGROUP|CLONE_NEWPID",
            ),
        ];
        for (long, short) in cases {
            assert_eq!(end_of_path(long.to_owned(), &theme), short);
        }
    }

    #[test]
    fn durations_are_short_and_never_nothing() {
        let cases = [
            (0, "<0.001 ms"),
            (4, "0.004 ms"),
            (99, "0.099 ms"),
            (210, "0.21 ms"),
            (12_345, "12.34 ms"),
            (1_234_567, "1.23 s"),
        ];
        for (micros, words) in cases {
            assert_eq!(duration(micros), words);
        }
    }
}
