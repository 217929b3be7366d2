//! What came out? One row for each thing: its figure, the limit that it is held against, the ratio, the aim.
//! It must never know how it was measured.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use comfy_table::Table;
use comfy_table::presets::{ASCII_MARKDOWN, UTF8_FULL_CONDENSED};
use serde_json::{Value, json};

use crate::machine::Machine;
use crate::measure::{Effort, Series};

/// Everything that came out.
#[derive(Debug)]
pub struct Report {
    /// Where.
    pub machine: Machine,
    /// How much was done.
    pub effort: Effort,
    /// In the order in which it was measured.
    pub rows: Vec<Row>,
}

/// What was measured of one thing.
#[derive(Debug)]
pub struct Figure {
    /// Time of one run.
    pub series: Series,
    /// How many came about in it; shown as so many a second. None: the time itself is shown.
    pub count: Option<usize>,
}

/// One thing.
#[derive(Debug)]
pub struct Row {
    what: String,
    figure: Figure,
    limit: Option<(String, Figure)>,
    ratio: Ratio,
    aim: Option<f64>,
    notes: Vec<(&'static str, f64)>,
}

/// How figure and limit are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ratio {
    /// Time by the limit's time; less is better.
    Cost,
    /// Rate by the limit's rate; more is better.
    Gain,
}

impl Figure {
    /// A time.
    pub const fn time(series: Series) -> Self {
        Self { series, count: None }
    }

    /// So many in that time.
    pub const fn rate(count: usize, series: Series) -> Self {
        Self { series, count: Some(count) }
    }

    fn shown(&self, took: Duration) -> String {
        self.count.map_or_else(|| time(took), |count| rate(count, took))
    }

    /// Seconds for one, in the best run or in the middle one.
    fn seconds(&self, of: fn(&Series) -> Duration) -> f64 {
        of(&self.series).as_secs_f64() / self.count.unwrap_or(1) as f64
    }

    fn json(&self) -> Value {
        let nanoseconds: Vec<_> = self.series.0.iter().map(Duration::as_nanos).collect();
        json!({ "run_ns": nanoseconds, "count": self.count.unwrap_or(1) })
    }
}

impl Row {
    /// A figure by itself.
    pub fn new(what: impl Into<String>, figure: Figure) -> Self {
        let what = what.into();
        Self { what, figure, limit: None, ratio: Ratio::Gain, aim: None, notes: Vec::new() }
    }

    /// A figure that costs so many times its limit.
    pub fn cost(self, limit: impl Into<String>, figure: Figure) -> Self {
        Self { limit: Some((limit.into(), figure)), ratio: Ratio::Cost, ..self }
    }

    /// A figure that reaches so much of its limit, or gains so much over it.
    pub fn gain(self, limit: impl Into<String>, figure: Figure) -> Self {
        Self { limit: Some((limit.into(), figure)), ratio: Ratio::Gain, ..self }
    }

    /// What the ratio should be: at most for a cost, at least for a gain.
    pub fn aim(self, aim: impl Into<Option<f64>>) -> Self {
        Self { aim: aim.into(), ..self }
    }

    /// A number that explains the figure.
    pub fn note(mut self, name: &'static str, number: f64) -> Self {
        self.notes.push((name, number));
        self
    }

    /// Of the best runs, or of the middle ones.
    fn ratio(&self, of: fn(&Series) -> Duration) -> Option<f64> {
        let (_, limit) = self.limit.as_ref()?;
        let cost = self.figure.seconds(of) / limit.seconds(of);
        Some(if self.ratio == Ratio::Cost { cost } else { cost.recip() })
    }

    fn is_met(&self, of: fn(&Series) -> Duration) -> Option<bool> {
        let (ratio, aim) = (self.ratio(of)?, self.aim?);
        Some(if self.ratio == Ratio::Cost { ratio <= aim } else { ratio >= aim })
    }

    /// Where the best runs and the middle ones disagree, the machine was too busy to say.
    fn verdict(&self) -> &'static str {
        match (self.is_met(Series::best), self.is_met(Series::median)) {
            (Some(true), Some(true)) => "met",
            (Some(false), Some(false)) => "missed",
            (None, _) | (_, None) => "",
            _ => "unsure",
        }
    }

    fn cells(&self) -> [String; 8] {
        let ratio = |of| self.ratio(of).map_or_else(String::new, |ratio| format!("{ratio:.2}"));
        let sign = if self.ratio == Ratio::Cost { '≤' } else { '≥' };
        let (best, median) = (self.figure.series.best(), self.figure.series.median());
        let limit = self.limit.as_ref();
        let limit = limit.map(|(what, figure)| format!("{what}: {}", figure.shown(figure.series.best())));
        let notes = self.notes.iter().map(|(name, number)| format!("; {name} {number:.1}"));
        [
            self.what.clone() + &notes.collect::<String>(),
            self.figure.shown(best),
            self.figure.shown(median),
            limit.unwrap_or_default(),
            ratio(Series::best),
            ratio(Series::median),
            self.aim.map_or_else(String::new, |aim| format!("{sign} {aim}")),
            self.verdict().to_owned(),
        ]
    }

    fn json(&self) -> Value {
        json!({
            "what": self.what,
            "figure": self.figure.json(),
            "limit": self.limit.as_ref().map(|(what, figure)| json!({ "what": what, "figure": figure.json() })),
            "ratio_is": if self.ratio == Ratio::Cost { "cost" } else { "gain" },
            "ratio": self.ratio(Series::best),
            "ratio_of_medians": self.ratio(Series::median),
            "aim": self.aim,
            "verdict": self.verdict(),
            "notes": self.notes.iter().map(|(name, number)| ((*name).to_owned(), json!(number))).collect::<Value>(),
        })
    }
}

impl Report {
    /// For people.
    pub fn print(&self, markdown: bool) {
        for (name, value) in self.machine.lines() {
            println!("{}{name}: {value}", if markdown { "- " } else { "" });
        }
        println!("{}runs: {}\n", if markdown { "- " } else { "" }, self.effort.runs);
        let mut table = Table::new();
        table.load_style(if markdown { ASCII_MARKDOWN } else { UTF8_FULL_CONDENSED });
        table.set_header(["what", "best", "median", "limit (best)", "ratio", "of medians", "aim", ""]);
        table.add_rows(self.rows.iter().map(Row::cells));
        println!("{table}");
    }

    /// For programs.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write_json(&self, file: &Path) -> Result<()> {
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        let all = json!({ "machine": self.machine.json(), "runs": self.effort.runs, "rows": rows });
        Ok(fs::write(file, serde_json::to_vec_pretty(&all)?)?)
    }
}

fn time(took: Duration) -> String {
    match took.as_secs_f64() {
        seconds if seconds >= 1.0 => format!("{seconds:.2} s"),
        seconds if seconds >= 1e-3 => format!("{:.2} ms", seconds * 1e3),
        seconds => format!("{:.1} µs", seconds * 1e6),
    }
}

fn rate(count: usize, took: Duration) -> String {
    let each_second = count as f64 / took.as_secs_f64().max(f64::MIN_POSITIVE);
    if each_second >= 100.0 { format!("{each_second:.0} /s") } else { format!("{each_second:.1} /s") }
}
