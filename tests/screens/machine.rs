//! The screens that look at the whole machine: map, list of processes, one process beside the host.

use glassbox::app::{First, Key, Options};
use glassbox::lesson::Panel;
use glassbox::model::look::{Look, Wanted, Who};
use glassbox::model::port::Command;
use glassbox::model::{Errno, Links, NsId, Seen};

use crate::looks::{inspected, inspection, listed, looked, map, mapped, one, target, two};
use crate::pictures::picture;
use crate::player::{Player, SEED};
use crate::world::INIT;

const EVIL: &[u8] = b"a\x1b]0;x\x07b\xe2\x80\xaec\nd";

fn watched(player: &mut Player) -> Vec<Option<Wanted>> {
    let commands = player.commands().into_iter();
    let wanted = commands.filter_map(|command| match command {
        Command::Watch(wanted) => Some(wanted),
        _ => None,
    });
    wanted.collect()
}

#[test]
fn pictures_of_them() {
    let mut player = mapped(b"blue");
    player.keys([Key::Down; 5]);
    picture("map", &player);
    player.press('t');
    player.press('/');
    for c in "net".chars() {
        player.press(c);
    }
    picture("map_found", &player);
    picture("picker", &listed(b"web"));
    picture("inspect", &inspected(b"nginx"));
    let mut player = inspected(b"nginx");
    player.press('i');
    picture("inspect_report", &player);
    picture("inspect_two", &two());
}

#[test]
fn the_lead_of_a_namespace_is_inspected_and_esc_leads_back() {
    let mut player = mapped(b"blue");
    player.keys([Key::Down; 5]);
    player.press(Key::Enter);
    let who = Who {
        pid: INIT,
        start: None,
    };
    let wanted = [Some(Wanted::Map), Some(Wanted::Inspect(vec![who]))];
    assert_eq!(watched(&mut player), wanted);
    // What was on its way belongs to the map.
    looked(&mut player, Look::Map(map(b"late")));
    assert!(player.screen(80, 24).contains("looking ..."));
    player.press(Key::Esc);
    assert_eq!(watched(&mut player), [Some(Wanted::Map)]);
    assert!(player.screen(80, 24).contains("map of namespaces"));
    player.press(Key::Esc);
    assert_eq!(watched(&mut player), [None]);
    assert!(player.screen(80, 24).contains("watch it become one"));
}

#[test]
fn one_that_nobody_is_in_leads_to_who_holds_it_or_says_that_nobody_does() {
    let mut player = mapped(b"blue");
    let find = |player: &mut Player, word: &str| {
        player.press('/');
        word.chars().for_each(|c| player.press(c));
        player.press(Key::Tab);
    };
    find(&mut player, "uts");
    watched(&mut player);
    player.press(Key::Enter);
    assert_eq!(watched(&mut player), []);
    assert!(
        player
            .screen(80, 24)
            .contains("no process that can be seen is in uts")
    );
    player.press(Key::Esc);
    find(&mut player, "mount");
    player.press(Key::Enter);
    let [Some(Wanted::Inspect(who))] = &watched(&mut player)[..] else {
        panic!("nobody is inspected");
    };
    assert_eq!(who[0].pid, 4700);
}

#[test]
fn the_list_has_containers_first_in_the_order_asked_for() {
    let mut player = listed(b"web");
    let order = |player: &Player| {
        let screen = player.screen(80, 24);
        let rows = screen.lines().skip(2).take(4);
        let pid = |row: &str| row.split_whitespace().next().unwrap_or("").to_owned();
        rows.map(pid).collect::<Vec<_>>()
    };
    assert_eq!(order(&player), ["4723", "4725", "790", "1"]);
    player.press('s');
    assert_eq!(order(&player), ["4723", "4725", "1", "790"], "by memory");
    player.press('s');
    assert_eq!(order(&player), ["4723", "4725", "1", "790"], "by number");
    // The cursor stays on its process when another sorts before it.
    player.keys([Key::Down, Key::Down]);
    player.press('s');
    player.press(Key::Enter);
    let [.., Some(Wanted::Inspect(who))] = &watched(&mut player)[..] else {
        panic!("nobody is inspected");
    };
    assert_eq!((who[0].pid, who[0].start), (1, Some(7)));
}

#[test]
fn two_are_compared_with_each_other() {
    let mut player = two();
    let Some(Some(Wanted::Inspect(who))) = watched(&mut player).pop() else {
        panic!("nobody is inspected");
    };
    assert_eq!(
        who.iter().map(|who| who.pid).collect::<Vec<_>>(),
        [4723, 4725]
    );
    let screen = player.screen(120, 36);
    assert!(
        screen.contains("4723 init  docker init") && screen.contains("4725 ticker"),
        "{screen}"
    );
}

#[test]
fn what_cannot_be_told_from_outside_is_said() {
    let mut player = inspected(b"nginx");
    for (key, words) in [
        ('3', "vagrant"),
        ('e', "Only from inside"),
        ('a', "Only from inside"),
    ] {
        player.press(key);
        let screen = player.screen(120, 36);
        assert!(screen.contains(words), "{key}: {screen}");
    }
    let Look::Inspect(mut seen) = one(b"nginx") else {
        panic!("no inspection");
    };
    let Seen::Is(sight) = &mut seen.targets[0].sight else {
        panic!("no sight");
    };
    let other = Seen::Is(NsId { dev: 4, ino: 99 });
    sight.subject.links = Links::read_with(|_| other.clone());
    looked(&mut player, Look::Inspect(seen));
    for (panel, words) in [
        (Panel::Hostname, "--uts hostname"),
        (Panel::Ipc, "--ipc ipcs"),
        (Panel::Clocks, "--time cat /proc/uptime"),
    ] {
        player.press(panel.key());
        let said = player.app.veiled(panel, "A").expect("a reason");
        let by_hand = format!("By hand: sudo nsenter --target 4723 {words}");
        assert!(said.contains(&by_hand), "{said}");
        let screen = player.screen(200, 50);
        let words = screen.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.contains("no file outside tells what is in there."),
            "{screen}"
        );
    }
    player.press('9');
    assert!(player.screen(120, 36).contains("10.0.0.7"));
}

#[test]
fn an_end_and_a_denial_are_said() {
    let mut player = inspected(b"nginx");
    for (sight, words) in [
        (Seen::Missing, "process 4723 has ended"),
        (Seen::Denied(Errno::EACCES), "process 4723: EACCES"),
    ] {
        looked(&mut player, inspection(vec![target(INIT, sight)]));
        for key in ['1', '2', '5', 'c', 'n'] {
            player.press(key);
            let screen = player.screen(80, 24);
            assert!(screen.contains(words), "{key}: {screen}");
        }
    }
    let blind = Look::no_proc(Errno::ENOENT);
    looked(&mut player, blind);
    assert!(
        player
            .screen(80, 24)
            .contains("/proc cannot be read: ENOENT")
    );
}

#[test]
fn hostile_names_stay_text_on_each_of_them() {
    for screen in [mapped, listed, inspected] {
        let mut player = screen(EVIL);
        player.keys([Key::Down; 4]);
        for key in "123456789acdegnpruvzio".chars() {
            player.press(key);
            for (width, height) in [(80, 24), (200, 50), (40, 10)] {
                let screen = player.screen(width, height);
                let bad = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
                assert!(!screen.contains(bad), "{screen:?}");
            }
        }
    }
    let screen = mapped(EVIL).screen(200, 50);
    assert!(screen.contains("a\\e]0;x\\x07b\\u{202e}c\\nd"), "{screen}");
}

#[test]
fn alone_a_screen_starts_with_itself_and_only_q_leaves_it() {
    for (first, wanted) in [
        (First::Map, Wanted::Map),
        (First::Processes, Wanted::Processes),
        (First::Inspect(Vec::new()), Wanted::Inspect(Vec::new())),
    ] {
        let mut player = Player::with(Options {
            seed: SEED,
            first: Some(first),
            ..Options::default()
        });
        let effects = player.app.start();
        player.effects.extend(effects);
        assert_eq!(watched(&mut player), [Some(wanted)]);
        player.press(Key::Esc);
        assert_eq!(watched(&mut player), []);
        assert!(player.screen(80, 24).contains("q quits glassbox"));
        player.press('q');
        assert!(player.effects.contains(&glassbox::app::Effect::Quit));
    }
}
