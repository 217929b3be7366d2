//! What does a row of a table say, and is it so? The behaviour, the script, the differences to the same script without
//! it, and the reason that is its own. It must never know what a behaviour does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use liaison_tests::hostile::{Behaviour, honest};
use tokio::task::JoinSet;

use crate::scene::{Founded, Scene};
use crate::script::Script;

/// One behaviour, and all that comes of it.
#[derive(Clone, Copy)]
pub struct Row {
    /// What the host or the sender does.
    pub does: &'static str,
    /// Makes it.
    pub behaviour: fn(&Scene) -> Behaviour,
    /// In which script.
    pub script: Script,
    /// What is there that would not be there without it. The first line is its reason.
    pub more: &'static [&'static str],
    /// What is not there that would be.
    pub less: &'static [&'static [&'static str]],
    /// Why another behaviour may have the same reason.
    pub shares: Option<&'static str>,
}

/// Plays every row, some at a time, and says of all that are not so in what they differ.
pub async fn play(rows: &'static [Row]) {
    let founded = Founded::shared().await;
    let scripts: BTreeSet<Script> = rows.iter().map(|row| row.script).collect();
    let mut undisturbed = BTreeMap::new();
    for script in scripts {
        undisturbed.insert(script, run(Arc::clone(&founded), script, |_| honest()).await);
    }
    let undisturbed = Arc::new(undisturbed);
    let (mut playing, mut wrong) = (JoinSet::new(), Vec::new());
    for row in rows {
        if playing.len() >= AT_ONCE {
            wrong.extend(playing.join_next().await.unwrap().unwrap());
        }
        let (founded, undisturbed) = (Arc::clone(&founded), Arc::clone(&undisturbed));
        playing.spawn(async move {
            let disturbed = run(founded, row.script, row.behaviour).await;
            row.compare(&undisturbed[&row.script], disturbed)
        });
    }
    while let Some(compared) = playing.join_next().await {
        wrong.extend(compared.unwrap());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

impl Row {
    /// This behaviour in the usual script, with no effect at all.
    pub const fn new(does: &'static str, behaviour: fn(&Scene) -> Behaviour) -> Self {
        Self { does, behaviour, script: Script::Usual, more: &[], less: &[], shares: None }
    }

    /// In another script.
    pub const fn when(self, script: Script) -> Self {
        Self { script, ..self }
    }

    /// What is there, and what is missing.
    pub const fn ends(self, more: &'static [&'static str], less: &'static [&'static [&'static str]]) -> Self {
        Self { more, less, ..self }
    }

    /// Why another may have the same reason.
    pub const fn shares(self, why: &'static str) -> Self {
        Self { shares: Some(why), ..self }
    }

    fn compare(&self, undisturbed: &[String], disturbed: Vec<String>) -> Option<String> {
        let (more, less) = differences(undisturbed, disturbed);
        if more == sorted(self.more) && less == sorted(&self.less.concat()) {
            return None;
        }
        Some(format!("{}\n  more: {more:#?}\n  less: {less:#?}", self.does))
    }
}

async fn run(founded: Arc<Founded>, script: Script, behaviour: fn(&Scene) -> Behaviour) -> Vec<String> {
    let mut scene = Scene::raise(&founded).await;
    scene.host.behave(behaviour(&scene));
    script.play(&mut scene).await;
    scene.end().await
}

/// Lines that only the second has, and lines that only the first has.
pub fn differences(undisturbed: &[String], disturbed: Vec<String>) -> (Vec<String>, Vec<String>) {
    let mut less: Vec<String> = undisturbed.to_vec();
    let mut more = Vec::new();
    for line in disturbed {
        match less.iter().position(|known| *known == line) {
            Some(at) => {
                less.remove(at);
            }
            None => more.push(line),
        }
    }
    more.sort();
    less.sort();
    (more, less)
}

fn sorted(lines: &[&str]) -> Vec<String> {
    let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    lines.sort();
    lines
}

/// Rows played side by side: they wait for disks and sockets more than for the processor.
pub const AT_ONCE: usize = 4;
