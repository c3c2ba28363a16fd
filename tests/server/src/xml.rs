//! XML bodies: written by hand, read with a parser.

use serde::Deserialize;

/// Builds one document, element by element.
pub struct Xml {
    text: String,
}

impl Xml {
    pub fn document(root: &str, content: impl FnOnce(&mut Xml)) -> String {
        let mut xml = Xml {
            text: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"),
        };
        xml.element(root, content);
        xml.text.push('\n');
        xml.text
    }

    pub fn element(&mut self, name: &str, content: impl FnOnce(&mut Xml)) {
        self.text.push_str(&format!("<{name}>"));
        content(self);
        self.text.push_str(&format!("</{name}>"));
    }

    pub fn text(&mut self, name: &str, value: &str) {
        self.text.push_str(&format!("<{name}>"));
        for character in value.chars() {
            match character {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                // Characters XML cannot hold at all, except as a reference real OSS also sends.
                c if (c as u32) < 0x20 && !"\n\r\t".contains(c) => {
                    self.text.push_str(&format!("&#x{:X};", c as u32));
                }
                c => self.text.push(c),
            }
        }
        self.text.push_str(&format!("</{name}>"));
    }

    pub fn number(&mut self, name: &str, value: impl ToString) {
        self.text(name, &value.to_string());
    }
}

/// One `<Part>` of a Complete request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct NamedPart {
    #[serde(rename = "PartNumber")]
    pub number: u32,
    #[serde(rename = "ETag")]
    pub etag: String,
}

#[derive(Deserialize)]
struct CompleteBody {
    #[serde(rename = "Part", default)]
    parts: Vec<NamedPart>,
}

/// Reads a Complete body; `None` if it is not one.
pub fn parse_complete(body: &[u8]) -> Option<Vec<NamedPart>> {
    let text = std::str::from_utf8(body).ok()?;
    if !text.contains("<CompleteMultipartUpload") {
        return None;
    }
    let parsed: CompleteBody = quick_xml::de::from_str(text).ok()?;
    Some(parsed.parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complete_bodies_as_different_clients_write_them() {
        let plain = br#"<?xml version="1.0" encoding="UTF-8"?><CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"A"</ETag></Part><Part><PartNumber>2</PartNumber><ETag>"B"</ETag></Part></CompleteMultipartUpload>"#;
        let escaped = b"<CompleteMultipartUpload>\n <Part>\n <ETag>&quot;A&quot;</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>";
        let parts = parse_complete(plain).unwrap();
        assert_eq!(parts.len(), 2);
        assert_eq!((parts[1].number, parts[1].etag.as_str()), (2, "\"B\""));
        assert_eq!(parse_complete(escaped).unwrap()[0].etag, "\"A\"");
        assert_eq!(
            parse_complete(b"<CompleteMultipartUpload/>"),
            Some(Vec::new())
        );
        assert_eq!(parse_complete(b"<Complete"), None);
        assert_eq!(parse_complete(b""), None);
    }

    #[test]
    fn text_is_escaped() {
        let text = Xml::document("A", |xml| xml.text("B", "<&\">"));
        assert!(
            text.ends_with("<A><B>&lt;&amp;&quot;&gt;</B></A>\n"),
            "{text}"
        );
    }
}
