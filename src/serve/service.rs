//! From a request to its answer.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, get, on};

use super::answer::ShopAnswer;
use super::input::{Input, read_body};
use super::openapi;
use super::problem::Problem;
use super::routes::{ROUTES, Route};
use super::shop::{Ask, Storefront};

/// The service over all routes.
pub(super) fn service(shop: &Arc<Storefront>) -> Router {
    let document = ShopAnswer::of(200, &openapi::document());
    let described = get(async move || document.clone());
    let mut router = Router::new().route("/openapi.json", described);
    for route in &ROUTES {
        let shop = Arc::clone(shop);
        let filter = MethodFilter::try_from(route.method.clone()).expect("a known method");
        let handler = async move |params, request| handle(&shop, route, params, request).await;
        router = router.route(route.path, on(filter, handler));
    }
    router
        .method_not_allowed_fallback(async |method: Method, uri: Uri| {
            ShopAnswer::from(Problem::method(method.as_str(), uri.path()))
        })
        .fallback(async |uri: Uri| ShopAnswer::from(Problem::no_route(uri.path())))
}

async fn handle(
    shop: &Arc<Storefront>,
    route: &'static Route,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> ShopAnswer {
    match asked(shop, route, params, request).await {
        Ok(ask) => shop.answer(ask).await,
        Err(problem) => problem.into(),
    }
}

async fn asked(
    shop: &Storefront,
    route: &Route,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> Result<Ask, Problem> {
    let (parts, body) = request.into_parts();
    let id = params.ok().and_then(|params| {
        let mut values = params.iter().map(|(_, value)| value.to_owned());
        values.next()
    });
    let body = match route.takes {
        Some(_) => read_body(&parts.headers, body, &shop.limits).await?,
        None => Vec::new(),
    };
    (route.ask)(&Input {
        id: id.unwrap_or_default(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    })
}

impl IntoResponse for ShopAnswer {
    fn into_response(self) -> Response {
        let kind = match self.status {
            ..400 => "application/json",
            _ => "application/problem+json",
        };
        let mut response = Response::new(Body::from(self.body));
        // Every status is one of the program's own.
        let status = StatusCode::from_u16(self.status);
        *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
        if self.status == 503 {
            headers.insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
        }
        response
    }
}
