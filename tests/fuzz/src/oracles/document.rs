//! A second reader of XML, simple and slow, and a writer with a taste for odd forms.

use super::input::Input;

const MAX_BODY: usize = 4 * 1024 * 1024;
const MAX_DEPTH: usize = 16;

/// What a document says.
#[derive(Debug, PartialEq, Eq)]
pub enum Reading {
    /// The root's name, and every element below it when it ends: the names on the way to it, and its
    /// text if it has no elements in it.
    Whole(String, Vec<(Vec<String>, String)>),
    /// Not well-formed, cut short, too deep, or with what is not allowed.
    Refused,
    /// A form on which readers may differ.
    Unsure,
}

struct Doubt;

pub fn read(body: &[u8]) -> Reading {
    if body.len() > MAX_BODY {
        return Reading::Refused;
    }
    let Ok(text) = std::str::from_utf8(body) else {
        return Reading::Refused;
    };
    let text = text.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\u{FEFF}');
    match Reader::default().read(text) {
        Ok(Some((root, elements))) => Reading::Whole(root, elements),
        Ok(None) => Reading::Refused,
        Err(Doubt) => Reading::Unsure,
    }
}

type Document = (String, Vec<(Vec<String>, String)>);

#[derive(Default)]
struct Reader {
    root: Option<String>,
    /// Full names, prefix and all.
    open: Vec<String>,
    text: String,
    is_leaf: bool,
    elements: Vec<(Vec<String>, String)>,
}

impl Reader {
    /// `None`: refused.
    fn read(mut self, mut rest: &str) -> Result<Option<Document>, Doubt> {
        while !rest.is_empty() {
            let Some(left) = self.step(rest)? else {
                return Ok(None);
            };
            rest = left;
        }
        let ended = self.open.is_empty();
        Ok(self
            .root
            .filter(|_| ended)
            .map(|root| (root, self.elements)))
    }

    fn step<'a>(&mut self, rest: &'a str) -> Result<Option<&'a str>, Doubt> {
        if let Some(rest) = rest.strip_prefix("<?") {
            return Ok(rest.split_once("?>").map(|(_, rest)| rest));
        }
        if let Some(rest) = rest.strip_prefix("<!--") {
            return match rest.split_once("-->") {
                // `<!-->` and `<!--->` end where readers do not agree.
                Some((comment, _)) if comment.starts_with(['-', '>']) => Err(Doubt),
                found => Ok(found.map(|(_, rest)| rest)),
            };
        }
        if let Some(rest) = rest.strip_prefix("<![CDATA[") {
            let Some((text, rest)) = rest.split_once("]]>") else {
                return Ok(None);
            };
            if self.open.is_empty() {
                return Ok(None);
            }
            self.text.push_str(&lines(text));
            return Ok(Some(rest));
        }
        if rest.starts_with("<!") {
            let is_doctype = rest.get(2..9).is_some_and(|it| it == "DOCTYPE");
            return if is_doctype { Ok(None) } else { Err(Doubt) };
        }
        if let Some(rest) = rest.strip_prefix("</") {
            let Some((name, rest)) = rest.split_once('>') else {
                return Ok(None);
            };
            let name = name.trim_end_matches(|c: char| c.is_ascii_whitespace());
            return Ok(
                (self.open.last().is_some_and(|open| open == name)).then(|| {
                    self.end();
                    rest
                }),
            );
        }
        if let Some(rest) = rest.strip_prefix('<') {
            return self.start(rest);
        }
        let end = rest.find('<').unwrap_or(rest.len());
        let (text, rest) = rest.split_at(end);
        Ok(self.take_text(text)?.then_some(rest))
    }

    fn start<'a>(&mut self, rest: &'a str) -> Result<Option<&'a str>, Doubt> {
        let Some(end) = end_of_tag(rest) else {
            return Ok(None);
        };
        let (tag, rest) = (&rest[..end], &rest[end + 1..]);
        let is_empty = tag.ends_with('/');
        let tag = tag.strip_suffix('/').unwrap_or(tag);
        let name = tag.split(|c: char| c.is_ascii_whitespace()).next();
        let name = name.unwrap_or_default();
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.:".contains(&b);
        let one_colon = name.split(':').count() <= 2 && name.split(':').all(|it| !it.is_empty());
        if name.is_empty() || !name.bytes().all(plain) || !one_colon {
            return Err(Doubt);
        }
        if self.open.is_empty() && self.root.is_some() || self.open.len() == MAX_DEPTH {
            return Ok(None);
        }
        if self.root.is_none() {
            self.root = Some(local(name).to_owned());
        }
        self.open.push(name.to_owned());
        self.text.clear();
        self.is_leaf = true;
        if is_empty {
            self.end();
        }
        Ok(Some(rest))
    }

    fn end(&mut self) {
        let path: Vec<_> = self
            .open
            .iter()
            .skip(1)
            .map(|it| local(it).to_owned())
            .collect();
        let text = std::mem::take(&mut self.text);
        let text = if self.is_leaf { text } else { String::new() };
        self.is_leaf = false;
        self.open.pop();
        if !path.is_empty() {
            self.elements.push((path, text));
        }
    }

    /// False: refused.
    fn take_text(&mut self, text: &str) -> Result<bool, Doubt> {
        if self.open.is_empty() {
            return Ok(text.bytes().all(|byte| byte.is_ascii_whitespace()));
        }
        let mut pieces = text.split('&');
        self.text
            .push_str(&lines(pieces.next().unwrap_or_default()));
        for piece in pieces {
            let Some((name, plain)) = piece.split_once(';') else {
                return Ok(false);
            };
            let Some(character) = entity(name)? else {
                return Ok(false);
            };
            self.text.push(character);
            self.text.push_str(&lines(plain));
        }
        Ok(true)
    }
}

/// Where the tag's `>` is: not inside quotes.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

/// XML 1.0 ends lines with a line feed.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn entity(name: &str) -> Result<Option<char>, Doubt> {
    let number = match name.strip_prefix('#') {
        None => {
            let known = ["lt", "gt", "amp", "apos", "quot"];
            let place = known.iter().position(|it| *it == name);
            return Ok(place.map(|place| ['<', '>', '&', '\'', '"'][place]));
        }
        Some(number) => match number.strip_prefix('x') {
            Some(digits) => (digits, 16),
            None => (number, 10),
        },
    };
    let (digits, radix) = number;
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Ok(None);
    }
    match u32::from_str_radix(digits, radix)
        .ok()
        .and_then(char::from_u32)
    {
        Some('\0') | None => Ok(None),
        // XML 1.0 has no way to write these; whether a reader minds is its own affair.
        Some(c) if c < ' ' && !"\t\r\n".contains(c) => Err(Doubt),
        Some('\u{FFFE}' | '\u{FFFF}') => Err(Doubt),
        Some(character) => Ok(Some(character)),
    }
}

/// An element to write.
pub enum Element {
    Text(&'static str, String),
    Group(&'static str, Vec<Element>),
}

/// A document that says this and no more, in whatever form the style says.
pub fn write(root: &'static str, elements: Vec<Element>, style: &mut Input<'_>) -> String {
    let mut text = match style.below(4) {
        0 => "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
        1 => " \n\u{FEFF}<!-- - --> ".to_owned(),
        _ => String::new(),
    };
    write_element(&Element::Group(root, elements), style, &mut text);
    text.push_str(style.pick(&["", "\n", "<!-- x -->", "<?x?>"]));
    text
}

fn write_element(element: &Element, style: &mut Input<'_>, text: &mut String) {
    let (Element::Text(name, _) | Element::Group(name, _)) = element;
    let prefix = style.pick(&["", "", "", "a:"]);
    let attributes = style.pick(&["", "", "", " x='>'", " y = \"/\"", "\n", " z"]);
    text.push_str(&format!("<{prefix}{name}{attributes}>"));
    match element {
        Element::Text(_, value) => write_text(value, style, text),
        Element::Group(_, elements) => {
            for element in elements {
                text.push_str(style.pick(&["", "", "\n  ", "<Other>1</Other>", "<e/>", "<!---->"]));
                write_element(element, style, text);
            }
        }
    }
    text.push_str(&format!("</{prefix}{name}{}>", style.pick(&["", "", " "])));
}

fn write_text(value: &str, style: &mut Input<'_>, text: &mut String) {
    let in_section = style.below(8) == 1 && !value.contains("]]>") && !value.contains('\r');
    if in_section {
        text.push_str(&format!("<![CDATA[{value}]]>"));
        return;
    }
    let escape_all = style.below(8) == 1;
    for character in value.chars() {
        match character {
            '<' => text.push_str("&lt;"),
            '&' => text.push_str("&amp;"),
            '>' => text.push_str("&gt;"),
            // As it is, it would be read as the end of a line.
            '\r' => text.push_str("&#13;"),
            'a'..='z' if escape_all => text.push_str(&format!("&#x{:x};", u32::from(character))),
            other => text.push(other),
        }
    }
}
