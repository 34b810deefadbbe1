//! Methods of composite indicators: outliers, weights, aggregation. Plain functions over numbers that know nothing of rulebooks and
//! parcels. Names and steps follow the OECD/JRC Handbook on Constructing Composite Indicators (2008).

pub mod aggregate;
pub mod treat;
pub mod weigh;

#[cfg(test)]
mod tests;
