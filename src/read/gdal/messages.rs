//! What GDAL says while it works: kept, not printed.

use std::cell::RefCell;
use std::sync::Once;

use ::gdal::config;
use ::gdal::errors::CplErrType;

/// Messages kept at a time; a damaged file can cause one a row.
const KEPT: usize = 20;

thread_local! {
    static SAID: RefCell<Vec<Said>> = const { RefCell::new(Vec::new()) };
}

#[derive(Clone, PartialEq, Eq)]
struct Said {
    failure: bool,
    text: String,
}

/// Listens to what GDAL says on this thread from now on.
pub(super) struct Messages(());

impl Messages {
    /// Forgets what was said before, and listens.
    pub fn listen() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            config::set_error_handler(|kind, _, text| {
                let failure = matches!(kind, CplErrType::Failure | CplErrType::Fatal);
                if failure || matches!(kind, CplErrType::Warning) {
                    let said = Said { failure, text: text.to_owned() };
                    SAID.with_borrow_mut(|all| {
                        if all.len() < KEPT && !all.contains(&said) {
                            all.push(said);
                        }
                    });
                }
            });
        });
        SAID.with_borrow_mut(Vec::clear);
        Self(())
    }

    /// The failures said since, each once.
    pub fn failures(&self) -> Vec<String> {
        self.said(|said| said.failure)
    }

    /// The warnings that text could not be converted. What else GDAL warns of, rings and types, this program checks itself.
    pub fn conversions(&self) -> Vec<String> {
        self.said(|said| !said.failure && said.text.contains("convert"))
    }

    fn said(&self, which: impl Fn(&Said) -> bool) -> Vec<String> {
        let Self(()) = self;
        SAID.with_borrow(|all| all.iter().filter(|said| which(said)).map(|said| said.text.clone()).collect())
    }
}
