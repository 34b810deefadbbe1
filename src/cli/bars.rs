//! Progress bars on standard error, where that is a terminal.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::progress::{Progress, Step};

pub(super) struct Bars {
    all: MultiProgress,
}

impl Bars {
    /// Draws on standard error; to a file or a pipe nothing is written.
    pub fn new() -> Self {
        Self { all: MultiProgress::new() }
    }
}

struct Bar(ProgressBar);

impl Progress for Bars {
    fn step(&self, name: &str, total: Option<u64>) -> Box<dyn Step> {
        let template = if total.is_some() {
            "{msg:24} {bar:32} {human_pos}/{human_len} {elapsed}"
        } else {
            "{msg:24} {spinner} {human_pos} {elapsed}"
        };
        let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let bar = self.all.add(bar.with_message(name.to_owned()));
        bar.enable_steady_tick(Duration::from_millis(120));
        Box::new(Bar(bar))
    }
}

impl Step for Bar {
    fn advance(&self, n: u64) {
        self.0.inc(n);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
