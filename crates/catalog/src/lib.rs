//! The catalog: models, versions, schemas and specs with their history.
