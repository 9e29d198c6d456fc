//! A lesson file as serde reads it, each value with its place. Used by parse alone.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::values::Range;
use crate::model::{Op, port::BoxSpec};

/// A string with its place, quotes included.
pub(super) type Text = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLesson {
    /// Checked on the bare document, before anything else is looked at.
    #[serde(rename = "format_version")]
    pub(super) _format_version: i64,
    pub(super) title: Text,
    pub(super) minutes: Spanned<u32>,
    #[serde(default)]
    pub(super) core: bool,
    #[serde(default)]
    pub(super) needs: Vec<Text>,
    #[serde(default)]
    pub(super) man: Vec<Text>,
    #[serde(rename = "box")]
    pub(super) boxes: Vec<Spanned<BoxSpec>>,
    #[serde(rename = "step")]
    pub(super) steps: Vec<Spanned<RawStep>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStep {
    pub(super) title: Text,
    #[serde(default)]
    pub(super) say: Option<Text>,
    #[serde(default)]
    pub(super) note: Option<Text>,
    #[serde(default)]
    pub(super) talk: Option<Spanned<u32>>,
    #[serde(default)]
    pub(super) docker: Option<Text>,
    #[serde(default)]
    pub(super) panels: Vec<Text>,
    #[serde(default)]
    pub(super) panes: Vec<Text>,
    #[serde(default, rename = "do")]
    pub(super) ops: Vec<Spanned<Op>>,
    #[serde(default)]
    pub(super) expect: Vec<Text>,
    #[serde(default)]
    pub(super) keeps: Vec<Text>,
    #[serde(default)]
    pub(super) explain: Option<Text>,
    #[serde(default)]
    pub(super) predict: Option<RawPredict>,
    #[serde(default)]
    pub(super) challenge: Option<RawChallenge>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPredict {
    pub(super) ask: Text,
    pub(super) choices: Vec<RawChoice>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawChoice {
    pub(super) say: Text,
    pub(super) when: Text,
    #[serde(default)]
    pub(super) because: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawChallenge {
    pub(super) task: Text,
    #[serde(default)]
    pub(super) shell: Option<Text>,
    pub(super) done: Vec<RawDone>,
    #[serde(default)]
    pub(super) hints: Vec<RawHint>,
    #[serde(default)]
    pub(super) solution: Vec<Text>,
    #[serde(default)]
    pub(super) values: BTreeMap<String, Spanned<Range>>,
    #[serde(default)]
    pub(super) makes: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDone {
    pub(super) when: Text,
    #[serde(default)]
    pub(super) say: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHint {
    #[serde(default)]
    pub(super) when: Option<Text>,
    pub(super) say: Text,
}
