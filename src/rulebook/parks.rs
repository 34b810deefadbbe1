//! What a city asks of new parks, and how high industries may go.

use serde::Deserialize;

/// Parks to come and vertical factories.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Parks {
    /// How many new parks to look for; 0: none.
    pub new_parks: usize,
    /// A new park takes in the parcels whose middle is this near to its own, m.
    pub radius_m: f64,
    /// Which parcels outside parks a new park should take in: a condition; none: all of them.
    pub suitable: Option<String>,
    /// Industries that can work upstairs; an industry in none cannot.
    pub upstairs: Vec<Upstairs>,
}

/// Industries that can work upstairs, and what they may build.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstairs {
    pub name_zh: String,
    pub name_en: String,
    /// First digits of GB/T 4754 codes; the longest that fits decides.
    pub industries: Vec<String>,
    /// Highest floor area over parcel area.
    pub far: f64,
    /// Highest building, m.
    pub height_m: f64,
    /// Height of a storey, m.
    pub storey_m: f64,
    /// Share of a parcel that buildings may cover.
    pub density: f64,
}

impl Default for Parks {
    fn default() -> Self {
        Self { new_parks: 0, radius_m: 1000.0, suitable: None, upstairs: Vec::new() }
    }
}

impl Upstairs {
    /// The floor area ratio both limits allow: that of the plan, and density × whole storeys below the height.
    #[must_use]
    pub fn allowed_far(&self) -> f64 {
        self.far.min(self.density * (self.height_m / self.storey_m).floor())
    }
}
