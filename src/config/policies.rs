//! Policies: which of a publisher's pages is which of the policies that schema.org knows (`NewsMediaOrganization`).

use serde_yaml::Value;

use crate::yaml::shape::{Field, Kind, Record};

/// The properties of schema.org that name a policy.
const PROPERTIES: &[&str] = &[
    "publishingPrinciples",
    "correctionsPolicy",
    "ethicsPolicy",
    "ownershipFundingInfo",
    "masthead",
    "missionCoveragePrioritiesPolicy",
    "diversityPolicy",
    "diversityStaffingReport",
    "actionableFeedbackPolicy",
    "unnamedSourcesPolicy",
    "verificationFactCheckingPolicy",
    "noBylinesPolicy",
];

/// Words in English names that tell which policy is meant; the first that fits counts.
const WORDS: &[(&str, &str)] = &[
    ("correction", "correctionsPolicy"),
    ("ethic", "ethicsPolicy"),
    ("code of conduct", "ethicsPolicy"),
    ("owner", "ownershipFundingInfo"),
    ("funding", "ownershipFundingInfo"),
    ("masthead", "masthead"),
    ("mission", "missionCoveragePrioritiesPolicy"),
    ("coverage", "missionCoveragePrioritiesPolicy"),
    ("staffing", "diversityStaffingReport"),
    ("diversity", "diversityPolicy"),
    ("feedback", "actionableFeedbackPolicy"),
    ("sources", "unnamedSourcesPolicy"),
    ("fact", "verificationFactCheckingPolicy"),
    ("verification", "verificationFactCheckingPolicy"),
    ("byline", "noBylinesPolicy"),
    ("principles", "publishingPrinciples"),
    ("standards", "publishingPrinciples"),
    ("editorial", "publishingPrinciples"),
];

/// The keys of a policy that is not named by its URL alone.
pub(super) const POLICY: &[Field] = &[
    Field::new("url", Kind::Text, "The page.").required(),
    Field::new("is", Kind::Choice(PROPERTIES), "Which policy it is, as schema.org calls it."),
];

/// An editorial policy of the publisher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What readers call it.
    pub name: String,
    /// Where it can be read: an absolute URL, or a path from the site's root.
    pub url: String,
    /// The property of schema.org's `NewsMediaOrganization` that it is; `None` when it is none of them.
    pub property: Option<&'static str>,
}

/// The policies of a publisher, in the order written.
pub(super) fn read(publisher: &Record<'_>) -> Vec<Policy> {
    let policies = publisher.free("policies").into_iter().flatten();
    policies
        .filter_map(|(name, value)| {
            let name = name.as_str()?.to_owned();
            let (url, is) = match value {
                Value::String(url) => (url, None),
                Value::Mapping(map) => match map.get("url")? {
                    Value::String(url) => (url, map.get("is").and_then(Value::as_str)),
                    _ => return None,
                },
                _ => return None,
            };
            let declared = is.and_then(|is| PROPERTIES.iter().copied().find(|property| *property == is));
            Some(Policy { property: declared.or_else(|| by_name(&name)), url: url.clone(), name })
        })
        .collect()
}

fn by_name(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    WORDS.iter().find(|(word, _)| name.contains(word)).map(|(_, property)| *property)
}

#[cfg(test)]
mod tests {
    use super::by_name;

    #[test]
    fn english_names_tell_which_policy_is_meant() {
        for (name, expect) in [
            ("Corrections", Some("correctionsPolicy")),
            ("Code of Ethics", Some("ethicsPolicy")),
            ("Ownership and funding", Some("ownershipFundingInfo")),
            ("Diversity staffing report", Some("diversityStaffingReport")),
            ("Editorial standards", Some("publishingPrinciples")),
            ("Privacy", None),
        ] {
            assert_eq!(by_name(name), expect, "{name}");
        }
    }
}
