//! JSON Schema (draft 2020-12) of a list of fields, so that editors complete and check headers while they are typed.

use serde_json::{Map, Value, json};

use super::shape::{Field, Kind};

/// The schema of a document with these fields.
#[must_use]
pub fn of(title: &str, fields: &[Field]) -> Value {
    let mut schema = record(fields);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!(title);
    schema
}

fn record(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| {
            let mut schema = kind(&field.kind);
            if let Some(object) = schema.as_object_mut() {
                object.insert("description".to_owned(), json!(field.doc));
            }
            (field.name.to_owned(), schema)
        })
        .collect();
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn kind(of: &Kind) -> Value {
    match of {
        Kind::Text => json!({ "type": ["string", "number"] }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Count(least, u64::MAX) => json!({ "type": "integer", "minimum": least }),
        Kind::Count(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::List(item) => json!({ "type": "array", "items": kind(item) }),
        Kind::OneOrMany(item) => json!({ "anyOf": [kind(item), { "type": "array", "items": kind(item) }] }),
        Kind::Record(fields) => record(fields),
        Kind::TextOrRecord(fields) => json!({ "anyOf": [kind(&Kind::Text), record(fields)] }),
        Kind::Named(item) => json!({ "type": "object", "additionalProperties": kind(item) }),
        Kind::Free => json!({ "type": "object" }),
    }
}
