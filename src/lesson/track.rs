//! Tracks: ways through the lessons for an occasion, as data inside the binary. Used by run for
//! `--track` and by lint; knows nothing of how a lesson is played.

use serde::Deserialize;

use super::{Lesson, Step};

/// The file, for messages.
pub const FILE: &str = "assets/tracks.toml";
const TEXT: &str = include_str!("../../assets/tracks.toml");

/// An ordered list of lessons, or of steps of lessons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// `workshop`.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// In order, each lesson once.
    pub stops: Vec<Stop>,
}

/// A lesson of a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The lesson's id.
    pub lesson: String,
    /// Its steps that are meant, from 0; none where all are.
    pub steps: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(rename = "track")]
    tracks: Vec<RawTrack>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTrack {
    name: String,
    about: String,
    #[serde(default)]
    places: Vec<String>,
    #[serde(default)]
    every: bool,
}

/// The track of that name through these lessons; else what is wrong, in words. Where lessons are not
/// the built-in ones, a track may name some that are not there.
pub fn find(name: &str, lessons: &[Lesson]) -> Result<Track, String> {
    let tracks = read(TEXT)?;
    let names: Vec<&str> = tracks.iter().map(|track| track.name.as_str()).collect();
    let found = tracks.iter().find(|track| track.name == name);
    let Some(raw) = found else {
        return Err(format!(
            "there is no such track; expected one of {}",
            names.join(", ")
        ));
    };
    let track = raw.track(lessons)?;
    match track.faults(lessons).into_iter().next() {
        None => Ok(track),
        Some(fault) => Err(fault),
    }
}

/// Everything that is wrong with the tracks, given all lessons.
#[must_use]
pub fn lint(lessons: &[Lesson]) -> Vec<String> {
    faults(TEXT, lessons)
}

fn faults(text: &str, lessons: &[Lesson]) -> Vec<String> {
    let tracks = match read(text) {
        Ok(tracks) => tracks,
        Err(fault) => return vec![fault],
    };
    let faults = tracks.iter().flat_map(|raw| match raw.track(lessons) {
        Ok(track) => track.faults(lessons),
        Err(fault) => vec![fault],
    });
    faults.collect()
}

fn read(text: &str) -> Result<Vec<RawTrack>, String> {
    let file: Result<RawFile, _> = toml::from_str(text);
    file.map(|file| file.tracks)
        .map_err(|error| format!("{FILE}: {error}"))
}

impl RawTrack {
    fn track(&self, lessons: &[Lesson]) -> Result<Track, String> {
        let mut stops: Vec<Stop> = Vec::new();
        let every = lessons.iter().filter(|_| self.every);
        let all = every.map(|lesson| lesson.id.clone());
        for place in all.chain(self.places.iter().cloned()) {
            let (lesson, step) = match place.split_once('.') {
                None => (place.as_str(), None),
                Some((lesson, step)) => {
                    let step = step.parse::<usize>().ok().and_then(|it| it.checked_sub(1));
                    let wrong = || format!("{FILE}: `{place}` is no place, as 02-pid.3 is");
                    (lesson, Some(step.ok_or_else(wrong)?))
                }
            };
            match stops.last_mut().filter(|last| last.lesson == lesson) {
                Some(last) => last.steps.extend(step),
                None => stops.push(Stop {
                    lesson: lesson.to_owned(),
                    steps: step.into_iter().collect(),
                }),
            }
        }
        Ok(Track {
            name: self.name.clone(),
            about: self.about.clone(),
            stops,
        })
    }
}

impl Track {
    fn faults(&self, lessons: &[Lesson]) -> Vec<String> {
        let fault = |what: String| format!("{FILE}: track `{}`: {what}", self.name);
        let mut faults = Vec::new();
        if self.stops.is_empty() {
            faults.push(fault("no lesson is in it".to_owned()));
        }
        for (at, stop) in self.stops.iter().enumerate() {
            let id = &stop.lesson;
            if self.stops[..at].iter().any(|other| other.lesson == *id) {
                faults.push(fault(format!("{id} is there twice")));
            }
            match lessons.iter().find(|lesson| lesson.id == *id) {
                None => faults.push(fault(format!("there is no lesson {id}"))),
                Some(lesson) => {
                    let steps = lesson.steps.len();
                    let wrong = stop.steps.iter().filter(|number| **number >= steps);
                    faults.extend(
                        wrong.map(|number| fault(format!("{id} has no step {}", number + 1))),
                    );
                }
            }
        }
        faults
    }

    /// The lessons of the track, in its order.
    #[must_use]
    pub fn pick(&self, mut lessons: Vec<Lesson>) -> Vec<Lesson> {
        let place = |lesson: &Lesson| {
            let mut stops = self.stops.iter();
            stops.position(|stop| stop.lesson == lesson.id)
        };
        lessons.retain(|lesson| place(lesson).is_some());
        lessons.sort_by_key(place);
        lessons
    }

    /// What is meant of a lesson.
    #[must_use]
    pub fn stop(&self, lesson: &str) -> Option<&Stop> {
        self.stops.iter().find(|stop| stop.lesson == lesson)
    }

    /// How long it takes with these lessons, in minutes: of lessons those that they say, of steps the
    /// seconds that a talk gives them, rounded up.
    #[must_use]
    pub fn minutes(&self, lessons: &[Lesson]) -> u32 {
        let seconds = lessons.iter().filter_map(|lesson| {
            let stop = self.stop(&lesson.id)?;
            Some(stop.seconds(lesson))
        });
        seconds.sum::<u32>().div_ceil(60)
    }
}

impl Stop {
    /// How long it takes.
    #[must_use]
    pub fn seconds(&self, lesson: &Lesson) -> u32 {
        if self.steps.is_empty() {
            return lesson.minutes * 60;
        }
        let steps = self.steps.iter().filter_map(|step| lesson.steps.get(*step));
        steps.map(|step: &Step| step.talk).sum()
    }

    /// `steps 1, 2, 4`; empty where all of the lesson is meant.
    #[must_use]
    pub fn words(&self) -> String {
        let numbers: Vec<String> = self.steps.iter().map(|it| (it + 1).to_string()).collect();
        match self.steps.len() {
            0 => String::new(),
            1 => format!("step {}", numbers.join("")),
            _ => format!("steps {}", numbers.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::library;

    fn lessons() -> Vec<Lesson> {
        library::embedded().expect("the built-in lessons are good")
    }

    #[test]
    fn the_tracks_name_existing_lessons_and_a_talk_is_short() {
        let lessons = lessons();
        assert_eq!(lint(&lessons), Vec::<String>::new());
        let talk = find("talk", &lessons).expect("a talk");
        let steps: usize = talk.stops.iter().map(|stop| stop.steps.len()).sum();
        assert!(steps <= 30 && (20..=25).contains(&talk.minutes(&lessons)));
        for stop in &talk.stops {
            let lesson = lessons.iter().find(|lesson| lesson.id == stop.lesson);
            let steps = &lesson.expect("linted").steps;
            // A challenge is nothing to watch, and has no seconds.
            let shown = |at: &usize| steps[*at].talk > 0 && steps[*at].challenge.is_none();
            assert!(
                !stop.steps.is_empty() && stop.steps.iter().all(shown),
                "{stop:?}"
            );
        }
        // Three hours, with time for a break.
        let workshop = find("workshop", &lessons).expect("a workshop");
        assert!((120..=165).contains(&workshop.minutes(&lessons)));
        let full = find("full", &lessons).expect("all");
        assert_eq!(full.stops.len(), lessons.len());
        let minutes: u32 = lessons.iter().map(|lesson| lesson.minutes).sum();
        assert_eq!(full.minutes(&lessons), minutes);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let lessons = lessons();
        let track = |places: &str| {
            let text = format!("[[track]]\nname = \"t\"\nabout = \"\"\nplaces = [{places}]\n");
            faults(&text, &lessons).join("\n")
        };
        let cases = [
            ("\"02-pid\", \"01-uts.6\"", ""),
            ("\"99-nothing\"", "there is no lesson 99-nothing"),
            ("\"01-uts.7\"", "01-uts has no step 7"),
            ("\"01-uts.0\"", "`01-uts.0` is no place"),
            (
                "\"01-uts\", \"02-pid\", \"01-uts\"",
                "01-uts is there twice",
            ),
            ("", "no lesson is in it"),
            ("1", "tracks.toml"),
        ];
        for (places, words) in cases {
            let found = track(places);
            assert!(found.contains(words), "{places}: {found}");
            assert_eq!(found.is_empty(), words.is_empty(), "{places}: {found}");
        }
        let unknown = find("no-such", &lessons).expect_err("unknown");
        assert!(unknown.contains("workshop, full, talk"), "{unknown}");
    }

    #[test]
    fn a_track_has_its_own_order() {
        let text = "[[track]]\nname = \"t\"\nabout = \"\"\nplaces = [\"02-pid\", \"00-labels\"]\n";
        let raw = read(text).expect("TOML").remove(0);
        let track = raw.track(&lessons()).expect("places");
        let ids: Vec<String> = track.pick(lessons()).into_iter().map(|it| it.id).collect();
        assert_eq!(ids, ["02-pid", "00-labels"]);
    }
}
