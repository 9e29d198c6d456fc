//! Keys on the desk: which switch they turn, and what they ask of the lab.

use super::*;
use crate::app::{Event, KeyPress, Mode, Options};
use crate::model::NsKind;
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

/// What the README shows; the rest of what docker-run(1) knows is read by [`crate::model::recipe`].
const SHOWN: &str = "docker run --memory 512m --cpus .5 --cap-drop ALL --cap-add NET_BIND_SERVICE \
    --security-opt no-new-privileges --read-only --hostname web --init nginx";

fn is_as_shown(app: &App) {
    let recipe = recipe(app);
    let limits = (recipe.memory, recipe.cpu, recipe.pids);
    assert_eq!(limits, (Some(512 << 20), Some(500), None));
    let caps = recipe.caps.as_ref().expect("capabilities");
    let caps: Vec<&str> = caps.iter().map(|cap| cap.name()).collect();
    assert_eq!(caps, ["CAP_NET_BIND_SERVICE"]);
    assert!(recipe.no_new_privs && recipe.read_only);
    assert_eq!(recipe.hostname.as_deref(), Some("web"));
    assert_eq!((recipe.root, recipe.ns.len()), (Root::Own, 7));
    assert!(!recipe.ns.contains(&NsKind::Time));
}

#[test]
fn a_line_for_docker_is_typed_or_pasted_and_sets_the_switches() {
    let mut app = desk();
    press(&mut app, &[Key::Char('i')]);
    assert_eq!(app.mode(), Mode::Line);
    let keys: Vec<Key> = SHOWN.chars().map(Key::Char).collect();
    press(&mut app, &keys);
    assert!(press(&mut app, &[Key::Enter]).is_empty(), "nothing starts");
    assert_eq!(app.mode(), Mode::Desk);
    is_as_shown(&app);
    // As it stands in a script, pasted onto the desk.
    let mut app = desk();
    let pasted = SHOWN.replace(" --cap", " \\\n  --cap");
    assert!(app.update(Event::Paste(pasted)).is_empty());
    is_as_shown(&app);
}

#[test]
fn what_a_line_has_no_switch_for_is_named_and_nonsense_changes_nothing() {
    let mut app = desk();
    let line = "docker run --frob --cpus .2 alpine sleep 9";
    let none = app.update(Event::Paste(line.to_owned()));
    assert!(none.is_empty());
    assert!(
        said(&app).contains("`--frob` is not known"),
        "{}",
        said(&app)
    );
    assert!(said(&app).contains("`sleep 9` is not started here"));
    assert_eq!(
        app.log.len(),
        app.desk.as_ref().map_or(0, |desk| desk.said.len())
    );
    let before = recipe(&app);
    for line in [
        "",
        "rm -rf /",
        "docker run 'x",
        "docker run --cpus lots x",
        "\u{1b}[2J\0",
    ] {
        press(&mut app, &[Key::Char('i')]);
        let none = app.update(Event::Paste(line.to_owned()));
        assert!(none.is_empty());
        press(&mut app, &[Key::Enter]);
        let notice = app.notice.clone().expect("why not");
        assert!(notice.starts_with("no line for docker: "), "{notice}");
        assert!(!notice.contains('\u{1b}'));
        assert_eq!((app.mode(), recipe(&app)), (Mode::Line, before.clone()));
        press(&mut app, &[Key::Esc]);
        assert_eq!(app.mode(), Mode::Desk);
    }
}

#[test]
fn switches_of_the_command_line_are_there_at_the_start() {
    let said = vec!["no switch for `--frob`".to_owned()];
    let recipe = Recipe {
        hostname: Some("web".to_owned()),
        ..Recipe::default()
    };
    let options = Options {
        desk: Some((recipe, said)),
        ..Options::default()
    };
    let mut app = App::new(Vec::new(), Support::default(), options);
    assert!(app.start().is_empty());
    let desk = app.desk.as_ref().expect("the desk");
    assert!(desk.recipe.ns.contains(&NsKind::Uts), "what it needs is on");
    assert!(desk.said[0].contains("--frob"));
}

fn type_value(app: &mut App, row: Row, text: &str) {
    go_to(app, row);
    press(app, &[Key::Char('=')]);
    assert_eq!(app.mode(), Mode::Line);
    let keys: Vec<Key> = text.chars().map(Key::Char).collect();
    press(app, &keys);
    press(app, &[Key::Enter]);
}

#[test]
fn a_hostname_and_limits_are_typed() {
    let mut app = desk();
    type_value(&mut app, Row::Hostname, "web-7");
    assert_eq!(recipe(&app).hostname.as_deref(), Some("web-7"));
    assert!(said(&app).contains("uts is on"));
    type_value(&mut app, Row::Memory, "100k");
    type_value(&mut app, Row::Cpu, ".15");
    type_value(&mut app, Row::Pids, "7");
    let now = recipe(&app);
    assert_eq!(
        (now.memory, now.cpu, now.pids),
        (Some(102_400), Some(150), Some(7))
    );
    type_value(&mut app, Row::Pids, "999999");
    assert!(said(&app).contains("glassbox itself"), "{}", said(&app));
    type_value(&mut app, Row::Hostname, "");
    assert_eq!(recipe(&app).hostname, None);
    assert_eq!(app.mode(), Mode::Desk);
}

#[test]
fn a_value_that_is_none_can_be_mended() {
    let cases = [
        (Row::Hostname, "a b"),
        (Row::Hostname, "\u{e9}"),
        (Row::Memory, "lots"),
        (Row::Cpu, "-1"),
        (Row::Pids, "0"),
    ];
    for (row, text) in cases {
        let mut app = desk();
        type_value(&mut app, row, text);
        assert_eq!(app.mode(), Mode::Line, "{text:?}");
        let notice = app.notice.clone().expect("why not");
        assert!(notice.starts_with("expected a"), "{notice}");
        assert_eq!(recipe(&app), Recipe::default());
        press(&mut app, &[Key::Esc]);
        assert_eq!(app.mode(), Mode::Desk);
    }
    let mut app = desk();
    go_to(&mut app, Row::Root);
    press(&mut app, &[Key::Char('=')]);
    assert_eq!(app.mode(), Mode::Desk);
    assert!(said(&app).contains("nothing to type"));
}

#[test]
fn capabilities_are_turned_one_by_one() {
    let mut app = desk();
    go_to(&mut app, Row::Caps);
    press(&mut app, &[Key::Char('=')]);
    let count = Row::ALL.len() + Cap::all().count();
    assert_eq!(app.desk.as_ref().map(|desk| desk.rows().len()), Some(count));
    // The first below is CAP_CHOWN.
    press(&mut app, &[Key::Down, Key::Char(' ')]);
    let left = recipe(&app).caps.expect("not all");
    assert_eq!(left.len(), Cap::all().count() - 1);
    assert!(left.iter().all(|cap| cap.name() != "CAP_CHOWN"));
    assert!(said(&app).contains("user is on"), "{}", said(&app));
    press(&mut app, &[Key::Right]);
    assert_eq!(recipe(&app).caps, None, "all are left again");
    press(&mut app, &[Key::Char('=')]);
    let desk = app.desk.as_ref().expect("the desk");
    assert_eq!((desk.row(), desk.rows().len()), (Row::Caps, Row::ALL.len()));
}

#[test]
fn without_a_box_there_is_no_shell() {
    let mut app = desk();
    press(&mut app, &[Key::Char('s')]);
    assert_eq!(app.mode(), Mode::Desk);
    let notice = app.notice.clone().expect("why not");
    assert!(notice.contains("no box yet"), "{notice}");
}
