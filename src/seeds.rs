//! The policy as data: the plan's targets, the layout, the park directory and the districts, from `seeds/`.
//!
//! The shipped files describe Shanghai; another city writes its own four files and loads them with [`Seeds::from_dir`].
//! Every entry says how sure it is ([`Status`]) and where it comes from; `seeds/README.md` explains each field.

mod check;
mod entry;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use entry::*;

/// The file of the plan and its targets.
pub const TARGETS: &str = "targets.toml";
/// The file of the layout.
pub const LAYOUT: &str = "layout.toml";
/// The file of the park directory.
pub const PARKS: &str = "parks.toml";
/// The file of the districts.
pub const DISTRICTS: &str = "districts.toml";
/// The four files.
pub const FILES: [&str; 4] = [TARGETS, LAYOUT, PARKS, DISTRICTS];

/// Why seed files could not be used; always names the file.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The file could not be read.
    #[error("{}: could not be read: {cause}", file.display())]
    Read {
        /// The file with its folder.
        file: PathBuf,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{file}: is not valid TOML: {cause}")]
    Syntax {
        /// The file.
        file: &'static str,
        /// Where and why.
        #[source]
        cause: Box<toml::de::Error>,
    },
    /// An entry is wrong.
    #[error("{file}: {entry}: {why}")]
    Entry {
        /// The file.
        file: &'static str,
        /// The table and the entry's id, code, or place if it has neither.
        entry: String,
        /// What is wrong with it.
        why: String,
    },
}

impl SeedError {
    fn entry(file: &'static str, entry: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Entry { file, entry: entry.into(), why: why.into() }
    }
}

/// The four seed files, read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Seeds {
    /// The plan the targets belong to.
    pub plan: Plan,
    /// The plan's numeric targets, in the order of the file.
    pub targets: Vec<Target>,
    /// The layout and what goes with it.
    pub layout: LayoutSeed,
    /// The park directory.
    pub parks: ParkSeed,
    /// The city as a whole.
    pub city: City,
    /// The districts, in the order of the file.
    pub districts: Vec<District>,
    /// The texts of [`FILES`].
    pub texts: [String; 4],
}

/// What `layout.toml` holds.
#[derive(Debug, Clone, PartialEq)]
pub struct LayoutSeed {
    /// The layout itself.
    pub layout: Layout,
    /// Its pole and belts.
    pub zones: Vec<Zone>,
    /// Zones of earlier layouts.
    pub earlier_zones: Vec<EarlierZone>,
    /// The new cities.
    pub new_cities: Vec<NewCity>,
    /// The park each new city is known for.
    pub city_parks: Vec<CityPark>,
    /// Figures a city may want to change.
    pub parameters: Vec<Parameter>,
}

/// What `parks.toml` holds.
#[derive(Debug, Clone, PartialEq)]
pub struct ParkSeed {
    /// The sectors the parks are grouped by.
    pub sectors: Vec<Sector>,
    /// The directory.
    pub parks: Vec<Park>,
    /// Names still to be checked against the published directory.
    pub further_names: Vec<FurtherName>,
    /// How many parks there were, year by year.
    pub counts: Vec<ParkCount>,
    /// Output per area to hold a park against.
    pub yields: Vec<ParkYield>,
}

impl Seeds {
    /// The shipped files, which describe Shanghai.
    ///
    /// # Errors
    /// When a shipped file does not pass the checks every city's files must pass.
    pub fn shanghai() -> Result<Self, SeedError> {
        Self::parse(
            include_str!("../seeds/targets.toml"),
            include_str!("../seeds/layout.toml"),
            include_str!("../seeds/parks.toml"),
            include_str!("../seeds/districts.toml"),
        )
    }

    /// A city's own four files, all in one folder.
    ///
    /// # Errors
    /// When a file is missing, is not TOML, or has an entry that does not pass the checks.
    pub fn from_dir(dir: &Path) -> Result<Self, SeedError> {
        let read = |name: &str| {
            let file = dir.join(name);
            std::fs::read_to_string(&file).map_err(|cause| SeedError::Read { file, cause })
        };
        Self::parse(&read(TARGETS)?, &read(LAYOUT)?, &read(PARKS)?, &read(DISTRICTS)?)
    }

    /// The four files from their text, for callers without a file system.
    ///
    /// # Errors
    /// When a text is not TOML or has an entry that does not pass the checks.
    pub fn parse(targets: &str, layout: &str, parks: &str, districts: &str) -> Result<Self, SeedError> {
        let texts = [targets, layout, parks, districts].map(str::to_owned);
        let mut file = File::open(TARGETS, targets)?;
        let (plan, targets) = (file.one("plan")?, file.many("target", "id")?);
        file.close()?;
        let mut file = File::open(LAYOUT, layout)?;
        let layout = LayoutSeed {
            layout: file.one("layout")?,
            zones: file.many("zone", "id")?,
            earlier_zones: file.many("earlier_zone", "id")?,
            new_cities: file.many("new_city", "id")?,
            city_parks: file.many("city_park", "new_city")?,
            parameters: file.many("parameter", "id")?,
        };
        file.close()?;
        let mut file = File::open(PARKS, parks)?;
        let parks = ParkSeed {
            sectors: file.many("sector", "id")?,
            parks: file.many("park", "id")?,
            further_names: file.many("further_name", "id")?,
            counts: file.many("count", "year")?,
            yields: file.many("yield", "id")?,
        };
        file.close()?;
        let mut file = File::open(DISTRICTS, districts)?;
        let (city, districts) = (file.one("city")?, file.many("district", "code")?);
        file.close()?;
        let seeds = Self { plan, targets, layout, parks, city, districts, texts };
        check::all(&seeds)?;
        Ok(seeds)
    }

    /// The target with this id.
    #[must_use]
    pub fn target(&self, id: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.id == id)
    }

    /// The district with this code.
    #[must_use]
    pub fn district(&self, code: &str) -> Option<&District> {
        self.districts.iter().find(|district| district.code == code)
    }

    /// The park with this id.
    #[must_use]
    pub fn park(&self, id: &str) -> Option<&Park> {
        self.parks.parks.iter().find(|park| park.id == id)
    }

    /// The parameter with this id.
    #[must_use]
    pub fn parameter(&self, id: &str) -> Option<&Parameter> {
        self.layout.parameters.iter().find(|parameter| parameter.id == id)
    }

    /// The layout zones a district belongs to, none or several.
    pub fn zones_of<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a Zone> {
        self.layout.zones.iter().filter(move |zone| zone.districts.iter().any(|district| district == code))
    }
}

/// One file, from which tables are taken until none is left.
struct File {
    name: &'static str,
    rest: toml::Table,
}

impl File {
    fn open(name: &'static str, text: &str) -> Result<Self, SeedError> {
        let rest = toml::from_str(text).map_err(|cause| SeedError::Syntax { file: name, cause: Box::new(cause) })?;
        Ok(Self { name, rest })
    }

    /// The table `[key]`, which must be there.
    fn one<T: serde::de::DeserializeOwned>(&mut self, key: &str) -> Result<T, SeedError> {
        let entry = format!("[{key}]");
        let value = self.rest.remove(key).ok_or_else(|| SeedError::entry(self.name, &*entry, "is missing"))?;
        value.try_into().map_err(|error: toml::de::Error| SeedError::entry(self.name, entry, plain(&error)))
    }

    /// The tables `[[key]]`, each named in messages by its field `id`; no table at all is an empty list.
    fn many<T: serde::de::DeserializeOwned>(&mut self, key: &str, id: &str) -> Result<Vec<T>, SeedError> {
        let values = match self.rest.remove(key) {
            None => return Ok(Vec::new()),
            Some(toml::Value::Array(values)) => values,
            Some(_) => return Err(SeedError::entry(self.name, format!("[{key}]"), format!("write it as [[{key}]]"))),
        };
        let entry = |(place, value): (usize, toml::Value)| {
            let name = match value.get(id) {
                Some(toml::Value::String(text)) => format!("{key} `{text}`"),
                Some(toml::Value::Integer(number)) => format!("{key} `{number}`"),
                _ => format!("{key} number {}", place + 1),
            };
            value.try_into().map_err(|error: toml::de::Error| SeedError::entry(self.name, name, plain(&error)))
        };
        values.into_iter().enumerate().map(entry).collect()
    }

    /// Refuses what was not taken.
    fn close(self) -> Result<(), SeedError> {
        match self.rest.keys().next() {
            None => Ok(()),
            Some(key) => Err(SeedError::entry(self.name, format!("`{key}`"), "is not a table of this file")),
        }
    }
}

/// A TOML error as one line.
fn plain(error: &toml::de::Error) -> String {
    error.to_string().lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
