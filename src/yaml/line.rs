//! Lines of a text, as recovery and messages look at them.

/// A line of the text that has something in it.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub start: usize,
    /// Behind its line break.
    pub end: usize,
    /// Leading blanks; tabs are none.
    pub indent: usize,
}

impl Line {
    /// The line that `at` lies in.
    pub fn at(text: &str, at: usize) -> Self {
        let start = line_start(text, at);
        let end = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
        let line = &text[start..end];
        Self {
            start,
            end,
            indent: line.len() - line.trim_start_matches(' ').len(),
        }
    }

    /// The first line from `at`, the beginning of one, that holds more than blanks and comments.
    pub fn first(text: &str, mut at: usize) -> Option<Self> {
        while at < text.len() {
            let line = Self::at(text, at);
            let content = text[line.start..line.end].trim_start();
            if !content.is_empty() && !content.starts_with('#') {
                return Some(line);
            }
            at = line.end;
        }
        None
    }

    /// Whether it is an item of a list: begins with `- `.
    pub fn is_item(&self, text: &str) -> bool {
        let rest = &text.as_bytes()[self.start + self.indent..self.end];
        rest.first() == Some(&b'-') && matches!(rest.get(1), None | Some(b' ' | b'\t' | b'\n' | b'\r'))
    }

    /// Whether it begins or ends a document.
    pub fn is_marker(&self, text: &str) -> bool {
        let line = text[self.start..self.end].trim_end();
        let marker = line.starts_with("---") || line.starts_with("...");
        marker && line.as_bytes().get(3).is_none_or(|&byte| byte == b' ')
    }
}

/// Where the line that `at` lies in begins.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}
