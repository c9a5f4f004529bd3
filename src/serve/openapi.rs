//! The description of the shop (OpenAPI 3.1), made from the table of routes.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::problem::Problem;
use super::routes::{Form, ROUTES, Route};

/// The whole document.
pub(super) fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut forms = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for route in &ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        let method = route.method.as_str().to_lowercase();
        path[method] = operation(route, &mut forms);
    }
    let schemas = forms.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "The reference shop",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Sells by a checkout that may or may not oversell.",
        },
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

fn operation(route: &Route, forms: &mut SchemaGenerator) -> Value {
    let parameters = route.parameters.iter().map(|parameter| {
        json!({
            "name": parameter.name,
            "in": parameter.place,
            "required": parameter.is_required,
            "description": parameter.about,
            "schema": (parameter.form)(forms),
        })
    });
    let mut operation = json!({
        "operationId": route.name,
        "summary": route.about,
        "parameters": parameters.collect::<Vec<_>>(),
        "responses": responses(route, forms),
    });
    if let Some(form) = route.takes {
        let content = content("application/json", form, forms);
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

fn responses(route: &Route, forms: &mut SchemaGenerator) -> Value {
    let (status, form) = route.answers;
    let content_of = content("application/json", form, forms);
    let mut responses = Map::new();
    let well = json!({ "description": "Done", "content": content_of });
    responses.insert(status.to_string(), well);
    let problem = content("application/problem+json", schema::<Problem>, forms);
    for (status, when) in route.all_refusals() {
        let refused = json!({ "description": when, "content": problem.clone() });
        responses.insert(status.to_string(), refused);
    }
    responses.into()
}

fn schema<T: JsonSchema>(forms: &mut SchemaGenerator) -> schemars::Schema {
    forms.subschema_for::<T>()
}

fn content(kind: &str, form: Form, forms: &mut SchemaGenerator) -> Value {
    json!({ kind: { "schema": form(forms) } })
}
