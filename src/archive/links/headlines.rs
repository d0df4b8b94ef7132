//! The headlines of a run of stories, one after the other, to be kept: whoever looks for a title that is like another one
//! needs all of them, and nothing else of their stories.

use bitcode::{Decode, Encode};

/// Some headlines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Headlines {
    text: String,
    ends: Vec<u32>,
}

impl<'a> FromIterator<&'a str> for Headlines {
    fn from_iter<T: IntoIterator<Item = &'a str>>(titles: T) -> Self {
        let mut headlines = Self::default();
        for title in titles {
            headlines.text.push_str(title);
            headlines.ends.push(u32::try_from(headlines.text.len()).expect("a run has few headlines"));
        }
        headlines
    }
}

impl Headlines {
    /// All of them, in order.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().filter_map(move |end| {
            let from = std::mem::replace(&mut start, *end as usize);
            self.text.get(from..start)
        })
    }

    /// The headline of one more story, at a place.
    pub fn insert(&mut self, at: usize, title: &str) {
        let mut all: Vec<&str> = self.all().collect();
        all.insert(at, title);
        *self = all.into_iter().collect();
    }

    /// Another headline for one of the stories.
    pub fn set(&mut self, at: usize, title: &str) {
        *self = self.all().enumerate().map(|(place, old)| if place == at { title } else { old }).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::Headlines;

    #[test]
    fn headlines_come_back_in_order() {
        let mut headlines: Headlines = ["Rain", "", "Ünder the bridge"].into_iter().collect();
        headlines.set(1, "Sun");
        headlines.insert(3, "Fog");
        assert_eq!(headlines.all().collect::<Vec<_>>(), ["Rain", "Sun", "Ünder the bridge", "Fog"]);
    }
}
