//! From byte offsets to the lines and columns that people count.

/// A place as editors show it: both numbers start at 1, columns count characters (not bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// Bytes between two checkpoints of the character count.
const STRIDE: usize = 4096;

/// The offsets at which the lines of one text begin. Built once per text; each look-up is a binary search and a count
/// over at most 4096 bytes, however long the line is.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    /// The number of characters before every 4096th byte; empty where all characters have one byte.
    characters: Vec<u32>,
}

impl LineIndex {
    /// Indexes `text`. A line ends at LF; the CR of CRLF counts as part of its line.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(at, _)| narrow(at + 1)));
        let mut characters = Vec::new();
        if !text.is_ascii() {
            let mut count = 0;
            for chunk in text.as_bytes().chunks(STRIDE) {
                characters.push(narrow(count));
                count += count_characters(chunk);
            }
        }
        Self { starts, characters }
    }

    /// Line and column of the byte at `offset` in `text`, the text this index was made from.
    pub fn line_column(&self, text: &str, offset: u32) -> LineColumn {
        let offset = (offset as usize).min(text.len());
        let line = self.line_of(offset);
        let start = self.starts[line] as usize;
        let column = self.characters_before(text, offset) - self.characters_before(text, start);
        LineColumn {
            line: narrow(line + 1),
            column: narrow(column + 1),
        }
    }

    /// The number of lines; at least 1.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The range of bytes of `line` (from 1) in `text`, without its line ending.
    pub fn line_range(&self, text: &str, line: u32) -> std::ops::Range<usize> {
        let at = (line.max(1) as usize - 1).min(self.starts.len() - 1);
        let start = self.starts[at] as usize;
        let end = self.starts.get(at + 1).map_or(text.len(), |&next| next as usize);
        let trimmed = text[start..end].trim_end_matches(['\n', '\r']).len();
        start..start + trimmed
    }

    fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start as usize <= offset) - 1
    }

    fn characters_before(&self, text: &str, offset: usize) -> usize {
        let Some(&before) = self.characters.get(offset / STRIDE) else {
            // Only ASCII, or behind the last byte of a text that fills its last stride.
            return match self.characters.last() {
                None => offset,
                Some(&last) => last as usize + count_characters(&text.as_bytes()[offset - STRIDE..offset]),
            };
        };
        before as usize + count_characters(&text.as_bytes()[offset - offset % STRIDE..offset])
    }
}

/// Every byte but the continuations of UTF-8 (`10xxxxxx`) begins a character.
fn count_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xC0 != 0x80).count()
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{LineColumn, LineIndex};

    #[test]
    fn columns_count_characters_also_in_long_lines() {
        for filler in ["x", "ä", "日", "𝄞"] {
            for count in [0, 1, 1023, 1024, 1025, 2047, 2048, 4095, 4096, 9000] {
                let text = format!("first\r\n{}!", filler.repeat(count));
                let index = LineIndex::new(&text);
                let offset = u32::try_from(text.len() - 1).unwrap();
                let column = u32::try_from(count).unwrap() + 1;
                assert_eq!(index.line_column(&text, offset), LineColumn { line: 2, column });
                let end = index.line_column(&text, offset + 1);
                assert_eq!(
                    end,
                    LineColumn {
                        line: 2,
                        column: column + 1
                    }
                );
                assert_eq!(index.line_range(&text, 1), 0..5);
            }
        }
    }
}
