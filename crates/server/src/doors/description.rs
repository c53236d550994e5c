//! What the description of the API says of every door alike: the scope that it asks for, and the
//! refusals that come before a door is reached.

use crate::problem::PROBLEM;
use crate::state::State;
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, Response};
use utoipa_axum::router::OpenApiRouter;

/// Names a door's scope in the description: `ingest`, `read`, `admin`, or `none` for everyone.
const SCOPE: &str = "x-candor-scope";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Candor",
        description = "Records what deployed models did and why. Bodies may be packed with gzip or zstd; errors are application/problem+json; times are RFC 3339 UTC.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    security(("token" = [])),
    modifiers(&Bearer)
)]
pub(crate) struct Description;

struct Bearer;

impl utoipa::Modify for Bearer {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "Not needed on a loopback address before the first token exists.",
            ))
            .build();
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// Says of each of these doors which scope it asks for, and how it may refuse.
pub(crate) fn declare(mut doors: OpenApiRouter<State>, scope: &str) -> OpenApiRouter<State> {
    for item in doors.get_openapi_mut().paths.paths.values_mut() {
        for operation in operations(item) {
            let extensions = operation.extensions.get_or_insert_default();
            extensions.insert(SCOPE.to_owned(), scope.into());
            if scope != "none" {
                add_refusals(operation);
            }
            for response in operation.responses.responses.values_mut() {
                name_media_type(response);
            }
        }
    }
    doors
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        get,
        put,
        post,
        delete,
        options,
        head,
        patch,
        trace,
        query,
        ..
    } = item;
    [get, put, post, delete, options, head, patch, trace, query]
        .into_iter()
        .flatten()
}

/// What the guard, the framework and the catalog answer before or instead of a door.
fn add_refusals(operation: &mut Operation) {
    let mut refusals = vec![
        ("401", "The token is missing, unknown, expired or revoked"),
        ("403", "The token lacks the scope, or another site asks"),
        ("503", "Busy; try again after the time in Retry-After"),
    ];
    let has_parameters = operation.parameters.as_ref().is_some_and(|p| !p.is_empty());
    if has_parameters || operation.request_body.is_some() {
        refusals.push(("400", "The request cannot be read"));
    }
    if operation.request_body.is_some() {
        refusals.push(("413", "The body is too large"));
        refusals.push(("415", "The body's type or packing is not known"));
        refusals.push(("422", "The body is not what this address takes"));
    }
    for (status, why) in refusals {
        let told = operation.responses.responses.entry(status.to_owned());
        told.or_insert_with(|| {
            let mut response = Response::new(why);
            let body = Content::new(Some(Ref::from_schema_name("Problem")));
            response.content.insert(PROBLEM.to_owned(), body.into());
            response.into()
        });
    }
}

/// A refusal's body has its own media type, which the doors leave out.
fn name_media_type(response: &mut RefOr<Response>) {
    let RefOr::T(response) = response else { return };
    let content = std::mem::take(&mut response.content);
    response.content = content
        .into_iter()
        .map(|(media_type, content)| match &content {
            RefOr::T(body) if is_problem(body) => (PROBLEM.to_owned(), content),
            _ => (media_type, content),
        })
        .collect();
}

fn is_problem(content: &Content) -> bool {
    matches!(&content.schema, Some(RefOr::Ref(schema)) if schema.ref_location.ends_with("/Problem"))
}
