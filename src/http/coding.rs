//! Content codings (RFC 9110, section 8.4): which one a client prefers, and documents compressed part by part.
//!
//! Each part of a document is compressed by itself, so that it can be kept and sent again in other responses. Together,
//! in order and followed by an end, the parts of a document are one valid stream.

use std::io::{self, Write};

use actix_web::HttpMessage;
use actix_web::http::header::{AcceptEncoding, Encoding, Header, Preference, Quality};
use brotli::enc::BrotliEncoderParams;
use bytes::Bytes;
use crc32fast::Hasher;
use flate2::Compression;
use flate2::write::DeflateEncoder;

/// The member header of RFC 1952, without a name or a time.
const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// The last block of a deflate stream, empty.
const DEFLATE_END: [u8; 2] = [3, 0];
/// The last block of a Brotli stream, empty.
const BROTLI_END: [u8; 1] = [3];
/// Of 0 to 11: well below gzip's sizes at about its speed.
const BROTLI_QUALITY: i32 = 5;
/// The window of all parts of a document is the same, because the first one names it: 256 KiB.
const BROTLI_WINDOW_BITS: i32 = 18;
const ZSTD_LEVEL: i32 = 3;

/// A coding that this server can send.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Coding {
    Gzip,
    Brotli,
    Zstd,
}

/// What a client prefers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Choice {
    pub coding: Coding,
    /// It refuses a body without a coding.
    pub is_required: bool,
}

impl Coding {
    /// The least preferred comes first.
    const ALL: [Coding; 3] = [Coding::Gzip, Coding::Brotli, Coding::Zstd];

    /// The name in `Content-Encoding`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Coding::Gzip => "gzip",
            Coding::Brotli => "br",
            Coding::Zstd => "zstd",
        }
    }

    fn encoding(self) -> Encoding {
        match self {
            Coding::Gzip => Encoding::gzip(),
            Coding::Brotli => Encoding::brotli(),
            Coding::Zstd => Encoding::zstd(),
        }
    }
}

/// The coding that the client gives the most weight, if not less than to none. Between equal ones the server chooses. A
/// client that accepts nothing at all gets a body without a coding.
pub(super) fn choose(request: &impl HttpMessage) -> Option<Choice> {
    choose_among(&Coding::ALL, request)
}

/// The same of these codings, the least preferred first.
pub(super) fn choose_among(codings: &[Coding], request: &impl HttpMessage) -> Option<Choice> {
    let accepted = AcceptEncoding::parse(request).ok()?.0;
    let listed = |wanted: &Preference<Encoding>| {
        accepted.iter().find(|item| item.item == *wanted).map(|item| item.quality)
    };
    let weight = |encoding| listed(&Preference::Specific(encoding)).or_else(|| listed(&Preference::Any));
    let weights = codings.iter().copied().filter_map(|coding| {
        let weight = weight(coding.encoding()).filter(|weight| *weight > Quality::ZERO)?;
        Some((weight, coding))
    });
    let (best, coding) = weights.max_by_key(|(weight, _)| *weight)?;
    let none = weight(Encoding::identity());
    let is_outranked = none.is_some_and(|none| none > best);
    (!is_outranked).then_some(Choice { coding, is_required: none == Some(Quality::ZERO) })
}

/// A part of a document, compressed.
pub(super) struct Part {
    pub bytes: Bytes,
    /// Of what was compressed.
    pub checksum: Hasher,
}

impl Part {
    pub(super) fn new(coding: Coding, plain: &[u8], is_first: bool) -> io::Result<Self> {
        let bytes = match coding {
            Coding::Gzip => deflated(plain, if is_first { &GZIP_HEAD } else { &[] })?,
            Coding::Brotli => brotli(plain, is_first)?,
            Coding::Zstd => zstd::bulk::compress(plain, ZSTD_LEVEL)?,
        };
        let mut checksum = Hasher::new();
        checksum.update(plain);
        // It may be kept, and the encoders leave up to half of their space unused.
        Ok(Part { bytes: bytes.into_boxed_slice().into(), checksum })
    }
}

/// What follows the last part of a document. `checksum` is that of all parts.
pub(super) fn end(coding: Coding, checksum: &Hasher) -> Vec<u8> {
    match coding {
        Coding::Gzip => {
            // The length is modulo 2^32.
            let (length, sum) = (checksum.total_len() as u32, checksum.clone().finalize());
            [&DEFLATE_END[..], &sum.to_le_bytes(), &length.to_le_bytes()].concat()
        }
        Coding::Brotli => BROTLI_END.to_vec(),
        // Frames follow each other without an end.
        Coding::Zstd => Vec::new(),
    }
}

/// A document of one part.
pub(super) fn document(coding: Coding, plain: &[u8]) -> io::Result<Bytes> {
    let part = Part::new(coding, plain, true)?;
    Ok([&part.bytes[..], &end(coding, &part.checksum)].concat().into())
}

/// Deflate blocks that end on a byte, the last of which is not marked as such.
fn deflated(plain: &[u8], head: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(head.len() + plain.len() / 4);
    bytes.extend_from_slice(head);
    let mut encoder = DeflateEncoder::new(bytes, Compression::default());
    encoder.write_all(plain)?;
    encoder.flush()?;
    Ok(std::mem::take(encoder.get_mut()))
}

/// Brotli blocks that end on a byte, the last of which is not marked as such. Only the first part names the window.
fn brotli(plain: &[u8], is_first: bool) -> io::Result<Vec<u8>> {
    let params = BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: BROTLI_WINDOW_BITS,
        size_hint: plain.len(),
        bare_stream: true,
        byte_align: true,
        appendable: true,
        catable: !is_first,
        use_dictionary: is_first,
        ..BrotliEncoderParams::default()
    };
    let mut bytes = Vec::with_capacity(plain.len() / 4);
    brotli::BrotliCompress(&mut &*plain, &mut bytes, &params)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use actix_web::http::header;
    use actix_web::test::TestRequest;
    use flate2::read::GzDecoder;

    use super::*;

    fn chosen(accepted: &'static str) -> Option<Choice> {
        choose(&TestRequest::get().insert_header((header::ACCEPT_ENCODING, accepted)).to_http_request())
    }

    fn decoded(coding: Coding, bytes: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        match coding {
            Coding::Gzip => GzDecoder::new(bytes).read_to_end(&mut plain).unwrap(),
            Coding::Brotli => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut plain).unwrap(),
            Coding::Zstd => zstd::stream::read::Decoder::new(bytes).unwrap().read_to_end(&mut plain).unwrap(),
        };
        plain
    }

    #[test]
    fn the_client_s_weights_decide_and_the_server_between_equal_ones() {
        for (accepted, expected) in [
            ("gzip", Some(Coding::Gzip)),
            ("br", Some(Coding::Brotli)),
            ("zstd", Some(Coding::Zstd)),
            ("gzip, deflate, br", Some(Coding::Brotli)),
            ("gzip, deflate, br, zstd", Some(Coding::Zstd)),
            ("gzip;q=0.9, br;q=0.8, zstd;q=0.1", Some(Coding::Gzip)),
            ("zstd;q=0, br;q=0.5, gzip;q=0.5", Some(Coding::Brotli)),
            ("*", Some(Coding::Zstd)),
            ("*;q=0.5, zstd;q=0", Some(Coding::Brotli)),
            ("gzip, *;q=0", Some(Coding::Gzip)),
            ("identity;q=0.5, gzip", Some(Coding::Gzip)),
            ("identity, gzip;q=0.5", None),
            ("identity;q=0.5, *;q=0.1", None),
            ("GZIP", Some(Coding::Gzip)),
            ("gzip;q=0", None),
            ("*;q=0", None),
            ("identity", None),
            ("identity;q=0", None),
            ("snappy, compress", None),
            ("snappy, gzip;q=0.2", Some(Coding::Gzip)),
            ("nonsense;q=x", None),
            ("", None),
        ] {
            assert_eq!(chosen(accepted).map(|choice| choice.coding), expected, "{accepted}");
        }
        assert_eq!(choose(&TestRequest::get().to_http_request()), None);
    }

    #[test]
    fn a_coding_that_does_not_exist_of_a_document_is_not_chosen() {
        let request =
            TestRequest::get().insert_header((header::ACCEPT_ENCODING, "gzip, br, zstd")).to_http_request();
        for (codings, expected) in [
            (&[Coding::Gzip, Coding::Brotli][..], Some(Coding::Brotli)),
            (&[Coding::Gzip], Some(Coding::Gzip)),
            (&[], None),
        ] {
            let chosen = choose_among(codings, &request).map(|choice| choice.coding);
            assert_eq!(chosen, expected, "{codings:?}");
        }
    }

    #[test]
    fn a_client_may_refuse_a_body_without_a_coding() {
        for (accepted, is_required) in [
            ("gzip", false),
            ("gzip, identity;q=0", true),
            ("gzip, *;q=0", true),
            ("gzip, identity;q=0.1", false),
        ] {
            assert_eq!(chosen(accepted).map(|choice| choice.is_required), Some(is_required), "{accepted}");
        }
    }

    #[test]
    fn parts_that_were_compressed_by_themselves_are_one_document() {
        let texts: Vec<String> = (0..4_usize)
            .map(|part| {
                let items =
                    (0..[5_000, 1, 700, 3_000][part]).map(|item| format!("{{\"item\":{}}}", item * 7919));
                items.collect::<Vec<_>>().join(",")
            })
            .chain([r#"],"from_block":0,"to_block":7}"#.to_owned()])
            .collect();
        for coding in Coding::ALL {
            let (mut sent, mut checksum) = (Vec::new(), Hasher::new());
            for (number, text) in texts.iter().enumerate() {
                let part = Part::new(coding, text.as_bytes(), number == 0).unwrap();
                checksum.combine(&part.checksum);
                sent.extend_from_slice(&part.bytes);
            }
            sent.extend(end(coding, &checksum));
            let plain = texts.concat();
            assert!(sent.len() < plain.len() / 2, "{coding:?}: {} of {}", sent.len(), plain.len());
            assert_eq!(decoded(coding, &sent), plain.as_bytes(), "{coding:?}");
        }
    }

    #[test]
    fn a_document_may_be_of_any_size() {
        for text in ["{}", &"{\"items\":[]}".repeat(100_000)] {
            for coding in Coding::ALL {
                let sent = document(coding, text.as_bytes()).unwrap();
                assert_eq!(decoded(coding, &sent), text.as_bytes(), "{coding:?}");
            }
        }
    }
}
