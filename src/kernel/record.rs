//! Writes down each system call as it happens: decoded arguments, result, duration. Used by every
//! process that carries out operations, and by the lab for the maps. Makes no call of its own, except
//! to ask whether a filter is in force when one got EPERM.

use std::time::Instant;

use super::limits;
use crate::model::advice::{advice, advice_filtered};
use crate::model::{Actor, Call, Errno, Op, Outcome, Untrusted};

/// Why an operation did not go through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The call recorded last failed with this.
    Failed(Errno),
    /// We did not even try.
    Refused(String),
}

/// The calls of one operation.
#[derive(Debug)]
pub struct Recorder {
    actor: Actor,
    /// In order.
    pub calls: Vec<Call>,
}

impl Recorder {
    /// Nothing recorded yet; all calls will be this actor's.
    #[must_use]
    pub fn new(actor: Actor) -> Self {
        Self {
            actor,
            calls: Vec::new(),
        }
    }

    /// Makes a call whose success has no value worth showing (it returns 0).
    pub fn unit<E: Into<Errno>>(
        &mut self,
        name: &str,
        args: &[String],
        run: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), Stop> {
        self.call(name, args, || run().map(|()| (0, ())))
    }

    /// Makes a call that returns a value to show and one to go on with.
    pub fn call<T, E: Into<Errno>>(
        &mut self,
        name: &str,
        args: &[String],
        run: impl FnOnce() -> Result<(i64, T), E>,
    ) -> Result<T, Stop> {
        let began = Instant::now();
        let result = run().map_err(Into::into);
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let (outcome, result) = match result {
            Ok((shown, value)) => (Outcome::Ok(shown), Ok(value)),
            Err(errno) => (Outcome::Failed(errno), Err(Stop::Failed(errno))),
        };
        self.push(name, args, outcome, micros);
        result
    }

    /// Writes down a call that was made elsewhere.
    pub fn push(&mut self, name: &str, args: &[String], outcome: Outcome, micros: u64) {
        let advice = match outcome.errno() {
            None => "",
            Some(Errno::EPERM) if limits::is_filtered() => advice_filtered(name, args),
            Some(errno) => advice(name, args, errno),
        };
        self.calls.push(Call {
            name: name.to_owned(),
            args: args.iter().map(Untrusted::from).collect(),
            outcome,
            micros,
            actor: self.actor.clone(),
            advice: advice.to_owned(),
            tried: None,
            expected_failure: false,
        });
    }

    /// Adds calls that a child of ours made, as this actor's. `Err`: the last of them failed.
    pub fn take_over(&mut self, calls: Vec<Call>, actor: &Actor) -> Result<(), Stop> {
        let failed = calls.last().and_then(|call| call.outcome.errno());
        self.calls.extend(calls.into_iter().map(|call| Call {
            actor: actor.clone(),
            ..call
        }));
        failed.map_or(Ok(()), |errno| Err(Stop::Failed(errno)))
    }

    /// Gives the last call the name of the call that really did it (`clone` instead of `clone3`).
    pub fn rename_last(&mut self, name: &str) {
        if let Some(call) = self.calls.last_mut() {
            name.clone_into(&mut call.name);
        }
    }
}

/// Holds what happened against what the step expected. `Err` says what is wrong, with the error
/// number where a call gave one.
pub fn judge(
    op: &Op,
    result: Result<(), Stop>,
    recorder: &mut Recorder,
) -> Result<(), (String, Option<Errno>)> {
    match (result, op.fails()) {
        (Ok(()), None) => Ok(()),
        (Err(Stop::Failed(errno)), Some(expected)) if errno == expected => {
            if let Some(call) = recorder.calls.last_mut() {
                call.expected_failure = true;
            }
            Ok(())
        }
        (Ok(()), Some(expected)) => Err((
            format!(
                "`{}` was expected to fail with {}, but it worked",
                op.key(),
                expected.name()
            ),
            None,
        )),
        (Err(Stop::Failed(errno)), expected) => {
            let call = recorder.calls.last();
            let advice = call.map_or("", |call| call.advice.as_str());
            let name = call.map_or(op.key(), |call| call.name.as_str());
            let instead = expected
                .map(|expected| format!(" (expected: {})", expected.name()))
                .unwrap_or_default();
            Err((
                format!("{name} failed: {errno}{instead}. {advice}")
                    .trim_end()
                    .to_owned(),
                Some(errno),
            ))
        }
        (Err(Stop::Refused(reason)), _) => Err((reason, None)),
    }
}
