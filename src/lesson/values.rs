//! Values of a challenge that differ from run to run: a hostname, a port, a limit. Declared in the
//! lesson, drawn once by whoever loads it, and then written wherever `values.NAME` stands, so that
//! neither app nor ui nor verify has to know of them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::convert::Variables;
use super::prose::Piece;
use super::{Challenge, Expr, Fact, Lesson, Prose, Span, Step};
use crate::model::random;

/// How lessons write them.
pub(super) const VALUES: &str = "values";

/// What a value is drawn from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Range {
    /// One of these words.
    Pick(Vec<String>),
    /// A number, both ends included.
    Between([i64; 2]),
}

impl Range {
    /// One of them; `None` of an empty one, which lint refuses.
    fn draw(&self, state: &mut u64) -> Option<Fact> {
        let number = random::next(state);
        match self {
            Self::Pick(words) => {
                let at = number.checked_rem(words.len() as u64)?;
                let word = words.get(usize::try_from(at).ok()?)?;
                Some(Fact::Text(word.clone()))
            }
            Self::Between([least, most]) => {
                let count = most.checked_sub(*least)?.checked_add(1)?;
                let count = u64::try_from(count).ok()?;
                let above = i64::try_from(number.checked_rem(count)?).ok()?;
                Some(Fact::Int(least + above))
            }
        }
    }

    /// A fact of its kind; for lint.
    fn example(&self) -> Fact {
        match self {
            Self::Pick(_) => Fact::Text(String::new()),
            Self::Between([least, _]) => Fact::Int(*least),
        }
    }
}

/// A declared value: its name, what it is drawn from, and where that stands.
pub(super) type Declared = Vec<(String, Range, Span)>;

/// The variable that declared values are while lint looks at a lesson; none without any.
pub(super) fn variable(declared: &Declared) -> Variables {
    let fields: BTreeMap<String, Fact> = declared
        .iter()
        .map(|(name, range, _)| (name.clone(), range.example()))
        .collect();
    if fields.is_empty() {
        Variables::new()
    } else {
        Variables::from([(VALUES.to_owned(), Fact::Map(fields))])
    }
}

impl Lesson {
    /// Draws the values of its challenges. The same seed draws the same; a second draw changes nothing.
    pub fn draw(&mut self, seed: u64) {
        let mut state = self.id.bytes().fold(seed, |state, byte| {
            random::next(&mut (state ^ u64::from(byte)))
        });
        for step in &mut self.steps {
            step.draw(&mut state);
        }
    }
}

impl Step {
    fn draw(&mut self, state: &mut u64) {
        let Some(challenge) = &mut self.challenge else {
            return;
        };
        let declared = std::mem::take(&mut challenge.declared).into_iter();
        let drawn = declared.filter_map(|(name, range, _)| Some((name, range.draw(state)?)));
        let drawn = Drawn(drawn.collect());
        if drawn.0.is_empty() {
            return;
        }
        drawn.put_into_challenge(challenge);
        drawn.put_into_prose(&mut self.say);
        drawn.put_into_prose(&mut self.explain);
    }
}

/// What was drawn, by name.
struct Drawn(BTreeMap<String, Fact>);

impl Drawn {
    fn put_into_challenge(&self, challenge: &mut Challenge) {
        self.put_into_prose(&mut challenge.task);
        for done in &mut challenge.done {
            self.put_into_expr(&mut done.when);
            self.put_into_prose(&mut done.say);
        }
        for hint in &mut challenge.hints {
            self.put_into_prose(&mut hint.say);
            hint.when
                .iter_mut()
                .for_each(|when| self.put_into_expr(when));
        }
        for line in &mut challenge.solution {
            self.put_into_prose(line);
        }
        let shown = self.0.iter();
        challenge.values = shown.map(|(name, v)| (name.clone(), plain(v))).collect();
    }

    fn put_into_prose(&self, prose: &mut Prose) {
        for piece in &mut prose.pieces {
            if let Piece::Value(expr) = piece {
                self.put_into_expr(expr);
            }
        }
    }

    /// Compiled anew, so that what is shown of it and what is evaluated are the same text.
    fn put_into_expr(&self, expr: &mut Expr) {
        let text = self.put_into_text(expr.text());
        if text != expr.text()
            && let Ok(drawn) = Expr::compile(&text, expr.at.clone(), 0)
        {
            *expr = drawn;
        }
    }

    fn put_into_text(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(VALUES) {
            let (before, found) = rest.split_at(at);
            let begins = !before.ends_with(|c: char| c == '.' || is_part_of_name(c));
            let after = &found[VALUES.len()..];
            let name = after.strip_prefix('.').map(|after| {
                let end = after.find(|c| !is_part_of_name(c));
                &after[..end.unwrap_or(after.len())]
            });
            let value = name.and_then(|name| Some((name, self.0.get(name)?)));
            out.push_str(before);
            if let (true, Some((name, value))) = (begins, value) {
                out.push_str(&literal(value));
                rest = &after[1 + name.len()..];
            } else {
                out.push_str(VALUES);
                rest = after;
            }
        }
        out + rest
    }
}

fn is_part_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// As an expression writes it.
fn literal(value: &Fact) -> String {
    match value {
        Fact::Text(word) => format!("'{word}'"),
        other => plain(other),
    }
}

/// As a shell reads it.
fn plain(value: &Fact) -> String {
    match value {
        Fact::Text(word) => word.clone(),
        Fact::Int(number) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LESSON: &str = r#"
format_version = 1
title = "Drawn"
minutes = 1
[[box]]
name = "box"
[[step]]
title = "A turn"
panels = ["hostname"]
explain = "It was {values.name}."
[step.challenge]
values = { name = { pick = ["heron", "plover"] }, port = { between = [8000, 8999] } }
task = "Be called **{values.name}** and listen on {values.port}; `hostname {values.name}`."
done = [{ when = "box.hostname == values.name && box.net.port(values.port) != null" }]
hints = [{ when = "box.hostname != values.name", say = "{values.port + 1} is not it." }, { say = "Think." }]
solution = ["hostname {values.name}", "awk '{{print $3}' {values.port} {box.ns.pid}"]
"#;

    fn drawn(seed: u64) -> (Lesson, Challenge) {
        let mut lesson = super::super::parse(LESSON, "01-drawn.toml").expect("it parses");
        assert_eq!(super::super::lint(&lesson), []);
        lesson.draw(seed);
        let challenge = lesson.steps[0].challenge.clone().expect("a challenge");
        (lesson, challenge)
    }

    #[test]
    fn what_was_drawn_stands_everywhere() {
        let (lesson, challenge) = drawn(7);
        let (name, port) = (&challenge.values["name"], &challenge.values["port"]);
        let done = format!("box.hostname == '{name}' && box.net.port({port}) != null");
        assert_eq!(challenge.done[0].when.text(), done);
        let when = challenge.hints[0].when.as_ref().map(Expr::text);
        assert_eq!(when, Some(format!("box.hostname != '{name}'").as_str()));
        let namespaces = [("pid".to_owned(), Fact::Int(4_026_531_836))];
        let of_box = [("ns".to_owned(), Fact::Map(namespaces.into()))];
        let facts = [("box".to_owned(), Fact::Map(of_box.into()))];
        let facts = super::super::Facts::of(facts.into());
        let line = format!("awk '{{print $3}}' {port} 4026531836");
        assert_eq!(
            challenge.to_type(&facts),
            [format!("hostname {name}"), line]
        );
        let task = format!("Be called **{name}** and listen on {port}; `hostname {name}`.");
        assert_eq!(challenge.task.render(&facts), task);
        assert_eq!(
            lesson.steps[0].explain.render(&facts),
            format!("It was {name}.")
        );
        let next = port.parse::<i32>().expect("a number") + 1;
        let hint = challenge.hints[0].say.render(&facts);
        assert_eq!(hint, format!("{next} is not it."));
    }

    #[test]
    fn a_seed_draws_the_same_and_others_draw_all() {
        assert_eq!(drawn(3).1.values, drawn(3).1.values);
        let all: Vec<_> = (0..200).map(|seed| drawn(seed).1.values).collect();
        let of = |name: &str| {
            all.iter()
                .map(|values| values[name].clone())
                .collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(of("name").len(), 2);
        let ports = of("port");
        assert!(ports.len() > 100, "{ports:?}");
        let within = |port: &String| (8000..=8999).contains(&port.parse().unwrap_or(0));
        assert!(ports.iter().all(within), "{ports:?}");
    }

    #[test]
    fn only_a_whole_name_is_replaced() {
        let drawn = Drawn([("n".to_owned(), Fact::Int(5))].into());
        for (text, expected) in [
            ("values.n == values.n", "5 == 5"),
            (
                "values.nn + box.values.n + myvalues.n",
                "values.nn + box.values.n + myvalues.n",
            ),
            ("f(values.n)+values", "f(5)+values"),
        ] {
            assert_eq!(drawn.put_into_text(text), expected);
        }
    }
}
