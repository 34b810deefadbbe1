//! Telling a person how far a long step is; the program draws bars, a library user may do nothing.

/// Is told of each step of a survey.
pub trait Progress: Sync {
    /// A step begins; `total` is the number of things it will go through, where that is known.
    fn step(&self, name: &str, total: Option<u64>) -> Box<dyn Step>;
}

/// One step under way; it ends when it is dropped.
pub trait Step: Sync + Send {
    /// `n` more things are done.
    fn advance(&self, n: u64);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _: &str, _: Option<u64>) -> Box<dyn Step> {
        Box::new(Self)
    }
}

impl Step for Silent {
    fn advance(&self, _: u64) {}
}
