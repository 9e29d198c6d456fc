//! Plays the app without a kernel: keys in, the lab's answers made up, the screen as text.

use glassbox::{
    app::{App, Effect, Event, Key, KeyPress, Options},
    lesson::{self, Lesson},
    model::{
        Call, Errno, Fault, Outcome, Untrusted,
        port::{Command, LabEvent},
        support::{Probe, Support},
    },
    ui,
};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::world::{self, State, call, refused, sample};

/// The seed of all pictures.
pub(crate) const SEED: u64 = 3;

/// The lesson of the pictures.
pub(crate) fn pid_lesson() -> Lesson {
    pid_lesson_showing("processes")
}

/// The same with another panel first.
fn pid_lesson_showing(panel: &str) -> Lesson {
    let asked = format!("[\"{panel}\", \"namespaces\"]");
    let text = include_str!("pid.toml").replace("[\"processes\", \"namespaces\"]", &asked);
    lesson::parse(&text, "02-pid.toml").expect("the fixture parses")
}

/// The same, and its steps say what docker has for them.
pub(crate) fn pid_lesson_with_docker() -> Lesson {
    let panels = "panels  = [\"processes\", \"namespaces\"]";
    let told = format!("docker  = \"--pid=host leaves it out\"\n{panels}");
    let text = include_str!("pid.toml").replace(panels, &told);
    lesson::parse(&text, "02-pid.toml").expect("the fixture parses")
}

/// Another lesson, which this machine lacks something for.
fn net_lesson() -> Lesson {
    let text = r#"
format_version = 1
title   = "An empty network"
minutes = 12
needs   = ["userns", "net"]
[[box]]
name = "box"
[[step]]
title   = "Nothing but lo"
say     = "A new network namespace has one interface."
panels  = ["namespaces"]
do      = [ { unshare = { ns = ["net"] } } ]
expect  = ["box.ns.net != host.ns.net"]
explain = "And it is down."
"#;
    lesson::parse(text, "08-net.toml").expect("the fixture parses")
}

/// A lesson that is only a challenge.
fn turn_lesson() -> Lesson {
    let text = r#"
format_version = 1
title   = "Your turn"
minutes = 1
needs   = ["userns"]
[[box]]
name = "box"
[[step]]
title   = "Two processes"
panels  = ["processes"]
[step.challenge]
task    = "Make it so."
done    = [{ when = "box.pid == 2" }, { when = "before.box.pid != 2" }]
hints   = [ { say = "Fork twice." } ]
solution = ["sh"]
"#;
    lesson::parse(text, "03-turn.toml").expect("the fixture parses")
}

/// A machine that lacks network namespaces.
pub(crate) fn support() -> Support {
    let probe = |name: &str, ok: bool, detail: &str, remedy: &str| Probe {
        name: name.to_owned(),
        ok,
        detail: detail.to_owned(),
        remedy: remedy.to_owned(),
    };
    Support {
        kernel: "6.1.0-31-amd64".to_owned(),
        cgroup: "v2".to_owned(),
        probes: vec![
            probe("kernel", true, "new enough", ""),
            probe("userns", true, "unshare, maps and mount work", ""),
            probe("pid", true, "unshare(CLONE_NEWPID) works", ""),
            probe("cgroups", true, "a cgroup of our own", ""),
            probe(
                "net",
                false,
                "unshare(CLONE_NEWNET) = -1 ENOSPC: user.max_net_namespaces is 0",
                "sudo sysctl user.max_net_namespaces=15000",
            ),
        ],
    }
}

/// The app and what it has asked for so far.
pub(crate) struct Player {
    pub(crate) app: App,
    pub(crate) effects: Vec<Effect>,
}

impl Player {
    pub(crate) fn new() -> Self {
        Self::with(Options {
            seed: SEED,
            ..Options::default()
        })
    }

    pub(crate) fn with(options: Options) -> Self {
        Self::playing(pid_lesson(), options)
    }

    pub(crate) fn playing(lesson: Lesson, options: Options) -> Self {
        let lessons = vec![lesson, net_lesson(), turn_lesson()];
        let app = App::new(lessons, support(), options);
        Self {
            app,
            effects: Vec::new(),
        }
    }

    /// The lesson is open, its boxes stand.
    pub(crate) fn opened() -> Self {
        Self::new().open_first()
    }

    fn open_first(mut self) -> Self {
        self.press(Key::Enter);
        self.open();
        self
    }

    /// The second step's question is on the screen.
    pub(crate) fn asked() -> Self {
        Self::opened().ask()
    }

    /// The same in a lesson that shows another panel first.
    pub(crate) fn asked_about(panel: &str) -> Self {
        let options = Options {
            seed: SEED,
            ..Options::default()
        };
        Self::playing(pid_lesson_showing(panel), options)
            .open_first()
            .ask()
    }

    fn ask(mut self) -> Self {
        self.press(Key::Enter);
        self.run_unshare();
        self.keys([Key::Enter, Key::Enter, Key::Enter]);
        self
    }

    /// The second step has run; the answer was the one at this place.
    pub(crate) fn answered(digit: char) -> Self {
        let mut player = Self::asked();
        player.keys([Key::Char(digit), Key::Enter]);
        player.run_fork();
        player
    }

    /// The third step has run into a fault.
    pub(crate) fn faulty() -> Self {
        let mut player = Self::answered('1');
        player.keys([Key::Enter, Key::Enter, Key::Enter]);
        player.run_fault();
        player
    }

    pub(crate) fn send(&mut self, event: Event) {
        let effects = self.app.update(event);
        self.effects.extend(effects);
    }

    pub(crate) fn press(&mut self, press: impl Into<KeyPress>) {
        self.send(Event::Key(press.into()));
    }

    pub(crate) fn keys<const N: usize>(&mut self, keys: [Key; N]) {
        for key in keys {
            self.press(key);
        }
    }

    pub(crate) fn lab(&mut self, event: LabEvent) {
        self.send(Event::Lab(event));
    }

    /// The lab answers an `Open`.
    pub(crate) fn open(&mut self) {
        self.lab(LabEvent::Opened {
            calls: vec![
                call("unshare", &["CLONE_NEWUSER"], Outcome::Ok(0), 180),
                call(
                    "write",
                    &["/proc/4721/uid_map", "\"0 1000 1\""],
                    Outcome::Ok(8),
                    40,
                ),
            ],
            sample: sample(State::Opened),
            fault: None,
        });
    }

    fn ran(&mut self, calls: Vec<Call>, states: (State, State), fault: Option<Fault>) {
        self.lab(LabEvent::Ran {
            calls,
            before: sample(states.0),
            after: sample(states.1),
            fault,
        });
    }

    pub(crate) fn run_unshare(&mut self) {
        let calls = vec![call("unshare", &["CLONE_NEWPID"], Outcome::Ok(0), 35)];
        self.ran(calls, (State::Opened, State::Unshared), None);
    }

    pub(crate) fn run_fork(&mut self) {
        let init = i64::from(world::INIT);
        let mut spawn = call("fork", &[], Outcome::Ok(2), 160);
        spawn.actor = glassbox::model::Actor::Member("box".to_owned(), "init".to_owned());
        let calls = vec![call("fork", &[], Outcome::Ok(init), 210), spawn];
        self.ran(calls, (State::Unshared, State::Forked), None);
    }

    /// Init is killed, and the fork afterwards fails as the step says.
    pub(crate) fn run_kill(&mut self) {
        let calls = vec![
            call(
                "pidfd_send_signal",
                &["4723", "SIGKILL"],
                Outcome::Ok(0),
                12,
            ),
            refused("fork", &[], Errno::ENOMEM, true),
        ];
        self.ran(calls, (State::Forked, State::Killed), None);
    }

    /// The step stops at a call that nobody expected to fail.
    pub(crate) fn run_fault(&mut self) {
        let call = refused(
            "pidfd_send_signal",
            &["4723", "SIGKILL"],
            Errno::EPERM,
            false,
        );
        let message = format!("pidfd_send_signal(4723, SIGKILL) = EPERM: {}", call.advice);
        let fault = Fault {
            op: 0,
            message: Untrusted::from(message),
            errno: Some(Errno::EPERM),
        };
        self.ran(vec![call], (State::Forked, State::Forked), Some(fault));
    }

    /// The commands for the lab since the last time.
    pub(crate) fn commands(&mut self) -> Vec<Command> {
        let lab = |effect| match effect {
            Effect::Lab(command) => Some(command),
            _ => None,
        };
        self.effects.drain(..).filter_map(lab).collect()
    }

    /// The screen as cells.
    pub(crate) fn draw(&self, width: u16, height: u16) -> Buffer {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        ui::draw(&self.app, area, &mut buf);
        buf
    }

    /// The screen as text.
    pub(crate) fn screen(&self, width: u16, height: u16) -> String {
        text(&self.draw(width, height))
    }
}

/// A buffer as text; the second cell of a wide character is left out.
pub(crate) fn text(buf: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buf.area.height {
        let mut line = String::new();
        for x in 0..buf.area.width {
            line.push_str(buf[(x, y)].symbol());
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
