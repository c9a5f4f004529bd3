//! What a request says, taken apart.

use axum::body::{Body, to_bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde_json::{Number, Value};

use super::limits::ShopLimits;
use super::problem::Problem;
use super::values::{OrderNumber, RowNumber};
use crate::shop::Sku;

/// One request, whatever its route.
pub(super) struct Input {
    /// What stands in the path where the route has `{id}`.
    pub(super) id: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    /// Empty where the route takes none.
    pub(super) body: Vec<u8>,
}

/// The longest `Idempotency-Key`.
const KEY_MAX: usize = 255;

impl Input {
    /// The body as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let is_json = serde_json::from_slice::<Value>(&self.body);
        let value = is_json.map_err(|error| Problem::bad_json(error.to_string()))?;
        hold_to_objects(&value, "body")?;
        // From its text: a value has forgotten which names came twice.
        let mut reader = serde_json::Deserializer::from_slice(&self.body);
        serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let (field, why) = (error.path().to_string(), error.into_inner());
            let field = if field == "." { "body".into() } else { field };
            Problem::invalid(field, why.to_string())
        })
    }

    /// The product of the path. What is no number of a product is the name of none.
    pub(super) fn product(&self) -> Result<Sku, Problem> {
        let id: Option<i64> = self.id.parse().ok();
        let id = id.filter(|id| RowNumber::try_from(Number::from(*id)).is_ok());
        let id = id.and_then(|id| u32::try_from(id).ok());
        id.map(Sku).ok_or_else(|| Problem::no_product(&self.id))
    }

    /// The order of the query.
    pub(super) fn order(&self) -> Result<i64, Problem> {
        let why = "a number of an order is wanted, as in ?order_id=1";
        let id = self.number("order_id", why)?;
        let id = id.ok_or_else(|| Problem::invalid("order_id", why))?;
        OrderNumber::try_from(Number::from(id)).map_err(|why| Problem::invalid("order_id", why))?;
        Ok(id)
    }

    /// The product after which a list begins.
    pub(super) fn after(&self) -> Result<i64, Problem> {
        let after = self.number("after", "a number of a product is wanted")?;
        Ok(after.unwrap_or(0))
    }

    fn number(&self, name: &str, why: &str) -> Result<Option<i64>, Problem> {
        let mut pairs = self
            .query
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let value = pairs.find_map(|(key, value)| (key == name).then_some(value));
        let number = value.map(str::parse).transpose();
        number.map_err(|_| Problem::invalid(name, why))
    }

    /// The `Idempotency-Key`, if there is one.
    pub(super) fn key(&self) -> Result<Option<String>, Problem> {
        const NAME: &str = "Idempotency-Key";
        let mut keys = self.headers.get_all(NAME).iter();
        let Some(key) = keys.next() else {
            return Ok(None);
        };
        if keys.next().is_some() {
            return Err(Problem::invalid(NAME, "one is wanted, and more were sent"));
        }
        let key = key.to_str().unwrap_or_default().trim();
        match key.len() {
            1..=KEY_MAX if key.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Ok(Some(key.to_owned()))
            }
            _ => {
                let why = format!("1 to {KEY_MAX} characters of ASCII without blanks are wanted");
                Err(Problem::invalid(NAME, why))
            }
        }
    }
}

/// Refuses a list where names are wanted: read as the values of an object in their
/// sequence, it would mean something else after the next change of that object.
fn hold_to_objects(value: &Value, field: &str) -> Result<(), Problem> {
    let Some(object) = value.as_object() else {
        return Err(Problem::invalid(field, "an object is wanted"));
    };
    for (name, value) in object {
        for (at, value) in value.as_array().into_iter().flatten().enumerate() {
            hold_to_objects(value, &format!("{name}[{at}]"))?;
        }
    }
    Ok(())
}

/// Reads a body that must be JSON, within the limits.
pub(super) async fn read_body(
    headers: &HeaderMap,
    body: Body,
    limits: &ShopLimits,
) -> Result<Vec<u8>, Problem> {
    if !is_json(headers) {
        return Err(Problem::not_json());
    }
    let limit = limits.body_bytes;
    let reading = tokio::time::timeout(limits.time, to_bytes(body, limit));
    match reading.await {
        Ok(Ok(bytes)) => Ok(bytes.into()),
        Ok(Err(error)) if is_too_large(&error) => Err(Problem::too_large(limit)),
        // The caller has gone in the middle of it, or sent it in broken chunks.
        Ok(Err(error)) => Err(Problem::bad_json(error.to_string())),
        Err(_) => Err(Problem::too_slow()),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// The library tells it by a type of another crate, somewhere among the causes.
fn is_too_large(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.to_string() == "length limit exceeded" {
            return true;
        }
        cause = error.source();
    }
    false
}
