//! What a step promised, and what the kernel's state says about it.

use serde::{Deserialize, Serialize};

/// The kind of a check, as `verify --json` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// False before the step, true after it.
    Expect,
    /// True before the step and after it.
    Keeps,
    /// One choice of a prediction; exactly one of them is true after the step.
    Choice,
    /// A condition of a challenge; false before the solution, true after it.
    Done,
}

/// One expression as it was evaluated before and after a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What it is for.
    pub kind: CheckKind,
    /// The expression as the lesson has it.
    pub expression: String,
    /// Its value before the step; `None` if it could not be evaluated.
    pub before: Option<bool>,
    /// Its value after the step; `None` if it could not be evaluated.
    pub after: Option<bool>,
    /// The facts that the expression names, with their values after the step.
    #[serde(default, skip_serializing)]
    pub values: Vec<(String, String)>,
    /// Why it could not be evaluated.
    #[serde(default, skip_serializing)]
    pub error: Option<String>,
}

impl Check {
    /// Whether this check alone holds. For choices see [`exactly_one`].
    #[must_use]
    pub fn holds(&self) -> bool {
        match self.kind {
            CheckKind::Expect | CheckKind::Done => {
                self.before == Some(false) && self.after == Some(true)
            }
            CheckKind::Keeps => self.before == Some(true) && self.after == Some(true),
            CheckKind::Choice => self.after.is_some(),
        }
    }
}

/// Whether exactly one choice of a prediction came true, and every one could be evaluated.
#[must_use]
pub fn exactly_one<'a>(checks: impl Iterator<Item = &'a Check>) -> bool {
    let mut right = 0;
    for check in checks.filter(|check| check.kind == CheckKind::Choice) {
        match check.after {
            Some(true) => right += 1,
            Some(false) => {}
            None => return false,
        }
    }
    right == 1
}
