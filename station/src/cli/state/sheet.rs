//! What goes with the note verbale? One page to print: a root's fingerprint, large enough to be read aloud, and what it is
//! the fingerprint of. It must never know a secret.

use std::fmt::Write as _;

use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

/// What stands on the page.
pub(super) struct Sheet {
    pub(super) owner: String,
    pub(super) name: Option<String>,
    pub(super) network: String,
    pub(super) digits: String,
    pub(super) kids: Vec<String>,
    pub(super) threshold: u8,
    pub(super) made: String,
}

impl Sheet {
    /// The page: everything in it, nothing fetched, no scripts; A4 upright.
    pub(super) fn html(&self) -> String {
        let owner = self.name.as_ref().map_or_else(
            || escaped(&self.owner),
            |name| format!("{} ({})", escaped(name), escaped(&self.owner)),
        );
        let mut groups = String::new();
        for (n, group) in self.digits.split(' ').enumerate() {
            let _ = write!(groups, "<li><small>{}</small>{group}</li>", n + 1);
        }
        let kids: String = self.kids.iter().map(|kid| format!("<li><code>{kid}</code></li>")).collect();
        let signers = say!("sheet-signers", n = self.kids.len(), m = self.threshold);
        let rows = [
            (say!("sheet-owner"), owner),
            (say!("sheet-network"), format!("<code>{}</code>", self.network)),
            (say!("sheet-keys"), format!("{}<ul>{kids}</ul>", escaped(&signers))),
            (say!("sheet-made"), self.made.clone()),
        ];
        let rows: String = rows
            .iter()
            .map(|(label, value)| {
                format!("<tr><th scope=\"row\">{}</th><td>{value}</td></tr>", escaped(label))
            })
            .collect();
        let say = |key: &str| escaped(&say!(key));
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}: {code}</title>\n<style>{STYLE}</style>\n\
             </head>\n<body>\n<h1>{title}</h1>\n<table>{rows}</table>\n<h2>{fingerprint}</h2>\n<ol class=\"digits\">{groups}</ol>\n\
             {qr}\n<h2>{how}</h2>\n<ol><li>{step1}</li><li>{step2}</li><li>{step3}</li></ol>\n\
             <p class=\"sign\">{signature}</p>\n</body>\n</html>\n",
            title = say("sheet-title"),
            code = escaped(&self.owner),
            fingerprint = say("sheet-fingerprint"),
            qr = self.qr(),
            how = say("sheet-how"),
            step1 = say("sheet-step-1"),
            step2 = say("sheet-step-2"),
            step3 = say("sheet-step-3"),
            signature = say("sheet-signature"),
        )
    }

    /// The same for a camera.
    fn qr(&self) -> String {
        let text = format!("liaison root\n{}\n{}\n{}", self.network, self.owner.to_lowercase(), self.digits);
        QrCode::with_error_correction_level(text, EcLevel::M).map_or_else(
            |_| String::new(),
            |code| {
                let svg = code.render::<svg::Color<'_>>().min_dimensions(160, 160).build();
                // Inside a page the drawing is no document of its own.
                let drawing = svg.find("<svg").and_then(|start| svg.get(start..)).unwrap_or_default();
                format!(
                    "<figure role=\"img\" aria-label=\"{}\">{drawing}</figure>",
                    escaped(&say!("sheet-qr"))
                )
            },
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const STYLE: &str = "@page{size:A4;margin:20mm}body{font:12pt/1.4 sans-serif;max-width:170mm;margin:10mm auto;color:#000}\
h1{font-size:18pt}h2{font-size:14pt;margin-top:8mm}table{border-collapse:collapse;width:100%}th{text-align:left;vertical-align:top;\
width:38mm}th,td{padding:1.5mm 3mm 1.5mm 0;border-bottom:.2mm solid #999}code{font:10pt monospace;overflow-wrap:anywhere}\
ul{margin:1mm 0;padding-left:5mm}.digits{list-style:none;padding:0;display:grid;grid-template-columns:repeat(4,1fr);gap:4mm}\
.digits li{font:20pt monospace;letter-spacing:.06em}.digits small{display:block;font:8pt sans-serif;color:#555}figure{margin:6mm 0}\
.sign{margin-top:14mm;border-top:.2mm solid #000;padding-top:2mm}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_holds_every_digit_and_hides_no_markup() {
        let sheet = Sheet {
            owner: "XA".to_owned(),
            name: Some("State <XA> & \"friends\"".to_owned()),
            network: "ab".repeat(32),
            digits: "12345 67890 12345 67890 12345 67890 12345 67890 12345 67890 12345 67890".to_owned(),
            kids: vec!["0f".repeat(16), "1e".repeat(16)],
            threshold: 2,
            made: "2026-11-26".to_owned(),
        };
        let html = sheet.html();
        assert_eq!(html.matches("<li><small>").count(), 12);
        assert!(
            html.contains("State &lt;XA&gt; &amp; &quot;friends&quot;") && html.contains(&"1e".repeat(16))
        );
        assert!(html.contains("<svg") && !html.contains("<script") && !html.contains("<?xml"));
        assert!(!html.contains("src=") && !html.contains("url("), "nothing is fetched");
    }
}
