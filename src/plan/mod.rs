//! From the list to land: what the plan asks for and the survey can answer. Each part takes a [`Survey`](crate::Survey) and gives a
//! [`Page`](crate::page::Page).

pub mod layout;
pub mod parks;
pub mod tally;
