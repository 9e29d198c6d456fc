//! Keys on the desk: which switch they turn, and what they ask of the lab.

use super::*;
use crate::app::{Event, KeyPress, Mode, Options};
use crate::model::port::{LabEvent, Maps};
use crate::model::support::Support;

fn desk() -> App {
    let mut app = App::new(Vec::new(), Support::default(), Options::default());
    app.open_desk(Recipe::default());
    app
}

fn press(app: &mut App, keys: &[Key]) -> Vec<Effect> {
    let press = |key: &Key| app.update(Event::Key(KeyPress::from(*key)));
    keys.iter().flat_map(press).collect()
}

fn go_to(app: &mut App, row: Row) {
    press(app, &[Key::Up; Row::ALL.len()]);
    let at = Row::ALL.iter().position(|it| *it == row).expect("a row");
    press(app, &vec![Key::Down; at]);
}

fn said(app: &App) -> String {
    app.desk.as_ref().expect("the desk").said.join(" ")
}

fn recipe(app: &App) -> Recipe {
    app.desk.as_ref().expect("the desk").recipe.clone()
}

#[test]
fn a_switch_brings_what_it_cannot_do_without_and_keeps_it_on() {
    let mut app = desk();
    assert_eq!(app.mode(), Mode::Desk);
    go_to(&mut app, Row::Ns(NsKind::Pid));
    press(&mut app, &[Key::Char(' ')]);
    assert_eq!(recipe(&app).ns, [NsKind::Pid, NsKind::User].into());
    assert!(said(&app).contains("user is on"));
    go_to(&mut app, Row::Ns(NsKind::User));
    press(&mut app, &[Key::Char(' ')]);
    assert!(recipe(&app).ns.contains(&NsKind::User));
    assert!(said(&app).contains("stays on"));
    go_to(&mut app, Row::Ns(NsKind::Pid));
    press(&mut app, &[Key::Left]);
    assert_eq!(recipe(&app).ns, [NsKind::User].into());
}

#[test]
fn sliders_stop_at_both_ends() {
    type Value = fn(&Recipe) -> Option<u64>;
    let cases: [(Row, Value, u64); 3] = [
        (Row::Memory, |it| it.memory, 256 << 20),
        (Row::Cpu, |it| it.cpu, 500),
        (Row::Pids, |it| it.pids, 256),
    ];
    for (row, value, most) in cases {
        let mut app = desk();
        go_to(&mut app, row);
        press(&mut app, &[Key::Left]);
        assert_eq!(value(&recipe(&app)), None);
        press(&mut app, &[Key::Right; 9]);
        assert_eq!(value(&recipe(&app)), Some(most), "{row:?}");
        press(&mut app, &[Key::Left; 9]);
        assert_eq!(value(&recipe(&app)), None);
    }
}

#[test]
fn every_row_turns_something_and_turns_back() {
    for row in Row::ALL {
        if matches!(row, Row::Line(_) | Row::Ns(NsKind::User)) {
            continue;
        }
        let mut app = desk();
        app.open_desk(Recipe::container());
        go_to(&mut app, row);
        let before = recipe(&app);
        press(&mut app, &[Key::Right]);
        let after = recipe(&app);
        press(&mut app, &[Key::Left]);
        let back = recipe(&app);
        let turned = before != after || after != back;
        let held = row == Row::Ns(NsKind::Mnt);
        assert_eq!(turned, !held, "{row:?}");
    }
}

#[test]
fn enter_makes_the_box_and_escape_ends_it() {
    let mut app = desk();
    go_to(&mut app, Row::Ns(NsKind::Uts));
    press(&mut app, &[Key::Char(' ')]);
    let asked = press(&mut app, &[Key::Enter]);
    let [Effect::Lab(Command::Open { boxes, replay })] = &asked[..] else {
        panic!("{asked:?}");
    };
    assert_eq!(
        (boxes.len(), boxes[0].maps, replay.len()),
        (1, Maps::One, 0)
    );
    assert!(press(&mut app, &[Key::Enter]).is_empty(), "one at a time");
    press(&mut app, &[Key::Esc]);
    let asked = press(&mut app, &[Key::Enter]);
    assert_eq!(asked, [Effect::Lab(Command::Clear)]);
    assert_eq!(app.mode(), Mode::List);
    let lost = app.update(Event::Lab(LabEvent::Lost("gone".into())));
    assert!(lost.is_empty());
}

#[test]
fn y_copies_the_line_under_the_cursor_or_all() {
    let mut app = desk();
    let all = press(&mut app, &[Key::Char('y')]);
    assert!(matches!(&all[..], [Effect::Copy(text)] if text.lines().count() == 4));
    go_to(&mut app, Row::Line(3));
    let one = press(&mut app, &[Key::Char('y')]);
    assert!(matches!(&one[..], [Effect::Copy(text)] if text.starts_with("docker run")));
}
