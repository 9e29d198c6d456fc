//! Two samples and the calls of a step as the variables of expressions. Made by app and run before
//! they ask an [`super::Expr`]; knows nothing of lessons.

use std::fmt;

use cel::Context;

use super::convert::{self, Variables};
use super::{Reads, functions};
use crate::model::{Call, Sample};

/// What expressions speak of: `host`, each box by name, `before`, `calls`.
pub struct Facts {
    context: Context<'static, 'static>,
}

impl Facts {
    /// The facts after a step, with those before it where there are any.
    ///
    /// Before a step has run, give the present sample as both: then `before` is now.
    #[must_use]
    pub fn new(before: Option<&Sample>, after: &Sample, calls: &[Call]) -> Self {
        Self::of(convert::variables(before, after, calls, &Reads::EVERYTHING))
    }

    /// The same for expressions that read no others than these.
    #[must_use]
    pub fn read_by(reads: &Reads, before: Option<&Sample>, after: &Sample) -> Self {
        Self::of(convert::variables(before, after, &[], reads))
    }

    pub(super) fn of(variables: Variables) -> Self {
        let mut context = Context::default();
        functions::register(&mut context);
        for (name, fact) in variables {
            context.add_variable_from_value(name, fact);
        }
        Self { context }
    }

    pub(super) fn context(&self) -> &Context<'static, 'static> {
        &self.context
    }
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Facts")
    }
}
