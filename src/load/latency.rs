//! Latencies as HDR histograms that travel as text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{
    Deserializer as HdrDeserializer, Serializer as _, V2DeflateSerializer,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A histogram of durations in microseconds, to three significant digits. In
/// JSON it is HdrHistogram's compressed V2 form in base 64, which tools of
/// other languages read too.
#[derive(Debug, Clone, PartialEq)]
pub struct Latency(Histogram<u64>);

impl Default for Latency {
    fn default() -> Self {
        Self(Histogram::new(3).expect("3 significant digits are allowed"))
    }
}

impl Latency {
    /// Records one duration.
    ///
    /// # Panics
    /// Never: the histogram resizes itself.
    pub fn record_us(&mut self, us: u64) {
        self.0.record(us).expect("the histogram resizes itself");
    }

    /// Adds everything another one holds.
    ///
    /// # Panics
    /// Never: the histogram resizes itself.
    pub fn add(&mut self, other: &Self) {
        self.0.add(&other.0).expect("the histogram resizes itself");
    }

    /// How many durations are recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The duration that `percentile` per cent do not exceed, in microseconds;
    /// 0 where nothing is recorded.
    #[must_use]
    pub fn percentile_us(&self, percentile: f64) -> u64 {
        self.0.value_at_percentile(percentile)
    }

    /// The longest, in microseconds.
    #[must_use]
    pub fn max_us(&self) -> u64 {
        self.0.max()
    }
}

impl Serialize for Latency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        V2DeflateSerializer::new()
            .serialize(&self.0, &mut bytes)
            .map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&STANDARD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Latency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).map_err(D::Error::custom)?;
        let mut histogram: Histogram<u64> = HdrDeserializer::new()
            .deserialize(&mut bytes.as_slice())
            .map_err(D::Error::custom)?;
        histogram.auto(true);
        Ok(Self(histogram))
    }
}

impl JsonSchema for Latency {
    fn schema_name() -> Cow<'static, str> {
        "Latency".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A histogram of microseconds, in the V2 form of HdrHistogram, as base64." })
    }
}
