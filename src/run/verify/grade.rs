//! What the kernel's state says about one step: pure, from the step's expressions and two samples.

use std::collections::BTreeMap;

use crate::lesson::{self, Expr, Facts};
use crate::model::expect::{Check, CheckKind, exactly_one};
use crate::model::{Call, Sample};

/// One step after the fact.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) title: String,
    pub(super) checks: Vec<Check>,
    /// Why it stopped early, if it did.
    pub(super) fault: Option<String>,
    /// What came of the challenge's solution, if it has one.
    pub(super) solution: Option<Solution>,
    /// What was drawn for the challenge, by name.
    pub(super) values: BTreeMap<String, String>,
}

/// What came of typing a solution. The checks are those of the challenge: before is with the shell
/// open and nothing typed, after is at the end.
#[derive(Debug, Clone)]
pub(super) enum Solution {
    /// It was not typed: this machine lacks something.
    Skipped(String),
    /// It was typed, and solved the challenge.
    Typed(Vec<Check>),
    /// It did not; why.
    Stuck(String, Vec<Check>),
}

/// Evaluates every expression of the step at both ends. Before the step, `before` is now.
pub(super) fn grade(
    step: &lesson::Step,
    (before, after): (&Sample, &Sample),
    calls: &[Call],
    fault: Option<String>,
) -> Step {
    let ends = Ends {
        before: Facts::new(Some(before), before, &[]),
        after: Facts::new(Some(before), after, calls),
    };
    let mut checks: Vec<Check> = Vec::new();
    checks.extend(step.expect.iter().map(|e| ends.check(CheckKind::Expect, e)));
    checks.extend(step.keeps.iter().map(|e| ends.check(CheckKind::Keeps, e)));
    let choices = step.predict.iter().flat_map(|predict| &predict.choices);
    checks.extend(choices.map(|choice| ends.check(CheckKind::Choice, &choice.when)));
    let done = step.challenge.iter().flat_map(|challenge| &challenge.done);
    checks.extend(done.map(|done| ends.check(CheckKind::Done, &done.when)));
    Step {
        title: step.title.clone(),
        checks,
        fault,
        solution: None,
        values: step
            .challenge
            .as_ref()
            .map_or_else(BTreeMap::new, |challenge| challenge.values.clone()),
    }
}

struct Ends {
    before: Facts,
    after: Facts,
}

impl Ends {
    /// A choice is asked after the step alone. A challenge is not solved by the step: its conditions
    /// are asked before alone, where they must not all be true.
    fn check(&self, kind: CheckKind, expression: &Expr) -> Check {
        let mut error = None;
        let mut ask = |facts: &Facts| match expression.eval_bool(facts) {
            Ok(value) => Some(value),
            Err(why) => {
                error = Some(why.to_string());
                None
            }
        };
        let before = if kind == CheckKind::Choice {
            None
        } else {
            ask(&self.before)
        };
        let after = if kind == CheckKind::Done {
            None
        } else {
            ask(&self.after)
        };
        Check {
            kind,
            expression: expression.text().to_owned(),
            before,
            after,
            values: expression.facts_named(&self.after),
            error,
        }
    }
}

impl Step {
    /// Everything that is wrong with it, one line each with the facts behind it; empty if it passed.
    pub(super) fn complaints(&self) -> Vec<String> {
        let mut found: Vec<String> = self.fault.iter().cloned().collect();
        let alone = |check: &&Check| match check.kind {
            CheckKind::Expect | CheckKind::Keeps | CheckKind::Choice => !check.holds(),
            CheckKind::Done => check.error.is_some(),
        };
        found.extend(self.checks.iter().filter(alone).map(complaint));
        let of = |kind| self.checks.iter().filter(move |check| check.kind == kind);
        if of(CheckKind::Choice).count() > 0
            && of(CheckKind::Choice).all(Check::holds)
            && !exactly_one(self.checks.iter())
        {
            let right = of(CheckKind::Choice)
                .filter(|check| check.after == Some(true))
                .count();
            found.push(format!("{right} choices came true; exactly one must"));
            found.extend(of(CheckKind::Choice).map(complaint));
        }
        if of(CheckKind::Done).count() > 0 && of(CheckKind::Done).all(|c| c.before == Some(true)) {
            found.push("the challenge is solved before anybody has touched it".to_owned());
        }
        found.extend(self.solution.iter().flat_map(Solution::complaints));
        found
    }
}

impl Solution {
    fn complaints(&self) -> Vec<String> {
        match self {
            Self::Typed(checks) if checks.iter().all(|check| check.before == Some(true)) => {
                vec!["the challenge is solved by opening a shell".to_owned()]
            }
            Self::Skipped(_) | Self::Typed(_) => Vec::new(),
            Self::Stuck(why, checks) => std::iter::once(format!("the solution: {why}"))
                .chain(checks.iter().map(complaint))
                .collect(),
        }
    }
}

impl Step {
    /// Its checks; those of a challenge as the solution left them, where it was typed.
    pub(super) fn final_checks(&self) -> Vec<Check> {
        let mut checks = self.checks.clone();
        if let Some(Solution::Typed(solved) | Solution::Stuck(_, solved)) = &self.solution
            && !solved.is_empty()
        {
            checks.retain(|check| check.kind != CheckKind::Done);
            checks.extend(solved.iter().cloned());
        }
        checks
    }
}

fn complaint(check: &Check) -> String {
    let kind = match check.kind {
        CheckKind::Expect => "expect",
        CheckKind::Keeps => "keeps",
        CheckKind::Choice => "choice",
        CheckKind::Done => "done",
    };
    let ends = match check.kind {
        CheckKind::Choice => format!("{} after", value(check.after)),
        CheckKind::Done if check.after.is_none() => format!("{} before", value(check.before)),
        _ => format!(
            "{} before, {} after",
            value(check.before),
            value(check.after)
        ),
    };
    let mut text = format!("{kind} `{}`: {ends}", check.expression);
    let facts: Vec<String> = check
        .values
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    if !facts.is_empty() {
        text.push_str("; now ");
        text.push_str(&facts.join(", "));
    }
    if let Some(error) = &check.error {
        text.push_str("; ");
        text.push_str(error);
    }
    text
}

fn value(value: Option<bool>) -> &'static str {
    match value {
        Some(true) => "true",
        Some(false) => "false",
        None => "no value",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: CheckKind, before: Option<bool>, after: Option<bool>) -> Check {
        Check {
            kind,
            expression: "box.pid == 1".to_owned(),
            before,
            after,
            values: vec![("box.pid".to_owned(), "4723".to_owned())],
            error: None,
        }
    }

    /// Kind, before, after.
    type Ends = (CheckKind, Option<bool>, Option<bool>);

    fn passes(checks: &[Check]) -> bool {
        let step = Step {
            title: String::new(),
            checks: checks.to_vec(),
            fault: None,
            solution: None,
            values: BTreeMap::new(),
        };
        step.complaints().is_empty()
    }

    #[test]
    fn the_rules_of_each_kind() {
        use CheckKind::{Choice, Done, Expect, Keeps};
        let (yes, no) = (Some(true), Some(false));
        let cases: &[(&[Ends], bool)] = &[
            (&[], true),
            (&[(Expect, no, yes)], true),
            (&[(Expect, yes, yes)], false),
            (&[(Expect, no, no)], false),
            (&[(Expect, None, yes)], false),
            (&[(Keeps, yes, yes)], true),
            (&[(Keeps, yes, no)], false),
            (&[(Keeps, no, yes)], false),
            (&[(Choice, None, yes), (Choice, None, no)], true),
            (&[(Choice, None, no), (Choice, None, no)], false),
            (&[(Choice, None, yes), (Choice, None, yes)], false),
            (&[(Choice, None, yes), (Choice, None, None)], false),
            (&[(Done, no, None)], true),
            (&[(Done, yes, None), (Done, no, None)], true),
            (&[(Done, yes, None), (Done, yes, None)], false),
        ];
        for (checks, expected) in cases {
            let made: Vec<_> = checks.iter().map(|(k, b, a)| check(*k, *b, *a)).collect();
            assert_eq!(passes(&made), *expected, "{checks:?}");
        }
    }

    #[test]
    fn a_complaint_names_expression_ends_and_facts() {
        let failed = check(CheckKind::Expect, Some(false), Some(false));
        assert_eq!(
            complaint(&failed),
            "expect `box.pid == 1`: false before, false after; now box.pid = 4723"
        );
    }

    #[test]
    fn a_fault_alone_is_a_complaint() {
        let step = Step {
            title: String::new(),
            checks: Vec::new(),
            fault: Some("unshare: EPERM".to_owned()),
            solution: None,
            values: BTreeMap::new(),
        };
        assert_eq!(step.complaints(), ["unshare: EPERM"]);
    }
}
