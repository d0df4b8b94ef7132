//! Plain text: whether a text has any byte that somebody has to look at, found out many bytes at a time.
//!
//! Almost all texts have none, and then need not be walked through letter by letter. What the bytes mean is not known
//! here.

/// How many bytes are looked at together.
const CHUNK_BYTES: usize = 64;

/// Whether `is` holds for a byte of the text. It is asked for all bytes of a chunk at once, so it must be cheap.
pub(crate) fn has_byte(text: &str, is: impl Fn(u8) -> bool) -> bool {
    text.as_bytes().chunks(CHUNK_BYTES).any(|chunk| chunk.iter().fold(false, |found, byte| found | is(*byte)))
}

#[cfg(test)]
mod tests {
    use super::has_byte;

    #[test]
    fn a_byte_is_found_wherever_it_is() {
        for length in 0..200 {
            let text = "a".repeat(length);
            assert!(!has_byte(&text, |byte| byte == b'<'));
            for at in 0..length {
                let text = format!("{}<{}", &text[..at], &text[at + 1..]);
                assert!(has_byte(&text, |byte| byte == b'<'), "{at} of {length}");
            }
        }
    }
}
